from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class RecouvReceipt(models.Model):
    _inherit = "recouv.receipt"

    def _check_confirmable(self):
        """EXTENDS: lines may have been typed past their receipt since it was laid."""
        self._check_laid()
        return super()._check_confirmable()


class RecouvRemittance(models.Model):
    """What is remitted follows from what was received: prepared and ordered by
    buttons."""

    _inherit = "recouv.remittance"

    @api.model
    def _evidence_advice(self):
        return self.env._("Use the buttons Prepare, Remit and Give up.")


class RecouvSweep(models.Model):
    """Fees leave by the button of the dedicated account, with their entry."""

    _name = "recouv.sweep"
    _inherit = ["recouv.sweep", "recouv.evidence.mixin"]

    @api.model
    def _evidence_advice(self):
        return self.env._("Sweep the fees from the screen of the dedicated account.")


class ResCompany(models.Model):
    """A company for which money is held, or that holds some, does not go away: its
    remittance would be prepared no more."""

    _inherit = "res.company"

    def _check_no_claim_held(self):
        """EXTENDS: nor while sums of debtors or practices wait at the agency."""
        self._check_no_money_held()
        return super()._check_no_claim_held()

    def _check_no_money_held(self, as_agency=False):
        """:param as_agency: only what they hold for others, not what is held for them
        :raise UserError: sums that debtors paid await an order
        """
        for company in self:
            # sudo: how many, to refuse; nothing of them is shown
            count = self.env["recouv.receipt.line"].sudo().search_count(
                company._recouv_waiting_sums(as_agency)
            ) + self.env["recouv.receipt"].sudo().search_count(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", ("cleared", "remitted")),
                    ("overpaid_booked", ">", 0),
                    ("refunded_on", "=", False),
                ]
            )
            if count:
                raise UserError(
                    self.env._(
                        "%(company)s: %(count)s sums that debtors paid are with an "
                        "agency. Remit, claim back or refund them before it is "
                        "archived or ceases to be an agency.",
                        company=company.name,
                        count=count,
                    )
                )

    def _recouv_waiting_sums(self, as_agency):
        """Return the domain of sums received, or bounced, that await an order."""
        mine = Domain("company_id", "=", self.id)
        if not as_agency:
            mine |= Domain("mandate_id.company_id", "=", self.id)
        received = Domain("receipt_id.state", "in", ("received", "cleared")) & (
            Domain("remittance_id", "=", False)
            | Domain("remittance_id.state", "=", "draft")
        )
        bounced = Domain("owed_back_on", "!=", False) & (
            Domain("deducted_in_id", "=", False)
            | Domain("deducted_in_id.state", "=", "draft")
        )
        return mine & (received | bounced)


class RecouvAgencyProfile(models.Model):
    _inherit = "recouv.agency.profile"

    @api.constrains("active")
    def _check_holds_nothing(self):
        """Whoever holds money of others stays an agency."""
        ended = self.filtered(lambda profile: not profile.active)
        ended.company_id._check_no_money_held(as_agency=True)

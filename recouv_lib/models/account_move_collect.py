from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_move_screens import READERS


class AccountMove(models.Model):
    """What the debtor of a new invoice owes already, and “Collect” on invoices."""

    _inherit = "account.move"

    recouv_owes = fields.Char(
        "The debtor owes", compute="_compute_recouv_owes", groups=READERS
    )

    @api.depends("partner_id", "company_id", "state", "move_type")
    @api.depends_context("lang")
    def _compute_recouv_owes(self):
        """On a draft customer invoice only; what this company may know."""
        for move in self:
            shown = move.state == "draft" and move.move_type == "out_invoice"
            debtor = move.partner_id.commercial_partner_id
            if not shown or not debtor._origin:
                move.recouv_owes = False
                continue
            company = move.company_id or self.env.company
            late = [debt for debt in debtor._recouv_debts(company) if debt.oldest]
            move.recouv_owes = bool(late) and debtor._recouv_sentence(late, company)

    def action_recouv_collect(self):
        """Open “Collect” on these invoices, of one debtor and one company."""
        debtors = self.partner_id.commercial_partner_id
        if len(debtors) != 1 or len(self.company_id) != 1:
            raise UserError(
                self.env._("Choose invoices of one debtor and one company.")
            )
        posted = self.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return self.env["recouv.collect"]._dialog(
            default_company_id=self.company_id.id,
            default_partner_id=debtors.id,
            default_move_ids=posted.ids,
        )

    def action_recouv_see_debt(self):
        return self.partner_id.commercial_partner_id.action_recouv_claims()


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def action_collect(self):
        """Open “Collect” on what these claims stand on."""
        moves = self.filtered(lambda claim: not claim.closed_on).move_id
        if not moves:
            raise UserError(self.env._("These claims stand on no open invoice."))
        return moves.action_recouv_collect()

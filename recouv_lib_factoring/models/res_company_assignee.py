from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.recouv_lib.models.recouv_notice_letter import PAPER_CHANNELS

from .recouv_schedule_assignee import ASSIGNEE


class ResCompany(models.Model):
    """A company that bought receivables: it writes for itself, to its own account."""

    _inherit = "res.company"

    recouv_assignee_bank_id = fields.Many2one(
        "res.partner.bank",
        "Account for bought receivables",
        help="Printed in what the buyer of receivables sends to debtors. Never the "
        "dedicated account, which holds the money of others only (CPCE R124-2). "
        "Empty: the account of the other letters, if it is not that one.",
    )

    @api.constrains("recouv_assignee_bank_id")
    def _check_recouv_assignee_bank(self):
        self.recouv_assignee_bank_id._recouv_check_iban()
        for company in self:
            account = company.recouv_assignee_bank_id
            if account and account == company._recouv_dedicated_bank():
                raise ValidationError(
                    self.env._(
                        "%(company)s: %(account)s is its dedicated account, which "
                        "holds money received for others. What it bought is paid to "
                        "another account.",
                        company=company.name,
                        account=account.acc_number,
                    )
                )

    def _recouv_dedicated_bank(self):
        """Return the bank account that holds the money of others; may be empty."""
        # sudo: which account it is, to keep the company's own money off it
        return self.sudo().recouv_dedicated_journal_id.bank_account_id

    def _recouv_assignee_bank(self):
        """Return the account on which what was bought is paid, empty if there is
        none that may be used."""
        config = self._recouv_config()
        usual = config.recouv_bank_id
        if config.recouv_assignee_bank_id:
            return config.recouv_assignee_bank_id
        return usual.browse() if usual == self._recouv_dedicated_bank() else usual

    # --- what a run asks ------------------------------------------------------------

    def _recouv_capacities(self):
        """EXTENDS: who has bought receivables relances them."""
        capacities = super()._recouv_capacities()
        # sudo: whether there is one, for the daily run
        bought = self.env["recouv.purchase"].sudo()
        domain = [("company_id", "=", self.id), ("claim_id", "!=", False)]
        if bought.search_count(domain, limit=1):
            return [*capacities, "assignee"]
        return capacities

    def _recouv_live_gaps(self, capacity="creditor"):
        """EXTENDS: a buyer needs a schedule and an account of its own; going live is
        about invoices."""
        if capacity != "assignee":
            return super()._recouv_live_gaps(capacity)
        gaps = []
        # sudo: whether the company has a schedule
        if not self.env["recouv.policy"].sudo()._assignee_policy(self).step_ids:
            gaps.append(self.env._("%s: make a schedule for bought claims.", self.name))
        if not self._recouv_assignee_bank():
            gaps.append(
                self.env._(
                    "%s: choose the account on which bought receivables are paid; the "
                    "dedicated account is not for them.",
                    self.name,
                )
            )
        return gaps

    # --- schedules ------------------------------------------------------------------

    @api.model
    def _recouv_ready_schedules(self):
        # EXTENDS: with the buyer's
        return (*super()._recouv_ready_schedules(), ASSIGNEE)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_assignee_bank_id = fields.Many2one(
        related="company_id.recouv_assignee_bank_id", readonly=False
    )


class RecouvPolicy(models.Model):
    _inherit = "recouv.policy"

    @api.model
    def _assignee_policy(self, agency):
        """Return the schedule of what ``agency`` buys; without one it receives the
        ready one."""
        found = self._first_assignee_policy(agency)
        if found or not agency:
            return found
        # sudo: its own copy of the ready schedule, its texts only
        agency.sudo()._recouv_load_schedules((ASSIGNEE,))
        return self._first_assignee_policy(agency)

    @api.model
    def _first_assignee_policy(self, agency):
        return self.search(
            [("company_id", "=", agency.id), ("capacity", "=", "assignee")], limit=1
        )


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    anchor = fields.Selection(
        selection_add=[("assignment", "Assignment")],
        ondelete={"assignment": "set default"},
    )

    @api.constrains("channel", "sequence", "policy_id")
    def _check_first_is_notification(self):
        """C. civ. 1324: nothing is asked before the debtor was told, on paper."""
        for policy in self.policy_id.filtered(lambda p: p.capacity == "assignee"):
            first = policy.step_ids.sorted()[:1]
            if first and first.channel not in PAPER_CHANNELS:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: a buyer's first contact notifies the assignment, "
                        "by letter (C. civ. 1324). Put a letter first.",
                        policy=policy.name,
                    )
                )


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _load_module_terms(self, modules, langs, overwrite=False):
        # EXTENDS: the buyer's schedule is no record of the add-on
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if "recouv_lib_factoring" in modules and self.env.registry.loaded:
            foreign = [lang for lang in langs if lang != "en_US"]
            self.env["res.company"]._recouv_translate_schedules(foreign)
        return result

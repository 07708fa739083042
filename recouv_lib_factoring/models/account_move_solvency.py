from odoo import api, fields, models

from odoo.addons.recouv_lib.models.account_move_screens import READERS


class AccountMove(models.Model):
    """A draft invoice says when its debtor was not checked, or with what result."""

    _inherit = "account.move"

    recouv_solvency_message = fields.Char(
        compute="_compute_recouv_solvency_message", groups=READERS
    )

    @api.depends("partner_id", "state", "move_type", "company_id")
    @api.depends_context("lang")
    def _compute_recouv_solvency_message(self):
        for move in self:
            told = move.state == "draft" and move.move_type == "out_invoice"
            debtor = move.partner_id.with_company(move.company_id or self.env.company)
            move.recouv_solvency_message = (
                told and debtor and debtor.recouv_solvency_message
            )

    def action_recouv_check_solvency(self):
        """Ask about the debtor before treatment."""
        self.ensure_one()
        debtor = self.partner_id.with_company(self.company_id)
        return debtor.action_recouv_check_solvency()

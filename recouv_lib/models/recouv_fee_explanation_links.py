from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Who asks what an invoice is made of is answered (CSP R4127-53)."""

    _inherit = "account.move"

    def action_recouv_explain_fees(self):
        """Open “Explain the fees” on this invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Explain the fees"),
            "res_model": "recouv.fee.explanation",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_move_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def action_explain_fees(self):
        """Open “Explain the fees” on the invoice of this claim."""
        self.ensure_one()
        if not self.move_id:
            raise UserError(
                self.env._("%s has no invoice to explain.", self.display_name)
            )
        return self.move_id.action_recouv_explain_fees()

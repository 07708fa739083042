from odoo import fields, models


class RecouvInsuranceReason(models.TransientModel):
    """Ask why claims are called back from the insurer's service."""

    _name = "recouv.insurance.reason"
    _description = "Call claims back from an insurer"

    handover_id = fields.Many2one("recouv.insurance.handover", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Call them back."""
        self.ensure_one()
        self.handover_id._recall(self.reason)
        return {"type": "ir.actions.act_window_close"}

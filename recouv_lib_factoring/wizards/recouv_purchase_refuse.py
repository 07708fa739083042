from odoo import fields, models


class RecouvPurchaseRefuse(models.TransientModel):
    """Say why offered receivables are refused; the practice reads it."""

    _name = "recouv.purchase.refuse"
    _description = "Refuse offered receivables"

    purchase_ids = fields.Many2many("recouv.purchase", required=True, readonly=True)
    count = fields.Integer(compute="_compute_count")
    reason = fields.Char(required=True)

    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.purchase_ids)

    def action_refuse(self):
        """Refuse them all, as the person who reads this."""
        self.purchase_ids._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}

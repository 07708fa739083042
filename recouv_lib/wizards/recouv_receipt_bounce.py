from odoo import fields, models

from ..models.recouv_bounce import BOUNCE_REASONS


class RecouvReceiptBounce(models.TransientModel):
    """“It bounced”, for money that the agency received."""

    _name = "recouv.receipt.bounce"
    _description = "Bounced receipt of the agency"

    receipt_id = fields.Many2one(
        "recouv.receipt", "Agency receipt", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="receipt_id.partner_id")
    amount = fields.Monetary(related="receipt_id.amount")
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    date = fields.Date("Sent back on", required=True, default=fields.Date.context_today)
    reason = fields.Selection(BOUNCE_REASONS, required=True, default="funds")

    def action_bounce(self):
        self.receipt_id._bounce(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}

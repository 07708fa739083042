from odoo import fields, models


class RecouvReceiptRefundBack(models.TransientModel):
    """“The refund came back”: the day, and what the bank said."""

    _name = "recouv.receipt.refund.back"
    _description = "Refund that the bank sent back"

    receipt_id = fields.Many2one("recouv.receipt", required=True, readonly=True)
    partner_id = fields.Many2one(related="receipt_id.partner_id")
    amount = fields.Monetary(related="receipt_id.overpaid_booked")
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    date = fields.Date("Came back on", required=True, default=fields.Date.context_today)
    reason = fields.Char("What the bank said", required=True)

    def action_record(self):
        self.receipt_id.refund_came_back(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}

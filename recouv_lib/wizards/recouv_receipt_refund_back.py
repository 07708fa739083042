from odoo import fields, models


class RecouvReceiptRefundBack(models.TransientModel):
    """The refund of an overpayment that the agency had received."""

    _name = "recouv.receipt.refund.back"
    _inherit = ["recouv.refund.back.dialog"]
    _description = "Refund that the bank sent back"

    receipt_id = fields.Many2one(
        "recouv.receipt", "Agency receipt", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="receipt_id.partner_id")
    amount = fields.Monetary(related="receipt_id.overpaid_booked")
    currency_id = fields.Many2one(related="receipt_id.currency_id")

    def action_record(self):
        return self._record_back(self.receipt_id)

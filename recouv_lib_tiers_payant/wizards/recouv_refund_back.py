from odoo import fields, models


class RecouvRefundBack(models.TransientModel):
    """The refund to a patient of what was paid twice."""

    _name = "recouv.refund.back"
    _inherit = ["recouv.refund.back.dialog"]
    _description = "Refund to a patient that the bank sent back"

    refund_id = fields.Many2one("recouv.refund", required=True, readonly=True)
    partner_id = fields.Many2one(related="refund_id.partner_id")
    amount = fields.Monetary(related="refund_id.amount")
    currency_id = fields.Many2one(related="refund_id.currency_id")

    def action_record(self):
        return self._record_back(self.refund_id)

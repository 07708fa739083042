from odoo import fields, models


class RecouvLotRefusal(models.TransientModel):
    """What a negative acknowledgment says of lots, or of one invoice in them."""

    _name = "recouv.lot.refusal"
    _description = "Negative acknowledgment"

    lot_ids = fields.Many2many("recouv.lot", required=True, readonly=True)
    label = fields.Char("What it says", required=True)
    day = fields.Date("Given on", required=True, default=fields.Date.context_today)
    invoice_number = fields.Char(
        "Number of the invoice", size=9, help="Empty: the lot as a whole."
    )

    def action_apply(self):
        self.ensure_one()
        self.lot_ids._acknowledge(
            "negative", self.day, self.label, self.invoice_number or None
        )
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models

ACKS = [
    ("none", "Awaited"),
    ("positive", "Received and conforming"),
    ("negative", "Refused"),
]


class RecouvLot(models.Model):
    """What was transmitted to payers in one go."""

    _name = "recouv.lot"
    _description = "Transmission lot"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    name = fields.Char("Number", size=3, required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    payer_id = fields.Many2one("res.partner", "Payer", index="btree_not_null")
    share_ids = fields.One2many("recouv.share", "lot_id", "Shares")
    ack_state = fields.Selection(ACKS, required=True, default="none")
    ack_date = fields.Date()
    ack_label = fields.Char()

from odoo import fields, models


class RecouvBankMatch(models.Model):
    """Money of payers: announced by a return or not."""

    _inherit = "recouv.bank.match"

    recouv_is_payer = fields.Boolean("Of a payer", readonly=True)
    recouv_is_announced = fields.Boolean("Announced by a return", readonly=True)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_letter_logo = fields.Boolean(
        related="company_id.recouv_letter_logo", readonly=False
    )
    recouv_letter_cost = fields.Float(
        related="company_id.recouv_letter_cost", readonly=False
    )
    recouv_registered_cost = fields.Float(
        related="company_id.recouv_registered_cost", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_is_public = fields.Boolean(
        related="company_id.recouv_is_public", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The bank's part of the follow-up settings."""

    _inherit = "res.config.settings"

    recouv_bank_auto_score = fields.Integer(
        related="company_id.recouv_bank_auto_score", readonly=False
    )

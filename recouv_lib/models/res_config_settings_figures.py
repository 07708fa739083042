from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Figures, books and data protection in the follow-up settings."""

    _inherit = "res.config.settings"

    recouv_recovery_days = fields.Integer(
        related="company_id.recouv_recovery_days", readonly=False
    )

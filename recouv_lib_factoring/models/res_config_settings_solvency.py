from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of checks before treatment."""

    _inherit = "res.config.settings"

    recouv_check_before_treatment = fields.Boolean(
        related="company_id.recouv_check_before_treatment", readonly=False
    )
    recouv_consent_required = fields.Boolean(
        related="company_id.recouv_consent_required", readonly=False
    )

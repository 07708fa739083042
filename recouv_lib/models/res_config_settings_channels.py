from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_sms_price = fields.Float(
        related="company_id.recouv_sms_price", readonly=False
    )
    recouv_email_proof = fields.Char(compute="_compute_recouv_email_proof")

    @api.depends("company_id", "recouv_email_settle_days")
    def _compute_recouv_email_proof(self):
        for settings in self:
            settings.recouv_email_proof = settings.company_id._recouv_email_proof_note()

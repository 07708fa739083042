from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The relance's own application in the settings."""

    _inherit = "res.config.settings"

    recouv_live_on = fields.Date(related="company_id.recouv_live_on")
    recouv_policy_id = fields.Many2one(related="company_id.recouv_policy_id")
    recouv_responsible_id = fields.Many2one(
        related="company_id.recouv_responsible_id", readonly=False
    )
    recouv_test_email = fields.Char(
        related="company_id.recouv_test_email", readonly=False
    )
    recouv_test_phone = fields.Char(
        related="company_id.recouv_test_phone", readonly=False
    )
    recouv_only_dunning = fields.Boolean(
        related="company_id.recouv_only_dunning", readonly=False
    )
    recouv_min_days_between = fields.Integer(
        related="company_id.recouv_min_days_between", readonly=False
    )
    recouv_max_calls_7 = fields.Integer(
        related="company_id.recouv_max_calls_7", readonly=False
    )
    recouv_max_calls_30 = fields.Integer(
        related="company_id.recouv_max_calls_30", readonly=False
    )
    recouv_contact_windows = fields.Char(
        related="company_id.recouv_contact_windows", readonly=False
    )
    recouv_holiday_region = fields.Char(
        related="company_id.recouv_holiday_region", readonly=False
    )
    recouv_email_settle_days = fields.Integer(
        related="company_id.recouv_email_settle_days", readonly=False
    )
    recouv_printed_alarm_days = fields.Integer(
        related="company_id.recouv_printed_alarm_days", readonly=False
    )
    recouv_untouched_days = fields.Integer(
        related="company_id.recouv_untouched_days", readonly=False
    )
    recouv_sender_name = fields.Char(
        related="company_id.recouv_sender_name", readonly=False
    )
    recouv_professional_number = fields.Char(
        related="company_id.recouv_professional_number", readonly=False
    )
    recouv_mediator = fields.Char(related="company_id.recouv_mediator", readonly=False)
    recouv_privacy_url = fields.Char(
        related="company_id.recouv_privacy_url", readonly=False
    )
    recouv_bank_id = fields.Many2one(
        related="company_id.recouv_bank_id", readonly=False
    )
    recouv_interest = fields.Boolean(
        related="company_id.recouv_interest", readonly=False
    )

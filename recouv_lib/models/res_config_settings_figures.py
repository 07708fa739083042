from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Figures and books in the follow-up settings."""

    _inherit = "res.config.settings"

    recouv_recovery_days = fields.Integer(
        related="company_id.recouv_recovery_days", readonly=False
    )
    recouv_cash_basis = fields.Boolean(
        related="company_id.recouv_cash_basis", readonly=False
    )
    recouv_neutral_labels = fields.Boolean(
        related="company_id.recouv_neutral_labels", readonly=False
    )
    recouv_doubtful_reminders = fields.Boolean(
        related="company_id.recouv_doubtful_reminders", readonly=False
    )
    recouv_depreciation_expense_account_id = fields.Many2one(
        related="company_id.recouv_depreciation_expense_account_id", readonly=False
    )
    recouv_depreciation_account_id = fields.Many2one(
        related="company_id.recouv_depreciation_account_id", readonly=False
    )
    recouv_depreciation_income_account_id = fields.Many2one(
        related="company_id.recouv_depreciation_income_account_id", readonly=False
    )

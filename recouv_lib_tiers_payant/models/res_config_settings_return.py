from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of payers' returns."""

    _inherit = "res.config.settings"

    recouv_return_journal_id = fields.Many2one(
        related="company_id.recouv_return_journal_id", readonly=False
    )
    recouv_announced_account_id = fields.Many2one(
        related="company_id.recouv_announced_account_id", readonly=False
    )
    recouv_allot_account_id = fields.Many2one(
        related="company_id.recouv_allot_account_id", readonly=False
    )
    recouv_payer_debt_account_id = fields.Many2one(
        related="company_id.recouv_payer_debt_account_id", readonly=False
    )
    recouv_given_back_account_id = fields.Many2one(
        related="company_id.recouv_given_back_account_id", readonly=False
    )
    recouv_return_auto_apply = fields.Boolean(
        related="company_id.recouv_return_auto_apply", readonly=False
    )
    recouv_announced_days = fields.Integer(
        related="company_id.recouv_announced_days", readonly=False
    )

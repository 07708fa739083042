from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Accounts of money held for others, in “Receivables transfers”."""

    _inherit = "res.config.settings"

    recouv_overpaid_account_id = fields.Many2one(
        related="company_id.recouv_overpaid_account_id", readonly=False
    )
    recouv_ordered_account_id = fields.Many2one(
        related="company_id.recouv_ordered_account_id", readonly=False
    )
    recouv_sweep_account_id = fields.Many2one(
        related="company_id.recouv_sweep_account_id", readonly=False
    )
    recouv_sweep_contra_account_id = fields.Many2one(
        related="company_id.recouv_sweep_contra_account_id", readonly=False
    )
    recouv_interest_account_id = fields.Many2one(
        related="company_id.recouv_interest_account_id", readonly=False
    )
    recouv_fee_account_id = fields.Many2one(
        related="company_id.recouv_fee_account_id", readonly=False
    )
    recouv_cost_account_id = fields.Many2one(
        related="company_id.recouv_cost_account_id", readonly=False
    )
    recouv_fee_tax_id = fields.Many2one(
        related="company_id.recouv_fee_tax_id", readonly=False
    )

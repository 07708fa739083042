from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_promise_grace_days = fields.Integer(
        related="company_id.recouv_promise_grace_days", readonly=False
    )
    recouv_plan_grace_days = fields.Integer(
        related="company_id.recouv_plan_grace_days", readonly=False
    )
    recouv_settlement_grace_days = fields.Integer(
        related="company_id.recouv_settlement_grace_days", readonly=False
    )
    recouv_plan_min_amount = fields.Monetary(
        related="company_id.recouv_plan_min_amount",
        readonly=False,
        currency_field="currency_id",
    )
    recouv_plan_max_months = fields.Integer(
        related="company_id.recouv_plan_max_months", readonly=False
    )

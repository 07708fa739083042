from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """What a practice grants when it agrees on payment."""

    _inherit = "res.company"

    recouv_promise_grace_days = fields.Integer(
        "Grace days of a promise",
        default=2,
        help="A transfer made on the promised day takes a day or two to arrive.",
    )
    recouv_plan_grace_days = fields.Integer("Grace days of an instalment", default=8)
    recouv_settlement_grace_days = fields.Integer(
        "Grace days of a settlement", default=0
    )
    recouv_plan_min_amount = fields.Monetary(
        "Smallest instalment", currency_field="currency_id", default=10
    )
    recouv_plan_max_months = fields.Integer("Longest plan, in months", default=24)

    @api.constrains(
        "recouv_promise_grace_days",
        "recouv_plan_grace_days",
        "recouv_settlement_grace_days",
        "recouv_plan_max_months",
        "recouv_plan_min_amount",
    )
    def _check_recouv_plan_settings(self):
        for company in self:
            if (
                company.recouv_promise_grace_days < 0
                or company.recouv_plan_grace_days < 0
                or company.recouv_settlement_grace_days < 0
                or company.recouv_plan_min_amount < 0
                or company.recouv_plan_max_months < 1
            ):
                raise ValidationError(
                    self.env._(
                        "%(company)s: days, months and sums of agreements cannot be "
                        "negative, and a plan lasts a month at least.",
                        company=company.name,
                    )
                )

    def _recouv_grace_days(self, kind):
        """Return the days after an instalment of ``kind`` before it is missed."""
        return self._recouv_config()[f"recouv_{kind}_grace_days"]

    def _recouv_smallest_instalment(self, currency, day):
        """Return the smallest instalment that is granted, in ``currency``."""
        config = self._recouv_config()
        return config.currency_id._convert(
            config.recouv_plan_min_amount, currency, self, day
        )

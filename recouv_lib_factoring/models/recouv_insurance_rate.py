from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import premium
from .recouv_insurance_policy import DEBTOR_KINDS


class RecouvInsuranceRate(models.Model):
    """A line of a policy's table of rates: sector, kind of debtor, length of credit."""

    _name = "recouv.insurance.rate"
    _description = "Credit insurance rate"
    _order = "policy_id, sector, debtor_kind, max_days, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    sector = fields.Char(help="Sector of the practice; empty: any.")
    debtor_kind = fields.Selection(
        DEBTOR_KINDS, "Kind of debtor", help="Empty: any debtor."
    )
    max_days = fields.Integer(
        "Credit up to (days)",
        help="From the invoice to its due date; zero: any length.",
    )
    rate = fields.Float("Rate (% of turnover)", digits=(7, 4), required=True)

    _rate_bounds = models.Constraint(
        "CHECK(rate >= 0 AND rate <= 100 AND max_days >= 0)",
        "A rate lies between 0 and 100 %, a length of credit is not negative.",
    )

    @api.depends("sector", "debtor_kind", "max_days", "rate")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["debtor_kind"]._description_selection(self.env))
        for line in self:
            days = line.max_days and self.env._("up to %s days", line.max_days)
            parts = [line.sector, kinds.get(line.debtor_kind), days, f"{line.rate:g} %"]
            line.display_name = " · ".join(filter(None, parts))

    def _as_rates(self):
        """Return these lines for :mod:`..lib.premium`, by line."""
        return {
            line: premium.Rate(
                _decimal(line.rate),
                line.sector or "",
                line.debtor_kind or "",
                line.max_days,
            )
            for line in self
        }

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.policy_id._check_draft()
        return lines

    def write(self, vals):
        """EXTENDS: rates in force do not change, nor get one of another policy."""
        if "policy_id" in vals:
            self._check_stays(vals["policy_id"])
        self.policy_id._check_draft()
        return super().write(vals)

    def _check_stays(self, policy_id):
        for policy in self.policy_id:
            if policy.id != policy_id:
                raise UserError(
                    self.env._(
                        "A rate of %(policy)s stays there: enter it anew in the other "
                        "policy.",
                        policy=policy.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        self.policy_id._check_draft()


def _decimal(value):
    return premium.Decimal(str(value or 0.0))

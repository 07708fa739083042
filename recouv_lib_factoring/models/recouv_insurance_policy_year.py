from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import indemnity, premium


class RecouvInsurancePolicy(models.Model):
    """The year of a policy: what its losses used of it, and its premium by turnover."""

    _inherit = "recouv.insurance.policy"

    maximum = fields.Monetary("Most this year", compute="_compute_year")
    absorbed = fields.Monetary("Yearly deductible used", compute="_compute_year")
    payable = fields.Monetary("Indemnities of the year", compute="_compute_year")
    premium_booked = fields.Monetary("Premium booked", compute="_compute_year")

    @api.depends(
        "loss_ids.state", "premium_ids.state", "declaration_ids.state", "maximum_sum"
    )
    def _compute_year(self):
        for policy in self:
            settled = policy.loss_ids._settled()
            policy.absorbed = sum(settled.mapped("amount_absorbed"))
            policy.payable = sum(settled.mapped("amount_payable"))
            booked = policy.premium_ids._standing().filtered("move_id")
            policy.premium_booked = sum(booked.mapped("amount"))
            policy.maximum = policy._maximum() or 0.0

    # --- the year's account -----------------------------------------------------------

    def _terms(self):
        """Return the terms for :mod:`..lib.indemnity`."""
        self.ensure_one()
        maximum = self._maximum()
        return indemnity.Terms(
            share=Decimal(str(self.insured_share)),
            deductible=Decimal(str(self.deductible)),
            least=Decimal(str(self.minimum_claim)),
            annual_deductible=Decimal(str(self.annual_deductible)),
            maximum=None if maximum is None else Decimal(str(maximum)),
            unit=Decimal(str(self.currency_id.rounding)),
        )

    def _maximum(self):
        """Return the most that is paid this year, None without a maximum."""
        if self.maximum_sum:
            return self.maximum_sum
        if not self.maximum_multiple:
            return None
        return self.currency_id.round(self.maximum_multiple * self._year_premium())

    def _year_premium(self):
        """Return the premium of the year: adjusted, or what is known of it so far."""
        if self.state == "ended":
            standing = self.premium_ids._standing()
            return sum(standing.filtered(lambda p: p.kind != "fee").mapped("amount"))
        earned = sum(self.declaration_ids._declared().mapped("premium"))
        return max(self.minimum_premium, self.provisional_premium, earned)

    # --- premium of the year ----------------------------------------------------------

    def action_adjust(self):
        """Adjust the premium to the turnover of the whole year, and close the policy.

        :raise UserError: not a manager, a period not declared, or instalments open
        """
        self.company_id._recouv_check_manager(self.env._("adjust a premium"))
        # two clicks, two people: the second one is told so
        self._recouv_lock_rows()
        for policy in self:
            policy._check_adjustable()
            policy._adjust()
        return True

    def _check_adjustable(self):
        if self.state != "active":
            raise UserError(self.env._("%s is not in force.", self.display_name))
        if gap := self._first_gap():
            raise UserError(
                self.env._(
                    "%(policy)s: the turnover from %(day)s on is not declared.",
                    policy=self.display_name,
                    day=format_date(self.env, gap),
                )
            )
        waiting = self.premium_ids._standing().filtered(
            lambda one: one.kind == "deposit" and not one.move_id
        )
        if waiting:
            raise UserError(
                self.env._(
                    "%(policy)s: book the instalment of %(day)s first, or undo it.",
                    policy=self.display_name,
                    day=format_date(self.env, waiting[0].date),
                )
            )

    def _year_obstacle(self):
        """Return why a closed year is not opened again here (a sentence), or None.

        Where the adjustment was zero there is no bill of it to undo.
        """
        adjusted = self.premium_ids._standing().filtered(
            lambda one: one.kind == "adjustment"
        )
        if adjusted:
            return self.env._(
                "its year was adjusted; undo that premium (%s), then the year is open "
                "again.",
                adjusted[:1].currency_id.format(adjusted[:1].amount),
            )
        return None

    def _first_gap(self):
        """Return the first day of the year whose turnover is not declared, or None."""
        day = self.date_from
        declared = self.declaration_ids._declared().sorted("date_from")
        for one in declared:
            if one.date_from > day:
                break
            day = max(day, fields.Date.add(one.date_to, days=1))
        return day if day <= self.date_to else None

    def _adjust(self):
        declared = self.declaration_ids._declared()
        paid = self.premium_ids._standing().filtered(lambda p: p.kind == "deposit")
        least, earned, on_account = (
            Decimal(str(self.currency_id.round(amount)))
            for amount in (
                self.minimum_premium,
                sum(declared.mapped("premium")),
                sum(paid.mapped("amount")),
            )
        )
        _due, rest = premium.year_end(earned, least, on_account)
        if rest:
            self.env["recouv.insurance.premium"]._record_new(
                [
                    {
                        "policy_id": self.id,
                        "kind": "adjustment",
                        "date": max(self.date_to, fields.Date.context_today(self)),
                        "amount": float(rest),
                    }
                ]
            )
        self._record({"state": "ended"})

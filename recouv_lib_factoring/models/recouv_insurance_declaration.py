from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.recouv_lib.lib.months import add_months
from odoo.addons.recouv_lib.models.recouv_policy_rule import DEBTOR_KINDS

from ..lib import premium

STATES = [("draft", "To declare"), ("declared", "Declared")]
#: documents whose sum is turnover
TURNOVER_TYPES = ("out_invoice", "out_refund", "out_receipt")


class RecouvInsuranceDeclaration(models.Model):
    """The turnover of a period as it is declared to the insurer, counted in the books.

    One statement over the posted invoices and credit notes, by kind of debtor and
    length of credit; what the policy does not cover is shown and bears no premium.
    """

    _name = "recouv.insurance.declaration"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Turnover declared to a credit insurer"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("Until", required=True)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    declared_on = fields.Date(readonly=True)
    line_ids = fields.One2many(
        "recouv.insurance.declaration.line", "declaration_id", readonly=True
    )
    turnover = fields.Monetary(compute="_compute_sums")
    turnover_insured = fields.Monetary("Of which insured", compute="_compute_sums")
    premium = fields.Monetary(compute="_compute_sums")

    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "A period cannot end before it begins."
    )

    def _editable_fields(self):
        if self.state == "draft" and not self.undone_on:
            return frozenset({"date_from", "date_to"})
        return frozenset()

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo it, and count the period anew.")

    @api.depends("policy_id", "date_from", "date_to")
    def _compute_display_name(self):
        for one in self:
            days = [format_date(self.env, day) for day in (one.date_from, one.date_to)]
            one.display_name = f"{one.policy_id.display_name} {' – '.join(days)}"

    @api.depends("line_ids.turnover", "line_ids.premium")
    def _compute_sums(self):
        for one in self:
            insured = one.line_ids.filtered("is_insured")
            one.turnover = sum(one.line_ids.mapped("turnover"))
            one.turnover_insured = sum(insured.mapped("turnover"))
            one.premium = sum(insured.mapped("premium"))

    def _declared(self):
        return self.filtered(lambda one: one.state == "declared" and not one.undone_on)

    # --- preparing --------------------------------------------------------------------

    @api.model
    def _prepare(self, policy):
        """Return the declaration of the next period, counted; one that waits first.

        A period is what one instalment of the policy pays for.

        :raise UserError: the policy is not in force, or its whole year is declared
        """
        self.check_access("create")
        waiting = policy.declaration_ids.filtered(
            lambda one: one.state == "draft" and not one.undone_on
        )
        if waiting:
            waiting[0].action_count()
            return waiting[0]
        start = policy._first_gap() if policy.state == "active" else None
        if not start:
            raise UserError(
                self.env._("%s: nothing is left to declare.", policy.display_name)
            )
        months = 12 // int(policy.instalments)
        end = fields.Date.subtract(add_months(start, months), days=1)
        declaration = self._record_new(
            [
                {
                    "policy_id": policy.id,
                    "date_from": start,
                    "date_to": min(end, policy.date_to),
                }
            ]
        )
        declaration.action_count()
        return declaration

    def action_count(self):
        """Count the turnover of the drafts anew."""
        self.check_access("write")
        for one in self.filtered(lambda d: d.state == "draft"):
            one._check_period()
            parts = one._parts()
            one._record({"line_ids": [fields.Command.clear(), *parts]})
        return True

    def _check_period(self):
        policy = self.policy_id
        if self.date_from < policy.date_from or self.date_to > policy.date_to:
            raise UserError(
                self.env._(
                    "%(declaration)s: the period lies outside of the policy's year "
                    "(%(start)s to %(end)s).",
                    declaration=self.display_name,
                    start=format_date(self.env, policy.date_from),
                    end=format_date(self.env, policy.date_to),
                )
            )
        others = (policy.declaration_ids - self)._declared()
        if any(
            one.date_from <= self.date_to and one.date_to >= self.date_from
            for one in others
        ):
            raise UserError(
                self.env._(
                    "%s: a part of this period is declared already.", self.display_name
                )
            )

    def _parts(self):
        """Return the commands of the lines: one per kind of debtor and rate.

        :raise UserError: a part of the turnover has no rate
        """
        policy, sums = self.policy_id, defaultdict(Decimal)
        rates = policy.rate_ids._as_rates()
        by_rate = {rate: line for line, rate in rates.items()}
        for kind, days, is_insured, amount in self._turnover_rows():
            line = self.env["recouv.insurance.rate"]
            if is_insured:
                line = by_rate[self._rate(kind, days, rates)]
            # exact: a sum of floats may fall on the wrong side of half a cent
            sums[kind, line] += Decimal(str(amount))
        unit = Decimal(str(self.currency_id.rounding))
        return [
            fields.Command.create(
                {
                    "debtor_kind": kind,
                    "rate_id": line.id,
                    "rate": line.rate,
                    "is_insured": bool(line),
                    "turnover": float(amount),
                    "premium": float(premium.premium(amount, rates[line], unit))
                    if line
                    else 0.0,
                }
            )
            for (kind, line), amount in sums.items()
        ]

    def _rate(self, kind, days, rates):
        try:
            return premium.rate_for(
                self.policy_id.sector or "", kind, days, rates.values()
            )
        except premium.NoRate as error:
            lines = self.env["recouv.insurance.declaration.line"]
            kinds = lines._fields["debtor_kind"]._description_selection(self.env)
            raise UserError(
                self.env._(
                    "%(policy)s: no rate fits debtors of the kind “%(kind)s” with "
                    "%(days)s days to pay. Complete the table of rates.",
                    policy=self.policy_id.display_name,
                    kind=dict(kinds).get(kind, kind),
                    days=days,
                )
            ) from error

    def _turnover_rows(self):
        """Return [(kind of debtor, days of credit, insured?, sum)] of the period.

        Each invoice is in the turnover of one policy, that which covers it; what none
        covers stands with one that was in force then. A credit note counts like its
        invoice. Sums before tax, in the currency of the books.
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """SELECT kind, days, is_insured, SUM(amount) FROM (
                    SELECT %(kind)s AS kind, GREATEST(o.invoice_date_due
                             - o.invoice_date, 0) AS days,
                           m.amount_untaxed_signed AS amount, %(insured)s AS is_insured
                      FROM account_move m
                      LEFT JOIN account_move r ON r.id = m.reversed_entry_id
                      JOIN account_move o ON o.id = COALESCE(r.id, m.id)
                      JOIN res_partner p ON p.id = m.commercial_partner_id
                      JOIN LATERAL (%(rule)s) y ON y.id = %(policy)s
                     WHERE m.company_id = %(company)s AND m.state = 'posted'
                       AND m.move_type IN %(types)s
                       AND m.invoice_date BETWEEN %(start)s AND %(end)s) parts
                 GROUP BY kind, days, is_insured ORDER BY kind, days""",
                kind=self.env["res.partner"]._recouv_debtor_kind_sql("p"),
                insured=SQL(
                    "(y.is_eligible AND y.in_currency AND "
                    "o.invoice_date_due - o.invoice_date <= y.max_credit_days)"
                ),
                rule=self.env["recouv.insurance.cover"]._policy_sql(),
                policy=self.policy_id.id,
                company=self.company_id.id,
                types=TURNOVER_TYPES,
                start=self.date_from,
                end=self.date_to,
            )
        )

    # --- declaring --------------------------------------------------------------------

    def action_declare(self):
        """Say that the insurer was told; what was told is not counted anew.

        :raise UserError: the period is not over
        """
        self.check_access("write")
        today = fields.Date.context_today(self)
        for one in self.filtered(lambda d: d.state == "draft" and not d.undone_on):
            if one.date_to >= today:
                raise UserError(
                    self.env._("%s: the period is not over yet.", one.display_name)
                )
            one.action_count()
            one._record({"state": "declared", "declared_on": today})
        return True

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.policy_id.state == "ended":
            return self.env._("the year's premium was adjusted by it.")
        return None

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""


class RecouvInsuranceDeclarationLine(models.Model):
    """The turnover of one kind of debtor under one rate."""

    _name = "recouv.insurance.declaration.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Turnover by rate"
    _order = "declaration_id, is_insured desc, debtor_kind, id"
    _check_company_auto = True

    declaration_id = fields.Many2one(
        "recouv.insurance.declaration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="declaration_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="declaration_id.currency_id")
    debtor_kind = fields.Selection(DEBTOR_KINDS, "Debtors", readonly=True)
    rate_id = fields.Many2one("recouv.insurance.rate", readonly=True)
    rate = fields.Float("Rate (%)", digits=(7, 4), readonly=True)
    is_insured = fields.Boolean("Covered", readonly=True)
    turnover = fields.Monetary(readonly=True)
    premium = fields.Monetary(readonly=True)

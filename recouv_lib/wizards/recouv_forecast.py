from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib import forecast

#: months of history that the rates are estimated on
HISTORY_MONTHS = 24
#: debts of a company that are read; where there are more, a sample over all dates
HISTORY_DEBTS = 15_000
WEEKS = 26


class RecouvForecast(models.TransientModel):
    """Receipts to expect from the open claims, week by week for six months.

    Computed when asked and kept for the one who asked. The method is written in
    ``lib/forecast.py``; here its inputs are read from the books: every receivable of
    an invoice past due (not the claims only: who pays before the first reminder belongs
    to the history), what settled it and when, and the reminders proven. Contested
    claims (disputes, frozen data) and claims that somebody else holds are left out.
    Sums under :meth:`_known_receipts` are taken as they are known instead.
    """

    _name = "recouv.forecast"
    _description = "Forecast of receipts"
    _order = "date_from, company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    date_from = fields.Date("Week of", required=True, readonly=True)
    amount_expected = fields.Monetary(
        "Expected", currency_field="company_currency_id", readonly=True
    )
    amount_low = fields.Monetary(
        "At least (interval of 80 %)",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_high = fields.Monetary(
        "At most (interval of 80 %)",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_known = fields.Monetary(
        "Of which agreed",
        currency_field="company_currency_id",
        readonly=True,
        help="Instalments and promises, taken at their dates.",
    )

    @api.model
    def action_open(self):
        """Compute the forecast of the user's current companies and show it."""
        self._compute_now(self.env.companies)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_forecast_action"
        )
        return action | {"domain": [("create_uid", "=", self.env.uid)]}

    @api.model
    def _compute_now(self, companies):
        """Replace the user's rows by a fresh forecast; return them."""
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        rows = []
        for company in companies:
            rows += self._company_rows(company)
        return self.create(rows)

    @api.model
    def _company_rows(self, company):
        today = fields.Date.context_today(self)
        known = self._known_receipts(company, today)
        promised = {claim_id for claim_id, _day, _amount in known}
        rates = forecast.estimate(
            forecast.exposure(self._history(company, today), today)
        )
        periods = forecast.forecast(
            self._open_debts(company, today, promised), rates, WEEKS
        )
        agreed = self._known_by_week(known, today)
        return [
            {
                "company_id": company.id,
                "date_from": today + timedelta(weeks=week),
                "amount_expected": period.expected + agreed[week],
                "amount_low": period.low + agreed[week],
                "amount_high": period.high + agreed[week],
                "amount_known": agreed[week],
            }
            for week, period in enumerate(periods)
        ]

    @api.model
    def _known_by_week(self, known, today):
        weeks = [0.0] * WEEKS
        for _claim, day, amount in known:
            week = max(0, (day - today).days // 7)
            if week < WEEKS:
                weeks[week] += amount
        return weeks

    @api.model
    def _known_receipts(self, company, today):
        """Return what debtors have agreed to pay: [(claim id, day, amount)].

        Extended by what knows dates better than history does (plans, promises); a
        claim named here is left out of the estimate. Company currency.
        """
        return []

    # --- what the estimate reads ----------------------------------------------------

    @api.model
    def _history(self, company, today):
        """Yield the past of the receivables that fell due in the months before."""
        self.env.flush_all()
        since = fields.Date.subtract(today, months=HISTORY_MONTHS)
        items = self.env["account.move.line"]._search(
            Domain(
                [
                    ("company_id", "=", company.id),
                    ("parent_state", "=", "posted"),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("move_id.move_type", "=", "out_invoice"),
                    ("date_maturity", ">=", since),
                    ("date_maturity", "<", today),
                    ("balance", ">", 0),
                ]
            )
        )
        # spread over the due dates, the same each time: the latest alone would say
        # nothing of old debts
        item = SQL.identifier(items.table, "id")
        items.order = SQL("(%s * 7919::bigint) %% 10007", item)
        items.limit = HISTORY_DEBTS
        query = items.select(
            SQL.identifier(items.table, "id"),
            SQL("%s AS due", SQL.identifier(items.table, "date_maturity")),
            SQL.identifier(items.table, "balance"),
        )
        debts = {row[0]: row[1:] for row in self.env.execute_query(query)}
        events, steps = self._events(debts, today), self._steps(debts)
        for item, (due, balance) in debts.items():
            past = [(d, float(a / balance), m) for d, a, m in events.get(item, ())]
            yield forecast.Debt(due, tuple(past), tuple(steps.get(item, ())))

    @api.model
    def _events(self, debts, today):
        """Return {item: [(day, sum in company currency, is money)]}."""
        found = {}
        rows = debts and self.env.execute_query(
            SQL(
                """SELECT pr.debit_move_id, cl.date, pr.amount,
                          cm.move_type <> 'out_refund' AND (
                              cm.origin_payment_id IS NOT NULL
                              OR cm.statement_line_id IS NOT NULL
                              OR cj.type IN ('bank', 'cash', 'credit'))
                     FROM account_partial_reconcile pr
                     JOIN account_move_line cl ON cl.id = pr.credit_move_id
                     JOIN account_move cm ON cm.id = cl.move_id
                      AND cm.state = 'posted'
                     JOIN account_journal cj ON cj.id = cm.journal_id
                    WHERE pr.debit_move_id = ANY(%s) AND cl.date <= %s""",
                list(debts),
                today,
            )
        )
        for item, day, amount, is_money in rows or ():
            found.setdefault(item, []).append((day, amount, is_money))
        return found

    @api.model
    def _steps(self, debts):
        """Return {item: [day of each proven reminder]}."""
        found = {}
        rows = debts and self.env.execute_query(
            SQL(
                """SELECT nl.move_line_id, n.proven_on
                     FROM recouv_notice_line nl
                     JOIN recouv_notice n ON n.id = nl.notice_id
                    WHERE nl.move_line_id = ANY(%s) AND nl.kind = 'claim'
                      AND n.proven_on IS NOT NULL AND n.state <> 'cancelled'""",
                list(debts),
            )
        )
        for item, day in rows or ():
            found.setdefault(item, []).append(day)
        return found

    @api.model
    def _open_debts(self, company, today, left_out=()):
        """Yield the money open today, by age and reminders proven."""
        claims = self.env["recouv.report.aging"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("is_contested", "=", False),
                ("holder", "=", "practice"),
                ("claim_id", "not in", list(left_out)),
            ],
            ["claim_id", "age_days", "amount_residual"],
        )
        proven = self._proven_counts(claims.ids)
        for row in claims:
            yield forecast.Open(
                row.age_days // 7, proven.get(row.id, 0), row.amount_residual
            )

    @api.model
    def _proven_counts(self, claim_ids):
        """Return {claim id: number of proven reminders}; a row's id is its claim's."""
        if not claim_ids:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT nl.claim_id, COUNT(*) FROM recouv_notice_line nl
                         JOIN recouv_notice n ON n.id = nl.notice_id
                        WHERE nl.claim_id = ANY(%s) AND nl.kind = 'claim'
                          AND n.proven_on IS NOT NULL AND n.state <> 'cancelled'
                        GROUP BY nl.claim_id""",
                    list(claim_ids),
                )
            )
        )

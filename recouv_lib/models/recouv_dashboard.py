from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from ..lib import figures
from .recouv_claim import SETTLEMENTS
from .recouv_report_aging import BUCKETS

PERIOD_DAYS = 365
#: bars of the recovery charts at most
TOP = 8


class RecouvDashboard(models.AbstractModel):
    """Key figures and charts, over the companies the user has chosen.

    Everything is read through the ORM or on companies checked to be the user's. Sums
    of companies with another currency are converted at today's rate into that of the
    first company chosen.
    """

    _name = "recouv.dashboard"
    _description = "Dashboard"

    @api.model
    def get_figures(self):
        """Return ``{tiles, charts, note}`` for the screen.

        A tile: ``label, value, hint, action``; a chart: ``title, type, labels,
        datasets, action``; an action: XML id, domain and context of the window behind.

        :raise AccessError: the user may not read claims
        """
        if not self.env["recouv.report.aging"].has_access("read"):
            raise AccessError(self.env._("You may not read the receivables' figures."))
        owed, recovered = self._owed(), self._recovered()
        unpaid = [(row, amount) for row, amount in owed if not row["is_contested"]]
        return {
            "tiles": self._tiles(owed, recovered),
            "charts": [
                self._chart_by_age(unpaid),
                self._chart_by_step(unpaid),
                *self._charts_of_recovery(recovered),
                self._chart_of_settlements(),
            ],
            "note": self._note(),
        }

    @api.model
    def get_forecast(self):
        """Return the chart of the receipts to expect; apart, for it takes longer."""
        rows = self.env["recouv.forecast"]._compute_now(self.env.companies)
        weeks = {}
        for row in rows:
            sums = weeks.setdefault(row.date_from, [0.0, 0.0, 0.0])
            for index, name in enumerate(
                ("amount_low", "amount_expected", "amount_high")
            ):
                sums[index] += self._convert(row[name], row.company_id.currency_id)
        return self._forecast_chart(weeks)

    @api.model
    def _forecast_chart(self, weeks):
        total = sum(sums[1] for sums in weeks.values())
        names = (
            self.env._("At least"),
            self.env._("Expected"),
            self.env._("At most"),
        )
        return {
            "title": self.env._("Receipts to expect, by week"),
            "subtitle": self.env._(
                "%(amount)s in six months, from the habits of the last two years",
                amount=self._money(total),
            ),
            "type": "line",
            "labels": [format_date(self.env, day) for day in weeks],
            "datasets": [
                {"label": name, "data": [round(s[index]) for s in weeks.values()]}
                for index, name in enumerate(names)
            ],
            "action": {"method": "recouv.forecast"},
        }

    # --- money ----------------------------------------------------------------------

    @property
    def _currency(self):
        return self.env.company.currency_id

    @api.model
    def _convert(self, amount, currency):
        today = fields.Date.context_today(self)
        return currency._convert(amount, self._currency, self.env.company, today)

    @api.model
    def _money(self, amount):
        currency = self._currency
        rounded = currency.round(amount)
        return format_amount(self.env, rounded, currency)

    @api.model
    def _grouped(self, model, domain, groupby, measures):
        """Read a report once, for all the charts made of it.

        :return: list of (``{field: group value}``, [sums in the screen's currency])
        """
        rows = self.env[model]._read_group(
            [("company_id", "in", self.env.companies.ids), *domain],
            [*groupby, "company_currency_id"],
            [f"{measure}:sum" for measure in measures],
        )
        size = len(groupby)
        return [
            (
                dict(zip(groupby, row, strict=False)),
                [self._convert(amount or 0, row[size]) for amount in row[size + 1 :]],
            )
            for row in rows
        ]

    @api.model
    def _owed(self):
        """Owed, by whether it is contested, age and step."""
        groupby = ["is_contested", "bucket", "step_id"]
        rows = self._grouped("recouv.report.aging", [], groupby, ["amount_residual"])
        return [(values, sums[0]) for values, sums in rows]

    @api.model
    def _recovered(self):
        """Asked and recovered in 12 months, by step, channel and cause."""
        return self._grouped(
            "recouv.report.recovery",
            [("date", ">=", self._since())],
            ["step_id", "channel", "cause_id"],
            ["amount_asked", "amount_recovered"],
        )

    @api.model
    def _note(self):
        companies = self.env.companies
        if len(companies.currency_id) < 2:
            return ""
        return self.env._(
            "Sums in other currencies are converted into %(currency)s at today's rate.",
            currency=self._currency.name,
        )

    # --- tiles ----------------------------------------------------------------------

    @api.model
    def _tiles(self, owed, recovered):
        contested = sum(amount for row, amount in owed if row["is_contested"])
        unpaid = sum(amount for _row, amount in owed) - contested
        return [
            {
                "label": self.env._("Owed past due"),
                "value": self._money(unpaid),
                "hint": self.env._("Contested sums left out"),
                "action": {"xmlid": "recouv_lib.recouv_report_aging_action"},
            },
            {
                "label": self.env._("Contested or frozen"),
                "value": self._money(contested),
                "hint": self.env._("Not in the list of unpaid sums"),
                "action": {
                    "xmlid": "recouv_lib.recouv_report_aging_action",
                    "context": {"search_default_contested": 1},
                },
            },
            *self._ratio_tiles(recovered),
        ]

    @api.model
    def _ratio_tiles(self, recovered):
        ratios = self._ratios()
        days = self.env._("%s days")
        percent = self.env._("%s %%")
        return [
            {
                "label": self.env._("Average time to be paid (DSO)"),
                "value": self._shown(ratios["dso"], days),
                "hint": self.env._("Receivable / sales of 12 months × 365"),
            },
            {
                "label": self.env._("DSO, count-back"),
                "value": self._shown(ratios["count_back"], days),
                "hint": self.env._("Months of sales that the receivable holds"),
            },
            {
                "label": self.env._("Collection effectiveness"),
                "value": self._shown(ratios["cei"], percent),
                "hint": self.env._("Collected / collectable, 12 months"),
            },
            {
                "label": self.env._("Recovered after a contact"),
                "value": self._shown(self._recovery_rate(recovered), percent),
                "hint": self.env._("Money within the days set, 12 months"),
                "action": {"xmlid": "recouv_lib.recouv_report_recovery_action"},
            },
        ]

    @api.model
    def _shown(self, value, template):
        return "–" if value is None else template % round(value)

    @api.model
    def _since(self):
        return fields.Date.context_today(self) - timedelta(days=PERIOD_DAYS)

    @api.model
    def _recovery_rate(self, recovered):
        asked = sum(sums[0] for _row, sums in recovered)
        return sum(sums[1] for _row, sums in recovered) / asked * 100 if asked else None

    @api.model
    def _ratios(self):
        """Return {dso, count_back, cei} of the companies together."""
        today = fields.Date.context_today(self)
        balances = self._balances(today)
        months = self._sales_by_month(today)
        sales = sum(amount for amount, _days in months)
        closing = balances["closing"]
        return {
            "dso": figures.dso(closing, sales, PERIOD_DAYS),
            "count_back": figures.dso_count_back(closing, months),
            "cei": figures.collection_effectiveness(
                balances["opening"], sales, closing, balances["not_due"]
            ),
        }

    @api.model
    def _balances(self, today):
        """Receivables now, a year ago, and not yet due now."""
        lines = self.env["account.move.line"]
        base = Domain(
            [
                ("company_id", "in", self.env.companies.ids),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
            ]
        )
        wanted = {
            "closing": Domain("date", "<=", today),
            "opening": Domain("date", "<=", self._since()),
            "not_due": Domain("date_maturity", ">=", today)
            & Domain("reconciled", "=", False)
            & Domain("move_id.move_type", "=", "out_invoice"),
        }
        return {
            name: sum(
                self._convert(amount, company.currency_id)
                for company, amount in lines._read_group(
                    base & domain,
                    ["company_id"],
                    ["amount_residual:sum" if name == "not_due" else "balance:sum"],
                )
            )
            for name, domain in wanted.items()
        }

    @api.model
    def _sales_by_month(self, today):
        """Return [(sales, days)] by 30 days or so of the last year, latest first."""
        length = PERIOD_DAYS / 12
        sales = [0.0] * 12
        rows = self.env["account.move"]._read_group(
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("invoice_date", ">", self._since()),
                ("invoice_date", "<=", today),
            ],
            ["company_id", "invoice_date:day"],
            ["amount_total_signed:sum"],
        )
        for company, day, amount in rows:
            index = min(11, int((today - fields.Date.to_date(day)).days / length))
            sales[index] += self._convert(amount, company.currency_id)
        return [(amount, length) for amount in sales]

    # --- charts ---------------------------------------------------------------------

    @api.model
    def _chart_by_age(self, unpaid):
        field = self.env["recouv.report.aging"]._fields["bucket"]
        labels = dict(field._description_selection(self.env))
        sums = dict.fromkeys(BUCKETS, 0.0)
        for row, amount in unpaid:
            sums[row["bucket"]] += amount
        return self._bar(
            self.env._("Owed by age"),
            {labels[code]: amount for code, amount in sums.items()},
            {
                "xmlid": "recouv_lib.recouv_report_aging_action",
                "context": {"search_default_group_bucket": 1},
            },
        )

    @api.model
    def _chart_by_step(self, unpaid):
        named = {}

        def in_order(pair):
            return pair[0]["step_id"].sequence, pair[0]["step_id"].id

        for row, amount in sorted(unpaid, key=in_order):
            name = row["step_id"].name or self.env._("No reminder yet")
            named[name] = named.get(name, 0) + amount
        return self._bar(
            self.env._("Owed by last step proven"),
            named,
            {
                "xmlid": "recouv_lib.recouv_report_aging_action",
                "context": {"search_default_group_step": 1},
            },
        )

    @api.model
    def _charts_of_recovery(self, recovered):
        titles = {
            "step_id": self.env._("Recovery rate by step, %"),
            "channel": self.env._("Recovery rate by channel, %"),
            "cause_id": self.env._("Recovery rate by cause, %"),
        }
        return [
            self._recovery_chart(recovered, groupby, title)
            for groupby, title in titles.items()
        ]

    @api.model
    def _recovery_chart(self, recovered, groupby, title):
        totals = {}
        for row, (asked, got) in recovered:
            pair = totals.setdefault(self._named(groupby, row[groupby]), [0, 0])
            pair[0] += got
            pair[1] += asked
        largest = sorted(totals.items(), key=lambda item: -item[1][1])[:TOP]
        chart = self._bar(
            title,
            {name: got / of * 100 if of else 0 for name, (got, of) in largest},
            {
                "xmlid": "recouv_lib.recouv_report_recovery_action",
                "context": {f"search_default_group_{groupby.removesuffix('_id')}": 1},
            },
        )
        return chart | {"percent": True}

    @api.model
    def _named(self, groupby, value):
        if isinstance(value, models.BaseModel):
            return value.display_name or self.env._("Not said")
        field = self.env["recouv.report.recovery"]._fields[groupby]
        return dict(field._description_selection(self.env)).get(value, "")

    @api.model
    def _chart_of_settlements(self):
        """How claims ended: only money is success, the rest is counted apart."""
        claims = self.env["recouv.claim"]
        domain = [
            ("company_id", "in", self.env.companies.ids),
            ("settlement", "not in", ("open", "unknown")),
            ("date_due", ">=", self._since()),
        ]
        rows = claims._read_group(
            domain, ["settlement", "company_id"], ["amount_original:sum", "__count"]
        )
        labels = dict(claims._fields["settlement"]._description_selection(self.env))
        counts = {}
        for value, _company, _amount, count in rows:
            counts[value] = counts.get(value, 0) + count
        return self._bar(
            self.env._("How claims of 12 months ended (number)"),
            {labels[code]: counts[code] for code, _l in SETTLEMENTS if code in counts},
            {
                "xmlid": "recouv_lib.recouv_claim_action",
                "context": {"search_default_settled": 1, "search_default_open": 0},
            },
        ) | {"count": True}

    @api.model
    def _bar(self, title, values, action):
        return {
            "title": title,
            "type": "bar",
            "labels": list(values),
            "datasets": [
                {"label": title, "data": [round(v, 1) for v in values.values()]}
            ],
            "currency": self._currency.symbol,
            "action": action,
        }

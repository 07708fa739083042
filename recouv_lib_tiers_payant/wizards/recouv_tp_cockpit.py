from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

SHARES = "recouv_lib_tiers_payant.recouv_share_action_at_risk"
LATE = "recouv_lib_tiers_payant.recouv_share_action_late"
REJECTIONS = "recouv_lib_tiers_payant.recouv_rejection_action"
#: reasons named one by one; the others of an action are one line
REASONS_NAMED = 15


class RecouvTpCockpit(models.TransientModel):
    """What to do first about payers, by the money at stake; each line opens its list.

    Read from partial indexes in one statement per kind of work, so that a million
    shares in the base change little. Counted again each time it is opened.
    """

    _name = "recouv.tp.cockpit"
    _description = "Third-party payers: what to do first"
    _order = "amount desc, count desc, id"

    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    name = fields.Char("What to do", required=True)
    detail = fields.Char("Why")
    kind = fields.Selection(
        [
            ("rejection", "Rejections"),
            ("forclusion", "Forclusion"),
            ("late", "Late payers"),
            ("return", "Returns"),
            ("sending", "Sending"),
        ],
        required=True,
    )
    count = fields.Integer("Files")
    amount = fields.Monetary("At stake")
    first_date = fields.Date("First deadline")
    is_urgent = fields.Boolean("Urgent")
    action_xmlid = fields.Char()
    domain = fields.Char()

    @api.model
    def action_open_cockpit(self):
        """Count anew, over the companies chosen, and open the screen."""
        self.search([("create_uid", "=", self.env.uid)]).unlink()
        self.create(self._rows())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_tp_cockpit_action"
        )
        return action | {"domain": [("create_uid", "=", self.env.uid)]}

    def action_open(self):
        """Open the list behind a line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(self.action_xmlid)
        return action | {
            "name": self.name,
            "display_name": self.name,
            "domain": self.domain,
            "context": {},
            "path": False,
        }

    # --- counting -------------------------------------------------------------------

    @api.model
    def _rows(self):
        """Return the values of the lines that have something in them."""
        self.env.flush_all()
        today = fields.Date.context_today(self)
        rows = [*self._rejection_rows(), *self._other_rows(today)]
        # sums over all parts: the agency sees those that were rejected only
        if not self.env["recouv.tp.access"]._is_logged():
            rows += [*self._forclusion_rows(today), *self._late_rows(today)]
        return [row for row in rows if row["count"]]

    @api.model
    def _fetch(self, query):
        """Run one count over the companies of the user.

        Every row is of ``env.companies``: the user may read them all.
        """
        return self.env.execute_query_dict(query)

    @api.model
    def _row(self, row, **values):
        company = self.env["res.company"].browse(row["company_id"])
        return {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "count": row["count"],
            "amount": row["amount"] or 0.0,
            "first_date": row.get("first_date"),
            **values,
            "domain": repr(
                [("company_id", "=", company.id), *map(_plain, values["domain"])]
            ),
        }

    @api.model
    def _companies(self):
        """The companies counted; for the agency, while its mandate is in force."""
        companies = self.env.companies
        if self.env["recouv.tp.access"]._is_logged():
            companies &= companies._recouv_tp_open_companies()
        return tuple(companies.ids) or (0,)

    # --- rejections -----------------------------------------------------------------

    @api.model
    def _rejection_rows(self):
        """By action and reason; reasons of small sums are summed up."""
        if not self.env["recouv.rejection"].has_access("read"):
            return []
        found = self._fetch(
            SQL(
                """SELECT r.company_id, r.action_class, r.reason_id,
                          COUNT(*) AS count, SUM(%s) AS amount,
                          MIN(r.deadline) AS first_date
                     FROM recouv_rejection r
                    WHERE r.company_id IN %s
                      AND r.state IN ('to_do', 'in_correction')
                    GROUP BY 1, 2, 3 ORDER BY 5 DESC""",
                self.env["recouv.rejection"]._derived_sql("amount_at_stake", "r"),
                self._companies(),
            )
        )
        named, rest = found[:REASONS_NAMED], found[REASONS_NAMED:]
        rows = [self._reason_row(row) for row in named]
        for row in self._summed(rest):
            rows.append(self._action_row(row))
        return rows

    @api.model
    def _reason_row(self, row):
        reason = self.env["recouv.rejection.reason"].browse(row["reason_id"] or ())
        return self._row(
            row,
            name=self._action_name(row["action_class"]),
            detail=reason.display_name or self.env._("Without a reason"),
            kind="rejection",
            is_urgent=self._is_past(row),
            action_xmlid=REJECTIONS,
            domain=[
                ("state", "in", ("to_do", "in_correction")),
                ("action_class", "=", row["action_class"]),
                ("reason_id", "=", row["reason_id"]),
            ],
        )

    @api.model
    def _summed(self, rows):
        sums = {}
        for row in rows:
            key = (row["company_id"], row["action_class"])
            into = sums.setdefault(
                key,
                dict(zip(("company_id", "action_class"), key, strict=True),
                     count=0, amount=0, first_date=None, reasons=[]),
            )  # fmt: skip
            into["count"] += row["count"]
            into["amount"] += row["amount"] or 0
            dates = [d for d in (into["first_date"], row["first_date"]) if d]
            into["first_date"] = min(dates, default=None)
            into["reasons"].append(row["reason_id"])
        return sums.values()

    @api.model
    def _action_row(self, row):
        return self._row(
            row,
            name=self._action_name(row["action_class"]),
            detail=self.env._("%s other reasons", len(row["reasons"])),
            kind="rejection",
            is_urgent=self._is_past(row),
            action_xmlid=REJECTIONS,
            domain=[
                ("state", "in", ("to_do", "in_correction")),
                ("action_class", "=", row["action_class"]),
                ("reason_id", "in", row["reasons"]),
            ],
        )

    @api.model
    def _action_name(self, code):
        labels = dict(
            self.env["recouv.rejection"]
            ._fields["action_class"]
            ._description_selection(self.env)
        )
        return self.env._("Rejections: %s", labels.get(code, ""))

    @api.model
    def _is_past(self, row):
        day = row.get("first_date")
        return bool(day) and day < fields.Date.context_today(self)

    # --- forclusion, late payers -----------------------------------------------------

    @api.model
    def _forclusion_rows(self, today):
        rows = []
        for days, first in ((30, 0), (90, 31)):
            since = fields.Date.add(today, days=first)
            until = fields.Date.add(today, days=days)
            domain = list(self.env["recouv.share"]._at_risk_domain(since, until))
            found = self._fetch(
                SQL(
                    """SELECT s.company_id, COUNT(*) AS count,
                              SUM(CASE WHEN t.id IS NULL THEN s.amount
                                       ELSE GREATEST(0, l.amount_residual_currency)
                                       END) AS amount,
                              MIN(s.limitation_date) AS first_date
                         FROM recouv_share s
                         LEFT JOIN recouv_transfer t
                                ON t.id = s.transfer_id
                               AND t.state IN ('posted', 'reversed')
                         LEFT JOIN account_move_line l ON l.id = t.target_line_id
                        WHERE s.company_id IN %s
                          AND s.limitation_date BETWEEN %s AND %s
                          AND %s
                        GROUP BY s.company_id""",
                    self._companies(),
                    since,
                    until,
                    self.env["recouv.share"]._with_payer_sql(SQL("s")),
                )
            )
            rows += [
                self._row(
                    row,
                    name=self.env._("Money lost within %s days", days),
                    detail=self.env._("The right to ask the payer ends"),
                    kind="forclusion",
                    is_urgent=days == 30,
                    action_xmlid=SHARES,
                    domain=domain,
                )
                for row in found
            ]
        return rows

    @api.model
    def _late_rows(self, today):
        """The payers that owe most beyond their delay, one line each."""
        found = self._fetch(
            SQL(
                """SELECT company_id, payer_id, COUNT(*) AS count,
                          SUM(amount) AS amount, MIN(expected_date) AS first_date
                     FROM recouv_share
                    WHERE company_id IN %s AND expected_date < %s
                      AND state IN ('transmitted', 'acknowledged')
                    GROUP BY company_id, payer_id
                    ORDER BY SUM(amount) DESC LIMIT %s""",
                self._companies(),
                today,
                REASONS_NAMED,
            )
        )
        return [
            self._row(
                row,
                name=self.env._("Payer that is late"),
                detail=self.env["res.partner"].browse(row["payer_id"]).display_name,
                kind="late",
                action_xmlid=LATE,
                domain=[
                    *self.env["recouv.share"]._late_domain(today),
                    ("payer_id", "=", row["payer_id"]),
                ],
            )
            for row in found
        ]

    # --- lines, transfers, acknowledgments --------------------------------------------

    @api.model
    def _other_rows(self, today):
        """Lines of returns to settle, transfers that have not come, lots without an
        acknowledgment: what their own screens list."""
        _ = self.env._
        return [
            *self._counted(
                "recouv.return.line",
                [("outcome", "=", "to_settle")],
                "paid:sum",
                name=_("Lines of returns to settle"),
                detail=_("Paid or rejected, and no share was found"),
                kind="return",
                action_xmlid="recouv_lib_tiers_payant.recouv_return_unmatched_action",
            ),
            *self._counted(
                "recouv.return.payment",
                [("state", "in", ("announced", "partial"))],
                "amount_waiting:sum",
                name=_("Transfers announced and not received"),
                detail=_("No line of the bank statement was found"),
                kind="return",
                action_xmlid="recouv_lib_tiers_payant.recouv_return_missing_action",
            ),
            *self._counted(
                "recouv.lot",
                list(self.env["recouv.lot"]._late_domain(today)),
                None,
                name=_("Lots without an acknowledgment in time"),
                detail=_("They must be sent again"),
                kind="sending",
                is_urgent=True,
                action_xmlid="recouv_lib_tiers_payant.recouv_lot_action",
            ),
        ]

    @api.model
    def _counted(self, model, domain, amount, **values):
        """Count through the ORM what the record rules let the user read."""
        records = self.env[model]
        if not records.has_access("read"):
            return []
        aggregates = ["__count", *([amount] if amount else [])]
        groups = records._read_group(
            [("company_id", "in", self.env.companies.ids), *domain],
            ["company_id"],
            aggregates,
        )
        return [
            self._row(
                {
                    "company_id": company.id,
                    "count": sums[0],
                    "amount": abs(sums[1] or 0.0) if amount else 0.0,
                },
                domain=domain,
                **values,
            )
            for company, *sums in groups
        ]


def _plain(leaf):
    """Return a leaf of a domain as the web client reads it: dates and lists."""
    if isinstance(leaf, str):
        return leaf
    name, operator, value = leaf
    if isinstance(value, date):
        value = fields.Date.to_string(value)
    elif not isinstance(value, (str, int, float, type(None))):
        value = list(value)
    return (name, operator, value)

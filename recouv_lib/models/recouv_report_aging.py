from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_claim import HOLDERS, SUSPENSIONS
from .recouv_policy_rule import DEBTOR_KINDS

#: code of a bucket -> first day of age
BUCKETS = {
    "b000": 0,
    "b031": 31,
    "b061": 61,
    "b091": 91,
    "b181": 181,
    "b366": 366,
}
BUCKET_LABELS = [
    ("b000", "0 – 30 days"),
    ("b031", "31 – 60 days"),
    ("b061", "61 – 90 days"),
    ("b091", "91 – 180 days"),
    ("b181", "181 – 365 days"),
    ("b366", "Over a year"),
]


class RecouvReportAging(models.Model):
    """What is owed today, one row per open claim, by age since its due date.

    Not stored: read from the claims and their journal items when asked, in company
    currency. A contested claim (dispute, or data frozen) is marked, for it must leave
    the list of unpaid sums (CNIL, délibération 2021-130): screens leave it out unless
    asked for.
    """

    _name = "recouv.report.aging"
    _description = "Aged claims"
    _auto = False
    _rec_name = "claim_id"
    _order = "age_days desc, id"
    _depends = {
        "recouv.claim": [
            "move_line_id",
            "closed_on",
            "date_due",
            "partner_id",
            "policy_id",
            "step_id",
            "next_step_id",
            "next_date",
            "holder",
            "cause_id",
            "in_review",
        ],
        "recouv.hold": ["reason", "date_from", "date_to", "partner_id", "claim_ids"],
        "account.move.line": ["amount_residual", "reconciled", "parent_state"],
        "account.move": ["recouv_practitioner_id"],
        "recouv.transfer": ["target_line_id", "kind", "state"],
        "res.partner": ["recouv_debtor_kind", "is_company"],
    }

    claim_id = fields.Many2one("recouv.claim", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    debtor_kind = fields.Selection(DEBTOR_KINDS, "Kind of debtor", readonly=True)
    practitioner_id = fields.Many2one("res.partner", readonly=True)
    policy_id = fields.Many2one("recouv.policy", readonly=True)
    step_id = fields.Many2one("recouv.step", "Last step proven", readonly=True)
    next_step_id = fields.Many2one("recouv.step", "Next step", readonly=True)
    next_date = fields.Date(readonly=True)
    holder = fields.Selection(HOLDERS, readonly=True)
    cause_id = fields.Many2one("recouv.cause", "Cause of non-payment", readonly=True)
    suspension = fields.Selection(SUSPENSIONS, readonly=True)
    is_contested = fields.Boolean(
        "Contested or frozen", readonly=True, help="Not in the list of unpaid sums."
    )
    is_doubtful = fields.Boolean("On the doubtful account", readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    age_days = fields.Integer("Days past due", readonly=True, aggregator="avg")
    bucket = fields.Selection(BUCKET_LABELS, "Age", readonly=True)
    amount_residual = fields.Monetary(
        "Owed", currency_field="company_currency_id", readonly=True
    )
    amount_residual_currency = fields.Monetary(
        "Owed (debtor's currency)", readonly=True, aggregator=None
    )

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        claim, holds = SQL.identifier("c"), self.env["recouv.hold"]
        age = SQL("GREATEST(%s - COALESCE(c.date_due, l.date_maturity), 0)", today)
        return SQL(
            """SELECT c.id, c.id AS claim_id, c.company_id,
                      co.currency_id AS company_currency_id, c.currency_id,
                      c.partner_id, %(kind)s AS debtor_kind,
                      m.recouv_practitioner_id AS practitioner_id, c.policy_id,
                      c.step_id, c.next_step_id, c.next_date, c.holder, c.cause_id,
                      %(suspension)s AS suspension, %(contested)s AS is_contested,
                      EXISTS (SELECT 1 FROM recouv_transfer t
                               WHERE t.target_line_id = l.id AND t.kind = 'doubtful'
                                 AND t.state = 'posted') AS is_doubtful,
                      c.date_due, %(age)s AS age_days, %(bucket)s AS bucket,
                      l.amount_residual, l.amount_residual_currency
                 FROM recouv_claim c
                 JOIN res_company co ON co.id = c.company_id
                 JOIN account_move_line l ON l.id = c.move_line_id
                  AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                 LEFT JOIN account_move m ON m.id = c.move_id
                 JOIN res_partner p ON p.id = c.partner_id
                WHERE c.closed_on IS NULL""",
            kind=self.env["res.partner"]._recouv_debtor_kind_sql("p"),
            suspension=self.env["recouv.claim"]._suspension_sql(claim, today),
            contested=holds._active_sql(
                claim, today, SQL("h.reason IN ('dispute', 'frozen')")
            ),
            age=age,
            bucket=self._bucket_sql(age),
        )

    @api.model
    def _bucket_sql(self, age):
        cases = SQL(" ").join(
            SQL("WHEN %s >= %s THEN %s", age, first, code)
            for code, first in reversed(BUCKETS.items())
        )
        return SQL("CASE %s END", cases)

    def action_view_claim(self):
        """Open the claim behind a row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.claim",
            "res_id": self.claim_id.id,
            "views": [(False, "form")],
        }

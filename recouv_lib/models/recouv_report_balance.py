from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_report_aging import BUCKET_LABELS


class RecouvReportBalance(models.Model):
    """Aged balance of the customer accounts as the books stood on a day.

    One row per posted item of a receivable account (ordinary or doubtful) that was
    open at the end of the day of the context key ``recouv_at`` (today without it),
    credits included, so that the sum is the balance of these accounts in the ledger.
    What was reconciled later is open again here: ``max_date`` of a reconciliation is
    the later date of its two items. In company currency.
    """

    _name = "recouv.report.balance"
    _description = "Aged balance at a date"
    _auto = False
    _rec_name = "move_id"
    _order = "date_due, id"
    _depends = {
        "account.move.line": [
            "account_id",
            "balance",
            "company_id",
            "date",
            "date_maturity",
            "move_id",
            "parent_state",
            "partner_id",
        ],
        "account.partial.reconcile": [
            "amount",
            "credit_move_id",
            "debit_move_id",
            "max_date",
        ],
        "res.company": ["recouv_doubtful_account_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    move_id = fields.Many2one("account.move", "Entry", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    is_doubtful = fields.Boolean("On the doubtful account", readonly=True)
    date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    age_days = fields.Integer("Days past due", readonly=True, aggregator="avg")
    bucket = fields.Selection(
        [("not_due", "Not due"), *BUCKET_LABELS], "Age", readonly=True
    )
    amount = fields.Monetary(
        "Open that day", currency_field="company_currency_id", readonly=True
    )

    @property
    def _table_query(self):
        day = self._day()
        age = SQL("%s - COALESCE(l.date_maturity, l.date)", day)
        return SQL(
            """SELECT l.id, l.company_id, l.company_currency_id, l.partner_id,
                      l.move_id, l.account_id, l.date,
                      COALESCE(l.date_maturity, l.date) AS date_due,
                      l.account_id = co.recouv_doubtful_account_id AS is_doubtful,
                      GREATEST(%(age)s, 0) AS age_days,
                      CASE WHEN %(age)s <= 0 THEN 'not_due' ELSE %(bucket)s END
                      AS bucket,
                      l.balance - settled.debit + settled.credit AS amount
                 FROM account_move_line l
                 JOIN account_account a ON a.id = l.account_id
                 JOIN res_company co ON co.id = l.company_id
                CROSS JOIN LATERAL (SELECT
                      COALESCE((SELECT SUM(d.amount) FROM account_partial_reconcile d
                                 WHERE d.debit_move_id = l.id
                                   AND d.max_date <= %(day)s), 0) AS debit,
                      COALESCE((SELECT SUM(c.amount) FROM account_partial_reconcile c
                                 WHERE c.credit_move_id = l.id
                                   AND c.max_date <= %(day)s), 0) AS credit
                      ) settled
                WHERE l.parent_state = 'posted' AND l.date <= %(day)s
                  AND a.account_type = 'asset_receivable'
                  AND l.balance - settled.debit + settled.credit <> 0""",
            age=age,
            bucket=self.env["recouv.report.aging"]._bucket_sql(age),
            day=day,
        )

    @api.model
    def _day(self):
        at = fields.Date.to_date(self.env.context.get("recouv_at") or False)
        return at or fields.Date.context_today(self)

    def action_view_entry(self):
        """Open the entry behind a row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_notice import CALL_OUTCOMES
from .recouv_step import CHANNELS


class RecouvReportRecovery(models.Model):
    """What each proven contact brought in, one row per claim named by a notice.

    Rule of attribution. A sum belongs to the **last proven contact of its claim on or
    before the day of the sum**; the day is that of the payment's own entry. It counts
    as recovered by that contact when it came within the practice's number of days
    (``recouv_recovery_days``), else as late. Sums before any proven contact belong to
    none. Two contacts proven on one day: the later one. Only money (payments, bank and
    cash entries) is recovered; credit notes and settlements, and the rest (transfers,
    write-offs), stand in columns of their own. A doubtful claim keeps its contacts and
    its sums, those before its move included.

    Sums are in company currency, as the books have them (partial reconciliations). The
    rate is recovered / asked. A contact of many claims shares its cost among them.
    """

    _name = "recouv.report.recovery"
    _description = "Recovery by contact"
    _auto = False
    _rec_name = "claim_id"
    _order = "date desc, id desc"
    _depends = {
        "recouv.claim": ["move_line_id", "cause_id", "policy_id", "partner_id"],
        "recouv.notice": ["state", "proven_on", "step_id", "channel", "cost"],
        "recouv.notice.line": ["notice_id", "claim_id", "kind", "amount"],
        "recouv.transfer": ["origin_line_id", "origin_claim_id", "target_claim_id"],
        "account.move.line": ["date", "parent_state", "balance", "amount_currency"],
        "account.move": ["origin_payment_id", "statement_line_id", "move_type"],
        "account.partial.reconcile": ["amount", "debit_move_id", "credit_move_id"],
        "res.company": ["recouv_recovery_days"],
    }

    claim_id = fields.Many2one("recouv.claim", readonly=True)
    notice_id = fields.Many2one("recouv.notice", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    practitioner_id = fields.Many2one("res.partner", readonly=True)
    policy_id = fields.Many2one("recouv.policy", readonly=True)
    step_id = fields.Many2one("recouv.step", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    call_outcome = fields.Selection(CALL_OUTCOMES, "Outcome of the call", readonly=True)
    cause_id = fields.Many2one("recouv.cause", "Cause of non-payment", readonly=True)
    date = fields.Date("Contact proven on", readonly=True)
    amount_asked = fields.Monetary(
        "Asked", currency_field="company_currency_id", readonly=True
    )
    amount_recovered = fields.Monetary(
        "Recovered",
        currency_field="company_currency_id",
        readonly=True,
        help="Money within the practice's number of days after this contact.",
    )
    amount_late = fields.Monetary(
        "Received later", currency_field="company_currency_id", readonly=True
    )
    amount_credited = fields.Monetary(
        "Credited or settled", currency_field="company_currency_id", readonly=True
    )
    amount_other = fields.Monetary(
        "Transferred or written off",
        currency_field="company_currency_id",
        readonly=True,
    )
    cost = fields.Monetary(currency_field="company_currency_id", readonly=True)
    recovery_rate = fields.Float(
        "Recovery rate (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums, not the mean of its rows' rates."""
        if aggregate_spec != "recovery_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "COALESCE(100.0 * SUM(%s) / NULLIF(SUM(%s), 0), 0)",
            self._field_to_sql(self._table, "amount_recovered", query),
            self._field_to_sql(self._table, "amount_asked", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """SELECT k.*, 100.0 * k.amount_recovered / NULLIF(k.amount_asked, 0)
                              AS recovery_rate
                 FROM (%(rows)s) k""",
            rows=self._rows_sql(),
        )

    @api.model
    def _rows_sql(self):
        return SQL(
            """SELECT x.id, x.claim_id, x.notice_id, x.company_id, x.partner_id,
                      x.policy_id, x.step_id, x.channel, x.call_outcome, x.cause_id,
                      x.date, x.cost, x.practitioner_id, x.amount_asked,
                      co.currency_id AS company_currency_id,
                      COALESCE(s.recovered, 0) AS amount_recovered,
                      COALESCE(s.late, 0) AS amount_late,
                      COALESCE(s.credited, 0) AS amount_credited,
                      COALESCE(s.other, 0) AS amount_other
                 FROM (%(contacts)s) x
                 JOIN res_company co ON co.id = x.company_id
                 LEFT JOIN LATERAL (%(sums)s) s ON TRUE""",
            contacts=self._contacts_sql(),
            sums=self._sums_sql(),
        )

    @api.model
    def _contacts_sql(self):
        """Proven contacts with the day of the claim's next one (``until``)."""
        return SQL(
            """SELECT nl.id, nl.claim_id, n.id AS notice_id, n.company_id, n.partner_id,
                      c.policy_id, n.step_id, n.channel, n.call_outcome, c.cause_id,
                      n.proven_on AS date, c.move_line_id,
                      m.recouv_practitioner_id AS practitioner_id,
                      n.cost / COUNT(*) OVER (PARTITION BY n.company_id, n.id) AS cost,
                      nl.amount * COALESCE(l.balance / NULLIF(l.amount_currency, 0), 1)
                           AS amount_asked,
                      LEAD(n.proven_on) OVER (
                          PARTITION BY n.company_id, nl.claim_id
                          ORDER BY n.proven_on, n.id) AS until
                 FROM recouv_notice_line nl
                 JOIN recouv_notice n ON n.id = nl.notice_id
                 JOIN recouv_claim c ON c.id = nl.claim_id
                 LEFT JOIN account_move m ON m.id = c.move_id
                 LEFT JOIN account_move_line l ON l.id = c.move_line_id
                WHERE nl.kind = 'claim' AND n.proven_on IS NOT NULL
                  AND n.state <> 'cancelled' AND n.channel <> 'handover'"""
        )

    @api.model
    def _sums_sql(self):
        """What lowered the claim's items from the contact ``x`` to the next one."""
        return SQL(
            """SELECT SUM(pr.amount) FILTER (WHERE k.kind = 'money'
                           AND cl.date <= x.date
                               + COALESCE(co.recouv_recovery_days, 30)) AS recovered,
                      SUM(pr.amount) FILTER (WHERE k.kind = 'money'
                           AND cl.date > x.date
                               + COALESCE(co.recouv_recovery_days, 30)) AS late,
                      SUM(pr.amount) FILTER (WHERE k.kind = 'credit') AS credited,
                      SUM(pr.amount) FILTER (WHERE k.kind = 'other') AS other
                 FROM (%(items)s) i
                 JOIN account_partial_reconcile pr ON pr.debit_move_id = i.line_id
                 JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 JOIN account_move cm ON cm.id = cl.move_id AND cm.state = 'posted'
                 JOIN account_journal cj ON cj.id = cm.journal_id
                 CROSS JOIN LATERAL (SELECT %(kind)s AS kind) k
                WHERE cl.date >= x.date AND (x.until IS NULL OR cl.date < x.until)""",
            items=self._items_sql(),
            kind=self._kind_sql(),
        )

    @api.model
    def _items_sql(self):
        """The item of claim ``x``, and those it stood on before a doubtful move."""
        return SQL(
            """SELECT x.move_line_id AS line_id
                UNION
               SELECT t.origin_line_id FROM recouv_transfer t
                WHERE t.origin_claim_id = x.claim_id
                  AND t.target_claim_id = x.claim_id
                  AND t.state IN ('posted', 'reversed')"""
        )

    @api.model
    def _kind_sql(self):
        """Money, credit or other: of entry ``cm`` in journal ``cj``.

        NULL (counted nowhere): a doubtful move of the claim itself, which pays nothing,
        and differences of exchange.
        """
        return SQL(
            """CASE WHEN cm.move_type = 'out_refund' THEN 'credit'
                    WHEN cm.origin_payment_id IS NOT NULL
                      OR cm.statement_line_id IS NOT NULL
                      OR cj.type IN ('bank', 'cash', 'credit') THEN 'money'
                    WHEN cm.journal_id = co.currency_exchange_journal_id THEN NULL
                    WHEN EXISTS (SELECT 1 FROM recouv_transfer t
                                  WHERE t.move_id = cm.id
                                    AND t.origin_line_id = i.line_id
                                    AND t.target_claim_id = x.claim_id) THEN NULL
                    ELSE 'other' END"""
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_recovery_days = fields.Integer(
        "Days that a contact has to bring money in",
        default=30,  # not required: Odoo makes companies before this add-on is loaded
        help="Money that comes later is counted apart in the recovery figures.",
    )

    _recouv_recovery_days_positive = models.Constraint(
        "CHECK(recouv_recovery_days > 0)",
        "A contact needs at least one day to bring money in.",
    )

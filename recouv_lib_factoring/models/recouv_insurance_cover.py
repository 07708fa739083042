from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

CODES = [
    ("covered", "Covered"),
    ("partly", "Partly covered: the limit is used"),
    ("limit_used", "Not covered: the limit is used"),
    ("before_policy", "Not covered: invoiced outside of a policy"),
    ("debtor_kind", "Not covered: the policy leaves such debtors out"),
    ("currency", "Not covered: the policy is for another currency"),
    ("no_limit", "Not covered: no limit was asked"),
    ("before_limit", "Not covered: invoiced before the limit"),
    ("refused", "Not covered: refused by the insurer"),
    ("revoked", "Not covered: invoiced after the limit was revoked"),
    ("expired", "Not covered: invoiced after the limit ended"),
    ("credit_period", "Not covered: too long to pay"),
    ("late_debtor", "Not covered: sold to a debtor already late"),
    ("dispute", "Not covered until the dispute is solved"),
    ("not_notified", "Not covered: the overdue notice is late"),
    ("settled", "Loss settled"),
]
#: codes of what an insurer covers, wholly or in part
COVERED = ("covered", "partly")


class RecouvInsuranceCover(models.Model):
    """What each open invoice consumes of its debtor's limit, and what it is not
    covered for.

    One statement over the open items, nothing stored: the policy is the one of those in
    force when the invoice was dated that fits it best (``recouv_insurance_scope.py``
    has the rule), the limit the last one answered then. Invoices use the limit in the
    order of their dates; one that is paid makes room for the next; limits of different
    insurers, or of policies for different currencies, are used apart. What a loss was
    settled for stays used (``recouv_insurance_limit_use.py``). Sums are in the
    currency of the books. A condition on the company and the debtor goes
    into the statement, so that one debtor's cover costs that debtor's items only.
    """

    _name = "recouv.insurance.cover"
    _description = "Cover of open invoices"
    _auto = False
    _rec_name = "move_id"
    _order = "date_due, id"
    _depends = {
        "account.move": ["invoice_date", "move_type", "currency_id"],
        "account.move.line": ["amount_residual", "date_maturity", "parent_state",
                              "partner_id", "reconciled", "account_id"],
        "recouv.claim": ["move_line_id", "move_id", "closed_on"],
        "recouv.hold": ["reason", "date_from", "date_to", "amount_disputed",
                        "undone_on"],
        "recouv.insurance.policy": ["state", "date_from", "date_to", "insurer_id",
                                    "covers_patient", "covers_professional",
                                    "covers_public", "discretionary_limit",
                                    "max_credit_days", "notice_days",
                                    "declaration_days", "notice_forfeits",
                                    "stops_on_overdue", "invoice_currency_id"],
        "recouv.insurance.limit": ["state", "valid_from", "valid_to", "revoked_on",
                                   "amount_agreed", "partner_id", "insurer_id",
                                   "invoice_currency_id"],
        "recouv.insurance.loss": ["state", "noticed_on", "settled_on",
                                  "amount_limit_used"],
        "recouv.insurance.loss.line": ["claim_id", "move_line_id"],
        "res.partner": ["recouv_debtor_kind", "is_company", "category_id"],
    }  # fmt: skip

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    move_line_id = fields.Many2one("account.move.line", "Receivable", readonly=True)
    claim_id = fields.Many2one("recouv.claim", readonly=True)
    policy_id = fields.Many2one(
        "recouv.insurance.policy", "Insurance policy", readonly=True
    )
    limit_id = fields.Many2one("recouv.insurance.limit", readonly=True)
    loss_id = fields.Many2one("recouv.insurance.loss", "Insurance loss", readonly=True)
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    notice_by = fields.Date("Overdue notice by", readonly=True)
    declare_by = fields.Date("Loss declared by", readonly=True)
    amount_residual = fields.Monetary("Left unpaid", readonly=True)
    amount_limit = fields.Monetary("Limit", readonly=True, aggregator=None)
    amount_covered = fields.Monetary("Within the limit", readonly=True)
    amount_uncovered = fields.Monetary("Beyond the cover", readonly=True)
    code = fields.Selection(CODES, "Cover", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT w.id, w.id AS move_line_id, w.company_id, w.currency_id,
                      w.partner_id, w.move_id, w.claim_id, w.policy_id, w.limit_id,
                      w.insurer_id, w.policy_rule, w.loss_id, w.invoice_date,
                      w.date_due, w.notice_by, w.declare_by,
                      w.amount_residual, w.amount_limit, w.covered AS amount_covered,
                      w.amount_residual - w.covered AS amount_uncovered,
                      CASE WHEN w.code IS NOT NULL THEN w.code
                           WHEN w.covered >= w.amount_residual THEN 'covered'
                           WHEN w.covered > 0 THEN 'partly'
                           ELSE 'limit_used' END AS code
                 FROM (SELECT i.*, CASE WHEN i.code IS NOT NULL THEN 0
                              ELSE GREATEST(0, LEAST(i.amount_residual,
                                   i.amount_limit - i.used - u.amount
                                   + i.amount_residual))
                              END AS covered
                         FROM (SELECT b.*, SUM(CASE WHEN b.code IS NULL
                                           THEN b.amount_residual ELSE 0 END)
                                      OVER (PARTITION BY b.company_id, b.partner_id,
                                            b.insurer_id, b.invoice_currency_id
                                            ORDER BY b.invoice_date, b.id) AS used
                                 FROM (%s) b) i
                        CROSS JOIN LATERAL (%s) u) w""",
            self._items_sql(),
            self._used_by_losses_sql(),
        )

    @api.model
    def _items_sql(self):
        """The open items ``l`` of invoices ``m``, each with what it is not covered for.

        A doubtful item stands in an entry: its claim says which invoice it was.
        """
        return SQL(
            """SELECT l.id, l.company_id, co.currency_id, l.partner_id, m.id AS move_id,
                      c.id AS claim_id, y.id AS policy_id, k.id AS limit_id,
                      y.insurer_id, y.invoice_currency_id, y.rule AS policy_rule,
                      s.loss_id, m.invoice_date, l.date_maturity AS date_due,
                      l.date_maturity + y.notice_days AS notice_by,
                      l.date_maturity + y.declaration_days AS declare_by,
                      l.amount_residual, %(limit)s AS amount_limit, k.answered_on,
                      %(code)s AS code
                 FROM account_move_line l
                 JOIN account_account a ON a.id = l.account_id
                                       AND a.account_type = 'asset_receivable'
                 JOIN res_company co ON co.id = l.company_id
                 JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN recouv_claim c ON c.move_line_id = l.id
                                         AND c.closed_on IS NULL
                 JOIN account_move m ON m.id = COALESCE(c.move_id, l.move_id)
                                    AND m.move_type IN ('out_invoice', 'out_receipt')
                 LEFT JOIN LATERAL (%(policy)s) y ON TRUE
                 LEFT JOIN LATERAL (%(answer)s) k ON TRUE
                 LEFT JOIN LATERAL (%(loss)s) s ON TRUE
                WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                  AND l.amount_residual > 0
                  AND EXISTS (SELECT 1 FROM recouv_insurance_policy any_y
                               WHERE any_y.company_id = l.company_id
                                 AND any_y.state <> 'draft')""",
            limit=self._limit_sql(),
            code=self._code_sql(),
            policy=self._policy_sql(),
            answer=self._answer_sql(),
            loss=self._loss_sql(),
        )

    @api.model
    def _answer_sql(self):
        """The insurer's last answer for the debtor when the invoice was dated."""
        return SQL(
            """SELECT k.* FROM recouv_insurance_limit k
                WHERE k.company_id = l.company_id AND k.partner_id = l.partner_id
                  AND k.insurer_id = y.insurer_id
                  AND k.invoice_currency_id IS NOT DISTINCT FROM y.invoice_currency_id
                  AND k.state IN ('agreed', 'partial', 'refused')
                  AND k.valid_from <= m.invoice_date
                ORDER BY k.valid_from DESC, k.id DESC LIMIT 1"""
        )

    @api.model
    def _loss_sql(self):
        return SQL(
            """SELECT sl.loss_id, sx.state, sx.noticed_on
                 FROM recouv_insurance_loss_line sl
                 JOIN recouv_insurance_loss sx ON sx.id = sl.loss_id
                WHERE (sl.claim_id = c.id OR sl.move_line_id = l.id)
                  AND sx.state NOT IN ('withdrawn', 'rejected')
                ORDER BY sl.id DESC LIMIT 1"""
        )

    @api.model
    def _limit_sql(self):
        return SQL(
            """COALESCE(CASE WHEN k.id IS NULL THEN y.discretionary_limit
                             ELSE k.amount_agreed END, 0)"""
        )

    @api.model
    def _code_sql(self):
        """The first thing for which the insurer does not cover an item, or NULL."""
        today = fields.Date.context_today(self)
        return SQL(
            """CASE WHEN s.state IN ('settled', 'paid') THEN 'settled'
                    WHEN y.id IS NULL THEN 'before_policy'
                    WHEN NOT y.is_eligible THEN 'debtor_kind'
                    WHEN NOT y.in_currency THEN 'currency'
                    WHEN k.state = 'refused' THEN 'refused'
                    WHEN k.revoked_on <= m.invoice_date THEN 'revoked'
                    WHEN k.valid_to < m.invoice_date THEN 'expired'
                    WHEN k.id IS NULL AND COALESCE(y.discretionary_limit, 0) = 0
                         THEN CASE WHEN %(later)s THEN 'before_limit'
                                   ELSE 'no_limit' END
                    WHEN l.date_maturity - m.invoice_date > y.max_credit_days
                         THEN 'credit_period'
                    WHEN y.stops_on_overdue AND %(late)s THEN 'late_debtor'
                    WHEN %(dispute)s THEN 'dispute'
                    WHEN y.notice_forfeits AND s.noticed_on IS NULL
                         AND l.date_maturity + y.notice_days < %(today)s
                         THEN 'not_notified'
                    WHEN y.notice_forfeits
                         AND s.noticed_on > l.date_maturity + y.notice_days
                         THEN 'not_notified' END""",
            later=SQL(
                """EXISTS (SELECT 1 FROM recouv_insurance_limit kl
                            WHERE kl.company_id = l.company_id
                              AND kl.partner_id = l.partner_id
                              AND kl.insurer_id = y.insurer_id
                              AND kl.invoice_currency_id
                                  IS NOT DISTINCT FROM y.invoice_currency_id
                              AND kl.state IN ('agreed', 'partial'))"""
            ),
            late=self._late_sql(),
            dispute=self._dispute_sql(today),
            today=today,
        )

    @api.model
    def _eligible_sql(self):
        """True where policy ``y`` covers debtors like partner ``p``."""
        return SQL(
            """(COALESCE(CASE %s WHEN 'patient' THEN y.covers_patient
                             WHEN 'professional' THEN y.covers_professional
                             WHEN 'public' THEN y.covers_public END, FALSE)
                AND NOT EXISTS (
                    SELECT 1 FROM recouv_insurance_policy_category_rel ex
                      JOIN res_partner_res_partner_category_rel pc
                        ON pc.category_id = ex.res_partner_category_id
                     WHERE ex.recouv_insurance_policy_id = y.id
                       AND pc.partner_id = p.id))""",
            self.env["res.partner"]._recouv_debtor_kind_sql("p"),
        )

    @api.model
    def _late_sql(self):
        """True where the debtor was late, by the notice's delay, when it was sold to.

        Late: an item that was due so long before, and was not settled by that day.
        """
        return SQL(
            """EXISTS (SELECT 1 FROM account_move_line o
                         JOIN account_account oa ON oa.id = o.account_id
                        WHERE o.partner_id = l.partner_id
                          AND o.company_id = l.company_id AND o.id <> l.id
                          AND oa.account_type = 'asset_receivable'
                          AND o.parent_state = 'posted' AND o.balance > 0
                          AND o.date_maturity + y.notice_days < m.invoice_date
                          AND (o.reconciled IS NOT TRUE OR EXISTS (
                               SELECT 1 FROM account_partial_reconcile pr
                                WHERE pr.debit_move_id = o.id
                                  AND pr.max_date >= m.invoice_date)))"""
        )

    @api.model
    def _dispute_sql(self, today):
        claim = SQL.identifier("c")
        return SQL(
            "(c.id IS NOT NULL AND (%s OR %s > 0))",
            self.env["recouv.hold"]._active_sql(
                claim, today, SQL("h.reason = 'dispute'")
            ),
            self.env["recouv.claim"]._disputed_sql(claim, today),
        )

    # --- for the other models ---------------------------------------------------------

    @api.model
    def _of_debtors(self, partners, companies):
        """Return the cover of what these debtors owe these companies, in one query.

        Read afresh: nothing tells the cache that the books have changed.
        """
        self.invalidate_model(flush=False)
        return self.search(
            [
                ("partner_id", "in", partners.commercial_partner_id.ids),
                ("company_id", "in", companies.ids),
            ]
        )

    @api.model
    def _used_by_debtor(self, records):
        """Return {(company id, debtor id, *series): sum covered now} of limits.

        :param records: with company and debtor; what series is, see the policy
        """
        self.env.flush_all()
        rows = self._read_group(
            [
                ("partner_id", "in", records.partner_id.commercial_partner_id.ids),
                ("company_id", "in", records.company_id.ids),
            ],
            ["company_id", "partner_id", "policy_id"],
            ["amount_covered:sum"],
        )
        sums = defaultdict(float)
        for company, debtor, policy, used in rows:
            if policy:
                key = (company.id, debtor.id, *policy._series())
                sums[key] += used
        return sums

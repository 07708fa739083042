from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .recouv_engine import CLAIM, GROUP
from .recouv_notice import LIVE_STATES


class RecouvEngine(models.AbstractModel):
    """The statements of the propose stage; nothing here reads a row into Python."""

    _inherit = "recouv.engine"

    @api.model
    def _propose(self, run, debtors):
        """Insert the notices, their lines and the skips of a batch of debtors.

        One statement: claims are classified, grouped by debtor, and written.

        :return: (notices, skips) inserted
        """
        company, today = run.company_id, run.date
        self.env.flush_all()
        ctes = self._classification_ctes(
            company, today, run.capacity, SQL("TRUE"), debtors
        )
        statement = SQL(
            """WITH %(ctes)s, %(numbered)s, %(notice)s, %(line)s, %(credit)s,
                    %(payment)s, %(share)s, %(skip)s
               SELECT (SELECT COUNT(*) FROM ins_notice),
                      (SELECT COUNT(*) FROM ins_skip)""",
            ctes=ctes,
            numbered=self._numbered_cte(),
            notice=self._notice_cte(run),
            line=self._line_cte(run),
            credit=self._credit_line_cte(run),
            payment=self._payment_line_cte(run),
            share=self._share_line_cte(run),
            skip=self._skip_cte(run),
        )
        with self._planned_for_many():
            [[notices, skips]] = self.env.execute_query(statement)
        for model in ("recouv.notice", "recouv.notice.line", "recouv.run.skip"):
            self.env[model].invalidate_model()
        return notices, skips

    @api.model
    def _classify(self, company, today, capacity, claims):
        """Return {claim id: row} for the claims and what their debtors' groups decide.

        Row: ``code`` (of the claim), ``group_code``, ``lead_id``, ``step_id``,
        ``next_date``, ``last_proven``, ``residual``, ``residual_company``. The same
        statement as :meth:`_propose`, nothing written.
        """
        self.env.flush_all()
        partners = tuple(claims.partner_id.ids) or (0,)
        scope = SQL("c.partner_id IN %s", partners)
        ctes = self._classification_ctes(company, today, capacity, scope, None)
        rows = self.env.execute_query_dict(
            SQL(
                """WITH %s
                   SELECT cl.id, cl.code, proposal.code AS group_code,
                          proposal.lead_id, proposal.step_id, proposal.next_date,
                          proposal.last_proven, cl.residual, cl.residual_company,
                          proposal.bucket, proposal.credits
                     FROM cl
                     LEFT JOIN proposal ON proposal.partner_id = cl.partner_id
                          AND proposal.currency_id = cl.currency_id
                          AND proposal.bucket = cl.bucket
                    WHERE cl.id IN %s""",
                ctes,
                tuple(claims.ids) or (0,),
            )
        )
        return {row["id"]: row for row in rows}

    @api.model
    def _classification_ctes(self, company, today, capacity, scope, debtors):
        """Return the CTEs ``cl``, ``ranked``, ``credit``, ``payment``, ``contact``,
        ``proposal``."""
        blockers = self._blockers_in(company, today, capacity)
        return SQL(
            "%s, %s, %s, %s, %s, %s",
            self._cl_cte(company, today, capacity, scope, debtors, blockers),
            self._ranked_cte(),
            self._credit_cte(company),
            self._payment_cte(company),
            self._contact_cte(company, today),
            self._proposal_cte(company, blockers),
        )

    @api.model
    def _cl_cte(self, company, today, capacity, scope, debtors, blockers):
        """``cl``: the open claims, each with its own blocking code or NULL."""
        return SQL(
            """cl AS MATERIALIZED (
                SELECT c.id, c.partner_id, c.currency_id, c.step_id AS named_step_id,
                       c.next_step_id, c.next_date, c.next_channel, c.next_attempt,
                       c.date_due, c.invoice_date, c.reference, c.amount_original,
                       c.formal_notice_date,
                       c.move_line_id AS line_id,
                       l.amount_residual_currency - x.amount AS residual,
                       l.amount_residual - COALESCE(ROUND(x.amount
                           * l.amount_residual
                           / NULLIF(l.amount_residual_currency, 0), 2), 0)
                           AS residual_company,
                       CASE WHEN pol.grouping = 'claim' THEN c.id
                            WHEN %(unannounced)s THEN -1 ELSE 0 END AS bucket,
                       COALESCE(%(code)s, CASE WHEN l.amount_residual_currency
                                <= x.amount THEN 'hold' END) AS code
                  FROM %(standing)s
                  CROSS JOIN %(move)s m
                  CROSS JOIN %(debtor)s p
                  CROSS JOIN %(facts)s
                  LEFT JOIN recouv_policy pol ON pol.id = c.policy_id
                 WHERE c.company_id = %(company)s AND c.capacity = %(capacity)s
                   AND c.closed_on IS NULL AND %(scope)s)""",
            code=self._case_sql(blockers, CLAIM),
            standing=self._standing_sql(company, capacity, debtors),
            move=self._lookup(
                "account_move",
                SQL(
                    "id = %s",
                    self.env["recouv.claim"]._document_sql(SQL("c"), SQL("l")),
                ),
            ),
            debtor=self._lookup("res_partner", SQL("id = c.partner_id")),
            facts=self._facts_sql(today),
            company=company.id,
            capacity=capacity,
            scope=scope,
            unannounced=self._unannounced_sql(capacity),
        )

    @api.model
    def _unannounced_sql(self, capacity):
        """True where claim ``c`` is announced in a letter of its own first: who writes
        is not who treated the debtor."""
        if capacity not in self.env["recouv.notice"]._announcing_capacities():
            return SQL("FALSE")
        return SQL("c.capacity = %s AND c.step_id IS NULL", capacity)

    @api.model
    def _standing_sql(self, company, capacity, debtors):
        """Return the FROM text of open items ``l`` and their claims ``c``.

        A batch of items looks for its claims; a few claims look for their items.
        """
        items = self._item_query(company, debtors)
        items = items.select(SQL("account_move_line.*"))
        if not debtors:
            return SQL("(%s) l JOIN recouv_claim c ON c.move_line_id = l.id", items)
        claim = self._lookup(
            "recouv_claim", SQL("move_line_id = l.id AND closed_on IS NULL")
        )
        return SQL("(%s) l CROSS JOIN %s c", items, claim)

    @api.model
    def _ranked_cte(self):
        """``ranked``: what may leave, each row knowing its debtor's oldest claim."""
        return SQL(
            """ranked AS MATERIALIZED (
                SELECT cl.*,
                       first_value(cl.id) OVER w AS lead_id,
                       first_value(cl.next_step_id) OVER w AS lead_step_id,
                       first_value(cl.next_date) OVER w AS lead_next_date,
                       first_value(cl.next_channel) OVER w AS lead_channel,
                       first_value(cl.next_attempt) OVER w AS lead_attempt
                  FROM cl WHERE cl.code IS NULL
                WINDOW w AS (PARTITION BY cl.partner_id, cl.currency_id, cl.bucket
                             ORDER BY cl.date_due, cl.id))"""
        )

    @api.model
    def _credit_cte(self, company):
        """``credit``: open credit notes and unallocated payments, by debtor.

        A payment may be booked on a contact of the debtor: it counts all the same.
        """
        domain = Domain(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual_currency", "<", 0),
                ("partner_id", "!=", False),
            ]
        )
        items = self._item_query(company, domain=domain)
        return SQL(
            """credit AS (SELECT l.id, cp.commercial_partner_id AS partner_id,
                                 l.currency_id, l.move_name, l.date,
                                 l.amount_residual_currency AS amount,
                                 l.amount_residual AS amount_company
                            FROM (%s) l JOIN res_partner cp ON cp.id = l.partner_id)""",
            items.select(SQL("account_move_line.*")),
        )

    @api.model
    def _payment_cte(self, company):
        """``payment``: inbound payments under way that have no entry yet.

        Where an accounting application defers the entry (``in_payment``), the item
        still shows its whole residual; the money is nevertheless on its way.
        """
        return SQL(
            """payment AS (
                SELECT y.id, py.commercial_partner_id AS partner_id, y.currency_id,
                       y.name, y.date, -y.amount AS amount
                  FROM account_payment y
                  JOIN res_partner py ON py.id = y.partner_id
                 WHERE y.company_id = %s AND y.state = 'in_process'
                   AND y.payment_type = 'inbound' AND y.move_id IS NULL)""",
            company.id,
        )

    @api.model
    def _proposal_cte(self, company, blockers):
        """``proposal``: one row per debtor, currency and bucket, with its code."""
        return SQL(
            """%(groups)s, %(judged)s,
            -- one conversation, whatever the currencies; calls are counted per debtor
            proposal AS MATERIALIZED (
                SELECT j.*, CASE WHEN own_code IS NULL AND (
                            bucket <= 0 AND ROW_NUMBER() OVER conversation > 1
                            OR channel = 'call'
                               AND calls_7 + ROW_NUMBER() OVER same > %(calls_7)s)
                            THEN 'contact_ceiling' ELSE own_code END AS code
                  FROM judged j
                WINDOW conversation AS (PARTITION BY partner_id, bucket <= 0,
                                        own_code IS NULL ORDER BY next_date, lead_id),
                       same AS (PARTITION BY partner_id, channel, own_code IS NULL
                                ORDER BY next_date, lead_id))""",
            groups=self._group_cte(),
            judged=self._judged_cte(blockers),
            calls_7=company._recouv_config().recouv_max_calls_7,
        )

    @api.model
    def _group_cte(self):
        """``grp_aged``: what a notice would ask, and what older ones ask before it."""
        return SQL(
            """grp AS (
                SELECT partner_id, currency_id, bucket, lead_id, lead_step_id,
                       lead_next_date, lead_channel, lead_attempt,
                       BOOL_OR(%(member)s) FILTER (WHERE r.id = r.lead_id)
                           AS lead_is_member,
                       SUM(residual) FILTER (WHERE %(member)s) AS total,
                       SUM(residual_company) FILTER (WHERE %(member)s) AS total_company,
                       BOOL_OR(%(member)s) AS has_member, MIN(r.date_due) AS date_due
                  FROM ranked r JOIN recouv_step s ON s.id = r.lead_step_id
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8),
            grp_aged AS (
                SELECT grp.*, COALESCE(SUM(total) OVER older, 0) AS older
                  FROM grp
                WINDOW older AS (PARTITION BY partner_id, currency_id
                                 ORDER BY date_due, lead_id
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))""",
            member=self._member_sql(),
        )

    @api.model
    def _judged_cte(self, blockers):
        """``judged``: each group with what was paid or credited, and its own code."""
        return SQL(
            """judged AS (
                SELECT g.*, %(code)s AS own_code
                  FROM (SELECT grp.partner_id, grp.currency_id, grp.bucket, grp.lead_id,
                               grp.lead_is_member, s.id AS step_id,
                               grp.lead_next_date AS next_date,
                               grp.lead_channel AS channel,
                               grp.lead_attempt AS attempt, s.is_formal_notice,
                               COALESCE(s.min_amount, 0) AS min_amount, s.approval,
                               w.id AS recipient_id, w.street, w.zip, w.city,
                               COALESCE(grp.total, 0) AS total, grp.has_member,
                               COALESCE(grp.total_company, 0) AS total_company,
                               %(money)s,
                               COALESCE(k.is_live, FALSE) AS is_live,
                               k.last_proven, k.last_try,
                               COALESCE(d.calls_7, 0) AS calls_7,
                               COALESCE(d.calls_30, 0) AS calls_30
                          FROM grp_aged grp
                          JOIN recouv_step s ON s.id = grp.lead_step_id
                          CROSS JOIN %(debtor)s p
                          CROSS JOIN %(recipient)s w
                          LEFT JOIN (SELECT partner_id, currency_id,
                                            SUM(amount) AS amount,
                                            SUM(amount_company) AS amount_company
                                       FROM credit GROUP BY 1, 2) cr
                                 ON (cr.partner_id, cr.currency_id)
                                  = (grp.partner_id, grp.currency_id)
                          LEFT JOIN (SELECT partner_id, currency_id,
                                            SUM(amount) AS amount
                                       FROM payment GROUP BY 1, 2) pay
                                 ON (pay.partner_id, pay.currency_id)
                                  = (grp.partner_id, grp.currency_id)
                          LEFT JOIN contact k ON (k.partner_id, k.bucket)
                                               = (grp.partner_id, grp.bucket)
                          LEFT JOIN contact d ON (d.partner_id, d.bucket)
                                               = (grp.partner_id, 0)) g)""",
            debtor=self._lookup("res_partner", SQL("id = grp.partner_id")),
            recipient=self._lookup(
                "res_partner",
                SQL("id = %s", self.env["res.partner"]._recouv_recipient_sql("p")),
            ),
            code=self._case_sql(blockers, GROUP),
            money=self._group_money_sql(),
        )

    @api.model
    def _group_money_sql(self):
        """Credits and payments under way that lower what a group asks."""
        return SQL(
            """CASE WHEN grp.bucket = 0 THEN COALESCE(cr.amount, 0)
                    ELSE %(share)s END AS credits,
               CASE WHEN grp.bucket = 0
                    THEN COALESCE(cr.amount_company, 0)
                    ELSE COALESCE(%(share)s * grp.total_company
                                  / NULLIF(grp.total, 0), 0)
                     END AS credits_company,
               CASE WHEN grp.bucket = 0 THEN COALESCE(pay.amount, 0)
                    ELSE 0 END AS payments""",
            # one notice per claim: credits go to the oldest first, each counts once
            share=SQL(
                """-LEAST(COALESCE(grp.total, 0), GREATEST(0,
                    -COALESCE(cr.amount, 0) - COALESCE(pay.amount, 0) - grp.older))"""
            ),
        )

    @api.model
    def _member_sql(self):
        """Who rides along: all; in a mise en demeure those that a proven notice named;
        in a hand-over those whose own mise en demeure was presented, where the schedule
        has one."""
        return SQL(
            """(CASE WHEN s.channel = 'handover' THEN r.named_step_id IS NOT NULL
                          AND (r.formal_notice_date IS NOT NULL OR s.policy_id NOT IN (
                                  SELECT policy_id FROM recouv_step
                                   WHERE is_formal_notice AND policy_id IS NOT NULL))
                     WHEN s.is_formal_notice THEN r.named_step_id IS NOT NULL
                     ELSE TRUE END)"""
        )

    @api.model
    def _contact_cte(self, company, today):
        """``contact``: what was already said to a debtor (bucket 0), or on one
        claim."""
        return SQL(
            """heard AS (
                SELECT n.partner_id, n.lead_claim_id, n.channel, n.proven_on,
                       COALESCE(n.proven_on, n.failed_on) AS tried_on,
                       n.state IN %(live)s OR n.state = 'sent' AND n.proven_on IS NULL
                           AS is_live
                  FROM recouv_notice n
                 WHERE n.company_id = %(company)s
                   -- a text that left was heard, also when its notice was undone
                   AND (n.state <> 'cancelled'
                        OR n.channel IN ('sms', 'email') AND n.date_sent IS NOT NULL
                           AND NOT COALESCE(n.is_test, FALSE))
                   AND n.id NOT IN %(ignored)s
                   AND n.partner_id IN (SELECT partner_id FROM ranked)),
            contact AS (
                SELECT partner_id, bucket, BOOL_OR(is_live) AS is_live,
                       MAX(proven_on) AS last_proven, MAX(tried_on) AS last_try,
                       COUNT(*) FILTER (WHERE channel = 'call'
                           AND tried_on > %(today)s - 7) AS calls_7,
                       COUNT(*) FILTER (WHERE channel = 'call'
                           AND tried_on > %(today)s - 30) AS calls_30
                  FROM (SELECT 0 AS bucket, * FROM heard
                         UNION ALL SELECT -1, * FROM heard
                         UNION ALL SELECT lead_claim_id, * FROM heard) said
                 GROUP BY 1, 2)""",
            live=LIVE_STATES,
            today=today,
            company=company.id,
            # a notice about to leave does not stand in its own way
            ignored=tuple(self.env.context.get("recouv_ignored_notices", (0,))),
        )

    @api.model
    def _open_deductions(self, company, partners):
        """Return {(debtor id, currency id): [line values]} that lower sums today."""
        ids = tuple(partners.ids) or (0,)
        rows = self.env.execute_query_dict(
            SQL(
                """WITH %(credit)s, %(payment)s
                   SELECT partner_id, currency_id, id AS move_line_id,
                          move_name AS label, date, amount
                     FROM credit WHERE partner_id IN %(ids)s
                    UNION ALL
                   SELECT partner_id, currency_id, NULL, name, date, amount
                     FROM payment WHERE partner_id IN %(ids)s""",
                credit=self._credit_cte(company),
                payment=self._payment_cte(company),
                ids=ids,
            )
        )
        deductions = {}
        for row in rows:
            key = (row.pop("partner_id"), row.pop("currency_id"))
            day = row.pop("date")
            row |= {
                "invoice_date": day,
                "date_due": day,
                "amount_original": row["amount"],
            }
            deductions.setdefault(key, []).append(row)
        return deductions

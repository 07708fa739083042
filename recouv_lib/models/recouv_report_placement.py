from odoo import api, fields, models
from odoo.tools import SQL

AGES = [
    ("a", "Up to 90 days"),
    ("b", "91 to 180 days"),
    ("c", "181 to 365 days"),
    ("d", "1 to 2 years"),
    ("e", "More than 2 years"),
]
KINDS = [
    ("placed", "Handed over"),
    ("collected", "Collected by the agency"),
    ("direct", "Paid to the practice"),
]
MEASURES = ("amount_collected", "amount_direct")


class RecouvReportPlacement(models.Model):
    """What came of the claims handed over, for the practice and for the agency.

    One row per claim handed over, and one per sum that came of it, each twice: as the
    practice's (its own claim and debtor) and as the agency's (its mirror, its contact,
    its creditor). The company rule gives each side its own. Sums are those of
    ``recouv_placement_line_figures.py``; a refused claim counts neither as handed
    over nor against the rate. The step is the last one that the agency proved; the
    practice reads its rank only. Delays are days from the hand-over to the money,
    weighted by the sums.
    """

    _name = "recouv.report.placement"
    _description = "Collection by the agency"
    _auto = False
    _rec_name = "claim_id"
    _order = "date desc, id desc"
    _depends = {
        "recouv.placement.line": [
            "claim_id",
            "state",
            "amount_principal",
            "answered_on",
        ],
        "recouv.placement": ["sent_on", "date"],
        "recouv.claim": ["step_id", "policy_id", "partner_id", "date_due", "mandate_id",
                         "creditor_partner_id", "move_line_id"],
        "recouv.step": ["sequence", "policy_id"],
        "recouv.transfer": ["kind", "state", "date", "amount_currency", "undone_id",
                            "origin_claim_id", "target_claim_id"],
        "account.move.line": ["date", "parent_state"],
        "account.move": ["origin_payment_id", "statement_line_id", "move_type"],
        "account.partial.reconcile": ["debit_amount_currency", "debit_move_id",
                                      "credit_move_id"],
    }  # fmt: skip

    company_id = fields.Many2one("res.company", readonly=True)
    claim_id = fields.Many2one("recouv.claim", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    creditor_partner_id = fields.Many2one("res.partner", "Practice", readonly=True)
    mandate_id = fields.Many2one("recouv.mandate", readonly=True)
    side = fields.Selection(
        [("practice", "Practice"), ("agency", "Agency")], readonly=True
    )
    kind = fields.Selection(KINDS, readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    placed_on = fields.Date("Handed over on", readonly=True)
    date = fields.Date("Day of the money", readonly=True)
    age = fields.Selection(AGES, "Age when handed over", readonly=True)
    age_days = fields.Integer(
        "Days past due when handed over", readonly=True, aggregator="avg"
    )
    step_id = fields.Many2one("recouv.step", "Last step proven", readonly=True)
    step_rank = fields.Integer("Steps of the agency", readonly=True, aggregator=None)
    claim_count = fields.Integer("Claims", readonly=True)
    amount_placed = fields.Monetary("Handed over", readonly=True)
    amount_collected = fields.Monetary("Collected by the agency", readonly=True)
    amount_direct = fields.Monetary("Paid to the practice", readonly=True)
    collected_rate = fields.Float(
        "Collected by the agency (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    recovery_rate = fields.Float(
        "Recovered, both (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    delay_days = fields.Float(
        "Days to the money", readonly=True, aggregator="avg", digits=(16, 1)
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Rates and delays of a group are those of its sums, not means of its rows."""

        def column(name):
            return self._field_to_sql(self._table, name, query)

        money = SQL("(%s + %s)", *map(column, MEASURES))
        if aggregate_spec == "delay_days:avg":
            return SQL(
                "COALESCE(SUM(%s * %s) / NULLIF(SUM(%s), 0), 0)",
                column("delay_days"),
                money,
                money,
            )
        over = {
            "collected_rate:avg": column("amount_collected"),
            "recovery_rate:avg": money,
        }.get(aggregate_spec)
        if over is None:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "COALESCE(100.0 * SUM(%s) / NULLIF(SUM(%s), 0), 0)",
            over,
            column("amount_placed"),
        )

    # --- rows -----------------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """SELECT e.key * 2 + s.side_rank AS id, s.company_id, s.claim_id,
                      s.partner_id, s.creditor_partner_id, s.side, s.step_id,
                      ac.mandate_id, e.kind, x.currency_id, x.placed_on, e.date,
                      %(age)s AS age, %(days)s AS age_days, %(rank)s AS step_rank,
                      (e.kind = 'placed')::int AS claim_count,
                      e.placed AS amount_placed, e.collected AS amount_collected,
                      e.direct AS amount_direct,
                      NULL::float AS collected_rate, NULL::float AS recovery_rate,
                      CASE WHEN e.kind <> 'placed'
                           THEN (e.date - x.placed_on)::float END AS delay_days
                 FROM (%(placed)s AND pl.state NOT IN ('draft', 'refused')) x
                 JOIN recouv_claim pc ON pc.id = x.claim_id
                 JOIN recouv_claim ac ON ac.id = x.agency_claim_id
                CROSS JOIN LATERAL (%(events)s) e
                CROSS JOIN LATERAL (%(sides)s) s""",
            age=self._age_sql(),
            days=self._days_sql(),
            rank=self._rank_sql(),
            placed=self.env["recouv.placement.line"]._placed_sql(),
            events=self._events_sql(),
            sides=self._sides_sql(),
        )

    @api.model
    def _events_sql(self):
        """The hand-over of row ``x``, then each sum that came of it."""
        lines = self.env["recouv.placement.line"]
        return SQL(
            """SELECT x.id::bigint * 4 AS key, 'placed' AS kind, x.placed_on AS date,
                      x.amount AS placed, 0.0 AS collected, 0.0 AS direct
                UNION ALL
               SELECT k.id::bigint * 4 + 1, 'collected', k.date, 0.0, k.amount, 0.0
                 FROM (%(collected)s) k WHERE k.amount <> 0
                UNION ALL
               SELECT d.id::bigint * 4 + 2, 'direct', d.date, 0.0, 0.0, d.amount
                 FROM (%(direct)s) d""",
            collected=lines._collected_sql(),
            direct=lines._direct_sql(),
        )

    @api.model
    def _sides_sql(self):
        """The same row for each of the two companies: only what is its own."""
        return SQL(
            """SELECT 0 AS side_rank, 'practice' AS side, pc.company_id,
                      pc.id AS claim_id, pc.partner_id,
                      NULL::int AS creditor_partner_id, NULL::int AS step_id
                UNION ALL
               SELECT 1, 'agency', ac.company_id, ac.id, ac.partner_id,
                      ac.creditor_partner_id, ac.step_id"""
        )

    @api.model
    def _days_sql(self):
        return SQL("GREATEST(x.placed_on - COALESCE(pc.date_due, x.placed_on), 0)")

    @api.model
    def _age_sql(self):
        return SQL(
            """CASE WHEN %(days)s <= 90 THEN 'a' WHEN %(days)s <= 180 THEN 'b'
                    WHEN %(days)s <= 365 THEN 'c' WHEN %(days)s <= 730 THEN 'd'
                    ELSE 'e' END""",
            days=self._days_sql(),
        )

    @api.model
    def _rank_sql(self):
        """How many steps of its schedule the agency has gone through."""
        return SQL(
            """COALESCE((SELECT COUNT(*) FROM recouv_step done
                           JOIN recouv_step last ON last.id = ac.step_id
                          WHERE done.policy_id = last.policy_id
                            AND (done.sequence, done.id)
                                <= (last.sequence, last.id)), 0)::int"""
        )

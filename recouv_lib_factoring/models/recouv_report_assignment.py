from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("sold", "Sold"),
    ("collected", "Collected"),
    ("lost", "Lost by the buyer"),
    ("back", "Bought back or credited"),
    ("recovered", "Recovered after the loss"),
    ("refunded", "Commission given back"),
]


class RecouvReportAssignment(models.Model):
    """What was sold, for what, and what came of it, for the practice and the buyer.

    One row per receivable sold and one per sum that came of it, each twice: as the
    practice's (its line and its debtor) and as the buyer's (its purchase, its contact,
    its assignor). The company rule gives each side its own.

    The cost is what was billed for the schedule (commission, its VAT, financing), less
    the commission given back with what was credited or bought back, on the day of that
    credit note. For the practice VAT that it deducts is no cost and VAT that it does
    not deduct is one (law.md §5.5): read from its own bill. The buyer, who does not
    know that, sees what it billed. The schedule's sum is shared out so that its lines
    add up to it to the cent. Sums are in the currency of the receivable.
    """

    _name = "recouv.report.assignment"
    _description = "Sale of receivables"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "recouv.assignment": ["transferred_on", "amount_commission", "amount_vat",
                              "amount_financing", "bill_id"],
        "recouv.assignment.line": ["state", "amount", "partner_id", "purchase_id",
                                   "currency_id"],
        "recouv.assignment.return": ["line_id", "date", "refund_id", "undone_on",
                                     "amount_given_back"],
        "recouv.purchase": ["partner_id", "creditor_partner_id", "item_id"],
        "recouv.transfer": ["counterpart_line_id", "undone_id", "origin_line_id"],
        "recouv.write.off": ["move_id", "claim_id"],
        "recouv.write.off.recovery": ["write_off_id", "amount_currency", "date"],
        "account.move.line": ["date", "parent_state", "account_id", "balance",
                              "tax_line_id"],
        "account.account": ["account_type"],
        "account.partial.reconcile": ["debit_amount_currency", "debit_move_id",
                                      "credit_move_id"],
    }  # fmt: skip

    company_id = fields.Many2one("res.company", readonly=True)
    side = fields.Selection(
        [("practice", "Practice"), ("buyer", "Buyer")], readonly=True
    )
    kind = fields.Selection(KINDS, readonly=True)
    assignment_line_id = fields.Many2one("recouv.assignment.line", readonly=True)
    purchase_id = fields.Many2one("recouv.purchase", readonly=True)
    creditor_partner_id = fields.Many2one("res.partner", "Practice", readonly=True)
    contract_id = fields.Many2one("recouv.factoring.contract", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    sold_on = fields.Date(readonly=True)
    sold_count = fields.Integer("Receivables", readonly=True)
    amount_sold = fields.Monetary("Sold", readonly=True)
    amount_price = fields.Monetary("Price", readonly=True)
    amount_cost = fields.Monetary("Cost of the sale", readonly=True)
    amount_collected = fields.Monetary("Collected", readonly=True)
    amount_lost = fields.Monetary("Lost by the buyer", readonly=True)
    amount_back = fields.Monetary("Bought back or credited", readonly=True)
    amount_recovered = fields.Monetary("Recovered after the loss", readonly=True)
    cost_rate = fields.Float(
        "Cost of the sale (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    loss_rate = fields.Float(
        "Lost (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Rates of a group are those of its sums, not means of its rows."""
        over = {
            "cost_rate:avg": "amount_cost",
            "loss_rate:avg": "amount_lost",
        }.get(aggregate_spec)
        if over is None:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "COALESCE(100.0 * SUM(%s) / NULLIF(SUM(%s), 0), 0)",
            self._field_to_sql(self._table, over, query),
            self._field_to_sql(self._table, "amount_sold", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """SELECT e.key * 2 + s.side_rank AS id, s.company_id, s.side, e.kind,
                      s.assignment_line_id, s.purchase_id, s.creditor_partner_id,
                      al.contract_id, s.partner_id, al.currency_id, e.date,
                      al.transferred_on AS sold_on,
                      (e.kind = 'sold')::int AS sold_count,
                      e.sold AS amount_sold,
                      CASE e.kind WHEN 'sold' THEN e.sold - e.fee ELSE 0 END
                          AS amount_price,
                      CASE s.side WHEN 'practice' THEN e.cost ELSE e.fee END
                          AS amount_cost,
                      CASE e.kind WHEN 'collected' THEN e.amount ELSE 0 END
                          AS amount_collected,
                      CASE e.kind WHEN 'lost' THEN e.amount ELSE 0 END AS amount_lost,
                      CASE e.kind WHEN 'back' THEN e.amount ELSE 0 END AS amount_back,
                      CASE e.kind WHEN 'recovered' THEN e.amount ELSE 0 END
                          AS amount_recovered,
                      NULL::float AS cost_rate, NULL::float AS loss_rate
                 FROM (%(lines)s) al
                 JOIN recouv_purchase pu ON pu.id = al.purchase_id
                CROSS JOIN LATERAL (%(events)s) e
                CROSS JOIN LATERAL (%(sides)s) s""",
            lines=self._lines_sql(),
            events=self._events_sql(),
            sides=self._sides_sql(),
        )

    @api.model
    def _lines_sql(self):
        """The lines sold, each with its part ``fee`` of what was billed and ``cost``.

        A part is what is due up to this line less what is due before it, both rounded:
        so the parts of a schedule are its sum, whatever each one rounds to.
        """
        return SQL(
            """SELECT sl.*, %(fee)s AS fee, %(cost)s AS cost
                 FROM (SELECT one.id, one.company_id, one.partner_id, one.purchase_id,
                              one.currency_id, one.amount, a.contract_id,
                              a.transferred_on, cu.decimal_places AS places,
                              SUM(one.amount) OVER upto AS upto,
                              SUM(one.amount) OVER whole AS nominal,
                              COALESCE(a.amount_commission, 0)
                                  + COALESCE(a.amount_vat, 0)
                                  + COALESCE(a.amount_financing, 0) AS whole_fee,
                              %(billed)s AS whole_cost
                         FROM recouv_assignment_line one
                         JOIN recouv_assignment a ON a.id = one.assignment_id
                         JOIN res_currency cu ON cu.id = one.currency_id
                        WHERE one.state IN ('transferred', 'bought_back')
                          AND a.transferred_on IS NOT NULL
                       WINDOW whole AS (PARTITION BY one.assignment_id),
                              upto AS (PARTITION BY one.assignment_id
                                       ORDER BY one.id)) sl""",
            fee=self._part_sql(SQL("sl.whole_fee")),
            cost=self._part_sql(SQL("COALESCE(sl.whole_cost, sl.whole_fee)")),
            billed=self._cost_sql(SQL("a.bill_id")),
        )

    @api.model
    def _part_sql(self, whole):
        return SQL(
            """COALESCE(ROUND((%(whole)s * sl.upto / NULLIF(sl.nominal, 0))::numeric,
                              sl.places)
                      - ROUND((%(whole)s * (sl.upto - sl.amount)
                              / NULLIF(sl.nominal, 0))::numeric, sl.places), 0)""",
            whole=whole,
        )

    @api.model
    def _cost_sql(self, bill):
        """What a bill costs: all but its payable and the VAT that is deducted.

        Of a credit note it is negative; NULL without a posted bill.
        """
        return SQL(
            """(SELECT SUM(bl.balance) FROM account_move_line bl
                  JOIN account_account ba ON ba.id = bl.account_id
                 WHERE bl.move_id = %s AND bl.parent_state = 'posted'
                   AND ba.account_type <> 'liability_payable'
                   AND (bl.tax_line_id IS NULL OR ba.account_type LIKE 'expense%%'))""",
            bill,
        )

    @api.model
    def _events_sql(self):
        """The sale of line ``al``, each sum that settled the buyer's item, and the
        commission given back."""
        purchases = self.env["recouv.purchase"]
        return SQL(
            """SELECT al.id::bigint * 3 AS key, 'sold' AS kind,
                      al.transferred_on AS date, al.amount AS sold,
                      al.fee AS fee, al.cost AS cost, 0.0 AS amount
                UNION ALL
               SELECT k.id::bigint * 3 + 1, k.kind, k.date, 0.0, 0.0, 0.0, k.amount
                 FROM (%(settled)s) k WHERE k.kind <> 'exchange'
                UNION ALL
               SELECT r.id::bigint * 3 + 2, 'refunded', r.date, 0.0,
                      -r.amount_given_back,
                      COALESCE(%(refund)s, -r.amount_given_back), 0.0
                 FROM recouv_assignment_return r
                WHERE r.line_id = al.id AND r.undone_on IS NULL
                  AND r.amount_given_back > 0""",
            settled=purchases._events_sql(SQL.identifier("pu")),
            refund=self._cost_sql(SQL("r.refund_id")),
        )

    @api.model
    def _sides_sql(self):
        """The same row for each of the two companies: only what is its own."""
        return SQL(
            """SELECT 0 AS side_rank, 'practice' AS side, al.company_id,
                      al.id AS assignment_line_id, NULL::int AS purchase_id,
                      NULL::int AS creditor_partner_id, al.partner_id
                UNION ALL
               SELECT 1, 'buyer', pu.company_id, NULL::int, pu.id,
                      pu.creditor_partner_id, pu.partner_id"""
        )

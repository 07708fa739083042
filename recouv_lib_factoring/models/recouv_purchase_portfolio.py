from odoo import api, fields, models
from odoo.tools import SQL

STANDINGS = [
    ("open", "With the buyer"),
    ("part_paid", "Paid in part"),
    ("disputed", "Disputed"),
    ("collection", "In collection"),
    ("paid", "Paid"),
    ("lost", "Lost by the buyer"),
    ("bought_back", "Bought back"),
]
SUMS = ("amount_collected", "amount_lost", "amount_open")


class RecouvPurchase(models.Model):
    """What came of what was bought, read from the buyer's own items in SQL.

    Of each sum that settled an item: *lost* is what an entry of loss took, *given back*
    what another entry of the sale took back (repurchase, credit note), *collected* is
    the rest: money of the debtor, received by the buyer or passed on by the practice.
    """

    _name = "recouv.purchase"
    _inherit = ["recouv.purchase", "recouv.derived.mixin"]

    amount_open = fields.Monetary(
        "Still open",
        compute="_compute_derived",
        search="_search_amount_open",
        aggregator="sum",
    )
    amount_collected = fields.Monetary(
        "Collected",
        compute="_compute_derived",
        search="_search_amount_collected",
        aggregator="sum",
    )
    amount_lost = fields.Monetary(
        "Lost",
        compute="_compute_derived",
        search="_search_amount_lost",
        aggregator="sum",
    )
    is_overdue = fields.Boolean(
        "Past due", compute="_compute_derived", search="_search_is_overdue"
    )
    standing = fields.Selection(
        STANDINGS,
        "Where it stands",
        compute="_compute_derived",
        search="_search_standing",
    )
    next_step_id = fields.Many2one(related="claim_id.next_step_id")
    next_date = fields.Date(related="claim_id.next_date", string="Next date")
    suspension = fields.Selection(related="claim_id.suspension")

    def _search_amount_open(self, operator, value):
        return self._search_derived("amount_open", operator, value)

    def _search_amount_collected(self, operator, value):
        return self._search_derived("amount_collected", operator, value)

    def _search_amount_lost(self, operator, value):
        return self._search_derived("amount_lost", operator, value)

    def _search_is_overdue(self, operator, value):
        return self._search_derived("is_overdue", operator, value)

    def _search_standing(self, operator, value):
        return self._search_derived("standing", operator, value)

    @api.model
    def _derived_sql(self, fname, alias):
        row, today = SQL.identifier(alias), fields.Date.context_today(self)
        if fname in SUMS:
            return self._sum_sql(fname, row)
        if fname == "is_overdue":
            return SQL(
                "(%(row)s.date_due < %(today)s AND %(open)s > 0)",
                row=row,
                today=today,
                open=self._sum_sql("amount_open", row),
            )
        if fname == "standing":
            return self._standing_sql(row, today)
        return super()._derived_sql(fname, alias)

    @api.model
    def _derived_reads(self):
        """EXTENDS: the reconciliations of the bought items, and their entries."""
        names = {
            "recouv.purchase": ("state", "item_id", "claim_id", "date_due"),
            "recouv.claim": ("collection_on", "holder"),
            "recouv.transfer": ("counterpart_move_id",),
            "account.partial.reconcile": ("debit_move_id", "debit_amount_currency"),
        }
        return super()._derived_reads() + [
            self.env[model]._fields[name]
            for model, wanted in names.items()
            for name in wanted
        ]

    @api.model
    def _sum_sql(self, fname, purchase):
        """Return the SQL of one sum of row ``purchase``, in its currency."""
        if fname == "amount_open":
            return SQL(
                """COALESCE((SELECT l.amount_residual_currency
                               FROM account_move_line l
                              WHERE l.id = %s.item_id
                                AND l.parent_state = 'posted'), 0)""",
                purchase,
            )
        return SQL(
            """COALESCE((SELECT SUM(e.amount) FROM (%s) e WHERE e.kind = %s), 0)""",
            self._events_sql(purchase),
            {"amount_collected": "collected", "amount_lost": "lost"}[fname],
        )

    @api.model
    def _events_sql(self, purchase):
        """Select (id, date, amount, kind) of what settled the item of ``purchase``."""
        return SQL(
            """SELECT pr.id, cl.date, pr.debit_amount_currency AS amount,
                      CASE WHEN EXISTS (SELECT 1 FROM recouv_transfer bt
                                         WHERE bt.counterpart_move_id = cm.id)
                                THEN 'back'
                           WHEN cm.journal_id = co.currency_exchange_journal_id
                                THEN 'exchange'
                           WHEN EXISTS (SELECT 1 FROM account_move_line x
                                          JOIN account_account xa
                                            ON xa.id = x.account_id
                                         WHERE x.move_id = cm.id
                                           AND xa.account_type LIKE 'expense%%')
                                THEN 'lost'
                           ELSE 'collected' END AS kind
                 FROM account_partial_reconcile pr
                 JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 JOIN account_move cm ON cm.id = cl.move_id AND cm.state = 'posted'
                 JOIN res_company co ON co.id = cm.company_id
                WHERE pr.debit_move_id = %s.item_id""",
            purchase,
        )

    @api.model
    def _standing_sql(self, purchase, today):
        """Where row ``purchase`` stands; NULL for what was never bought."""
        claim = SQL.identifier("sc")
        return SQL(
            """(CASE WHEN %(row)s.state = 'given_back' THEN 'bought_back'
                     WHEN %(row)s.state <> 'bought' THEN NULL
                     WHEN %(open)s = 0 AND %(lost)s > 0 THEN 'lost'
                     WHEN %(row)s.item_id IS NOT NULL AND %(open)s = 0 THEN 'paid'
                     WHEN (SELECT %(suspension)s FROM recouv_claim sc
                            WHERE sc.id = %(row)s.claim_id) = 'dispute' THEN 'disputed'
                     WHEN EXISTS (SELECT 1 FROM recouv_claim sc
                                   WHERE sc.id = %(row)s.claim_id
                                     AND (sc.collection_on IS NOT NULL
                                          OR sc.holder = 'court')) THEN 'collection'
                     WHEN %(collected)s > 0 THEN 'part_paid'
                     ELSE 'open' END)""",
            row=purchase,
            open=self._sum_sql("amount_open", purchase),
            lost=self._sum_sql("amount_lost", purchase),
            collected=self._sum_sql("amount_collected", purchase),
            suspension=self.env["recouv.claim"]._suspension_sql(claim, today),
        )

    # --- screens --------------------------------------------------------------------

    def action_open_claim(self):
        """Open the claim of this purchase: its notices, agreements, court files."""
        self.ensure_one()
        return self.claim_id.get_formview_action()

    def action_collect(self):
        """Take money on these."""
        return self.claim_id.action_collect()

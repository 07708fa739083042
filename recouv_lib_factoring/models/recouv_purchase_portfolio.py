from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search
from odoo.addons.recouv_lib.models.recouv_transfer import BOOKED

SUMS = ("amount_collected", "amount_lost", "amount_open", "amount_recovered")
KIND_OF_SUM = {
    "amount_collected": "collected",
    "amount_lost": "lost",
    "amount_recovered": "recovered",
}


class RecouvPurchase(models.Model):
    """What came of what was bought, read from the buyer's own items in SQL.

    Of each sum that settled an item: *lost* is what a loss took, *given back* what the
    sale took back (repurchase, credit note), *collected* is the rest: money of the
    debtor, received by the buyer or by the practice for it. *Recovered* is what came
    after a loss.
    """

    _name = "recouv.purchase"
    _inherit = ["recouv.purchase", "recouv.sale.standing.mixin"]

    amount_open = fields.Monetary("Still owed to us")
    amount_lost = fields.Monetary("Lost on it")
    amount_recovered = fields.Monetary(
        "Recovered after the loss",
        compute="_compute_derived",
        search=derived_search("amount_recovered"),
        aggregator="sum",
    )
    is_overdue = fields.Boolean(
        "Past due", compute="_compute_derived", search=derived_search("is_overdue")
    )
    next_step_id = fields.Many2one(related="claim_id.next_step_id")
    next_date = fields.Date(related="claim_id.next_date", string="Next date")
    suspension = fields.Selection(related="claim_id.suspension")

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
            "recouv.transfer": (
                "counterpart_line_id",
                "undone_id",
                "origin_line_id",
                "state",
            ),
            "recouv.write.off": ("move_id", "claim_id"),
            "recouv.write.off.recovery": ("write_off_id", "amount_currency", "date"),
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
        return self._kind_sum_sql(KIND_OF_SUM[fname], purchase)

    @api.model
    def _kind_sum_sql(self, kind, purchase):
        """Return the SQL of what settled row ``purchase`` in one way."""
        return SQL(
            """COALESCE((SELECT SUM(e.amount) FROM (%s) e WHERE e.kind = %s), 0)""",
            self._events_sql(purchase),
            kind,
        )

    @api.model
    def _events_sql(self, purchase):
        """Select (id, date, amount, kind) of what settled the item of ``purchase``."""
        return SQL(
            """SELECT pr.id::bigint * 2 AS id, cl.date,
                      pr.debit_amount_currency AS amount, %(kind)s AS kind
                 FROM account_partial_reconcile pr
                 JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 JOIN account_move cm ON cm.id = cl.move_id AND cm.state = 'posted'
                 JOIN res_company co ON co.id = cm.company_id
                WHERE pr.debit_move_id = %(purchase)s.item_id
                UNION ALL
               SELECT wr.id::bigint * 2 + 1, wr.date, wr.amount_currency, 'recovered'
                 FROM recouv_write_off_recovery wr
                 JOIN recouv_write_off wo ON wo.id = wr.write_off_id
                WHERE wo.claim_id = %(purchase)s.claim_id AND wr.undone_on IS NULL""",
            kind=self._kind_sql(),
            purchase=purchase,
        )

    @api.model
    def _kind_sql(self):
        """What entry ``cm`` is that settled a bought item by its item ``cl``."""
        return SQL(
            """CASE WHEN EXISTS (SELECT 1 FROM recouv_write_off lw
                                  WHERE lw.move_id = cm.id) THEN 'lost'
                    WHEN EXISTS (
                        SELECT 1 FROM recouv_transfer bt
                          LEFT JOIN account_move_line bl ON bl.id = bt.origin_line_id
                          LEFT JOIN account_move bm ON bm.id = bl.move_id
                         WHERE bt.counterpart_line_id = cl.id
                           AND (bt.undone_id IS NOT NULL
                                OR bm.move_type = 'out_refund')) THEN 'back'
                    WHEN cm.journal_id = co.currency_exchange_journal_id
                         THEN 'exchange'
                    ELSE 'collected' END"""
        )

    @api.model
    def _bought_back_sql(self, purchase):
        """Whether the practice bought back a part of row ``purchase``, or all."""
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_transfer st
                         JOIN recouv_transfer rb ON rb.undone_id = st.id
                        WHERE st.counterpart_line_id = %s.item_id
                          AND rb.state IN %s)""",
            purchase,
            BOOKED,
        )

    @api.model
    def _standing_sql(self, purchase, today):
        """Where row ``purchase`` stands; NULL for what was never bought."""
        claim = SQL.identifier("sc")
        return SQL(
            """(CASE WHEN %(row)s.state = 'given_back' THEN 'bought_back'
                     WHEN %(row)s.state <> 'bought' THEN NULL
                     WHEN %(open)s = 0 AND %(lost)s > 0 THEN 'lost'
                     WHEN %(open)s = 0 AND %(bought_back)s THEN 'bought_back'
                     WHEN %(row)s.item_id IS NOT NULL AND %(open)s = 0
                     THEN CASE WHEN %(collected)s <= 0 AND %(back)s > 0
                               THEN 'credited' ELSE 'paid' END
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
            back=self._kind_sum_sql("back", purchase),
            bought_back=self._bought_back_sql(purchase),
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

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_receipt_book import (
    MONEY,
    RECEIVABLE,
    Source,
)


class RecouvReceiptBook(models.Model):
    """What payers' returns paid is money received, although no bank entry says so.

    The bank's movement meets the announced transfer, not what the payer owed. Rows
    are the items that the return settled, on the day the bank shows or, until it does
    (or where the bank is not followed here), on the day that the payer announced. A
    sum that the payer took or kept back is negative; a sum that waits to be allotted
    is no receipt yet. So a transfer adds up to what the bank shows.
    """

    _inherit = "recouv.receipt.book"
    _depends = {
        "account.move": ["recouv_return_payment_id", "statement_line_id", "date"],
        "account.move.line": ["recouv_is_announced"],
        "recouv.return.line": ["item_id", "kind"],
        "recouv.return.payment": ["date", "is_test"],
    }

    nature = fields.Selection(selection_add=[("other", "Other receipts")])

    @api.model
    def _sources(self):
        """EXTENDS recouv_lib: entries of payers' returns."""
        return [*super()._sources(), self._return_source()]

    @api.model
    def _return_source(self):
        return Source(
            joins=SQL(
                """JOIN recouv_return_payment rp
                     ON rp.id = COALESCE(m.recouv_return_payment_id,
                                         back.recouv_return_payment_id)
                   LEFT JOIN (%s) shown ON shown.payment_id = rp.id""",
                self._shown_by_bank_sql(),
            ),
            where=SQL(
                """NOT %s AND rp.is_test IS NOT TRUE
                   AND l.recouv_is_announced IS NOT TRUE
                   AND (%s OR a.account_type ~ '^income' OR EXISTS (
                        SELECT 1 FROM recouv_return_line kept
                         WHERE kept.item_id = l.id AND kept.kind = 'retained'))""",
                MONEY,
                RECEIVABLE,
            ),
            date=SQL("COALESCE(shown.day, rp.date, l.date)"),
            nature=SQL(
                "CASE WHEN a.account_type ~ '^income' THEN 'other' ELSE 'fees' END"
            ),
        )

    @api.model
    def _shown_by_bank_sql(self):
        """The first day on which the bank showed money of each announced transfer."""
        return SQL(
            """SELECT wm.recouv_return_payment_id AS payment_id, MIN(bm.date) AS day
                 FROM %s
                WHERE wl.recouv_is_announced AND bm.statement_line_id IS NOT NULL
                GROUP BY wm.recouv_return_payment_id""",
            self.env["recouv.return.payment"]._settled_sql(),
        )

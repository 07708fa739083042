from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

MODES = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("cheque", "Cheque"),
    ("transfer", "Bank transfer"),
    ("direct_debit", "Direct debit"),
    ("agency", "By the agency"),
]
NATURES = [("fees", "Fees"), ("interest", "Interest")]

#: an entry that is money by its own nature
MONEY = SQL(
    """(j.type IN ('bank', 'cash', 'credit') OR m.origin_payment_id IS NOT NULL
        OR m.statement_line_id IS NOT NULL)"""
)
#: what debtors owe
RECEIVABLE = SQL("a.account_type = 'asset_receivable'")


class Source(NamedTuple):
    """Journal items that are receipts, and how the book tells them.

    The fragments see the item (l), its entry (m), journal (j) and account (a), the
    entry that it takes back (back) and the payment (pay). An item is of one source
    only: those of entries that are no money by themselves leave ``MONEY`` out.
    """

    where: SQL
    joins: SQL = SQL("")
    date: SQL = SQL("l.date")
    amount: SQL = SQL("-l.balance")
    nature: SQL = SQL("'fees'")
    mode: SQL = SQL("'transfer'")


class RecouvReceiptBook(models.Model):
    """Receipts book (livre des recettes): money really received, day by day.

    One row per item of a money entry (bank, cash or card journal, or a payment) that
    lowers or raises what debtors owe. A refund or a bounced cheque is negative, under
    the means of the payment that it takes back. What a payment writes off (a discount,
    a rounding) is no money and is left out; what a bank keeps for itself is an expense
    of the practice and stays in. Nothing says what was done: the nature is “Fees”, the
    payer a name or, where the practice wants it, a number. A payment without an entry
    yet (some databases) enters the book with the bank entry that settles it, so that
    nothing is counted twice; money posted by a miscellaneous entry is no receipt.
    Company currency, as the books have it.

    What a mandatary receives, its principal has received: a sum that the agency
    collected is here on the day it did, whole (its fee is an expense, which it may
    keep), and negative on the day it is taken back. Its remittance is no receipt. The
    interest of a day is one row, in the agency's name. Other add-ons add their own
    sources (:meth:`_sources`).

    A cheque to bank later is in the books, and here, from its deposit. The tax office
    may take the day it was received (BOI-BNC-BASE-20-10-10): the row says it, and the
    printed book names what is still held at its end.
    """

    _name = "recouv.receipt.book"
    _description = "Receipts book"
    _auto = False
    _rec_name = "number"
    _order = "date, id"
    _depends = {
        "account.move.line": ["date", "balance", "parent_state", "partner_id"],
        "account.journal": ["type"],
        "account.account": ["account_type"],
        "account.move": [
            "origin_payment_id",
            "recouv_funds",
            "reversed_entry_id",
            "statement_line_id",
            "name",
            "ref",
        ],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id"],
        "account.payment": ["payment_method_line_id", "memo"],
        "account.payment.method.line": ["name"],
        "recouv.cheque": ["received_on", "deposit_id", "collection_id"],
        "recouv.collection": ["payment_id", "undone_on", "method"],
        "recouv.deposit": ["name", "date", "state"],
        "recouv.receipt.line": ["interest_item_id", "interest_back_item_id"],
        "recouv.transfer": [
            "kind",
            "settling_line_id",
            "state",
            "target_line_id",
            "undone_id",
        ],
        "res.company": ["recouv_neutral_labels"],
        "res.partner": ["name", "ref"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date("Cashed on", readonly=True)
    number = fields.Char("Entry", readonly=True)
    payer = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    nature = fields.Selection(NATURES, readonly=True)
    mode = fields.Selection(MODES, "Means", readonly=True)
    reference = fields.Char(readonly=True)
    cheque_received_on = fields.Date("Cheque received on", readonly=True)
    deposit_name = fields.Char("Cheque deposit slip", readonly=True)
    banked_on = fields.Date("Deposited on", readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    move_id = fields.Many2one("account.move", "Journal entry", readonly=True)
    amount = fields.Monetary(
        "Received", currency_field="company_currency_id", readonly=True
    )

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(map(self._rows_sql, self._sources()))

    @api.model
    def _rows_sql(self, source):
        return SQL(
            """SELECT l.id, l.company_id, co.currency_id AS company_currency_id,
                      %(date)s AS date, m.name AS number, l.partner_id,
                      %(nature)s AS nature, m.journal_id, m.id AS move_id,
                      %(amount)s AS amount,
                      %(payer)s AS payer, %(mode)s AS mode,
                      %(reference)s AS reference,
                      cheque.received_on AS cheque_received_on,
                      slip.name AS deposit_name, slip.date AS banked_on
                 FROM account_move_line l
                 JOIN account_move m ON m.id = l.move_id
                 JOIN account_journal j ON j.id = m.journal_id
                 JOIN account_account a ON a.id = l.account_id
                 JOIN res_company co ON co.id = l.company_id
                 LEFT JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN account_move back ON back.id = m.reversed_entry_id
                 LEFT JOIN account_payment pay
                        ON pay.id = COALESCE(m.origin_payment_id,
                                             back.origin_payment_id)
                 LEFT JOIN recouv_collection act ON act.payment_id = pay.id
                                                AND act.undone_on IS NULL
                 LEFT JOIN recouv_cheque cheque ON cheque.collection_id = act.id
                 LEFT JOIN recouv_deposit slip ON slip.id = cheque.deposit_id
                                              AND slip.state = 'done'
                 LEFT JOIN account_payment_method_line pml
                        ON pml.id = pay.payment_method_line_id
                 %(joins)s
                WHERE l.parent_state = 'posted' AND l.balance <> 0 AND %(where)s""",
            payer=self._payer_sql(),
            reference=self._reference_sql(),
            **source._asdict(),
        )

    # --- where receipts come from ---------------------------------------------------

    @api.model
    def _sources(self):
        """Return the kinds of receipts; another add-on adds those of its entries."""
        return [
            Source(
                where=SQL("%s AND %s", RECEIVABLE, MONEY),
                amount=SQL("-l.balance - %s", self._written_off_sql()),
                mode=self._mode_sql(),
            ),
            *(
                source._replace(
                    where=SQL("%s AND NOT %s", source.where, MONEY),
                    mode=SQL("'agency'"),
                )
                for source in self._agency_sources()
            ),
        ]

    @api.model
    def _agency_sources(self):
        """What the agency collected, gave up or brought back; interest apart."""
        return [
            Source(
                joins=SQL(
                    """JOIN recouv_transfer t ON t.settling_line_id = l.id
                                             AND t.kind = 'collected'"""
                ),
                # one that was undone by hand is broken: what stands of it counts
                where=SQL(
                    """t.state <> 'draft' AND NOT EXISTS (
                           SELECT 1 FROM account_move r
                            WHERE r.reversed_entry_id = m.id AND r.state = 'posted')"""
                ),
            ),
            Source(
                joins=SQL(
                    """JOIN account_partial_reconcile pr ON pr.debit_move_id = l.id
                       JOIN recouv_transfer t ON t.settling_line_id = pr.credit_move_id
                                             AND t.kind = 'collected'"""
                ),
                where=SQL("t.state = 'taken_back' AND m.recouv_funds = 'back'"),
            ),
            Source(
                joins=SQL(
                    """JOIN recouv_transfer t ON t.target_line_id = l.id
                       JOIN recouv_transfer u ON u.id = t.undone_id
                                             AND u.kind = 'collected'"""
                ),
                where=SQL("TRUE"),
            ),
            Source(
                where=SQL(
                    """m.recouv_funds IN ('interest', 'back') AND l.id IN (
                           SELECT UNNEST(ARRAY[interest_item_id, interest_back_item_id])
                             FROM recouv_receipt_line
                            WHERE interest_item_id IS NOT NULL)"""
                ),
                amount=SQL("l.balance"),
                nature=SQL("'interest'"),
            ),
        ]

    @api.model
    def _written_off_sql(self):
        """What the payment wrote off beside the money, on the entry's first row."""
        return SQL(
            """CASE WHEN pay.id IS NOT NULL AND l.id = (
                         SELECT MIN(f.id) FROM account_move_line f
                           JOIN account_account fa ON fa.id = f.account_id
                          WHERE f.move_id = m.id AND f.balance <> 0
                            AND fa.account_type = 'asset_receivable')
                    THEN COALESCE((
                         SELECT SUM(w.balance) FROM account_move_line w
                           JOIN account_account wa ON wa.id = w.account_id
                          WHERE w.move_id = m.id
                            AND (w.tax_line_id IS NOT NULL
                                 OR wa.account_type ~ '^(income|expense)')), 0)
                    ELSE 0 END"""
        )

    @api.model
    def _payer_sql(self):
        """The payer's name, or its number where the practice wants no names."""
        return SQL(
            """CASE WHEN co.recouv_neutral_labels
                    THEN COALESCE(NULLIF(p.ref, ''), 'P' || p.id::text)
                    ELSE p.name END"""
        )

    @api.model
    def _reference_sql(self):
        """The payment's memo; in a neutral book, the entry's number only."""
        return SQL(
            """CASE WHEN co.recouv_neutral_labels THEN m.name
                    ELSE COALESCE(NULLIF(pay.memo, ''), NULLIF(m.ref, ''), m.name)
                    END"""
        )

    @api.model
    def _mode_sql(self):
        """As it was collected at the desk; else by journal, then by the words of the
        payment method; else a transfer."""
        return SQL(
            """CASE WHEN act.method IS NOT NULL
                         THEN SPLIT_PART(act.method, '_', 1)
                    WHEN j.type = 'cash' THEN 'cash'
                    WHEN j.type = 'credit' OR pml.name ~* '(carte|card|\\mCB\\M)'
                         THEN 'card'
                    WHEN pml.name ~* '(ch[eèé]que|check)' THEN 'cheque'
                    WHEN pml.name ~* '(sepa|pr[eé]l[eè]v|debit)' THEN 'direct_debit'
                    ELSE 'transfer' END"""
        )

from odoo import api, fields, models
from odoo.tools import SQL

MODES = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("cheque", "Cheque"),
    ("transfer", "Transfer"),
    ("direct_debit", "Direct debit"),
]


class RecouvReceiptBook(models.Model):
    """Receipts book (livre des recettes): money really received, day by day.

    One row per item of a money entry (bank, cash or card journal, or a payment) that
    lowers or raises what debtors owe. A refund or a bounced cheque is negative. Nothing
    says what was done: the nature is “Fees”, the payer a name or, where the practice
    wants it, a number. A payment without an entry yet (some databases) enters the book
    with the bank entry that settles it, so that nothing is counted twice; money posted
    by a miscellaneous entry is no receipt. Company currency, as the books have it.
    """

    _name = "recouv.receipt.book"
    _description = "Receipts book"
    _auto = False
    _rec_name = "number"
    _order = "date, id"
    _depends = {
        "account.move.line": ["date", "balance", "parent_state", "partner_id"],
        "account.move": ["origin_payment_id", "statement_line_id", "name", "ref"],
        "account.payment": ["payment_method_line_id", "memo"],
        "account.payment.method.line": ["name"],
        "res.company": ["recouv_neutral_labels"],
        "res.partner": ["name", "ref"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date("Received on", readonly=True)
    number = fields.Char("Entry", readonly=True)
    payer = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    nature = fields.Selection([("fees", "Fees")], readonly=True)
    mode = fields.Selection(MODES, "Means", readonly=True)
    reference = fields.Char(readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    move_id = fields.Many2one("account.move", readonly=True)
    amount = fields.Monetary(
        "Received", currency_field="company_currency_id", readonly=True
    )

    @property
    def _table_query(self):
        return SQL(
            """SELECT l.id, l.company_id, co.currency_id AS company_currency_id, l.date,
                      m.name AS number, l.partner_id, 'fees' AS nature,
                      m.journal_id, m.id AS move_id, -l.balance AS amount,
                      %(payer)s AS payer, %(mode)s AS mode,
                      %(reference)s AS reference
                 FROM account_move_line l
                 JOIN account_move m ON m.id = l.move_id
                 JOIN account_journal j ON j.id = m.journal_id
                 JOIN account_account a ON a.id = l.account_id
                 JOIN res_company co ON co.id = l.company_id
                 LEFT JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN account_payment pay ON pay.id = m.origin_payment_id
                 LEFT JOIN recouv_collection act ON act.payment_id = pay.id
                                                AND act.undone_on IS NULL
                 LEFT JOIN account_payment_method_line pml
                        ON pml.id = pay.payment_method_line_id
                WHERE l.parent_state = 'posted' AND l.balance <> 0
                  AND a.account_type = 'asset_receivable'
                  AND (j.type IN ('bank', 'cash', 'credit')
                       OR m.origin_payment_id IS NOT NULL
                       OR m.statement_line_id IS NOT NULL)""",
            payer=self._payer_sql(),
            mode=self._mode_sql(),
            reference=self._reference_sql(),
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

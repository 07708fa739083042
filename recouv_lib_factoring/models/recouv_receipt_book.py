from odoo import api, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_receipt_book import (
    MONEY,
    RECEIVABLE,
    Source,
)


class RecouvReceiptBook(models.Model):
    """What a buyer paid for receivables is money received, in the buyer's name.

    A price, or a holdback that is released, is a receipt on the day the bank shows it
    or, until it does, on the day its payment was ordered. The commission that the buyer
    keeps is an expense of the practice, which its bill tells: it was received too, on
    the day it was laid against the price. So a sale adds up to what was sold. What the
    practice pays back (a credit note, a payment made to it, a repurchase) is negative;
    what was set off against a price was neither received nor paid.

    An indemnity takes the place of a fee: it is received when the insurer's money
    comes, an advance too, and what the practice pays back, or remits of what a debtor
    paid to it, is negative (CGI 93). What the insurer's service collected is here on
    the day it did, as of any mandatary.
    """

    _inherit = "recouv.receipt.book"
    _depends = {
        "account.account": ["account_type"],
        "account.move": ["date", "recouv_funds", "statement_line_id"],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id"],
        "recouv.assignment": ["holdback_item_id", "price_item_id"],
        "recouv.assignment.return": ["item_id"],
        "recouv.insurance.handover": ["insurer_id"],
        "recouv.insurance.policy": ["insurer_id"],
        "recouv.insurance.recovery": ["bank_move_id", "received_by", "undone_on"],
        "recouv.transfer": ["kind", "target_line_id"],
        "res.company": ["recouv_subrogation_account_id"],
        "res.partner": ["commercial_partner_id"],
    }

    @api.model
    def _sources(self):
        """EXTENDS recouv_lib: prices of receivables that were sold, indemnities."""
        return [
            *super()._sources(),
            self._price_source(),
            self._kept_fee_source(),
            self._indemnity_source(),
        ]

    @api.model
    def _price_source(self):
        """Money that settled a price, a holdback, or what is owed back to the buyer.

        Driven from the practice's own schedules: the buyer's books hold the same kinds
        of entries, on items of its own.
        """
        return Source(
            joins=SQL(
                """LEFT JOIN LATERAL (%s) shown ON m.recouv_funds = 'price'""",
                self._price_shown_sql(),
            ),
            where=SQL(
                """l.id IN (%s) AND (m.recouv_funds = 'price' OR %s)
                   AND NOT (%s AND %s)""",
                self._price_items_sql(),
                MONEY,
                RECEIVABLE,
                MONEY,
            ),
            date=SQL("COALESCE(shown.day, l.date)"),
        )

    @api.model
    def _price_items_sql(self):
        """The items of a practice that settle what it and its buyer owe each other."""
        return SQL(
            """SELECT pr.credit_move_id
                 FROM recouv_assignment sold
                 JOIN account_partial_reconcile pr
                   ON pr.debit_move_id = sold.price_item_id
               UNION ALL
               SELECT pr.credit_move_id
                 FROM recouv_assignment sold
                 JOIN account_partial_reconcile pr
                   ON pr.debit_move_id = sold.holdback_item_id
               UNION ALL
               SELECT pr.debit_move_id
                 FROM recouv_assignment_return back_owed
                 JOIN account_partial_reconcile pr
                   ON pr.credit_move_id = back_owed.item_id"""
        )

    @api.model
    def _price_shown_sql(self):
        """The day on which the bank showed the transfer of entry ``m``."""
        return SQL(
            """SELECT MIN(bm.date) AS day
                 FROM account_move_line wl
                 JOIN account_partial_reconcile pr
                   ON wl.id IN (pr.debit_move_id, pr.credit_move_id)
                 JOIN account_move_line bl
                   ON bl.id IN (pr.debit_move_id, pr.credit_move_id)
                  AND bl.id <> wl.id
                 JOIN account_move bm ON bm.id = bl.move_id
                WHERE wl.move_id = m.id AND wl.id <> l.id
                  AND bm.statement_line_id IS NOT NULL"""
        )

    @api.model
    def _kept_fee_source(self):
        """The fee that the buyer kept from the price; what it gave back is negative.

        Only a practice owes a bill in an entry of a sale: the buyer's own invoice is a
        receivable.
        """
        return Source(
            where=SQL(
                "m.recouv_funds = 'sale' AND a.account_type = 'liability_payable'"
            ),
            amount=SQL("l.balance"),
            mode=SQL("'agency'"),
        )

    @api.model
    def _indemnity_source(self):
        """Money on the insurer's account, save what its service remits of claims that
        count as collected already."""
        return Source(
            where=SQL(
                """%s AND NOT %s
                   AND l.account_id IN (SELECT recouv_subrogation_account_id
                                          FROM res_company)
                   AND p.commercial_partner_id IN (%s)
                   AND NOT EXISTS (
                       SELECT 1 FROM account_partial_reconcile pr
                         JOIN recouv_transfer t ON t.target_line_id = pr.debit_move_id
                                               AND t.kind = 'collected'
                        WHERE pr.credit_move_id = l.id)
                   AND NOT EXISTS (
                       SELECT 1 FROM recouv_insurance_recovery v
                        WHERE v.received_by = 'insurer' AND v.undone_on IS NOT NULL
                          AND v.bank_move_id IN (m.id, m.reversed_entry_id))""",
                MONEY,
                RECEIVABLE,
                self._insurers_sql(),
            ),
        )

    @api.model
    def _insurers_sql(self):
        return SQL(
            """SELECT i.commercial_partner_id
                 FROM recouv_insurance_policy y
                 JOIN res_partner i ON i.id = y.insurer_id
               UNION
               SELECT i.commercial_partner_id
                 FROM recouv_insurance_handover h
                 JOIN res_partner i ON i.id = h.insurer_id"""
        )

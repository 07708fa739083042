from datetime import date

from odoo.tests import tagged

from .return_common import NIR, PAID_ON, REFERENCE, SENT, ReturnCommon

BANKED = date(2026, 6, 11)


@tagged("post_install", "-at_install")
class TestReceiptBookReturns(ReturnCommon):
    """What payers paid by a return is in the receipts book (CGI 99)."""

    def book(self):
        return (
            self.env["recouv.receipt.book"]
            .with_user(self.biller)
            .search([("company_id", "=", self.company.id)])
        )

    def told(self):
        return [(row.date, row.amount) for row in self.book()]

    def retained(self, amount=800):
        """A transfer that pays 70 less what the payer keeps back (cents)."""
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, self.sent_share(70.0))
        transfer.retained(amount, reference="DETTE1")
        return self.taken(writer.bytes()).payment_ids

    def shown_by_the_bank(self, amount):
        self.company.recouv_bank_auto_score = 0
        movement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": BANKED,
                "amount": amount,
                "payment_ref": f"VIR CPAM {REFERENCE}",
            }
        )
        movement._recouv_propose()
        best = movement.recouv_match_ids.filtered(lambda match: match.rank == 1)
        best.with_user(self.biller).action_apply()

    def test_what_a_return_paid_is_in_the_book_on_the_day_announced(self):
        self.taken(self.return_of(self.sent_share(70.0), self.sent_share(30.0)))
        self.assertEqual(self.told(), [(PAID_ON, 70.0), (PAID_ON, 30.0)])
        row = self.book()[0]
        self.assertEqual(row.payer, self.caisse.name)
        self.assertEqual((row.mode, row.nature), ("transfer", "fees"))

    def test_the_bank_says_the_day_and_adds_nothing(self):
        self.taken(self.return_of(self.sent_share(70.0)))
        self.shown_by_the_bank(70.0)
        self.assertEqual(self.told(), [(BANKED, 70.0)])

    def test_what_the_payer_kept_back_was_not_received(self):
        self.retained()
        self.shown_by_the_bank(62.0)
        rows = self.book()
        self.assertEqual(sorted(rows.mapped("amount")), [-8.0, 70.0])
        self.assertEqual(set(rows.mapped("date")), {BANKED})

    def test_what_the_payer_took_back_is_negative(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        writer = self.writer(day=BANKED)
        transfer = self.transfer(writer, day=BANKED, reference="261600000099")
        self.answer(transfer, share, paid=-7000)
        self.taken(writer.bytes(), name="back.rsp")
        self.assertEqual(self.told(), [(PAID_ON, 70.0), (BANKED, -70.0)])

    def test_money_to_allot_is_a_receipt_once_it_is_allotted(self):
        writer = self.writer()
        self.transfer(writer).invoice("999999999", amo=7000, nir=NIR[:13], date=SENT)
        line = self.taken(writer.bytes()).line_ids
        self.assertFalse(self.told())
        share = self.sent_share(70.0)
        settlement = self.env["recouv.return.settlement"]._settle(
            line.with_user(self.biller), "share", share=share
        )
        self.assertEqual(self.told(), [(PAID_ON, 70.0)])
        settlement.undo("wrong share")
        self.assertEqual(sum(amount for _day, amount in self.told()), 0.0)

    def test_a_lump_sum_is_another_receipt(self):
        writer = self.writer()
        self.transfer(writer).lump(5000, "00012", "FORFAIT")
        line = self.taken(writer.bytes()).line_ids
        account = self.company_data["default_account_revenue"]
        self.env["recouv.return.settlement"]._settle(
            line.with_user(self.biller), "account", account=account
        )
        row = self.book()
        self.assertEqual((row.amount, row.nature), (50.0, "other"))
        self.assertEqual(row.date, PAID_ON)

    def test_a_payment_of_the_patient_stands_beside_it(self):
        share = self.sent_share(70.0)
        self.pay(share.move_id, 30.0, day=BANKED)
        self.taken(self.return_of(share))
        self.assertEqual(self.told(), [(PAID_ON, 70.0), (BANKED, 30.0)])

from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon

LATER = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptBookSale(AfterSaleCommon):
    """What a buyer pays for receivables is a receipt of the practice (CGI 93, 99).

    100 was sold: 94 is paid, 6 of commission and VAT are kept.
    """

    def book(self, company=None):
        company = company or self.company
        user = self.secretary if company == self.company else self.agent
        self.env.flush_all()
        books = self.env["recouv.receipt.book"].with_user(user)
        return books.search([("company_id", "=", company.id)])

    def told(self):
        return sorted((row.date, row.amount) for row in self.book())

    def total(self):
        return round(sum(self.book().mapped("amount")), 2)

    def movement(self, amount, day=LATER):
        """A movement of the practice's bank, matched with what it waits for."""
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": day,
                "amount": amount,
                "payment_ref": f"VIR {self.sale.name}",
            }
        )
        line._recouv_propose(automatic=False)
        line.recouv_match_ids.filtered(lambda match: match.rank == 1).action_apply()
        self.assertTrue(line.is_reconciled)
        return line

    def test_the_price_is_received_when_it_is_paid(self):
        self.assertEqual(self.told(), [(TODAY, 6.0)])
        self.sale._pay_price()
        self.assertEqual(self.told(), [(TODAY, 6.0), (TODAY, 94.0)])
        rows = self.book()
        self.assertEqual(set(rows.mapped("payer")), {self.agency.sudo().name})
        self.assertEqual(set(rows.mapped("nature")), {"fees"})
        modes = {row.amount: row.mode for row in rows}
        self.assertEqual(modes, {6.0: "agency", 94.0: "transfer"})

    def test_the_bank_says_the_day_and_adds_nothing(self):
        self.sale._pay_price()
        self.movement(94.0)
        self.assertEqual(self.told(), [(TODAY, 6.0), (LATER, 94.0)])

    def test_a_holdback_is_received_when_it_is_released(self):
        self.terms(holdback_rate=10.0)
        sale = self.sell(self.make_invoice(self.make_patient("Dominique"), 200.0))
        sale._pay_price()
        before = self.total()
        self.assertEqual(before, 6.0 + 180.0)
        with freeze_time(LATER):
            sale._release_holdback()
        self.assertIn((LATER, 20.0), self.told())
        self.assertEqual(self.total(), before + 20.0)

    def test_what_is_paid_back_is_negative(self):
        self.sale._pay_price()
        self.credit_note(50.0)
        with freeze_time(LATER):
            self.line.return_ids.with_user(self.practitioner).action_pay()
        self.assertEqual(
            self.told(),
            [(TODAY, -3.0), (TODAY, 6.0), (TODAY, 94.0), (LATER, -47.0)],
        )

    def test_what_is_set_off_is_neither_received_nor_paid(self):
        self.sale._pay_price()
        self.credit_note(100.0)
        sale = self.sell(self.make_invoice(self.make_patient("Dominique"), 200.0))
        sale._pay_price()
        # 94 is transferred of 188; with the commissions it is what stays sold
        self.assertIn((TODAY, 94.0), self.told())
        self.assertEqual(self.total(), 200.0)

    def test_what_a_debtor_paid_to_the_practice_is_counted_once(self):
        self.sale._pay_price()
        self.line._note_collected(self.pay_practice(40.0))
        self.assertEqual(self.total(), 140.0)
        self.line.return_ids.with_user(self.practitioner).action_pay()
        self.assertEqual(self.total(), 100.0)

    def test_a_price_that_the_bank_settled_by_itself_is_received_too(self):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": LATER,
                "amount": 94.0,
                "payment_ref": "VIR",
            }
        )
        _bank, suspense, _other = line._seek_for_lines()
        item = self.sale.price_item_id
        suspense.account_id = item.account_id
        (suspense + item).reconcile()
        self.assertEqual(self.told(), [(TODAY, 6.0), (LATER, 94.0)])

    def test_the_buyers_own_book_holds_none_of_it(self):
        self.sale._pay_price()
        self.assertFalse(self.book(self.agency))

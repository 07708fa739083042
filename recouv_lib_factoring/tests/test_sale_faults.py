from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .sale_common import SaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleFaults(SaleCommon):
    """What is missing or locked is named, and nothing is booked in either company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(cls.patient, 100.0)
        cls.sale = cls.decided(cls.move)

    @classmethod
    def signed(cls, sale):
        """Both have signed, and nothing is booked yet."""
        sale._fix_price()
        sale._record({"signed_on": "2026-06-15 08:00:00"})
        return sale.with_user(cls.practitioner)

    def assertNamed(self, what):
        sale = self.sale
        self.env.flush_all()
        moves = self.books["account.move"].search_count([])
        with self.assertRaisesRegex(UserError, what), self.env.cr.savepoint():
            self.signed(sale)._transfer()
        self.env.invalidate_all()
        self.assertEqual(self.books["account.move"].search_count([]), moves)
        self.assertEqual((sale.stage, self.move.amount_residual), ("decided", 100))

    def test_without_its_deed_nothing_is_sold(self):
        with self.assertRaisesRegex(UserError, "is not signed by both"):
            self.sale.with_user(self.practitioner)._transfer()
        self.sale._record({"practice_signed_on": "2026-06-15 08:00:00"})
        with self.assertRaisesRegex(UserError, "1322"):
            self.sale._transfer()
        self.assertEqual(self.move.amount_residual, 100)

    def test_a_locked_period_of_the_buyer(self):
        self.agency.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        self.assertNamed(f"{self.agency.name}.*locked")

    def test_a_locked_period_of_the_practice(self):
        self.company.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        self.assertNamed("locked")

    def test_a_missing_account_of_the_buyer(self):
        self.agency.sudo().recouv_acquired_account_id = False
        self.assertNamed(f"{self.agency.name}.*Account of acquired receivables")

    def test_an_acquired_account_that_is_no_receivable(self):
        account = self.agency.sudo().recouv_acquired_account_id
        account.account_type = "asset_current"
        self.assertNamed("no receivable account")

    def test_a_missing_journal_of_the_buyer(self):
        self.agency.sudo().recouv_assignment_journal_id = False
        self.assertNamed(f"{self.agency.name}.*Journal of assignments")

    def test_a_missing_account_of_the_practice(self):
        self.company.sudo().recouv_commission_account_id = False
        self.assertNamed("Account of factoring commissions")

    def test_a_missing_tax_of_the_buyer(self):
        self.tax.active = False
        self.assertNamed("no sales tax of 20")

    def test_a_check_that_expired_on_the_day_of_transfer(self):
        self.terms(needs_check=True)
        self.sale.line_ids.sudo().purchase_id.write(
            {"solvency_result": "clear", "solvency_until": date(2026, 6, 14)}
        )
        self.assertNamed("valid until 2026-06-14")

    def test_a_contract_that_ended(self):
        self.terms(ended_on=TODAY)
        self.assertNamed("does not stand")

    def test_a_contract_that_is_over(self):
        self.terms(valid_to=date(2026, 6, 14))
        self.assertNamed("does not stand")

    def test_a_receivable_paid_meanwhile(self):
        sale = self.signed(self.sale)
        self.pay(self.move)
        with self.assertRaisesRegex(UserError, "not open any more"):
            sale._transfer()

    def test_a_part_paid_before_the_deed_is_not_sold(self):
        self.pay(self.move, 40.0)
        # the first look corrects the sum, the second signs it
        self.assertFalse(self.sign(self.sale))
        self.assertTrue(self.sign(self.sale))
        nominal = self.sale.amount_nominal
        self.assertEqual((nominal, self.sale.line_ids.amount), (60, 60))

    def test_a_part_paid_after_the_deed_asks_for_another_deed(self):
        sale = self.signed(self.sale)
        self.pay(self.move, 40.0)
        with self.assertRaisesRegex(UserError, "make the deed again"):
            sale._transfer()

    def test_a_schedule_that_is_not_decided(self):
        sale = self.offer(self.make_invoice(self.make_patient("Dominique"), 50.0))
        self.assertEqual(sale.stage, "submitted")
        with self.assertRaisesRegex(UserError, "not decided"):
            sale.with_user(self.practitioner)._transfer()

    def test_a_schedule_of_which_nothing_was_accepted(self):
        sale = self.signed(self.sale)
        sale.sudo().line_ids.state = "refused"
        with self.assertRaisesRegex(UserError, "was accepted"):
            sale._transfer()

    def test_an_invoice_in_another_currency(self):
        other = self.setup_other_currency("CHF")
        move = self.make_invoice(self.patient, 100.0, currency_id=other.id)
        with self.assertRaisesRegex(UserError, "currency"):
            self.decided(move)

    def test_a_commission_beyond_the_nominal(self):
        self.terms(commission_min=200.0)
        self.assertNamed("more than")

    def test_an_exempt_commission_bears_no_vat(self):
        self.terms(commission_vat="exempt")
        sale = self.sale
        self.sign(sale)
        self.assertEqual((sale.amount_vat, sale.amount_price), (0, 95))

    def test_a_practice_that_deducts_vat_bears_none(self):
        self.company.recouv_fee_tax_id = self.make_tax(self.company, "purchase")
        sale = self.sale
        self.sign(sale)
        bill = sale.bill_id
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (5, 1))

    def test_undone_by_hand_it_is_broken(self):
        sale = self.sale
        self.sign(sale)
        transfer = sale.line_ids.transfer_id
        partial = transfer.settling_line_id.matched_debit_ids
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM account_partial_reconcile WHERE id IN %s",
            (tuple(partial.ids),),
        )
        self.env.invalidate_all()
        self.assertEqual(self.env["recouv.transfer"]._detect_broken(), transfer)

    def test_the_settling_entry_is_not_undone_by_hand(self):
        sale = self.sale
        self.sign(sale)
        with self.assertRaises(UserError):
            sale.settlement_move_id.button_draft()
        with self.assertRaises(UserError):
            sale.line_ids.transfer_id.target_line_id.remove_move_reconcile()

    def test_the_commission_is_not_undone_on_one_side(self):
        sale = self.sale
        self.sign(sale)
        invoice = self.env["account.move"].sudo().search(
            [("recouv_fee_twin_id", "=", sale.bill_id.id)]
        )  # fmt: skip
        self.assertTrue(invoice)
        for document in (invoice, sale.bill_id):
            with self.assertRaises(UserError) as refused:
                document.button_draft()
            for words in (document.name, sale.name, "comes back with its receivable"):
                self.assertIn(words, str(refused.exception))

    def test_more_receivables_cost_few_queries_more(self):
        def sold(count):
            moves = self.env["account.move"]
            for rank in range(count):
                moves |= self.make_invoice(self.make_patient(f"P{rank}"), 10.0)
            sale = self.decided(moves)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.signed(sale)._transfer()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        sold(2)
        few = sold(3)
        self.assertLessEqual(sold(11) - few, 8 * 12)

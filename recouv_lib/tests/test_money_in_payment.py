"""Money in, where a registered payment has no entry until the bank confirms it.

Imported as modules, so that each test of a payment runs once in each mode.
"""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from . import test_bounce, test_cheque, test_collect
from .common import TODAY
from .money_common import MoneyCommon
from .test_in_payment import InPayment, only


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_a_credit_of_the_debtor_is_used",
    "test_a_part_of_the_older_and_the_whole_younger",
    "test_a_payment_is_undone_from_its_own_screen",
    "test_a_reason_is_needed_to_undo",
    "test_a_shared_secretary_collects_company_by_company",
    "test_an_invoice_in_another_currency_is_paid_in_it",
    "test_an_invoice_paid_meanwhile_is_said",
    "test_another_practice_does_not_see_it",
    "test_each_way_to_pay_finds_its_journal",
    "test_instalments_of_one_invoice_are_paid_one_by_one",
    "test_money_taken_by_mistake_is_undone",
    "test_money_under_way_counts_in_the_currency_of_the_books",
    "test_more_than_is_owed_stays_a_credit",
    "test_no_address_is_said",
    "test_one_payment_pays_many_invoices",
    "test_parts_of_several_invoices_land_as_asked",
    "test_receipts_are_numbered_company_by_company",
    "test_the_last_journal_used_is_proposed_again",
    "test_the_receipt_goes_by_email_without_a_word_of_care",
    "test_the_receipt_leaves_by_itself_after_collecting",
    "test_the_receipt_of_a_payment_registered_elsewhere",
    "test_the_receipt_says_who_paid_what_for_which_invoice",
    "test_the_same_dialog_sent_twice_takes_the_money_once",
    "test_the_second_receipt_is_a_duplicate",
    "test_there_is_no_receipt_for_what_was_undone",
    "test_two_clicks_take_the_money_once",
    "test_undoing_gives_the_credit_back",
    "test_undone_once_is_enough",
    "test_who_owes_nothing_is_not_told_of",
)
class TestCollectInPayment(InPayment, test_collect.TestCollect):
    def test_the_payment_has_no_entry_and_the_invoice_is_in_payment(self):
        act = self.collect()
        self.assertFalse(act.payment_id.move_id)
        self.assertEqual(self.old.payment_state, "in_payment")
        self.assertFalse(self.propose().notice_ids)

    def test_what_is_under_way_is_not_collected_twice(self):
        self.collect(amount=40, parts={"old": 40})
        form = self.dialog()
        self.assertEqual(form.amount, 120)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_a_cheque_for_an_invoice_paid_meanwhile_is_found_at_the_deposit",
    "test_a_cheque_to_bank_now_is_on_the_slip_and_paid_once",
    "test_a_deposited_cheque_is_not_undone_before_its_slip",
    "test_a_full_sheet_stays_on_its_page",
    "test_a_slip_is_done_once",
    "test_an_empty_slip_and_one_of_tomorrow_are_refused",
    "test_an_undone_deposit_puts_the_cheques_back",
    "test_it_comes_back_with_the_debt",
    "test_it_goes_along_to_the_doubtful_accounts",
    "test_it_may_be_laid_on_other_invoices",
    "test_no_rest_is_made_where_the_practice_accepts_none",
    "test_one_that_counts_is_not_laid_elsewhere",
    "test_the_bank_of_the_slip_is_the_one_of_the_payment",
    "test_the_deposit_makes_the_payments_as_they_were_meant",
    "test_the_receipt_tells_the_number_of_the_cheque_as_such",
    "test_the_slip_names_the_holder_of_the_account",
    "test_the_slip_prints_with_its_total",
    "test_the_slip_takes_those_whose_day_has_come",
    "test_what_another_cheque_will_pay_is_left_to_it",
    "test_what_was_banked_stays_where_it_was_laid",
    "test_with_nothing_more_owed_it_is_given_back",
)
class TestChequeInPayment(InPayment, test_cheque.TestCheque):
    pass


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBounceInPayment(InPayment, test_bounce.TestBounce):
    def test_one_that_the_bank_had_confirmed_bounces(self):
        act = self.collect(self.old)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": TODAY,
                "payment_ref": self.old.name,
                "amount": 100,
            }
        )
        match = line._recouv_propose(automatic=False).filtered(lambda m: m.rank == 1)
        match._apply()
        self.assertEqual(act.payment_id.state, "paid")
        bounce = self.bounce(act.payment_id)
        self.assertEqual(self.owed(self.old), [100])
        self.assertTrue(bounce.move_id)
        bounce.undo("the bank was wrong")
        self.assertEqual(self.owed(self.old), [0])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSlipInPayment(InPayment, MoneyCommon):
    """The bank confirms a slip as one movement; one cheque of it comes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_patient("Louise Bernard")
        cls.hers = cls.make_invoice(cls.other, amount=45)

    def bank_slip(self, *cheques):
        slip = self.deposit(cheques[0].union(*cheques))
        slip.action_done()
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": TODAY,
                "payment_ref": "REMISE",
                "amount": slip.total,
            }
        )
        match = line._recouv_propose(automatic=False).filtered(lambda m: m.rank == 1)
        self.assertEqual(match.deposit_id, slip)
        match._apply()
        return match

    def bounce(self, cheque):
        return self.env["recouv.bounce"]._bounce(cheque.payment_id, TODAY, "funds")

    def test_what_each_cheque_was_laid_on_is_paid_to_the_cent(self):
        part = self.collect(amount=40, parts={"old": 40}, method="cheque").cheque_ids
        whole = self.collect(self.hers, method="cheque").cheque_ids
        match = self.bank_slip(part, whole)
        self.assertEqual(self.owed(self.old, self.young, self.hers), [60, 60, 0])
        self.assertIn("the amount is exact", match.reason)

    def test_only_the_cheque_that_bounced_is_owed_again(self):
        mine = self.collect(method="cheque").cheque_ids
        hers = self.collect(self.hers, method="cheque").cheque_ids
        self.bank_slip(mine, hers)
        bounce = self.bounce(hers)
        self.assertEqual(self.owed(self.old, self.young, self.hers), [0, 0, 45])
        self.assertEqual((mine.state, hers.state), ("deposited", "bounced"))
        self.assertEqual(mine.payment_id.state, "paid")
        waiting = bounce.move_id.line_ids.filtered(
            lambda line: line.account_id == self.bank.suspense_account_id
        )
        self.assertEqual(waiting.balance, -45, "it awaits the bank's own debit")

    def test_two_cheques_on_one_invoice_and_one_bounces(self):
        one = self.collect(amount=40, parts={"old": 40}, method="cheque").cheque_ids
        two = self.collect(amount=60, parts={"old": 60}, method="cheque").cheque_ids
        self.bank_slip(one, two)
        self.assertEqual(self.owed(self.old), [0])
        bounce = self.bounce(one)
        self.assertEqual(self.owed(self.old), [40])
        bounce.undo("the bank was wrong")
        self.assertEqual(self.owed(self.old), [0])
        self.assertEqual(one.state, "deposited")

    def test_both_cheques_bounce_one_after_the_other(self):
        one = self.collect(amount=50, parts={"old": 50}, method="cheque").cheque_ids
        two = self.collect(amount=50, parts={"old": 50}, method="cheque").cheque_ids
        self.bank_slip(one, two)
        self.bounce(one)
        self.bounce(two)
        self.assertEqual(self.owed(self.old), [100])

    def test_the_match_is_not_undone_while_a_bounce_stands_on_it(self):
        mine = self.collect(method="cheque").cheque_ids
        hers = self.collect(self.hers, method="cheque").cheque_ids
        match = self.bank_slip(mine, hers)
        bounce = self.bounce(hers)
        with self.assertRaisesRegex(UserError, "undo that first"):
            match.action_undo()
        bounce.undo("the bank was wrong")
        match.action_undo()
        self.assertEqual(set((mine | hers).payment_id.mapped("state")), {"in_process"})

    def test_a_sum_laid_on_nothing_is_left_to_a_person(self):
        over = self.collect(amount=200, method="cheque").cheque_ids
        hers = self.collect(self.hers, method="cheque").cheque_ids
        slip = self.deposit(over | hers)
        slip.action_done()
        self.assertFalse(slip._is_told_whole())

from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_bounce import BackCommon

NEXT_MONTH = date(2026, 7, 10)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeOnDirectPayments(BackCommon):
    """What is paid at the practice's desk is billed once, and given back if it was
    nothing."""

    mode = "gross"

    def find(self):
        return self.env["recouv.direct.payment"].sudo()._find(self.agency)

    def payments(self):
        return self.env["recouv.direct.payment"].sudo().search([], order="id")

    def pair(self, payment):
        """The items of a payment and of the invoice, reconciled again."""
        items = self.item(self.old) | payment.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        items.reconcile()

    def fees(self):
        """(fees invoiced before tax, the practice's cost of them with tax)"""
        documents = self.env["account.move"].sudo().search(
            [("company_id", "=", self.agency.id), ("recouv_fee_twin_id", "!=", False)]
        )  # fmt: skip
        return (
            sum(documents.mapped("amount_untaxed_signed")),
            round(self.balance(self.company, "recouv_fee_account_id"), 2),
        )

    def test_reconciled_again_it_is_billed_once(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.item(self.old).remove_move_reconcile()
        self.pair(payment)
        self.assertFalse(self.find())
        self.assertFalse(self.invoice_fees())
        self.assertEqual(self.fees(), (20.0, 24.0))
        self.assertEqual(len(self.payments()), 1)

    def test_seen_while_it_was_not_reconciled_it_is_billed_once(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.item(self.old).remove_move_reconcile()
        self.find()
        self.assertEqual(self.payments().ended_on, TODAY)
        self.pair(payment)
        self.assertFalse(self.find())
        self.assertFalse(self.payments().ended_on)
        self.assertFalse(self.invoice_fees())
        self.assertEqual(self.fees(), (20.0, 24.0))

    def test_a_cheque_that_bounces_at_the_desk_gives_its_fee_back(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.env["recouv.bounce"].sudo()._bounce(payment, TODAY, "funds")
        credit = self.invoice_fees()
        self.assertFeeGivenBack(credit, 24.0)
        self.assertEqual(self.payments().fee_credit_move_id, credit)
        self.assertEqual(credit.amount_residual, 0)  # set off with the unpaid invoice
        self.assertEqual(self.fees(), (0, 0))
        self.assertFalse(self.invoice_fees())

    def test_presented_again_it_is_billed_again(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.env["recouv.bounce"].sudo()._bounce(payment, TODAY, "funds")
        self.invoice_fees()
        self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.assertEqual(self.fees(), (20.0, 24.0))
        self.assertEqual(len(self.payments()), 2)

    def test_a_payment_that_came_to_nothing_before_it_was_billed_never_is(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.find()
        payment.action_draft()
        payment.action_cancel()
        self.assertFalse(self.invoice_fees())
        self.assertEqual(self.payments().ended_on, TODAY)
        self.assertEqual(self.fees(), (0, 0))

    def test_a_smaller_part_of_it_is_billed_anew(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.item(self.old).remove_move_reconcile()
        self.pay(self.old, 60.0, TODAY)
        self.pair(payment)  # 60 of it: the invoice is paid
        self.assertEqual(self.old.amount_residual, 0)
        self.invoice_fees()
        # 20 % of 120
        self.assertEqual(self.fees(), (24.0, 28.8))
        standing = self.payments().filtered(lambda one: not one.ended_on)
        self.assertEqual(sorted(standing.mapped("amount")), [60.0, 60.0])

    def test_what_is_given_back_is_of_its_day(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        with freeze_time(NEXT_MONTH):
            self.env["recouv.bounce"].sudo()._bounce(payment, NEXT_MONTH, "funds")
            self.assertFalse(self.invoice_fees(date(2026, 6, 30)))
            self.find()
            self.assertFalse(self.invoice_fees(date(2026, 6, 30)))
            credit = self.invoice_fees(NEXT_MONTH)
        self.assertEqual(credit.invoice_date, NEXT_MONTH)

    # --- records of earlier versions -------------------------------------------------

    def as_before(self, payment):
        """As earlier versions told it: by the reconciliation."""
        partial = self.item(self.old).matched_credit_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recouv_direct_payment SET item_source = NULL, source = %s"
            " WHERE id = %s",
            (partial.id, payment.id),
        )
        self.env.invalidate_all()

    def test_what_an_earlier_version_billed_is_not_billed_again(self):
        self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.as_before(self.payments())
        self.assertFalse(self.find())
        self.assertFalse(self.invoice_fees())
        self.assertEqual(self.fees(), (20.0, 24.0))

    def test_what_an_earlier_version_billed_twice_is_given_back(self):
        payment = self.pay(self.old, 100.0, TODAY)
        self.invoice_fees()
        self.as_before(self.payments())
        self.item(self.old).remove_move_reconcile()
        self.pair(payment)
        self.invoice_fees()
        self.assertEqual(self.fees(), (20.0, 24.0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAmendedTerms(BackCommon):
    """An amendment holds from its day on: no money of before is priced anew."""

    def amend(self, day, rate=30.0):
        lines = [Command.clear(), Command.create({"rate": rate})]
        return super().amend(day, fee_line_ids=lines)

    def test_money_of_before_keeps_its_fee(self):
        before = self.bank_receipt(120.0)
        new = self.amend(TODAY + timedelta(days=5))
        later = TODAY + timedelta(days=6)
        with freeze_time(later):
            after = self.bank_receipt(80.0, self.other_mirror, day=later)
            self.assertEqual(before.sudo().line_ids.mandate_id, self.mandate)
            self.assertEqual(after.sudo().line_ids.mandate_id, new)
            remittance = self.remit(later)
        # 20 % of 120 and 30 % of 80, both with VAT
        self.assertEqual(before.line_ids.fee_amount, 24.0)
        self.assertEqual(after.line_ids.fee_amount, 24.0)
        self.assertEqual((remittance.amount_received, remittance.amount_fee),
                         (200.0, 57.6))  # fmt: skip
        self.assertEqual(remittance.mandate_id, new)
        self.assertBothBooks(0)

    def test_a_draft_goes_on_under_the_amendment(self):
        self.bank_receipt(120.0)
        draft = self.prepare()
        new = self.amend(TODAY)
        self.bank_receipt(80.0, self.other_mirror)
        again = self.prepare()
        self.assertEqual((again, again.mandate_id), (draft, new))
        again.action_remit()
        self.assertEqual(again.amount_received, 200.0)
        self.assertBothBooks(0)

    def test_what_bounced_is_deducted_under_the_amendment_at_its_own_fee(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        self.amend(TODAY)
        receipt._bounce(TODAY, "funds")
        self.bank_receipt(200.0, self.mirror | self.other_mirror)
        again = self.remit()
        self.assertEqual((again.amount_received, again.amount_back), (200.0, 120.0))
        # 30 % of 200 is 60 and VAT 12, less the 24 and 4.80 of the one that bounced
        self.assertEqual((again.amount_fee, again.amount), (43.2, 36.8))
        self.assertBothBooks(0)

    def test_a_payment_at_the_desk_keeps_the_fee_of_its_day(self):
        self.pay(self.old, 100.0, TODAY)
        later = TODAY + timedelta(days=5)
        self.amend(later)
        with freeze_time(later):
            payments = self.env["recouv.direct.payment"].sudo()._find(self.agency)
        self.assertEqual(payments.mandate_id, self.mandate)
        self.mandate.sudo()._invoice_fees(later)
        self.assertEqual(payments.fee_amount, 20.0)

    def test_a_cheque_is_priced_on_the_day_on_which_it_is_cashed(self):
        receipt = self.receive(120.0, method="cheque")
        later = TODAY + timedelta(days=5)
        new = self.amend(later)
        with freeze_time(later):
            receipt.action_clear()
        self.assertEqual(receipt.sudo().line_ids.mandate_id, new)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInterestOnce(BackCommon):
    """Legal interest is received once (CPCE L111-8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.sudo().recouv_interest = True
        cls.claim.sudo().formal_notice_date = date(2026, 3, 1)

    def interest(self):
        return -self.balance(self.company, "recouv_interest_account_id")

    def due(self):
        return self.mirror._collectable(TODAY)[self.mirror][0]

    def test_a_held_cheque_brings_no_interest_that_was_paid_meanwhile(self):
        interest = self.due()
        cheque = self.receive(120.0 + interest, method="cheque")
        self.assertEqual(cheque.line_ids.amount_interest, interest)
        self.bank_receipt(120.0 + interest)
        cheque.action_clear()
        self.assertAlmostEqual(self.interest(), interest, 2)
        self.assertEqual(cheque.line_ids.amount, 0)
        self.assertAlmostEqual(cheque.overpaid_booked, 120.0 + interest, 2)
        self.assertIn("meanwhile", cheque.note)
        self.assertBothBooks(round(120.0 + interest, 2))

    def test_what_was_laid_on_it_pays_the_principal(self):
        interest = self.due()
        cheque = self.receive(50.0, method="cheque")
        self.bank_receipt(interest)  # interest first: nothing else
        self.assertEqual(self.old.amount_residual, 120.0)
        cheque.action_clear()
        self.assertAlmostEqual(self.interest(), interest, 2)
        self.assertEqual(cheque.line_ids.amount_interest, 0)
        self.assertEqual(cheque.line_ids.amount_principal, 50.0)
        self.assertFalse(cheque.overpaid_booked)
        self.assertEqual(self.old.amount_residual, 70.0)

    def test_two_of_one_batch_bring_it_once(self):
        interest = self.due()
        receipts = self.receive(50.0, method="cheque")
        receipts |= self.receive(60.0, method="cheque")
        receipts.action_clear()
        self.assertAlmostEqual(self.interest(), interest, 2)
        self.assertAlmostEqual(sum(receipts.line_ids.mapped("amount")), 110.0, 2)
        self.assertEntriesBalanced()

    def test_interest_of_a_claim_whose_principal_was_paid_is_still_received(self):
        interest = self.due()
        cheque = self.receive(120.0 + interest, method="cheque")
        self.pay(self.old, 120.0, TODAY)
        cheque.action_clear()
        self.assertAlmostEqual(self.interest(), interest, 2)
        self.assertEqual(cheque.overpaid_booked, 120.0)

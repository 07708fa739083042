"""The same tests where a registered payment has no entry until the bank confirms it.

An accounting application defers the entry: the invoice is *in payment*, its item still
shows the whole residual. Imported as modules, so that each test of a payment runs once
in each mode.
"""

from datetime import date
from inspect import getmembers, isfunction
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from . import (
    test_bad_input,
    test_claim_follow,
    test_engine_execute,
    test_engine_propose,
    test_posting,
    test_quiet_hours,
)
from .common import TODAY


def only(*names):
    """Of the tests that a class inherits, let it run those with these *names*.

    The others register no payment: they are the same in both modes.
    """

    def chosen(cls):
        tests = {
            name
            for name, test in getmembers(cls, isfunction)
            if name.startswith("test_")
        }
        assert tests >= set(names), f"no tests of {cls}: {set(names) - tests}"
        for name in tests - {*vars(cls), *names}:
            setattr(cls, name, None)
        return cls

    return chosen


class InPayment:
    """Mixin: payments registered here stay without an entry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(
            patch.object(
                type(cls.env["account.move"]),
                "_get_invoice_in_payment_state",
                lambda self: "in_payment",
            )
        )
        journals = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id)]
        )
        journals.inbound_payment_method_line_ids.payment_account_id = False
        cls.company.transfer_account_id = False

    @classmethod
    def pay(cls, move, amount=None, day=None):
        payment = super().pay(move, amount, day)
        assert not payment.move_id, "this mode is about payments without an entry"
        return payment


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_a_payment_under_way_without_entry_is_deducted",
    "test_an_unallocated_payment_is_deducted",
)
class TestEngineProposeInPayment(InPayment, test_engine_propose.TestEnginePropose):
    def test_a_reversed_payment_reopens_where_it_stood(self):
        """Here the claim was never settled: only the payment under way held it back."""
        move = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 20)), date(2026, 5, 20))
        claim = self.claims_of(move)
        payment = self.pay(move)
        self.assertEqual(move.payment_state, "in_payment")
        self.assertFalse(self.propose().notice_ids)
        payment.action_cancel()
        notice = self.propose().notice_ids
        self.assertEqual(claim.settlement, "open")
        self.assertEqual(notice.step_id, self.policy.step_ids.sorted()[1])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only()
class TestEngineExecuteInPayment(InPayment, test_engine_execute.TestEngineExecute):
    def test_what_was_paid_since_does_not_leave(self):
        move = self.make_invoice()
        run = self.propose()
        self.pay(move)
        run.action_execute()
        self.assertFalse(self.left)
        self.assertEqual(run.notice_ids.state, "cancelled")
        self.assertIn("payment_in_progress", self.codes(run))
        self.assertEqual(move.recouv_claim_ids.settlement, "open")

    def test_what_was_partly_paid_leaves_with_the_rest(self):
        move = self.make_invoice(amount=100)
        run = self.propose()
        self.pay(move, amount=60)
        run.action_execute()
        self.assertEqual(run.notice_ids.amount, 40)
        self.assertEqual(sorted(run.notice_ids.line_ids.mapped("amount")), [-60, 100])

    def test_a_rider_paid_since_drops_out_alone(self):
        """The invoice stays listed, the payment under way beside it."""
        self.make_invoice(amount=100, due=date(2026, 5, 1))
        young = self.make_invoice(amount=50, due=date(2026, 6, 1))
        run = self.propose()
        self.pay(young)
        run.action_execute()
        self.assertEqual(run.notice_ids.amount, 100)
        lines = run.notice_ids.line_ids
        self.assertEqual(sorted(lines.mapped("amount")), [-50, 50, 100])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_a_payment_under_way_counts_where_entries_are_deferred",
)
class TestBadInputInPayment(InPayment, test_bad_input.TestBadInput):
    pass


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_a_payment_booked_on_a_contact_counts_for_the_debtor",
)
class TestClaimFollowInPayment(InPayment, test_claim_follow.TestClaimFollow):
    def test_settlement_is_typed(self):
        """Money that the bank has not confirmed is not yet *paid*."""
        move = self.make_invoice()
        self.propose()
        self.pay(move)
        self.assertEqual(self.claims_of(move).settlement, "open")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
@only(
    "test_what_left_left_whatever_was_paid_since",
)
class TestPostingInPayment(InPayment, test_posting.TestPosting):
    def test_what_was_paid_since_printing_leaves_the_pile(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        paid = pile.notice_ids[0]
        self.pay(paid.line_ids.move_line_id.move_id)
        pile.action_print()
        self.assertEqual(
            (paid.state, paid.cancel_code), ("cancelled", "payment_in_progress")
        )
        self.assertEqual((pile.notice_ids - paid).state, "printed")

    def test_a_letter_that_asks_for_more_than_is_still_due_leaves_the_pile(self):
        self.make_invoice()
        younger = self.make_invoice(amount=50)
        letter = self.letters()
        letter.action_prepare_posting()
        self.pay(younger)
        letter.posting_id.action_print()
        self.assertEqual((letter.state, letter.cancel_code), ("cancelled", "changed"))


@tagged("post_install", "-at_install")
@only()
class TestQuietHoursInPayment(InPayment, test_quiet_hours.TestQuietHours):
    def test_what_was_paid_while_it_waited_does_not_leave(self):
        self.waits_until("2026-06-14 18:00:00")
        self.pay(self.run.notice_ids.lead_claim_id.move_id, day="2026-06-14")
        self.send_waiting("2026-06-15 08:05:00")
        self.assertFalse(self.provider.sent)
        self.assertEqual(self.run.notice_ids.cancel_code, "payment_in_progress")

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon


class BounceCommon(RemittanceCommon):
    """What both books say of money that came and went."""

    def owed(self):
        """What the agency owes each practice, from its open items."""
        account = self.agency.sudo().recouv_principals_account_id
        items = self.env["account.move.line"].sudo().search(
            [("account_id", "=", account.id), ("reconciled", "=", False)]
        )  # fmt: skip
        return sum(items.mapped("amount_residual"))

    def held(self):
        """What the agency holds for the practice, from its open items."""
        account = self.company.sudo().recouv_collected_account_id
        items = self.env["account.move.line"].sudo().search(
            [("account_id", "=", account.id), ("reconciled", "=", False)]
        )  # fmt: skip
        return sum(items.mapped("amount_residual"))

    def assertBothBooks(self, amount):
        """The practice is to get ``amount``, the agency owes it: balance and items."""
        self.assertEqual(self.books(), (amount, -amount))
        self.assertEqual((self.held(), self.owed()), (amount, -amount))
        self.assertEntriesBalanced()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBounceOfADraft(BounceCommon):
    """A payment bounces after its remittance was prepared, before it was ordered."""

    def test_it_leaves_the_draft_and_the_rest_is_remitted(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertBothBooks(80.0)
        self.assertEqual(draft.amount_received, 80.0)
        draft.action_remit()
        self.assertEqual((draft.state, draft.amount_received), ("posted", 80.0))
        # the fee of 80 only: 16 and VAT
        self.assertEqual((draft.amount_fee, draft.amount), (19.2, 60.8))
        self.assertEqual(gone.state, "bounced")
        self.assertFalse(gone.line_ids.owed_back_on or gone.line_ids.remittance_id)
        self.assertBothBooks(0)

    def test_a_draft_of_nothing_else_is_given_up(self):
        gone = self.bank_receipt(120.0)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertEqual(draft.state, "void")
        self.assertBothBooks(0)
        self.assertFalse(self.prepare())

    def test_what_bounced_in_a_draft_that_is_given_up_is_not_deducted_later(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        draft.action_void()
        self.bank_receipt(100.0)
        again = self.remit()
        self.assertEqual((again.amount_received, again.amount_back), (180.0, 0))
        self.assertBothBooks(0)

    def test_one_of_two_sums_of_a_day_leaves_the_other(self):
        receipts = self.receipt(100.0) | self.receipt(80.0, self.other_mirror)
        receipts.action_confirm()
        self.assertEqual(len(receipts.sudo().line_ids.funds_item_id), 1)
        self.prepare()
        receipts[0]._bounce(TODAY, "funds")
        self.assertBothBooks(80.0)
        self.remit()
        self.assertBothBooks(0)

    def test_interest_goes_back_too(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = "2026-03-01"
        gone = self.receive(50.0)
        self.assertTrue(gone.line_ids.amount_interest)
        self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertBothBooks(0)
        self.assertEqual(self.balance(self.company, "recouv_interest_account_id"), 0)

    def test_what_is_in_a_draft_may_be_undone(self):
        wrong = self.bank_receipt(80.0)
        self.prepare()
        wrong.undo("It was for the other note")
        self.assertEqual(wrong.state, "undone")
        self.assertBothBooks(0)

    def test_what_was_ordered_is_not_undone(self):
        receipt = self.receive(200.0, self.mirror | self.other_mirror)
        self.remit()
        with self.assertRaisesRegex(UserError, "remitted"):
            receipt.undo("It was for the other note")

    def stuck(self, draft, gone):
        """As earlier versions left it: deducted from the draft that it never left."""
        item = gone.sudo().line_ids.back_item_id
        with patch.object(type(item), "_recouv_is_settled_funds", lambda _items: False):
            item.remove_move_reconcile()
        self.env.cr.execute(
            "UPDATE recouv_receipt_line SET remittance_id = %s, deducted_in_id = %s,"
            " owed_back_on = %s WHERE receipt_id = %s",
            (draft.id, draft.id, TODAY, gone.id),
        )
        self.env.invalidate_all()

    def test_what_an_earlier_version_left_in_a_draft_is_freed(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.stuck(draft, gone)
        self.assertEqual((draft.amount_back, self.owed()), (120.0, -80.0))
        draft.action_remit()
        self.assertEqual((draft.amount_received, draft.amount_back), (80.0, 0))
        self.assertEqual(gone.state, "bounced")
        self.assertBothBooks(0)

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleHostile(AfterSaleCommon):
    """Events out of their order: both books stay balanced, what is told is true."""

    def open_at_buyer(self):
        """What the debtor owes the buyer, or has there to his credit."""
        account = self.agency.sudo().recouv_acquired_account_id
        return self.balance(self.agency, account)

    def owed_to_buyer(self):
        """What the practice owes its buyer, or has to its credit, in both books."""
        self.env.flush_all()
        account = self.company.sudo().recouv_assignment_account_id
        here = -self.balance(self.company, account)
        there = self.balance(
            self.agency, self.agency.sudo().recouv_assignors_account_id
        )
        self.assertEqual(here, there)
        return here

    def test_a_credit_note_after_the_buyer_was_paid(self):
        self.sale._pay_price()
        self.pay_buyer()
        self.credit_note(40.0)
        owed = self.line.return_ids
        self.assertEqual((owed.kind, owed.amount, owed.state), ("credited", 40, "owed"))
        # the debtor paid 40 too much to the buyer: it is his there
        self.assertEqual(self.open_at_buyer(), -40)
        self.assertEqual(self.owed_to_buyer(), 37.6)
        self.assertBalanced(self.company, self.agency)

    def test_a_credit_note_after_the_buyer_wrote_it_off(self):
        self.sale._pay_price()
        purchase = self.purchase.with_user(self.agency_manager)
        purchase._note_loss("insolvent", "Liquidated, nothing left")
        self.credit_note(100.0)
        owed = self.line.return_ids
        self.assertEqual((owed.amount, owed.state), (100, "owed"))
        self.assertEqual(self.owed_to_buyer(), 94)
        self.assertBalanced(self.company, self.agency)

    def test_a_credit_note_after_a_repurchase_owes_the_buyer_nothing_more(self):
        self.sale._pay_price()
        self.buy_back()
        before = self.owed_to_buyer()
        self.credit_note(100.0)
        self.assertEqual(len(self.line.return_ids), 1)
        self.assertEqual(self.owed_to_buyer(), before)
        self.assertEqual(self.open_at_buyer(), 0)
        back = self.line.return_ids.transfer_id.target_line_id
        self.assertTrue(back.reconciled)
        self.assertBalanced(self.company, self.agency)

    def test_a_whole_credit_note_after_a_repurchase_of_the_rest(self):
        self.sale._pay_price()
        self.pay_buyer(40.0)
        self.buy_back()
        self.assertEqual(self.line.return_ids.amount, 60)
        refund = self.credit_note(100.0)
        # the buyer keeps the 40 that it collected: the practice, which has its price
        # of them, owes them to the debtor
        self.assertEqual(self.line.return_ids.mapped("amount"), [60])
        self.assertEqual(self.open_at_buyer(), 0)
        self.assertEqual(self.receivables(refund).amount_residual, -40)
        self.assertBalanced(self.company, self.agency)

    def test_credit_notes_never_owe_more_than_was_sold(self):
        self.sale._pay_price()
        for amount in (60.0, 40.0, 30.0):
            self.credit_note(amount)
        self.assertEqual(sum(self.line.return_ids.mapped("amount")), 100)
        self.assertEqual(self.owed_to_buyer(), 94)
        self.assertBalanced(self.company, self.agency)

    def test_a_payment_to_the_practice_is_not_owed_to_the_buyer_twice(self):
        item = self.pay_practice(100.0)
        self.line._note_collected(item)
        with self.assertRaises(UserError):
            self.line._note_collected(item)
        with self.assertRaises(UserError):
            self.buy_back("already_paid")
        self.assertEqual(len(self.line.return_ids), 1)
        self.assertBalanced(self.company, self.agency)

    def test_a_return_is_paid_once(self):
        self.credit_note(40.0)
        owed = self.line.return_ids.with_user(self.practitioner)
        owed.action_pay()
        with self.assertRaisesRegex(UserError, "owed no more"):
            owed.action_pay()
        self.assertBalanced(self.company, self.agency)

    def test_a_price_is_paid_once(self):
        self.sale._pay_price()
        self.assertFalse(self.sale._pay_price())
        self.assertBalanced(self.company, self.agency)

"""Money in, where a registered payment has no entry until the bank confirms it.

Imported as modules, so that each test runs once in each mode.
"""

from odoo.tests import freeze_time, tagged

from . import test_bounce, test_cheque, test_collect
from .common import TODAY
from .test_in_payment import InPayment


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
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

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)
TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20")
class TestInsuranceHostile(InsuranceCommon):
    """Told twice, come back, undone and done again: nobody is paid twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-02-02"):
            cls.limit(cls.clinic, 10000)
            cls.sale = cls.invoice(cls.clinic, 1000, SOLD)

    # --- told twice -------------------------------------------------------------------

    def test_what_was_withdrawn_is_not_taken_up_while_another_tells_it(self):
        first = self.declared(self.sale)
        first.action_withdraw()
        second = self.declared(self.sale)
        self.assertNotEqual(first, second)
        with self.assertRaisesRegex(UserError, second.name):
            first.undo("Finalement")
        self.assertEqual(first.state, "withdrawn")
        second.action_withdraw()
        first.undo("Finalement")
        self.assertEqual(first.state, "declared")

    def test_nor_what_was_rejected_with_its_advance(self):
        first = self.declared(self.sale)
        payments = first.env["recouv.insurance.payment"]
        payments._take_advance(first, 100, TODAY, journal=self.bank)
        first._reject("Hors police")
        second = self.declared(self.sale)
        with self.assertRaisesRegex(UserError, second.name):
            first.undo("Recours")
        self.assertEqual(first.state, "rejected")

    # --- money ------------------------------------------------------------------------

    def test_recoveries_never_give_the_insurer_more_than_it_paid(self):
        loss = self.settled(self.sale)
        self.receive(loss)
        recoveries = loss.env["recouv.insurance.recovery"]
        for amount in (700, 5000, 300):
            self.pay_more(amount)
            credit = loss._payments_since()
            self.assertEqual(len(credit), 1)
            recoveries._take_payment(loss, credit, 0, TODAY)
        self.assertEqual(sum(loss.recovery_ids.mapped("amount_insurer")), 900)
        self.assertEqual(self.insurer_balance(), -900)
        self.assertEqual(loss.amount_to_remit, 900)

    def pay_more(self, amount):
        """Money of the debtor, whatever is still owed."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.clinic.id,
                "amount": amount,
                "date": TODAY,
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        return payment

    def test_what_the_service_sent_is_undone_and_recorded_again(self):
        loss = self.settled(self.sale)
        self.receive(loss)
        recoveries = loss.env["recouv.insurance.recovery"]

        def take():
            return recoveries._take_from_insurer(loss, 50, 5, TODAY, journal=self.bank)

        first = take()
        # of 50, 45 net: 40.50 to the insurer; the debtor paid 9.50 of the 100 left
        self.assertEqual(self.open_of(loss), 90.5)
        first.undo("Autre dossier")
        self.assertEqual((self.open_of(loss), self.insurer_balance()), (100, 0))
        again = take()
        self.assertEqual(again.amount_insurer, first.amount_insurer)
        self.assertEqual((self.open_of(loss), self.insurer_balance()), (90.5, 0))

    def open_of(self, loss):
        loss.line_ids.invalidate_recordset()
        return sum(loss.line_ids.mapped("amount_open"))

    def test_what_a_hand_over_brought_is_undone_and_recorded_again(self):
        claim = self.claim(self.sale)
        claim.with_user(self.practitioner).action_give_to_insurer()
        handovers = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        one = handovers.search([], order="id desc", limit=1)
        one.action_send()
        recoveries = one.env["recouv.insurance.recovery"]
        first = recoveries._take_from_insurer(one, 60, 0, TODAY, journal=self.bank)
        first.undo("Autre débiteur")
        one.invalidate_recordset()
        self.assertEqual(one.amount, 1000)
        # nobody relances what the service still has
        self.assertFalse(self.propose(TODAY).notice_ids)
        recoveries._take_from_insurer(one, 1000, 0, TODAY, journal=self.bank)
        one.invalidate_recordset()
        self.assertEqual((one.amount, self.insurer_balance()), (0, 0))

"""A refund of an overpayment that the bank sends back."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY
from .test_agency_remittance import IBAN
from .test_funds_transfer import OWN, TransferFileCommon

OVERPAID = 30.0  # 230 for two notes of 200


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefundBack(TransferFileCommon):
    """A closed account: the money is the debtor's again, and may leave anew."""

    def overpaid(self, **values):
        movement = self.movement(230.0)
        movement.write(values)
        return self.receive(
            230.0,
            self.mirror | self.other_mirror,
            statement_line_id=movement.id,
            method="transfer",
            date=TODAY,
        ).with_user(self.agency_manager)

    def left(self):
        """A refund that was exported, and that the bank has debited."""
        receipt = self.overpaid(account_number=IBAN)
        receipt.action_refund()
        self.order(receipt)
        self.bank(self.movement(-OVERPAID, f"Refund {receipt.name}"))
        self.assertEqual(self.sums(), (200.0, 0, 0, 0))
        return receipt

    def came_back(self, receipt, day=TODAY):
        dialog = receipt.action_ask_refund_back()
        wizard = self.env[dialog["res_model"]].with_user(self.agency_manager)
        form = Form(wizard.with_context(**dialog["context"]))
        form.date, form.reason = day, "Account closed"
        form.save().action_record()

    def to_refund(self):
        days = self.env["recouv.day"].with_user(self.agency_manager)
        sections = days.with_company(self.agency)._sections(TODAY)
        section = next(one for one in sections if one.code == "refunds")
        return self.env["recouv.receipt"].with_user(self.agency_manager).search(
            section.domain
        )  # fmt: skip

    def test_it_is_owed_to_the_debtor_again(self):
        receipt = self.left()
        self.came_back(receipt)
        # said, and not on the account yet: in no line
        self.assertEqual(self.sums(), (200.0, 0, 0, 0))
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), -30)
        match = self.bank(self.movement(OVERPAID, f"RETOUR {receipt.name}"))
        self.assertEqual(match.rule, "funds")
        self.assertEqual(self.sums(), (200.0, 0, OVERPAID, 0))
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), 0)
        self.assertFalse(receipt.refunded_on or receipt.refund_exported_on)
        self.assertIn("Account closed", receipt.refund_history)
        self.assertIn(IBAN, receipt.refund_history)
        self.assertEqual(self.to_refund(), receipt)
        self.assertEntriesBalanced()

    def test_it_leaves_anew_to_another_account(self):
        receipt = self.left()
        self.came_back(receipt)
        self.bank(self.movement(OVERPAID, f"RETOUR {receipt.name}"))
        self.assertFalse(receipt.refund_iban)
        receipt.with_user(self.agent).refund_iban = OWN
        receipt.action_refund()
        texts = self.order(receipt)
        self.assertIn(OWN, texts)
        self.assertNotIn(IBAN, texts)
        self.bank(self.movement(-OVERPAID, f"Refund {receipt.name}"))
        self.assertEqual(self.sums(), (200.0, 0, 0, 0))
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), 0)
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), 0)
        self.assertFalse(self.to_refund())

    def test_it_may_come_back_twice(self):
        receipt = self.left()
        for number in (OWN, IBAN):
            self.came_back(receipt)
            self.bank(self.movement(OVERPAID, f"RETOUR {receipt.name}"))
            receipt.refund_iban = number
            receipt.action_refund()
            self.order(receipt)
            self.bank(self.movement(-OVERPAID, f"Refund {receipt.name}"))
        self.assertEqual(self.sums(), (200.0, 0, 0, 0))
        self.assertEqual(receipt.refund_history.count("Account closed"), 2)
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), 0)

    def test_the_movement_that_came_first_is_proposed_for_it(self):
        receipt = self.left()
        movement = self.movement(OVERPAID, f"RETOUR {receipt.name}")
        movement._recouv_propose(automatic=False)
        self.assertEqual(self.sums(), (200.0, OVERPAID, 0, 0))
        self.came_back(receipt)
        match = movement.recouv_match_ids.filtered(lambda one: one.rule == "funds")
        match[:1]._apply()
        self.assertEqual(self.sums(), (200.0, 0, OVERPAID, 0))

    def test_a_payment_that_bounces_afterwards_takes_it_off(self):
        receipt = self.left()
        self.came_back(receipt)
        self.bank(self.movement(OVERPAID, f"RETOUR {receipt.name}"))
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-230.0, "REJET"))
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertFalse(receipt.sudo().owed_item_id)

    def test_what_has_not_left_does_not_come_back(self):
        receipt = self.overpaid(account_number=IBAN)
        with self.assertRaisesRegex(UserError, "no refund"):
            receipt.refund_came_back(TODAY, "Account closed")
        receipt.action_refund()
        with self.assertRaisesRegex(UserError, "not left"):
            receipt.refund_came_back(TODAY, "Account closed")

    def test_it_comes_back_after_it_was_ordered_once_and_not_in_the_future(self):
        receipt = self.left()
        for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
            with self.subTest(day), self.assertRaisesRegex(UserError, "comes back"):
                receipt.refund_came_back(day, "Account closed")
        receipt.refund_came_back(TODAY, "Account closed")
        with self.assertRaisesRegex(UserError, "no refund"):
            receipt.refund_came_back(TODAY, "Account closed")

    def test_an_agent_does_not_say_so_nor_do_locked_books(self):
        receipt = self.left()
        with self.assertRaises(AccessError):
            receipt.with_user(self.agent).refund_came_back(TODAY, "Account closed")
        self.agency.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, self.agency.name):
            receipt.refund_came_back(TODAY, "Account closed")

    def test_an_inspector_reads_what_stood_on_the_day(self):
        receipt = self.left()
        later = TODAY + timedelta(days=5)
        with freeze_time(later):
            receipt.refund_came_back(later, "Account closed")
        self.assertEqual(receipt._refunded_by(TODAY), TODAY)
        self.assertFalse(receipt._refunded_by(later))

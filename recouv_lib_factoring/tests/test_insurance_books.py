from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)
TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20")
class TestInsuranceBooks(InsuranceCommon):
    """What was told to an insurer is not taken back in the books alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "insurance_accountant",
            groups="account.group_account_user,recouv_lib.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        with freeze_time("2026-02-02"):
            cls.limit(cls.clinic, 10000)
            cls.sale = cls.invoice(cls.clinic, 1000, SOLD)
        cls.loss = cls.settled(cls.sale)

    def movement(self, amount, text):
        return self.env["account.bank.statement.line"].create(
            {"journal_id": self.bank.id, "date": TODAY, "amount": amount,
             "payment_ref": text, "partner_id": self.clinic.id}
        )  # fmt: skip

    def matched(self):
        """The debtor's 100, come by the bank and matched with the invoice."""
        line = self.movement(100, self.sale.name)
        self.assertEqual(self.sale.amount_residual, 100)
        match = line._recouv_propose(automatic=False).filtered(lambda m: m.rank == 1)
        match.with_user(self.secretary).action_apply()
        self.assertEqual(self.sale.amount_residual, 0)
        return match

    def share(self, costs=0):
        credit = self.loss._payments_since()
        recoveries = self.loss.env["recouv.insurance.recovery"]
        return recoveries._take_payment(self.loss, credit, costs, TODAY)

    def by_hand(self, move):
        """The ways of Odoo to take an entry back, as the accountant has them."""
        move = move.sudo(False).with_user(self.accountant)
        return {
            "draft": move.button_draft,
            "cancel": move.button_cancel,
            "reverse": lambda: move._reverse_moves([{"date": TODAY}]),
        }

    def assertStands(self, move, name):
        for way, button in self.by_hand(move).items():
            with self.subTest(way), self.assertRaisesRegex(UserError, name):
                button()
        self.assertEqual(move.state, "posted")

    def assertPaired(self, items, name):
        items = items.sudo().filtered("reconciled")
        self.assertTrue(items)
        partials = items.matched_debit_ids | items.matched_credit_ids
        with self.assertRaisesRegex(UserError, name):
            items.with_user(self.accountant).remove_move_reconcile()
        with self.assertRaisesRegex(UserError, name):
            partials[:1].with_user(self.accountant).write({"amount": 1})
        self.assertTrue(all(items.mapped("reconciled")))

    # --- a payment that was shared ----------------------------------------------------

    def test_a_bank_match_that_was_shared_is_undone_after_its_recovery(self):
        self.receive(self.loss)
        match = self.matched()
        recovery = self.share()
        self.assertEqual(recovery.amount_insurer, 90)
        for button in (
            match.with_user(self.accountant).action_undo,
            match.statement_line_id.with_user(self.accountant).sudo()
            .action_undo_reconciliation,
        ):  # fmt: skip
            with self.assertRaisesRegex(UserError, "shared with the insurer") as found:
                button()
            self.assertIn(self.loss.name, str(found.exception))
        self.assertEqual((match.state, self.insurer_balance()), ("applied", -90))
        recovery.undo("Pas un recouvrement")
        match.with_user(self.accountant).action_undo()
        self.assertEqual(match.exists().state, "undone")
        self.assertEqual((self.sale.amount_residual, self.insurer_balance()), (100, 0))
        # the recovery stays as history; the bank's item is gone
        self.assertTrue(recovery.undone_on)
        self.assertFalse(recovery.item_id)

    def test_also_where_nothing_of_it_was_the_insurers(self):
        self.receive(self.loss)
        match = self.matched()
        recovery = self.share(costs=100)
        self.assertEqual((recovery.amount_insurer, recovery.move_id.id), (0, False))
        with self.assertRaisesRegex(UserError, "shared with the insurer"):
            match.with_user(self.accountant).action_undo()
        self.assertEqual(self.sale.amount_residual, 0)

    def test_a_shared_payment_is_not_cancelled_nor_deleted(self):
        self.receive(self.loss)
        payment = self.pay(self.sale, 100, TODAY)
        self.share()
        own = payment.with_user(self.accountant)
        for button in (own.action_draft, own.action_cancel):
            with self.assertRaisesRegex(UserError, self.loss.name):
                button()
        item = self.loss.recovery_ids.sudo().item_id
        with self.assertRaisesRegex(UserError, self.loss.name):
            item.with_context(force_delete=True).unlink()

    def test_its_rest_is_matched_otherwise_as_one_likes(self):
        self.receive(self.loss)
        payment = self.pay(self.sale, 60, TODAY)
        self.share()
        claimed = self.sale.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        pair = claimed.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id.move_id == payment.move_id
        )
        pair.with_user(self.accountant).unlink()
        self.assertEqual(self.insurer_balance(), -54)

    # --- entries ----------------------------------------------------------------------

    def test_the_entries_of_an_indemnity_stand(self):
        payment = self.receive(self.loss).sudo()
        move = payment.bank_move_id
        self.assertStands(move, payment.display_name)
        self.assertPaired(move.line_ids, payment.display_name)
        payment.undo("Autre sinistre")
        self.assertEqual((self.loss.state, self.insurer_balance()), ("settled", 0))
        # the 900 are owed again by the debtor
        self.assertEqual(sum(self.loss.line_ids.mapped("amount_open")), 1000)

    def test_the_banks_movement_of_an_indemnity_stands_too(self):
        movement = self.movement(900, "INDEMNITE")
        payments = self.loss.env["recouv.insurance.payment"]
        payment = payments._take(self.loss, 900, TODAY, movement=movement)
        with self.assertRaisesRegex(UserError, payment.display_name):
            movement.action_undo_reconciliation()
        self.assertPaired(movement.move_id.line_ids, payment.display_name)
        self.assertEqual((self.loss.state, self.insurer_balance()), ("paid", 0))

    def test_the_entries_of_a_recovery_stand_until_it_is_undone(self):
        self.receive(self.loss)
        self.pay(self.sale, 100, TODAY)
        recovery = self.share()
        recovery._remit(TODAY, journal=self.bank)
        for move in (recovery.sudo().move_id, recovery.sudo().bank_move_id):
            self.assertStands(move, recovery.display_name)
            self.assertPaired(move.line_ids, recovery.display_name)
        self.assertEqual(self.insurer_balance(), 0)
        recovery.undo("Erreur")
        self.assertEqual(self.insurer_balance(), 0)

    def test_the_banks_side_is_matched_and_unmatched_freely(self):
        payment = self.receive(self.loss).sudo()
        account = payment._bank_account()
        side = payment.bank_move_id.line_ids.filtered(
            lambda item: item.account_id == account
        )
        self.assertTrue(side._recouv_is_bank_side())
        others = payment.bank_move_id.line_ids - side
        self.assertFalse(any(item._recouv_is_bank_side() for item in others))

    def test_the_bill_of_a_premium_is_undone_by_the_premium(self):
        premium = self.env["recouv.insurance.premium"]._record_new(
            [{"policy_id": self.policy_2026.id, "kind": "deposit", "date": TODAY,
              "amount": 100}]
        )  # fmt: skip
        premium.with_user(self.practitioner).action_book()
        self.assertStands(premium.move_id, premium.display_name)
        premium.with_user(self.practitioner).undo("Double")
        self.assertEqual(premium.state, "undone")
        self.assertEqual(premium.move_id.payment_state, "reversed")

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)
TODAY = date(2026, 3, 20)


class SharedCase(InsuranceCommon):
    """A loss of 1,000 that was settled: 900 are the insurer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer.lang = "en_US"
        cls.clinic.lang = "en_US"
        with freeze_time(SOLD):
            cls.limit(cls.clinic, 10000)
            cls.sale = cls.invoice(cls.clinic, 1000, SOLD)
        cls.loss = cls.settled(cls.sale)

    @classmethod
    def item(cls, move):
        return move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def open_of(self, loss):
        loss.line_ids.invalidate_recordset()
        return sum(loss.line_ids.mapped("amount_open"))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInsuranceServiceShares(SharedCase):
    """What the service collects after an indemnity is shared, whoever records it."""

    def handover(self, *moves):
        claims = self.env["recouv.claim"].union(*(self.claim(m) for m in moves))
        claims.with_user(self.practitioner).action_give_to_insurer()
        handovers = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        one = handovers.search([], order="id desc", limit=1)
        one.action_send()
        return one

    def collect(self, one, amount=60, costs=10, day=TODAY):
        recoveries = one.env["recouv.insurance.recovery"]
        return recoveries._take_from_insurer(one, amount, costs, day, journal=self.bank)

    def test_recorded_from_the_hand_over_it_is_the_losses_too(self):
        self.receive(self.loss)
        one = self.handover(self.sale)
        recovery = self.collect(one)
        # of 60, 50 net: 45 to the insurer, 5 to the practice, which bore the costs
        self.assertEqual((recovery.amount_insurer, recovery.amount_insured), (45, 5))
        self.assertEqual((recovery.loss_id, recovery.handover_id), (self.loss, one))
        self.assertEqual((self.money(recovery), self.insurer_balance()), (5, 0))
        self.assertEqual(self.sale.amount_residual, 85)
        self.assertIn(recovery, self.loss.recovery_ids)
        with self.assertRaisesRegex(UserError, "shared"):
            self.loss.payment_ids.undo("Erreur")

    def test_undone_it_is_the_services_and_the_losses_again(self):
        self.receive(self.loss)
        one = self.handover(self.sale)
        self.collect(one).undo("Autre débiteur")
        one.invalidate_recordset()
        self.assertEqual((one.amount, self.open_of(self.loss)), (100, 100))
        self.assertEqual(self.insurer_balance(), 0)
        self.assertFalse(self.propose(TODAY).notice_ids)
        self.assertEqual(self.collect(one, 100, 0).amount_insurer, 90)
        one.invalidate_recordset()
        # the insurer's part of it never was the practice's
        self.assertEqual((one.amount, self.open_of(self.loss)), (90, 90))

    def test_the_dialog_says_what_comes_to_the_practice(self):
        self.receive(self.loss)
        one = self.handover(self.sale)
        dialogs = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(dialogs.with_context(default_handover_id=one.id)) as form:
            form.amount = 60
            form.costs = 10
            self.assertEqual(form.amount_due, 5)
            form.way = "journal"
            form.journal_id = self.bank
        form.record.action_confirm()
        self.assertEqual(one.recovery_ids.amount_insurer, 45)

    def test_before_an_indemnity_it_is_the_practices_whole(self):
        one = self.handover(self.sale)
        recovery = self.collect(one)
        self.assertEqual((recovery.amount_insurer, recovery.amount_insured), (0, 50))
        self.assertFalse(recovery.loss_id)

    def test_with_claims_outside_of_the_loss_it_is_refused_and_named(self):
        other = self.invoice(self.clinic, 500, date(2026, 2, 5))
        self.receive(self.loss)
        handovers = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        claims = self.claim(self.sale) | self.claim(other)
        one = handovers.create(
            {"policy_id": self.policy_2026.id,
             "claim_ids": [Command.set(claims.ids)]}
        )  # fmt: skip
        one.action_send()
        before = self.env["account.move"].search_count([])
        with self.assertRaisesRegex(UserError, self.loss.name), self.cr.savepoint():
            self.collect(one)
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.pay(other)
        self.assertEqual(self.collect(one).amount_insurer, 45)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInsurancePartOfAPayment(SharedCase):
    """One transfer for what is left of a loss and for a new invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receive(cls.loss)
        cls.new_sale = cls.invoice(cls.clinic, 400, TODAY)
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": cls.clinic.id,
                "amount": 500,
                "date": TODAY,
                "journal_id": cls.bank.id,
            }
        )
        payment.action_post()
        cls.paid = cls.item(payment.move_id)
        (cls.paid | cls.item(cls.sale) | cls.item(cls.new_sale)).reconcile()

    def share(self, amount=None):
        recoveries = self.loss.env["recouv.insurance.recovery"]
        credit = self.loss._payments_since()
        return recoveries._take_payment(self.loss, credit, 0, TODAY, amount)

    def residuals(self):
        return self.sale.amount_residual, self.new_sale.amount_residual

    def test_only_what_was_for_the_loss_is_shared(self):
        self.assertEqual(self.residuals(), (0, 0))
        one = self.share()
        self.assertEqual((one.amount, one.amount_insurer), (100, 90))
        # the new invoice stays paid; of the old one the insurer's part is owed again
        self.assertEqual(self.residuals(), (90, 0))
        self.assertEqual(self.insurer_balance(), -90)

    def test_the_dialog_proposes_it(self):
        dialogs = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(dialogs.with_context(default_loss_id=self.loss.id)) as form:
            form.item_id = self.loss._payments_since()
            self.assertEqual(form.amount, 100)
            form.amount = 50
        form.record.action_confirm()
        self.assertEqual(self.loss.recovery_ids.amount_insurer, 45)
        self.assertEqual(self.residuals(), (45, 0))

    def test_a_person_may_say_that_all_of_it_was_for_the_loss(self):
        one = self.share(500)
        self.assertEqual((one.amount, one.amount_insurer), (500, 450))
        self.assertEqual(sum(self.residuals()), 450)

    def test_more_than_was_paid_is_refused(self):
        for amount in (500.01, 0, -1):
            with self.subTest(amount), self.cr.savepoint():
                with self.assertRaisesRegex(UserError, "at most"):
                    self.share(amount)
        self.assertEqual((self.residuals(), self.insurer_balance()), ((0, 0), 0))

"""Settlements on what a transfer moved: the rest is credited where it is owed."""

from datetime import date

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_plan import JULY, PlanCommon
from .test_plan_settlement import SettlementCommon
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSettlementMoved(SettlementCommon, PlanCommon, TransferCommon):
    def make_doubtful(self):
        wizard = self.env["recouv.transfer.doubtful"].with_context(
            active_model="recouv.claim", active_ids=self.claim.ids
        )
        wizard.create({"reason": "It is old"}).action_confirm()
        self.look()

    def back_from_payer(self):
        """The mutuelle refuses what it had taken; return the patient's new claim."""
        share = self.transfer(self.move)
        share.action_reverse("Rights closed", date_due=date(2026, 6, 1))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.look()
        claim = self.claims_of(self.move) - self.claim
        claim._active_holds().action_lift()
        return claim

    def pay_claim(self, claim, amount):
        return (
            self.env["account.payment.register"]
            .with_context(
                active_model="account.move.line", active_ids=claim.move_line_id.ids
            )
            .create({"amount": amount, "payment_date": fields.Date.today()})
            ._create_payments()
        )

    def balance(self, account, partner=None):
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", account.id),
                ("parent_state", "=", "posted"),
                ("partner_id", "=", (partner or self.patient).id),
            ]
        )
        return self.company.currency_id.round(sum(items.mapped("balance")))

    def assertSettled(self, plan, claim, account):
        credit = plan.credit_ids
        self.assertEqual((credit.amount_total, credit.state), (40, "posted"))
        self.assertEqual(credit.reversed_entry_id, self.move)
        owed = self.receivable(credit)
        self.assertEqual((owed.account_id, owed.reconciled), (account, True))
        self.assertEqual(claim.settlement, "settled")
        self.assertEqual((plan.standing, plan.amount_paid), ("kept", 60))
        self.assertFalse(plan.failure_message)
        self.assertEqual(self.balance(account), 0)

    def test_a_doubtful_claim_is_credited_on_its_account(self):
        self.make_doubtful()
        plan = self.settlement([(JULY, 60)])
        self.pay_claim(self.claim, 60)
        self.settle()
        doubtful = self.company.recouv_doubtful_account_id
        self.assertSettled(plan, self.claim, doubtful)
        self.assertEqual(self.balance(self.receivable(self.move).account_id), 0)
        transfers = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertFalse(transfers, "not twice")

    def test_moved_while_it_runs_it_is_credited_where_it_stands_now(self):
        plan = self.settlement([(JULY, 60)])
        self.pay_claim(self.claim, 20)
        self.make_doubtful()
        self.pay_claim(self.claim, 40)
        self.settle()
        doubtful = self.company.recouv_doubtful_account_id
        self.assertSettled(plan, self.claim, doubtful)

    def test_back_from_a_payer_the_invoice_is_credited(self):
        claim = self.back_from_payer()
        plan = self.settlement([(JULY, 60)], claim)
        self.pay_claim(claim, 60)
        self.settle()
        account = self.receivable(self.move).account_id
        self.assertSettled(plan, claim, account)
        self.assertEqual(self.balance(account, self.payer), 0)

    def test_a_manager_credits_it_by_hand(self):
        claim = self.back_from_payer()
        plan = self.settlement([(JULY, 60)], claim)
        self.pay_claim(claim, 60)
        self.look()
        plan.with_user(self.env.user).action_settle()
        self.look()
        self.assertSettled(plan, claim, self.receivable(self.move).account_id)

    def test_what_a_payer_still_owes_is_not_remitted_to_it(self):
        share = self.transfer(self.move, amount=70)
        plan = self.settlement([(JULY, 20)])
        self.pay_claim(self.claim, 20)
        self.settle()
        self.assertEqual(plan.credit_ids.amount_total, 10)
        self.assertEqual(self.claim.settlement, "settled")
        self.assertEqual(share.target_line_id.amount_residual, 70)
        self.assertTrue(self.receivable(self.move).reconciled)

    def test_what_another_owes_on_the_invoice_cannot_be_settled(self):
        share = self.transfer(self.move)
        self.claim._record({"move_line_id": share.target_line_id.id})
        with self.assertRaisesRegex(UserError, "owed by Mutuelle de Bretagne"):
            self.claim._check_creditable()

    @freeze_time("2026-07-20")
    def test_not_kept_the_whole_is_doubtful_again(self):
        with freeze_time(TODAY):
            self.make_doubtful()
            plan = self.settlement([(JULY, 60)])
            payment = self.pay_claim(self.claim, 60)
            self.settle()
            self.env["recouv.bounce"]._bounce(payment, TODAY, "funds")
        self.look()
        self.assertEqual(plan.standing, "broken")
        plan.with_user(self.manager).action_take_credit_back()
        self.look()
        doubtful = self.company.recouv_doubtful_account_id
        self.assertEqual(self.claim.amount_residual, 100)
        self.assertEqual(self.balance(doubtful), 100)
        self.assertEqual((self.claim.settlement, plan.settled_on), ("open", False))

"""Agreements where a registered payment has no entry until the bank confirms it."""

from odoo.tests import freeze_time, tagged

from . import test_plan
from .common import TODAY
from .test_in_payment import InPayment
from .test_plan import JULY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanMoneyInPayment(InPayment, test_plan.TestPlanMoney):
    """A payment under way counts until it fails."""

    def bounce(self, payment):
        payment.action_cancel()

    def test_what_is_covered_by_payments_under_way_needs_no_agreement(self):
        self.pay(self.move)
        self.refused("under way cover")

    def refused(self, message):
        with self.assertRaisesRegex(test_plan.UserError, message):
            self.agree()

    def test_a_credit_used_with_the_money_counts_once(self):
        invoice = self.make_invoice(amount=200)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        credit = self.make_invoice(amount=30, move_type="out_refund")
        plan = self.agree(lines=[(JULY, 200)], claims=self.claims_of(invoice))
        item = invoice._recouv_receivable_items()
        used = credit._recouv_receivable_items()
        act = (
            self.env["recouv.collection"]
            .with_user(self.secretary)
            ._take(
                {
                    "company": self.company,
                    "partner": self.patient,
                    "method": "card",
                    "amount": 70,
                    "currency": self.company.currency_id,
                    "date": TODAY,
                    "lines": [(item, 100), (used, -30)],
                }
            )
        )
        self.assertFalse(act.payment_id.move_id)
        self.look()
        self.assertEqual((act._owed_on(item)[item], plan.amount_paid), (100, 100))
        self.assertEqual(plan.next_due_amount, 100)

    def test_a_settlement_is_credited_only_when_the_bank_confirms(self):
        plan = self.agree("settlement", [(JULY, 70)])
        plan.with_user(self.manager).action_approve()
        self.pay(self.move, 70)
        self.look()
        self.assertEqual((plan.standing, plan.amount_paid), ("kept", 70))
        self.assertEqual(plan.amount_cashed, 0)
        self.env["recouv.plan"]._cron_settle()
        self.assertFalse(plan.credit_ids)

    def test_a_settlement_paid_late_is_void_also_under_way(self):
        plan = self.agree("settlement", [(JULY, 70)])
        plan.with_user(self.manager).action_approve()
        with freeze_time("2026-07-02"):
            self.pay(self.move, 70)
            self.look()
            self.assertEqual((plan.standing, plan.amount_paid), ("broken", 0))

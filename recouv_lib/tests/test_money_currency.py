"""Agreements, cheques and bounces on an invoice in another currency than the books."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .money_common import MoneyCommon
from .test_bounce import BounceCommon
from .test_plan import AUGUST, JULY, PlanCommon
from .test_plan_settlement import SettlementCommon


class ForeignMixin:
    """Francs at two for one of the books in June, at four in July."""

    @classmethod
    def make_francs(cls):
        return cls.setup_other_currency(
            "CHF", rates=[("2020-01-01", 2.0), ("2026-07-01", 4.0)]
        )

    def assertNothingLeft(self, move):
        """Neither in francs nor in the books."""
        item = move._recouv_receivable_items()
        self.assertTrue(item.reconciled)
        self.assertEqual((item.amount_residual, item.amount_residual_currency), (0, 0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgreementInFrancs(ForeignMixin, SettlementCommon, PlanCommon):
    """What is agreed, paid and remitted is counted in the debtor's currency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.francs = cls.make_francs()
        cls.move = cls.make_invoice(amount=90, currency_id=cls.francs.id)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)

    def test_a_plan_is_of_francs_whatever_they_become(self):
        plan = self.agree(lines=[(JULY, 30), (AUGUST, 60)])
        self.assertEqual((plan.currency_id, plan.amount_total), (self.francs, 90))
        self.pay(self.move, 30, JULY)
        self.look()
        self.assertEqual(plan.line_ids.mapped("standing"), ["kept", "waiting"])
        self.assertEqual((plan.next_due_date, plan.next_due_amount), (AUGUST, 60))
        self.pay(self.move, 60, AUGUST)
        self.look()
        self.assertEqual(plan.standing, "kept")
        self.assertNothingLeft(self.move)

    def test_instalments_that_sum_up_in_the_books_only_are_refused(self):
        with self.assertRaisesRegex(UserError, "45.*90|90.*45"):
            self.agree(lines=[(JULY, 15), (AUGUST, 30)])

    def test_a_settlement_credits_the_rest_in_francs(self):
        plan = self.settlement()
        with freeze_time(JULY):
            self.pay(self.move, 70, JULY)
            self.settle()
        credit = plan.credit_ids
        self.assertEqual((credit.currency_id, credit.amount_total), (self.francs, 20))
        self.assertEqual(self.claim.settlement, "settled")
        self.assertNothingLeft(self.move)

    def test_a_centime_short_is_void(self):
        plan = self.settlement()
        self.pay(self.move, 69.99)
        self.settle()
        self.assertFalse(plan.credit_ids)
        self.assertEqual(self.standing(plan, "2026-07-02"), "broken")
        self.assertAlmostEqual(self.claim.amount_residual_currency, 20.01)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMoneyInFrancs(ForeignMixin, BounceCommon, MoneyCommon):
    """A cheque in francs waits, is banked in francs, and comes back in francs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.francs = cls.make_francs()
        cls.franc_bank = cls.bank.copy(
            {"name": "Bank in francs", "code": "BKCHF", "currency_id": cls.francs.id}
        )
        cls.move = cls.make_invoice(amount=90, currency_id=cls.francs.id)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)

    def held(self, day=date(2026, 7, 10)):
        return self.collect_later(day=day, records=self.move)

    def banked(self, cheque):
        slip = self.deposit(cheque, journal_id=self.franc_bank.id)
        slip.action_done()
        return slip

    def test_a_cheque_in_francs_covers_its_claim_until_its_day(self):
        cheque = self.held()
        self.assertEqual((cheque.currency_id, cheque.amount), (self.francs, 90))
        self.assertEqual(self.claims_of(self.move).suspension, "hold")

    def test_banked_at_another_rate_it_pays_to_the_centime(self):
        cheque = self.held()
        with freeze_time("2026-07-10"):
            self.env.invalidate_all()
            slip = self.banked(cheque)
        self.assertEqual((slip.currency_id, slip.total), (self.francs, 90))
        self.assertEqual(cheque.payment_id.amount, 90)
        self.assertEqual(self.owed(self.move), [0])
        self.assertBalanced(cheque.payment_id)

    def test_it_does_not_go_to_a_bank_of_another_currency(self):
        with freeze_time("2026-07-10"):
            cheque = self.held()
            with self.assertRaises(UserError):
                self.deposit(cheque).action_done()

    def test_what_bounced_is_owed_again_in_francs(self):
        with freeze_time("2026-07-10"):
            cheque = self.held()
            self.banked(cheque)
            bounce = self.bounce(cheque.payment_id)
        self.assertEqual((bounce.currency_id, bounce.amount), (self.francs, 90))
        self.assertEqual(self.owed(self.move), [90])

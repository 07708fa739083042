from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .write_off_common import WriteOffCommon

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
LATE = date(2026, 7, 20)
HALVES = ((JULY, 60.0), (AUGUST, 60.0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffPlan(WriteOffCommon):
    """What a debtor pays as agreed is not given up, and a loss pays no agreement."""

    def agree(self, kind="plan", lines=HALVES, claims=None):
        claims = claims or self.claim.with_user(self.secretary)
        return claims._agree(kind, list(lines), source="call", replace=True)

    def look(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def loss(self):
        return self.balance(self.company.recouv_loss_account_id)

    def test_an_agreement_that_runs_is_ended_first(self):
        for kind, lines in (("plan", HALVES), ("promise", [(JULY, None)])):
            plan = self.agree(kind, lines)
            with (
                self.subTest(kind),
                self.assertRaisesRegex(UserError, "end the agreement first"),
            ):
                self.draft()
        self.assertEqual((plan.standing, self.loss()), ("running", 0))
        plan.action_cancel()
        self.written_off()
        self.assertEqual((self.claim.settlement, self.loss()), ("written_off", 120.0))

    def test_one_agreed_since_the_draft_stops_the_decision(self):
        act = self.draft().with_user(self.practitioner)
        self.agree()
        with self.assertRaisesRegex(UserError, "end the agreement first"):
            act.action_decide()
        self.assertEqual((act.state, self.loss()), ("draft", 0))
        self.assertEqual(self.claim.amount_residual, 120.0)

    def test_a_broken_agreement_stays_broken(self):
        plan = self.agree("promise", [(JULY, None)])
        with freeze_time(LATE):
            self.look()
            self.assertTrue(plan.is_to_see)
            act = self.written_off()
            self.look()
            self.assertEqual(self.loss(), 120.0)
            self.assertEqual((plan.standing, plan.amount_paid), ("broken", 0))
            self.assertFalse(plan.is_to_see, "there is nothing left to see to")
            act.undo("She came back")
            self.look()
            self.assertEqual(plan.standing, "broken")
            self.assertTrue(plan.is_to_see)

    def test_nothing_is_left_to_see_once_the_rest_is_paid(self):
        other = self.make_invoice(amount=50.0)
        self.propose()
        both = self.claim | self.claims_of(other)
        plan = self.agree(
            lines=((JULY, 100.0), (AUGUST, 70.0)), claims=both.with_user(self.secretary)
        )
        with freeze_time(LATE):
            self.look()
            self.written_off()
            self.look()
            self.assertTrue(plan.is_to_see, "50 is still owed")
            self.pay(other, 50.0, LATE)
            self.look()
            self.assertEqual((plan.standing, plan.is_to_see), ("broken", False))

    def test_what_was_paid_stays_paid(self):
        plan = self.agree()
        self.pay(self.invoice, 45.0, TODAY)
        with freeze_time(LATE):
            self.look()
            self.written_off()
            self.look()
            self.assertEqual(self.loss(), 75.0)
            self.assertEqual((plan.standing, plan.amount_paid), ("broken", 45.0))
            self.assertEqual(plan.line_ids.mapped("amount_paid"), [45.0, 0.0])

    def test_a_settlement_is_not_credited_because_of_a_loss(self):
        plan = self.agree("settlement", [(JULY, 80.0)])
        plan.with_user(self.practitioner).action_approve()
        self.pay(self.invoice, 50.0, TODAY)
        with freeze_time(LATE):
            self.look()
            self.written_off()
            self.look()
            self.env["recouv.plan"]._cron_settle()
            self.look()
            self.assertEqual((plan.standing, plan.amount_paid), ("broken", 50.0))
            self.assertFalse(plan.settled_on or plan.credit_ids)
            self.assertEqual(self.loss(), 70.0)

    def test_an_agency_does_not_give_up_what_it_agreed_on(self):
        mirror = self.place(self.claim)
        plan = self.agree(claims=mirror)
        with self.assertRaisesRegex(UserError, "an agreement stands on it"):
            mirror._give_opinion("insolvent", "Nothing to seize.")
        plan.action_cancel()
        mirror._give_opinion("insolvent", "Nothing to seize.")
        acts = self.env["recouv.write.off"].with_user(self.practitioner)
        self.assertEqual(len(acts.search([])), 1)

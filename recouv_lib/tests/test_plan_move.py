from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .transfer_common import TransferCommon

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanMove(TransferCommon):
    """What was agreed with a debtor goes where his debt goes, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(due=date(2026, 5, 1))
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)

    def agree(self, kind="plan", lines=((JULY, 50), (AUGUST, 50))):
        claim = self.claim.with_user(self.secretary)
        return claim._agree(kind, list(lines), source="call")

    def there_and_back(self, amount=100, back=None):
        """To the mutuelle, which refuses it: the debtor owes it anew."""
        share = self.transfer(self.move, amount=amount)
        back = share.action_reverse(
            "Rejected", date=TODAY, date_due=date(2026, 6, 1), amount=back
        )
        self.run = self.propose()
        self.env.invalidate_all()
        return back.target_claim_id

    def test_a_plan_follows_what_came_back_to_its_debtor(self):
        plan = self.agree()
        claim = self.there_and_back()
        self.assertEqual(plan.claim_ids, self.claim | claim)
        self.assertEqual((plan.standing, plan.amount_paid), ("running", 0))
        self.assertEqual(claim.suspension, "plan")
        self.assertFalse(self.run.notice_ids)

    def test_its_instalments_fill_up_as_before(self):
        plan = self.agree()
        claim = self.there_and_back()
        self.env["recouv.collection"]._take(
            {
                "company": self.company,
                "partner": self.patient,
                "method": "cash",
                "amount": 50,
                "currency": claim.currency_id,
                "date": TODAY,
                "lines": [(claim.move_line_id, 50)],
            }
        )
        self.env.invalidate_all()
        self.assertEqual(plan.line_ids.mapped("standing"), ["kept", "waiting"])

    def test_another_sum_came_back_and_the_plan_ends(self):
        plan = self.agree()
        claim = self.there_and_back(back=60)
        self.assertEqual(plan.state, "cancelled")
        self.assertIn("another sum", plan.cancel_reason)
        self.assertEqual(claim.suspension, "none")

    def test_a_part_came_back_whole(self):
        plan = self.agree()
        claim = self.there_and_back(amount=70)
        self.assertEqual((plan.standing, plan.amount_paid), ("running", 0))
        self.assertEqual(claim.suspension, "plan")

    def test_a_suspension_goes_along(self):
        self.claim.with_user(self.secretary)._hold("hospitalised")
        claim = self.there_and_back()
        self.assertEqual(claim.suspension, "hold")

    def test_a_suspension_that_is_over_does_not(self):
        hold = self.claim.with_user(self.secretary)._hold("hospitalised")
        (hold or self.claim.hold_ids).action_lift("back home")
        claim = self.there_and_back()
        self.assertEqual(claim.suspension, "none")

    # --- disputes of a part ---------------------------------------------------------

    def dispute(self, amount):
        return self.claim.with_user(self.secretary)._hold(
            "dispute", amount_disputed=amount
        )

    def test_a_dispute_of_a_part_moves_with_the_debt(self):
        hold = self.dispute(30)
        claim = self.there_and_back()
        self.assertEqual((hold.claim_ids, hold.amount_disputed), (claim, 30))
        self.assertEqual((claim.amount_disputed, claim.suspension), (30, "none"))
        self.assertEqual(self.run.notice_ids.amount, 70)
        self.assertIn("dispute goes on", self.claim.message_ids[0].body)

    def test_it_stays_where_its_sum_is_still_owed(self):
        hold = self.dispute(30)
        claim = self.there_and_back(amount=60)
        self.assertEqual(hold.claim_ids, self.claim)
        self.assertEqual((self.claim.amount_disputed, claim.amount_disputed), (30, 0))

    def test_it_is_shared_where_a_part_is_owed_on_each(self):
        hold = self.dispute(30)
        claim = self.there_and_back(amount=80)
        self.assertEqual((hold.claim_ids, hold.amount_disputed), (self.claim, 20))
        self.assertEqual(claim.hold_ids.split_from_id, hold)
        self.assertEqual(claim.amount_disputed, 10)

    def test_more_was_disputed_than_came_back(self):
        hold = self.dispute(80)
        claim = self.there_and_back(back=60)
        self.assertEqual((hold.claim_ids, hold.amount_disputed), (claim, 60))
        self.assertEqual(claim.suspension, "dispute")

    # --- what is doubtful, and others -----------------------------------------------

    def test_a_doubtful_receivable_keeps_its_plan(self):
        plan = self.agree()
        self.transfer(self.move, "doubtful", partner=self.patient)
        self.propose()
        self.env.invalidate_all()
        self.assertEqual((plan.claim_ids, plan.standing), (self.claim, "running"))

    def test_another_debtor_has_agreed_on_nothing(self):
        plan = self.agree()
        other = self.make_patient("Louise Bernard")
        self.move.button_draft()
        self.move.partner_id = other
        self.move.action_post()
        self.propose()
        self.env.invalidate_all()
        self.assertEqual(plan.state, "cancelled")
        self.assertIn("another debtor", plan.cancel_reason)
        new = self.claims_of(self.move).filtered(lambda c: not c.closed_on)
        self.assertEqual((new.partner_id, new.suspension), (other, "none"))

    def test_an_agreement_is_not_pressed_on_a_claim_of_another_debtor(self):
        plan = self.agree()
        hers = self.make_invoice(self.make_patient("Louise Bernard"))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        plan._follow(self.claims_of(hers))
        self.assertEqual((plan.claim_ids, plan.state), (self.claim, "cancelled"))

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_hold_case import CaseCommon
from .test_plan import JULY, PlanCommon
from .test_plan_settlement import SettlementCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLiftSelected(CaseCommon):
    """“Lift” on a list ends what still suspends, and rewrites nothing that is over."""

    def test_what_is_over_keeps_its_own_end(self):
        over = self.hold(
            "hospitalised", date_from=date(2026, 5, 1), date_to=date(2026, 5, 31)
        )
        live = self.hold("other")
        (over | live).action_lift_selected()
        self.assertEqual(over.date_to, date(2026, 5, 31))
        self.assertFalse(over.lifted_by_id or over.lifted_on or over.date_to_before)
        self.assertEqual(live.lifted_by_id, self.secretary)
        self.assertEqual(self.claim.suspension, "none")

    def test_what_was_lifted_keeps_who_lifted_it_and_why(self):
        hold = self.hold("hospitalised", date_to=date(2026, 6, 30))
        hold.action_lift("Back home")
        later = self.hold("other")
        (hold | later).with_user(self.env.user).action_lift("again")
        self.assertEqual((hold.lifted_by_id, hold.lift_note),
                         (self.secretary, "Back home"))  # fmt: skip
        self.assertEqual(hold.date_to_before, date(2026, 6, 30))

    def test_what_is_to_come_never_begins(self):
        hold = self.hold("hospitalised", date_from=date(2026, 7, 1))
        hold.action_lift_selected()
        with freeze_time("2026-07-02"):
            self.env.invalidate_all()
            self.assertEqual(self.claim.suspension, "none")
            with self.assertRaisesRegex(UserError, "nothing to lift"):
                hold.action_lift_selected()

    def test_taken_back_before_it_began_it_may_stand_again(self):
        hold = self.hold("hospitalised", date_from=date(2026, 7, 1))
        hold.action_lift_selected()
        hold.undo("He goes after all")
        self.assertFalse(hold.date_to)
        with freeze_time("2026-07-02"):
            self.env.invalidate_all()
            self.assertEqual(self.claim.suspension, "hold")

    def test_a_case_without_outcome_is_refused_by_name(self):
        case, other = self.hold(), self.hold("other")
        with self.assertRaisesRegex(UserError, "Camille Martin, Dispute.*outcome"):
            (case | other).action_lift_selected()
        self.assertFalse(other.lifted_by_id, "all or none")

    def test_a_founded_case_is_lifted_by_hand(self):
        hold = self.hold()
        hold.action_close_case("founded")
        hold.action_lift_selected()
        self.assertEqual(self.claim.suspension, "none")

    def test_nothing_to_lift_is_said_by_name(self):
        hold = self.hold("other")
        hold.undo("Mistake")
        with self.assertRaisesRegex(UserError, "Camille Martin, Other.*nothing"):
            hold.action_lift_selected()
        self.assertFalse(hold.lifted_by_id)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLiftAgreed(SettlementCommon, PlanCommon):
    """Lifting ends an agreement that runs, and leaves a kept one what it is."""

    def lift(self, plan, user=None):
        plan.hold_ids.with_user(user or self.secretary).action_lift()
        self.look()

    def test_a_paid_settlement_is_not_ended_by_lifting_its_suspension(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        self.look()
        self.assertEqual(plan.standing, "kept")
        self.lift(plan)
        self.assertEqual((plan.state, plan.standing), ("agreed", "kept"))
        self.assertFalse(plan.hold_ids.lifted_by_id)
        self.assertFalse(self.propose().notice_ids, "what is remitted is asked no more")
        self.settle()
        self.assertEqual(self.claim.settlement, "settled")

    def test_nor_is_one_that_was_credited(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        self.settle()
        self.lift(plan)
        self.assertEqual((plan.state, plan.standing), ("agreed", "kept"))

    def test_what_a_manager_approved_a_manager_ends(self):
        plan = self.settlement()
        with self.assertRaisesRegex(AccessError, "Settlement.*approved by a manager"):
            self.lift(plan)
        with self.assertRaisesRegex(AccessError, "approved by a manager"):
            plan.with_user(self.secretary).action_cancel()
        with self.assertRaisesRegex(UserError, "approved it, who alone can undo"):
            plan.with_user(self.secretary).undo("Mistake")
        self.assertEqual((plan.state, self.claim.suspension), ("agreed", "plan"))
        self.lift(plan, self.manager)
        self.assertEqual((plan.state, self.claim.suspension), ("cancelled", "none"))

    def test_a_paid_settlement_is_not_ended_by_a_secretary(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        self.look()
        with self.assertRaises(AccessError):
            plan.with_user(self.secretary).action_cancel()

    def test_a_selection_lifts_what_runs_and_leaves_what_is_kept(self):
        kept = self.agree("promise", [(JULY, None)])
        self.pay(self.move)
        other = self.make_invoice(amount=50, due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        running = self.agree("promise", [(JULY, None)], self.claims_of(other))
        self.look()
        (kept | running).hold_ids.with_user(self.secretary).action_lift_selected()
        self.look()
        self.assertEqual((kept.standing, running.standing), ("kept", "cancelled"))

    def test_in_force_shows_what_runs_only(self):
        plan = self.settlement()
        found = self.env["recouv.hold"].search([("is_standing", "=", True)])
        self.assertIn(plan.hold_ids, found)
        self.pay(self.move, 70)
        self.look()
        found = self.env["recouv.hold"].search([("is_standing", "=", True)])
        self.assertNotIn(plan.hold_ids, found)

    def test_the_form_offers_no_lift_of_what_is_kept(self):
        holds = self.env["recouv.hold"].with_user(self.secretary)
        self.assertIn("not is_standing", holds.get_view(view_type="form")["arch"])

    def test_a_hold_of_two_claims_lifted_for_one_is_split(self):
        other = self.make_invoice(amount=50, due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        hold = (self.claim | self.claims_of(other))._hold("other")
        part = hold._narrowed_to(self.claim)
        self.assertEqual((part.split_from_id, part.claim_ids), (hold, self.claim))
        self.assertEqual(hold.claim_ids, self.claims_of(other))

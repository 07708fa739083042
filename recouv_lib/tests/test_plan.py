from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
THIRDS = [(JULY, 30), (AUGUST, 30), (SEPTEMBER, 40)]


class PlanCommon(RecouvCommon):
    """A claim of 100, overdue since 1 June, and who agrees on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice()
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)
        cls.manager = new_test_user(
            cls.env,
            "plan_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def agree(self, kind="plan", lines=tuple(THIRDS), claims=None, **values):
        claims = (claims or self.claim).with_user(values.pop("user", self.secretary))
        return claims._agree(kind, lines, **({"source": "call"} | values))

    def look(self):
        """What was read before a payment is read again."""
        self.env.flush_all()
        self.env.invalidate_all()

    def standing(self, plan, day=None):
        with freeze_time(day or TODAY):
            self.look()
            return plan.standing


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlan(PlanCommon):
    """What is agreed suspends; what is kept, missed or ended follows the money."""

    # --- what is broken wants somebody ----------------------------------------------

    def to_see(self, plan, day):
        with freeze_time(day):
            self.look()
            found = self.env["recouv.plan"].search([("is_to_see", "=", True)])
            self.assertEqual(plan in found, plan.is_to_see)
            return plan.is_to_see

    def see(self, plan, day):
        with freeze_time(day):
            plan.with_user(self.secretary).action_seen()

    def test_a_second_break_wants_somebody_again(self):
        plan = self.agree()
        self.assertFalse(self.to_see(plan, "2026-06-20"))
        self.assertTrue(self.to_see(plan, "2026-07-15"))
        self.see(plan, "2026-07-15")
        self.assertFalse(self.to_see(plan, "2026-07-15"))
        self.pay(self.move, 30, date(2026, 7, 16))
        self.assertFalse(self.to_see(plan, "2026-07-17"))
        self.assertTrue(self.to_see(plan, "2026-08-20"))

    def test_the_next_instalment_missed_too_wants_somebody_again(self):
        plan = self.agree()
        self.see(plan, "2026-07-15")
        self.assertFalse(self.to_see(plan, "2026-08-01"))
        self.assertTrue(self.to_see(plan, "2026-08-20"))
        self.see(plan, "2026-08-20")
        self.assertFalse(self.to_see(plan, "2026-08-21"))
        self.assertTrue(self.to_see(plan, "2026-09-20"))

    def test_a_payment_that_bounces_is_a_break_of_its_own(self):
        plan = self.agree()
        self.see(plan, "2026-07-15")
        payment = self.pay(self.move, 30, date(2026, 7, 16))
        with freeze_time("2026-07-20"):
            self.env["recouv.bounce"]._bounce(payment, date(2026, 7, 18), "funds")
        self.assertTrue(self.to_see(plan, "2026-07-20"))
        self.see(plan, "2026-07-21")
        self.assertFalse(self.to_see(plan, "2026-07-21"))

    # --- agreeing -------------------------------------------------------------------

    def test_a_plan_suspends_the_claim_and_says_so(self):
        plan = self.agree()
        self.assertEqual((plan.state, plan.standing), ("agreed", "running"))
        self.assertEqual((plan.amount_start, plan.amount_total), (100, 100))
        self.assertEqual((plan.next_due_date, plan.next_due_amount), (JULY, 30))
        self.assertEqual(self.claim.suspension, "plan")
        self.assertEqual(self.move.recouv_suspension, "plan")
        self.assertFalse(self.propose().notice_ids)

    def test_the_explanation_says_what_is_agreed_and_until_when(self):
        self.agree()
        reason = self.claim.with_user(self.secretary)._explain()[0]
        self.assertEqual((reason["code"], reason["until"]), ("plan", date(2026, 7, 9)))
        self.assertIn("30", reason["message"])

    def test_the_run_says_that_a_plan_holds_it_back(self):
        self.agree()
        run = self.propose()
        self.assertEqual(run.skip_ids.mapped("code"), ["plan"])

    def test_a_promise_is_of_all_that_is_owed_and_is_a_hold(self):
        plan = self.agree("promise", [(JULY, None)])
        self.assertEqual((plan.amount_total, plan.grace_days), (100, 2))
        self.assertEqual(self.claim.suspension, "hold")
        reason = self.claim._explain()[0]
        self.assertEqual((reason["code"], reason["until"]), ("hold", date(2026, 7, 3)))
        self.assertIn("promised", reason["message"])

    def test_a_part_may_be_promised(self):
        self.assertEqual(self.agree("promise", [(JULY, 60)]).amount_total, 60)

    def test_several_claims_of_a_debtor_are_one_agreement(self):
        other = self.make_invoice(amount=50, due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        both = self.claim | self.claims_of(other)
        plan = self.agree(lines=[(JULY, 75), (AUGUST, 75)], claims=both)
        self.assertEqual(set(both.mapped("suspension")), {"plan"})
        self.assertEqual(len(plan.hold_ids), 1)

    def test_what_is_agreed_is_told_on_the_claim(self):
        self.agree()
        self.assertIn("Payment plan", "".join(self.claim.message_ids.mapped("body")))

    # --- what is refused ------------------------------------------------------------

    def refused(self, message, *args, error=UserError, **values):
        with self.assertRaisesRegex(error, message):
            self.agree(*args, **values)

    def test_a_promise_in_the_past_is_refused(self):
        self.refused("already past", "promise", [(date(2026, 6, 14), None)])

    def test_instalments_that_do_not_sum_up_are_refused_with_both_sums(self):
        for lines, gap in (
            ([(JULY, 30), (AUGUST, 30)], "40.00"),
            ([(JULY, 100.01)], "0.01"),
        ):
            self.refused(rf"100\.00.* are owed.*{gap}", "plan", lines)

    def test_more_than_is_owed_is_not_promised(self):
        self.refused("difference", "promise", [(JULY, 101)])

    def test_instalments_out_of_order_or_of_nothing_are_refused(self):
        self.refused("not in order", "plan", [(AUGUST, 50), (JULY, 50)])
        self.refused("not in order", "plan", [(JULY, 50), (JULY, 50)])
        self.refused("more than zero", "plan", [(JULY, 0), (AUGUST, 100)])
        self.refused("at least one", "plan", [])

    def test_claims_of_two_debtors_are_refused_by_name(self):
        other = self.make_invoice(self.make_patient("Louise Bernard"))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        both = self.claim | self.claims_of(other)
        self.refused("Louise Bernard", claims=both)

    def test_claims_in_two_currencies_are_refused(self):
        foreign = self.setup_other_currency("CHF")
        other = self.make_invoice(currency_id=foreign.id)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.refused("one currency", claims=self.claim | self.claims_of(other))

    def test_a_claim_of_another_company_is_out_of_reach(self):
        other = self.setup_other_company(name="Other practice")["company"]
        user = new_test_user(
            self.env,
            "elsewhere",
            groups="base.group_user,recouv_lib.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.look()
        self.refused("", error=AccessError, user=user)
        self.env.user.company_ids |= other
        self.make_policy(other)

    def test_what_is_paid_or_not_owed_is_refused(self):
        self.pay(self.move)
        self.look()
        self.refused("owed")

    def test_an_over_indebted_debtor_agrees_on_nothing(self):
        self.claim._hold("over_indebted")
        self.refused("over-indebtedness")

    def test_a_second_agreement_replaces_the_first_or_is_refused(self):
        first = self.agree("promise", [(JULY, None)])
        self.refused("agreed already")
        second = self.agree(replace=True)
        self.assertEqual(self.standing(first), "cancelled")
        self.assertEqual(second.standing, "running")
        self.assertIn("Replaced", first.cancel_reason)

    def test_nobody_edits_makes_or_deletes_an_agreement_by_hand(self):
        plan = self.agree()
        for vals in ({"state": "cancelled"}, {"amount_total": 1}, {"undone_on": False}):
            with self.assertRaises(UserError):
                plan.write(vals)
        plan.write({"note": "Called again"})
        with self.assertRaises(UserError):
            self.env["recouv.plan"].with_user(self.secretary).create(
                {"kind": "plan", "partner_id": self.patient.id}
            )
        with self.assertRaises(UserError):
            plan.sudo().unlink()
        with self.assertRaises(AccessError):
            plan.line_ids[0].amount = 1

    # --- ending ---------------------------------------------------------------------

    def test_lifting_the_suspension_ends_the_agreement(self):
        plan = self.agree("promise", [(JULY, None)])
        wizard = Form(
            self.env["recouv.hold.wizard"]
            .with_user(self.secretary)
            .with_context(default_mode="lift", default_claim_ids=self.claim.ids)
        ).save()
        wizard.action_apply()
        self.look()
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(self.claim.suspension, "none")

    def test_a_broken_agreement_leaves_nothing_to_lift(self):
        self.agree("promise", [(JULY, None)])
        self.assertTrue(self.claim._active_holds())
        self.pay(self.move)
        self.look()
        self.assertFalse(self.claim._active_holds())

    def test_an_agreement_is_ended_by_hand(self):
        plan = self.agree()
        plan.action_cancel()
        self.look()
        self.assertEqual(self.claim.suspension, "none")
        with self.assertRaises(UserError):
            plan.action_cancel()

    def test_an_agreement_is_undone_with_a_reason(self):
        plan = self.agree()
        plan.undo("Wrong debtor")
        self.look()
        self.assertEqual(
            (plan.standing, plan.undo_reason), ("cancelled", "Wrong debtor")
        )
        self.assertEqual(self.claim.suspension, "none")
        with self.assertRaisesRegex(UserError, "already"):
            plan.undo("Again")

    # --- deferment ------------------------------------------------------------------

    def fresh_claim(self, day, due):
        """The claim of an invoice of care that ended on ``day``, not yet due."""
        move = self.make_invoice(due=due, invoice_date=day)
        return move.with_user(self.secretary)._recouv_ensure_claims()

    def test_claims_are_made_for_an_invoice_that_is_not_due(self):
        claim = self.fresh_claim(TODAY, date(2026, 7, 15))
        self.assertEqual(claim.next_step_id, self.policy.step_ids.sorted()[0])
        self.assertEqual(claim, claim.move_id._recouv_ensure_claims(), "made once")
        self.assertEqual(claim._explain()[0]["code"], "not_due")

    def test_a_journal_that_is_not_relanced_is_said(self):
        self.company.recouv_journal_ids = self.company_data[
            "default_journal_sale"
        ].copy()
        move = self.make_invoice(due=JULY)
        with self.assertRaisesRegex(UserError, "does not relance"):
            move._recouv_ensure_claims()

    def test_a_deferment_beyond_the_limit_waits_for_a_manager(self):
        with freeze_time("2026-11-22"):
            day = date(2026, 11, 22)
            claim = self.fresh_claim(day, date(2026, 12, 22))
            plan = self.agree("plan", [(date(2027, 1, 12), 100)], claims=claim)
            self.assertEqual(plan.standing, "to_review")
            self.assertFalse(plan.hold_ids)
            with self.assertRaises(AccessError):
                plan.review_note = "Trusted"
                plan.action_confirm_review()
            plan.review_note = False
            mine = plan.with_user(self.manager)
            with self.assertRaisesRegex(UserError, "why"):
                mine.action_confirm_review()
            mine.review_note = "Family in mourning"
            mine.action_confirm_review()
            self.look()
            self.assertEqual(plan.standing, "running")
            self.assertEqual(plan.decided_by_id, self.manager)

    def test_fifty_days_are_allowed_since_november_2026_ninety_before(self):
        for day, delay, expected in (
            ("2026-11-20", 50, "agreed"),
            ("2026-11-20", 51, "to_review"),
            ("2026-11-19", 90, "agreed"),
            ("2026-11-19", 91, "to_review"),
        ):
            start = date.fromisoformat(day)
            with self.subTest(day=day, delay=delay), freeze_time(day):
                claim = self.fresh_claim(start, date(2026, 12, 1))
                last = date.fromordinal(start.toordinal() + delay)
                plan = self.agree("plan", [(last, 100)], claims=claim)
                self.assertEqual(plan.state, expected)

    def test_a_delay_on_a_debt_already_due_is_no_deferment(self):
        plan = self.agree("plan", [(JULY, 50), (date(2027, 6, 1), 50)])
        self.assertEqual(plan.state, "agreed")

    # --- the day, the call, what was before ------------------------------------------

    def waiting(self, user=None, day=TODAY):
        """Return {code: number of records} of the day's sections."""
        with freeze_time(day):
            self.look()
            model = self.env["recouv.day"].with_user(user or self.secretary)
            return {
                s.code: model.env[s.model].search_count(s.domain)
                for s in model._sections(day)
                if s.model == "recouv.plan"
            }

    def test_the_day_shows_what_is_due_and_what_was_missed(self):
        plan = self.agree()
        self.assertEqual(self.waiting()["instalment_today"], 0)
        self.assertEqual(self.waiting(day=date(2026, 6, 28))["instalment_week"], 1)
        self.assertEqual(self.waiting(day=JULY)["instalment_today"], 1)
        self.assertEqual(self.waiting(day=date(2026, 7, 10))["plan_broken"], 1)
        with freeze_time(date(2026, 7, 10)):
            plan.action_seen()
        self.assertEqual(self.waiting(day=date(2026, 7, 10))["plan_broken"], 0)

    def test_the_day_shows_a_manager_what_he_decides(self):
        self.agree("settlement", [(JULY, 70)])
        self.assertNotIn("settlement_approve", self.waiting())
        self.assertEqual(self.waiting(self.manager)["settlement_approve"], 1)

    def test_promises_of_before_become_agreements(self):
        hold = self.claim._hold("promise", "on the phone", date_to=JULY)
        endless = self.claim._hold("promise")
        plans = self.env["recouv.plan"]._from_promises()
        self.assertEqual((hold.plan_id, plans.amount_total), (plans, 100))
        self.assertFalse(endless.plan_id)
        endless.action_lift()
        self.assertEqual(self.standing(plans), "running")
        self.assertEqual(self.standing(plans, "2026-07-02"), "broken")
        self.assertFalse(self.env["recouv.plan"]._from_promises(), "once")

    def test_the_engine_asks_no_more_questions_for_agreements(self):
        before = self.cr.sql_log_count
        self.propose()
        without = self.cr.sql_log_count - before
        self.env["recouv.notice"].search([])._cancel("test")
        self.agree()
        self.look()
        before = self.cr.sql_log_count
        self.propose()
        self.assertLessEqual(self.cr.sql_log_count - before, without + 12)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanMoney(PlanCommon):
    """Real payments fill the instalments; what is missed resumes the schedule."""

    # --- money ----------------------------------------------------------------------

    def test_payments_fill_the_instalments_in_order(self):
        plan = self.agree()
        self.pay(self.move, 45)
        self.look()
        self.assertEqual(plan.amount_paid, 45)
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [30, 15, 0])
        self.assertEqual(
            plan.line_ids.mapped("standing"), ["kept", "partly", "waiting"]
        )
        self.assertEqual((plan.next_due_date, plan.next_due_amount), (AUGUST, 15))

    def test_a_plan_paid_in_full_is_kept_and_needs_nothing(self):
        plan = self.agree()
        self.pay(self.move)
        self.look()
        self.assertEqual(plan.standing, "kept")
        self.assertFalse(plan.next_due_date)
        found = self.env["recouv.plan"].search([("standing", "=", "kept")])
        self.assertIn(plan, found)

    def test_a_bounced_payment_reopens_the_instalment(self):
        plan = self.agree()
        payment = self.pay(self.move, 30)
        self.look()
        self.assertEqual(self.standing(plan, "2026-07-20"), "running")
        self.bounce(payment)
        self.look()
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [0, 0, 0])
        self.assertEqual(self.standing(plan, "2026-07-20"), "broken")

    def bounce(self, payment):
        payment.action_draft()
        payment.action_cancel()

    def test_what_was_paid_before_the_agreement_does_not_fill_it(self):
        self.pay(self.move, 40)
        self.look()
        plan = self.agree(lines=[(JULY, 30), (AUGUST, 30)])
        self.assertEqual((plan.amount_start, plan.amount_paid), (60, 0))

    def test_an_invoice_set_back_to_draft_has_paid_nothing(self):
        plan = self.agree()
        self.move.button_draft()
        self.look()
        self.assertEqual(plan.amount_paid, 0)

    # --- missed ---------------------------------------------------------------------

    def test_a_broken_plan_resumes_the_schedule_where_it_stood(self):
        self.prove(self.propose(), TODAY)
        step, next_step = self.claim.step_id, self.claim.next_step_id
        plan = self.agree()
        with freeze_time("2026-07-09"):
            self.look()
            self.assertEqual(plan.standing, "running", "the eighth day of grace")
            self.assertEqual(plan.line_ids[0].standing, "due")
            self.assertFalse(self.propose(date(2026, 7, 9)).notice_ids)
        with freeze_time("2026-07-10"):
            self.look()
            self.assertEqual(plan.standing, "broken")
            self.assertEqual(plan.line_ids[0].standing, "late")
            self.assertEqual(self.claim.suspension, "none")
            self.assertEqual(self.claim.step_id, step)
            notice = self.propose(date(2026, 7, 10)).notice_ids
            self.assertEqual(notice.step_id, next_step)

    def test_one_cent_short_is_broken(self):
        plan = self.agree()
        self.pay(self.move, 29.99)
        self.assertEqual(self.standing(plan, "2026-07-10"), "broken")

    def test_who_catches_up_has_his_plan_again(self):
        plan = self.agree()
        self.assertEqual(self.standing(plan, "2026-07-10"), "broken")
        with freeze_time("2026-07-12"):
            self.pay(self.move, 30)
        self.assertEqual(self.standing(plan, "2026-07-12"), "running")
        self.assertEqual(self.claim.suspension, "plan")

    def test_a_promise_not_kept_expires_after_its_grace(self):
        plan = self.agree("promise", [(JULY, None)])
        self.assertEqual(self.standing(plan, "2026-07-03"), "running")
        self.assertEqual(self.standing(plan, "2026-07-04"), "broken")

    def test_a_broken_agreement_makes_room_for_another(self):
        first = self.agree("promise", [(JULY, None)])
        with freeze_time("2026-07-10"):
            self.look()
            second = self.agree("plan", [(AUGUST, 100)])
            self.assertEqual((first.standing, second.standing), ("broken", "running"))

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .test_plan import AUGUST, JULY, SEPTEMBER, PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanWizard(PlanCommon):
    """Agreeing as a secretary does: computed, seen, changed, one click."""

    def dialog(self, records=None, method="action_agree", user=None, **values):
        user = user or self.secretary
        action = getattr((records or self.claim).with_user(user), method)()
        model = self.env[action["res_model"]].with_user(user)
        form = Form(model.with_context(**action["context"]))
        for name, value in ({"first_date": JULY} | values).items():
            setattr(form, name, value)
        return form

    def plan(self, form):
        action = form.save().action_agree()
        return self.env["recouv.plan"].browse(action["res_id"])

    def shown(self, form):
        return [
            (form.line_ids.edit(i).date, form.line_ids.edit(i).amount)
            for i in range(len(form.line_ids))
        ]

    def test_instalments_are_computed_and_seen_before_agreeing(self):
        form = self.dialog(count=3)
        self.assertEqual(
            self.shown(form), [(JULY, 33.33), (AUGUST, 33.33), (SEPTEMBER, 33.34)]
        )
        self.assertEqual((form.amount_lines, form.amount_difference), (100, 0))
        plan = self.plan(form)
        self.assertEqual((plan.kind, plan.standing), ("plan", "running"))
        self.assertEqual(plan.line_ids.mapped("amount"), [33.33, 33.33, 33.34])

    def test_an_amount_a_month_after_a_first_payment(self):
        form = self.dialog()
        form.method = "amount"
        form.amount_monthly = 30
        form.amount_first = 50
        self.assertEqual(self.shown(form), [(JULY, 50), (AUGUST, 30), (SEPTEMBER, 20)])

    def test_a_line_changed_by_hand_shows_the_difference_and_is_refused(self):
        form = self.dialog(count=2)
        with form.line_ids.edit(1) as line:
            line.amount = 40
        self.assertEqual(form.amount_difference, 10)
        with self.assertRaisesRegex(UserError, "difference of"):
            self.plan(form)

    def test_lines_changed_by_hand_that_sum_up_are_agreed(self):
        form = self.dialog(count=2)
        with form.line_ids.edit(0) as line:
            line.amount = 60
        with form.line_ids.edit(1) as line:
            line.amount, line.date = 40, SEPTEMBER
        plan = self.plan(form)
        self.assertEqual(plan.line_ids.mapped("amount"), [60, 40])
        self.assertEqual(plan.date_end, SEPTEMBER)

    def test_a_promise_is_one_date(self):
        form = self.dialog(kind="promise", source="counter")
        self.assertEqual(self.shown(form), [(JULY, 100)])
        plan = self.plan(form)
        self.assertEqual((plan.kind, plan.source), ("promise", "counter"))

    def dispute(self, amount):
        self.claim.with_user(self.secretary)._hold("dispute", amount_disputed=amount)
        self.look()

    def test_what_is_disputed_is_shown_and_left_out(self):
        self.assertEqual(self.dialog().amount_disputed, 0)
        self.dispute(40)
        form = self.dialog(count=3)
        self.assertEqual((form.amount_owed, form.amount_disputed), (100, 40))
        self.assertEqual([amount for _day, amount in self.shown(form)], [20, 20, 20])
        self.assertEqual(form.amount_difference, 0)
        plan = self.plan(form)
        self.assertEqual((plan.amount_total, plan.amount_start), (60, 100))
        [[_name, _day, shown]] = plan._acknowledgment_values()["invoices"]
        self.assertEqual(shown, plan._money(60))

    def test_a_promise_leaves_it_out_and_a_settlement_says_its_own_sum(self):
        self.dispute(40)
        form = self.dialog(kind="promise")
        self.assertEqual(self.shown(form), [(JULY, 60)])
        self.assertEqual(self.plan(form).amount_total, 60)
        form = self.dialog(kind="settlement", amount_settled=50)
        self.assertEqual((self.shown(form), form.amount_difference), ([(JULY, 50)], 0))

    def test_all_may_be_agreed_all_the_same_and_nothing_between(self):
        self.dispute(40)
        form = self.dialog(count=1)
        with form.line_ids.edit(0) as line:
            line.amount = 80
        with self.assertRaisesRegex(UserError, r"80\.00.*60\.00.*100\.00"):
            self.plan(form)
        with form.line_ids.edit(0) as line:
            line.amount = 100
        plan = self.plan(form)
        self.assertEqual(plan.amount_total, 100)
        [[_name, _day, shown]] = plan._acknowledgment_values()["invoices"]
        self.assertEqual(shown, plan._money(100))

    def test_a_settlement_of_the_secretary_waits_of_the_manager_runs(self):
        form = self.dialog(kind="settlement", amount_settled=70)
        self.assertEqual(self.shown(form), [(JULY, 70)])
        plan = self.plan(form)
        self.assertEqual(plan.standing, "proposed")
        form = self.dialog(user=self.manager, kind="settlement", amount_settled=60)
        self.assertEqual(form.replaced_ids[:], plan)
        self.assertEqual(self.plan(form).standing, "running")

    def test_what_a_colleague_agreed_meanwhile_is_not_replaced_unseen(self):
        form = self.dialog(count=2)
        self.assertFalse(form.replaced_ids[:])
        theirs = self.agree(user=self.manager)
        with self.assertRaisesRegex(UserError, "Payment plan.*agreed while"):
            self.plan(form)
        self.look()
        self.assertEqual((theirs.standing, theirs.amount_total), ("running", 100))
        self.assertEqual(self.claim.plan_ids, theirs)
        # opened anew, it is seen and may be replaced
        form = self.dialog(count=2)
        self.assertEqual(form.replaced_ids[:], theirs)
        plan = self.plan(form)
        self.assertEqual((theirs.replaced_by_id, plan.amount_total), (plan, 100))

    def test_nor_beside_one_that_was_seen(self):
        seen = self.agree()
        form = self.dialog(count=2)
        self.assertEqual(form.replaced_ids[:], seen)
        theirs = self.agree("promise", [(JULY, None)], replace=True)
        with self.assertRaisesRegex(UserError, "Promise to pay.*agreed while"):
            self.plan(form)
        self.look()
        self.assertEqual(theirs.standing, "running")

    def test_what_ended_meanwhile_hinders_nobody(self):
        seen = self.agree()
        form = self.dialog(count=2)
        seen.with_user(self.manager).action_cancel()
        self.look()
        self.assertEqual(self.plan(form).standing, "running")

    def test_what_cannot_be_computed_is_said(self):
        for values, message in (
            ({"count": 0}, "number of instalments"),
            ({"count": 50}, "at most"),
            ({"count": 20}, "at least"),
            ({"kind": "settlement"}, "Give the sum"),
            ({"first_date": date(2026, 6, 1)}, "already past"),
        ):
            with self.subTest(**values), self.assertRaisesRegex(UserError, message):
                self.plan(self.dialog(**values))

    def test_the_limits_are_the_company_s(self):
        self.company.recouv_plan_min_amount = 0
        self.company.recouv_plan_max_months = 60
        self.assertEqual(len(self.plan(self.dialog(count=20)).line_ids), 20)

    def test_it_is_opened_on_an_invoice_not_yet_due(self):
        move = self.make_invoice(due=AUGUST, invoice_date=TODAY)
        form = self.dialog(move, "action_recouv_agree", count=1, first_date=SEPTEMBER)
        self.assertFalse(form.is_deferred)
        form.first_date = date(2026, 12, 1)
        self.assertTrue(form.is_deferred)
        self.assertEqual(self.plan(form).standing, "to_review")

    def test_it_is_opened_on_a_debtor_for_all_he_owes(self):
        self.make_invoice(amount=50, due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        form = self.dialog(self.patient, "action_recouv_agree", count=1)
        self.assertEqual(form.amount_owed, 150)
        plan = self.plan(form)
        self.assertEqual(len(plan.claim_ids), 2)
        self.assertEqual(self.patient.recouv_plan_count, 1)
        action = self.patient.action_recouv_plans()
        self.assertEqual(self.env["recouv.plan"].search(action["domain"]), plan)

    def test_what_cannot_be_agreed_together_is_said_on_opening(self):
        other = self.make_invoice(self.make_patient("Louise Bernard"))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        with self.assertRaisesRegex(UserError, "one debtor"):
            self.dialog(self.claim | self.claims_of(other))
        with self.assertRaisesRegex(UserError, "at least one claim"):
            self.dialog(self.make_patient("Nobody"), "action_recouv_agree")

    def test_every_screen_of_agreements_opens_for_a_secretary(self):
        plan = self.plan(self.dialog())
        for view in ("list", "kanban", "calendar", "form", "search"):
            plan.get_view(view_type=view)
        with Form(plan) as form:
            form.note = "Called back"
        self.assertEqual(plan.note, "Called back")
        Form(self.claim.with_user(self.secretary))
        Form(plan.hold_ids)

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_plan import AUGUST, JULY, PlanCommon
from .test_plan_settlement import SettlementCommon

HALVES = ((JULY, 50), (AUGUST, 50))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanUndo(SettlementCommon, PlanCommon):
    """What was agreed, replaced or ended by mistake is put back as it stood."""

    def undo(self, plan, user=None):
        plan.with_user(user or self.secretary).undo("Wrong invoice")
        self.look()

    def end(self, plan):
        plan.with_user(self.secretary).action_cancel()
        self.look()

    # --- replaced -------------------------------------------------------------------

    def test_the_agreement_it_replaced_is_agreed_again(self):
        first = self.agree()
        second = self.agree(lines=HALVES, replace=True)
        self.assertEqual((first.replaced_by_id, first.state), (second, "cancelled"))
        self.undo(second)
        self.assertEqual((first.standing, second.standing), ("running", "cancelled"))
        self.assertFalse(first.cancel_reason or first.replaced_by_id)
        self.assertEqual(self.claim.suspension, "plan")
        self.assertFalse(self.propose().notice_ids)
        self.assertIn("agreed as before", first.message_ids[0].body)

    def test_one_after_the_other(self):
        first = self.agree()
        second = self.agree(lines=HALVES, replace=True)
        third = self.agree("promise", [(JULY, None)], replace=True)
        self.undo(third)
        self.assertEqual((first.state, second.standing), ("cancelled", "running"))
        self.undo(second)
        self.assertEqual(first.standing, "running")

    def test_not_when_the_sums_fit_no_more(self):
        first = self.agree("settlement", [(JULY, 70)])
        second = self.agree("settlement", [(JULY, 80)], replace=True)
        self.credit(10)
        self.undo(second)
        self.assertEqual(first.state, "cancelled")
        self.assertIn("stays ended", first.message_ids[0].body)
        self.assertIn("has changed", first.message_ids[0].body)

    def credit(self, amount):
        """A credit note is no payment: what a settlement left to pay has changed."""
        refund = self.make_invoice(amount=amount, move_type="out_refund", due=TODAY)
        (refund + self.move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.look()

    def test_what_was_paid_meanwhile_counts(self):
        first = self.agree()
        second = self.agree(lines=HALVES, replace=True)
        self.pay(self.move, 30)
        self.undo(second)
        self.assertEqual((first.standing, first.amount_paid), ("running", 30))

    def test_what_waited_for_a_manager_waits_again(self):
        first = self.agree("settlement", [(JULY, 70)])
        second = self.agree("settlement", [(JULY, 80)], replace=True)
        self.assertEqual(first.state, "cancelled")
        self.undo(second)
        self.assertEqual((first.state, first.hold_ids.ids), ("proposed", []))

    def test_what_an_approval_replaced_runs_again(self):
        first = self.agree()
        second = self.agree("settlement", [(JULY, 70)], replace=True)
        self.look()
        self.assertEqual(first.standing, "running", "until a manager has decided")
        second.with_user(self.manager).action_approve()
        self.look()
        self.assertEqual((first.state, first.replaced_by_id), ("cancelled", second))
        self.undo(second, self.manager)
        self.assertEqual(first.standing, "running")

    # --- ended ----------------------------------------------------------------------

    def test_an_end_is_taken_back(self):
        plan = self.agree()
        self.end(plan)
        self.assertEqual(self.claim.suspension, "none")
        self.undo(plan)
        self.assertEqual((plan.standing, plan.cancel_reason), ("running", False))
        self.assertFalse(plan.undone_on, "its end was undone, not the agreement")
        self.assertEqual(self.claim.suspension, "plan")
        self.assertIn("Wrong invoice", plan.message_ids[0].body)
        self.undo(plan)
        self.assertTrue(plan.undone_on)

    def test_an_end_by_lifting_its_suspension_too(self):
        plan = self.agree()
        day = plan.hold_ids.date_to
        plan.hold_ids.with_user(self.secretary).action_lift("Clicked there")
        self.look()
        self.assertEqual(self.claim.suspension, "none")
        self.undo(plan)
        self.assertEqual((plan.hold_ids.date_to, self.claim.suspension), (day, "plan"))

    def test_not_once_a_notice_has_left(self):
        plan = self.agree()
        self.end(plan)
        run = self.propose()
        with freeze_time("2026-06-17 08:00:00"):
            run.notice_ids._prove(date_sent="2026-06-17 08:00:00")
            with self.assertRaisesRegex(UserError, "notice has left since"):
                self.undo(plan)

    def test_not_beside_another_agreement(self):
        plan = self.agree()
        self.end(plan)
        self.agree(lines=HALVES)
        with self.assertRaisesRegex(UserError, "is agreed now"):
            self.undo(plan)

    def test_not_when_what_is_owed_has_changed(self):
        plan = self.settlement()
        plan.with_user(self.manager).action_cancel()
        self.credit(10)
        with self.assertRaisesRegex(UserError, "has changed since"):
            self.undo(plan, self.manager)

    def test_what_a_manager_ended_only_a_manager_takes_back(self):
        plan = self.settlement()
        plan.with_user(self.manager).action_cancel()
        self.look()
        with self.assertRaisesRegex(UserError, "a manager approved it"):
            self.undo(plan)
        self.undo(plan, self.manager)
        self.assertEqual(plan.standing, "running")

    def test_not_of_who_died_since(self):
        plan = self.agree()
        self.end(plan)
        self.patient.recouv_deceased_on = date(2026, 6, 14)
        with self.assertRaises(UserError):
            self.undo(plan)

    def test_what_ended_by_itself_is_not_taken_back(self):
        plan = self.agree()
        plan._cancel("The invoice was changed.")
        with self.assertRaisesRegex(UserError, "cancelled already"):
            self.undo(plan)

    def test_the_dialog_says_what_is_undone(self):
        plan = self.agree()
        self.end(plan)
        action = plan.with_user(self.secretary).action_ask_undo()
        dialog = (
            self.env["recouv.undo"]
            .with_user(self.secretary)
            .with_context(**action["context"])
            .create({"reason": "Wrong invoice"})
        )
        self.assertIn("agreed again", dialog.summary)
        dialog.action_undo()
        self.look()
        self.assertEqual(plan.standing, "running")

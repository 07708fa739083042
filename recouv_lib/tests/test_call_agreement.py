from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import SQL

from .channel_common import WORKING_HOUR, ChannelCommon

CALL = {"channel": "call", "max_attempts": 2}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 8}
JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestCallAgreement(ChannelCommon):
    """A promise made on the phone, beside what was agreed before or meanwhile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(CALL, LETTER)
        cls.colleague = new_test_user(
            cls.env,
            "colleague",
            groups="base.group_user,recouv_lib.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.session = cls.env["recouv.call.session"].with_user(cls.secretary)

    def setUp(self):
        super().setUp()
        self.move = self.make_invoice()
        self.call = self.relance().with_user(self.secretary)
        self.claim = self.claims_of(self.move)

    def agree(self, kind, *lines, made="2026-06-15 08:00:00"):
        """What a colleague agrees at the counter."""
        claim = self.claim.with_user(self.colleague)
        plan = claim._agree(kind, list(lines), source="counter")
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE recouv_plan SET create_date = %s WHERE id = %s", made, plan.id)
        )
        self.look()
        return plan.with_user(self.secretary)

    def instalments(self):
        return self.agree("plan", (JULY, 30), (AUGUST, 30), (SEPTEMBER, 40))

    def settlement(self, **values):
        return self.agree("settlement", (JULY, 70), **values)

    def look(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def promise(self):
        self.session.record(self.call.id, "promise", {"until": "2026-06-30"})
        self.look()
        return self.claim.plan_ids.filtered(lambda plan: plan.kind == "promise")

    def undo(self):
        self.call.undo("Wrong line")
        self.look()

    def assertOwed(self, amount):
        """What the books and the claim say is owed, whatever was agreed."""
        item = self.move._recouv_receivable_items()
        self.assertEqual(
            (item.amount_residual, self.claim.amount_residual), (amount, amount)
        )

    # --- undone ---------------------------------------------------------------------

    def test_what_the_promise_replaced_waits_for_the_manager_again(self):
        settlement = self.settlement()
        promise = self.promise()
        self.assertEqual(settlement.replaced_by_id, promise)
        self.assertIn(promise.display_name, self.call._undo_summary())
        self.undo()
        self.assertEqual((settlement.standing, settlement.amount_total),
                         ("proposed", 70))  # fmt: skip
        self.assertFalse(settlement.replaced_by_id or settlement.cancel_reason)
        self.assertEqual((promise.state, promise.undone_by_id),
                         ("cancelled", self.secretary))  # fmt: skip
        self.assertIn("was undone", promise.undo_reason)
        self.assertEqual((self.call.state, self.claim.suspension),
                         ("printed", "none"))  # fmt: skip
        self.assertOwed(100)

    def test_what_was_paid_meanwhile_counts(self):
        settlement = self.settlement()
        self.promise()
        self.pay(self.move, 20)
        self.undo()
        self.assertEqual((settlement.standing, settlement.amount_paid),
                         ("proposed", 20))  # fmt: skip
        self.assertOwed(80)

    def test_a_promise_that_was_replaced_since_is_left_as_it_is(self):
        promise = self.promise()
        claim = self.claim.with_user(self.colleague)
        plan = claim._agree("promise", [(JULY, None)], source="counter", replace=True)
        self.look()
        self.assertNotIn(promise.display_name, self.call._undo_summary())
        self.undo()
        self.assertEqual((plan.standing, promise.undone_on), ("running", False))

    def test_recorded_and_undone_anew(self):
        for _time in range(2):
            self.promise()
            self.undo()
        plans = self.claim.plan_ids
        self.assertEqual(len(plans.filtered("undone_on")), 2)
        self.assertEqual(set(plans.mapped("state")), {"cancelled"})

    # --- agreed meanwhile -----------------------------------------------------------

    def test_instalments_agreed_during_the_call_are_not_replaced(self):
        self.assertEqual(self.session.take()["call"]["id"], self.call.id)
        plan = self.instalments()
        with self.assertRaisesRegex(UserError, "Payment plan.*since this call"):
            self.promise()
        self.look()
        self.assertEqual((plan.standing, plan.amount_total), ("running", 100))
        self.assertEqual((self.call.state, self.claim.plan_ids.ids),
                         ("printed", plan.ids))  # fmt: skip
        self.session.record(self.call.id, "reached", {})
        self.look()
        self.assertEqual((self.call.state, plan.standing), ("sent", "running"))
        self.assertOwed(100)

    def test_nor_is_a_settlement_that_waits_for_the_manager(self):
        self.session.take()
        settlement = self.settlement(made="2026-06-15 09:05:00")
        with self.assertRaisesRegex(UserError, "Settlement.*since this call"):
            self.promise()
        self.look()
        self.assertEqual(settlement.standing, "proposed")

    def test_one_from_before_the_call_may_be_replaced(self):
        settlement = self.settlement()
        self.session.take()
        promise = self.promise()
        self.assertEqual((settlement.replaced_by_id, promise.amount_total),
                         (promise, 100))  # fmt: skip

    def dialog(self):
        action = self.call.action_record_call()
        model = self.env["recouv.call.outcome"].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        form.promise_date = date(2026, 6, 30)
        return form

    def test_the_dialog_knows_when_it_was_opened(self):
        form = self.dialog()
        settlement = self.settlement(made="2026-06-15 09:05:00")
        with freeze_time("2026-06-15 09:10:00"):
            record = form.save().with_context(call_outcome="promise")
            with self.assertRaisesRegex(UserError, "Settlement.*since this call"):
                record.action_record()
            self.look()
            self.assertEqual(settlement.standing, "proposed")
            self.dialog().save().with_context(call_outcome="promise").action_record()
        self.look()
        self.assertEqual(settlement.state, "cancelled")
        self.assertEqual(self.call.call_outcome, "promise")

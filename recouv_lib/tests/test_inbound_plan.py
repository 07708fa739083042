from datetime import date

from odoo import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .channel_common import WORKING_HOUR
from .test_inbound import InboundCommon

JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestInboundPlan(InboundCommon):
    """A reply with an offer that a manager must approve pauses until he has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "reply_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        move = self.make_invoice()
        notice = self.relance()
        self.reply = self.answer(notice, text="70 et on n'en parle plus ?")
        notice._settle()
        self.claim = self.claims_of(move)

    def offer(self, user=None, **values):
        """Agree from the reply, in its dialog; by default on a settlement."""
        user = user or self.secretary
        action = self.reply.with_user(user).action_plan()
        model = self.env[action["res_model"]].with_user(user)
        form = Form(model.with_context(**action["context"]))
        for name, value in (
            values or {"kind": "settlement", "amount_settled": 70}
        ).items():
            setattr(form, name, value)
        return self.made(form.save().action_agree())

    def made(self, action):
        self.look()
        return self.env["recouv.plan"].browse(action["res_id"])

    def look(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def stands(self):
        self.look()
        return self.reply.state, self.claim.suspension

    def next_notice(self):
        return self.propose(date(2026, 7, 15)).notice_ids

    def on_the_day(self):
        day = self.env["recouv.day"].with_user(self.secretary)
        [section] = [
            s for s in day._sections(self.env.cr.now().date()) if s.code == "replies"
        ]
        return self.env["recouv.inbound"].search(section.domain)

    def test_nothing_leaves_before_the_manager_has_decided(self):
        plan = self.offer()
        self.assertEqual((plan.state, self.reply.plan_id), ("proposed", plan))
        self.assertEqual(self.stands(), ("offered", "hold"))
        self.assertFalse(self.on_the_day(), "the manager has it, not the secretary")
        self.assertFalse(self.next_notice())

    def test_approved_the_agreement_suspends_and_the_pause_ends(self):
        plan = self.offer()
        plan.with_user(self.manager).action_approve()
        self.assertEqual(self.stands(), ("handled", "plan"))
        self.assertTrue(self.reply.hold_id.lifted_by_id)

    def test_refused_the_schedule_resumes(self):
        self.offer().with_user(self.manager).action_cancel()
        self.assertEqual(self.stands(), ("handled", "none"))
        self.assertTrue(self.next_notice())

    def test_a_secretary_who_ends_it_answers_the_debtor_first(self):
        plan = self.offer()
        plan.with_user(self.secretary).action_cancel()
        self.assertEqual(self.stands(), ("to_handle", "hold"))
        self.assertIn(self.reply, self.on_the_day())

    def test_several_are_approved_at_once(self):
        other = self.make_invoice(self.make_patient("Nour Petit"))
        self.env["recouv.engine"]._create_claims(self.company, JULY)
        claim = self.claims_of(other).with_user(self.secretary)
        plans = self.offer() | claim._agree("settlement", [(JULY, 60)], source="call")
        plans.with_user(self.manager).action_approve()
        self.assertEqual(self.stands(), ("handled", "plan"))
        self.assertEqual(set(plans.mapped("standing")), {"running"})

    def test_undone_it_is_to_handle_again(self):
        self.offer().with_user(self.secretary).undo("Another debtor")
        self.assertEqual(self.stands(), ("to_handle", "hold"))
        self.assertFalse(self.reply.plan_id)
        self.assertEqual(self.on_the_day(), self.reply)

    def test_what_waited_for_one_offer_waits_for_the_next(self):
        self.offer()
        second = self.claim.with_user(self.secretary)._agree(
            "settlement", [(JULY, 80)], source="email", replace=True
        )
        self.assertEqual(self.stands(), ("offered", "hold"))
        self.assertEqual(self.reply.plan_id, second)
        second.with_user(self.manager).action_approve()
        self.assertEqual(self.stands(), ("handled", "plan"))

    def test_an_agreement_in_its_place_that_runs_handles_it(self):
        first = self.offer()
        promise = self.claim.with_user(self.secretary)._agree(
            "promise", [(JULY, None)], source="call", replace=True
        )
        self.assertEqual((first.state, self.reply.state), ("cancelled", "handled"))
        promise.undo("He did not say so")
        self.look()
        self.assertEqual(first.state, "proposed")
        self.assertEqual(self.stands(), ("offered", "hold"))
        self.assertEqual(self.reply.plan_id, first)

    def test_what_needs_no_manager_handles_it_at_once(self):
        plan = self.offer(self.manager)
        self.assertEqual((plan.state, self.reply.state), ("agreed", "handled"))
        self.assertFalse(self.reply.plan_id)
        self.assertEqual(self.claim.suspension, "plan")

    def test_who_wants_to_go_on_all_the_same_says_so(self):
        self.offer()
        self.reply.with_user(self.secretary).action_handle()
        self.assertEqual(self.stands(), ("handled", "none"))
        self.reply.with_user(self.secretary).action_reopen()
        self.assertEqual(self.stands(), ("to_handle", "hold"))
        self.assertFalse(self.reply.plan_id)

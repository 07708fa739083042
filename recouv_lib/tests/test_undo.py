from datetime import date

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .channel_common import WORKING_HOUR, ChannelCommon

CALL = {"channel": "call", "max_attempts": 2}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 8}
FORMAL = {
    "channel": "registered_letter",
    "anchor": "previous_step",
    "delay_days": 8,
    "deadline_days": 15,
    "is_formal_notice": True,
    "on_exhausted": "hold",
}
HANDOVER = {"channel": "handover", "anchor": "previous_step", "delay_days": 1}


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestUndo(ChannelCommon):
    """What was done by mistake and is not final goes back, with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(CALL, LETTER)

    def prepared(self, *steps):
        if steps:
            self.policy = self.use_steps(*steps)
        self.move = self.make_invoice()
        notice = self.relance().with_user(self.secretary)
        self.claim = self.claims_of(self.move)
        return notice

    def said_on_the_claim(self):
        return "".join(self.claim.message_ids.mapped("body"))

    # --- calls ----------------------------------------------------------------------

    def test_a_call_recorded_by_mistake_is_to_be_made_again(self):
        call = self.prepared()
        call._record_call("refuses")
        self.assertTrue(self.claim.step_id)
        call.action_undo("wrong line")
        self.assertEqual((call.state, call.call_outcome), ("printed", False))
        self.assertFalse(self.claim.step_id)
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[0])
        self.assertTrue(self.claim.activity_ids)
        self.assertIn("wrong line", self.said_on_the_claim())

    def test_the_promise_made_in_it_goes_with_it(self):
        call = self.prepared()
        call._record_call("promise", until=date(2026, 6, 30))
        self.assertEqual(self.claim.suspension, "hold")
        call.action_undo("he promised nothing")
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "none")
        self.assertEqual(len(self.claim.hold_ids), 1)  # lifted, never deleted

    def test_a_suspension_of_another_origin_stays(self):
        call = self.prepared()
        call._record_call("refuses")
        self.claim._hold("hospitalised")
        call.action_undo("wrong line")
        self.assertEqual(self.claim.suspension, "hold")

    def tasks(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        return self.claim.activity_ids.filtered(lambda a: a.activity_type_id == todo)

    def test_the_task_of_a_call_goes_with_it(self):
        call = self.prepared()
        call._record_call("plan", "in three times")
        self.assertEqual(len(self.tasks()), 1)
        self.claim._schedule_todo("Look at the file")
        call.action_undo("he asked for nothing")
        self.assertEqual(self.tasks().mapped("summary"), ["Look at the file"])

    def test_the_task_of_what_was_done_after_a_call_goes_too(self):
        call = self.prepared()
        call._record_call("wrong_number")
        call._apply_next("search_number")
        self.assertTrue(self.tasks())
        call.action_undo("it was the right one")
        self.assertFalse(self.tasks())
        self.assertTrue(call.activity_id, "the call is to be made again")

    def test_a_promise_of_a_call_goes_with_it(self):
        call = self.prepared()
        call._record_call("promise", until=fields.Date.to_date("2026-07-10"))
        plan = self.claim.plan_ids
        self.assertEqual(plan.standing, "running")
        call.action_undo("he promised nothing")
        self.env.invalidate_all()
        self.assertEqual((plan.state, self.claim.suspension), ("cancelled", "none"))

    def test_a_task_that_was_done_stays_in_the_thread(self):
        call = self.prepared()
        call._record_call("plan", "in three times")
        self.tasks().action_feedback(feedback="sent him the form")
        call.action_undo("wrong line")
        self.assertIn("sent him the form", self.said_on_the_claim())

    def test_a_step_brought_forward_falls_back(self):
        call = self.prepared()
        call._record_call("refuses")
        call._apply_next("hasten")
        call.action_undo("wrong line")
        self.assertFalse(self.claim.hastened_on)

    def test_undone_it_can_be_recorded_and_undone_anew(self):
        call = self.prepared()
        for _time in range(2):
            call._record_call("reached")
            call.action_undo("again")
        self.assertEqual(call.state, "printed")

    # --- letters --------------------------------------------------------------------

    def posted_pile(self):
        self.letter = self.prepared({"channel": "letter"}, LETTER)
        action = self.letter.action_prepare_posting()
        pile = self.env["recouv.posting"].browse(action["res_id"])
        self.pile = pile.with_user(self.secretary)
        self.pile.action_mark_posted()

    def test_a_pile_that_was_not_posted_is_ready_again(self):
        self.posted_pile()
        self.assertTrue(self.claim.step_id)
        self.pile.undo("left on the desk")
        self.assertEqual((self.pile.state, self.letter.state), ("open", "printed"))
        self.assertFalse(self.claim.step_id)
        self.assertFalse(self.letter.proven_on)
        self.assertTrue(self.letter.document_id)
        self.assertIn("left on the desk", self.said_on_the_claim())
        self.pile.action_mark_posted()
        self.assertEqual(self.letter.state, "sent")

    def test_a_pile_is_not_unposted_after_the_next_step_has_left(self):
        self.posted_pile()
        with freeze_time("2026-07-15 09:00:00"):
            self.relance().with_user(self.secretary).action_mark_posted()
        with self.assertRaisesRegex(UserError, "has left since"):
            self.pile.undo("too late")
        self.assertEqual(self.pile.state, "posted")

    def formal_pile(self):
        """The mise en demeure printed a month after the posted letter, in a pile."""
        self.letter = self.prepared({"channel": "letter"}, FORMAL)
        self.letter.action_mark_posted()
        with freeze_time("2026-07-15 09:00:00"):
            self.formal = self.relance().with_user(self.secretary)
            action = self.formal.action_prepare_posting()
            self.pile = (
                self.env["recouv.posting"]
                .browse(action["res_id"])
                .with_user(self.secretary)
            )
            self.pile.action_print()
        self.assertEqual(self.formal.state, "printed")

    def test_the_formal_notice_in_the_pile_goes_with_the_letter_before_it(self):
        self.formal_pile()
        with freeze_time("2026-07-16 09:00:00"):
            self.assertIn(self.formal.display_name, self.letter._undo_summary())
            self.letter.undo("it was never posted")
            self.assertEqual(
                (self.formal.state, self.formal.cancel_code), ("cancelled", "undone")
            )
            self.assertFalse(self.pile.document_id, "it is to be printed anew")
            self.assertIn("take it out of the pile", self.said_on_the_claim())
            with self.assertRaisesRegex(UserError, "no letter to post"):
                self.pile.action_mark_posted()
            self.assertEqual(self.claim.next_step_id, self.letter.step_id)

    def test_a_pile_unposted_withdraws_what_followed_it(self):
        self.posted_pile()
        with freeze_time("2026-07-15 09:00:00"):
            following = self.relance()
            self.pile.undo("left on the desk")
        self.assertEqual((following.state, self.letter.state), ("cancelled", "printed"))

    def test_what_is_only_proposed_goes_too(self):
        self.letter = self.prepared({"channel": "letter"}, LETTER)
        self.letter.action_mark_posted()
        with freeze_time("2026-07-15 09:00:00"):
            proposed = self.propose(date(2026, 7, 15)).notice_ids
            self.letter.undo("it was never posted")
        self.assertEqual(proposed.state, "cancelled")

    def test_a_letter_is_not_undone_while_the_next_one_is_leaving(self):
        self.formal_pile()
        self.formal._record({"state": "sending"})
        with self.assertRaisesRegex(UserError, "on its way already"):
            self.letter.undo("too late")
        self.formal._record({"state": "printed", "provider_ref": "L1"})
        with self.assertRaisesRegex(UserError, "on its way already"):
            self.letter.undo("the postal provider has it")

    def test_a_formal_notice_whose_letter_came_back_is_not_posted(self):
        self.formal_pile()
        with freeze_time("2026-07-16 09:00:00"):
            self.letter._return_mail()
            self.claim._active_holds().action_lift("found")
        with freeze_time("2026-07-27 09:00:00"):
            self.env.invalidate_all()
            self.pile.action_print()
            self.assertEqual(
                (self.formal.state, self.formal.cancel_code), ("cancelled", "changed")
            )

    def test_a_printed_letter_of_another_step_is_not_posted(self):
        self.formal_pile()
        self.letter._cancel("undone")
        with freeze_time("2026-07-16 09:00:00"):
            self.assertEqual(self.formal._withdraw_settled(), self.formal)
        self.assertEqual(self.formal.cancel_code, "changed")

    def test_a_letter_is_withdrawn_and_the_claim_returns(self):
        letter = self.prepared({"channel": "letter"}, LETTER)
        letter.action_mark_posted()
        letter.action_undo("wrong person")
        self.assertEqual((letter.state, letter.cancel_code),
                         ("cancelled", "wrong person"))  # fmt: skip
        self.assertEqual(letter.undone_by_id, self.secretary)
        self.assertFalse(self.claim.step_id)
        with self.assertRaisesRegex(UserError, "withdrawn already"):
            letter.action_undo("twice")

    def test_a_letter_returned_by_mistake_is_posted_again(self):
        letter = self.prepared({"channel": "letter"}, LETTER)
        letter.action_mark_posted()
        letter._return_mail()
        self.assertEqual(self.claim.suspension, "hold")
        letter.action_undo("another letter")
        self.claim.invalidate_recordset()
        self.assertEqual((letter.state, self.claim.suspension), ("sent", "none"))
        self.assertEqual(self.claim.step_id, self.policy.step_ids[0])

    def test_an_outcome_of_a_registered_letter_entered_by_mistake(self):
        letter = self.prepared(
            {"channel": "registered_letter", "deadline_days": 15}, LETTER
        )
        letter._prove(date_sent="2026-06-15 10:00:00")
        letter._record_delivery("distributed", date(2026, 6, 15))
        self.assertEqual(letter.state, "delivered")
        letter.action_undo("another letter")
        self.assertEqual((letter.state, letter.delivery_outcome), ("sent", False))
        self.assertFalse(letter.date_presented)
        self.assertEqual(letter.proven_on, date(2026, 6, 15))

    # --- hand-over ------------------------------------------------------------------

    def make_mandate(self):
        agency = self.env["res.company"].create(
            {"name": "Agency", "currency_id": self.company.currency_id.id}
        )
        mandate = self.env["recouv.mandate"].sudo()
        mandate.create(
            {
                "company_id": self.company.id,
                "agency_id": agency.id,
                "valid_from": date(2026, 1, 1),
            }
        ).write({"state": "signed", "signed_on": date(2026, 1, 1)})

    def test_a_hand_over_decided_by_mistake_waits_again(self):
        self.make_mandate()
        notice = self.prepared({"channel": "letter"}, HANDOVER)
        notice.action_mark_posted()
        with freeze_time("2026-06-30 09:00:00"):
            decision = self.relance()
            with self.assertRaises(AccessError):
                decision.action_decide_handover()
            decision.with_user(self.env.user).action_decide_handover()
            decision.action_undo("he calls tomorrow")
        self.assertEqual((decision.state, decision.proven_on), ("printed", False))

    # --- the dialog -----------------------------------------------------------------

    def test_the_button_asks_for_the_reason(self):
        call = self.prepared()
        call._record_call("reached")
        action = call.action_ask_undo()
        form = Form(
            self.env["recouv.undo"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        form.reason = "wrong line"
        form.save().action_undo()
        self.assertEqual(call.state, "printed")

    def test_without_a_reason_nothing_is_undone(self):
        call = self.prepared()
        call._record_call("reached")
        with self.assertRaisesRegex(UserError, "Say why"):
            call.undo("  ")
        self.assertEqual(call.state, "sent")

    def test_what_was_only_proposed_is_removed_not_undone(self):
        self.policy = self.use_steps({"channel": "letter"})
        self.make_invoice()
        notice = self.propose().notice_ids
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            notice.action_undo("no")

    # --- review ---------------------------------------------------------------------

    def reviewed(self):
        self.move = self.make_invoice()
        self.env["recouv.engine"]._create_claims(self.company, date(2026, 6, 15))
        self.claim = self.claims_of(self.move).with_user(self.secretary)
        self.claim.in_review = True
        self.claim.action_release_review()

    def test_a_review_decided_by_mistake_waits_again(self):
        self.reviewed()
        proposed = self.propose().notice_ids
        self.claim.undo("it was the brother")
        self.assertTrue(self.claim.in_review)
        self.assertEqual(proposed.state, "cancelled")
        self.assertIn("it was the brother", self.said_on_the_claim())

    def test_a_review_is_not_undone_after_a_notice_has_left(self):
        self.policy = self.use_steps({"channel": "letter"})
        self.reviewed()
        self.relance().action_mark_posted()
        with self.assertRaisesRegex(UserError, "has left since"):
            self.claim.undo("too late")

    def test_what_was_never_reviewed_has_nothing_to_undo(self):
        self.move = self.make_invoice()
        self.env["recouv.engine"]._create_claims(self.company, date(2026, 6, 15))
        with self.assertRaisesRegex(UserError, "No review"):
            self.claims_of(self.move).undo("no")

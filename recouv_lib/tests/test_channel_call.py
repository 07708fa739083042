from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .channel_common import WORKING_HOUR, ChannelCommon

CALL = {
    "channel": "call",
    "max_attempts": 2,
    "call_script": "<p>Bonjour {{ object.text_debtor }}, {{ object.text_amount }}</p>",
}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 8}
IF_CALL_FAILED = LETTER | {"condition": "call_failed"}
HANDOVER = {"channel": "handover", "anchor": "previous_step", "delay_days": 25}


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestChannelCall(ChannelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(CALL, IF_CALL_FAILED, HANDOVER)

    def call(self, **values):
        """A prepared call on an overdue invoice, as the secretary sees it."""
        self.move = self.make_invoice(**values)
        notice = self.relance()
        self.claim = self.claims_of(self.move).with_user(self.secretary)
        return notice

    def record(self, notice, outcome, **values):
        """What a click on one of the dialog's buttons does."""
        action = notice.action_record_call()
        dialog = Form(
            self.env["recouv.call.outcome"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        for name, value in values.items():
            dialog[name] = value
        dialog.save().with_context(call_outcome=outcome).action_record()

    # --- preparing ------------------------------------------------------------------

    def test_a_call_is_an_activity_of_the_responsible_with_its_script(self):
        notice = self.call()
        self.assertEqual((notice.state, notice.sent_to), ("printed", "+33612345678"))
        activity = self.claim.activity_ids
        self.assertEqual(activity.user_id, self.secretary)
        self.assertEqual(activity.activity_type_id.category, "phonecall")
        self.assertIn("Camille Martin", activity.note)
        self.assertIn("100", activity.note)
        self.assertFalse(self.claim.step_id)

    def test_a_landline_can_be_called(self):
        self.patient.phone = "02 99 12 34 56"
        self.assertEqual(self.call().sent_to, "+33299123456")

    def test_without_a_number_the_next_step_follows(self):
        self.patient.phone = False
        notice = self.call()
        self.assertEqual(notice.failure_type, "no_number")
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[1])

    def test_the_dialog_shows_script_number_and_sum(self):
        notice = self.call()
        dialog = Form(
            self.env["recouv.call.outcome"]
            .with_user(self.secretary)
            .with_context(default_notice_id=notice.id)
        )
        self.assertEqual((dialog.number, dialog.amount), ("+33612345678", 100.0))
        self.assertIn("Camille Martin", dialog.script)
        self.assertFalse(dialog.outside_hours)
        with freeze_time("2026-06-15 19:00:00"):
            late = self.env["recouv.call.outcome"].new({"notice_id": notice.id})
            self.assertTrue(late.outside_hours)

    # --- outcomes -------------------------------------------------------------------

    def test_a_debtor_reached_proves_the_step_and_no_letter_for_a_failed_call(self):
        notice = self.call()
        self.record(notice, "reached", note="Paie vendredi")
        self.assertEqual((notice.state, notice.call_outcome), ("sent", "reached"))
        self.assertEqual(self.claim.step_id, self.policy.step_ids[0])
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[2])
        self.assertFalse(self.claim.activity_ids)
        self.assertIn("Paie vendredi", "".join(self.claim.message_ids.mapped("body")))

    def test_a_voice_message_is_a_contact_but_nobody_was_reached(self):
        notice = self.call()
        self.record(notice, "voicemail")
        self.assertEqual(notice.state, "sent")
        self.assertEqual(self.claim.step_id, self.policy.step_ids[0])
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[1])

    def test_nobody_answers_is_tried_again_then_the_letter_follows(self):
        notice = self.call()
        self.record(notice, "unreachable")
        self.assertEqual(notice.failure_type, "unreachable")
        self.assertEqual(self.claim.next_attempt, 2)
        self.assertFalse(self.claim.activity_ids)
        with freeze_time("2026-06-16 09:00:00"):
            second = self.relance()
            self.assertEqual(second.attempt, 2)
            self.record(second, "unreachable")
        self.assertFalse(self.claim.step_id)
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[1])

    def test_a_wrong_number_is_not_called_again(self):
        notice = self.call()
        self.record(notice, "wrong_number")
        self.assertEqual(notice.failure_type, "bad_number")
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[1])

    def test_a_promise_suspends_until_its_day(self):
        notice = self.call()
        self.record(notice, "promise", promise_date=date(2026, 6, 30), note="paie")
        hold = self.claim.hold_ids
        plan = hold.plan_id
        self.assertEqual((plan.kind, plan.date_end), ("promise", date(2026, 6, 30)))
        self.assertEqual((plan.amount_total, plan.source), (100, "call"))
        # two days of grace: a transfer takes a day or two to arrive
        self.assertEqual((hold.reason, hold.date_to), ("promise", date(2026, 7, 2)))
        self.assertEqual(self.claim.suspension, "hold")
        self.claim.invalidate_recordset()
        with freeze_time("2026-07-03 09:00:00"):
            self.assertEqual(self.claim.suspension, "none")

    def test_a_promise_needs_a_day_that_is_not_past(self):
        notice = self.call()
        with self.assertRaisesRegex(UserError, "by which day"):
            self.record(notice, "promise")
        with self.assertRaisesRegex(UserError, "already past"):
            self.record(notice, "promise", promise_date=date(2026, 6, 1))
        self.assertEqual(notice.state, "printed")

    def test_a_dispute_stops_the_relance_until_it_is_lifted(self):
        notice = self.call()
        self.record(notice, "dispute", note="conteste la date")
        self.assertEqual(self.claim.suspension, "dispute")
        self.assertFalse(self.claim.hold_ids.date_to)

    def test_who_asks_for_instalments_is_put_before_a_human(self):
        notice = self.call()
        self.record(notice, "plan")
        self.assertEqual(self.claim.step_id, self.policy.step_ids[0])
        self.assertIn("instalments", self.claim.activity_ids.summary)

    def test_who_refuses_was_reached_and_the_ladder_goes_on(self):
        notice = self.call()
        self.record(notice, "refuses")
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[2])

    def test_the_cause_named_on_the_phone_is_kept_on_the_claim(self):
        cause = self.env.ref("recouv_lib.recouv_cause_money_temporary")
        notice = self.call()
        self.record(notice, "reached", cause_id=cause)
        self.assertEqual(self.claim.cause_id, cause)

    def test_an_outcome_is_recorded_once(self):
        notice = self.call()
        self.record(notice, "reached")
        with self.assertRaisesRegex(UserError, "cannot be done any more"):
            notice._record_outcome("refuses")

    # --- what changed meanwhile -----------------------------------------------------

    def test_a_call_for_a_paid_invoice_disappears(self):
        notice = self.call()
        self.pay(self.move)
        self.env["recouv.notice"]._cron_refresh_calls()
        self.assertEqual((notice.state, notice.cancel_code), ("cancelled", "paid"))
        self.assertFalse(self.claim.activity_ids)

    def test_opening_the_dialog_of_a_paid_invoice_says_so(self):
        notice = self.call()
        self.pay(self.move)
        action = notice.action_record_call()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("paid", action["params"]["message"])
        self.assertEqual(notice.state, "cancelled")

    def test_a_part_payment_lowers_the_sum_to_ask_for(self):
        notice = self.call()
        self.pay(self.move, 40)
        action = self.env["recouv.notice"].with_user(self.secretary).action_open_calls()
        self.assertEqual(self.env["recouv.notice"].search(action["domain"]), notice)
        self.assertEqual(notice.amount, 60)

    def test_a_call_for_a_suspended_claim_disappears(self):
        notice = self.call()
        self.claim._hold("hospitalised")
        self.env["recouv.notice"]._cron_refresh_calls()
        self.assertEqual((notice.state, notice.cancel_code), ("cancelled", "hold"))

    def test_an_activity_cancelled_by_mistake_comes_back(self):
        notice = self.call()
        self.claim.activity_ids.unlink()
        self.env["recouv.notice"]._cron_refresh_calls()
        self.assertEqual(notice.state, "printed")
        self.assertEqual(len(self.claim.activity_ids), 1)

    def test_ticking_the_activity_asks_for_the_outcome_instead(self):
        self.call()
        with self.assertRaisesRegex(UserError, "outcome of the call"):
            self.claim.activity_ids.action_feedback(feedback="fait")

    def test_the_claim_itself_opens_the_dialog(self):
        notice = self.call()
        self.assertTrue(self.claim.has_call)
        action = self.claim.action_record_call()
        self.assertEqual(action["context"], {"default_notice_id": notice.id})
        self.record(notice, "reached")
        self.claim.invalidate_recordset()
        self.assertFalse(self.claim.has_call)
        with self.assertRaisesRegex(UserError, "No call"):
            self.claim.action_record_call()

    def test_never_more_than_two_calls_in_seven_days(self):
        self.policy.step_ids[0].max_attempts = 4
        self.record(self.call(), "unreachable")
        for day, expected in (("16", 1), ("17", 0), ("18", 0), ("22", 1)):
            with freeze_time(f"2026-06-{day} 09:00:00"):
                notice = self.relance()
                self.assertEqual(len(notice), expected, day)
                if notice:
                    self.record(notice, "unreachable")

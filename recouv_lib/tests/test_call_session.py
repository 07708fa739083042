from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .channel_common import WORKING_HOUR, ChannelCommon, for_real

CALL = {
    "channel": "call",
    "max_attempts": 4,
    "call_script": "<p>Bonjour {{ object.text_debtor }}</p>",
}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 20}


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestCallSession(ChannelCommon):
    """Call after call, by one or two secretaries."""

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
        cls.second = cls.env["recouv.call.session"].with_user(cls.colleague)

    def calls(self, count=1):
        for index in range(count):
            name = f"Debtor {index}" if index else "Camille Martin"
            patient = self.patient if not index else self.make_patient(
                name, phone=f"06 12 34 56 {index + 10}"
            )  # fmt: skip
            self.make_invoice(patient)
        return self.relance()

    def take(self, session=None, skipped=()):
        chosen = self.session if session is None else session
        return chosen.take(list(skipped))["call"]

    def record(self, outcome, **values):
        """Take the next call and record how it ended; return the codes proposed."""
        sheet = self.take()
        self.notice = self.env["recouv.notice"].browse(sheet["id"])
        self.claim = self.notice.lead_claim_id
        options = self.session.record(sheet["id"], outcome, values)
        return [option["code"] for option in options]

    def apply(self, code):
        return self.session.apply_next(self.notice.id, code)

    # --- the sheet ------------------------------------------------------------------

    def test_the_caller_sees_who_owes_what_and_what_to_say(self):
        self.calls()
        sheet = self.take()
        self.assertEqual(sheet["debtor"], "Camille Martin")
        self.assertEqual(sheet["number"], "+33612345678")
        self.assertEqual([line["amount"] for line in sheet["lines"]], [100.0])
        self.assertIn("Bonjour Camille Martin", sheet["script"])
        self.assertFalse(sheet["alerts"] or sheet["history"])
        self.assertGreaterEqual(len(sheet["objections"]), 8)
        self.assertTrue(sheet["causes"])

    def test_earlier_contacts_are_told(self):
        self.calls()
        self.record("unreachable")
        with freeze_time("2026-06-16 09:00:00"):
            self.relance()
            [contact] = self.take()["history"]
        self.assertEqual(contact["outcome"], "Unreachable")
        self.assertTrue(contact["failed"])

    def test_outside_the_hours_the_caller_is_warned(self):
        self.calls()
        with freeze_time("2026-06-15 19:00:00"):
            self.assertIn("Outside the hours", self.take()["alerts"][0])

    def test_a_call_paid_meanwhile_is_never_shown(self):
        notice = self.calls()
        self.pay(notice.line_ids.claim_id.move_id)
        self.assertIsNone(self.take())
        self.assertEqual(notice.state, "cancelled")

    def test_an_objection_of_another_company_is_not_shown(self):
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.env["recouv.objection"].create(
            {"name": "Foreign", "answer": "No", "company_id": other.id}
        )
        self.calls()
        names = [objection["name"] for objection in self.take()["objections"]]
        self.assertNotIn("Foreign", names)

    # --- two users ------------------------------------------------------------------

    def test_a_second_user_gets_the_next_free_call(self):
        self.calls(2)
        mine, theirs = self.take(), self.take(self.second)
        self.assertTrue(mine and theirs)
        self.assertNotEqual(mine["id"], theirs["id"])
        self.assertIsNone(self.take(self.second, [theirs["id"]]))

    def test_a_call_put_aside_is_free_again(self):
        self.calls()
        sheet = self.take()
        self.assertIsNone(self.take(self.second))
        self.session.release()
        self.assertEqual(self.take(self.second)["id"], sheet["id"])

    def test_who_went_away_gives_the_call_back_after_a_quarter_of_an_hour(self):
        self.calls()
        sheet = self.take()
        with freeze_time("2026-06-15 09:14:00"):
            self.assertIsNone(self.take(self.second))
        with freeze_time("2026-06-15 09:16:00"):
            self.assertEqual(self.take(self.second)["id"], sheet["id"])

    def test_an_outcome_recorded_twice_names_who_was_first(self):
        self.calls()
        sheet = self.take()
        self.session.record(sheet["id"], "reached", {})
        with self.assertRaisesRegex(UserError, "secretary.*Reached.*cannot be done"):
            self.second.record(sheet["id"], "refuses", {})
        notice = self.env["recouv.notice"].browse(sheet["id"])
        self.assertEqual(notice.call_outcome, "reached")

    def test_nobody_records_the_call_that_another_is_making(self):
        self.calls()
        sheet = self.take()
        with self.assertRaisesRegex(UserError, "is calling"):
            self.second.record(sheet["id"], "reached", {})

    def test_skipping_takes_the_next_one(self):
        self.calls(2)
        first = self.take()
        second = self.take(skipped=[first["id"]])
        self.assertNotEqual(first["id"], second["id"])
        self.assertIsNone(self.take(skipped=[first["id"], second["id"]]))

    # --- outcome, cause, next step --------------------------------------------------

    def test_outcome_cause_and_note_are_kept(self):
        self.calls()
        cause = self.env.ref("recouv_lib.recouv_cause_forgotten")
        codes = self.record("reached", cause_id=cause.id, note="paie lundi")
        self.assertEqual(codes[0], "send_details")
        self.assertEqual(self.claim.cause_id, cause)
        self.assertEqual(self.notice.caller_id, self.secretary)
        self.assertIn("paie lundi", "".join(self.claim.message_ids.mapped("body")))

    def test_an_unknown_outcome_or_call_is_refused(self):
        notice = self.calls()
        with self.assertRaises(UserError):
            self.session.record(notice.id, "nonsense", {})
        with self.assertRaises(UserError):
            self.session.record(0, "reached", {})

    def test_a_promise_suspends_until_its_day(self):
        self.calls()
        self.record("promise", until="2026-06-30")
        self.assertEqual(self.claim.plan_ids.date_end, date(2026, 6, 30))
        self.assertEqual(self.claim.suspension, "hold")

    def test_a_promise_without_a_day_leaves_the_call_to_be_made(self):
        self.calls()
        with self.assertRaisesRegex(UserError, "by which day"):
            self.record("promise")
        self.assertEqual(self.notice.state, "printed")

    def test_payment_details_go_by_email_and_move_nobody_on_the_schedule(self):
        self.calls()
        self.record("reached")
        before = self.claim.next_step_id, self.claim.next_date
        with for_real():
            self.apply("send_details")
        [message] = self.mail_sink.messages
        self.assertIn("INV/2026", message["Subject"])
        details = self.env["recouv.notice"].search(
            [("details_of_id", "=", self.notice.id)]
        )
        self.assertEqual((details.channel, details.state), ("email", "sent"))
        self.assertEqual((self.claim.next_step_id, self.claim.next_date), before)

    def test_without_an_email_the_details_go_by_sms(self):
        self.patient.email = False
        self.calls()
        self.record("reached")
        with for_real():
            self.apply("send_details")
        [(number, text, _uuid)] = self.provider.sent
        self.assertEqual(number, "+33612345678")
        self.assertNotIn("Fees", text)

    def test_without_any_address_they_are_not_proposed(self):
        self.patient.write({"email": False, "phone": "02 99 12 34 56"})
        self.calls()
        self.assertNotIn("send_details", self.record("reached"))

    def test_details_are_not_sent_from_a_stopped_company(self):
        self.calls()
        self.record("reached")
        self.company.recouv_live_on = False
        with self.assertRaisesRegex(UserError, "not live"):
            self.apply("send_details")
        self.assertFalse(self.notice.next_code)

    def test_time_to_pay_is_a_suspension_that_ends(self):
        self.calls()
        self.record("reached")
        self.apply("wait")
        self.assertEqual(self.notice.hold_ids.date_to, date(2026, 6, 22))

    def test_who_was_ill_informed_gets_an_explanation_and_peace(self):
        self.calls()
        cause = self.env.ref("recouv_lib.recouv_cause_misinformed")
        self.assertEqual(self.record("reached", cause_id=cause.id)[0], "explain_fees")
        self.apply("explain_fees")
        self.assertEqual(self.claim.suspension, "hold")
        self.assertIn("Explain the invoice", self.claim.activity_ids.summary)

    def test_a_refusal_brings_the_next_step_forward(self):
        self.calls()
        self.assertEqual(self.record("refuses")[0], "hasten")
        later = self.claim.next_date
        self.apply("hasten")
        self.assertLess(self.claim.next_date, later)
        self.assertGreater(self.claim.next_date, self.notice.deadline_date)
        # the place is found again when the schedule is read again
        self.claim._refresh_ladder()
        self.assertLess(self.claim.next_date, later)

    def test_a_plan_after_a_call_leaves_out_what_was_paid_since(self):
        paid = self.make_invoice(due=date(2026, 6, 2))
        self.calls()
        self.assertIn("offer_plan", self.record("plan"))
        self.pay(paid)
        self.env.invalidate_all()
        action = self.apply("offer_plan")
        claims = self.notice.line_ids.claim_id - self.claims_of(paid)
        self.assertEqual(action["context"]["default_claim_ids"], claims.ids)

    def test_a_dispute_is_to_be_answered(self):
        self.calls()
        self.assertEqual(self.record("dispute")[0], "answer_dispute")
        self.apply("answer_dispute")
        self.assertEqual(self.claim.suspension, "dispute")
        self.assertIn("Answer the dispute", self.claim.activity_ids.summary)

    def test_after_three_silences_one_writes(self):
        self.company.write({"recouv_max_calls_7": 10, "recouv_max_calls_30": 10})
        self.calls()
        codes = self.record("unreachable")
        for day in (16, 17):
            self.assertNotIn("next_channel", codes)
            with freeze_time(f"2026-06-{day} 09:00:00"):
                self.relance()
                codes = self.record("unreachable")
        self.assertEqual(codes[0], "next_channel")
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[0])
        with freeze_time("2026-06-17 09:05:00"):
            self.apply("next_channel")
        self.assertEqual(self.claim.next_step_id, self.policy.step_ids[1])

    def test_a_wrong_number_is_searched(self):
        self.calls()
        self.assertEqual(self.record("wrong_number")[0], "search_number")
        self.apply("search_number")
        summaries = self.claim.activity_ids.mapped("summary")
        self.assertIn("Search the number of Camille Martin", summaries)

    def test_what_was_not_proposed_is_refused(self):
        self.calls()
        self.record("reached")
        with self.assertRaises(UserError):
            self.apply("next_channel")
        with self.assertRaises(UserError):
            self.apply("unlink")

    def test_the_next_step_is_done_once(self):
        self.calls()
        self.record("reached")
        self.apply("wait")
        with self.assertRaisesRegex(UserError, "done already"):
            self.apply("wait")
        self.assertEqual(len(self.notice.hold_ids), 1)

    def test_the_schedule_goes_on_by_itself(self):
        self.calls()
        self.record("voicemail")
        self.assertFalse(self.apply("go_on"))
        self.assertFalse(self.notice.hold_ids)

    def test_no_answer_at_hand_threatens_or_charges(self):
        text = " ".join(
            self.env["recouv.objection"].search([]).mapped("answer")
        ).lower()
        for word in ("court", "bailiff", "lawyer", "penalt", "surcharge"):
            self.assertNotIn(word, text)

from unittest.mock import patch

from odoo.tests import HttpCase, freeze_time, tagged

from ..lib import sms_text
from .channel_common import WORKING_HOUR, ChannelCommon, for_real

SMS = {"channel": "sms", "max_attempts": 2}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 8}


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestChannelSms(ChannelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(SMS, LETTER)

    def test_a_text_taken_by_the_gateway_reaches_the_step(self):
        move = self.make_invoice()
        notice = self.relance()
        [(number, text, _uuid)] = self.provider.sent
        self.assertEqual(number, "+33612345678")
        for word in ("Camille Martin", "100", move.name, "22/06/2026", "2 99 00 00 00"):
            self.assertIn(word, text)
        self.assertEqual((notice.state, notice.sent_to), ("sent", number))
        claim = self.claims_of(move)
        self.assertEqual(claim.step_id, self.policy.step_ids[0])
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])

    def test_the_text_is_kept_on_the_claim_as_it_left(self):
        move = self.make_invoice()
        notice = self.relance()
        self.assertIn(notice.message_id, self.claims_of(move).message_ids)
        self.assertIn("+33612345678", notice.message_id.body)
        self.assertIn(move.name, notice.message_id.body)

    def test_nothing_stays_in_odoos_own_queue(self):
        self.make_invoice()
        self.relance()
        queued = self.env["sms.sms"].sudo().search([("state", "=", "outgoing")])
        self.assertFalse(queued)

    def test_a_text_names_no_care_and_no_practitioner(self):
        self.company.write({"recouv_sender_name": "Cabinet de la Paix"})
        self.make_invoice(narration="12 séances de rééducation")
        self.relance()
        [(_number, text, _uuid)] = self.provider.sent
        self.assertIn("Cabinet de la Paix", text)
        self.assertNotIn("rééducation", text)
        self.assertNotIn("http", text)

    def test_the_debtors_language_decides_the_text(self):
        template = self.env.ref("recouv_lib.sms_template_reminder")
        template.with_context(lang="fr_FR").body = "Reste {{ object.text_amount }}."
        self.make_invoice(amount=1234.5)
        english = self.make_patient("Ann Smith", lang="en_US", phone="0611111111")
        self.make_invoice(english)
        self.relance()
        texts = {number: text for number, text, _uuid in self.provider.sent}
        self.assertIn("Reste", texts["+33612345678"])
        self.assertIn("1 234,50", texts["+33612345678"])
        self.assertNotIn("\u202f", texts["+33612345678"])
        self.assertTrue(texts["+33611111111"].startswith("Hello Ann Smith"))

    def test_a_patient_with_a_landline_only_still_gets_letter_1(self):
        self.patient.phone = "02 99 12 34 56"
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual((notice.state, notice.failure_type), ("failed", "no_number"))
        self.assertFalse(self.provider.calls)
        claim = self.claims_of(move)
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])
        with freeze_time("2026-06-23 09:00:00"):
            letter = self.propose(day="2026-06-23").notice_ids
        self.assertEqual((letter.channel, letter.partner_id), ("letter", self.patient))

    def test_a_patient_without_any_number_fails_with_his_name(self):
        self.patient.phone = False
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "no_number")
        self.assertIn("Camille Martin", notice.failure_message)

    def test_a_fallback_channel_takes_over_before_the_next_step(self):
        self.policy = self.use_steps(SMS | {"fallback_channel": "email"}, LETTER)
        self.patient.phone = "02 99 12 34 56"
        move = self.make_invoice()
        self.relance()
        claim = self.claims_of(move)
        self.assertEqual(claim.next_channel, "email")
        notice = self.relance("2026-06-16 09:00:00")
        self.assertEqual((notice.channel, notice.state), ("email", "sent"))
        self.assertEqual(claim.step_id, self.policy.step_ids[0])

    def test_who_opted_out_receives_no_text(self):
        self.env["phone.blacklist"].sudo().add("+33612345678")
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "blacklisted")
        self.assertFalse(self.provider.calls)

    def test_a_wrong_number_is_permanent(self):
        self.provider.answers["+33612345678"] = "wrong_number_format"
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "bad_number")
        self.assertEqual(self.claims_of(move).next_step_id, self.policy.step_ids[1])

    def test_a_provider_in_trouble_is_tried_again_then_the_ladder_goes_on(self):
        self.provider.breaks = "status"
        move = self.make_invoice()
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertEqual((notice.state, notice.failure_type), ("failed", "server"))
        self.assertEqual(
            (claim.next_step_id, claim.next_attempt), (self.policy.step_ids[0], 2)
        )
        self.assertFalse(self.activities())
        self.relance("2026-06-16 09:00:00")
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])
        self.assertFalse(claim.step_id)
        self.assertEqual(len(self.activities()), 1)

    def test_a_provider_that_is_down_is_a_failure_too(self):
        self.provider.stop()
        self.addCleanup(patch.object(self.provider, "stop").start)
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "server")
        self.assertIn("+33612345678", notice.failure_message)
        self.assertIn("cannot be reached", notice.failure_message)

    def test_a_lost_answer_is_a_humans_to_decide_and_never_sent_again(self):
        self.provider.breaks = "hang up"
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.state, "sending")
        self.assertIn(str(notice.id), self.activities().summary)
        self.assertFalse(
            self.env["sms.sms"].sudo().search([("state", "=", "outgoing")])
        )
        self.assertFalse(self.claims_of(move).step_id)
        notice.with_user(self.secretary).action_confirm_left()
        self.assertEqual(self.claims_of(move).step_id, self.policy.step_ids[0])

    def test_what_the_provider_says_nothing_about_waits_for_a_human(self):
        self.provider.answers["+33612345678"] = "forgotten"
        self.make_invoice()
        self.assertEqual(self.relance().state, "sending")

    def test_without_credit_the_batch_stops_and_one_activity_is_raised(self):
        patients = [
            self.make_patient(f"Patient {i}", phone=f"06 00 00 00 {i:02}")
            for i in range(10, 16)
        ]
        for patient in patients:
            self.make_invoice(patient)
        self.provider.credit = 2
        with patch("odoo.addons.recouv_lib.models.recouv_run.EXECUTE_BATCH", 3):
            notices = self.relance()
        self.assertEqual(
            notices.sorted("id").mapped("state"),
            ["sent", "sent", "failed", "queued", "queued", "queued"],
        )
        self.assertEqual(self.provider.calls, 1)
        refused = notices.filtered(lambda n: n.state == "failed")
        self.assertEqual(refused.failure_type, "credit")
        self.assertEqual(len(self.activities()), 1)
        self.provider.credit = None
        with freeze_time("2026-06-16 09:00:00"), for_real():
            self.run._execute()
        self.assertEqual(len(self.provider.sent), 5)

    def test_a_text_of_more_than_two_messages_is_told_once(self):
        template = self.env.ref("recouv_lib.sms_template_reminder")
        template.with_context(lang="fr_FR").body = "a" * 400
        self.make_invoice()
        self.make_invoice(self.make_patient("Ali", phone="06 22 22 22 22"))
        self.relance()
        self.assertEqual(len(self.provider.sent), 2)
        self.assertIn("Step 1", self.activities().summary)

    def test_the_french_reminder_fits_in_two_messages(self):
        patient = self.make_patient(
            "Marie-Françoise de La Rochefoucauld", phone="06 22 22 22 22"
        )
        self.company.recouv_sender_name = "Cabinet du Dr Jean-François Le Goff"
        self.make_invoice(patient, amount=1234.56)
        self.relance()
        [(_number, text, _uuid)] = self.provider.sent
        self.assertTrue(text.startswith("Bonjour Marie-Fran"), text)
        self.assertLessEqual(sms_text.segments(text), 2, text)
        self.assertFalse(self.activities())

    def test_what_a_text_costs_is_counted_by_message(self):
        self.company.recouv_sms_price = 0.08
        self.make_invoice()
        notice = self.relance()
        self.assertAlmostEqual(notice.cost, 0.08 * 2)

    def test_a_deleted_text_names_step_and_policy_and_sends_nothing(self):
        self.policy.step_ids[0].sms_template_id = False
        self.make_invoice()
        notice = self.relance()
        self.assertEqual((notice.state, notice.failure_type), ("failed", "rendering"))
        self.assertIn("Step 1", notice.failure_message)
        self.assertIn("Test schedule", notice.failure_message)
        self.assertFalse(self.provider.calls)

    def test_a_text_that_leads_to_the_invoices_own_page_is_refused(self):
        template = self.env.ref("recouv_lib.sms_template_reminder")
        template.with_context(lang="fr_FR").body = "https://example.com/my/invoices/7"
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "rendering")
        self.assertFalse(self.provider.calls)

    def test_in_test_mode_texts_go_to_one_number_with_the_true_name(self):
        self.company.recouv_test_phone = "06 99 99 99 99"
        self.make_invoice()
        notice = self.relance()
        [(number, text, _uuid)] = self.provider.sent
        self.assertEqual(number, "+33699999999")
        self.assertTrue(text.startswith("TEST Camille Martin: "))
        self.assertTrue(notice.is_test)

    def test_in_test_mode_without_a_phone_texts_go_by_email(self):
        self.company.recouv_test_email = "essai@example.com"
        self.make_invoice()
        notice = self.relance()
        self.assertFalse(self.provider.calls)
        [message] = self.mail_sink.messages
        self.assertIn("essai@example.com", message["To"])
        self.assertIn("Camille Martin", message["Subject"])
        self.assertEqual(notice.state, "sent")

    def test_leaving_test_mode_forgets_what_no_debtor_received(self):
        self.company.recouv_test_phone = "06 99 99 99 99"
        move = self.make_invoice()
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertTrue(claim.step_id)
        self.company.recouv_test_phone = False
        self.assertEqual(notice.state, "cancelled")
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[0])


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestSmsReports(ChannelCommon, HttpCase):
    """The provider's delivery reports come through Odoo's own webhook."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(SMS, LETTER)

    def report(self, status):
        uuids = [uuid for _number, _text, uuid in self.provider.sent]
        self.make_jsonrpc_request(
            "/sms/status",
            {"message_statuses": [{"sms_status": status, "uuids": uuids}]},
        )

    def test_a_delivered_text_says_so(self):
        self.make_invoice()
        notice = self.relance()
        self.report("delivered")
        self.assertEqual(notice.state, "delivered")
        self.assertEqual(str(notice.date_delivered), "2026-06-15")

    def test_a_text_that_did_not_arrive_loses_its_proof(self):
        move = self.make_invoice()
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertTrue(claim.step_id)
        self.report("not_delivered")
        self.assertEqual((notice.state, notice.failure_type), ("failed", "unreachable"))
        self.assertFalse(notice.proven_on)
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_attempt, 2)

    def test_an_invalid_destination_is_not_tried_again(self):
        move = self.make_invoice()
        notice = self.relance()
        self.report("invalid_destination")
        self.assertEqual(notice.failure_type, "bad_number")
        self.assertEqual(self.claims_of(move).next_step_id, self.policy.step_ids[1])

    def test_a_text_still_in_process_counts_only_when_confirmed(self):
        self.provider.answers["+33612345678"] = "processing"
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual((notice.state, notice.proven_on), ("sent", False))
        self.assertFalse(self.claims_of(move).step_id)
        notice._sms_reported("pending")
        self.assertTrue(self.claims_of(move).step_id)

    def test_a_provider_silent_for_three_days_did_not_deliver(self):
        self.provider.answers["+33612345678"] = "processing"
        self.make_invoice()
        notice = self.relance()
        with freeze_time("2026-06-19 09:00:00"):
            self.env["recouv.notice"]._cron_silent_sms()
        self.assertEqual((notice.state, notice.failure_type), ("failed", "server"))

    def test_a_report_about_an_undone_notice_changes_nothing(self):
        self.make_invoice()
        notice = self.relance()
        notice.action_undo()
        self.report("delivered")
        self.assertEqual(notice.state, "cancelled")

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .placement_common import PlacementCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacementAnswer(PlacementCommon):
    """The agency answers, the practice calls back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claim = cls.open_claim()

    def refuse(self, mirrors, reason="address", note=None):
        action = mirrors.with_user(self.agent).action_ask_refusal()
        self.env[action["res_model"]].with_user(self.agent).with_context(
            **action["context"]
        ).create({"reason": reason, "note": note}).action_refuse()

    def recall(self, claims, reason="agreement", note=None):
        action = claims.with_user(self.practitioner).action_recall_placement()
        self.env[action["res_model"]].with_user(self.practitioner).with_context(
            **action["context"]
        ).create({"reason": reason, "note": note}).action_recall()

    # --- the agency's answer ----------------------------------------------------------

    def test_the_agency_accepts_many_at_once(self):
        claims = self.claim | self.open_claim(40.0) | self.open_claim(60.0)
        mirrors = self.place(claims, accept=False)
        self.assertEqual(self.sections(self.agent)["to_accept"], 3)
        mirrors.action_accept_placement()
        self.assertEqual(set(claims.mapped("placement_state")), {"accepted"})
        self.assertNotIn("to_accept", self.sections(self.agent))
        with self.assertRaisesRegex(UserError, "does not wait for an answer"):
            mirrors.action_accept_placement()

    def test_the_practice_reads_the_refusal_in_its_day(self):
        mirror = self.place(self.claim, accept=False)
        self.refuse(mirror, note="moved away")
        line = self.claim.placement_line_ids.with_user(self.secretary)
        self.assertEqual(line.answer_reason, "Nobody can be reached there: moved away")
        self.assertEqual(line.answer_code, "address")
        self.assertEqual(self.sections(self.secretary)["refusals"], 1)
        line.action_seen()
        self.assertNotIn("refusals", self.sections(self.secretary))
        self.assertEqual(line.placement_id.state, "closed")

    def test_a_refusal_needs_words(self):
        mirror = self.place(self.claim, accept=False)
        with self.assertRaisesRegex(UserError, "Say why"):
            self.refuse(mirror, "other")
        with self.assertRaisesRegex(UserError, "Say why"):
            mirror.action_refuse_placement(" ")

    def test_a_practice_cannot_answer_for_the_agency(self):
        mirror = self.place(self.claim, accept=False)
        with self.assertRaises(AccessError):
            mirror.with_user(self.practitioner).action_accept_placement()

    def test_the_agency_cannot_call_back_nor_read_why(self):
        mirror = self.place(self.claim)
        with self.assertRaises(UserError):
            mirror.with_user(self.agency_manager)._recall("mine")
        self.recall(self.claim, note="she is ill")
        lines = self.env["recouv.placement.line"].with_user(self.agency_manager)
        self.assertFalse(lines.search([]))
        with self.assertRaises(AccessError):
            self.claim.placement_line_ids.with_user(self.agency_manager).read()
        texts = str(mirror.with_user(self.agent).message_ids.mapped("body"))
        self.assertNotIn("ill", texts)

    def test_who_answered_is_kept_and_shown_to_nobody(self):
        self.place(self.claim)
        line = self.claim.placement_line_ids
        self.assertEqual(line.sudo().answered_by_id, self.agent)
        with self.assertRaises(AccessError):
            line.with_user(self.practitioner).read(["answered_by_id"])
        with self.assertRaises(AccessError):
            line.with_user(self.practitioner).read(["agency_claim_id"])

    def test_no_user_of_the_practice_signs_a_record_of_the_agency(self):
        mirror = self.place(self.claim)
        self.assertNotIn(self.practitioner, mirror.sudo().create_uid)
        contacts = mirror.sudo().partner_id | mirror.sudo().creditor_partner_id
        self.assertNotIn(self.practitioner, contacts.create_uid | contacts.write_uid)
        self.assertFalse(contacts.message_follower_ids)

    # --- calling back -----------------------------------------------------------------

    def test_called_back_the_relance_resumes_where_it_stood(self):
        before = self.claim.next_step_id, self.claim.next_date
        mirror = self.place(self.claim)
        notice = self.agency_run().notice_ids
        self.recall(self.claim)
        self.assertEqual(self.claim.holder, "practice")
        self.assertEqual((self.claim.next_step_id, self.claim.next_date), before)
        self.assertEqual(self.claim.placement_state, "recalled")
        self.assertEqual(notice.state, "cancelled")
        self.assertEqual(mirror.close_reason, "recalled")
        self.assertTrue(self.propose().notice_ids)

    def test_called_back_the_agencys_agreements_and_tasks_end(self):
        mirror = self.place(self.claim)
        mirror.activity_schedule("mail.mail_activity_data_todo", summary="call")
        claims = type(self.env["recouv.claim"])
        with patch.object(claims, "_live_plans") as live:
            self.recall(self.claim)
        live.return_value._cancel.assert_called_once()
        self.assertFalse(mirror.sudo().activity_ids)

    def test_money_at_the_agency_is_settled_before_the_relance_resumes(self):
        lines = type(self.env["recouv.placement.line"])
        self.place(self.claim)
        with patch.object(lines, "_awaiting_settlement", lambda self: self):
            self.recall(self.claim)
        self.assertEqual(self.claim.suspension, "hold")
        self.assertEqual(self.claim._active_holds().reason, "agency_account")
        self.claim.placement_line_ids._settled_with_practice()
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "none")

    def test_what_no_agency_holds_is_not_called_back(self):
        with self.assertRaisesRegex(UserError, "No agency holds"):
            self.recall(self.claim)
        self.place(self.claim)
        with self.assertRaisesRegex(UserError, "Say why"):
            self.recall(self.claim, "other")

    def test_called_back_it_may_be_handed_over_again(self):
        first = self.place(self.claim)
        self.recall(self.claim)
        second = self.place(self.claim)
        self.assertNotEqual(first, second)
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(self.claim.placement_state, "accepted")

    def test_a_mandate_that_ends_gives_everything_back(self):
        waiting = self.open_claim(40.0)
        self.place(self.claim)
        self.place(waiting, accept=False)
        self.mandate.sudo()._recall_all("The mandate was revoked.")
        both = self.claim | waiting
        self.assertEqual(set(both.mapped("holder")), {"practice"})
        self.assertEqual(
            set(both.placement_line_ids.mapped("answer_reason")),
            {"The mandate was revoked."},
        )

    def test_what_must_stay_after_a_mandate_stays(self):
        self.place(self.claim)
        mandates = type(self.env["recouv.mandate"])
        with patch.object(mandates, "_staying_lines", lambda self, lines: lines):
            self.mandate.sudo()._recall_all("The mandate was revoked.")
        self.assertEqual(self.claim.holder, "agency")

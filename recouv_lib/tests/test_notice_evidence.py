from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon

OUTCOMES = {
    "state": "sent",
    "proven_on": "2026-06-01",
    "date_presented": "2026-06-01",
    "amount": 1.0,
    "deadline_date": "2030-01-01",
    "call_outcome": "promise",
    "sent_to": "+33600000000",
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNoticeEvidence(RecouvCommon):
    """What a notice says of its sending is recorded by it, never typed by someone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_invoice()
        cls.notice = cls.propose().notice_ids.with_user(cls.secretary)

    def test_nobody_types_an_outcome(self):
        for name, value in OUTCOMES.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, name):
                self.notice.write({name: value})

    def test_no_context_from_outside_opens_the_door(self):
        for word in (True, 1, "RECORDING"):
            notice = self.notice.with_context(recouv_recording=word)
            with self.assertRaises(UserError):
                notice.write({"state": "sent"})

    def test_a_personal_word_a_proof_and_a_tracking_number_are_a_persons(self):
        self.notice.personal_note = "Call me."
        self.assertEqual(self.notice.personal_note, "Call me.")

    def test_no_one_makes_a_notice_or_edits_a_line_by_hand(self):
        with self.assertRaises(AccessError):
            self.notice.copy()
        with self.assertRaises(AccessError):
            self.notice.line_ids[:1].amount = 1
        with self.assertRaises(AccessError):
            self.notice.line_ids.unlink()

    def test_the_buttons_record_all_the_same(self):
        self.notice.action_approve()
        self.assertEqual(self.notice.state, "queued")
        self.notice.action_remove()
        self.assertEqual(self.notice.state, "cancelled")

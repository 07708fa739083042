import base64

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.lib import page_mark

from .common import TODAY
from .letter_common import LetterCommon
from .test_registered import PRINTED, number


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReturnedMail(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.make_invoice()
        self.letter = self.letters()
        self.letter.action_mark_posted()

    def scan(self, *lines):
        wizard = (
            self.env["recouv.mail.scan"]
            .with_user(self.secretary)
            .create({"scans": "\n".join(lines)})
        )
        wizard.action_apply()
        return wizard.result or ""

    def mark(self):
        ((mark,),) = self.marks(self.letter)
        return mark.token

    def test_one_scan_enters_a_returned_letter(self):
        self.scan(self.mark())
        self.assertEqual(self.letter.state, "returned")
        self.assertEqual(self.letter.failure_type, "wrong_address")
        self.assertEqual(self.patient.recouv_hold_ids.reason, "address_unknown")
        self.assertFalse(self.letter.lead_claim_id.step_id)

    def test_a_scanner_set_to_another_keyboard_is_understood(self):
        azerty = str.maketrans("1234567890", "&é\"'(-è_çà")
        self.scan(self.mark().translate(azerty))
        self.assertEqual(self.letter.state, "returned")

    def test_the_reference_may_be_typed_instead(self):
        self.scan(self.letter.payment_reference)
        self.assertEqual(self.letter.state, "returned")

    def test_both_pages_of_a_letter_may_be_scanned(self):
        self.assertNotIn("✗", self.scan(self.mark(), self.mark()))

    def test_a_mark_that_was_not_made_here_is_told(self):
        forged = page_mark.make_mark(b"another database", self.letter.id, 1, 1)
        result = self.scan(forged, "hello", self.mark())
        self.assertIn("not made here", result)
        self.assertIn("no mark of a letter", result)
        self.assertEqual(self.letter.state, "returned", "the good scan counts")

    def test_a_letter_of_another_company_is_not_ours(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.secretary.copy(
            {
                "login": "stranger",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
            }
        )
        wizard = (
            self.env["recouv.mail.scan"]
            .with_user(stranger)
            .with_company(other)
            .create({"scans": self.mark()})
        )
        wizard.action_apply()
        self.assertIn("not one of yours", wizard.result)
        self.assertEqual(self.letter.state, "sent")


@tagged("post_install", "-at_install")
class TestTrackingScan(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.make_invoice()
        self.letter = self.formal_notice()

    def scan(self, **values):
        wizard = (
            self.env["recouv.mail.scan"]
            .with_user(self.secretary)
            .create({"mode": "tracking", **values})
        )
        with self.at(PRINTED):
            wizard.action_apply()
        return wizard.result or ""

    def test_a_letter_then_its_number(self):
        ((mark,),) = self.marks(self.letter)
        self.scan(scans=f"{mark.token}\n{number('47312482')}")
        self.assertEqual(self.letter.tracking_ref, "RA473124829FR")

    def test_a_wrong_number_is_told_and_nothing_is_set(self):
        ((mark,),) = self.marks(self.letter)
        self.assertIn("check digit", self.scan(scans=f"{mark.token}\nRA473124828FR"))
        self.assertFalse(self.letter.tracking_ref)

    def test_a_letter_without_number_is_told(self):
        ((mark,),) = self.marks(self.letter)
        self.assertIn("no number follows", self.scan(scans=mark.token))

    def test_a_csv_of_the_post_office(self):
        lines = (
            f"reference;tracking\r\n{self.letter.payment_reference};RA473124829FR\r\n"
        )
        self.scan(csv_file=base64.b64encode(lines.encode("utf-8-sig")))
        self.assertEqual(self.letter.tracking_ref, "RA473124829FR")

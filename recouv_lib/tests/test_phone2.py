from odoo.tests import freeze_time, tagged

from .channel_common import WORKING_HOUR, ChannelCommon
from .import_common import ImportCommon

FIXED, MOBILE, OTHER = "02 99 12 34 56", "06 39 98 12 34", "06 12 34 56 78"


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestSecondPhone(ChannelCommon, ImportCommon):
    """A practice's file has two numbers; each is used for what it is good for."""

    def imported_phones(self, fixed, mobile):
        self.run_file(
            [["N° patient", "Nom", "Tél", "Portable"], ["1", "Noël", fixed, mobile]]
        )
        patient = self.imported("patients", "1")
        return patient.phone or "", patient.recouv_phone2 or ""

    def call_of(self, **values):
        """The call that a run prepares for a debtor."""
        self.patient.write({"phone": False, **values})
        self.company.recouv_policy_id = self.make_policy(
            steps=[{"channel": "call", "delay_days": 3, "anchor": "due_date"}]
        )
        self.make_invoice()
        run = self.propose()
        run.action_execute()
        return run.notice_ids

    # --- import ---------------------------------------------------------------------

    def test_the_mobile_comes_first_the_other_is_kept(self):
        self.assertEqual(self.imported_phones(FIXED, MOBILE), (MOBILE, FIXED))

    def test_a_mobile_in_the_wrong_column_comes_first_too(self):
        self.assertEqual(self.imported_phones(MOBILE, FIXED), (MOBILE, FIXED))

    def test_of_two_mobiles_that_of_the_mobiles_column_comes_first(self):
        self.assertEqual(self.imported_phones(MOBILE, OTHER), (OTHER, MOBILE))

    def test_one_number_stands_alone(self):
        self.assertEqual(self.imported_phones(FIXED, ""), (FIXED, ""))

    def test_the_same_number_twice_is_one(self):
        self.assertEqual(
            self.imported_phones(MOBILE, "+33639981234"), ("+33639981234", "")
        )

    # --- use ------------------------------------------------------------------------

    def test_a_text_goes_to_the_second_number_when_the_first_is_no_mobile(self):
        self.patient.write({"phone": FIXED, "recouv_phone2": MOBILE})
        notice = self.env["recouv.notice"].new(
            {"partner_id": self.patient.id, "company_id": self.company.id}
        )
        self.assertEqual(notice._sms_number(), "+33639981234")

    def test_a_stand_in_is_texted_on_the_second_number_too(self):
        safe = self.make_patient("Mother", phone=FIXED, recouv_phone2=MOBILE)
        self.patient.write({"phone": OTHER, "recouv_safe_contact_id": safe.id})
        notice = self.env["recouv.notice"].new(
            {"partner_id": self.patient.id, "company_id": self.company.id}
        )
        self.assertEqual(notice._sms_number(), "+33639981234")

    def test_who_is_safe_with_a_second_number_only_is_called(self):
        safe = self.make_patient("Mother", recouv_phone2=MOBILE)
        self.patient.write({"phone": OTHER, "recouv_safe_contact_id": safe.id})
        self.assertEqual(self.patient._recouv_contact("call"), safe)

    def test_a_call_without_first_number_takes_the_second(self):
        call = self.call_of(phone="none", recouv_phone2=FIXED)
        self.assertEqual((call.state, call.sent_to), ("printed", "+33299123456"))

    def test_the_caller_has_the_second_number_beside_the_first(self):
        call = self.call_of(phone=MOBILE, recouv_phone2=FIXED)
        sheet = call.with_user(self.secretary)._call_sheet()
        self.assertEqual(
            (sheet["number"], sheet["other_numbers"]),
            ("+33639981234", ["+33299123456"]),
        )

    def test_who_has_one_number_has_no_other(self):
        self.assertEqual(self.call_of(phone=MOBILE)._call_sheet()["other_numbers"], [])

    def test_the_caller_is_found_by_either_number(self):
        self.patient.write({"phone": MOBILE, "recouv_phone2": FIXED})
        find = self.env["recouv.find"].with_user(self.secretary)
        for text in ("0299123456", "+33639981234"):
            self.assertIn(self.patient, find._partners_by_phone(text))

    def test_a_second_number_completes_the_file(self):
        self.company.recouv_file_phone = True
        self.patient.write({"phone": False, "recouv_phone2": FIXED})
        gaps = self.patient._recouv_file_gaps(self.company)
        self.assertNotIn("phone number", gaps)
        self.patient.recouv_phone2 = False
        self.assertIn("phone number", self.patient._recouv_file_gaps(self.company))

    def test_the_incomplete_files_are_searched_by_both_numbers(self):
        self.company.recouv_file_phone = True
        self.patient.write({"phone": False, "recouv_phone2": FIXED})
        self.make_invoice()
        self.propose()
        partners = self.env["res.partner"].with_user(self.secretary)
        found = partners.search([("recouv_file_incomplete", "=", True)])
        self.assertNotIn(self.patient, found)

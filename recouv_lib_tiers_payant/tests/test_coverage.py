from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import CARE, ShareCommon

FROM_FORM = {"disable_abnormal_invoice_detection": False}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestIdentity(ShareCommon):
    """Numbers are checked, stored in one form, and seen by their group alone."""

    def test_the_key_of_a_social_security_number_is_completed(self):
        patient = self.patient.with_user(self.biller)
        patient.recouv_nir = "1 85 05 78 006 084"
        self.assertEqual(len(patient.recouv_nir), 15)
        self.assertTrue(patient.recouv_nir.startswith("1850578006084"))

    def test_a_wrong_key_is_refused_without_repeating_the_number(self):
        with self.assertRaises(ValidationError) as caught:
            self.patient.with_user(self.biller).recouv_nir = "185057800608499"
        self.assertIn("key", str(caught.exception))
        self.assertNotIn("1850578", str(caught.exception))

    def test_corsica_has_letters(self):
        patient = self.patient.with_user(self.biller)
        patient.recouv_nir = "284052A123456"
        self.assertEqual(patient.recouv_nir[5:7], "2A")

    def test_a_lunar_birth_date_is_kept(self):
        patient = self.patient.with_user(self.biller)
        patient.recouv_birth_code = "1950/31/12"
        self.assertEqual(patient.recouv_birth_code, "19503112")
        patient.recouv_birth_code = "31/12/1950"
        self.assertEqual(patient.recouv_birth_code, "19501231")

    def test_a_birth_rank_is_one_digit(self):
        with self.assertRaises(ValidationError):
            self.patient.with_user(self.biller).recouv_birth_rank = 12

    def test_the_secretary_neither_reads_nor_searches_nor_exports_it(self):
        self.patient.recouv_nir = "1850578006084"
        self.secretary.group_ids += self.env.ref("base.group_allow_export")
        patient = self.patient.with_user(self.secretary)
        self.assertNotIn("recouv_nir", patient.fields_get())
        for act in (
            lambda: patient.read(["recouv_nir"]),
            lambda: patient.search([("recouv_nir", "=", "185057800608436")]),
            lambda: patient.export_data(["recouv_nir"]),
            lambda: patient.write({"recouv_birth_code": "19500101"}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_it_is_written_in_no_chatter(self):
        before = self.patient.message_ids
        self.patient.with_user(self.biller).recouv_nir = "1850578006084"
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(self.patient.message_ids, before)

    def test_a_payer_code_follows_its_kind(self):
        with self.assertRaises(ValidationError):
            self.make_payer("CPAM", "amo", "1234")
        with self.assertRaises(ValidationError):
            self.make_payer("Mutuelle", "amc", "12")
        with self.assertRaisesRegex(ValidationError, "AMO"):
            self.make_payer("Nobody", False, "013510000")

    def test_a_payer_is_a_payer_for_the_relance(self):
        self.assertEqual(self.caisse.recouv_debtor_kind, "payer")

    def test_a_payer_is_found_by_its_code_or_made_and_flagged(self):
        partners = self.env["res.partner"]
        find = partners._recouv_find_or_create_payer
        self.assertEqual(find("amc", "12345678", self.company), self.mutual)
        self.assertEqual(find("amo", "013519999", self.company), self.caisse)
        made = find("amo", "017510000", self.company)
        self.assertTrue(made.recouv_payer_to_check)
        self.assertEqual(find("amo", "017510000", self.company), made)

    def test_the_numbers_of_the_practice_have_keys(self):
        self.company.recouv_finess = "200102689"
        with self.assertRaises(ValidationError):
            self.company.recouv_finess = "200102680"
        with self.assertRaises(ValidationError):
            self.company.recouv_am_number = "123"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCoverage(ShareCommon):
    """Rights, their dates, and what is said before an invoice is posted."""

    def test_rights_cannot_end_before_they_start(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.make_rights(valid_to=date(2025, 1, 1)).flush_recordset()

    def test_one_caisse_at_a_time(self):
        self.make_rights()
        other = self.make_payer("MSA", "amo", "023510000")
        with self.assertRaisesRegex(ValidationError, "already has rights"):
            self.make_rights(other, valid_from=date(2026, 12, 31))
        self.make_rights(other, valid_from=date(2027, 1, 1), valid_to=False)

    def test_two_mutual_funds_may_stand_together(self):
        self.make_rights(self.mutual)
        self.make_rights(self.make_payer("Other", "amc", "0098765432"))
        with self.assertRaises(ValidationError):
            self.make_rights(self.mutual)

    def test_they_were_not_checked_tomorrow(self):
        with self.assertRaises(ValidationError):
            self.make_rights(checked_on=date(2026, 6, 16))

    def test_a_member_number_is_letters_and_digits(self):
        with self.assertRaises(ValidationError):
            self.make_rights(self.mutual, member_number="12#")

    def test_the_form_takes_kind_and_scheme_from_the_payer(self):
        with Form(self.env["recouv.coverage"].with_user(self.biller)) as form:
            form.partner_id = self.patient
            form.payer_id = self.caisse
            form.exemption = "ald"
        rights = form.save()
        self.assertEqual((rights.kind, rights.regime), ("amo", "01"))
        self.assertEqual(rights.rate, 100)

    # --- the warning --------------------------------------------------------------

    def test_unknown_rights_are_said_before_the_invoice_is_posted(self):
        move = self.make_draft()
        self.plan_share(move)
        self.assertIn("no rights are recorded", move.recouv_rights_message)
        action = move.with_user(self.biller).with_context(**FROM_FORM).action_post()
        self.assertEqual(action["res_model"], "recouv.rights.warning")
        self.assertEqual(move.state, "draft")

    def test_expired_rights_say_since_when(self):
        self.make_rights(valid_to=date(2026, 5, 31))
        move = self.make_draft()
        self.plan_share(move)
        self.assertIn("05/31/2026", move.recouv_rights_message)
        self.assertIn("carte Vitale", move.recouv_rights_message)

    def test_who_goes_on_is_kept(self):
        move = self.make_draft()
        self.plan_share(move)
        wizard = (
            self.env["recouv.rights.warning"]
            .with_user(self.secretary)
            .create({"move_ids": move.ids})
        )
        self.assertIn(self.caisse.name, wizard.message)
        wizard.action_pass()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.recouv_rights_passed_by_id, self.secretary)
        self.assertIn(self.caisse.name, move.recouv_rights_passed_note)

    def test_valid_rights_are_not_talked_about(self):
        self.make_rights()
        move = self.make_draft()
        self.plan_share(move)
        self.assertFalse(move.recouv_rights_message)
        move.with_user(self.biller).with_context(**FROM_FORM).action_post()
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.recouv_rights_passed_on)

    def test_an_invoice_without_parts_is_posted_as_ever(self):
        move = self.make_draft()
        move.with_context(**FROM_FORM).action_post()
        self.assertEqual(move.state, "posted")

    def test_a_program_is_never_stopped(self):
        move = self.make_draft()
        self.plan_share(move)
        move.action_post()
        self.assertEqual(move.state, "posted")

    # --- parts by the rights --------------------------------------------------------

    def test_rights_share_the_invoice_where_the_practice_wants_it(self):
        self.company.recouv_tp_auto_split = True
        self.make_rights()
        self.make_rights(self.mutual)
        move = self.make_draft()
        move.with_user(self.secretary).action_post()
        self.assertEqual(
            {s.kind: s.amount for s in move.recouv_share_ids}, {"amo": 70, "amc": 30}
        )
        self.assertEqual(move.amount_residual, 0)

    def test_nothing_is_shared_by_itself_otherwise(self):
        self.make_rights()
        move = self.make_draft()
        move.action_post()
        self.assertFalse(move.recouv_share_ids)

    def test_rights_without_third_party_payment_share_nothing(self):
        self.company.recouv_tp_auto_split = True
        self.make_rights(is_third_party=False)
        move = self.make_draft()
        move.action_post()
        self.assertFalse(move.recouv_share_ids)

    def test_no_overrun_for_who_has_c2s(self):
        self.company.recouv_tp_auto_split = True
        self.make_rights()
        self.make_rights(self.mutual, exemption="c2s")
        move = self.make_draft(recouv_overrun_amount=10)
        with self.assertRaisesRegex(UserError, "overrun"):
            move.action_post()

    def test_the_care_date_decides_and_not_the_day_of_the_invoice(self):
        self.company.recouv_tp_auto_split = True
        self.make_rights(valid_from=CARE, valid_to=CARE)
        move = self.make_draft(invoice_date=date(2026, 6, 10))
        move.action_post()
        self.assertEqual(move.recouv_share_ids.amount, 70)

    def split_of(self, **values):
        """A draft of a practice whose invoices are shared by the rights."""
        self.company.recouv_tp_auto_split = True
        return self.make_draft(**values)

    def test_ended_rights_are_said_where_rights_would_share_the_invoice(self):
        self.make_rights(valid_to=date(2026, 5, 31))
        self.make_rights(self.mutual)
        move = self.split_of()
        self.assertIn("05/31/2026", move.recouv_rights_message)
        self.assertIn(self.caisse.name, move.recouv_rights_message)
        self.assertNotIn(self.mutual.name, move.recouv_rights_message)
        action = move.with_user(self.secretary).with_context(**FROM_FORM).action_post()
        self.assertEqual(action["res_model"], "recouv.rights.warning")
        self.assertEqual(move.state, "draft")

    def test_ended_rights_that_were_followed_by_others_are_not_talked_about(self):
        self.make_rights(valid_to=date(2026, 5, 31))
        self.make_rights(valid_from=CARE)
        self.make_rights(self.mutual, is_third_party=False, valid_to=date(2026, 5, 1))
        self.assertFalse(self.split_of().recouv_rights_message)

    def test_ended_rights_matter_only_where_rights_share_the_invoice(self):
        self.make_rights(valid_to=date(2026, 5, 31))
        self.assertFalse(self.make_draft().recouv_rights_message)

    # --- patients who owe nothing ---------------------------------------------------

    def test_who_has_c2s_is_left_no_debt_by_rights_that_do_not_say_who_pays(self):
        self.make_rights(exemption="c2s")
        move = self.split_of()
        self.assertIn("the patient owes nothing", move.recouv_rights_message)
        self.assertIn("30.00", move.recouv_rights_message)
        # they tell of means: no word of it to who posts
        self.assertNotIn("C2S", move.recouv_rights_message)
        action = move.with_user(self.secretary).with_context(**FROM_FORM).action_post()
        self.assertEqual(action["res_model"], "recouv.rights.warning")
        move.with_user(self.secretary).action_post()
        self.assertFalse(move.recouv_share_ids)
        self.assertIn("100.00", move.recouv_rights_message)
        # who shares the whole has done what was said
        for payer, amount in ((self.caisse, 70), (self.mutual, 30)):
            self.plan_share(move, payer, amount).action_book()
        move.invalidate_recordset()
        self.assertNotIn("owes nothing", move.recouv_rights_message)

    def test_a_fund_with_c2s_and_no_caisse_is_left_to_a_person_too(self):
        self.make_rights(self.mutual, exemption="c2s", rate=0)
        move = self.split_of()
        move.action_post()
        self.assertFalse(move.recouv_share_ids)
        self.assertIn("the patient owes nothing", move.recouv_rights_message)

    def test_care_that_is_not_covered_is_the_patients_in_spite_of_c2s(self):
        self.make_rights(exemption="c2s")
        move = self.split_of()
        move.recouv_not_covered = True
        self.assertFalse(move.recouv_rights_message)
        move.action_post()
        self.assertFalse(move.recouv_share_ids)
        self.assertFalse(move.recouv_rights_message)

    def test_who_has_ame_owes_nothing_and_is_shared_by_itself(self):
        self.make_rights(exemption="ame")
        move = self.split_of()
        self.assertFalse(move.recouv_rights_message)
        move.action_post()
        self.assertEqual(move.recouv_share_ids.amount, 100)

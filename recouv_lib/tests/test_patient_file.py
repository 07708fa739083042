from datetime import date

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPatientFile(RecouvCommon):
    """An incomplete file is named where the debtor is met, and counted in the day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.phone = "+33 6 12 34 56 78"
        cls.claim = cls.claim_of(cls.patient)
        cls.other = cls.env["res.company"].create({"name": "Other practice"})
        cls.neighbour = new_test_user(
            cls.env,
            "file_neighbour",
            groups="base.group_user,recouv_lib.group_user",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    @classmethod
    def claim_of(cls, partner):
        move = cls.make_invoice(partner)
        cls.propose()
        return cls.claims_of(move)

    def document(self, kind="rights", user=None, **values):
        documents = self.env["recouv.patient.document"].with_user(
            user or self.secretary
        )
        return documents.create(
            {"partner_id": self.patient.id, "kind": kind, "date": TODAY, **values}
        )

    def missing(self, partner=None, user=None):
        partner = (partner or self.patient).with_user(user or self.secretary)
        partner.invalidate_recordset()
        return partner.recouv_file_missing or ""

    def incomplete(self, user=None):
        partners = self.env["res.partner"].with_user(user or self.secretary)
        return partners.search([("recouv_file_incomplete", "=", True)])

    # --- what a file must hold ------------------------------------------------------

    def test_address_and_one_way_to_reach_are_required_at_first(self):
        self.assertEqual(self.missing(), "")
        self.assertNotIn(self.patient, self.incomplete())
        self.patient.write({"phone": False, "zip": ""})
        self.assertEqual(
            self.missing(), "Missing in the file: postal address and phone or e-mail"
        )
        self.assertIn(self.patient, self.incomplete())
        self.patient.write({"email": "cm@example.com", "zip": "35000"})
        self.assertEqual(self.missing(), "")

    def test_the_company_chooses_what_is_required(self):
        self.patient.write({"phone": False, "street": False})
        self.company.write({"recouv_file_address": False})
        self.assertNotIn("address", self.missing())
        self.company.write({"recouv_file_reachable": False})
        self.assertEqual(self.missing(), "")
        self.assertNotIn(self.patient, self.incomplete())
        self.company.write({"recouv_file_phone": True, "recouv_file_email": True})
        self.assertIn("phone number and e-mail address", self.missing())
        self.assertIn(self.patient, self.incomplete())

    def test_nothing_required_means_no_incomplete_file(self):
        self.company.write(
            {"recouv_file_address": False, "recouv_file_reachable": False}
        )
        self.assertFalse(self.incomplete())

    def test_a_required_paper_is_missing_until_it_is_filed(self):
        self.company.recouv_file_rights = True
        self.assertIn("certificate of entitlement", self.missing())
        self.assertIn(self.patient, self.incomplete())
        self.document("mutual")
        self.assertIn(self.patient, self.incomplete())
        self.document("rights")
        self.assertEqual(self.missing(), "")
        self.assertNotIn(self.patient, self.incomplete())

    def test_an_expired_paper_is_missing_again_on_the_next_day(self):
        self.company.recouv_file_mutual = True
        self.document("mutual", date=date(2026, 1, 1), valid_to=TODAY)
        self.assertEqual(self.missing(), "")
        with freeze_time("2026-06-16"):
            self.assertIn("complementary insurance", self.missing())
            self.assertIn(self.patient, self.incomplete())

    def test_a_paper_filed_by_mistake_is_undone(self):
        self.company.recouv_file_prescription = True
        document = self.document("prescription")
        document.undo("it is his brother's")
        self.assertIn("prescription", self.missing())
        self.assertIn(self.patient, self.incomplete())
        with self.assertRaises(UserError):
            document.undo("twice")

    def test_a_paper_cannot_expire_before_its_date(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.document(valid_to=date(2026, 1, 1))

    def test_no_paper_is_asked_of_a_professional(self):
        self.company.recouv_file_rights = True
        payer = self.make_patient("Payer", is_company=True, phone="+33 2 99 00 00 01")
        self.claim_of(payer)
        self.assertEqual(self.missing(payer), "")
        self.assertNotIn(payer, self.incomplete())
        payer.recouv_debtor_kind = "patient"
        self.assertIn(payer, self.incomplete())
        self.assertIn("certificate", self.missing(payer))

    def test_who_is_reached_through_another_needs_no_address_of_his_own(self):
        self.patient.write({"street": False, "phone": False})
        self.patient.recouv_guardian_id = self.make_patient("Parent")
        self.assertEqual(self.missing(), "")
        self.assertNotIn(self.patient, self.incomplete())

    # --- who is counted, who may see ------------------------------------------------

    def test_only_who_owes_is_counted(self):
        self.patient.phone = False
        self.pay(self.claim.move_id)
        self.assertNotIn(self.patient, self.incomplete())
        self.assertIn("phone", self.missing())
        supplier = self.make_patient("Supplier", street=False)
        self.assertEqual(self.missing(supplier), "")

    def test_the_claim_tells_it_while_it_is_open(self):
        self.patient.phone = False
        claim = self.claim.with_user(self.secretary)
        self.assertEqual(claim.file_missing, "Missing in the file: phone or e-mail")
        self.pay(self.claim.move_id)
        claim.invalidate_recordset()
        self.assertFalse(claim.file_missing)

    def test_words_and_search_say_the_same(self):
        self.company.write({"recouv_file_email": True, "recouv_file_rights": True})
        names = ("street", "phone", "email")
        people = self.env["res.partner"]
        for rank in range(8):
            gaps = {n: False for i, n in enumerate(names) if rank & (1 << i)}
            values = {"phone": "+33 2", "email": "a@example.com", **gaps}
            person = self.make_patient(f"Patient {rank}", **values)
            self.document("rights", partner_id=person.id)
            self.claim_of(person)
            people |= person
        found = self.incomplete() & people
        self.assertEqual(found, people.filtered("recouv_file_incomplete"))
        # e-mail implies that he can be reached: a missing phone alone is no gap
        self.assertEqual(len(people - found), 2)

    def test_the_day_counts_incomplete_files_as_an_alarm(self):
        self.patient.phone = False
        day = self.env["recouv.day"].with_user(self.secretary).read_day()
        section = next(s for s in day["sections"] if s["code"] == "incomplete_files")
        self.assertTrue(section["is_alarm"])
        self.assertEqual(section["count"], len(self.incomplete()))
        self.assertTrue(self.env.ref("recouv_lib.res_partner_incomplete_action"))

    def test_another_company_neither_sees_nor_counts_it(self):
        self.patient.phone = False
        document = self.document()
        self.assertFalse(self.incomplete(self.neighbour))
        documents = self.env["recouv.patient.document"].with_user(self.neighbour)
        self.assertFalse(documents.search([("partner_id", "=", self.patient.id)]))
        with self.assertRaises(AccessError):
            documents.browse(document.id).read(["kind"])

    def test_a_paper_of_another_company_does_not_complete_the_file(self):
        self.company.recouv_file_rights = True
        self.env["recouv.patient.document"].create(
            {
                "partner_id": self.patient.id,
                "company_id": self.other.id,
                "kind": "rights",
                "date": TODAY,
            }
        )
        self.assertIn("certificate", self.missing())
        self.assertIn(self.patient, self.incomplete())

    def test_a_plain_user_reads_nothing_of_it(self):
        plain = new_test_user(self.env, "file_plain", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.patient.with_user(plain).read(["recouv_file_missing"])
        with self.assertRaises(AccessError):
            self.incomplete(plain)

    def test_a_secretary_files_but_never_deletes(self):
        document = self.document()
        with self.assertRaises(AccessError):
            document.unlink()

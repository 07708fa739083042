import base64
import json
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .test_enforcement_money import EnforcementMoney

LATER = date(2030, 1, 10)


class PrivacyAgencyCommon(EnforcementMoney):
    """A court file of the agency with words and papers, and money that came."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env, cls.env = cls.env, cls.env(su=True)
        cls.debtor = cls.mirror.sudo().partner_id
        cls.debtor.write({"phone": "+33 6 12 34 56 78", "email": "cm@example.com",
                          "street": "3 rue du Port"})  # fmt: skip
        cls.file.sudo().note = "a word on the file"
        cls.file.sudo().message_post(body="said in the file")
        paper = base64.b64encode(b"%PDF-1.4 act")
        cls.measure.sudo().write(
            {"note": "a word on the measure", "document": paper,
             "document_name": "act.pdf", "third_party": "Banque du Port"}
        )  # fmt: skip
        cls.exhibit = cls.file.sudo().exhibit_ids[:1] or cls.make_exhibit()
        released = cls.env["ir.attachment"].create(
            {"name": "note.pdf", "raw": b"%PDF-1.4 note", "company_id": cls.agency.id,
             "res_model": "recouv.exhibit", "res_id": cls.exhibit.id}
        )  # fmt: skip
        cls.exhibit.document_id = released
        cls.released = released
        cls.env = env

    @classmethod
    def make_exhibit(cls):
        return cls.env["recouv.exhibit"].create(
            {"litigation_id": cls.file.id, "name": "Note"}
        )

    def paid(self):
        """Both claims are paid on TODAY; the receipt has a copy."""
        receipt = self.receive(200.0, self.mirror | self.other_mirror, memo="my words")
        copy = self.env["ir.attachment"].sudo().create(
            {"name": "QT.pdf", "raw": b"%PDF-1.4 receipt", "res_model": receipt._name,
             "res_id": receipt.id, "company_id": self.agency.id}
        )  # fmt: skip
        return receipt, copy


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPurgeAgency(PrivacyAgencyCommon):
    def purge(self, company=None, user=None):
        purges = self.env["recouv.purge"].with_user(user or self.agency_manager)
        company = company or self.agency
        with freeze_time(LATER):
            purge = purges.with_company(company)._run(company.with_env(purges.env))
        self.env.invalidate_all()
        return purge

    def test_a_court_file_of_claims_settled_long_ago_loses_its_words(self):
        self.paid()
        self.purge()
        file, measure = self.file.sudo(), self.measure.sudo()
        self.assertFalse(file.note or file.message_ids)
        self.assertFalse(measure.note or measure.document or measure.third_party)
        self.assertFalse(self.released.exists())
        self.assertEqual(file.name, self.file.name)
        self.assertEqual(measure.date, TODAY)

    def test_a_receipt_keeps_its_sums_and_loses_its_words(self):
        receipt, copy = self.paid()
        purge = self.purge()
        self.assertGreaterEqual(purge.document_count, 2)
        self.assertFalse(copy.exists())
        self.assertFalse(receipt.memo)
        self.assertEqual((receipt.amount, receipt.state), (200.0, "cleared"))
        self.assertTrue(receipt.sudo().move_id)
        self.assertEntriesBalanced()

    def test_the_agency_keeps_no_address_of_whom_it_pursues_no_more(self):
        self.paid()
        self.purge()
        self.assertFalse(self.debtor.phone or self.debtor.email or self.debtor.street)
        self.assertTrue(self.debtor.name)
        # the practice's own patient is another contact, of another company
        self.assertEqual(self.claim.partner_id.name, self.patient.name)

    def test_a_mirror_that_is_still_owed_keeps_everything(self):
        receipt, copy = self.paid()
        receipt._bounce(TODAY, "funds")
        # time-barred for years is another reason to erase: these are not yet
        self.mirror.sudo().limitation_date = date(2029, 1, 1)
        self.other_mirror.sudo().limitation_date = date(2029, 1, 1)
        self.purge()
        self.assertTrue(copy.exists())
        self.assertEqual(self.debtor.email, "cm@example.com")
        self.assertEqual(self.file.sudo().note, "a word on the file")
        self.assertFalse(self.mirror.sudo().purged_on)

    def test_a_file_that_also_names_a_live_claim_stays_whole(self):
        self.receive(120.0, memo="my words")
        self.other_mirror.sudo().limitation_date = date(2029, 1, 1)
        self.purge()
        self.assertTrue(self.mirror.sudo().purged_on)
        self.assertFalse(self.other_mirror.sudo().purged_on)
        self.assertEqual(self.file.sudo().note, "a word on the file")
        self.assertEqual(self.debtor.email, "cm@example.com")

    def test_reasons_said_at_a_hand_over_go_in_the_practice(self):
        self.paid()
        line = self.env["recouv.placement.line"].sudo().search(
            [("claim_id", "=", self.claim.id)]
        )  # fmt: skip
        line._record({"answer_reason": "words on her"})
        self.purge(self.company, self.practitioner)
        self.assertTrue(self.claim.purged_on)
        self.assertFalse(line.answer_reason)
        self.assertEqual(line.amount_principal, 120.0)

    def test_the_dry_run_counts_these_documents(self):
        self.paid()
        purges = self.env["recouv.purge"].with_user(self.agency_manager)
        with freeze_time(LATER):
            counts = purges.with_company(self.agency)._count(
                self.agency.with_env(purges.env)
            )
        self.assertGreaterEqual(counts["document_count"], 2)
        self.assertTrue(self.released.exists())

    def test_an_agent_does_not_purge(self):
        with self.assertRaises(AccessError):
            self.purge(user=self.agent)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAccessAgency(PrivacyAgencyCommon):
    """What is held on a debtor, in the company that was asked, and nowhere else."""

    def access(self, user, company, partner, with_notes=False):
        env = self.env(user=user.id, su=False)
        env = env(context={"allowed_company_ids": company.ids})
        person = env["res.partner"].browse(partner.id)
        data = person._recouv_access_data(env["res.company"].browse(company.id),
                                          with_notes)  # fmt: skip
        return json.dumps(data, ensure_ascii=False, default=str)

    def test_the_agency_gives_receipts_court_file_and_measures(self):
        receipt, _copy = self.paid()
        text = self.access(self.agent, self.agency, self.debtor)
        for known in (receipt.name, self.file.name, "Banque du Port", "my words",
                      "note.pdf", "QT.pdf"):  # fmt: skip
            self.assertIn(known, text)
        self.assertNotIn("a word on the measure", text)

    def test_internal_notes_of_a_court_file_are_given_where_asked(self):
        text = self.access(self.agency_manager, self.agency, self.debtor, True)
        self.assertIn("a word on the measure", text)

    def test_the_practice_gives_the_hand_over_and_nothing_of_the_agency(self):
        self.paid()
        text = self.access(self.secretary, self.company, self.patient)
        self.assertIn("Accepted", text)
        for unknown in (self.file.name, "Banque du Port", "my words", "note.pdf"):
            self.assertNotIn(unknown, text)

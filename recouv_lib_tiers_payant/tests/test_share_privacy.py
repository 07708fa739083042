from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from ..returns.b2_writing import B2Writer
from .share_common import CARE, ShareCommon

NIR = "1850578006084"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSharePrivacy(ShareCommon):
    """What is told to a patient, and what is forgotten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.recouv_nir = NIR

    def told(self, partner, user):
        return str(partner.with_user(user)._recouv_access_data(self.company))

    def test_the_patient_is_told_of_their_parts_and_rights(self):
        self.make_rights()
        self.shared_invoice()
        told = self.told(self.patient, self.biller)
        self.assertIn("70", told)
        self.assertIn(NIR, told)

    def test_the_secretary_gives_no_social_security_number(self):
        self.shared_invoice()
        self.assertNotIn(NIR, self.told(self.patient, self.secretary))

    def test_nobody_reads_the_number_of_another_practices_patient(self):
        other = self.env["res.company"].sudo().create({"name": "Another practice"})
        stranger = self.patient.sudo().copy(
            {"name": "Stranger", "company_id": other.id, "recouv_nir": NIR}
        )
        self.patient.recouv_nir = False
        move = self.make_draft()
        with self.assertRaises(UserError):
            self.plan_share(move, patient_id=stranger.id)
        share = self.plan_share(move)
        with self.assertRaises(UserError):
            share.patient_id = stranger
        self.assertFalse(share._nir_for(move, stranger))

    def test_a_member_of_the_family_brings_their_own_number(self):
        child = self.env["res.partner"].create(
            {"name": "Child", "company_id": self.company.id, "recouv_nir": NIR}
        )
        self.patient.recouv_nir = False
        share = self.plan_share(self.make_draft(), patient_id=child.id)
        self.assertEqual(share.nir[:13], NIR)

    def test_who_only_books_reads_no_exemption_nor_words_of_payers(self):
        share = self.share_of(self.shared_invoice())
        lines = self.env["recouv.return.line"].with_user(self.secretary)
        known = lines.fields_get()
        self.assertIn("invoice_number", known)
        self.assertFalse({"label", "rejections", "amc_number"} & known.keys())
        with self.assertRaises(AccessError):
            share.with_user(self.secretary).read(["exemption"])
        self.assertEqual(share.read(["exemption"])[0]["exemption"], "none")

    def test_their_screens_open_all_the_same(self):
        for model, views in (
            ("recouv.share", ("list", "form", "search")),
            ("recouv.return.line", ("list", "form", "search")),
            ("recouv.return.payment", ("form",)),
            ("account.move", ("form",)),
        ):
            for view in views:
                arch = (
                    self.env[model]
                    .with_user(self.secretary)
                    .get_view(view_type=view)["arch"]
                )
                self.assertNotIn('name="exemption"', arch)
                self.env[model].with_user(self.biller).get_view(view_type=view)

    def test_a_payer_is_not_told_of_patients(self):
        self.shared_invoice()
        self.assertNotIn(NIR, self.told(self.caisse, self.biller))

    def test_the_number_goes_with_the_claim_that_is_purged(self):
        share = self.share_of(self.shared_invoice())
        self.assertEqual(share.nir[:13], NIR)
        purge = self.env["recouv.purge"].sudo()
        record = purge.create(
            {
                "company_id": self.company.id,
                "date": "2026-06-15 10:00:00",
                "user_id": self.env.uid,
                "settled_before": date(2026, 1, 1),
                "unpaid_before": date(2026, 1, 1),
            }
        )
        record._erase(share.sudo().claim_id)
        self.assertFalse(share.nir)
        self.assertEqual(share.amount, 70)

    def test_a_transmitted_file_is_erased_and_its_figures_stay(self):
        writer = B2Writer(CARE)
        writer.lot("031").invoice("000000123", nir=NIR, lines=[("AMK", 100, 70, 20)])
        files = self.env["recouv.sent.file"].with_user(self.biller)
        file = files._import(writer.bytes(), "x.b2", self.company)
        file.sudo()._erase_file()
        self.assertFalse(file.content)
        self.assertFalse(file.invoice_ids.nir)
        self.assertEqual(file.invoice_ids.total, 1)
        self.assertEqual(file.file_purged_on, TODAY)

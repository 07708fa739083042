from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .court_common import CourtCommon
from .test_lib_dossier_pdf import make_pdf, make_picture

TODAY = date(2026, 9, 30)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLitigationDossier(CourtCommon):
    """One numbered PDF: petition, account, list of exhibits, exhibits, proofs."""

    def setUp(self):
        super().setUp()
        # the words are compared in English; a court reads French (last test)
        module = "odoo.addons.recouv_lib.models.recouv_litigation_dossier.LANG"
        self.start_patch(patch(module, "en_US"))

    def start_patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def dossier(self, litigation):
        return self.pdf_texts(litigation._dossier())

    def warned(self):
        """A claim whose mise en demeure was really printed, posted and presented."""
        notice = self.formal_notice(self.make_invoice(amount=1000))
        with self.at(date(2026, 7, 10)):
            notice.tracking_ref = "1A00915825019"
            notice._mark_posted(date(2026, 7, 10))
        with self.at(date(2026, 7, 13)):
            notice._record_presentation(date(2026, 7, 13))
            proof = self.env["ir.attachment"].create(
                {"name": "ar.png", "raw": make_picture(), "mimetype": "image/png"}
            )
            notice._attach_proofs(proof)
        return notice.line_ids.claim_id

    def test_the_petition_names_everybody_and_every_sum(self):
        claim = self.make_claim(amount=1000)
        litigation = self.make_file(claim, claims_interest=True)
        first = self.dossier(litigation)[0]
        for words in (
            "Tribunal judiciaire de Rennes",
            "Masseur-kinésithérapeute",
            "Brest",
            "Camille Martin",
            "2 place du Marché",
            "35000 Rennes",
            claim.reference,
            "10.23",
            "1,010.23",
            "1405 à 1422",
            "L. 111-8",
        ):
            self.assertIn(words, first)

    def test_the_account_shows_each_period_of_interest(self):
        litigation = self.make_file(self.make_claim(amount=1000), claims_interest=True)
        text = " ".join(self.dossier(litigation))
        self.assertIn("47 days at 2.62 %", text)
        self.assertIn("91 days at 2.75 %", text)

    def test_pages_are_numbered_and_the_list_names_them(self):
        litigation = self.make_file()
        pages = self.dossier(litigation)
        for number, text in enumerate(pages, 1):
            self.assertIn(f"{litigation.name} – {number} / {len(pages)}", text)
        where = next(i for i, text in enumerate(pages, 1) if "honoraires" in text)
        self.assertIn("Exhibit no. 1", pages[where - 1])
        listed = " ".join(pages)
        self.assertRegex(listed, rf"1 Invoice no\. \S+ 1 {where}\b")

    def test_notices_come_with_their_proofs(self):
        litigation = self.make_file(self.warned())
        text = " ".join(self.dossier(litigation))
        self.assertIn("Mise en demeure of 07/10/2026", text)
        self.assertIn("1A00915825019", text)
        self.assertIn("with its proofs", text)
        exhibits = litigation._dossier_exhibits()
        self.assertEqual(len(exhibits), 4)  # the invoice, two letters, the notice
        self.assertEqual(len(exhibits[-1][2]), 2)

    def test_what_was_not_released_is_not_in_it(self):
        litigation = self.make_file(ready=False)
        exhibit = litigation.exhibit_ids.create(
            {"litigation_id": litigation.id, "name": "Quote"}
        )
        exhibit.action_ask()
        text = " ".join(self.dossier(litigation))
        self.assertNotIn("Quote", text)
        self.assertIn("DRAFT", text)

    def test_no_act_and_no_care_but_in_a_released_exhibit(self):
        claim = self.make_claim()
        claim.move_id.invoice_line_ids.name = "SPECIALCARE 42"
        claim.move_id.narration = "SPECIALNOTE"
        self.env["ir.attachment"].create(
            {"name": "SPECIALFILE.pdf", "raw": make_pdf("SPECIALFILE"),
             "res_model": "account.move", "res_id": claim.move_id.id}
        )  # fmt: skip
        self.assertNotIn("SPECIAL", " ".join(self.dossier(self.make_file(claim))))

    def test_an_export_is_kept_and_told(self):
        litigation = self.make_file()
        action = litigation.action_export()
        self.assertIn(f"/web/content/{litigation.dossier_id.id}", action["url"])
        self.assertEqual(litigation.dossier_id.res_id, litigation.id)
        self.assertIn("SHA-256", litigation.message_ids[0].body)

    def test_without_claims_there_is_nothing_to_export(self):
        litigation = self.env["recouv.litigation"].create(
            {"partner_id": self.patient.id}
        )
        with self.assertRaisesRegex(UserError, "Add the claims"):
            litigation.action_export()

    def test_the_officers_request_goes_to_the_officer(self):
        litigation = self.make_file(route="small_claims", release=False)
        first = self.dossier(litigation)[0]
        self.assertIn("To: Me Le Goff", first)
        self.assertIn("L. 125-1", first)

    def test_lodged_sums_are_printed_as_lodged(self):
        claim = self.make_claim(amount=1000)
        litigation = self.make_file(claim, claims_interest=True)
        litigation.record("filed", TODAY)
        with self.at(date(2026, 11, 2)):
            self.pay(claim.move_id, amount=400, day=date(2026, 11, 2))
            self.env.invalidate_all()
            text = " ".join(self.dossier(litigation))
        self.assertIn("1,010.23", text)
        self.assertIn("91 days at 2.75 %", text)

    def test_it_is_french_where_french_is_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        litigation = self.make_file(self.make_claim(amount=1000), claims_interest=True)
        module = "odoo.addons.recouv_lib.models.recouv_litigation_dossier.LANG"
        with patch(module, "fr_FR"):
            self.assertIn(
                "1 010,23 €", self.dossier(litigation)[0].replace("\u202f", " ")
            )

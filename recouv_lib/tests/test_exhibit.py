import base64
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .court_common import LODGED, CourtCommon
from .test_lib_dossier_pdf import NIR, make_pdf, make_picture

TODAY = date(2026, 8, 18)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestExhibit(CourtCommon):
    """The practice releases one document after the other, redacted, or refuses."""

    def asked(self):
        litigation = self.make_file(ready=False, release=False)
        exhibit = litigation.exhibit_ids
        exhibit.action_ask()
        request = self.env["recouv.exhibit.request"].search(
            [("claim_id", "=", exhibit.claim_id.id)]
        )
        return exhibit, request.with_user(self.manager)

    def test_the_invoice_of_each_claim_is_proposed(self):
        claims = self.make_claim() | self.make_claim(amount=200)
        litigation = self.make_file(claims, ready=False, release=False)
        self.assertEqual(litigation.exhibit_ids.claim_id, claims)
        self.assertEqual(set(litigation.exhibit_ids.mapped("state")), {"draft"})

    def test_what_is_asked_waits_on_the_practitioners_day(self):
        exhibit, request = self.asked()
        self.assertEqual((exhibit.state, request.state), ("asked", "asked"))
        day = self.env["recouv.day"].with_user(self.manager)
        sections = {s.code: s for s in day._sections(TODAY)}
        found = day.env["recouv.exhibit.request"].search(sections["exhibits"].domain)
        self.assertEqual(found, request)
        secretarys = self.env["recouv.day"].with_user(self.secretary)._sections(TODAY)
        self.assertNotIn("exhibits", [s.code for s in secretarys])

    def test_a_file_with_an_unanswered_exhibit_is_not_complete(self):
        exhibit, _request = self.asked()
        self.assertIn("not answered", exhibit.litigation_id.obstacles)

    def test_a_release_is_a_copy_and_a_log(self):
        exhibit, request = self.asked()
        source = make_pdf("fees", secret=b"diagnosis")
        request.release(source)
        self.assertEqual((exhibit.state, exhibit.page_count), ("released", 1))
        copy = exhibit.document_id
        self.assertEqual((copy.res_model, copy.res_id), (exhibit._name, exhibit.id))
        self.assertNotIn(b"diagnosis", copy.raw)
        self.assertEqual(request.answered_by_id, self.manager)
        self.assertTrue(request.answered_on)
        self.assertEqual(len(request.fingerprint), 64)

    def test_masked_pages_are_gone_from_the_copy(self):
        exhibit, request = self.asked()
        wizard = (
            self.env["recouv.exhibit.release"]
            .with_user(self.manager)
            .create(
                {
                    "request_id": request.id,
                    "file": base64.b64encode(make_pdf("fees", "diagnosis", "total")),
                    "masked_pages": "2",
                    "checked": True,
                }
            )
        )
        self.assertEqual(wizard.page_count, 3)
        self.assertNotIn("diagnosis", wizard.readable_text)
        wizard.action_release()
        text = " ".join(self.pdf_texts(exhibit.document_id.raw))
        self.assertNotIn("diagnosis", text)
        self.assertIn("total", text)
        self.assertEqual(request.masked_pages, "2")

    def test_a_social_security_number_is_never_released(self):
        exhibit, request = self.asked()
        with self.assertRaisesRegex(UserError, "social-security number"):
            request.release(make_pdf(f"assured {NIR}"))
        self.assertEqual(exhibit.state, "asked")
        request.release(make_pdf("fees", f"assured {NIR}"), {2})
        self.assertEqual(exhibit.state, "released")

    def test_a_scan_is_taken_and_a_broken_file_is_not(self):
        exhibit, request = self.asked()
        with self.assertRaisesRegex(UserError, "cannot be read"):
            request.release(b"PK not a document")
        request.release(make_picture())
        self.assertEqual(exhibit.page_count, 1)

    def test_the_dialog_wants_the_file_read_and_real_pages(self):
        _exhibit, request = self.asked()
        wizard = (
            self.env["recouv.exhibit.release"]
            .with_user(self.manager)
            .create({"request_id": request.id})
        )
        with self.assertRaisesRegex(UserError, "Choose the redacted file"):
            wizard.action_release()
        wizard.file = base64.b64encode(make_pdf("fees"))
        with self.assertRaisesRegex(UserError, "say so"):
            wizard.action_release()
        wizard.write({"checked": True, "masked_pages": "2"})
        self.assertIn("no page", wizard.warning)
        with self.assertRaisesRegex(UserError, "no page"):
            wizard.action_release()

    def test_a_refusal_says_why_and_may_be_asked_again(self):
        exhibit, request = self.asked()
        with self.assertRaisesRegex(UserError, "Say why"):
            request.refuse("")
        request.refuse("the patient forbade it")
        self.assertEqual((exhibit.state, exhibit.answer),
                         ("refused", "the patient forbade it"))  # fmt: skip
        exhibit.action_ask()
        self.assertEqual(exhibit.state, "asked")

    def test_an_answer_is_given_once(self):
        exhibit, request = self.asked()
        request.release(make_pdf("fees"))
        for again in (lambda: request.release(make_pdf("x")), request.action_release):
            with self.assertRaisesRegex(UserError, "answered already"):
                again()
        with self.assertRaisesRegex(UserError, "asked for already"):
            exhibit.action_ask()

    def test_a_release_by_mistake_is_taken_back_until_the_file_is_lodged(self):
        litigation = self.make_file()
        exhibit = litigation.exhibit_ids
        document = exhibit.document_id
        request = self.env["recouv.exhibit.request"].with_user(self.manager).search([])
        request.undo("wrong patient")
        self.assertEqual((exhibit.state, litigation.state), ("withdrawn", "draft"))
        self.assertFalse(document.exists())
        self.assertTrue(request.fingerprint)
        self.release(exhibit)
        litigation.action_complete()
        self.record(litigation, "filed", LODGED)
        standing = request.search([("undone_on", "=", False)])
        with self.assertRaisesRegex(UserError, "lodged with it"):
            standing.undo("too late")

    def test_a_secretary_releases_nothing(self):
        _exhibit, request = self.asked()
        mine = request.with_user(self.secretary)
        self.assertEqual(mine.state, "asked")
        for act in (lambda: mine.release(make_pdf("x")), lambda: mine.refuse("no")):
            with self.assertRaises(AccessError):
                act()

    def test_a_request_is_never_edited_nor_deleted(self):
        _exhibit, request = self.asked()
        with self.assertRaisesRegex(UserError, "never edited"):
            request.write({"state": "released"})
        with self.assertRaises(UserError):
            request.unlink()
        with self.assertRaises(AccessError):
            request.read(["exhibit_id"])

    def test_a_mirror_without_a_practice_asks_nobody(self):
        exhibit = self.make_file(ready=False, release=False).exhibit_ids
        exhibit.claim_id.sudo().capacity = "mandatary"
        with self.assertRaisesRegex(UserError, "No practice can be asked"):
            exhibit.action_ask()
        with self.assertRaisesRegex(UserError, "only the practice releases"):
            exhibit.action_release()

    def test_an_agency_asks_and_the_practice_answers_across_companies(self):
        """The crossing, with the placement played by a patch of its one method."""
        claim = self.make_claim()
        agency = self.env["res.company"].create(
            {"name": "Agence", "country_id": self.env.ref("base.fr").id,
             "account_fiscal_country_id": self.env.ref("base.fr").id}
        )  # fmt: skip
        agent = new_test_user(
            self.env, "agent", groups="base.group_user,recouv_lib.group_manager",
            company_id=agency.id, company_ids=[(6, 0, agency.ids)],
        )  # fmt: skip
        debtor = self.make_patient("Camille Martin", company_id=agency.id)
        mirror = self.env["recouv.claim"].sudo().create(
            {"company_id": agency.id, "capacity": "mandatary", "reference": "A1",
             "partner_id": debtor.id, "currency_id": claim.currency_id.id,
             "date_due": claim.date_due}
        )  # fmt: skip
        with patch.object(
            type(mirror), "_practice_claim",
            lambda each: claim.sudo() if each == mirror else each,
        ):  # fmt: skip
            action = mirror.with_user(agent).action_take_to_court()
            file = (
                self.env["recouv.litigation"].with_user(agent).browse(action["res_id"])
            )
            file.exhibit_ids.action_ask()
            request = self.env["recouv.exhibit.request"].with_user(self.manager)
            request = request.search([("claim_id", "=", claim.id)])
            self.assertEqual(request.company_id, self.company)
            self.assertIn("Agence", request.asked_by)
            request.release(make_pdf("fees"))
        exhibit = file.exhibit_ids
        self.assertEqual(exhibit.state, "released")
        self.assertEqual(exhibit.document_id.company_id, agency)
        # no name of the practice's people crosses with it
        self.assertNotIn(self.manager, exhibit.document_id.create_uid)
        self.assertNotEqual(exhibit.write_uid, self.manager)
        self.assertIn(b"%PDF", exhibit.document_id.raw[:8])
        with self.assertRaises(AccessError):
            exhibit.document_id.with_user(self.manager).read(["raw"])
        with self.assertRaises(AccessError):
            request.with_user(agent).read(["name"])

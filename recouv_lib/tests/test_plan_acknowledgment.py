import base64
import io
from datetime import date

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .test_plan import JULY, PlanCommon

SIGNED = date(2026, 6, 12)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanAcknowledgment(PlanCommon):
    """The document that the debtor signs, and what his signature does."""

    def text(self, plan):
        pages = PdfReader(io.BytesIO(plan._print_acknowledgment())).pages
        return " ".join(" ".join(p.extract_text() for p in pages).split())

    def sign(self, plan, day=SIGNED):
        action = plan.action_sign()
        model = self.env[action["res_model"]].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        form.date = day
        form.document = base64.b64encode(b"%PDF-1.4 scan")
        form.save().action_keep()

    def test_the_document_carries_what_the_law_asks(self):
        self.patient.lang = "en_US"
        plan = self.agree()
        text = self.text(plan)
        for element in (
            self.company.name,
            "1 rue de la Paix",
            "10003456789",
            "Camille Martin",
            "2 place du Marché",
            "I acknowledge that I owe",
            "in figures",
            "in words",
            self.move.name,
            "07/01/2026",
            "30.00",
            "40.00",
            "No fee and no interest",
            "unpaid 8 days after a formal notice",
            "2 originals",
        ):
            self.assertIn(element, text)
        self.assertNotIn("art. 82", text)

    def test_no_act_enters_the_document(self):
        self.move.invoice_line_ids.name = "Detartrage HBJD001"
        self.assertNotIn("Detartrage", self.text(self.agree()))

    def test_in_switzerland_it_names_article_82(self):
        self.patient.lang = "en_US"
        self.company.account_fiscal_country_id = self.env.ref("base.ch")
        self.assertIn("art. 82", self.text(self.agree()))

    def test_a_settlement_says_when_it_is_void(self):
        self.patient.lang = "en_US"
        text = self.text(self.agree("settlement", [(JULY, 70)]))
        self.assertIn("void and the whole remains due", text)

    def test_who_signs_for_the_debtor_says_so(self):
        self.patient.lang = "en_US"
        guardian = self.make_patient("Paule Durand", lang="en_US")
        text = self.text(self.agree(signatory_id=guardian.id))
        self.assertIn("Paule Durand", text)
        self.assertIn("acting for Camille Martin", text)

    def test_printing_keeps_the_document_on_the_agreement(self):
        plan = self.agree()
        action = plan.action_print()
        self.assertIn("/web/content/", action["url"])
        document = self.env["ir.attachment"].search(
            [("res_model", "=", "recouv.plan"), ("res_id", "=", plan.id)]
        )
        self.assertTrue(document.raw.startswith(b"%PDF"))

    def test_a_signature_starts_the_limitation_again(self):
        plan = self.agree()
        self.sign(plan)
        event = self.claim.limitation_event_ids
        self.assertEqual((event.kind, event.date), ("acknowledgment", SIGNED))
        self.assertTrue(event.is_written and event.by_debtor)
        self.assertEqual(self.claim.limitation_date, date(2028, 6, 12))
        self.assertEqual(plan.ack_document_id, event.document_id)

    def test_what_is_signed_is_kept_once_and_not_in_the_future(self):
        plan = self.agree()
        with self.assertRaisesRegex(UserError, "future"):
            self.sign(plan, JULY)
        self.sign(plan)
        with self.assertRaisesRegex(UserError, "kept already"):
            self.sign(plan)

    def test_undoing_voids_the_acknowledgment_ending_does_not(self):
        before = self.claim.limitation_date
        plan = self.agree()
        self.sign(plan)
        plan.action_cancel()
        self.assertEqual(self.claim.limitation_date, date(2028, 6, 12))
        other = self.agree()
        other.undo("Not his signature")
        self.assertEqual(self.claim.limitation_date, date(2028, 6, 12))
        third = self.agree()
        plan.acknowledgment_ids.is_void = True
        self.sign(third)
        third.undo("Not his signature")
        self.assertEqual(self.claim.limitation_date, before)

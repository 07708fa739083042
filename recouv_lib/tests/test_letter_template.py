from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib.wording import TEXT_KEYS

from .common import RecouvCommon


@tagged("post_install", "-at_install")
class TestLetterTemplate(RecouvCommon):
    def template(self, **values):
        return self.env["recouv.letter.template"].create(
            {"name": "Lettre", "subject": "Objet", "body": "<p>Corps</p>", **values}
        )

    def test_only_the_texts_of_a_notice_may_be_used(self):
        for body in (
            "<p>{{ object.line_ids.move_line_id.move_id.invoice_line_ids.name }}</p>",
            "<p>{{ object.partner_id.vat }}</p>",
            "<p>{{ object.text_unknown }}</p>",
            "<p>{{ 1 + 1 }}</p>",
        ):
            with self.assertRaises(ValidationError, msg=body):
                self.template(body=body)

    def test_every_text_of_the_list_may_be_used(self):
        body = "".join(f"<p>{{{{ object.text_{key} }}}}</p>" for key in TEXT_KEYS)
        self.assertTrue(self.template(body=body))

    def test_every_text_of_the_list_is_a_field_of_the_notice(self):
        fields = self.env["recouv.notice"]._fields
        self.assertFalse([key for key in TEXT_KEYS if f"text_{key}" not in fields])

    def test_words_of_an_officer_are_refused_in_any_channel(self):
        with self.assertRaises(ValidationError):
            self.template(subject="COMMANDEMENT DE PAYER")
        model = self.env["ir.model"]._get("recouv.notice")
        with self.assertRaises(ValidationError):
            self.env["sms.template"].create(
                {"name": "x", "model_id": model.id, "body": "Notre huissier passera."}
            )
        with self.assertRaises(ValidationError):
            self.env["mail.template"].create(
                {"name": "x", "model_id": model.id, "subject": "Sommation"}
            )

    def test_a_message_never_leads_to_the_lines_of_an_invoice(self):
        model = self.env["ir.model"]._get("recouv.notice")
        with self.assertRaises(ValidationError):
            self.env["mail.template"].create(
                {
                    "name": "x",
                    "model_id": model.id,
                    "body_html": '<p t-out="object.lead_claim_id.move_id.name"/>',
                }
            )

    def test_other_templates_of_odoo_are_left_alone(self):
        model = self.env["ir.model"]._get("res.partner")
        self.assertTrue(
            self.env["mail.template"].create(
                {"name": "x", "model_id": model.id, "subject": "Sommation"}
            )
        )

    def test_the_consumer_mediator_is_no_sommation(self):
        self.assertTrue(self.template(body="<p>Médiateur de la consommation</p>"))

    def test_a_paragraph_left_empty_is_not_printed(self):
        template = self.template(
            body="<p>Un</p><p>{{ object.text_recall }}</p><p>Deux</p>"
        )
        words = template._compose(dict.fromkeys(TEXT_KEYS, ""))
        self.assertEqual(
            [plain for _html, plain in words["paragraphs"]], ["Un", "Deux"]
        )

    def test_what_a_person_typed_is_no_html(self):
        template = self.template(body="<p>{{ object.text_personal_note }}</p>")
        ((html, plain),) = template._compose(
            {**dict.fromkeys(TEXT_KEYS, ""), "personal_note": "<b>a</b>\nb"}
        )["paragraphs"]
        self.assertIn("&lt;b&gt;", html)
        self.assertEqual(plain, "<b>a</b>\nb")

    def test_a_secretary_reads_texts_and_a_manager_writes_them(self):
        template = self.template()
        self.assertTrue(template.with_user(self.secretary).name)
        with self.assertRaises(AccessError):
            template.with_user(self.secretary).name = "Autre"

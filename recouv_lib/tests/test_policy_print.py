import io
from unittest.mock import patch

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools.translate import code_translations

from odoo.addons.recouv_lib.lib import html_pdf, wording

from .common import TODAY
from .letter_common import LetterCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyPrint(LetterCommon):
    """The wall of the waiting room says what the steps do, and no more."""

    def words(self, policy=None, lang="en_US", company=None):
        policy = (policy or self.policy).with_user(self.secretary)
        company = (company or self.company).with_user(self.secretary)
        policy = policy.with_context(lang=lang)
        sections = policy._policy_sections(company.with_env(policy.env))
        return {s["title"]: s["texts"] + s["items"] for s in sections}

    def text(self, *args, **kwargs):
        return "\n".join(sum(self.words(*args, **kwargs).values(), []))

    # --- the steps in words ---------------------------------------------------------

    def test_each_step_says_when_and_by_which_way(self):
        self.assertEqual(
            self.words()["If a payment is late"][1:],
            [
                "10 days after the due date: a reminder by letter. You then have 8 "
                "days to pay or to call us.",
                "10 days later: a reminder by letter. You then have 8 days to pay or "
                "to call us.",
                "10 days later: a mise en demeure by registered letter. You then have "
                "15 days to pay or to call us.",
                "Then: the sum may be handed over to a collection agency.",
            ],
        )

    def test_another_policy_has_other_words(self):
        policy = self.make_policy(
            steps=[
                {"channel": "sms", "anchor": "care_end", "delay_days": 5,
                 "delay_max_days": 15},
                {"channel": "call", "anchor": "previous_step", "delay_days": 1,
                 "min_amount": 40},
                {"channel": "email", "anchor": "invoice_date", "delay_days": 0},
                {"channel": "registered_letter", "anchor": "previous_step",
                 "delay_days": 2, "condition": "call_failed"},
            ]
        )  # fmt: skip
        steps = self.words(policy)["If a payment is late"][1:]
        self.assertEqual(
            [steps[0], steps[2], steps[3]],
            [
                "5 to 15 days after your last appointment: a reminder by text message.",
                "On the day of the invoice: a reminder by e-mail.",
                "2 days later: a registered letter. Only if our call did not reach "
                "you.",
            ],
        )
        self.assertRegex(steps[1], r"^1 day later: a phone call\. For sums of .*40")

    # --- what stands besides --------------------------------------------------------

    def test_it_says_how_to_pay_whom_to_call_and_that_nothing_is_charged(self):
        self.company.write(
            {
                "recouv_mediator": "AME Conso, Paris",
                "recouv_privacy_url": "https://example.com/rgpd",
            }
        )
        text = self.text()
        for expected in (
            "FR76 3000 6000 0112 3456 7890 189",
            "+33 2 99 00 00 00",
            "instalments can be agreed, free of charge",
            "No fee is ever asked",
            "L. 111-8",
            "AME Conso, Paris",
            "collection agency",
            "https://example.com/rgpd",
        ):
            self.assertIn(expected, text)
        self.assertNotIn("interest", text)
        self.assertEqual(wording.forbidden_words(text), [])

    def test_what_is_not_set_is_not_said(self):
        self.company.write({"recouv_bank_id": False, "recouv_interest": True})
        text = self.text()
        self.assertNotIn("IBAN", text)
        self.assertNotIn("mediator", text)
        self.assertIn("interest", text)

    def test_the_french_article_is_named_in_france_only(self):
        swiss = self.env.ref("base.ch")
        self.company.write(
            {"country_id": swiss.id, "account_fiscal_country_id": swiss.id}
        )
        text = self.text()
        self.assertIn("No fee is ever asked", text)
        self.assertNotIn("L. 111-8", text)

    def test_no_word_of_care_stands_in_it(self):
        text = self.text() + self.text(self.make_policy())
        for word in ("care", "patient", "treatment", "doctor", "santé"):
            self.assertNotRegex(text.lower(), rf"\b{word}\b")

    def test_in_french_nothing_stays_english(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = code_translations.get_python_translations("recouv_lib", "fr_FR")
        if "Each invoice says by which day it is to be paid." not in french:
            self.skipTest("the French file does not hold these terms yet")
        english = self.words()
        words = self.words(lang="fr_FR")
        self.assertFalse(set(english) & set(words))
        told = set(sum(english.values(), [])) & set(sum(words.values(), []))
        self.assertFalse(told)
        text = "\n".join(sum(words.values(), []))
        self.assertIn("10 jours après l’échéance", text.replace("'", "’"))
        self.assertIn("mise en demeure", text)
        self.assertEqual(wording.forbidden_words(text), [])

    # --- printing -------------------------------------------------------------------

    def test_a_secretary_downloads_it_on_one_page(self):
        pdf = self.policy.with_user(self.secretary)._print_policy(self.company)
        pages = PdfReader(io.BytesIO(pdf)).pages
        self.assertEqual(len(pages), 1)
        self.assertIn(self.company.name, pages[0].extract_text().replace("\t", " "))

    def test_every_button_downloads_it(self):
        with patch.object(html_pdf, "print_html", lambda *a, **k: b"%PDF"):
            wizard = self.env["recouv.go.live"].create({"policy_id": self.policy.id})
            settings = self.env["res.config.settings"].create({})
            for action in (
                self.policy.with_user(self.secretary).action_print_policy(),
                wizard.action_print_policy(),
                settings.action_recouv_print_policy(),
            ):
                self.assertEqual(action["type"], "ir.actions.act_url")

    def test_it_is_in_the_language_of_the_practice(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.partner_id.lang = "fr_FR"
        printed = []
        with patch.object(
            html_pdf, "print_html", lambda p, html, **k: printed.append(html) or b"%PDF"
        ):
            self.policy.with_user(self.secretary)._print_policy(self.company)
        self.assertIn("15 juin 2026", printed[0])

    def test_a_policy_for_payers_is_not_printed_for_patients(self):
        payers = self.make_policy(capacity="payer_followup")
        with self.assertRaisesRegex(UserError, "not for patients"):
            payers.with_user(self.secretary).action_print_policy()

    def test_a_policy_without_a_step_is_not_printed(self):
        empty = self.env["recouv.policy"].create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "no step"):
            empty.action_print_policy()

    def test_a_practice_without_policy_is_told_to_choose_one(self):
        company = self.env["res.company"].create({"name": "New practice"})
        with self.assertRaisesRegex(UserError, "default policy"):
            company._recouv_print_policy()

"""The French of the add-on: complete, whole, and seen by whom it is for."""

import io
import re

import polib

from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import file_path
from odoo.tools.translate import trans_export

from .common import RecouvCommon

# placeholders, expressions, names of tags, what a tag says in QWeb
MARKS = re.compile(
    r"%(?:\(\w+\))?[sdf]|\{\{.*?\}\}|</?\w+|\bt-[\w-]+=\"[^\"]*\"", re.DOTALL
)
NBSP = "\u00a0"
# what a phone shows without doubling the price (GSM 03.38, the letters of French)
GSM = re.compile(r"^[\x20-\x7eàéèùÉÇ£€\n]*$")


@tagged("post_install", "-at_install")
class TestTranslation(TransactionCase):
    """Other add-ons extend it with their own name."""

    addon = "recouv_lib"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.french = polib.pofile(file_path(f"{cls.addon}/i18n/fr.po"))

    def test_every_term_is_translated(self):
        self.assertEqual([e.msgid for e in self.french if not e.msgstr], [])
        self.assertEqual([e.msgid for e in self.french if e.fuzzy], [])
        self.assertEqual([e.msgid for e in self.french.obsolete_entries()], [])

    def test_a_term_is_translated_once(self):
        terms = [e.msgid for e in self.french]
        self.assertEqual(len(terms), len(set(terms)))

    def test_placeholders_and_tags_are_kept(self):
        broken = [
            e.msgid
            for e in self.french
            if sorted(MARKS.findall(e.msgid)) != sorted(MARKS.findall(e.msgstr))
        ]
        self.assertEqual(broken, [])

    def test_french_spacing(self):
        """A non-breaking space before : ; ? ! » and after «, save in an SMS."""
        wrong = [
            e.msgstr
            for e in self.french
            if re.search(r" [:;?!»]|« ", e.msgstr) and not self.is_sms(e)
        ]
        self.assertEqual(wrong, [])

    def test_what_the_add_on_says_is_in_the_french_file(self):
        """Says which terms `setup/i18n` has to add to fr.po."""
        exported = io.BytesIO()
        trans_export(None, [self.addon], exported, "po", self.env)
        known = {e.msgid for e in self.french}
        terms = polib.pofile(exported.getvalue().decode())
        self.assertEqual([e.msgid for e in terms if e.msgid not in known], [])

    def test_an_sms_costs_no_more_in_french(self):
        for entry in filter(self.is_sms, self.french):
            self.assertRegex(entry.msgstr, GSM)

    def is_sms(self, entry):
        places = [name for name, _line in entry.occurrences]
        return any(name.startswith("model:sms.template,body:") for name in places)


@tagged("post_install", "-at_install")
class TestFrenchScreens(RecouvCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary.lang = "fr_FR"
        cls.french = cls.env(user=cls.secretary, context={"lang": "fr_FR"})

    def test_a_secretary_reads_french_names_of_models(self):
        names = {
            "recouv.claim": "Créance",
            "recouv.notice": "Relance",
            "recouv.run": "Campagne de relance",
            "recouv.policy": "Plan de relance",
            "recouv.step": "Étape",
            "recouv.hold": "Suspension",
            "recouv.transfer": "Transfert de créance",
        }
        for model, name in names.items():
            found = self.env["ir.model"]._get(model).with_context(lang="fr_FR").name
            self.assertTrue(found.startswith(name), f"{model}: {found}")

    def test_a_secretary_reads_french_fields_and_choices(self):
        fields = self.french["recouv.claim"].fields_get()
        self.assertEqual(fields["partner_id"]["string"], "Débiteur")
        self.assertEqual(fields["settlement"]["string"], "Dénouement")
        self.assertEqual(dict(fields["settlement"]["selection"])["paid"], "Payée")
        channels = dict(
            self.french["recouv.notice"].fields_get(["channel"])["channel"]["selection"]
        )
        self.assertEqual(channels["registered_letter"], "Lettre recommandée")
        self.assertEqual(channels["call"], "Appel")

    def test_a_secretary_reads_french_screens(self):
        claim = self.french["recouv.claim"].get_view(view_type="form")["arch"]
        self.assertIn("Suspendre", claim)
        self.assertIn("Prescription", claim)
        invoice = self.french["account.move"].get_view(view_type="form")["arch"]
        self.assertIn("Fin des soins", str(self.french["account.move"].fields_get()))
        self.assertIn("Devis et dépassement", invoice)

    def test_menus_are_french(self):
        menu = self.env.ref("recouv_lib.menu_recouv_work").with_context(lang="fr_FR")
        self.assertEqual(menu.name, "Travail du jour")

    def test_ready_schedules_are_french(self):
        company = self.env["res.company"].create({"name": "Cabinet Dubois"})
        policy = company._recouv_schedule("action_plan").with_context(lang="fr_FR")
        self.assertIn("mise en demeure", policy.name)
        self.assertIn("Rappel par SMS", policy.step_ids.mapped("name"))

    def test_messages_of_the_code_are_french(self):
        self.company.recouv_live_on = False
        gaps = self.company.with_context(lang="fr_FR")._recouv_live_gaps()
        self.assertIn("n’a pas démarré", gaps[0])


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestFrenchContacts(RecouvCommon):
    def test_a_french_debtor_receives_a_french_letter(self):
        self.make_invoice()
        notice = self.propose().notice_ids
        letter = str(notice._compose_letters()[notice.id])
        self.assertIn("Sauf erreur de notre part, il reste à régler", letter)
        self.assertNotIn("Unless we are mistaken", letter)

    def test_a_french_debtor_receives_a_french_sms(self):
        self.policy.step_ids[0].write(
            {
                "channel": "sms",
                "sms_template_id": self.env.ref("recouv_lib.sms_template_reminder").id,
            }
        )
        self.make_invoice()
        notice = self.propose().notice_ids
        texts = notice._render_texts("sms_template_id", ("body",))[notice.id]
        self.assertIn("à régler avant le", texts["body"])

    def test_a_french_debtor_receives_a_french_e_mail(self):
        template = self.env.ref("recouv_lib.mail_template_reminder")
        self.policy.step_ids[0].write(
            {"channel": "email", "mail_template_id": template.id}
        )
        self.make_invoice()
        notice = self.propose().notice_ids
        texts = notice._render_texts("mail_template_id", ("subject", "body_html"))
        self.assertIn("Rappel", texts[notice.id]["subject"])
        self.assertIn("il reste à régler", str(texts[notice.id]["body_html"]))

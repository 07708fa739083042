import base64
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .factoring_common import FactoringCommon
from .insurance_common import InsuranceCommon

DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTableMapping(FactoringCommon):
    """A table whose headers say nothing: the user says which column is which, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("clerk", cls.company, "recouv_lib.group_user")

    def ask(self, debtor=None):
        debtor = debtor or self.patient
        own = debtor.with_user(self.clerk).with_company(self.company)
        own.action_recouv_check_solvency()
        checks = self.env["recouv.solvency.check"].with_user(self.clerk)
        return checks.search([("partner_id", "=", debtor.id)], limit=1)

    def dialog(self, text, user=None):
        dialogs = self.env["recouv.solvency.import"].with_user(user or self.clerk)
        return dialogs.create(
            {
                "company_id": self.company.id,
                "file": base64.b64encode(text.encode()),
                "filename": "agence.csv",
            }
        )

    def choose(self, dialog, **chosen):
        """Open the choice of the columns, and choose as the user does."""
        action = dialog.action_choose_columns()
        mapping = self.env[action["res_model"]].with_user(self.clerk)
        mapping = mapping.browse(action["res_id"]).with_context(**action["context"])
        for name, header in chosen.items():
            column = mapping.column_ids.filtered(
                lambda one, name=name: one.name == name
            )
            column.header_id = mapping.header_ids.filtered(
                lambda one, header=header: one.name == header
            )
        return mapping

    def test_columns_that_are_not_known_are_chosen_once_for_each_source(self):
        check = self.ask()
        text = f"Votre code;Note;Le\n{check.name};favorable;\n"
        dialog = self.dialog(text)
        self.assertIn("has no column", dialog.preview)
        # the table is shown all the same, so that one sees what to choose
        self.assertIn("<th>Votre code</th>", dialog.preview)
        mapping = self.choose(dialog, number="Votre code")
        with self.assertRaisesRegex(ValidationError, "résultat"):
            mapping.action_done()
        self.choose(dialog, result="Note")
        back = mapping.action_done()
        self.assertEqual((back["res_model"], back["res_id"]), (dialog._name, dialog.id))
        dialog.invalidate_recordset()
        self.assertIn("→ numéro", dialog.preview)
        self.assertNotIn("has no column", dialog.preview)
        dialog.action_import()
        self.assertEqual((dialog.recorded, check.result), (1, "clear"))
        # the next one of that source, its columns in another order
        other = self.ask(self.make_patient("Agnès Petit"))
        dialog = self.dialog(f"LE;NOTE;votre code\n;refus;{other.name}\n")
        dialog.action_import()
        self.assertEqual(other.result, "negative")

    def test_a_column_is_read_as_one_thing_and_of_its_own_table(self):
        dialog = self.dialog("Code;Note\n1;refus\n")
        with self.assertRaisesRegex(ValidationError, "one thing only"):
            self.choose(dialog, number="Code", result="Code")
        mapping = self.choose(dialog)
        strange = self.choose(self.dialog("X;Y\n1;2\n")).header_ids[0]
        with self.assertRaisesRegex(ValidationError, "no column of this table"):
            mapping.column_ids[0].header_id = strange

    def test_what_was_recognised_wrongly_is_chosen_otherwise(self):
        check = self.ask()
        dialog = self.dialog(f"numéro;demande;résultat\nZ9;{check.name};favorable\n")
        mapping = self.choose(dialog, number="demande")
        self.assertEqual(
            mapping.column_ids.mapped("header_id.name"), ["demande", "résultat"]
        )
        dialog.action_import()
        self.assertEqual(check.result, "clear")

    def test_the_choice_of_one_practice_is_no_other_practices(self):
        dialog = self.dialog("Code;Note\n1;refus\n")
        mapping = self.choose(dialog, number="Code", result="Note")
        found = self.env["recouv.table.mapping"]._recognise(
            dialog.sudo().create({"company_id": self.agency.id}), ["Code", "Note"]
        )
        self.assertFalse(found)
        self.assertEqual(mapping._recognise(dialog, ["Note", "CODE"]), mapping)
        with self.assertRaises(AccessError):
            mapping.with_user(self.agent).header_ids.mapped("name")

    def test_the_choice_is_made_in_its_form(self):
        dialog = self.dialog("Code;Note\n1;refus\n")
        mapping = self.choose(dialog)
        with Form(mapping) as form:
            with form.column_ids.edit(0) as line:
                line.header_id = mapping.header_ids[0]
        self.assertEqual(mapping.column_ids[0].header_id.name, "Code")


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestLimitAnswers(InsuranceCommon):
    """The insurer's answers to limit requests come as a table."""

    def take(self, text, choose=None):
        dialogs = self.env["recouv.insurance.limit.import"].with_user(self.secretary)
        dialog = dialogs.create(
            {"file": base64.b64encode(text.encode()), "filename": "assureur.csv"}
        )
        if choose:
            action = dialog.action_choose_columns()
            mapping = self.env["recouv.table.mapping"].browse(action["res_id"])
            for column in mapping.column_ids.filtered(lambda one: one.name in choose):
                column.header_id = mapping.header_ids.filtered(
                    lambda one, name=column.name: one.name == choose[name]
                )
        dialog.action_import()
        return dialog

    def test_each_answer_finds_its_request_and_the_same_table_changes_nothing(self):
        self.gym.vat = "FR23334175221"
        agreed, partial = self.ask(self.clinic, 1000), self.ask(self.gym, 2000)
        refused = self.ask(self.make_patient("Bistrot", is_company=True), 500)
        table = (
            "Débiteur;Montant accordé;À compter du;Jusqu'au;Référence;Motif\n"
            "clinique du port;1 000,00;01/03/2026;31/12/2026;G-1;\n"
            "334 175 221;500;01/03/2026;;G-2;Bilan\n"
            "Bistrot;0;01/03/2026;;;Procédure\n"
        )
        for _time in range(2):
            dialog = self.take(table)
            self.assertEqual((dialog.recorded, len(dialog.line_ids)), (3, 0))
        self.assertEqual(
            [one.state for one in (agreed, partial, refused)],
            ["agreed", "partial", "refused"],
        )
        self.assertEqual((agreed.valid_to, agreed.reference),
                         (date(2026, 12, 31), "G-1"))  # fmt: skip
        self.assertEqual((partial.amount_agreed, partial.reason), (500, "Bilan"))

    def test_each_wrong_row_says_why(self):
        self.ask(self.clinic, 1000)
        twin = self.make_patient("Clinique du Port", is_company=True)
        dialog = self.take(
            "débiteur;montant;date;motif\n"
            "Inconnu;100;;\n"
            "Clinique du Port;cent;;\n"
            "Clinique du Port;100;demain;\n"
            "Clinique du Port;100;;\n"
            "Clinique du Port;1000,01;;\n"
        )
        self.assertEqual(dialog.recorded, 0)
        said = ("No request", "sum cannot", "date cannot", "say why", "between nothing")
        for reason, words in zip(dialog.line_ids.mapped("reason"), said, strict=True):
            self.assertIn(words, reason)
        self.ask(twin, 50)
        dialog = self.take("débiteur;montant\nClinique du Port;50\n")
        self.assertIn("Several requests", dialog.line_ids.reason)

    def test_the_columns_of_an_insurer_are_chosen_once(self):
        limit = self.ask(self.clinic, 1000)
        text = "Buyer;Cover;Eff\nClinique du Port;1000;01/03/2026\n"
        with self.assertRaisesRegex(UserError, "Choose the columns"):
            self.take(text)
        chosen = {"debtor": "Buyer", "amount": "Cover", "date": "Eff"}
        self.take(text, chosen)
        self.assertEqual((limit.state, limit.valid_from), ("agreed", date(2026, 3, 1)))
        other = self.ask(self.gym, 10)
        self.take("Eff;Buyer;Cover\n01/03/2026;Salle de sport;10\n")
        self.assertEqual(other.state, "agreed")

    def test_another_companys_request_is_not_answered(self):
        limit = self.ask(self.clinic, 1000)
        other = self.setup_other_company()["company"]
        self.secretary.company_ids |= other
        dialogs = self.env["recouv.insurance.limit.import"].with_user(self.secretary)
        dialog = dialogs.with_context(
            allowed_company_ids=[other.id, self.company.id]
        ).create(
            {"company_id": other.id,
             "file": base64.b64encode("débiteur;montant\nClinique du Port;9".encode())}
        )  # fmt: skip
        dialog.action_import()
        self.assertIn("No request", dialog.line_ids.reason)
        self.assertEqual(limit.state, "asked")

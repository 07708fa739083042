import base64
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time as freeze_at

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .factoring_common import FactoringCommon

DAY = date.fromisoformat(str(TODAY))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSolvencyCheck(FactoringCommon):
    """Asked before treatment, answered, confirmed by a person, expired, erased."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("clerk", cls.company, "recouv_lib.group_user")
        cls.debtor = cls.patient.with_user(cls.clerk).with_company(cls.company)

    def ask(self, **vals):
        self.debtor.action_recouv_check_solvency()
        checks = self.env["recouv.solvency.check"].with_user(self.clerk)
        return checks.search([("partner_id", "=", self.patient.id)], limit=1)

    def answer(self, check, result, day=DAY):
        wizard = (
            self.env["recouv.solvency.answer"]
            .with_user(self.clerk)
            .create({"check_ids": check.ids, "result": result, "date": day})
        )
        wizard.action_record()

    def test_who_was_not_checked_is_told_before_treatment(self):
        self.assertEqual(self.debtor.recouv_solvency, "none")
        self.assertIn("not checked", self.debtor.recouv_solvency_message)
        draft = self.make_invoice().copy().with_user(self.clerk)
        self.assertIn("not checked", draft.recouv_solvency_message)

    def test_a_practice_without_a_contract_is_left_alone(self):
        self.contract.sudo()._record({"state": "ended"})
        self.patient.invalidate_recordset()
        self.assertFalse(self.debtor.recouv_solvency_message)
        self.company.recouv_check_before_treatment = True
        self.patient.invalidate_recordset()
        self.assertTrue(self.debtor.recouv_solvency_message)

    def test_a_clean_check_counts_four_months(self):
        check = self.ask()
        self.assertEqual(check.result, "pending")
        self.answer(check, "clear")
        self.assertEqual(check.valid_until, date(2026, DAY.month + 4, DAY.day))
        self.assertEqual(self.debtor.recouv_solvency, "clear")
        self.assertFalse(self.debtor.recouv_solvency_message)
        last = check.valid_until
        self.assertEqual(self.debtor._recouv_solvency(on=last)[0], "clear")
        after = self.debtor._recouv_solvency(on=last + timedelta(days=1))
        self.assertEqual((after[0], after[2]), ("none", check))
        with freeze_at(last + timedelta(days=1)):
            self.patient.invalidate_recordset()
            self.assertEqual(self.debtor.recouv_solvency, "expired")

    def test_a_negative_answer_is_a_proposal_until_a_manager_speaks(self):
        check = self.ask()
        self.answer(check, "negative")
        self.assertEqual(check.review, "to_confirm")
        self.assertIn("free to treat", self.debtor.recouv_solvency_message)
        with self.assertRaisesRegex(UserError, "Only a manager"):
            check.action_confirm()
        boss = check.with_user(self.practitioner)
        with self.assertRaisesRegex(UserError, "Say why"):
            boss.action_overrule(" ")
        boss.action_overrule("A namesake")
        self.assertEqual(check.reviewed_by_id, self.practitioner)
        self.assertEqual(self.debtor._recouv_solvency()[0], "clear")
        with self.assertRaisesRegex(UserError, "nothing to confirm"):
            boss.action_confirm()

    def test_a_negative_answer_expires_too(self):
        check = self.ask()
        self.answer(check, "negative")
        check.with_user(self.practitioner).action_confirm()
        self.assertEqual(self.debtor._recouv_solvency()[0], "negative")
        after = check.valid_until + timedelta(days=1)
        self.assertEqual(self.debtor._recouv_solvency(on=after)[0], "none")

    def test_a_clean_check_before_treatment_binds_whatever_comes_later(self):
        self.contract.sudo().write({"hand_checks_bind": True})
        first = self.ask()
        self.answer(first, "clear")
        later = self.ask()
        self.assertNotEqual(first, later)
        self.answer(later, "negative")
        result, until, check = self.debtor._recouv_solvency()
        self.assertEqual((result, until, check), ("clear", first.valid_until, first))

    def test_who_is_being_asked_about_is_not_asked_about_twice(self):
        self.assertEqual(self.ask(), self.ask())

    def test_an_answer_is_not_rewritten(self):
        check = self.ask()
        self.answer(check, "negative")
        with self.assertRaisesRegex(UserError, "has its answer"):
            self.answer(check, "clear")
        with self.assertRaisesRegex(
            UserError, r"says what happened, and that is not edited: result\."
        ):
            check.write({"result": "clear"})
        with self.assertRaises(AccessError):
            check.unlink()

    def test_a_check_is_not_dated_tomorrow(self):
        check = self.ask()
        with self.assertRaisesRegex(UserError, "later than today"):
            self.answer(check, "clear", DAY + timedelta(days=1))
        self.assertEqual(check.result, "pending")

    def test_another_company_sees_nothing(self):
        check = self.ask()
        self.answer(check, "clear")
        for stranger in (self.agent, self.agency_manager):
            theirs = self.env["recouv.solvency.check"].with_user(stranger)
            self.assertFalse(theirs.search([]))
            with self.assertRaises(AccessError):
                check.with_user(stranger).read(["result"])

    def test_without_consent_nobody_is_asked_about_where_it_is_needed(self):
        self.company.recouv_consent_required = True
        with self.assertRaisesRegex(UserError, "consent"):
            self.ask()
        consent = (
            self.env["recouv.consent"]
            .with_user(self.clerk)
            .create(
                {
                    "partner_id": self.patient.id,
                    "company_id": self.company.id,
                    "purpose": "solvency",
                    "given_on": DAY,
                }
            )
        )
        self.assertTrue(self.ask())
        self.assertFalse(self.debtor._recouv_has_consent("assignment"))
        consent.withdrawn_on = DAY
        self.assertFalse(self.debtor._recouv_has_consent("solvency"))
        with self.assertRaisesRegex(UserError, "withdrawn"):
            consent.unlink()

    def test_a_swiss_practice_needs_consent_by_itself(self):
        self.assertFalse(self.company.recouv_consent_required)
        company = self.env["res.company"].create(
            {"name": "Cabinet du Lac", "country_id": self.env.ref("base.ch").id}
        )
        self.assertTrue(company.recouv_consent_required)

    # --- tables -----------------------------------------------------------------------

    def read_table(self, text, name="resultats.csv"):
        wizard = (
            self.env["recouv.solvency.import"]
            .with_user(self.clerk)
            .create(
                {
                    "company_id": self.company.id,
                    "file": base64.b64encode(text.encode()),
                    "filename": name,
                }
            )
        )
        wizard.action_import()
        return wizard

    def test_a_table_of_results_is_read_once(self):
        check = self.ask()
        table = f"numéro;résultat;date;référence\n{check.name};favorable;;R1\n"
        wizard = self.read_table(table)
        self.assertEqual((wizard.recorded, len(wizard.line_ids)), (1, 0))
        self.assertEqual((check.result, check.provider_ref), ("clear", "R1"))
        until = check.valid_until
        again = self.read_table(table)
        self.assertEqual((again.recorded, len(again.line_ids)), (1, 0))
        self.assertEqual(check.valid_until, until)

    def test_each_wrong_row_says_why(self):
        check = self.ask()
        wizard = self.read_table(
            "numéro;résultat;date\n"
            "SOLV/9999;favorable;\n"
            f"{check.name};peut-être;\n"
            f"{check.name};favorable;31/12/2099\n"
        )
        self.assertEqual(wizard.recorded, 0)
        reasons = wizard.line_ids.mapped("reason")
        self.assertIn("number", reasons[0])
        self.assertIn("neither", reasons[1])
        self.assertIn("past", reasons[2])
        self.assertEqual(check.result, "pending")

    def test_a_contradicting_row_changes_nothing(self):
        check = self.ask()
        self.answer(check, "clear")
        wizard = self.read_table(f"numéro;résultat\n{check.name};refus\n")
        self.assertIn("Another answer", wizard.line_ids.reason)
        self.assertEqual(check.result, "clear")

    def test_what_is_no_table_is_refused_by_name(self):
        for text, name, said in (
            ("a;b\n1;2\n", "a.csv", "“a.csv” has no column “numéro”, “résultat”. "
             "Columns that are read: numéro, résultat, date, référence. Say which "
             "column is which by “Choose the columns”."),
            ("numéro;date\n1;2\n", "a.csv", "“a.csv” has no column “résultat”. "
             "Columns that are read: numéro, résultat, date, référence. Say which "
             "column is which by “Choose the columns”."),
            ("%PDF-1.4 \x00\x01", "scan.pdf", "“scan.pdf” was not taken in. "
             "This is no table: export it as .xlsx or .csv."),
            ("", "a.csv", "“a.csv” was not taken in. "
             "The file is empty: export it again."),
            ("", False, "Choose the table first."),
        ):  # fmt: skip
            with self.subTest(name), self.assertRaises(UserError) as caught:
                self.read_table(text, name)
            self.assertEqual(str(caught.exception), said)

    def test_the_dialog_shows_what_it_will_read(self):
        dialogs = self.env["recouv.solvency.import"].with_user(self.clerk)
        text = "Numéro;Avis;Couleur\n1;favorable;<b>\n2;;\n3;;\n4;;\n"
        dialog = dialogs.new({"file": base64.b64encode(text.encode())})
        shown = dialog.preview
        for word in ("→ numéro", "→ résultat", "not read", "&lt;b&gt;"):
            self.assertIn(word, shown)
        self.assertNotIn("<td>4</td>", shown)
        dialog.file = base64.b64encode(b"a;b\n1;2\n")
        self.assertIn("has no column", dialog.preview)
        dialog.file = False
        self.assertFalse(dialog.preview)

    def test_the_questions_hold_no_formula_and_no_care(self):
        self.patient.name = "=HYPERLINK(1)"
        check = self.ask()
        wizard = (
            self.env["recouv.solvency.import"]
            .with_user(self.clerk)
            .create({"company_id": self.company.id})
        )
        wizard.action_export()
        text = base64.b64decode(wizard.questions).decode("utf-8-sig")
        self.assertIn(check.name, text)
        self.assertIn("'=HYPERLINK", text)

    def export(self):
        wizard = (
            self.env["recouv.solvency.import"]
            .with_user(self.clerk)
            .create({"company_id": self.company.id})
        )
        wizard.action_export()
        return base64.b64decode(wizard.questions).decode("utf-8-sig")

    def test_what_a_table_could_not_answer_is_asked_again_by_table(self):
        check = self.ask()
        self.read_table(f"numéro;résultat\n{check.name};indisponible\n")
        self.assertEqual((check.result, check.next_attempt), ("unavailable", False))
        self.assertIn(check.name, self.export())
        self.assertEqual(self.ask(), check)
        self.assertFalse(check.next_attempt)
        self.read_table(f"numéro;résultat\n{check.name};favorable\n")
        self.assertEqual(check.result, "clear")
        with self.assertRaisesRegex(UserError, "No check waits"):
            self.export()

    def test_the_job_picks_nothing_that_a_table_answers(self):
        check = self.ask()
        # as it was left before only providers were asked again
        check.sudo()._record({"next_attempt": "2020-01-01 00:00:00"})
        asked = []
        checks = type(self.env["recouv.solvency.check"])
        with (
            patch.object(checks, "_answer_now", lambda one: asked.extend(one.ids)),
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=60),
        ):
            self.env["recouv.solvency.check"].sudo()._cron_ask()
        self.assertNotIn(check.id, asked)

    # --- retention --------------------------------------------------------------------

    def test_what_counts_no_more_is_erased_after_its_months(self):
        check = self.ask()
        self.answer(check, "clear")
        checks = self.env["recouv.solvency.check"]
        with freeze_at(check.valid_until + timedelta(days=40)):
            self.assertNotIn(check, checks.sudo()._purgeable(self.company))
        with freeze_at(check.valid_until + timedelta(days=80)):
            boss = self.env(user=self.practitioner)["recouv.purge"]
            self.assertEqual(boss._count(self.company)["check_count"], 1)
            purge = boss._run(self.company)
            self.assertEqual(purge.check_count, 1)
        self.assertFalse(check.sudo().exists())

    # --- providers --------------------------------------------------------------------

    def test_people_are_asked_about_over_https_only(self):
        with self.assertRaisesRegex(ValidationError, "https"):
            self.env["recouv.solvency.provider"].create(
                {"name": "Plain", "kind": "http", "url": "http://example.com"}
            )

    def test_a_secretary_cannot_read_the_token(self):
        with self.assertRaises(AccessError):
            self.env["recouv.solvency.provider"].with_user(self.clerk).search([])

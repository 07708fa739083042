from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.lib import html_pdf

from .common import TODAY, RecouvCommon

ACT = "Canary act"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeExplanation(RecouvCommon):
    """Who asks is answered on paper, once checked, and left in peace for some days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(
            amount=90.0,
            invoice_line_ids=[
                Command.create(
                    {"name": name, "quantity": 1, "price_unit": 45, "tax_ids": []}
                )
                for name in (ACT, "Second line")
            ],
        )
        cls.propose()
        cls.claim = cls.claims_of(cls.move)
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(str(html))
        return b"%PDF-1.4 %%EOF"

    def setUp(self):
        super().setUp()
        self.printed.clear()

    def wizard(self, move=None, user=None, **values):
        move = (move or self.move).with_user(user or self.secretary)
        action = move.action_recouv_explain_fees()
        wizards = move.env[action["res_model"]].with_context(**action["context"])
        return wizards.create({"identity_checked": True, **values})

    def holds(self):
        return self.env["recouv.hold"].search([("reason", "=", "explanation")])

    # --- the letter -----------------------------------------------------------------

    def test_the_debtor_receives_the_lines_and_the_sums(self):
        self.move.recouv_overrun_amount = 20
        action = self.wizard().action_print()
        self.assertEqual(action["type"], "ir.actions.act_url")
        for expected in (ACT, "Second line", self.move.name, "90", "45", "20",
                         "Camille Martin", "2 place du Marché"):  # fmt: skip
            self.assertIn(expected, self.printed[0])

    def test_a_line_shows_the_price_that_makes_its_sum(self):
        move = self.make_invoice(
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Discounted",
                        "quantity": 1.5,
                        "price_unit": 40,
                        "discount": 50,
                        "tax_ids": [],
                    }
                )
            ]
        )
        rows = self.wizard(move).with_context(lang="en_US")._letter_values()["rows"]
        self.assertEqual(rows[0]["quantity"], "1.5")
        self.assertIn("20", rows[0]["price"])
        self.assertIn("30", rows[0]["total"])

    def test_nothing_is_sent_and_no_file_is_kept(self):
        mails = self.env["mail.mail"].search_count([])
        of_claims = [("res_model", "=", "recouv.claim")]
        files = self.env["ir.attachment"].search_count(of_claims)
        self.wizard().action_print()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["ir.attachment"].search_count(of_claims), files)

    def test_who_is_not_checked_receives_nothing(self):
        with self.assertRaisesRegex(UserError, "Check who asks"):
            self.wizard(identity_checked=False).action_print()
        self.assertFalse(self.holds() or self.printed)

    def test_who_checked_and_when_is_noted_without_the_lines(self):
        self.wizard().action_print()
        note = self.claim.message_ids[0]
        self.assertIn("identity of the debtor checked", note.body)
        self.assertIn(self.secretary.name, note.body)
        self.assertNotIn(ACT, note.body + self.holds().note)
        self.assertEqual(note.author_id, self.secretary.partner_id)
        logs = self.env["recouv.read.log"].search([("claim_id", "=", self.claim.id)])
        self.assertIn("access", logs.mapped("way"))

    # --- the pause ------------------------------------------------------------------

    def test_the_relance_waits_for_the_days_of_the_settings(self):
        self.company.recouv_explanation_days = 10
        self.wizard().action_print()
        self.assertEqual(self.holds().date_to, date(2026, 6, 25))
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "hold")
        self.assertIn("25 juin 2026", self.printed[0])

    def test_fifteen_days_are_the_default_and_may_be_changed_for_one(self):
        self.assertEqual(self.wizard().days, 15)
        self.wizard(days=3).action_print()
        self.assertEqual(self.holds().date_to, date(2026, 6, 18))
        with self.assertRaisesRegex(UserError, "negative"):
            self.wizard(days=-1).action_print()

    def test_asked_twice_the_one_pause_is_prolonged(self):
        self.wizard().action_print()
        with freeze_time("2026-06-20"):
            self.wizard().action_print()
        self.assertEqual(self.holds().mapped("date_to"), [date(2026, 7, 5)])

    def test_the_pause_is_undone_by_its_suspension(self):
        self.wizard().action_print()
        self.holds().with_user(self.secretary).undo("another person called")
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "none")

    def test_an_invoice_without_a_claim_leaves_its_debtor_in_peace(self):
        move = self.make_invoice(self.make_patient("New"), due=date(2026, 7, 1))
        self.assertFalse(self.claims_of(move))
        self.wizard(move).action_print()
        self.assertEqual(self.holds().partner_id, move.partner_id)

    def test_it_opens_from_the_claim_too(self):
        action = self.claim.with_user(self.secretary).action_explain_fees()
        self.assertEqual(action["context"]["default_move_id"], self.move.id)

    # --- secrecy --------------------------------------------------------------------

    def assertRefused(self, words, move=None):
        with self.assertRaisesRegex(UserError, words):
            self.wizard(move).action_print()
        self.assertFalse(self.printed)
        self.assertFalse(self.holds())

    def test_confidential_care_is_explained_to_the_patient_alone(self):
        self.move.recouv_confidential = True
        self.assertRefused("confidential")

    def test_the_lines_of_another_adult_are_not_told_to_the_payer(self):
        spouse = self.make_patient("Spouse")
        self.move.recouv_patient_id = spouse
        self.assertRefused("another adult")
        spouse.recouv_birth_date = date(2018, 1, 1)
        self.wizard().action_print()
        self.assertIn(ACT, self.printed[0])

    def test_the_heirs_are_not_told(self):
        self.patient.recouv_deceased_on = date(2026, 6, 1)
        self.assertRefused("deceased")

    def test_who_wants_no_letter_at_home_gets_none(self):
        self.patient.recouv_no_home_letter = True
        self.assertRefused("No letter at home")

    def test_a_draft_explains_nothing(self):
        draft = self.move.copy()
        self.assertRefused("posted", draft)

    # --- who may --------------------------------------------------------------------

    def test_an_accountant_may_not_and_another_company_cannot(self):
        reader = new_test_user(
            self.env,
            "fee_reader",
            groups="base.group_user,account.group_account_readonly",
        )
        with self.assertRaises(AccessError):
            self.wizard(user=reader)
        other = self.env["res.company"].create({"name": "Other practice"})
        neighbour = new_test_user(
            self.env,
            "fee_neighbour",
            groups="base.group_user,recouv_lib.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self.wizard(user=neighbour).action_print()
        self.assertFalse(self.holds())

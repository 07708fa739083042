from datetime import date, datetime
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .import_common import INVOICES, PATIENTS, ImportCommon
from .table_samples import csv_bytes, xlsx_bytes


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportInvoices(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.income = cls.company_data["default_account_revenue"]
        cls.transition = cls.env["account.account"].create(
            {"name": "Transition", "code": "471999", "account_type": "asset_current"}
        )
        cls.make_once(cls.begin)

    def begin(self):
        self.run_file(PATIENTS)

    def import_rows(self, *rows, headers=None, **mapping):
        return self.run_file([headers or INVOICES[0], *rows], mapping)

    def test_invoices_are_posted_free_of_tax_and_without_an_act(self):
        job = self.run_file(INVOICES)
        self.assertEqual((job.kind, self.counts(job)), ("invoices", (2, 0, 0, 0)))
        move = self.imported("invoices", "F100")
        self.assertEqual((move.state, move.move_type), ("posted", "out_invoice"))
        self.assertEqual(move.partner_id, self.imported("patients", "12"))
        self.assertEqual((move.amount_total, move.amount_tax), (120, 0))
        self.assertEqual(move.invoice_date_due, date(2026, 2, 14))
        self.assertEqual((move.ref, move.payment_reference), ("F100", "F100"))
        self.assertEqual(move.invoice_line_ids.name, "Fees")
        self.assertEqual(move.invoice_line_ids.account_id, job.mapping_id.account_id)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(self.imported("invoices", "F101").amount_total, 1234.56)

    def test_without_a_due_date_the_mapping_s_days_count(self):
        self.import_rows(["F1", "12", "15/01/2026", "10", ""], due_days=20)
        due = self.imported("invoices", "F1").invoice_date_due
        self.assertEqual(due, date(2026, 2, 4))

    def test_the_same_file_twice_changes_nothing(self):
        self.run_file(INVOICES)
        moves = self.env["account.move"].search_count([])
        again = self.run_file(INVOICES)
        self.assertEqual(self.counts(again), (0, 0, 2, 0))
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    def test_an_overlapping_file_brings_the_new_ones_only(self):
        self.run_file(INVOICES)
        job = self.import_rows(*INVOICES[1:], ["F102", "12", "25/01/2026", "5", ""])
        self.assertEqual(self.counts(job), (1, 0, 2, 0))

    def test_a_changed_amount_of_a_posted_invoice_is_told_and_not_edited(self):
        self.run_file(INVOICES)
        job = self.import_rows(["F100", "12", "15/01/2026", "150,00", "14/02/2026"])
        self.assertEqual(self.counts(job), (0, 0, 0, 1))
        self.assertIn("correct it with a credit note", self.messages(job))
        self.assertEqual(self.imported("invoices", "F100").amount_total, 120)

    def test_a_changed_patient_or_date_is_told_too(self):
        self.run_file(INVOICES)
        job = self.import_rows(
            ["F100", "13", "15/01/2026", "120,00", ""],
            ["F101", "13", "21/01/2026", "1 234,56", ""],
        )
        self.assertEqual(job.count_error, 2)
        self.assertIn("another patient", self.messages(job))
        self.assertIn("date of the invoice has changed", self.messages(job))

    def test_an_end_of_care_may_come_later(self):
        headers = [*INVOICES[0], "Fin des soins"]
        row = ["F1", "12", "15/01/2026", "10", ""]
        self.import_rows([*row, ""], headers=headers)
        job = self.import_rows([*row, "31/01/2026"], headers=headers)
        self.assertEqual(self.counts(job), (0, 1, 0, 0))
        move = self.imported("invoices", "F1")
        self.assertEqual(move.recouv_care_end_date, date(2026, 1, 31))

    def test_three_formats_of_dates_in_one_column(self):
        job = self.import_rows(
            ["F1", "12", "25/01/2026", "10", ""],
            ["F2", "12", "2026-01-25", "10", ""],
            ["F3", "12", "46047", "10", ""],
            ["F4", "12", "31/02/2026", "10", ""],
        )
        self.assertEqual(self.counts(job), (3, 0, 0, 1))
        days = {self.imported("invoices", f"F{n}").invoice_date for n in (1, 2, 3)}
        self.assertEqual(days, {date(2026, 1, 25)})
        self.assertEqual(job.error_ids.column, "Date facture")

    def test_a_workbook_with_real_dates_and_numbers(self):
        data = xlsx_bytes([INVOICES[0], ["F1", 12, datetime(2026, 1, 25), 12.5, None]])
        job = self.run_file(data)
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        self.assertEqual(self.imported("invoices", "F1").amount_total, 12.5)

    def test_what_cannot_be_an_invoice_is_told_row_by_row(self):
        job = self.import_rows(
            ["F1", "99", "25/01/2026", "10", ""],
            ["F2", "12", "", "10", ""],
            ["F3", "12", "25/01/2026", "", ""],
            ["F4", "12", "25/01/2026", "(12,00)", ""],
            ["", "12", "25/01/2026", "10", ""],
            ["F5", "12", "25/01/2026", "10", ""],
        )
        self.assertEqual(self.counts(job), (1, 0, 0, 5))
        for words in (
            "patient 99 is not known", "has no date", "has no amount", "credit note",
            "has no number",
        ):  # fmt: skip
            self.assertIn(words, self.messages(job))

    # --- who ----------------------------------------------------------------------

    def test_a_patient_is_found_by_name_both_ways_round(self):
        headers = ["N° facture", "Nom", "Prénom", "Date facture", "Montant"]
        job = self.import_rows(
            ["F1", "LEFÈVRE", "Anaïs", "25/01/2026", "10"],
            ["F2", "Zoé", "Noël", "25/01/2026", "10"],
            headers=headers,
        )
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        self.assertEqual(
            self.imported("invoices", "F2").partner_id, self.imported("patients", "13")
        )

    def test_a_name_of_two_patients_is_not_guessed(self):
        self.make_patient("Zoé Noël")
        headers = ["N° facture", "Nom", "Prénom", "Date facture", "Montant"]
        job = self.import_rows(
            ["F1", "Noël", "Zoé", "25/01/2026", "10"], headers=headers
        )
        self.assertIn("Several patients are called", self.messages(job))

    def test_patients_who_are_not_there_are_created_where_wanted(self):
        headers = ["N° facture", "N° patient", "Nom", "Date facture", "Montant"]
        rows = [["F1", "77", "Yves Neuf", "25/01/2026", "10"]]
        rows += [["F2", "77", "Yves Neuf", "26/01/2026", "10"]]
        job = self.import_rows(*rows, headers=headers, create_patients=True)
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        patient = self.imported("patients", "77")
        self.assertEqual(
            (patient.name, patient.company_id), ("Yves Neuf", self.company)
        )
        moves = self.imported("invoices", "F1") | self.imported("invoices", "F2")
        self.assertEqual(moves.partner_id, patient)

    def test_who_pays_is_the_debtor_and_the_patient_is_kept(self):
        headers = [*INVOICES[0], "N° payeur", "Praticien"]
        doctor = self.make_patient("Dr House")
        self.import_rows(
            ["F1", "12", "25/01/2026", "10", "", "13", "dr house"], headers=headers
        )
        move = self.imported("invoices", "F1")
        self.assertEqual(move.partner_id, self.imported("patients", "13"))
        self.assertEqual(move.recouv_patient_id, self.imported("patients", "12"))
        self.assertEqual(move.recouv_practitioner_id, doctor)

    def payer_row(self, payer, patient="12", name=""):
        headers = [*INVOICES[0], "N° payeur", "Nom patient"]
        return headers, ["F1", patient, "25/01/2026", "10", "", payer, name]

    def test_a_payer_who_is_not_known_is_told_and_nobody_made_the_debtor(self):
        headers, row = self.payer_row("88")
        job = self.import_rows(row, headers=headers)
        self.assertEqual(self.counts(job), (0, 0, 0, 1))
        self.assertIn("payer 88 is not known here", self.messages(job))
        self.assertFalse(self.imported("invoices", "F1"))
        self.run_file([PATIENTS[0], ["88", "Mère", "Eve", "", "", "", "", ""]])
        job = self.import_rows(row, headers=headers)
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        debtor = self.imported("patients", "88")
        self.assertEqual(self.imported("invoices", "F1").partner_id, debtor)

    def test_a_patient_who_pays_himself_is_the_debtor(self):
        headers, row = self.payer_row("77", "77", "Yves Neuf")
        job = self.import_rows(row, headers=headers, create_patients=True)
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        move = self.imported("invoices", "F1")
        self.assertEqual(move.partner_id, self.imported("patients", "77"))
        self.assertFalse(move.recouv_patient_id)

    def test_a_patient_is_made_also_where_somebody_known_pays(self):
        headers, row = self.payer_row("13", "77", "Yves Neuf")
        other = ["F2", "77", "26/01/2026", "10", "", "", "Yves Neuf"]
        job = self.import_rows(row, other, headers=headers, create_patients=True)
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        child, payer = (self.imported("patients", n) for n in ("77", "13"))
        move = self.imported("invoices", "F1")
        self.assertEqual((move.partner_id, move.recouv_patient_id), (payer, child))
        self.assertEqual(child.name, "Yves Neuf")
        self.assertEqual(self.imported("invoices", "F2").partner_id, child)

    def test_another_payer_in_a_later_file_is_told(self):
        headers, row = self.payer_row("13")
        self.import_rows(row, headers=headers)
        self.assertEqual(
            self.counts(self.import_rows(row, headers=headers)), (0, 0, 1, 0)
        )
        # a file without that column says nothing of it
        self.assertEqual(self.counts(self.import_rows(row[:5])), (0, 0, 1, 0))
        for payer in ("12", "88"):
            job = self.import_rows(self.payer_row(payer)[1], headers=headers)
            self.assertEqual(self.counts(job), (0, 0, 0, 1))
            self.assertIn(f"The file says that {payer} pays", self.messages(job))

    def test_a_payer_dropped_by_a_former_import_is_told(self):
        headers, row = self.payer_row("13")
        self.import_rows(row[:5])
        # sudo: the import alone writes what it keeps of a number
        key = self.env["recouv.import.key"].sudo()
        key = key.search([("number", "=", "F1"), ("company_id", "=", self.company.id)])
        key.facts = {n: key.facts[n] for n in ("amount", "date", "party")}
        job = self.import_rows(row, headers=headers)
        self.assertIn("imported for Anaïs Lefèvre", self.messages(job))
        self.assertEqual(
            self.counts(self.import_rows(self.payer_row("12")[1], headers=headers)),
            (0, 0, 1, 0),
        )

    # --- money --------------------------------------------------------------------

    def test_what_was_paid_before_is_a_payment_of_the_invoice(self):
        headers = [*INVOICES[0], "Reste dû"]
        job = self.import_rows(
            ["F1", "12", "25/01/2026", "100,00", "", "40,00"], headers=headers
        )
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        move = self.imported("invoices", "F1")
        self.assertEqual((move.amount_total, move.amount_residual), (100, 40))

    def test_an_opening_invoice_books_no_revenue(self):
        headers = [*INVOICES[0], "Reste dû"]
        self.import_rows(
            ["F1", "12", "25/01/2026", "100,00", "", "40,00"],
            headers=headers,
            is_opening=True,
            opening_account_id=self.transition.id,
        )
        move = self.imported("invoices", "F1")
        self.assertEqual((move.amount_total, move.amount_residual), (40, 40))
        self.assertEqual(move.invoice_line_ids.account_id, self.transition)
        self.assertNotIn(self.income, move.line_ids.account_id)

    def test_an_opening_without_its_account_does_not_start(self):
        job = self.read_file(INVOICES, {"is_opening": True})
        self.assertIn("Choose the transition account", job.gaps)

    def test_invoices_of_before_the_start_date_wait_for_review(self):
        self.company.recouv_live_on = date(2026, 6, 1)
        self.run_file(INVOICES)
        run = self.propose()
        claim = self.claims_of(self.imported("invoices", "F100"))
        self.assertTrue(claim.in_review)
        self.assertFalse(run.notice_ids)

    def test_an_invoice_that_was_not_given_is_not_relanced(self):
        job = self.run_file(INVOICES, {"mark_sent": False})
        self.assertEqual(job.count_created, 2)
        self.assertFalse(self.imported("invoices", "F100").is_move_sent)

    def test_another_currency_is_kept_or_told(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        headers = [*INVOICES[0], "Devise"]
        job = self.import_rows(
            ["F1", "12", "25/01/2026", "10", "", "usd"],
            ["F2", "12", "25/01/2026", "10", "", "XXX"],
            headers=headers,
        )
        self.assertEqual(self.imported("invoices", "F1").currency_id, usd)
        self.assertIn("XXX", self.messages(job))

    def test_an_imported_invoice_is_the_one_that_odoo_would_have_made(self):
        job = self.run_file(INVOICES)
        imported = self.imported("invoices", "F101")
        line = imported.invoice_line_ids
        made = (
            self.env["account.move"]
            .with_user(self.manager)
            .create(
                {
                    "move_type": "out_invoice",
                    "journal_id": job.mapping_id.journal_id.id,
                    "partner_id": imported.partner_id.id,
                    "invoice_date": imported.invoice_date,
                    "invoice_date_due": imported.invoice_date_due,
                    "invoice_payment_term_id": False,
                    "ref": "F101",
                    "payment_reference": "F101",
                    "is_move_sent": True,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": line.name,
                                "quantity": 1,
                                "price_unit": 1234.56,
                                "account_id": line.account_id.id,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        made.action_post()
        made = made.with_env(self.env)
        self.assertEqual(self.stored(imported), self.stored(made))
        self.assertEqual(
            [self.stored(item) for item in imported.line_ids],
            [self.stored(item) for item in made.line_ids],
        )

    def test_numbers_of_a_batch_have_no_gap_and_follow_the_dates(self):
        rows = [
            [f"F{n}", "12", f"{n + 12}/0{month}/2026", "10", ""]
            for n, month in ((1, 2), (2, 1), (3, 2), (4, 1))
        ]
        self.import_rows(*rows)
        moves = [self.imported("invoices", f"F{n}") for n in (2, 4, 1, 3)]
        first = moves[0].sequence_number
        self.assertEqual(
            [move.sequence_number for move in moves], list(range(first, first + 4))
        )
        self.assertFalse(any(move.made_sequence_gap for move in moves))
        self.import_rows(["F5", "12", "15/01/2026", "10", ""])
        last = self.imported("invoices", "F5")
        self.assertEqual(last.sequence_number, first + 4)

    def test_one_bad_invoice_in_a_batch_costs_itself_only(self):
        headers, names = [*INVOICES[0], "Nom patient"], ("Nouveau Venu", "Autre Venu")
        rows = [
            [f"F{n}", "", f"{n + 13}/01/2026", "10", "", names[n % 2]] for n in range(9)
        ]
        move_class = self.env.registry["account.move"]
        create = move_class.create

        refusal = "F5 is refused"

        def refuse(moves, vals_list):
            if any(vals.get("ref") == "F5" for vals in vals_list):
                raise UserError(refusal)
            return create(moves, vals_list)

        with patch.object(move_class, "create", refuse):
            job = self.import_rows(*rows, headers=headers, create_patients=True)
        self.assertEqual(self.counts(job), (8, 0, 0, 1))
        self.assertIn("F5 is refused", self.messages(job))
        found = self.env["res.partner"].search([("name", "in", names)])
        self.assertEqual(sorted(found.mapped("name")), sorted(names))

    def test_a_batch_of_look_ups_takes_few_queries(self):
        rows = [[f"F{n}", "12", "25/01/2026", "10", ""] for n in range(200)]
        job = self.read_file([INVOICES[0], *rows])
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            job.action_read()

    def test_a_deleted_invoice_may_be_imported_again(self):
        self.run_file(INVOICES)
        move = self.imported("invoices", "F100")
        move.button_draft()
        move.with_context(force_delete=True).unlink()
        job = self.run_file(csv_bytes(INVOICES))
        self.assertEqual(self.counts(job), (1, 0, 1, 0))

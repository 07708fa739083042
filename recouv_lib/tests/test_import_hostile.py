from odoo.tests import freeze_time, tagged

from .common import TODAY
from .import_common import INVOICES, PATIENTS, ImportCommon
from .table_samples import csv_bytes, xlsx_bytes

FORMULA = "=HYPERLINK(A1)"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportHostile(ImportCommon):
    """Files as a careless or a hostile hand makes them: a row is told, or is text."""

    def patient_row(self, **cells):
        names = dict(zip(PATIENTS[0], PATIENTS[1], strict=True))
        return [PATIENTS[0], list((names | cells).values())]

    def invoice_row(self, *cells):
        return [INVOICES[0], list(cells)]

    def test_a_formula_is_a_name_like_another(self):
        job = self.run_file(self.patient_row(Nom=FORMULA))
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        self.assertIn("=HYPERLINK", self.imported("patients", "12").name)

    def test_a_row_not_imported_is_given_back_without_a_formula(self):
        job = self.run_file(self.patient_row(**{"Nom": "", "Adresse": FORMULA}))
        self.assertEqual(job.count_error, 1)
        text = job._errors_csv()
        self.assertIn("'=HYPERLINK", text)
        self.assertNotIn('"=HYPERLINK', text)

    def test_a_workbook_s_formula_is_no_amount(self):
        self.run_file(PATIENTS)
        rows = self.invoice_row("F1", "12", "15/01/2026", "=1+1", "")
        job = self.run_file(xlsx_bytes(rows), kind="invoices")
        self.assertEqual(self.counts(job), (0, 0, 0, 1))
        self.assertFalse(self.imported("invoices", "F1"))

    def test_signs_that_no_database_keeps_cost_their_row_at_most(self):
        """A zero byte, a lone surrogate's bytes, a bell: told, or left out."""
        for number, name in enumerate(("A\x00B", "Bell\x07", "\ufeffMarque"), 20):
            data = csv_bytes(
                self.patient_row(**{"N° patient": str(number), "Nom": name})
            )
            job = self.run_file(data)
            with self.subTest(name=name):
                self.assertEqual(job.state, "done", job.failure_message)
                self.assertEqual(sum(self.counts(job)), 1)

    def test_days_that_no_calendar_has_are_told(self):
        self.run_file(PATIENTS)
        for number, day in enumerate(
            ("29/02/2025", "31/04/2026", "00/01/2026", "15/13/2026", "1/1/0001"), 30
        ):
            job = self.run_file(self.invoice_row(f"F{number}", "12", day, "10,00", ""))
            with self.subTest(day=day):
                self.assertEqual(self.counts(job), (0, 0, 0, 1), self.messages(job))

    def test_absurd_sums_are_told(self):
        self.run_file(PATIENTS)
        for number, amount in enumerate(("NaN", "1e400", "inf", "9" * 40, "0,001"), 40):
            job = self.run_file(
                self.invoice_row(f"F{number}", "12", "15/01/2026", amount, ""),
                {"decimal_separator": "comma"},
            )
            with self.subTest(amount=amount):
                self.assertEqual(job.state, "done", job.failure_message)
                self.assertEqual(self.counts(job), (0, 0, 0, 1), self.messages(job))

    def test_a_name_as_long_as_a_page_stops_nothing(self):
        job = self.run_file(self.patient_row(Nom="x" * 20000))
        self.assertEqual(job.state, "done")
        self.assertEqual(sum(self.counts(job)), 1)

    def test_an_invoice_of_an_archived_patient_is_his(self):
        """He is known by his number: no second one is made beside him."""
        self.run_file(PATIENTS)
        person = self.imported("patients", "12")
        person.active = False
        job = self.run_file(self.invoice_row("F1", "12", "15/01/2026", "10,00", ""))
        self.assertEqual(self.counts(job), (1, 0, 0, 0), self.messages(job))
        self.assertEqual(self.imported("invoices", "F1").partner_id, person)

    def test_one_number_in_two_cases_of_letters_is_two(self):
        rows = [PATIENTS[0], ["a1", *PATIENTS[1][1:]], ["A1", *PATIENTS[2][1:]]]
        self.assertEqual(self.counts(self.run_file(rows)), (2, 0, 0, 0))

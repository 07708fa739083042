import random
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..lib.bank_csv import (
    CsvMapping,
    guess_mapping,
    parse_number,
    preview,
    read_csv,
)
from ..lib.bank_file import BankFileError
from .test_lib_camt import mutate

COLUMNS = {"date": "Date", "label": "Libellé", "debit": "Débit", "credit": "Crédit"}
TEXT = (
    "Date;Libellé;Débit;Crédit\n"
    "10/06/2026;VIR DUPONT;;1 260,50\n"
    "11/06/2026;FRAIS;-3,10;\n"
)


@tagged("post_install", "-at_install")
class TestLibBankCsv(BaseCase):
    def read_text(self, text, encoding="utf-8", **values):
        mapping = CsvMapping(**{"columns": COLUMNS, **values})
        return read_csv(text.encode(encoding), mapping)

    def amounts(self, text, **values):
        result = self.read_text(text, **values)
        self.assertFalse(result.errors, [str(error) for error in result.errors])
        return [str(movement.amount) for movement in result.statement.movements]

    def assertRefused(self, code, text, **values):
        with self.assertRaises(BankFileError) as caught:
            self.read_text(text, **values)
        self.assertEqual(caught.exception.code, code)

    # --- reading -------------------------------------------------------------------

    def test_debit_and_credit_columns(self):
        result = self.read_text(TEXT)
        self.assertEqual(self.amounts(TEXT), ["1260.50", "-3.10"])
        self.assertEqual(result.statement.movements[0].text, "VIR DUPONT")
        self.assertEqual(result.statement.date_from, date(2026, 6, 10))
        self.assertEqual(result.statement.date_to, date(2026, 6, 11))

    def test_debits_may_be_unsigned_and_noughts_written(self):
        text = "Date;Libellé;Débit;Crédit\n10/06/2026;a;12,00;0,00\n"
        self.assertEqual(self.amounts(text), ["-12.00"])

    def test_one_signed_column(self):
        columns = {"date": "Date", "amount": "Montant"}
        text = "Date;Montant\n10/06/2026;-12,00\n10/06/2026;+5,00\n10/06/2026;7,00-\n"
        self.assertEqual(
            self.amounts(text, columns=columns), ["-12.00", "5.00", "-7.00"]
        )

    def test_a_column_that_says_the_direction(self):
        columns = {"date": "Date", "amount": "Montant", "direction": "Sens"}
        text = "Date;Montant;Sens\n10/06/2026;12,00;D\n10/06/2026;5,00;Crédit\n"
        self.assertEqual(self.amounts(text, columns=columns), ["-12.00", "5.00"])

    def test_a_decimal_point(self):
        columns = {"date": "Date", "amount": "Amount"}
        text = 'Date,Amount\n2026-06-10,"1,260.50"\n'
        found = self.amounts(text, columns=columns, decimal_separator=".")
        self.assertEqual(found, ["1260.50"])

    def test_windows_files_are_read_as_well(self):
        self.assertEqual(self.amounts(TEXT, encoding="cp1252"), ["1260.50", "-3.10"])
        self.assertEqual(self.amounts(TEXT, encoding="utf-8-sig"), ["1260.50", "-3.10"])
        self.assertEqual(self.amounts(TEXT, encoding="utf-16"), ["1260.50", "-3.10"])

    def test_columns_by_number_without_headers(self):
        columns = {"date": "1", "label": "2", "amount": "3"}
        text = "10.06.2026\tVIR\t12,00\n"
        self.assertEqual(self.amounts(text, columns=columns, header_row=0), ["12.00"])

    def test_titles_above_and_totals_below_are_left_out(self):
        text = "Relevé\n\n" + TEXT + "Total;;-3,10;1 260,50\n"
        found = self.amounts(text, header_row=3, skip_last=1)
        self.assertEqual(found, ["1260.50", "-3.10"])

    def test_one_date_format_for_the_whole_file(self):
        """12/06 and 06/13 in one file: the second line is wrong, not American."""
        text = TEXT + "06/13/2026;x;;1,00\n"
        errors = self.read_text(text).errors
        self.assertEqual([(e.code, e.line) for e in errors], [("csv_date", 4)])

    def test_the_reference_of_the_bank_is_the_key(self):
        columns = {**COLUMNS, "reference": "Référence"}
        text = "Date;Libellé;Débit;Crédit;Référence\n10/06/2026;{};;5,00;R1\n"
        keys = [
            self.read_text(text.format(label), columns=columns).statement.movements[0]
            for label in ("a", "b")
        ]
        self.assertEqual(keys[0].reference, keys[1].reference)

    def test_equal_lines_are_twins(self):
        line = "10/06/2026;DEPOT;;50,00\n"
        found = self.read_text(TEXT + line + line).statement.movements
        self.assertEqual(len({movement.reference for movement in found}), 4)

    # --- what is wrong -------------------------------------------------------------

    def test_every_wrong_line_is_told_and_none_is_given(self):
        result = self.read_text(
            TEXT
            + "x;y;;5,00\n"
            + "10/06/2026;y;;five\n"
            + "10/06/2026;y;;\n"
            + "10/06/2026;y;1,00;2,00\n"
        )
        self.assertEqual(
            [(error.line, error.code) for error in result.errors],
            [(4, "csv_date"), (5, "csv_amount"), (6, "csv_amount"), (7, "csv_both")],
        )
        self.assertFalse(result.statement.movements)

    def test_a_wrong_decimal_separator_is_told_not_guessed(self):
        """12.50 read with a decimal comma must not become 1250."""
        columns = {"date": "Date", "amount": "Montant"}
        errors = self.read_text(
            "Date;Montant\n10/06/2026;12.50\n", columns=columns
        ).errors
        self.assertEqual([error.code for error in errors], ["csv_amount"])

    def test_what_is_wrong_with_the_whole_file(self):
        self.assertRefused("csv_column", TEXT, columns={**COLUMNS, "iban": "IBAN"})
        self.assertRefused("csv_no_date_column", TEXT, columns={"credit": "Crédit"})
        self.assertRefused("csv_no_amount_column", TEXT, columns={"date": "Date"})
        self.assertRefused("no_movement", "Date;Libellé;Débit;Crédit\n")
        self.assertRefused("no_header", TEXT, header_row=9)
        self.assertRefused("empty_file", " \n")

    def test_bytes_that_are_no_text(self):
        with self.assertRaises(BankFileError):
            read_csv(b"\x00\x01\x02\x81", CsvMapping(columns=COLUMNS))

    def test_mixed_currencies_are_refused(self):
        columns = {"date": "Date", "amount": "Montant", "currency": "Devise"}
        text = "Date;Montant;Devise\n10/06/2026;1,00;EUR\n10/06/2026;1,00;CHF\n"
        errors = self.read_text(text, columns=columns).errors
        self.assertEqual([error.code for error in errors], ["currencies"])

    # --- numbers -------------------------------------------------------------------

    def test_numbers_as_banks_write_them(self):
        for text, expected in {
            "1 234,56": "1234.56",
            "1\u202f234,56": "1234.56",
            "1.234,56": "1234.56",
            "-12": "-12",
            "(12,00)": "-12.00",
            "\u22125,00": "-5.00",
            "12,00 €": "12.00",
            "+5": "5",
        }.items():
            self.assertEqual(parse_number(text), Decimal(expected), text)
        for text in ("", "abc", "1,2,3", "12.50", "1.23,4", "--5", "-5-", "9" * 16):
            self.assertIsNone(parse_number(text), text)
        self.assertEqual(parse_number("1'234.50", "."), Decimal("1234.50"))

    # --- guessing ------------------------------------------------------------------

    def test_a_mapping_is_guessed_from_the_file(self):
        text = "Compte 123\n\n" + TEXT
        mapping = guess_mapping(text.encode("cp1252"))
        self.assertEqual(mapping.header_row, 3)
        self.assertEqual(mapping.delimiter, ";")
        self.assertEqual(mapping.columns, COLUMNS)
        headers, rows = preview(text.encode("cp1252"), mapping)
        self.assertEqual(headers[0], "Date")
        self.assertEqual(len(rows), 2)

    # --- fuzzing -------------------------------------------------------------------

    def test_no_mutation_ends_in_another_error(self):
        dice = random.Random(27)
        mapping = CsvMapping(columns=COLUMNS)
        for _turn in range(3000):
            data = mutate(TEXT.encode("cp1252"), dice)
            for chosen in (mapping, None):
                try:
                    read_csv(data, chosen or guess_mapping(data))
                except BankFileError:
                    continue

import io
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..lib.import_rows import (
    HEADERS,
    KINDS,
    ImportReader,
    batches,
    fingerprint,
    guess_columns,
    guess_kind,
    known_headers,
    missing_fields,
)
from ..lib.table_file import FileError, TableFile, header_words
from .import_common import INVOICES, PATIENTS, PAYMENTS
from .table_samples import csv_bytes

COLUMNS = {"number": "N° facture", "date": "Date", "amount": "Montant"}


@tagged("post_install", "-at_install")
class TestLibImportRows(BaseCase):
    def reader(self, *rows, columns=None, **values):
        columns = columns or COLUMNS
        data = csv_bytes([["N° facture", "Date", "Montant"], *rows])
        return ImportReader(TableFile(io.BytesIO(data)), columns, **values)

    def test_the_kind_follows_from_the_headers(self):
        found = [guess_kind(rows[0]) for rows in (PATIENTS, INVOICES, PAYMENTS)]
        self.assertEqual(found, ["patients", "invoices", "payments"])
        self.assertEqual(guess_kind(["foo", "bar"]), "")

    def test_more_exports_are_known(self):
        for kind, headers in (
            ("patients", "Code patient,Nom,Prénom,Date de naissance,Tél. portable"),
            ("invoices", "Facture n°,Patient,Date,Total TTC,Reste dû"),
            ("invoices", "N° facture,N° dossier,Date facture,Montant,Réglé"),
            ("payments", "Date,N° facture,Montant réglé,Mode de règlement"),
            ("payments", "Date encaissement,N° patient,Montant"),
        ):
            self.assertEqual(guess_kind(headers.split(",")), kind, headers)

    def test_each_column_is_read_once(self):
        found = guess_columns(
            "invoices", ["N° patient", "Nom", "Montant", "Montant dû"]
        )
        self.assertEqual(
            found,
            {
                "patient_number": "N° patient",
                "patient_name": "Nom",
                "amount": "Montant",
                "residual": "Montant dû",
            },
        )

    def test_synonyms_are_written_as_headers_are_compared(self):
        for kind in KINDS:
            for words in HEADERS[kind].values():
                bare = [word for word in words if header_words(word) != word]
                self.assertLessEqual(set(bare), {"numero"}, kind)

    def test_what_a_kind_must_have(self):
        self.assertEqual(missing_fields("patients", {"name"}), [])
        self.assertEqual(
            missing_fields("invoices", {"number", "date", "patient_name"}),
            [("amount", "residual")],
        )

    def test_a_file_is_recognised_whatever_the_order_of_its_columns(self):
        headers = INVOICES[0]
        self.assertEqual(fingerprint(headers), fingerprint(headers[::-1]))
        self.assertNotEqual(fingerprint(headers), fingerprint(headers[1:]))
        self.assertEqual(known_headers(headers), 5)

    def test_rows_are_read_by_what_the_columns_say(self):
        reader = self.reader(
            ["F1", "03/04/2026", "1.234"], ["F2", "2026-04-25", "12,50 €"],
            ["F3", "25/04/2026", "(3,00)"],
        )  # fmt: skip
        self.assertEqual(reader.profile(), 3)
        self.assertFalse(reader.unsure())
        values = [entry.values for entry in reader.entries()]
        self.assertEqual(
            [(v["date"], v["amount"]) for v in values],
            [
                (date(2026, 4, 3), Decimal(1234)),
                (date(2026, 4, 25), Decimal("12.50")),
                (date(2026, 4, 25), Decimal(-3)),
            ],
        )

    def test_an_unsure_column_is_asked_and_then_told_by_the_mapping(self):
        rows = [["F1", "03/04/2026", "1.234"]]
        reader = self.reader(*rows)
        reader.profile()
        self.assertEqual(
            reader.unsure(), [("date_unsure", "Date"), ("amount_unsure", "Montant")]
        )
        [entry] = reader.entries()
        codes = [code for _column, code, _found in entry.faults]
        self.assertEqual(codes, ["date_unsure", "amount_unsure"])
        told = self.reader(*rows, date_order="mdy", decimal=".")
        told.profile()
        [entry] = told.entries()
        self.assertEqual(entry.values["date"], date(2026, 3, 4))
        self.assertEqual(entry.values["amount"], Decimal("1.234"))

    def columns_of_dates(self, *rows, usual="dmy"):
        header = ["N° facture", "Date", "Échéance", "Du"]
        table = TableFile(io.BytesIO(csv_bytes([header, *rows])))
        columns = {"number": "N° facture", "date": "Date", "due_date": "Échéance"}
        reader = ImportReader(table, columns, usual=usual)
        reader.profile()
        return reader.orders

    def test_what_other_dates_prove_and_the_country_writes_is_not_asked(self):
        silent, proof = "03/04/2026", "25/04/2026"
        self.assertEqual(
            self.columns_of_dates(["F1", silent, proof, "1"]),
            {"date": "dmy", "due_date": "dmy"},
        )

    def test_dates_are_asked_where_nothing_proves_them(self):
        silent = "03/04/2026"
        self.assertEqual(
            self.columns_of_dates(["F1", silent, silent, "1"])["date"], "ambiguous"
        )
        american = self.columns_of_dates(["F1", silent, "04/25/2026", "1"])
        self.assertEqual(american, {"date": "ambiguous", "due_date": "mdy"})
        unknown = self.columns_of_dates(["F1", silent, "25/04/2026", "1"], usual="")
        self.assertEqual(unknown["date"], "ambiguous")
        mixed = self.columns_of_dates(
            ["F1", silent, "25/04/2026", "1"], ["F2", silent, "04/25/2026", "1"]
        )
        self.assertEqual(mixed, {"date": "ambiguous", "due_date": "ambiguous"})

    def test_what_was_found_out_is_resumed(self):
        reader = self.reader(["F1", "03/04/2026", "1"], ["F2", "25/04/2026", "2"])
        reader.profile()
        again = self.reader(["F1", "03/04/2026", "1"])
        again.resume(reader.reading())
        [entry] = again.entries()
        self.assertEqual(entry.values["date"], date(2026, 4, 3))

    def test_a_bad_cell_is_told_with_its_column(self):
        reader = self.reader(["F1", "31/02/2026", "douze"], ["F2"])
        reader.profile()
        bad, short = reader.entries()
        self.assertEqual(
            bad.faults,
            [("Date", "date_bad", "31/02/2026"), ("Montant", "amount_bad", "douze")],
        )
        self.assertEqual(short.values, {"number": "F2"})

    def test_a_mapped_column_that_is_gone_is_named(self):
        with self.assertRaises(FileError) as caught:
            self.reader(columns={"number": "Facture"})
        self.assertEqual(caught.exception.values, {"column": "Facture"})

    def test_batches_lose_nothing(self):
        self.assertEqual(list(batches(range(5), 2)), [[0, 1], [2, 3], [4]])

import io
import random
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..lib import table_file
from ..lib.table_file import (
    Column,
    FileError,
    TableFile,
    cell_text,
    file_name,
    find_columns,
    header_words,
    safe_cell,
)
from .table_samples import csv_bytes, xlsx_bytes

TABLE = [
    ["N° patient", "Nom", "Prénom", "Ville"],
    ["12", "Lefèvre", "Anaïs", "Bécherel"],
    ["13", "Noël", "Zoé", "Châteaubriant"],
]


@tagged("post_install", "-at_install")
class TestLibTableFile(BaseCase):
    def open(self, data, **values):
        return TableFile(io.BytesIO(data), **values)

    def cells(self, data, **values):
        return [row.cells for row in self.open(data, **values).rows()]

    def refused(self, data, code, **values):
        with self.assertRaises(FileError) as caught:
            list(self.open(data, **values).rows())
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(str(caught.exception))

    # --- encodings and separators -------------------------------------------------

    def test_accents_are_read_whatever_the_encoding(self):
        for encoding in (
            "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252",
            "latin-1", "mac_roman",
        ):  # fmt: skip
            with self.subTest(encoding):
                table = self.open(csv_bytes(TABLE, encoding))
                self.assertEqual(table.headers, TABLE[0])
                self.assertEqual([row.cells for row in table.rows()], TABLE[1:])

    def test_one_accent_far_below_decides_the_encoding(self):
        rows = [["Nom", "Ville"]] + [["Durand", "Rennes"]] * 20000
        data = csv_bytes([*rows, ["Lefèvre", "Bécherel"]], "cp1252")
        self.assertEqual(self.cells(data)[-1], ["Lefèvre", "Bécherel"])

    def test_the_separator_is_found_out(self):
        for delimiter in (";", ",", "\t", "|"):
            data = csv_bytes(TABLE, delimiter=delimiter)
            self.assertEqual(self.open(data).headers, TABLE[0], delimiter)

    def test_lines_of_a_mac_of_long_ago_are_read(self):
        self.assertEqual(self.cells(csv_bytes(TABLE, newline="\r")), TABLE[1:])

    def test_a_forced_encoding_that_does_not_fit_is_told(self):
        data = csv_bytes(TABLE, "cp1252")
        self.refused(data, "bad_encoding", encoding="utf-8")
        self.refused(data, "bad_encoding", encoding="klingon")

    # --- headers ------------------------------------------------------------------

    def test_titles_above_the_table_are_passed_over(self):
        data = csv_bytes([["Cabinet Dr Martin"], ["Export du 1er juin"], *TABLE])
        table = self.open(data)
        self.assertEqual((table.header_row, table.headers), (3, TABLE[0]))
        self.assertEqual([row.number for row in table.rows()], [4, 5])

    def test_known_headers_beat_a_wider_row(self):
        data = csv_bytes([["a", "b", "c", "d", "e"], ["Nom", "Ville"], ["x", "y"]])
        table = self.open(data, known=lambda cells: sum(c == "Nom" for c in cells))
        self.assertEqual(table.headers, ["Nom", "Ville"])

    def test_equal_and_empty_headers_get_names(self):
        table = self.open(b"Nom;Nom;;Ville\na;b;c;d\n")
        self.assertEqual(table.headers, ["Nom", "Nom (2)", "3", "Ville"])

    def test_a_header_row_that_is_not_there_is_told(self):
        self.refused(csv_bytes(TABLE), "no_header", header_row=12)

    def test_headers_compare_by_their_words(self):
        for text in ("N° de dossier :", "No de dossier", "Numéro  de DOSSIER"):
            self.assertEqual(header_words(text), "n de dossier", text)

    # --- damaged lines ------------------------------------------------------------

    def test_a_quote_never_closed_costs_its_line_only(self):
        data = b'Nom;Ville\n"Durand;Rennes\nMartin;Paris\nPetit;Lyon\n'
        rows = list(self.open(data).rows())
        self.assertEqual(rows[0].problem, "broken_quote")
        self.assertEqual(
            [r.cells for r in rows[1:]], [["Martin", "Paris"], ["Petit", "Lyon"]]
        )

    def test_a_quote_within_a_text_is_a_quote(self):
        data = b'Nom;Ville\nEcran 5";Rennes\nMartin;Paris\n'
        self.assertEqual(
            self.cells(data), [['Ecran 5"', "Rennes"], ["Martin", "Paris"]]
        )

    def test_a_cell_over_two_lines_is_one_cell(self):
        data = b'Nom;Adresse\nDurand;"1 rue A\nBat ""B"";x"\nMartin;2 rue C\n'
        rows = list(self.open(data).rows())
        self.assertEqual(rows[0].cells, ["Durand", '1 rue A Bat "B";x'])
        self.assertEqual((rows[1].number, rows[1].cells[0]), (4, "Martin"))

    def test_nul_bytes_and_blank_lines_are_passed_over(self):
        data = b"Nom;Ville\n\n;\nDur\0and;Rennes\n\n"
        self.assertEqual(self.cells(data), [["Durand", "Rennes"]])

    def test_too_many_columns_are_told_for_the_line(self):
        data = b"Nom;Ville\n" + b";" * 500 + b"\nMartin;Paris\n"
        problems = [row.problem for row in self.open(data).rows()]
        self.assertEqual(problems, ["too_many_columns", ""])

    # --- workbooks ----------------------------------------------------------------

    def test_a_workbook_keeps_its_dates_and_numbers(self):
        data = xlsx_bytes(
            [
                ["Nom", "Date", "Montant", "N°"],
                ["Durand", datetime(2026, 3, 4), 12.5, 7],
            ]
        )
        [cells] = self.cells(data)
        self.assertEqual(
            cells, ["Durand", date(2026, 3, 4), Decimal("12.5"), Decimal(7)]
        )
        shown = [cell_text(cell) for cell in cells]
        self.assertEqual(shown, ["Durand", "2026-03-04", "12.5", "7"])

    def test_an_empty_row_in_a_workbook_is_passed_over(self):
        data = xlsx_bytes([["Nom", "Ville"], [None, None], ["Durand", True]])
        self.assertEqual(self.cells(data), [["Durand", "1"]])

    # --- files that are refused ---------------------------------------------------

    def test_a_file_of_200_mb_is_refused_before_it_is_read(self):
        class Huge(io.RawIOBase):
            def seek(self, offset, whence=0):
                return 200 * 1024 * 1024 if whence == io.SEEK_END else 0

            def read(self, size=-1):  # pylint: disable=method-required-super
                raise AssertionError("nothing may be read of it")

        with self.assertRaises(FileError) as caught:
            TableFile(Huge())
        self.assertEqual(caught.exception.code, "file_too_large")
        self.assertEqual(caught.exception.values, {"limit": "100"})

    def test_a_workbook_that_swells_beyond_measure_is_refused(self):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"A" * 2_000_000)
        with patch.object(table_file, "SUSPECT", 1_000_000):
            self.refused(data.getvalue(), "zip_bomb")

    def test_a_zip_bomb_is_refused_by_what_it_declares(self):
        data = xlsx_bytes(TABLE)
        with patch.object(table_file, "MAX_UNPACKED", 1000):
            self.refused(data, "zip_bomb")

    def workbook(self, name, part):
        """A workbook of one table, a part of which somebody wrote by hand."""
        data = io.BytesIO(xlsx_bytes(TABLE))
        with zipfile.ZipFile(data) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        parts[name] = part(parts[name])
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for one, content in parts.items():
                archive.writestr(one, content)
        return data.getvalue()

    def test_a_workbook_that_declares_entities_is_refused(self):
        laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        secret = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        aside = b"<!-- <a --><?x <b ?>" + b" " * 9000
        for name in (
            "xl/worksheets/sheet1.xml",
            "xl/workbook.xml",
            "[Content_Types].xml",
        ):
            for declared in (laughs, secret, aside + laughs):
                with self.subTest(name, declared=declared[:30]):
                    data = self.workbook(
                        name,
                        lambda part, declared=declared: (
                            declared + part.partition(b"?>")[2]
                            if part.startswith(b"<?xml")
                            else declared + part
                        ),
                    )
                    self.refused(data, "xml_entities")

    def test_entities_in_another_alphabet_are_refused_too(self):
        wide = '<!DOCTYPE l [<!ENTITY a "ha">]><l/>'
        for encoding, head in (
            ("utf-16", ""),
            ("cp037", '<?xml version="1.0" encoding="cp037"?>'),
        ):
            part = head.encode() + wide.encode(encoding)
            data = self.workbook("xl/workbook.xml", lambda _part, part=part: part)
            self.refused(data, "xml_entities")

    def test_a_workbook_as_programs_write_it_is_read(self):
        note = b"<?xml version='1.0' encoding='UTF-8'?><!-- made by a program -->"
        data = self.workbook(
            "xl/worksheets/sheet1.xml",
            lambda part: note + part[part.index(b"<worksheet") :],
        )
        self.assertEqual(self.cells(data), TABLE[1:])

    def test_a_workbook_with_a_password_is_told(self):
        data = bytearray(xlsx_bytes(TABLE))
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = data.find(mark)
            while start >= 0:
                data[start + place] |= 1
                start = data.find(mark, start + 4)
        self.refused(bytes(data), "broken_xlsx")

    def test_the_name_of_a_file_is_shown_bare(self):
        for name, shown in (
            ("retour.rsp", "retour.rsp"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\retour.rsp", "retour.rsp"),
            ("a\x00b\r\nc.csv", "a b c.csv"),
            ("facture\u202efdp.csv", "facturefdp.csv"),
            ("<b>x</b>.csv", "b>.csv"),
            ("été 2026.csv", "été 2026.csv"),
            ("", ""),
            (None, ""),
            ("/", ""),
        ):
            self.assertEqual(file_name(name), shown)
        long = file_name("x" * 5000 + ".csv")
        self.assertEqual((len(long), long[-5:]), (table_file.MAX_NAME, "….csv"))
        self.assertEqual(len(file_name("é" * 5000)), table_file.MAX_NAME)

    def test_what_is_no_table_is_told(self):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("letter.txt", "hello")
        self.refused(target.getvalue(), "not_a_table")
        self.refused(b"%PDF-1.7 ...", "not_a_table")
        self.refused(b"\xd0\xcf\x11\xe0 old", "old_xls")
        self.refused(b"PK\x03\x04 cut", "broken_xlsx")
        self.refused(b"", "empty_file")
        self.refused(b" \r\n\0", "empty_file")
        self.refused(b";;;\n;;\n", "no_row")
        self.refused(b"x" * 300_000, "line_too_long")

    def test_more_rows_than_a_spreadsheet_holds_are_refused(self):
        with patch.object(table_file, "MAX_ROWS", 2):
            self.refused(b"Nom\na\nb\nc\n", "too_many_rows")

    # --- robustness ---------------------------------------------------------------

    def test_random_bytes_never_raise_anything_else(self):
        draw = random.Random(7)
        samples = [
            csv_bytes(TABLE), csv_bytes(TABLE, "utf-16"), xlsx_bytes(TABLE),
            b'a;"b\n"c;d\n', b"",
        ]  # fmt: skip
        for turn in range(400):
            data = bytearray(samples[turn % len(samples)])
            for _change in range(draw.randint(1, 30)):
                if data and draw.random() < 0.7:
                    data[draw.randrange(len(data))] = draw.randrange(256)
                else:
                    at = draw.randint(0, len(data))
                    data[at:at] = draw.randbytes(draw.randint(1, 40))
            try:
                for row in self.open(bytes(data)).rows():
                    self.assertIsInstance(row.cells, list)
            except FileError:
                continue

    def test_a_hundred_thousand_rows_in_bounded_memory(self):
        line = b"12345;Durand;Camille;1 rue de la Paix;35000;Rennes;03/04/2026;70,00\n"
        header = b"N;Nom;Prenom;Adresse;CP;Ville;Date;Montant\n"
        stream = io.BytesIO(header + line * 100_000)
        tracemalloc.start()
        try:
            count = sum(1 for _row in TableFile(stream).rows())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertEqual(count, 100_000)
        self.assertLess(peak, 8 * 1024 * 1024)

    # --- columns and cells ------------------------------------------------------------

    def test_a_column_is_found_by_its_words_and_the_first_one_counts(self):
        columns = {
            "lot": Column("lot", ("lot", "n lot"), required=True),
            "day": Column("date", ("date",)),
        }
        found = find_columns(["Date", "N° Lot", "LOT", "Autre"], columns)
        self.assertEqual(found, {"day": 0, "lot": 1})
        self.assertEqual(find_columns([], columns), {})

    def test_no_cell_that_is_written_is_a_formula(self):
        for text in ("=1+1", "+33600000000", "@SUM(A1)", "-A1", "-1+HYPERLINK(1)",
                     "\t=1", "\r=1", "-"):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(safe_cell(text), f"'{text}")

    def test_other_cells_are_written_as_they_are(self):
        for value, written in (
            ("Noël", "Noël"), ("-12,50", "-12,50"), ("-1 234.50", "-1 234.50"),
            (Decimal("-3.10"), "-3.10"), (0, "0"), (False, ""), (None, ""), ("", ""),
        ):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(safe_cell(value), written)

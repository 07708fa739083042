from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..lib.table_values import (
    AMBIGUOUS,
    AmountColumn,
    DateColumn,
    UnsureValue,
    date_readings,
    read_amount,
    read_date,
    written_forms,
)


@tagged("post_install", "-at_install")
class TestLibTableValues(BaseCase):
    def order(self, *texts):
        column = DateColumn()
        for text in texts:
            column.look(text)
        return column.order()

    def decimal(self, *texts):
        column = AmountColumn()
        for text in texts:
            column.look(text)
        return column.decimal()

    def test_three_formats_in_one_column_are_one_day(self):
        texts = ("31/12/2025", "2025-12-31", "46022", "31.12.25", "20251231")
        order = self.order(*texts)
        self.assertEqual(order, "dmy")
        found = {read_date(text, order) for text in texts}
        self.assertEqual(found, {date(2025, 12, 31)})

    def test_more_shapes_of_a_day(self):
        for text in (
            "31/12/2025 00:00:00", "2025-12-31T08:15:00", "31122025", "31 déc. 2025",
            "31 december 2025", date(2025, 12, 31), Decimal(46022),
        ):  # fmt: skip
            self.assertEqual(read_date(text, "dmy"), date(2025, 12, 31), text)

    def test_one_date_decides_for_its_column(self):
        self.assertEqual(self.order("03/04/2026", "25/04/2026"), "dmy")
        self.assertEqual(self.order("03/04/2026", "04/25/2026"), "mdy")
        self.assertEqual(read_date("03/04/2026", "mdy"), date(2026, 3, 4))

    def test_a_column_that_could_be_both_is_asked(self):
        self.assertEqual(self.order("03/04/2026", "05/06/2026"), AMBIGUOUS)
        self.assertEqual(self.order("25/04/2026", "04/25/2026"), AMBIGUOUS)
        with self.assertRaises(UnsureValue):
            read_date("03/04/2026")

    def test_a_date_that_is_the_same_both_ways_needs_no_question(self):
        self.assertEqual(self.order("04/04/2026", "2026-05-06"), "")
        self.assertEqual(read_date("04/04/2026"), date(2026, 4, 4))

    def test_a_date_against_the_order_of_its_column_is_no_date(self):
        self.assertIsNone(read_date("04/25/2026", "dmy"))

    def test_what_is_no_date(self):
        for text in (
            "",
            None,
            "demain",
            "31/02/2026",
            "0000-00-00",
            "12/2026",
            "9" * 40,
        ):
            self.assertIsNone(read_date(text, "dmy"), text)
        self.assertEqual(date_readings("31/02/2026"), {})

    def test_two_digits_of_a_year_are_born_in_the_past(self):
        self.assertEqual(read_date("01/05/62", "dmy", pivot=26), date(1962, 5, 1))
        self.assertEqual(read_date("01/05/19", "dmy", pivot=26), date(2019, 5, 1))

    def test_amounts_as_programs_write_them(self):
        for text, expected in {
            "1 234,56": "1234.56", "1,234.56": "1234.56", "(12,00)": "-12",
            "-12": "-12", "12,00 €": "12", "1\u202f234,50 EUR": "1234.5", "12-": "-12",
            "70.00": "70", "1'234.50": "1234.50",
        }.items():  # fmt: skip
            self.assertEqual(read_amount(text), Decimal(expected), text)
        self.assertEqual(read_amount(Decimal("1.234")), Decimal("1.234"))

    def test_a_thousand_or_one_is_decided_by_the_column(self):
        with self.assertRaises(UnsureValue):
            read_amount("1.234")
        self.assertEqual(self.decimal("1.234", "12.50"), ".")
        self.assertEqual(self.decimal("1.234", "12,50"), ",")
        self.assertEqual(self.decimal("1.234", "1.500"), AMBIGUOUS)
        self.assertEqual(self.decimal("1.234", "1,50", "1.50"), AMBIGUOUS)
        self.assertEqual(self.decimal("12,50", "12.50"), "")
        self.assertEqual(read_amount("1.234", ","), Decimal(1234))

    def test_what_is_no_amount(self):
        for text in ("", None, "douze", "1.2.3", "--5", "1,234,5", date(2026, 1, 1)):
            self.assertIsNone(read_amount(text), text)

    def test_the_ways_of_writing_one_amount(self):
        for text in ("45", "45.00"):
            found = written_forms(Decimal(text))
            self.assertEqual(set(found), {"45", "45.0", "45.00", "45.000", "45.0000"})
            self.assertEqual(found[0], text)
        self.assertIn("45.50", written_forms(Decimal("45.5")))
        self.assertNotIn("45", written_forms(Decimal("45.5")))
        self.assertIn("100", written_forms(Decimal("1E+2")))
        self.assertEqual(written_forms(Decimal("1.234567")), ["1.234567"])

import unittest
from decimal import Decimal as D

from odoo.addons.recouv_lib_factoring.lib.premium import (
    NoRate,
    Rate,
    premium,
    rate_for,
    year_end,
)

TABLE = (
    Rate(D("0.60")),
    Rate(D("0.30"), kind="professional", max_days=30),
    Rate(D("0.45"), kind="professional", max_days=60),
    Rate(D("0.25"), sector="Dentistry", kind="professional", max_days=30),
)


class TestPremium(unittest.TestCase):
    """The rate of a part of the turnover, and the year's account."""

    def test_the_line_that_says_most_wins(self):
        vectors = {
            ("Dentistry", "professional", 20): "0.25",
            ("dentistry ", "professional", 30): "0.25",
            ("Dentistry", "professional", 31): "0.45",
            ("Physiotherapy", "professional", 30): "0.30",
            ("", "professional", 61): "0.60",
            ("Dentistry", "patient", 0): "0.60",
        }
        for where, percent in vectors.items():
            with self.subTest(where):
                self.assertEqual(rate_for(*where, TABLE).percent, D(percent))

    def test_a_part_without_a_rate_is_named(self):
        with self.assertRaises(NoRate):
            rate_for("", "professional", 61, TABLE[1:])

    def test_the_premium_is_rounded_and_a_credit_note_gives_back(self):
        rate = Rate(D("0.333"))
        self.assertEqual(premium(D("1234.56"), rate), D("4.11"))
        self.assertEqual(premium(D("-1234.56"), rate), D("-4.11"))
        self.assertEqual(premium(D(1234), rate, D(1)), D(4))

    def test_the_year_is_adjusted_both_ways_and_never_below_the_least(self):
        self.assertEqual(year_end(D(900), D(500), D(600)), (D(900), D(300)))
        self.assertEqual(year_end(D(450), D(500), D(600)), (D(500), D(-100)))
        self.assertEqual(year_end(D(600), D(0), D(600)), (D(600), D(0)))

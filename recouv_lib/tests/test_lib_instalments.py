from datetime import date
from decimal import Decimal
from unittest import TestCase

from odoo.addons.recouv_lib.lib.instalments import (
    BadInstalments,
    by_amount,
    by_count,
)

FIRST = date(2026, 1, 31)


def sums(lines):
    return [float(line.amount) for line in lines]


class TestInstalments(TestCase):
    def refused(self, code, *args, how=by_count, **values):
        with self.assertRaises(BadInstalments) as caught:
            how(*args, **values)
        self.assertEqual(caught.exception.code, code)

    def test_the_last_takes_the_cents_that_remain(self):
        self.assertEqual(sums(by_count(100, 3, FIRST)), [33.33, 33.33, 33.34])

    def test_the_day_of_the_month_is_kept_where_the_month_has_it(self):
        days = [line.day for line in by_count(90, 3, FIRST)]
        self.assertEqual(
            days, [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
        )

    def test_an_amount_a_month_ends_with_what_remains(self):
        self.assertEqual(sums(by_amount(100, 40, FIRST)), [40, 40, 20])
        self.assertEqual(sums(by_amount(80, 40, FIRST)), [40, 40])
        self.assertEqual(sums(by_amount(30, 40, FIRST)), [30])

    def test_a_first_payment_of_its_own_size_comes_first(self):
        self.assertEqual(sums(by_count(100, 3, FIRST, first_sum=50)), [50, 25, 25])
        self.assertEqual(
            sums(by_amount(100, 20, FIRST, first_sum=50)), [50, 20, 20, 10]
        )
        self.assertEqual(sums(by_amount(100, 20, FIRST, first_sum=100)), [100])

    def test_a_currency_without_cents_is_cut_in_whole_units(self):
        lines = by_count(1000, 3, FIRST, rounding=Decimal("1"))
        self.assertEqual(sums(lines), [333, 333, 334])

    def test_a_currency_rounded_to_five_cents(self):
        lines = by_count(1, 3, FIRST, rounding=0.05)
        self.assertEqual(sums(lines), [0.3, 0.3, 0.4])

    def test_every_sum_is_found_again_to_the_cent(self):
        for cents in range(1, 400, 7):
            total = Decimal(cents) / 100
            for count in range(1, min(cents, 13)):
                self.assertEqual(
                    sum(line.amount for line in by_count(total, count, FIRST)), total
                )

    def test_what_is_no_sum_and_what_ends_after_the_calendar_say_why(self):
        for absurd in (float("nan"), float("inf"), 1e300):
            self.refused("no_number", absurd, 3, FIRST)
            self.refused("no_number", 100, 3, FIRST, first_sum=absurd)
            self.refused("no_number", 100, absurd, FIRST, how=by_amount)
        self.refused("too_late", 100, 3, date(9999, 11, 30))

    def test_what_cannot_be_cut_says_why(self):
        self.refused("no_sum", 0, 3, FIRST)
        self.refused("no_sum", -5, 3, FIRST)
        self.refused("no_count", 100, 0, FIRST)
        self.refused("no_count", 100, 1, FIRST, first_sum=50)
        self.refused("too_many", 10**6, 601, FIRST)
        self.refused("too_small", 0.02, 3, FIRST)
        self.refused("no_monthly", 100, 0, FIRST, how=by_amount)
        self.refused("too_many", 10**6, 0.01, FIRST, how=by_amount)
        self.refused("first_too_large", 100, 3, FIRST, first_sum=101)
        self.refused("first_too_large", 100, 3, FIRST, first_sum=-1)

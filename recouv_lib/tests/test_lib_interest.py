from datetime import date
from decimal import Decimal
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.interest import (
    MissingRate,
    Rate,
    Segment,
    allocate,
    legal_interest,
    segments,
    shifted,
)

RATES = (
    Rate(date(2025, 7, 1), date(2025, 12, 31), 2.76),
    Rate(date(2026, 1, 1), date(2026, 6, 30), 2.62),
    Rate(date(2026, 7, 1), date(2026, 12, 31), 2.75),
)
SWISS = (Rate(date.min, None, 5),)


@tagged("post_install", "-at_install")
class TestLegalInterest(BaseCase):
    def _amount(self, principal, start, end, rates=RATES, **options):
        return legal_interest(segments(principal, start, end), rates, **options).amount

    def test_a_thousand_euros_over_two_semesters(self):
        interest = legal_interest(
            segments("1000.00", date(2026, 5, 15), date(2026, 9, 30)), RATES
        )
        self.assertEqual(interest.amount, Decimal("10.23"))
        self.assertEqual([line.days for line in interest.lines], [47, 91])
        amounts = [round(line.amount, 4) for line in interest.lines]
        self.assertEqual(amounts, [Decimal("3.3737"), Decimal("6.8562")])

    def test_a_small_fee_over_three_semesters(self):
        interest = legal_interest(
            segments(79.5, date(2025, 11, 20), date(2026, 11, 21)), RATES
        )
        self.assertEqual(interest.amount, Decimal("2.14"))
        self.assertEqual([line.days for line in interest.lines], [42, 181, 143])

    def test_a_semester_without_rate_is_never_guessed(self):
        with self.assertRaises(MissingRate) as caught:
            self._amount(1000, date(2026, 12, 1), date(2027, 1, 2))
        self.assertEqual(caught.exception.semester, "2027-S1")
        self.assertEqual(caught.exception.day, date(2027, 1, 1))

    def test_a_rate_left_open_does_not_outlive_its_semester(self):
        rates = [Rate(date(2026, 7, 1), None, 2.75)]
        self.assertEqual(
            self._amount(1000, date(2026, 12, 1), date(2027, 1, 1), rates),
            Decimal("2.34"),
        )
        with self.assertRaises(MissingRate):
            self._amount(1000, date(2026, 12, 1), date(2027, 1, 2), rates)

    def test_the_last_day_does_not_count(self):
        day = date(2026, 3, 1)
        self.assertEqual(self._amount(1000, day, day), 0)
        self.assertEqual(self._amount(36500, day, date(2026, 3, 2)), Decimal("2.62"))

    def test_swiss_default_interest_by_both_year_lengths(self):
        period = (date(2026, 6, 1), date(2026, 11, 21), SWISS)
        self.assertEqual(
            self._amount(1000, *period, by_semester=False), Decimal("23.70")
        )
        self.assertEqual(
            self._amount(1000, *period, by_semester=False, basis=360),
            Decimal("24.03"),
        )

    def test_rounding_comes_last_and_follows_the_currency(self):
        many = [Segment(date(2026, 3, 1), date(2026, 3, 2), Decimal(50))] * 10
        # Ten times 0.0036: rounded one by one it would vanish
        self.assertEqual(legal_interest(many, RATES).amount, Decimal("0.04"))
        self.assertEqual(
            self._amount(100000, date(2026, 3, 1), date(2026, 4, 1), digits=0), 223
        )

    def test_a_part_payment_lowers_what_bears_interest(self):
        start, paid, end = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
        parts = segments(100, start, end, [(paid, "40.50")])
        self.assertEqual(
            parts,
            [
                Segment(start, paid, Decimal(100)),
                Segment(paid, end, Decimal("59.50")),
            ],
        )

    def test_payments_before_and_after_the_period(self):
        start, end = date(2026, 2, 1), date(2026, 3, 1)
        payments = [(end, 30), (date(2026, 1, 5), 20)]
        parts = segments(100, start, end, payments)
        self.assertEqual(parts, [Segment(start, end, Decimal(80))])
        self.assertEqual(segments(100, start, end, [(start, 150)]), [])

    def test_a_payment_goes_to_interest_first(self):
        payments = [(date(2026, 7, 1), 500), (date(2026, 12, 31), 600)]
        first, second = allocate(1000, date(2026, 1, 1), payments, RATES)
        # 181 days at 2.62 %
        self.assertEqual(first.interest, Decimal("12.99"))
        self.assertEqual(first.principal, Decimal("487.01"))
        self.assertEqual(first.open_principal, Decimal("512.99"))
        # 183 days at 2.75 % on what was left
        self.assertEqual(second.interest, Decimal("7.07"))
        self.assertEqual(second.principal, Decimal("512.99"))
        self.assertEqual(second.surplus, Decimal("79.94"))

    def test_nothing_is_lost_in_an_imputation(self):
        random = Random(3)
        for _ in range(100):
            payments = [
                (date(2025, 7, 1 + random.randrange(30)), random.randrange(1, 4000))
                for _ in range(random.randrange(1, 6))
            ]
            found = allocate(5000, date(2025, 7, 1), payments, RATES)
            paid = sum(amount for _, amount in payments)
            parts = sum(a.interest + a.principal + a.surplus for a in found)
            self.assertEqual(parts, paid)
            capital = sum(a.principal for a in found)
            self.assertEqual(capital + found[-1].open_principal, 5000)

    def test_professionals_owe_ten_points_over_the_central_bank(self):
        ecb = [Rate(date(2026, 7, 1), date(2026, 12, 31), 2.40)]
        self.assertEqual(shifted(ecb, 10)[0].percent, Decimal("12.40"))

    def test_cutting_a_period_changes_nothing(self):
        random = Random(5)
        start, end = date(2025, 7, 1), date(2026, 12, 31)
        whole = sum(ln.amount for ln in self._lines([(start, end)]))
        for _ in range(50):
            cut = start.fromordinal(
                random.randrange(start.toordinal() + 1, end.toordinal())
            )
            parts = sum(ln.amount for ln in self._lines([(start, cut), (cut, end)]))
            self.assertAlmostEqual(parts, whole, places=12)

    def _lines(self, periods):
        owed = [Segment(start, end, Decimal(777)) for start, end in periods]
        return legal_interest(owed, RATES).lines

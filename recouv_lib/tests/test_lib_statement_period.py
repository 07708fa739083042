from datetime import date

from odoo.tests import BaseCase

from odoo.addons.recouv_lib.lib.statement_period import last_period


class TestStatementPeriod(BaseCase):
    """The period of a statement is over, whole, and follows the one before."""

    def test_a_week_ends_on_sunday(self):
        week = date(2026, 6, 8), date(2026, 6, 14)
        for day in (15, 18, 21):
            self.assertEqual(last_period("weekly", date(2026, 6, day)), week)

    def test_fortnights_follow_each_other(self):
        start, end = last_period("fortnightly", date(2026, 6, 15))
        self.assertEqual((end - start).days, 13)
        self.assertEqual((start.weekday(), end.weekday()), (0, 6))
        before = last_period("fortnightly", end)
        self.assertEqual((start - before[1]).days, 1)

    def test_a_month_is_the_calendars_over_new_year(self):
        self.assertEqual(
            last_period("monthly", date(2026, 1, 31)),
            (date(2025, 12, 1), date(2025, 12, 31)),
        )
        self.assertEqual(
            last_period("monthly", date(2024, 3, 1)),
            (date(2024, 2, 1), date(2024, 2, 29)),
        )

    def test_a_quarter_is_the_calendars(self):
        quarter = date(2026, 1, 1), date(2026, 3, 31)
        self.assertEqual(last_period("quarterly", date(2026, 4, 1)), quarter)
        self.assertEqual(last_period("quarterly", date(2026, 6, 30)), quarter)
        self.assertEqual(
            last_period("quarterly", date(2026, 1, 1)),
            (date(2025, 10, 1), date(2025, 12, 31)),
        )

    def test_another_frequency_is_refused(self):
        with self.assertRaises(ValueError):
            last_period("daily", date(2026, 1, 1))

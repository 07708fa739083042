from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.months import (
    add_months,
    deadline_days,
    deadline_months,
    roll_forward,
)
from odoo.addons.recouv_lib.lib.working_days import Calendar


@tagged("post_install", "-at_install")
class TestMonths(BaseCase):
    def test_a_month_ends_on_the_same_day_number(self):
        self.assertEqual(add_months(date(2026, 3, 10), 1), date(2026, 4, 10))
        self.assertEqual(add_months(date(2025, 3, 10), 24), date(2027, 3, 10))
        self.assertEqual(add_months(date(9999, 12, 31), 2), date.max)

    def test_without_that_day_the_last_day_of_the_month_counts(self):
        self.assertEqual(add_months(date(2026, 1, 31), 1), date(2026, 2, 28))
        self.assertEqual(add_months(date(2024, 1, 31), 1), date(2024, 2, 29))
        self.assertEqual(add_months(date(2024, 2, 29), 12), date(2025, 2, 28))
        self.assertEqual(add_months(date(2026, 8, 31), 3), date(2026, 11, 30))

    def test_months_go_back_over_the_new_year(self):
        self.assertEqual(add_months(date(2026, 1, 15), -1), date(2025, 12, 15))
        self.assertEqual(add_months(date(2026, 3, 31), -13), date(2025, 2, 28))

    def test_twelve_months_of_each_day_are_a_year(self):
        for offset in range(366):
            day = date.fromordinal(date(2025, 1, 1).toordinal() + offset)
            later = add_months(day, 12)
            self.assertEqual((later.year, later.month), (day.year + 1, day.month))

    def test_a_day_off_moves_a_procedural_deadline(self):
        self.assertEqual(roll_forward(date(2026, 11, 20)), date(2026, 11, 20))
        self.assertEqual(roll_forward(date(2026, 11, 21)), date(2026, 11, 23))

    def test_a_holiday_moves_a_deadline_over_the_weekend(self):
        # Friday 1 May 2026
        may_day = date(2026, 5, 1)
        self.assertEqual(roll_forward(may_day, Calendar("FR")), date(2026, 5, 4))

    def test_service_of_an_order_within_three_months(self):
        # 12 September + 3 months is a Saturday
        end = deadline_months(date(2026, 9, 12), 3, Calendar("FR"))
        self.assertEqual(end, date(2026, 12, 14))

    def test_the_day_of_the_act_does_not_count(self):
        self.assertEqual(deadline_days(date(2026, 11, 2), 15), date(2026, 11, 17))
        # 11 November is a holiday
        end = deadline_days(date(2026, 11, 1), 10, Calendar("FR"))
        self.assertEqual(end, date(2026, 11, 12))

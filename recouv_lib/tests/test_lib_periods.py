from datetime import date, timedelta
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.periods import Period, flatten, overlap, period_at

JUNE = date(2026, 6, 30)
JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    def test_both_days_are_included(self):
        period = Period(date(2026, 1, 1), JUNE, 2.62)
        self.assertIs(period_at([period], date(2026, 1, 1)), period)
        self.assertIs(period_at([period], JUNE), period)
        self.assertIsNone(period_at([period], JULY))

    def test_the_special_value_counts_before_the_general_one(self):
        general = Period(None, None, 15, (0,))
        special = Period(JULY, None, 20, (1,))
        self.assertEqual(period_at([special, general], JULY).value, 20)
        self.assertEqual(period_at([special, general], JUNE).value, 15)

    def test_an_override_is_cut_out_of_the_general_value(self):
        general = Period(None, None, 15, (0,))
        special = Period(JULY, date(2026, 7, 31), 20, (1,))
        flat = [(p.start, p.end, p.value) for p in flatten([general, special])]
        self.assertEqual(
            flat,
            [
                (None, JUNE, 15),
                (JULY, date(2026, 7, 31), 20),
                (date(2026, 8, 1), None, 15),
            ],
        )

    def test_days_without_value_stay_without(self):
        flat = flatten([Period(None, date(2026, 1, 1), 1), Period(JULY, None, 2)])
        self.assertIsNone(period_at(flat, JUNE))

    def test_touching_periods_do_not_overlap(self):
        before, after = Period(None, JUNE, 6), Period(JULY, None, 3)
        self.assertFalse(overlap(before, after))
        self.assertTrue(overlap(before, Period(JUNE, None, 3)))
        self.assertTrue(overlap(Period(None, None, 1), Period(None, None, 2)))

    def test_flattening_changes_no_day(self):
        random = Random(10)
        for _ in range(100):
            periods = [self._random(random, rank) for rank in range(5)]
            flat = flatten(periods)
            for offset in range(0, 120, 3):
                day = JUNE + timedelta(days=offset)
                best, same = period_at(periods, day), period_at(flat, day)
                self.assertEqual(best and best.value, same and same.value)

    def _random(self, random, rank):
        start = JUNE + timedelta(days=random.randrange(90))
        end = start + timedelta(days=random.randrange(60))
        return Period(
            random.choice([None, start]), random.choice([None, end]), rank, (rank,)
        )

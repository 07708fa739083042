from datetime import date

from odoo.tests import BaseCase, tagged

from ..returns.dates import DMY, YMD, find_order, from_date, to_birth_date, to_date

DAY = date(2026, 3, 5)


@tagged("post_install", "-at_install")
class TestReturnsDates(BaseCase):
    def test_a_date_is_read_in_either_order(self):
        self.assertEqual(to_date("260302", YMD), date(2026, 3, 2))
        self.assertEqual(to_date("020326", DMY), date(2026, 3, 2))

    def test_what_is_no_date_is_none(self):
        for text in ("000000", "", "261301", "260230", "26030", "ABCDEF", "²60302"):
            self.assertIsNone(to_date(text), text)

    def test_years_of_the_last_century(self):
        self.assertEqual(to_date("991231"), date(1999, 12, 31))
        self.assertEqual(to_date("791231"), date(2079, 12, 31))

    def test_nobody_is_born_after_today(self):
        self.assertEqual(to_birth_date("260304", YMD, DAY), date(2026, 3, 4))
        self.assertEqual(to_birth_date("260306", YMD, DAY), date(1926, 3, 6))
        self.assertEqual(to_birth_date("850712", YMD, DAY), date(1985, 7, 12))

    def test_a_lunar_month_is_no_date(self):
        self.assertIsNone(to_birth_date("852100", YMD, DAY))
        self.assertIsNone(to_birth_date("850700", YMD, DAY))

    def test_the_29_of_february_of_a_century_that_had_one(self):
        self.assertEqual(to_birth_date("000229", YMD, DAY), date(2000, 2, 29))

    def test_a_date_is_written_as_it_is_read(self):
        for order in (YMD, DMY):
            self.assertEqual(to_date(from_date(DAY, order), order), DAY)
        self.assertEqual(from_date(None), "000000")

    def test_the_order_is_that_of_the_day_on_which_the_file_is_read(self):
        for order in (YMD, DMY):
            texts = [from_date(date(2026, 3, day), order) for day in (1, 2, 4)]
            self.assertEqual(find_order(texts, DAY), (order, False))

    def test_a_file_of_last_year_is_still_read_right(self):
        texts = [from_date(date(2025, 6, day), DMY) for day in (12, 13, 17)]
        self.assertEqual(find_order(texts, DAY)[0], DMY)

    def test_an_impossible_date_decides(self):
        self.assertEqual(find_order(["150200"], date(2000, 3, 1))[0], DMY)

    def test_dates_that_read_the_same_both_ways_are_not_doubtful(self):
        self.assertEqual(find_order(["260326"], date(2026, 3, 27)), (YMD, False))

    def test_a_doubt_is_told(self):
        # 26 November 2025, or 25 November 2026?
        self.assertEqual(find_order(["261125"], date(2026, 11, 26)), (YMD, True))

    def test_a_file_from_the_future_is_less_likely(self):
        found, _doubt = find_order(["271126"], date(2026, 11, 27))
        self.assertEqual(found, DMY)

    def test_no_date_at_all(self):
        self.assertEqual(find_order([], DAY), (YMD, False))
        self.assertEqual(find_order(["000000", "      "], DAY), (YMD, False))

from datetime import date, datetime, time, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.working_days import (
    BadWindows,
    Calendar,
    NoWindow,
    UnknownCalendar,
    Window,
    is_allowed,
    next_allowed,
    next_allowed_utc,
    parse_windows,
)

PARIS = ZoneInfo("Europe/Paris")
HOURS = "1-5 10:00-13:00 14:00-19:00"


@tagged("post_install", "-at_install")
class TestCalendar(BaseCase):
    def _holidays(self, calendar, year=2026):
        start = date(year, 1, 1).toordinal()
        days = map(date.fromordinal, range(start, start + 365))
        return [day for day in days if day in calendar]

    def test_france_has_eleven_legal_holidays(self):
        days = [(day.month, day.day) for day in self._holidays(Calendar("FR"))]
        easter = [(4, 6), (5, 14), (5, 25)]
        fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
        self.assertEqual(days, sorted(fixed + easter))

    def test_alsace_moselle_adds_good_friday_and_saint_stephen(self):
        local = self._holidays(Calendar("FR", "Alsace-Moselle"))
        added = set(local) - set(self._holidays(Calendar("FR")))
        self.assertEqual(added, {date(2026, 4, 3), date(2026, 12, 26)})
        for department in ("57", "67", "68"):
            self.assertEqual(self._holidays(Calendar("FR", department)), local)

    def test_a_canton_adds_its_own_holidays(self):
        jeune = date(2026, 9, 10)
        self.assertIn(jeune, Calendar("CH", "GE"))
        self.assertNotIn(jeune, Calendar("CH", "VD"))
        self.assertIn(date(2026, 8, 1), Calendar("CH"))

    def test_an_unknown_region_is_said_at_once(self):
        with self.assertRaisesRegex(UnknownCalendar, "FR Atlantis"):
            Calendar("FR", "Atlantis")
        with self.assertRaises(UnknownCalendar):
            Calendar("ZZ")

    def test_a_practice_adds_its_own_days_off(self):
        closed = date(2026, 11, 20)
        calendar = Calendar("FR", extra=frozenset({closed}))
        self.assertEqual(calendar.on_or_after(closed), date(2026, 11, 23))

    def test_the_working_day_before_a_day_off(self):
        calendar = Calendar("FR")
        # Wednesday 11 November is a holiday; 14 November is a Saturday
        self.assertEqual(calendar.on_or_before(date(2026, 11, 11)), date(2026, 11, 10))
        self.assertEqual(calendar.on_or_before(date(2026, 11, 14)), date(2026, 11, 13))
        self.assertEqual(calendar.on_or_before(date(2026, 11, 13)), date(2026, 11, 13))

    def test_seven_working_days_after_a_transmission(self):
        # Thursday 5 November 2026: the 11th is a holiday
        sent = date(2026, 11, 5)
        self.assertEqual(Calendar("FR").add(sent, 7), date(2026, 11, 17))
        self.assertEqual(Calendar("FR").add(sent, 0), sent)

    def test_working_days_are_counted_back(self):
        self.assertEqual(Calendar("FR").add(date(2026, 11, 12), -1), date(2026, 11, 10))

    def test_what_is_added_is_found_between(self):
        random = Random(7)
        calendar = Calendar("CH", "VD")
        for _ in range(200):
            start = date(2026, 1, 1) + timedelta(days=random.randrange(365))
            count = random.randrange(40)
            end = calendar.add(start, count)
            self.assertEqual(calendar.between(start, end), count)


@tagged("post_install", "-at_install")
class TestContactHours(BaseCase):
    def setUp(self):
        super().setUp()
        self.windows = parse_windows(HOURS)
        self.calendar = Calendar("FR")

    def _next(self, *moment):
        found = next_allowed(
            datetime(*moment, tzinfo=PARIS), self.windows, self.calendar
        )
        return found.strftime("%Y-%m-%d %H:%M")

    def test_hours_are_read_from_text(self):
        weekdays = frozenset(range(5))
        self.assertEqual(
            self.windows,
            (
                Window(weekdays, time(10), time(13)),
                Window(weekdays, time(14), time(19)),
            ),
        )
        self.assertEqual(len(parse_windows(f"{HOURS}; 6 9:30-12:00")), 3)
        self.assertEqual(parse_windows(""), ())

    def test_hours_that_cannot_be_read_are_refused(self):
        for text in ("Mon 10:00-13:00", "1-5", "0-5 10:00-13:00", "5-1 10:00-11:00"):
            with self.assertRaises(BadWindows, msg=text):
                parse_windows(text)
        for text in ("1 13:00-10:00", "1 10:00-10:00", "1 25:00-26:00", "1 9:00 10:00"):
            with self.assertRaises(BadWindows, msg=text):
                parse_windows(text)

    def test_within_the_hours_nothing_waits(self):
        self.assertEqual(self._next(2026, 11, 20, 10, 30), "2026-11-20 10:30")

    def test_a_contact_waits_for_the_opening(self):
        self.assertEqual(self._next(2026, 11, 20, 8, 0), "2026-11-20 10:00")
        self.assertEqual(self._next(2026, 11, 20, 13, 0), "2026-11-20 14:00")

    def test_friday_evening_waits_for_monday(self):
        self.assertEqual(self._next(2026, 11, 20, 19, 0), "2026-11-23 10:00")
        self.assertEqual(self._next(2026, 11, 22, 11, 0), "2026-11-23 10:00")

    def test_nobody_is_called_on_a_holiday(self):
        self.assertEqual(self._next(2026, 11, 11, 11, 0), "2026-11-12 10:00")

    def test_the_debtor_s_clock_counts(self):
        # 17:30 UTC is 18:30 in Paris in winter, 19:30 in summer
        for month, allowed in ((1, True), (7, False)):
            moment = datetime(2026, month, 15, 17, 30, tzinfo=timezone.utc)
            answer = is_allowed(moment, self.windows, self.calendar, "Europe/Paris")
            self.assertEqual(answer, allowed)

    def test_database_moments_stay_utc(self):
        found = next_allowed_utc(
            datetime(2026, 7, 13, 20, 0), self.windows, self.calendar, "Europe/Paris"
        )
        # The 14th is a holiday; 10:00 in Paris is 08:00 UTC in summer
        self.assertEqual(found, datetime(2026, 7, 15, 8, 0))

    def test_a_moment_without_zone_is_refused(self):
        with self.assertRaises(ValueError):
            next_allowed(datetime(2026, 11, 20, 10, 0), self.windows)

    def test_without_hours_nothing_is_ever_allowed(self):
        with self.assertRaises(NoWindow):
            next_allowed(datetime(2026, 11, 20, tzinfo=PARIS), ())

    def test_the_answer_is_always_allowed_and_never_earlier(self):
        random = Random(11)
        for _ in range(500):
            moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(
                minutes=random.randrange(525600)
            )
            found = next_allowed(moment, self.windows, self.calendar, PARIS)
            self.assertGreaterEqual(found, moment)
            self.assertTrue(is_allowed(found, self.windows, self.calendar))

    def test_the_night_when_clocks_go_back_keeps_its_order(self):
        night = parse_windows("7 02:30-02:45")
        before = datetime(2026, 10, 24, 23, 0, tzinfo=timezone.utc)
        for minutes in range(0, 240, 5):
            moment = before + timedelta(minutes=minutes)
            found = next_allowed(moment, night, (), PARIS)
            self.assertGreaterEqual(found, moment)

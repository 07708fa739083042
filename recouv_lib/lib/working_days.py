"""Working days, public holidays and the hours at which a debtor may be contacted.

Public holidays come from the ``holidays`` package. Pure functions: moments are aware
datetimes, days are dates, and what is allowed is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as holidays_package

DAY = timedelta(days=1)
WEEKEND = frozenset({5, 6})

# The trade speaks of regions and departments where the package knows only codes.
REGIONS = {
    ("FR", "ALSACE-MOSELLE"): "57",
    ("FR", "67"): "6AE",
    ("FR", "68"): "6AE",
}

# How far ahead an allowed moment is looked for: no run of days off is that long.
HORIZON_DAYS = 60


class UnknownCalendar(ValueError):
    """The public holidays of this country or region are not known."""


class BadWindows(ValueError):
    """A text of contact hours cannot be read."""


class NoWindow(ValueError):
    """No contact is allowed within the next two months."""


@lru_cache(maxsize=512)
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """Return the public holidays of one year; raise UnknownCalendar."""
    subdiv = REGIONS.get((country, (region or "").upper()), region) or None
    try:
        found = holidays_package.country_holidays(country, subdiv=subdiv, years=year)
    except NotImplementedError as error:
        raise UnknownCalendar(f"{country} {region or ''}".strip()) from error
    return frozenset(found)


@dataclass(frozen=True)
class Calendar:
    """Working days of a country, or of one of its regions.

    ``region``: "Alsace-Moselle" or a department for France, a canton for Switzerland.
    ``extra``: further days off. ``weekend``: Python week days that are never worked.
    ``day in calendar`` says whether a day is a public holiday.
    """

    country: str = "FR"
    region: str | None = None
    extra: frozenset[date] = frozenset()
    weekend: frozenset[int] = WEEKEND

    def __post_init__(self):
        _public_holidays(self.country, self.region, 2026)

    def __contains__(self, day: date) -> bool:
        return day in self.extra or day in _public_holidays(
            self.country, self.region, day.year
        )

    def is_working(self, day: date) -> bool:
        """Return whether people work on ``day``."""
        return day.weekday() not in self.weekend and day not in self

    def on_or_after(self, day: date) -> date:
        """Return the first working day from ``day`` on, itself included."""
        while not self.is_working(day):
            day += DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return the last working day until ``day``, itself included."""
        while not self.is_working(day):
            day -= DAY
        return day

    def add(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (before, when negative).

        ``day`` itself does not count; with 0 it is returned as it is.
        """
        step = DAY if count >= 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after ``start``, up to ``end`` included."""
        days = range((end - start).days)
        return sum(self.is_working(start + DAY * (n + 1)) for n in days)


@dataclass(frozen=True)
class Window:
    """Hours of some week days, ``end`` excluded; ``weekdays`` as ``date.weekday()``."""

    weekdays: frozenset[int]
    start: time
    end: time


RULE = re.compile(r"([1-7])(?:-([1-7]))?((?:\s+\d\d?:\d\d-\d\d?:\d\d)+)")


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read contact hours written as ``1-5 10:00-13:00 14:00-19:00; 6 10:00-12:00``.

    1 is Monday. An empty text allows nothing. Raises BadWindows.
    """
    rules = [rule.strip() for rule in text.split(";") if rule.strip()]
    return tuple(window for rule in rules for window in _parse_rule(rule))


def _parse_rule(rule: str) -> list[Window]:
    match = RULE.fullmatch(rule)
    if not match:
        raise BadWindows(rule)
    first, last, hours = match.groups()
    weekdays = frozenset(range(int(first) - 1, int(last or first)))
    windows = [Window(weekdays, *_parse_hours(pair)) for pair in hours.split()]
    if not weekdays or any(window.start >= window.end for window in windows):
        raise BadWindows(rule)
    return windows


def _parse_hours(pair: str) -> list[time]:
    try:
        return [time(*map(int, moment.split(":"))) for moment in pair.split("-")]
    except ValueError as error:
        raise BadWindows(pair) from error


def is_allowed(
    moment: datetime,
    windows: Iterable[Window],
    holidays: Container[date] = (),
    tz: ZoneInfo | str | None = None,
) -> bool:
    """Return whether a contact may take place at this aware ``moment``, by the clock of
    ``tz`` (default: the moment's own)."""
    local = _localize(moment, tz)
    return any(
        window.start <= local.time() < window.end
        for window in _windows_of(local.date(), windows, holidays)
    )


def next_allowed(
    moment: datetime,
    windows: Iterable[Window],
    holidays: Container[date] = (),
    tz: ZoneInfo | str | None = None,
) -> datetime:
    """Return ``moment`` if a contact is allowed then, else the next opening.

    ``moment``: aware. ``windows``: hours by the clock of ``tz`` (default: the moment's
    own zone), which the answer bears. Nothing is ever allowed on ``holidays``.
    Raises ValueError on a naive moment, NoWindow when nothing opens in two months.
    """
    local = _localize(moment, tz)
    windows = sorted(windows, key=lambda window: window.start)
    for offset in range(HORIZON_DAYS):
        day = local.date() + DAY * offset
        for window in _windows_of(day, windows, holidays):
            # Compared as instants: on the night when clocks change, wall times repeat.
            opening = datetime.combine(day, window.start, local.tzinfo)
            closing = datetime.combine(day, window.end, local.tzinfo)
            if local.timestamp() < closing.timestamp():
                return max(local, opening, key=datetime.timestamp)
    raise NoWindow(local.isoformat())


def next_allowed_utc(
    moment: datetime,
    windows: Iterable[Window],
    holidays: Container[date],
    tz: ZoneInfo | str,
) -> datetime:
    """Same as :func:`next_allowed` for the naive UTC moments that databases hold."""
    aware = moment.replace(tzinfo=timezone.utc)
    found = next_allowed(aware, windows, holidays, tz)
    return found.astimezone(timezone.utc).replace(tzinfo=None)


def _localize(moment: datetime, tz: ZoneInfo | str | None) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    if tz is None:
        return moment
    return moment.astimezone(ZoneInfo(tz) if isinstance(tz, str) else tz)


def _windows_of(day, windows, holidays):
    if day in holidays:
        return []
    return [window for window in windows if day.weekday() in window.weekdays]

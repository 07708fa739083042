"""Delays counted in months and days, as French civil procedure counts them.

Source: code de procédure civile, articles 641 and 642. Article 642 moves a
*procedural* delay that ends on a day off; limitation periods are not procedural and
use :func:`add_months` alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Container
from datetime import date, timedelta

DAY = timedelta(days=1)
SATURDAY = 5


def add_months(start: date, months: int) -> date:
    """Return the day ``months`` after ``start`` (before, when negative).

    It bears the same day number or, where the month has none, is the last day of that
    month (CPC 641 al. 2). What would lie beyond the calendar ends with it.
    """
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    last = monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(start.day, last))


def roll_forward(day: date, holidays: Container[date] = ()) -> date:
    """Return ``day``, or the next day that is neither Saturday, Sunday nor in
    ``holidays`` (CPC 642 al. 2)."""
    while day.weekday() >= SATURDAY or day in holidays:
        day += DAY
    return day


def deadline_months(start: date, months: int, holidays: Container[date] = ()) -> date:
    """Return the end of a procedural delay of ``months`` from ``start``."""
    return roll_forward(add_months(start, months), holidays)


def deadline_days(start: date, days: int, holidays: Container[date] = ()) -> date:
    """Return the end of a procedural delay of ``days``; the day of the act itself does
    not count (CPC 641 al. 1)."""
    return roll_forward(start + timedelta(days=days), holidays)

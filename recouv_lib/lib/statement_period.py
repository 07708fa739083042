"""The last period that is over, for statements sent by schedule."""

from __future__ import annotations

from datetime import date, timedelta

DAY = timedelta(days=1)
#: a Monday from which fortnights are counted
FIRST_MONDAY = date(2024, 1, 1)


def last_period(frequency: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of the last whole period before ``today``.

    :param frequency: ``weekly`` and ``fortnightly`` (from Monday to Sunday),
        ``monthly`` or ``quarterly`` (of the calendar)
    :raise ValueError: another frequency
    """
    if frequency in ("weekly", "fortnightly"):
        length = 7 if frequency == "weekly" else 14
        start = today - timedelta(days=(today - FIRST_MONDAY).days % length)
        return start - timedelta(days=length), start - DAY
    if frequency not in ("monthly", "quarterly"):
        raise ValueError(frequency)
    step = 1 if frequency == "monthly" else 3
    start = date(today.year, (today.month - 1) // step * step + 1, 1)
    end = start - DAY
    return date(end.year, (end.month - 1) // step * step + 1, 1), end

"""Values that hold for a period, the general ones overridden by special ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """``value`` from ``start`` to ``end``, both included; None is open.

    Where two periods cover one day, the higher ``rank`` counts.
    """

    start: date | None
    end: date | None
    value: Any
    rank: tuple = ()

    def covers(self, day: date) -> bool:
        """Return whether the value holds on ``day``."""
        return (self.start or date.min) <= day <= (self.end or date.max)


def period_at(periods: Iterable[Period], day: date) -> Period | None:
    """Return the highest period that covers ``day``; None when there is none."""
    covering = (period for period in periods if period.covers(day))
    return max(covering, key=lambda period: period.rank, default=None)


def flatten(periods: Iterable[Period]) -> list[Period]:
    """Return the same values as periods that do not overlap, in order; days that no
    period covers stay uncovered."""
    periods = list(periods)
    found: list[Period] = []
    for start, end in _elementary(periods):
        best = period_at(periods, start or date.min)
        if best:
            found.append(Period(start, end, best.value, best.rank))
    return found


def overlap(one: Period, other: Period) -> bool:
    """Return whether two periods share a day."""
    latest_start = max(one.start or date.min, other.start or date.min)
    return latest_start <= min(one.end or date.max, other.end or date.max)


def _elementary(periods):
    """Yield the stretches between any two neighbouring limits of the periods."""
    cuts = {period.start for period in periods if period.start}
    cuts |= {period.end + DAY for period in periods if period.end}
    limits = [None, *sorted(cuts), None]
    for start, following in zip(limits, limits[1:], strict=False):
        yield start, following and following - DAY

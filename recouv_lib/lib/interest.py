"""Interest for late payment: legal interest by semester, and fixed rates.

Sources: code civil 1231-6, 1343-1, 1344-1; code monétaire et financier L313-2 (one rate
a semester), L313-3; code des obligations 104 (Switzerland). Interest is simple, never
compounded. Rates are passed in; a semester without its rate raises
:class:`MissingRate`, for a rate is never guessed from its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

DAY = timedelta(days=1)
Number = Decimal | int | str | float


class MissingRate(ValueError):
    """No rate is known for ``day``, which falls in ``semester`` (as "2027-S1")."""

    def __init__(self, day: date):
        self.day = day
        self.semester = f"{day.year}-S{1 if day.month < 7 else 2}"
        super().__init__(f"no interest rate for {self.semester}")


@dataclass(frozen=True)
class Rate:
    """A yearly rate in percent, from ``start`` to ``end`` included (None: open)."""

    start: date
    end: date | None
    percent: Decimal


@dataclass(frozen=True)
class Segment:
    """A principal owed from ``start`` until the day before ``end``."""

    start: date
    end: date
    principal: Decimal


@dataclass(frozen=True)
class InterestLine:
    """Interest of one segment at one rate; ``amount`` is not rounded."""

    start: date
    end: date
    days: int
    principal: Decimal
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Interest:
    """``amount`` is the sum of the lines, rounded once."""

    amount: Decimal
    lines: tuple[InterestLine, ...]


@dataclass(frozen=True)
class Allocation:
    """What a payment of ``day`` discharged, and what was still owed after it."""

    day: date
    interest: Decimal
    principal: Decimal
    surplus: Decimal
    open_interest: Decimal
    open_principal: Decimal


def legal_interest(
    segments: Iterable[Segment],
    rates: Sequence[Rate],
    *,
    basis: int = 365,
    digits: int = 2,
    by_semester: bool = True,
) -> Interest:
    """Return the interest on ``segments``.

    Each segment is cut at 1 January and 1 July; days count in [start, end).
    ``basis``: days in a year. ``digits``: decimals of the currency (0 for JPY).
    ``by_semester``: a rate holds for the semester it starts in only, whatever its end;
    False for rates that last (Switzerland). Raises MissingRate.
    """
    lines = []
    for segment in segments:
        for start, end in _semesters(segment.start, segment.end):
            lines += _lines(segment, start, end, rates, basis, by_semester)
    total = sum((line.amount for line in lines), Decimal())
    return Interest(_round(total, digits), tuple(lines))


def segments(
    principal: Number,
    start: date,
    end: date,
    payments: Iterable[tuple[date, Number]] = (),
) -> list[Segment]:
    """Return what was owed in [start, end) as ``payments`` of principal reduced it.

    A payment bears no interest from its own day on; one made before ``start`` reduces
    the whole, one at ``end`` or later changes nothing.
    """
    left, since, found = _decimal(principal), start, []
    for day, paid in sorted(payments, key=lambda payment: payment[0]):
        if day >= end:
            break
        if day > since:
            found.append(Segment(since, day, left))
            since = day
        left = max(left - _decimal(paid), Decimal())
    found.append(Segment(since, end, left))
    return [part for part in found if part.principal and part.start < part.end]


def allocate(
    principal: Number,
    start: date,
    payments: Iterable[tuple[date, Number]],
    rates: Sequence[Rate],
    **options,
) -> list[Allocation]:
    """Return how each payment is imputed: interest first, then principal (code civil
    1343-1). ``options`` as for :func:`legal_interest`. Amounts are rounded."""
    left, owed, since, found = _decimal(principal), Decimal(), start, []
    for day, paid in sorted(payments, key=lambda payment: payment[0]):
        if day > since and left:
            run = [Segment(since, day, left)]
            owed += legal_interest(run, rates, **options).amount
        since = max(since, day)
        paid = _decimal(paid)
        interest = min(paid, owed)
        capital = min(paid - interest, left)
        owed, left = owed - interest, left - capital
        surplus = paid - interest - capital
        found.append(Allocation(day, interest, capital, surplus, owed, left))
    return found


def shifted(rates: Iterable[Rate], points: Number) -> list[Rate]:
    """Return the rates increased by ``points``: +10 on the ECB's between professionals
    (code de commerce L441-10), +5 two months after a judgment (CMF L313-3)."""
    points = _decimal(points)
    return [replace(rate, percent=_decimal(rate.percent) + points) for rate in rates]


def _semesters(start: date, end: date):
    """Yield [start, end) cut at 1 January and 1 July."""
    while start < end:
        first_half = start.month < 7
        cut = date(start.year, 7, 1) if first_half else date(start.year + 1, 1, 1)
        yield start, min(cut, end)
        start = cut


def _lines(segment, start, end, rates, basis, by_semester):
    """Yield the lines of one segment within one semester, at each of its rates."""
    while start < end:
        rate = _rate_of(start, rates, by_semester)
        stop = min(end, rate.end + DAY) if rate.end else end
        days = (stop - start).days
        principal, percent = _decimal(segment.principal), _decimal(rate.percent)
        amount = principal * percent * days / (100 * basis)
        yield InterestLine(start, stop, days, principal, percent, amount)
        start = stop


def _rate_of(day, rates, by_semester):
    for rate in rates:
        if rate.start <= day and (rate.end is None or day <= rate.end):
            if not by_semester or _same_semester(rate.start, day):
                return rate
    raise MissingRate(day)


def _same_semester(one, other):
    return one.year == other.year and (one.month < 7) == (other.month < 7)


def _decimal(number: Number) -> Decimal:
    # A float goes through its shortest text: 2.62 stays 2.62.
    return number if isinstance(number, Decimal) else Decimal(str(number))


def _round(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)

"""Instalments: a sum cut into dated parts, to the currency's smallest unit.

The day of the month is kept, counted from the first date (31 January, 28 February,
31 March). All parts are equal but the last, which takes the rest.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

from .months import add_months

# more parts than any agreement has: keeps an absurd sum a month from running for ever
MOST = 600
#: months that the calendar has, from the year 0 on
LAST_MONTH = (date.max.year + 1) * 12


class BadInstalments(ValueError):
    """The sum cannot be cut so; ``code``: no_sum, no_count, too_many, no_monthly,
    too_small, first_too_large, no_number, too_late."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Instalment(NamedTuple):
    day: date
    amount: Decimal


def by_count(
    total, count: int, first: date, *, rounding=Decimal("0.01"), first_sum=None
) -> list[Instalment]:
    """Return ``total`` in ``count`` monthly parts from ``first``.

    :param rounding: the currency's smallest unit
    :param first_sum: a part of another size, at ``first``; it is one of the ``count``
    :raise BadInstalments: nothing to pay, no part, or parts of zero
    """
    units, head = _units(total, first_sum, rounding)
    parts = count - len(head)
    if count < 1 or parts < (1 if units else 0):
        raise BadInstalments("no_count")
    if count > MOST:
        raise BadInstalments("too_many")
    if parts and not units // parts:
        raise BadInstalments("too_small")
    body = [units // parts] * (parts - 1) if parts else []
    rest = [units - sum(body)] if parts else []
    return _dated(head + body + rest, first, rounding)


def by_amount(
    total, monthly, first: date, *, rounding=Decimal("0.01"), first_sum=None
) -> list[Instalment]:
    """Return ``total`` in monthly parts of ``monthly``; the last is what remains.

    Parameters and errors as :func:`by_count`.
    """
    units, head = _units(total, first_sum, rounding)
    each = _to_units(monthly, rounding)
    if each <= 0:
        raise BadInstalments("no_monthly")
    whole, rest = divmod(units, each)
    if whole + len(head) + 1 > MOST:
        raise BadInstalments("too_many")
    return _dated(head + [each] * whole + ([rest] if rest else []), first, rounding)


def _units(total, first_sum, rounding) -> tuple[int, list[int]]:
    """Return what is left to cut, and the first part of its own size, in units."""
    units = _to_units(total, rounding)
    if units <= 0:
        raise BadInstalments("no_sum")
    head = _to_units(first_sum or 0, rounding)
    if head < 0 or head > units:
        raise BadInstalments("first_too_large")
    return units - head, [head] if head else []


def _to_units(amount, rounding) -> int:
    exact = Decimal(str(amount)) / Decimal(str(rounding))
    try:
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, ValueError) as error:  # infinite, no number, 1e300
        raise BadInstalments("no_number") from error


def _dated(units: list[int], first: date, rounding) -> list[Instalment]:
    unit = Decimal(str(rounding))
    if first.year * 12 + first.month + len(units) - 2 >= LAST_MONTH:
        raise BadInstalments("too_late")
    return [
        Instalment(add_months(first, rank), part * unit)
        for rank, part in enumerate(units)
    ]

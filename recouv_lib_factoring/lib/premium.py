"""The premium of a credit insurance policy, from a table of rates, without a database.

The rate depends on the sector of the insured, on who its customers are and on how long
they may take to pay (law.md §9); the premium is the rate times the turnover, never less
than the least premium of the year. What was paid on account is adjusted when the year's
turnover is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
ANY = ""


class NoRate(LookupError):
    """No line of the table fits a part of the turnover."""


@dataclass(frozen=True)
class Rate:
    """A line of the table; an empty sector or kind stands for any."""

    percent: Decimal
    sector: str = ANY
    kind: str = ANY
    max_days: int = 0  # longest credit that it covers; 0: any


@dataclass(frozen=True)
class Turnover:
    """A part of the turnover: customers of one kind who had so many days to pay."""

    kind: str
    days: int
    amount: Decimal


def rate_for(sector: str, kind: str, days: int, rates: Iterable[Rate]) -> Rate:
    """Return the line that says most: its own sector, its own kind, shortest credit.

    :raise NoRate: no line fits
    """
    fitting = [
        rate
        for rate in rates
        if _same(rate.sector, sector)
        and rate.kind in (ANY, kind)
        and (not rate.max_days or days <= rate.max_days)
    ]
    if not fitting:
        raise NoRate(f"{kind}, {days} days")
    return min(
        fitting,
        key=lambda rate: (
            not rate.sector,
            not rate.kind,
            rate.max_days or float("inf"),
            rate.percent,
        ),
    )


def premium(amount: Decimal, rate: Rate, unit: Decimal = CENT) -> Decimal:
    """Return the premium of a part of the turnover; of credit notes, a negative one."""
    return _round(amount * rate.percent / HUNDRED, unit)


def year_end(
    earned: Decimal, least: Decimal, on_account: Decimal
) -> tuple[Decimal, Decimal]:
    """Return (premium of the year, what is still to pay or, negative, given back).

    :param earned: premium of the year's turnover
    :param least: least premium of the year
    :param on_account: what was paid on account
    """
    due = max(earned, least)
    return due, due - on_account


def _same(wanted: str, sector: str) -> bool:
    return wanted == ANY or wanted.strip().lower() == (sector or "").strip().lower()


def _round(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit

"""The agency's fee on what it collected, as a mandate says, without a database.

CPCE R124-3 3°: the mandate says how the remuneration is computed. It is due on success
only, so that it never exceeds what was received, and it is computed on the whole that
was received for a claim: the fee of one payment is what it adds. Instalments and one
single payment therefore cost the same, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")


class NoRate(LookupError):
    """No line of the scale fits the claim."""


@dataclass(frozen=True)
class Rate:
    """A line of the scale: claims from this age (days) and from this amount on."""

    from_age: int
    from_amount: Decimal
    percent: Decimal
    fixed: Decimal = ZERO


@dataclass(frozen=True)
class Terms:
    """The scale, and the least and the most that one claim costs (None: no bound)."""

    rates: Sequence[Rate]
    least: Decimal | None = None
    most: Decimal | None = None
    unit: Decimal = CENT  # the currency's rounding


def rate_for(age_days: int, claim_amount: Decimal, terms: Terms) -> Rate:
    """Return the line for a claim: the oldest age it reached, then the largest amount.

    :param age_days: from the due date to the hand-over; before it, as on it
    :param claim_amount: what was placed
    :raise NoRate: the scale has no line for so young or so small a claim
    """
    age = max(age_days, 0)
    fitting = [
        rate
        for rate in terms.rates
        if rate.from_age <= age and rate.from_amount <= claim_amount
    ]
    if not fitting:
        raise NoRate(f"{age_days} days, {claim_amount}")
    return max(fitting, key=lambda rate: (rate.from_age, rate.from_amount))


def fee(
    amount: Decimal,
    age_days: int,
    claim_amount: Decimal,
    terms: Terms,
    before: Decimal = ZERO,
) -> Decimal:
    """Return the fee, before tax, of a sum received for a claim.

    :param amount: the sum; negative when a payment bounced, the fee then too
    :param age_days: age of the claim when it was placed
    :param claim_amount: what was placed
    :param before: what had been received for the claim before it
    :raise NoRate: the scale has no line for the claim
    """
    rate = rate_for(age_days, claim_amount, terms)
    return _total(before + amount, rate, terms) - _total(before, rate, terms)


def _total(collected: Decimal, rate: Rate, terms: Terms) -> Decimal:
    """Return the fee of all that was received for one claim."""
    if collected <= 0:
        return ZERO
    due = collected * rate.percent / 100 + rate.fixed
    if terms.least is not None:
        due = max(due, terms.least)
    if terms.most is not None:
        due = min(due, terms.most)
    return min(_round(due, terms.unit), collected)


def _round(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit

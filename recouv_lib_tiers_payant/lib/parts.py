"""Sharing sums out: parts of an invoice, and of a credit note, to the cent.

Plain Python, amounts in the smallest unit (cents).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Parts(NamedTuple):
    """What each one owes, in cents; they sum to what was shared."""

    amo: int
    amc: int
    patient: int


def percent(amount: int, rate: float) -> int:
    """Return ``rate`` percent of some cents, half a cent rounded up."""
    share = Decimal(amount) * Decimal(str(rate)) / 100
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def split(
    total: int,
    overrun: int = 0,
    amo_rate: float = 0,
    amc_rate: float = 0,
    amc_pays_overrun: bool = False,
) -> Parts:
    """Share an invoice by rates; the patient owes the rest, overrun included.

    :param total: the invoice; ``overrun``: what of it exceeds the tariff
    :param amo_rate: percent of the tariff that the caisse owes (100: exempted)
    :param amc_rate: percent of the tariff that the mutual fund owes; it never gets
        more than what the caisse leaves
    :param amc_pays_overrun: the contract covers the overrun too
    :raise ValueError: a rate or a sum that cannot be
    """
    if not 0 <= overrun <= total:
        raise ValueError("overrun")
    if not (0 <= amo_rate <= 100 and 0 <= amc_rate <= 100):
        raise ValueError("rate")
    tariff = total - overrun
    amo = percent(tariff, amo_rate)
    amc = min(percent(tariff, amc_rate), tariff - amo)
    # rates that add up to the whole leave no cent to the patient
    if amo_rate + amc_rate >= 100:
        amc = tariff - amo
    if amc_pays_overrun and amc_rate:
        amc += overrun
    return Parts(amo, amc, total - amo - amc)


def in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Share ``amount`` out by ``weights``, none getting more than its weight.

    Largest remainders take the cents that rounding leaves, so that the parts sum to
    the amount. What exceeds the weights together is not shared out.

    :param weights: what each can take, in cents, zero or more
    """
    total = sum(weights)
    amount = min(amount, total)
    if amount <= 0:
        return [0] * len(weights)
    exact = [amount * weight for weight in weights]
    parts = [share // total for share in exact]
    left = amount - sum(parts)
    order = sorted(
        range(len(weights)),
        key=lambda i: (-(exact[i] % total), -weights[i], i),
    )
    for i in order[:left]:
        parts[i] += 1
    return parts

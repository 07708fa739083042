"""What a credit insurance policy pays for a loss, without a database.

A policy pays a share (quotité) of what is lost within the limit that it agreed for the
debtor, less a deductible for each loss, less a deductible for the whole year, up to a
maximum for the year. Below its least loss it pays nothing. No text of law fixes any of
it: the code des assurances leaves credit insurance to the parties (L111-1), so that
every number is a term of the policy (law.md §9).

Sums are decimals in one currency; ``unit`` is its rounding. Each step is rounded, as an
insurer's account is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class BadTerms(ValueError):
    """Terms or sums that no policy can have."""


@dataclass(frozen=True)
class Terms:
    """What the policy says.

    ``share`` in percent; ``deductible`` for each loss; ``least`` the unpaid sum under
    which nothing is paid (NQL); ``annual_deductible`` and ``maximum`` for the whole
    policy year (None: no maximum).
    """

    share: Decimal
    deductible: Decimal = ZERO
    least: Decimal = ZERO
    annual_deductible: Decimal = ZERO
    maximum: Decimal | None = None
    unit: Decimal = CENT

    def __post_init__(self):
        if not ZERO <= self.share <= HUNDRED:
            raise BadTerms(f"share {self.share}")
        sums = (self.deductible, self.least, self.annual_deductible, self.maximum or 0)
        if min(sums) < 0 or self.unit <= 0:
            raise BadTerms("negative sum")


@dataclass(frozen=True)
class Year:
    """What the losses settled earlier in the policy year have used."""

    absorbed: Decimal = ZERO  # of the annual deductible
    payable: Decimal = ZERO  # of the maximum


@dataclass(frozen=True)
class Indemnity:
    """The account of one loss, each line as the insurer's letter has it."""

    unpaid: Decimal
    loss: Decimal  # within the limit
    gross: Decimal  # the insured share of it
    deductible: Decimal
    counted: Decimal  # what counts against the annual deductible
    absorbed: Decimal  # what the annual deductible took of it
    capped: Decimal  # what the maximum of the year took of it
    payable: Decimal


def indemnity(
    unpaid: Decimal, limit: Decimal, terms: Terms, year: Year | None = None
) -> Indemnity:
    """Return the account of one loss.

    :param unpaid: what the debtor still owes of the insured sales
    :param limit: what the insurer had agreed for the debtor
    :param year: what earlier losses of the year have used
    :raise BadTerms: a negative sum
    """
    if min(unpaid, limit) < 0:
        raise BadTerms("negative sum")
    year = year or Year()
    loss = min(unpaid, limit)
    gross = _round(loss * terms.share / HUNDRED, terms.unit)
    deductible = min(gross, terms.deductible)
    counted = ZERO if unpaid < terms.least else gross - deductible
    absorbed = min(counted, max(ZERO, terms.annual_deductible - year.absorbed))
    due = counted - absorbed
    room = due if terms.maximum is None else max(ZERO, terms.maximum - year.payable)
    payable = min(due, room)
    return Indemnity(
        unpaid, loss, gross, deductible, counted, absorbed, due - payable, payable
    )


def settle(losses: Iterable[tuple[Decimal, Decimal]], terms: Terms) -> list[Indemnity]:
    """Return the accounts of the losses (unpaid, limit) of a year, in their order."""
    year, found = Year(), []
    for unpaid, limit in losses:
        one = indemnity(unpaid, limit, terms, year)
        year = Year(year.absorbed + one.absorbed, year.payable + one.payable)
        found.append(one)
    return found


@dataclass(frozen=True)
class Recovery:
    """How money that came after the indemnity is shared."""

    costs: Decimal  # to whoever advanced them, first
    insurer: Decimal
    insured: Decimal


def share_recovery(
    amount: Decimal,
    costs: Decimal,
    borne: tuple[Decimal, Decimal],
    before: tuple[Decimal, Decimal] = (ZERO, ZERO),
    unit: Decimal = CENT,
) -> Recovery:
    """Share a sum come after the indemnity, in proportion of what each one bore.

    It is computed on all that came so far, so that one payment and many small ones are
    shared alike; the insurer never gets back more than it paid.

    :param amount: what came now
    :param costs: of getting it, taken first
    :param borne: (indemnity, loss left with the insured) when it was paid
    :param before: (net sums shared so far, of which to the insurer)
    :raise BadTerms: a negative sum, or nobody bore anything
    """
    insurer_bore, insured_bore = borne
    whole = insurer_bore + insured_bore
    if min(amount, costs, insurer_bore, insured_bore) < 0 or whole <= 0:
        raise BadTerms("negative sum")
    costs = min(costs, amount)
    net = amount - costs
    due = _round((before[0] + net) * insurer_bore / whole, unit)
    insurer = min(max(ZERO, min(due, insurer_bore) - before[1]), net)
    return Recovery(costs, insurer, net - insurer)


def _round(value: Decimal, unit: Decimal) -> Decimal:
    return (value / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit

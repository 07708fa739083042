"""On which debts does a payment count? Code civil, art. 1342-10, without a database.

The debtor may say it. Else: debts that are due; among them those he has most interest
in discharging; among equals the oldest; all things equal, in proportion. Amounts are
whole numbers of the currency's smallest unit, so that nothing is lost in rounding.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Debt:
    """An open debt. ``weight``: how pressing it is for the debtor, 0 being the least
    (interest that runs, a mise en demeure received)."""

    id: int
    units: int
    due: date
    is_due: bool = True
    weight: int = 0


def impute(units, debts):
    """Lay a sum on debts.

    :param units: the sum; nothing is laid when it is not positive
    :return: {id of the debt: units laid on it}, without zeros; never more than either
        the sum or the debt
    """
    given, left = {}, max(units, 0)
    open_debts = sorted((debt for debt in debts if debt.units > 0), key=_rank)
    for rank in dict.fromkeys(map(_rank, open_debts)):
        equals = [debt for debt in open_debts if _rank(debt) == rank]
        for debt_id, part in _pro_rata(left, equals).items():
            given[debt_id] = part
            left -= part
    return {debt_id: part for debt_id, part in given.items() if part}


def _rank(debt):
    return (not debt.is_due, -debt.weight, debt.due)


def _pro_rata(units, debts):
    """Share a sum among debts that nothing distinguishes; the last units go to the
    largest remainders, then to the first debts."""
    total = sum(debt.units for debt in debts)
    if units >= total:
        return {debt.id: debt.units for debt in debts}
    shares = {debt.id: units * debt.units // total for debt in debts}
    remainders = sorted(
        debts, key=lambda debt: (-(units * debt.units % total), debt.id)
    )
    for debt in remainders[: units - sum(shares.values())]:
        shares[debt.id] += 1
    return shares

"""Key figures of the receivables. Plain Python; sums in one currency."""

from __future__ import annotations


def dso(receivable: float, revenue: float, days: int) -> float | None:
    """Days of sales outstanding: receivable / revenue of ``days`` days x ``days``.

    None where nothing was sold: the figure has no meaning then.
    """
    return receivable / revenue * days if revenue > 0 else None


def dso_count_back(receivable: float, months) -> float | None:
    """Days of sales outstanding by counting back.

    The receivable is eaten up by the latest months' sales, each counting for its days;
    the last month for the part that was needed. It does not swing with the season.

    :param months: (sales, days) of each month, the latest first
    :return: None where the months do not hold that much: it is older than they are
    """
    left, days = receivable, 0.0
    for sales, length in months:
        if left <= 0:
            return days
        if sales > 0:
            days += length * min(1.0, left / sales)
            left -= sales
        else:
            days += length
    return days if left <= 0.005 else None


def collection_effectiveness(opening, sales, closing, closing_not_due):
    """Share of what could be collected in a period that was, in % (CEI).

    (opening + sales - closing) / (opening + sales - not yet due at the end). 100: all
    that fell due came in. None where nothing could be collected.
    """
    collectable = opening + sales - closing_not_due
    if collectable <= 0:
        return None
    return (opening + sales - closing) / collectable * 100

"""Forecast of receipts from open debts. Plain Python, no database.

Method (a discrete-time competing-risk estimate, Kaplan-Meier's idea week by week):

1. History. Every debt of the practice is followed from its due date in weeks. In each
   week it is *at risk* for the part still owed (a debt counts for 1, whatever its
   amount; a part-payment counts for its part). A week belongs to a cell: the band of
   its age (:data:`BANDS`) and the number of reminders proven by then (0 to
   :data:`TOP_STEP`). What ends otherwise than by money (credit note, transfer) leaves
   the risk that week without counting as paid; what is still open leaves it today.
2. Rates. In each cell, the weekly rate of payment is paid / at risk, drawn towards the
   rate of its age band, itself drawn towards the rate of the whole history, itself
   drawn towards :data:`PRIOR_RATE`, each with the weight of :data:`SHRINK` debt-weeks.
   So a cell with little history says what its neighbours say. The rate at which the
   next reminder is reached is estimated alike.
3. Forecast. Each open debt walks on from its age and step: what is paid in week ``w``
   is its residual x the chance to be still open x the rate. Debts of one age and step
   walk together.
4. Interval (about 80 %). Two sources of doubt are added up as variances: each debt is
   paid or not (its residual squared), and the rates themselves are estimated.

The estimate speaks of money only and of the past habits of this practice's debtors;
it says nothing of one debtor.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

#: first week of each band of age (weeks since the due date)
BANDS = (0, 1, 2, 3, 4, 6, 9, 13, 18, 26, 52)
#: reminders counted; more are as many
TOP_STEP = 3
#: weekly rate of payment assumed where there is no history at all
PRIOR_RATE = 0.03
PRIOR_ADVANCE = 0.05
#: weight of the prior, in debt-weeks
SHRINK = 20.0
#: history of a debt is followed that long
MAX_WEEKS = 104
#: half-width of an interval of 80 %, in standard deviations
WIDTH = 1.2816


@dataclass(frozen=True)
class Debt:
    """The past of one debt.

    ``events``: (day, part of the debt settled, whether by money), any order; ``steps``:
    days on which a reminder was proven.
    """

    due: date
    events: tuple = ()
    steps: tuple = ()


@dataclass
class Cell:
    at_risk: float = 0.0
    paid: float = 0.0
    advanced: float = 0.0


@dataclass(frozen=True)
class Open:
    """Money open today: ``age`` in weeks since due, ``step`` reminders proven."""

    age: int
    step: int
    residual: float


@dataclass(frozen=True)
class Period:
    expected: float
    low: float
    high: float


@dataclass
class Rates:
    """Weekly rates (payment, next reminder) and the weight behind each cell."""

    pay: dict = field(default_factory=dict)
    advance: dict = field(default_factory=dict)
    weight: dict = field(default_factory=dict)


def band_of(week: int) -> int:
    """Return the index of the age band of ``week``; before the due date: the first."""
    return max(0, bisect_right(BANDS, week) - 1)


def exposure(debts, today: date) -> dict:
    """Return {(band, step): Cell} of a history, as the module's text says."""
    cells = defaultdict(Cell)
    for debt in debts:
        _follow(debt, today, cells)
    return dict(cells)


def _follow(debt, today, cells):
    weeks = min((today - debt.due).days // 7, MAX_WEEKS)
    paid, gone = _by_week(debt)
    # what was paid before the due date was never at risk
    left = 1.0 - paid.pop(-1, 0.0) - gone.pop(-1, 0.0)
    steps = sorted((day - debt.due).days // 7 for day in debt.steps)
    for week, until in _stretches(weeks, paid, gone, steps):
        if left <= 1e-9:
            return
        step = min(bisect_right(steps, week - 1), TOP_STEP)
        cell = cells[band_of(week), step]
        cell.at_risk += left * (until - week)
        cell.paid += min(left, paid.get(week, 0.0))
        if step < TOP_STEP and week in steps:
            cell.advanced += left
        left -= paid.get(week, 0.0) + gone.get(week, 0.0)


def _stretches(weeks, *happened):
    """Yield (first week, first week after) of times in which nothing changes.

    A week in which something happened is a stretch of its own; a band begins one.
    """
    starts = {start for start in BANDS if start < weeks}
    for seen in happened:
        for week in seen:
            starts |= {week, week + 1}
    ordered = sorted(week for week in starts if 0 <= week < weeks)
    yield from pairwise([*ordered, weeks])


def _by_week(debt):
    """Return ({week: part paid}, {week: part gone otherwise}); -1: before the due."""
    paid, gone = defaultdict(float), defaultdict(float)
    for day, part, is_money in debt.events:
        week = max(-1, (day - debt.due).days // 7)
        (paid if is_money else gone)[week] += part
    return paid, gone


def estimate(cells: dict) -> Rates:
    """Return the shrunk rates of every cell, those without history included."""
    rates = Rates()
    whole = _sum(cells.values())
    pay_all = _shrunk(whole.paid, whole.at_risk, PRIOR_RATE)
    step_all = _shrunk(whole.advanced, whole.at_risk, PRIOR_ADVANCE)
    for band in range(len(BANDS)):
        row = _sum(cell for key, cell in cells.items() if key[0] == band)
        pay_band = _shrunk(row.paid, row.at_risk, pay_all)
        step_band = _shrunk(row.advanced, row.at_risk, step_all)
        for step in range(TOP_STEP + 1):
            cell = cells.get((band, step), Cell())
            key = (band, step)
            rates.pay[key] = _shrunk(cell.paid, cell.at_risk, pay_band)
            rates.advance[key] = (
                _shrunk(cell.advanced, cell.at_risk, step_band)
                if step < TOP_STEP
                else 0.0
            )
            rates.weight[key] = cell.at_risk + SHRINK
    return rates


def _sum(cells) -> Cell:
    total = Cell()
    for cell in cells:
        total.at_risk += cell.at_risk
        total.paid += cell.paid
        total.advanced += cell.advanced
    return total


def _shrunk(hits, trials, prior):
    return min(1.0, (hits + SHRINK * prior) / (trials + SHRINK))


def forecast(debts, rates: Rates, weeks: int = 26, span: int = 1) -> list[Period]:
    """Return one :class:`Period` per ``span`` weeks, for the next ``weeks`` weeks.

    :param debts: iterable of :class:`Open`; sums in one currency
    """
    groups, squares = _grouped(debts)
    spans = math.ceil(weeks / span)
    expected, chance = _walk_all(groups, squares, rates, spans, span)
    doubt = _doubt(groups, rates, spans, span)
    periods = []
    for mean, own, estimated in zip(expected, chance, doubt, strict=True):
        width = WIDTH * math.sqrt(max(0.0, own + estimated))
        periods.append(Period(mean, max(0.0, mean - width), mean + width))
    return periods


def _grouped(debts):
    groups, squares = defaultdict(float), defaultdict(float)
    for debt in debts:
        if debt.residual > 0:
            key = (min(max(debt.age, 0), MAX_WEEKS), min(debt.step, TOP_STEP))
            groups[key] += debt.residual
            squares[key] += debt.residual**2
    return groups, squares


def _walk_all(groups, squares, rates, spans, span):
    """Return (expected sum, variance of who pays) for each span."""
    expected, variance = [0.0] * spans, [0.0] * spans
    for (age, step), total in groups.items():
        for index, share in enumerate(_walk(age, step, rates, spans, span)):
            expected[index] += total * share
            variance[index] += squares[age, step] * share * (1 - share)
    return expected, variance


def _walk(age, step, rates, spans, span):
    """Return the share of a debt paid in each span, from its age and step."""
    state = [0.0] * (TOP_STEP + 1)
    state[step] = 1.0
    return _walk_state(age, state, rates, spans, span)


def _walk_state(age, state, rates, spans, span):
    """Return what is paid in each span of the sums of one age, ``state``: by step."""
    paid_in = [0.0] * spans
    for week in range(spans * span):
        band = band_of(age + week)
        after = [0.0] * (TOP_STEP + 1)
        for now, mass in enumerate(state):
            if not mass:
                continue
            paid = mass * rates.pay[band, now]
            paid_in[week // span] += paid
            moved = (mass - paid) * rates.advance[band, now]
            after[now] += mass - paid - moved
            after[min(now + 1, TOP_STEP)] += moved
        state = after
    return paid_in


def _doubt(groups, rates, spans, span):
    """Return the variance that comes from estimating the rates, by small changes.

    A rate concerns only the ages that reach its band within the forecast.
    """
    states = defaultdict(lambda: [0.0] * (TOP_STEP + 1))
    for (age, step), total in groups.items():
        states[age][step] += total
    usual = {
        age: _walk_state(age, state, rates, spans, span)
        for age, state in states.items()
    }
    variance = [0.0] * spans
    for key, rate in rates.pay.items():
        spread = math.sqrt(max(rate * (1 - rate), 1e-12) / rates.weight[key])
        nudged = Rates({**rates.pay, key: min(1.0, rate + spread)}, rates.advance)
        moved = [0.0] * spans
        for age in _reaching(states, key, spans * span):
            walked = _walk_state(age, states[age], nudged, spans, span)
            for index in range(spans):
                moved[index] += walked[index] - usual[age][index]
        for index in range(spans):
            variance[index] += moved[index] ** 2
    return variance


def _reaching(states, key, weeks):
    """Return the ages whose sums may come into the cell ``key`` within ``weeks``."""
    band, step = key
    return [
        age
        for age, state in states.items()
        if band_of(age) <= band <= band_of(age + weeks - 1) and any(state[: step + 1])
    ]

"""Which line of the bank is the transfer that a caisse or a mutuelle announced?

Plain Python, amounts in cents. An announced transfer (entity 071) is looked for among
lines of exactly its amount, booked from its day on within some working days. What else
speaks for a line is scored; the only best line is proposed with its reasons, the rest
stays in two lists: announced and not received, received and not announced.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from odoo.addons.recouv_lib.lib.matching import compare_names, name_words, plain
from odoo.addons.recouv_lib.lib.working_days import Calendar

# What each sign is worth. The amount and the window are conditions, not signs.
WEIGHTS = {"reference": 60, "label": 30, "payer": 15, "same_day": 10}
MAX_SCORE = 100
# From this score on nothing else of the amount is likely: the reference is there.
CERTAIN = 60
REFERENCE = 12
# A label below this many letters and digits ("VIR CPAM") says too little.
MIN_LABEL = 8
CAISSE_WORDS = ("CPAM", "CGSS", "CNAM", "CNAMTS", "CRAMIF", "MSA", "CNMSS", "CRPCEN")
PAYER_WORDS = (
    *CAISSE_WORDS,
    "RSI",
    "ENIM",
    "MGEN",
    "LMG",
    "MUTUELLE",
    "MUTUELLES",
    "MUTUALITE",
    "HARMONIE",
    "ALMERYS",
    "VIAMEDIS",
    "CETIP",
    "ISANTE",
    "ACTIL",
    "KLESIA",
    "MALAKOFF",
)


@dataclass(frozen=True)
class Announced:
    """A transfer that a return file announces.

    `amount`: cents the bank should show (paid, plus lump sums, less what was retained).
    `payer_names`, `payer_codes`: all by which a bank may call the payer.
    """

    id: Any
    date: date
    amount: int
    label1: str = ""
    label2: str = ""
    payer_names: tuple = ()
    payer_codes: tuple = ()


@dataclass(frozen=True)
class BankLine:
    """A line of the bank that nobody has settled yet; cents, positive when received."""

    id: Any
    date: date
    amount: int
    text: str = ""
    name: str = ""


@dataclass(frozen=True)
class Proposal:
    """One line for one announced transfer. `reasons`: (code, values), strongest first;
    "amount" alone means that nothing else speaks for it."""

    announced_id: Any
    line_id: Any
    score: int
    reasons: tuple

    @property
    def is_certain(self) -> bool:
        return self.score >= CERTAIN


@dataclass
class Result:
    """`proposals`: the unique best ones. `waiting`: announced, no line yet. `unsure`:
    {announced id: its equal candidates, best first}, for a person. `nothing_due`:
    announced, but all was retained. `unexplained`: ids of lines nothing announced."""

    proposals: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    unsure: dict = field(default_factory=dict)
    nothing_due: list = field(default_factory=list)
    unexplained: list = field(default_factory=list)


def compact(text) -> str:
    """Return the capitals and digits of a text, joined."""
    return re.sub(r"[^A-Z0-9]", "", plain(text))


def references(*texts) -> set[str]:
    """Return the 12-digit references in texts.

    Caisses number their transfers by year, day of the year and seven digits; banks
    repeat the number, at times without a blank between.
    """
    found = set()
    for text in texts:
        for run in re.findall(r"\d+", text or "", re.ASCII):
            if len(run) % REFERENCE == 0:
                steps = range(0, len(run), REFERENCE)
                found.update(run[start : start + REFERENCE] for start in steps)
    return {one for one in found if one.strip("0")}


def kind_of_payer(text) -> str:
    """Say "amo" where a label names a caisse, "amc" where it names another payer of
    care, else ""."""
    words = name_words(text)
    if words & set(CAISSE_WORDS):
        return "amo"
    return "amc" if words & set(PAYER_WORDS) else ""


def looks_like_payer(line: BankLine) -> bool:
    """Say whether money may come from a payer, though none announced it."""
    return line.amount > 0 and bool(kind_of_payer(f"{line.text} {line.name}"))


def score(announced: Announced, line: BankLine) -> tuple[int, tuple]:
    """Return (score 0-100, reasons) of a line whose amount and day fit."""
    text = f"{line.text} {line.name}"
    signs = {
        "reference": _reference(announced, text),
        "label": _label(announced, text),
        "payer": _payer(announced, text),
        "same_day": line.date.isoformat() if line.date == announced.date else "",
    }
    reasons = [(code, {"found": found}) for code, found in signs.items() if found]
    total = sum(WEIGHTS[code] for code, _values in reasons)
    return min(total, MAX_SCORE), tuple(reasons) or (("amount", {}),)


def _reference(announced, text):
    common = references(announced.label1, announced.label2) & references(text)
    return min(common, default="")


def _label(announced, text):
    """The line of the announced label that the bank shows, whole or cut short."""
    shown = compact(text)
    for label in (announced.label2, announced.label1):
        wanted = compact(label)
        if len(wanted) >= MIN_LABEL and wanted in shown:
            return label.strip()
    words = name_words(announced.label1)
    long_enough = len(words) > 1 and sum(map(len, words)) >= MIN_LABEL
    if long_enough and words <= name_words(text):
        return announced.label1.strip()
    return ""


def _payer(announced, text):
    words, digits = name_words(text), set(re.findall(r"\d{5,}", text, re.ASCII))
    for name in announced.payer_names:
        if compare_names(name, words):
            return name
    return next((code for code in announced.payer_codes if code in digits), "")


def last_day(announced: Announced, calendar: Calendar, days: int) -> date:
    """Return the last day on which the bank may book a transfer."""
    return calendar.add(announced.date, int(days))


def is_overdue(announced: Announced, today: date, calendar: Calendar, days: int):
    """Say whether a transfer that was not seen should have been by now."""
    return announced.amount > 0 and today > last_day(announced, calendar, days)


def match(
    announced: Iterable[Announced],
    lines: Iterable[BankLine],
    calendar: Calendar,
    window: int = 5,
) -> Result:
    """Match announced transfers with lines of the bank.

    :param window: working days after the announced day
    """
    result, wanted = Result(), []
    for one in announced:
        (wanted if one.amount > 0 else result.nothing_due).append(one)
    lines = [line for line in lines if line.amount > 0]
    pairs = _pairs(wanted, lines, calendar, window)
    result.proposals = _unique_best(pairs)
    _sort_rest(result, wanted, lines, pairs)
    return result


def _pairs(wanted, lines, calendar, window):
    """All pairs that amount and day allow, the best first."""
    by_amount = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.date):
        by_amount[line.amount].append(line)
    pairs = []
    for one in wanted:
        same = by_amount.get(one.amount, ())
        start = bisect_left(same, one.date, key=lambda line: line.date)
        end = bisect_right(
            same, last_day(one, calendar, window), key=lambda line: line.date
        )
        for line in same[start:end]:
            pairs.append(Proposal(one.id, line.id, *score(one, line)))
    return sorted(pairs, key=lambda pair: -pair.score)


def _unique_best(pairs):
    """The pairs that are the only best one of both their ends.

    Two equal best lines stop there: a worse line is never taken instead.
    """
    chosen, taken = [], set()
    levels = defaultdict(list)
    for pair in pairs:
        levels[pair.score].append(pair)
    for level in sorted(levels, reverse=True):
        free = [pair for pair in levels[level] if not taken & _ends(pair)]
        counts = defaultdict(int)
        for pair in free:
            for end in _ends(pair):
                counts[end] += 1
        chosen += [
            pair for pair in free if all(counts[end] == 1 for end in _ends(pair))
        ]
        taken.update(counts)
    return chosen


def _ends(pair):
    return {("announced", pair.announced_id), ("line", pair.line_id)}


def _sort_rest(result, wanted, lines, pairs):
    """Fill the lists of what was not matched."""
    matched = {pair.announced_id for pair in result.proposals}
    used = {pair.line_id for pair in result.proposals}
    candidates = defaultdict(list)
    for pair in pairs:
        if pair.line_id not in used:
            candidates[pair.announced_id].append(pair)
    for one in wanted:
        if one.id in matched:
            continue
        if candidates[one.id]:
            result.unsure[one.id] = candidates[one.id]
        else:
            result.waiting.append(one)
    unsure = {pair.line_id for pairs in result.unsure.values() for pair in pairs}
    result.unexplained = [
        line.id for line in lines if line.id not in used and line.id not in unsure
    ]

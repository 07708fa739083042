"""Which open items does a line of the bank pay? Scores and reasons, without a database.

A caller gathers *evidence* (this reference names these items, this account belongs to
that debtor); this module weighs it against the amounts and returns proposals. Amounts
are whole numbers of the currency's smallest unit (cents), so that comparing is exact.
A positive amount is money that came in, and pays items with a positive residual.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

# What evidence is worth before amounts are compared. Evidence of a caller's own may
# bring any other code, with its weight in `Evidence.weight`.
WEIGHTS = {
    "notice": 85,
    "structured": 85,
    "payment": 80,
    "number": 80,
    "number_loose": 60,
    "iban": 60,
    "partner": 60,
    "name": 50,
    "name_close": 35,
    "amount": 15,
}
# What the amount adds: the items are paid exactly, together, by a choice of them …
FITS = {
    "one": 15,
    "all": 15,
    "some": 8,
    "same_amount": 0,
    "part": 5,
    "excess": -5,
    "oldest": -20,
    "nothing_open": -45,
}
# Only a reference that carries its own check digits is as good as certain.
CERTAIN = {"notice", "structured"}
AGREEMENT = 5
THIRD_PARTY = -10
AMBIGUOUS = -15
MAX_PROPOSALS = 3
# Choosing among many items: beyond this a sum means nothing any more.
MAX_CHOICE = 20
MAX_SUMS = 20_000

TITLES = {
    "M",
    "MR",
    "MME",
    "MLLE",
    "MM",
    "MONSIEUR",
    "MADAME",
    "MADEMOISELLE",
    "DR",
    "DOCTEUR",
    "ME",
    "OU",
    "ET",
    "DE",
    "DU",
    "LA",
    "LE",
    "HERR",
    "FRAU",
}


@dataclass(frozen=True)
class Item:
    """An open item of the books. `residual` > 0: owed to us, < 0: owed by us."""

    id: int
    partner_id: int
    residual: int
    currency: str
    due: date = date.min
    number: str = ""


@dataclass
class Line:
    """A line of the bank. `amounts` per currency: its own and, if any, the order's."""

    id: int
    amounts: dict
    text: str = ""
    name: str = ""


@dataclass
class Evidence:
    """Why a line may pay something.

    `named`: the items themselves are named (a reference, a number), else the debtor is.
    `values` fill the sentence shown for `code`. `weight` overrides WEIGHTS. `group`
    keeps apart evidence of one code that speaks for different possibilities.
    """

    line_id: int
    code: str
    item_ids: tuple = ()
    partner_id: int = 0
    values: dict = field(default_factory=dict)
    weight: int | None = None
    certain: bool | None = None
    group: object = None

    @property
    def named(self):
        return bool(self.item_ids) or self.code in CERTAIN

    @property
    def worth(self):
        return WEIGHTS[self.code] if self.weight is None else self.weight

    @property
    def is_certain(self):
        return self.code in CERTAIN if self.certain is None else self.certain


@dataclass
class Proposal:
    """Items with the amounts given to each; `rest` is what stays with `partner_id`.

    `score` is 0–100; `reasons` a list of (code, values), the strongest first.
    """

    line_id: int
    rule: str
    score: int
    reasons: list
    allocations: list
    currency: str
    partner_id: int
    rest: int = 0


class Book:
    """The open items that the evidence of a batch of lines speaks of."""

    def __init__(self, items):
        self.items = {item.id: item for item in items}
        self.by_partner = defaultdict(list)
        for item in sorted(self.items.values(), key=lambda item: (item.due, item.id)):
            self.by_partner[item.partner_id].append(item)

    def pick(self, item_ids, currency):
        """The known items among the ids, in one currency, the oldest first."""
        found = (self.items.get(item_id) for item_id in dict.fromkeys(item_ids))
        kept = [item for item in found if item and item.currency == currency]
        return sorted(kept, key=lambda item: (item.due, item.id))

    def of_partner(self, partner_id, currency):
        items = self.by_partner.get(partner_id, ())
        return [item for item in items if item.currency == currency]


# --- words -----------------------------------------------------------------------


def plain(text):
    """Capitals without accents, so that "Lefèvre" equals "LEFEVRE"."""
    # ß, Œ, Æ have no decomposition into a base letter.
    text = (text or "").upper().replace("Œ", "OE").replace("Æ", "AE")
    split = unicodedata.normalize("NFKD", text)
    return "".join(char for char in split if not unicodedata.combining(char))


def name_words(name):
    """The words of a person's or company's name, without titles."""
    return frozenset(re.findall(r"[A-Z0-9]+", plain(name))) - TITLES


def compare_names(known, words):
    """Say "name" if every word of a known name is in `words`, "name_close" if nearly.

    One word alone is never enough to be sure: many people share a first name.
    """
    known = name_words(known)
    common = known & words
    if len(known) > 1 and common == known:
        return "name"
    long_words = [word for word in common if len(word) > 2]
    if len(known) == 1 and common and len(min(known)) > 3:
        return "name_close"
    return "name_close" if len(known) > 2 and len(long_words) > 1 else ""


# --- numbers of invoices ---------------------------------------------------------


def digits(number):
    """The digits of an invoice number: what survives a bank's way of copying it."""
    return re.sub(r"\D", "", number or "", flags=re.ASCII)


def number_keys(text):
    """Every string of digits under which an invoice number may be hidden in a text.

    Neighbouring figures are joined ("2026 / 00012"), and leading zeros that people drop
    are put back ("2026-12"). Returns {digits: True if as written, False if padded}.
    """
    figures = re.findall(r"\d+", plain(text)[:500], flags=re.ASCII)[:40]
    keys = {}
    for start in range(len(figures)):
        for end in range(start + 1, min(start + 5, len(figures) + 1)):
            joined = "".join(figures[start:end])
            if len(joined) > 18:
                break
            if len(joined) >= 3:
                keys[joined] = True
            if end - start > 1 and re.fullmatch("20\\d\\d", figures[start]):
                for key in _padded(figures[start:end]):
                    keys.setdefault(key, False)
    return keys


def _padded(figures):
    """The figures joined with the last one filled up to the usual widths."""
    *first, last = figures
    stem = "".join(first)
    return [stem + last.zfill(width) for width in range(3, 7) if width > len(last)]


def compare_number(number, text, keys=None):
    """Say "number" if a text holds an invoice number, "number_loose" if nearly.

    Exact: the same digits behind the same letters, whatever stands between. Loose: the
    prefix is lost or zeros are missing; then five digits are needed.
    """
    keys = number_keys(text) if keys is None else keys
    found = digits(number)
    if found not in keys:
        return ""
    prefix = re.match(r"[A-Z]*", plain(number)).group()
    if keys[found] and _prefix_stands(prefix, number, text):
        return "number"
    return "number_loose" if len(found) >= 5 else ""


def _prefix_stands(prefix, number, text):
    """True if the letters of the number stand right before its figures in the text."""
    if not prefix:
        return len(digits(number)) >= 5
    figures = r"[^A-Z0-9]*".join(digits(number))
    pattern = rf"(?<![A-Z]){prefix}[^A-Z0-9]*{figures}(?!\d)"
    return bool(re.search(pattern, plain(text)[:500]))


# --- amounts ---------------------------------------------------------------------


def choose(amount, items):
    """The items that add up to an amount: (fit, items) or ("", []).

    "one" item, "all" of them (credits included), else "some", if only one choice does.
    """
    equal = [item for item in items if item.residual == amount]
    if equal:
        return ("one" if len(equal) == 1 else "same_amount"), equal[:1]
    if len(items) > 1 and sum(item.residual for item in items) == amount:
        return "all", list(items)
    same = [item for item in items if item.residual * amount > 0]
    if len(same) > 1 and sum(item.residual for item in same) == amount:
        return "all", same
    chosen = _only_sum(abs(amount), same)
    return ("some", chosen) if chosen else ("", [])


def _only_sum(amount, items):
    """The only choice of items that adds up to the amount, else an empty list."""
    if not 2 < len(items) <= MAX_CHOICE:
        return []
    sums = {0: (1, ())}
    for item in items:
        for total, (ways, chosen) in list(sums.items()):
            reached = total + abs(item.residual)
            if reached <= amount:
                before = sums.get(reached, (0, chosen + (item,)))
                sums[reached] = (before[0] + ways, before[1])
        if len(sums) > MAX_SUMS:
            return []
    ways, chosen = sums.get(amount, (0, ()))
    return list(chosen) if ways == 1 else []


def spread(amount, items):
    """Give an amount to items of its own sign, in order: ([(id, given)], rest)."""
    given, rest = [], amount
    for item in items:
        if rest and item.residual * amount > 0:
            part = min(abs(rest), abs(item.residual))
            part = part if amount > 0 else -part
            given.append((item.id, part))
            rest -= part
    return given, rest


def _whole(items):
    return [(item.id, item.residual) for item in items]


# --- proposals -------------------------------------------------------------------


def propose(line, evidence, book):
    """The best proposals for a line, the best first; at most MAX_PROPOSALS.

    `evidence` is all the evidence about this line, `book` the items it speaks of.
    """
    found = {}
    for currency, amount in line.amounts.items():
        if not amount:
            continue
        for group in _groups(evidence):
            proposal = _weigh(line, currency, amount, group, evidence, book)
            if proposal:
                key = (tuple(sorted(proposal.allocations)), proposal.partner_id)
                if key not in found or found[key].score < proposal.score:
                    found[key] = proposal
    ranked = sorted(found.values(), key=lambda proposal: -proposal.score)
    _doubt_twins(ranked)
    return _without_shadows(ranked)[:MAX_PROPOSALS]


def _groups(evidence):
    """Evidence that belongs together: per code for named items, else per debtor."""
    codes = {one.code for one in evidence}
    weaker = {"number_loose"} if "number" in codes else set()
    weaker |= {"amount"} if len(codes) > 1 else set()
    groups = defaultdict(list)
    for one in evidence:
        if one.code not in weaker:
            key = one.code if one.named else one.partner_id
            groups[key, one.named, one.group].append(one)
    return groups.values()


def _doubt_twins(proposals):
    """Two debtors for whom as much speaks: neither may go through by itself."""
    if len(proposals) > 1 and proposals[0].score == proposals[1].score:
        top = proposals[0].score
        for proposal in proposals:
            if proposal.score == top:
                proposal.reasons.append(("ambiguous", {}))
                proposal.score = max(1, top + AMBIGUOUS)


def _weigh(line, currency, amount, group, evidence, book):
    """The proposal that a group of evidence supports, or None."""
    best = max(group, key=lambda one: one.worth)
    if best.named:
        fit, given, rest = _fit_named(currency, amount, group, book)
    else:
        fit, given, rest = _fit_debtor(currency, amount, best, book)
    if not fit:
        return None
    partner_id = _partner_of(best, given, book)
    if not partner_id:
        return None
    score, notes = _score(best, fit, partner_id, given, evidence, book)
    reasons = [*_told(group), (fit, {"count": len(given)}), *notes]
    return Proposal(
        line.id, best.code, score, reasons, given, currency, partner_id, rest
    )


def _told(group):
    """The strongest pieces of evidence, each once."""
    told = []
    for one in sorted(group, key=lambda one: -one.worth):
        if (one.code, one.values) not in told:
            told.append((one.code, one.values))
    return told[:4]


def _fit_named(currency, amount, group, book):
    """How an amount fits named items: the amount may be less or more than they owe."""
    item_ids = [item_id for one in group for item_id in one.item_ids]
    items = book.pick(item_ids, currency)
    if not items:
        partner = any(one.partner_id and one.is_certain for one in group)
        # Two currencies may be tried: what is open in another one is not settled.
        known = any(item_id in book.items for item_id in item_ids)
        return ("nothing_open", [], amount) if partner and not known else ("", [], 0)
    fit, chosen = choose(amount, items)
    if fit:
        # Named items that cost the same are not a doubt: they are named.
        return ("one" if fit == "same_amount" else fit), _whole(chosen), 0
    return _fit_remainder(amount, items, book)


def _fit_remainder(amount, items, book):
    """A part of the named items, or more than them: then the debtor's other items."""
    given, rest = spread(amount, items)
    if not given:
        return "", [], 0
    if not rest:
        return "part", given, 0
    partner_id = items[0].partner_id
    named = {item.id for item in items}
    others = [
        item
        for item in book.of_partner(partner_id, items[0].currency)
        if item.id not in named
    ]
    fit, chosen = choose(rest, others)
    if fit in ("one", "all", "some"):
        return "some", given + _whole(chosen), 0
    return "excess", given, rest


def _fit_debtor(currency, amount, best, book):
    """How an amount fits what a debtor owes, where no item is named."""
    items = book.of_partner(best.partner_id, currency)
    fit, chosen = choose(amount, items)
    if fit:
        return fit, _whole(chosen), 0
    given, rest = spread(amount, items)
    # A name or an amount alone says too little to guess a part payment.
    if not given or best.worth < WEIGHTS["name"]:
        return "", [], 0
    return ("excess" if rest else "oldest"), given, rest


def _partner_of(best, given, book):
    """Debtor of the items, or of the evidence where nothing is open."""
    for item_id, _amount in given:
        if book.items[item_id].partner_id:
            return book.items[item_id].partner_id
    return best.partner_id


def _score(best, fit, partner_id, given, evidence, book):
    """(score, notes): weight, fit, and what other evidence adds or contradicts."""
    partners = {book.items[item_id].partner_id for item_id, _amount in given}
    partners.add(partner_id)
    others = [
        one
        for one in evidence
        # An amount is not a second witness: it is in the fit already.
        if one.partner_id and one.code not in (best.code, "amount")
    ]
    agrees = any(one.partner_id in partners for one in others)
    payer = {"iban", "partner", "name"}
    third = not agrees and any(one.code in payer for one in others)
    score = best.worth + FITS[fit] + (AGREEMENT if agrees else 0)
    notes = []
    if third and best.named:
        notes.append(("third_party", {}))
        score += 0 if best.is_certain else THIRD_PARTY
    top = 100 if best.is_certain else 99
    return max(1, min(score, top)), notes


def _without_shadows(proposals):
    """Drop what a much better proposal makes superfluous."""
    if not proposals:
        return []
    best = proposals[0].score
    return [one for one in proposals if one.score >= best - 40]

"""Which share of an invoice does a payer's answer speak of?

Pure functions over plain tuples, in the order of certainty: number, lot and NIR; number
and date; NIR, date and amount; the number alone, where an answer says nothing else and
one open share has it. Each answer comes back with how it was found, or with
why it was not: what is unsure is a person's to settle, never a guess.

The answers are indexed, the shares are read once: time grows with answers plus shares,
memory with the answers, so a generator of a million shares will do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import Any, NamedTuple

from .identifiers import invoice_key, lot_key, nir_root

# How a share was found (contract: `recouv.return.line.match_how`).
NUMBER_LOT_NIR = "number_lot_nir"
NUMBER_DATE = "number_date"
NIR_DATE_AMOUNT = "nir_date_amount"
NUMBER = "number"  # of an answer that says nothing else, one open share has it
NONE = "none"
HOWS = (NUMBER_LOT_NIR, NUMBER_DATE, NIR_DATE_AMOUNT, NUMBER)
#: ways by which one share answered twice is two invoices or a mistake
ONCE = (NIR_DATE_AMOUNT, NUMBER)

# Why none was.
UNKNOWN = "unknown"  # no share resembles it
AMBIGUOUS = "ambiguous"  # several shares do, and nothing tells them apart
CLAIMED = "claimed"  # the only one that does belongs to a better answer
OTHER_PERSON = "other_person"  # number and date fit, the NIR is another's
OTHER_NUMBER = "other_number"  # person, date and amount fit, the number does not
NOTHING_TO_FIND = "nothing_to_find"  # neither a number nor a NIR in the answer
REASONS = (UNKNOWN, AMBIGUOUS, CLAIMED, OTHER_PERSON, OTHER_NUMBER, NOTHING_TO_FIND)

MAX_CANDIDATES = 5


class Share(NamedTuple):
    """A share as the database knows it.

    `part`: what says AMO or AMC, the same way as in answers. `number`, `lot`: as sent.
    `nir`: 13 or 15 characters. `dates`: all days it may be known by (invoice, care).
    `amount`: cents asked. `is_open`: no final answer yet.
    """

    id: Any
    part: str
    number: str = ""
    lot: str = ""
    nir: str = ""
    dates: tuple = ()
    amount: int = 0
    is_open: bool = True


class Answer(NamedTuple):
    """A payer's answer on one part of one invoice.

    `nir`: of the insured, `own_nir`: of the patient, where the file has both. `dates`:
    the days it names (invoice, care). `amount`: cents asked, 0 where the file does not
    say. `is_paper`: the number may be the payer's own.
    """

    id: Any
    part: str
    number: str = ""
    lot: str = ""
    nir: str = ""
    dates: tuple = ()
    amount: int = 0
    is_paper: bool = False
    own_nir: str = ""


class Match(NamedTuple):
    """`share_id` None: not found, and `reason` says why; `candidates` are the ids of
    at most five shares that a person may choose from."""

    answer_id: Any
    share_id: Any
    how: str
    reason: str = ""
    candidates: tuple = ()


class _Keys(NamedTuple):
    """What an answer or a share is compared by, without zeros in front or keys."""

    number: str
    lot: str
    nirs: tuple


def _keys(one) -> _Keys:
    nirs = {nir_root(one.nir), nir_root(getattr(one, "own_nir", ""))} - {""}
    return _Keys(invoice_key(one.number), lot_key(one.lot), tuple(nirs))


def _lookups(one, keys):
    """{how: [keys under which it is found]}, those whose data is there."""
    part, (number, lot, nirs) = one.part, keys
    days = [day for day in dict.fromkeys(one.dates) if day]
    found = dict.fromkeys(HOWS, ())
    if number and lot:
        found[NUMBER_LOT_NIR] = [(part, number, lot, nir) for nir in nirs]
    if number:
        found[NUMBER_DATE] = [(part, number, day) for day in days]
    if one.amount:
        pairs = product(nirs, days)
        found[NIR_DATE_AMOUNT] = [(part, *pair, one.amount) for pair in pairs]
    # a share is known by all it has; an answer only where it says nothing else
    is_open = getattr(one, "is_open", None)
    if number and (is_open if is_open is not None else not (lot or nirs or days)):
        found[NUMBER] = [(part, number)]
    return found


def match_answers(answers: Iterable[Answer], shares: Iterable[Share]) -> list[Match]:
    """Return a `Match` for each answer, in their order.

    :param shares: those that may be meant, of one company; read once
    """
    answers = list(answers)
    keys = [_keys(answer) for answer in answers]
    found = _candidates(answers, keys, shares)
    matches: list[Match | None] = [None] * len(answers)
    claimed = set()
    for how in HOWS:
        taken = _step(how, answers, keys, found[how], claimed, matches)
        claimed.update(taken)
    return [
        match or _missing(answer, key, rank, found, claimed)
        for rank, (answer, key, match) in enumerate(
            zip(answers, keys, matches, strict=True)
        )
    ]


def _candidates(answers, keys, shares):
    """{how: {rank of the answer: [share]}}, by one reading of the shares."""
    wanted = {how: defaultdict(list) for how in HOWS}
    for rank, (answer, key) in enumerate(zip(answers, keys, strict=True)):
        for how, lookups in _lookups(answer, key).items():
            for lookup in lookups:
                wanted[how][lookup].append(rank)
    found = {how: defaultdict(dict) for how in HOWS}
    for share in shares:
        for how, lookups in _lookups(share, _keys(share)).items():
            for lookup in lookups:
                for rank in wanted[how].get(lookup, ()):
                    found[how][rank][share.id] = share
    return {
        how: {rank: list(by_id.values()) for rank, by_id in ranks.items()}
        for how, ranks in found.items()
    }


def _step(how, answers, keys, found, claimed, matches):
    """Fill the matches that one way finds; return the ids of the shares it took."""
    taken = defaultdict(list)
    for rank, shares in found.items():
        if matches[rank]:
            continue
        share = _only(answers[rank], _agreeing(how, answers[rank], keys[rank], shares))
        if share and (how == NUMBER_LOT_NIR or share.id not in claimed):
            taken[share.id].append(rank)
    for share_id, ranks in taken.items():
        if how in ONCE and len(ranks) > 1:
            continue
        for rank in ranks:
            matches[rank] = Match(answers[rank].id, share_id, how)
    return {match.share_id for match in matches if match}


def _agreeing(how, answer, keys, shares):
    """The shares that nothing in the answer contradicts."""
    if how == NUMBER_DATE and keys.nirs:
        return [one for one in shares if nir_root(one.nir) in ("", *keys.nirs)]
    if how == NIR_DATE_AMOUNT and keys.number and not answer.is_paper:
        return [one for one in shares if not invoice_key(one.number)]
    return shares


def _only(answer, shares):
    """The one share that is meant, None where several could be.

    Attempts of one invoice, or a number used again, are told apart by what the answer
    also says, then by which still waits for an answer.
    """
    tests = (
        lambda share: bool(set(share.dates) & set(answer.dates)),
        lambda share: lot_key(share.lot) == lot_key(answer.lot),
        lambda share: share.amount == answer.amount,
        lambda share: share.is_open,
    )
    for test in tests:
        if len(shares) < 2:
            break
        shares = [share for share in shares if test(share)] or shares
    return shares[0] if len(shares) == 1 else None


def _missing(answer, keys, rank, found, claimed):
    """Why an answer found no share."""
    if not keys.number and not keys.nirs:
        return Match(answer.id, None, NONE, NOTHING_TO_FIND)
    for how in HOWS:
        shares = found[how].get(rank, ())
        if not shares:
            continue
        agreeing = _agreeing(how, answer, keys, shares)
        reason = _why(how, answer, agreeing, claimed)
        ids = tuple(share.id for share in (agreeing or shares)[:MAX_CANDIDATES])
        return Match(answer.id, None, NONE, reason, ids)
    return Match(answer.id, None, NONE, UNKNOWN)


def _why(how, answer, agreeing, claimed):
    if not agreeing:
        return OTHER_PERSON if how == NUMBER_DATE else OTHER_NUMBER
    share = _only(answer, agreeing)
    return CLAIMED if share and share.id in claimed else AMBIGUOUS

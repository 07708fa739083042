"""Where a claim stands on its schedule, from the contacts that were proven.

Plain Python: a policy is a list of :class:`Rung`, the past a list of
:class:`Contact`; :func:`position` says what was reached and what comes next. The
claim stores the answer so that it can be searched, but never decides it itself.
"""

from dataclasses import dataclass
from datetime import date, timedelta

PROVEN, FAILED, PENDING = "proven", "failed", "pending"


@dataclass(frozen=True)
class Rung:
    """One step of a schedule; ``holds``: exhausted, it stops instead of going on."""

    id: int
    anchor: str  # care_end, invoice_date, due_date, previous_step
    delay_days: int
    channel: str
    fallback: str | None = None
    max_attempts: int = 1
    holds: bool = False
    only_if_call_failed: bool = False


@dataclass(frozen=True)
class Contact:
    """One notice that left or tried to; ``on`` is the day of proof or of failure.

    ``counts_from``: the day the next delay runs from (first presentation of a
    registered letter), None while it is not known. ``permanent``: trying this
    channel again is useless (no number, wrong address). ``reached``: a call in
    which the debtor was spoken to.
    """

    rung_id: int
    channel: str
    outcome: str
    on: date
    counts_from: date | None = None
    deadline: date | None = None
    permanent: bool = False
    reached: bool = False


@dataclass(frozen=True)
class Position:
    """``step_id``/``step_date``: last rung proven; the rest: what comes next.

    ``next_date`` is None while a proof is awaited, when the rung is ``held`` and
    at the end of the schedule.
    """

    step_id: int | None = None
    step_date: date | None = None
    next_step_id: int | None = None
    next_date: date | None = None
    next_channel: str | None = None
    next_attempt: int = 1
    held: bool = False


def position(rungs, contacts, anchors):
    """Return the :class:`Position` of a claim.

    :param rungs: the schedule, a list of :class:`Rung` in order
    :param contacts: every :class:`Contact` about the claim, any order
    :param anchors: dict ``care_end``, ``invoice_date``, ``due_date`` → date
    """
    by_rung = {}
    for contact in sorted(contacts, key=lambda c: c.on):
        by_rung.setdefault(contact.rung_id, []).append(contact)
    proven = _last_proven(rungs, by_rung)
    step_id, step_date = (proven.rung_id, proven.on) if proven else (None, None)
    passed = max((i for i, r in enumerate(rungs) if _passed(r, by_rung)), default=-1)
    upcoming = _next_rung(rungs, by_rung, passed)
    if upcoming is None:
        return Position(step_id, step_date)
    channel, attempt = _next_attempt(upcoming, by_rung.get(upcoming.id, []))
    if channel is None:
        return Position(
            step_id, step_date, upcoming.id, None, upcoming.channel, 1, held=True
        )
    base = _base_contact(rungs[passed], by_rung) if passed >= 0 else None
    when = _next_date(upcoming, base, by_rung.get(upcoming.id, []), anchors)
    return Position(step_id, step_date, upcoming.id, when, channel, attempt)


def _last_proven(rungs, by_rung):
    for rung in reversed(rungs):
        for contact in reversed(by_rung.get(rung.id, [])):
            if contact.outcome == PROVEN:
                return contact
    return None


def _passed(rung, by_rung):
    """A rung is behind us when proven, or when every way failed and it may go on."""
    contacts = by_rung.get(rung.id, [])
    if any(contact.outcome == PROVEN for contact in contacts):
        return True
    return (
        bool(contacts) and not rung.holds and _next_attempt(rung, contacts)[0] is None
    )


def _next_attempt(rung, contacts):
    """Return (channel, number) of the next try, (None, 0) when all are exhausted."""
    ways = [(rung.channel, rung.max_attempts)]
    if rung.fallback and rung.fallback != rung.channel:
        ways.append((rung.fallback, 1))
    for channel, allowed in ways:
        failed = [c for c in contacts if c.outcome == FAILED and c.channel == channel]
        if len(failed) < allowed and not any(c.permanent for c in failed):
            return channel, len(failed) + 1
    return None, 0


def _next_rung(rungs, by_rung, passed):
    for index in range(passed + 1, len(rungs)):
        if not rungs[index].only_if_call_failed:
            return rungs[index]
        if not _debtor_was_spoken_to(rungs[:index], by_rung):
            return rungs[index]
    return None


def _debtor_was_spoken_to(earlier, by_rung):
    """Whether the nearest call before this rung ended in a conversation."""
    for rung in reversed(earlier):
        if rung.channel == "call":
            return any(contact.reached for contact in by_rung.get(rung.id, []))
    return False


def _base_contact(rung, by_rung):
    contacts = by_rung.get(rung.id, [])
    proven = [contact for contact in contacts if contact.outcome == PROVEN]
    return (proven or contacts)[-1]


def _next_date(rung, base, tries, anchors):
    """The anchor plus the delay, never before the delay given ran out, nor twice a day.

    None when the base is a registered letter whose presentation is not known yet.
    """
    if base and base.outcome == PROVEN and base.counts_from is None:
        return None
    if rung.anchor == "previous_step":
        start = (base.counts_from or base.on) if base else anchors["due_date"]
    else:
        start = anchors[rung.anchor]
    earliest = [start + timedelta(days=rung.delay_days)]
    if base and base.deadline:
        earliest.append(base.deadline + timedelta(days=1))
    if base:
        earliest.append(base.on)
    if tries:
        earliest.append(tries[-1].on + timedelta(days=1))
    return max(earliest)

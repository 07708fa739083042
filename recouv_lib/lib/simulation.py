"""What a schedule would send, and when, if nobody paid: nothing is written.

Plain Python on :mod:`ladder`: every notice is taken as proven the day it leaves,
nobody answers a call and nobody pays, so the result is the most that would leave.
The rules are the run's: one conversation per debtor, the oldest item carries the
step, younger ones ride along, a mise en demeure and what follows it name only items
that an earlier notice named, and some days lie between two notices.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from . import ladder

# a schedule longer than that for one debtor is a mistake in the schedule
MAX_EVENTS = 1000


@dataclass(frozen=True)
class Step:
    """A rung and what the run asks of it besides its date."""

    rung: ladder.Rung
    deadline_days: int = 0
    min_amount: Decimal = Decimal(0)
    is_formal: bool = False

    @property
    def named_only(self):
        """Whether it names only items that an earlier notice named."""
        return self.is_formal or self.rung.channel == "handover"


@dataclass(frozen=True)
class Item:
    """One open item; ``debtor``: who (and in which currency) is written to."""

    id: int
    debtor: object
    due: date
    amount: Decimal
    anchors: dict
    contacts: tuple = ()


@dataclass(frozen=True)
class Event:
    """One notice that would leave: its day, its step, its net sum, what it names."""

    day: date
    debtor: object
    step_id: int
    channel: str
    amount: Decimal
    item_ids: tuple


@dataclass
class _Conversation:
    """One debtor during the simulation: items, their contacts, the last notice."""

    items: list
    credit: Decimal
    contacts: dict = field(default_factory=dict)
    last: date | None = None

    def __post_init__(self):
        self.items.sort(key=lambda item: (item.due, item.id))
        self.contacts = {item.id: list(item.contacts) for item in self.items}
        proven = [
            contact.on
            for item in self.items
            for contact in item.contacts
            if contact.outcome == ladder.PROVEN
        ]
        self.last = max(proven, default=None)


def simulate(items, steps, *, start, until, gap_days=7, credits=None):
    """Return the :class:`Event` list of ``items`` under ``steps``, by day.

    :param items: open :class:`Item`, due or not yet
    :param steps: the schedule, a list of :class:`Step` in order
    :param start: first day on which something may leave
    :param until: last day, inclusive
    :param gap_days: days between two notices to one debtor
    :param credits: {debtor: sum} that lowers what a debtor owes (positive)
    """
    debtors = {}
    for item in items:
        debtors.setdefault(item.debtor, []).append(item)
    events = []
    for debtor, owed in debtors.items():
        talk = _Conversation(owed, Decimal((credits or {}).get(debtor, 0)))
        events += _converse(debtor, talk, steps, (start, until), gap_days)
    return sorted(events, key=lambda event: (event.day, str(event.debtor)))


def _converse(debtor, talk, steps, window, gap_days):
    """Return the events of one debtor."""
    rungs = [step.rung for step in steps]
    by_id = {step.rung.id: step for step in steps}
    events, (day, until) = [], window
    while day <= until and len(events) < MAX_EVENTS:
        places = _places(talk, rungs, day)
        lead = next((item for item in talk.items if item.id in places), None)
        if lead is None:
            day = _next_due(talk, day)
            continue
        earliest = max(day, _earliest(talk, places[lead.id], gap_days))
        if earliest > day:
            day = min(earliest, _next_due(talk, day))
            continue
        step = by_id[places[lead.id].next_step_id]
        formal = {each.rung.id for each in by_id.values() if each.is_formal}
        named = _named(talk, places, step, formal)
        amount = sum((item.amount for item in named), -talk.credit)
        if lead not in named or amount <= 0 or amount < step.min_amount:
            day = _next_due(talk, day)
            continue
        channel = places[lead.id].next_channel
        events.append(Event(day, debtor, step.rung.id, channel, amount, _ids(named)))
        _send(talk, named, step, channel, day)
    return events


def _places(talk, rungs, day):
    """Return {item id: position} of what is past due and still has a step."""
    places = {}
    for item in talk.items:
        if item.due < day:
            where = ladder.position(rungs, talk.contacts[item.id], item.anchors)
            if where.next_step_id and where.next_date:
                places[item.id] = where
    return places


def _earliest(talk, place, gap_days):
    after_last = talk.last + timedelta(days=gap_days) if talk.last else date.min
    return max(place.next_date, after_last)


def _next_due(talk, day):
    """The first day after ``day`` on which one more item is past due."""
    coming = [item.due for item in talk.items if item.due >= day]
    return min(coming, default=date.max - timedelta(days=1)) + timedelta(days=1)


def _named(talk, places, step, formal_rungs):
    return [
        item
        for item in talk.items
        if item.id in places
        and (not step.named_only or places[item.id].step_id is not None)
        and (
            not formal_rungs
            or step.rung.channel != "handover"
            or _was_presented(talk.contacts[item.id], formal_rungs)
        )
    ]


def _was_presented(contacts, formal_rungs):
    """Whether a mise en demeure of this very item was presented."""
    return any(
        contact.rung_id in formal_rungs
        and contact.outcome == ladder.PROVEN
        and contact.counts_from
        for contact in contacts
    )


def _ids(items):
    return tuple(item.id for item in items)


def _send(talk, named, step, channel, day):
    """Take the notice as proven the same day, presented the same day, unanswered."""
    deadline = day + timedelta(days=step.deadline_days) if step.deadline_days else None
    contact = ladder.Contact(
        step.rung.id, channel, ladder.PROVEN, day, counts_from=day, deadline=deadline
    )
    for item in named:
        talk.contacts[item.id].append(contact)
    talk.last = day

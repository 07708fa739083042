"""The day after which a receivable can no longer be sued for, and what moves it.

French sources: code de la consommation L218-2 (patients), code civil 2224 (general),
2228 to 2232, 2238, 2240 to 2244, 2250 (events), CPCE L111-4 (title), code des
assurances L114-1 (insurers), CGCT L1617-5 (public hospitals). Swiss: code des
obligations 128, 130, 135, 137, 138. Limitation periods are never moved to a working day
(CPC 642 is for procedural delays only).

Durations are passed in, by parameter code: years, and months for SUSPENSION_MIN. Two
dates come out. The *alarm* date is the prudent one, which the practice must meet. The
*possible* date is the latest that can be pleaded where the law is unsettled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from .months import add_months

# Parameter codes
PATIENT = "limitation_patient"
PATIENT_POSSIBLE = "limitation_patient_possible"
GENERAL = "limitation_general"
PAYER_AMO = "limitation_payer_amo"
PAYER_AMC = "limitation_payer_amc"
PUBLIC_HOSPITAL = "limitation_public_hospital"
TITLE = "limitation_title"
OUTER = "limitation_outer"
SWISS = "limitation_ch"
SWISS_WRITTEN = "limitation_ch_written"
SUSPENSION_MIN = "limitation_suspension_min"
DURATION_CODES = (
    PATIENT,
    PATIENT_POSSIBLE,
    GENERAL,
    PAYER_AMO,
    PAYER_AMC,
    PUBLIC_HOSPITAL,
    TITLE,
    OUTER,
    SWISS,
    SWISS_WRITTEN,
    SUSPENSION_MIN,
)

# Events that start a new period of the same length on their day.
RESTARTS = ("acknowledgment", "order_service", "protective_measure", "enforcement_act")
# Events that stop the clock until they end, then start a new period.
INSTANCES = ("court_claim",)
# Events that stop the clock until they end, then let the rest of the period run.
SUSPENSIONS = ("mediation", "small_claims")
# Events that change nothing, whatever people believe (Cass. com. 18 May 2022).
WITHOUT_EFFECT = ("petition", "reminder", "registered_letter", "agency_letter")
EVENT_KINDS = (
    *RESTARTS,
    *INSTANCES,
    *SUSPENSIONS,
    *WITHOUT_EFFECT,
    "part_payment",
    "accountant_notice",
    "title",
)
# Interruptions that the outer limit of twenty years does not cap (code civil 2232).
UNCAPPED = ("court_claim", "order_service", "title", "enforcement_act")

FOREVER = date.max


class MissingStart(ValueError):
    """No date is known from which the period could run."""


class MissingDuration(ValueError):
    """The duration of a rule was not passed in; the code is the message."""


@dataclass(frozen=True)
class Case:
    """What decides the rule and its starting day.

    ``creditor``: practice, public_hospital. ``debtor``: patient, professional,
    public_body, payer_amo, payer_amc, insurer. ``title_date``: when the public
    accountant took charge of a hospital's title.
    """

    creditor: str
    debtor: str
    country: str = "FR"
    care_end: date | None = None
    invoice_date: date | None = None
    due_date: date | None = None
    title_date: date | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to the receivable; ``kind`` is one of EVENT_KINDS.

    ``end``: when the instance or the mediation ended (None: under way).
    ``void``: claim withdrawn, lapsed or dismissed (code civil 2243).
    ``written``: acknowledged in a document. ``by_debtor``: False for a third party.
    """

    kind: str
    day: date
    end: date | None = None
    void: bool = False
    written: bool = False
    by_debtor: bool = True


@dataclass(frozen=True)
class Reason:
    """Why the date is what it is: a code, when it acted, until when it carried."""

    code: str
    day: date
    until: date | None = None


@dataclass(frozen=True)
class Limitation:
    """The answer. A date is None while the clock stands still (instance under way)."""

    rule: str
    start: date
    alarm_date: date | None
    possible_date: date | None
    reasons: tuple[Reason, ...] = ()

    def barred(self, on: date) -> bool:
        """Return whether the prudent period is over on that day; its last day is still
        good (code civil 2229)."""
        return bool(self.alarm_date) and on > self.alarm_date

    def alarm(self, on: date, thresholds: Iterable[int] = (180, 90, 30)) -> int | None:
        """Return the tightest threshold, in days before the date, that ``on`` reached;
        None before the first one, and once time-barred."""
        if not self.alarm_date or self.barred(on):
            return None
        left = (self.alarm_date - on).days
        return min((days for days in thresholds if left <= days), default=None)


@dataclass(frozen=True)
class Rule:
    """A limitation rule: durations by code, where it starts, what it accepts."""

    code: str
    start: str = "earliest"  # earliest, next_quarter, title_date, due_date
    possible: str | None = None
    written: str | None = None
    title: str = TITLE
    part_payment: bool = False
    accountant_notice: bool = False
    capped: bool = True


RULES = {
    ("practice", "patient"): Rule(PATIENT, possible=PATIENT_POSSIBLE),
    ("practice", "payer_amo"): Rule(PAYER_AMO, "next_quarter"),
    ("practice", "payer_amc"): Rule(PAYER_AMC, possible=GENERAL),
    ("practice", "insurer"): Rule(PAYER_AMC, possible=GENERAL),
}
GENERAL_RULE = Rule(GENERAL)
HOSPITAL_RULE = Rule(PUBLIC_HOSPITAL, "title_date", accountant_notice=True)
SWISS_RULE = Rule(
    SWISS,
    "due_date",
    written=SWISS_WRITTEN,
    title=SWISS_WRITTEN,
    part_payment=True,
    capped=False,
)


def limitation(
    case: Case, events: Iterable[Event], durations: Mapping[str, float]
) -> Limitation:
    """Return the limitation of ``case`` after ``events``, in any order.

    ``durations``: {parameter code: number}. Raises MissingStart, MissingDuration, and
    ValueError on an unknown kind of event.
    """
    rule = rule_of(case)
    start = _start(rule, case)
    events = sorted(events, key=lambda event: event.day)
    strict = _Clock(rule, rule.code, durations, start, prudent=True)
    lenient = _Clock(rule, rule.possible or rule.code, durations, start, prudent=False)
    for event in events:
        strict.apply(event)
        lenient.apply(event)
    strict.cap()
    # What is surely alive is possibly alive too.
    possible = max(strict.expiry, lenient.expiry)
    return Limitation(
        rule.code,
        start,
        _known(strict.expiry),
        _known(possible),
        tuple(strict.reasons),
    )


def rule_of(case: Case) -> Rule:
    """Return the rule by country, kind of creditor and kind of debtor."""
    if case.country == "CH":
        return SWISS_RULE
    if case.creditor == "public_hospital":
        return HOSPITAL_RULE
    return RULES.get((case.creditor, case.debtor), GENERAL_RULE)


def next_quarter(day: date) -> date:
    """Return the first day of the calendar quarter after the one of ``day``."""
    return add_months(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3)


def _start(rule: Rule, case: Case) -> date:
    """Return the first day of the period; the earliest known date where the rule's own
    one is missing, which can only warn too early."""
    dates = [case.care_end, case.invoice_date, case.due_date]
    known = [day for day in dates if day]
    if rule.start in ("due_date", "title_date") and getattr(case, rule.start):
        return getattr(case, rule.start)
    if not known and not case.title_date:
        raise MissingStart("no end of care, invoice date or due date")
    if rule.start == "next_quarter":
        return next_quarter(case.care_end or min(known or [case.title_date]))
    return min(known or [case.title_date])


def _known(day: date) -> date | None:
    return None if day == FOREVER else day


@dataclass
class _Clock:
    """One reading of the law, prudent or hopeful, run over the events in order."""

    rule: Rule
    code: str
    durations: Mapping[str, float]
    start: date
    prudent: bool
    expiry: date = None
    reasons: list = field(default_factory=list)
    uncapped: bool = False

    def __post_init__(self):
        self.expiry = self._after(self.start, self.code)
        self._note(f"start_{self.rule.start}", self.start)

    def apply(self, event: Event):
        """Move the expiry as the law lets ``event`` move it."""
        if event.kind not in EVENT_KINDS:
            raise ValueError(f"unknown event: {event.kind}")
        ignored = self._why_ignored(event)
        if ignored:
            self.reasons.append(Reason(ignored, event.day))
        elif event.day > self.expiry:
            # An acknowledgment then is a waiver only if unequivocal (2250, 2251): a
            # human decides, not this module.
            self.reasons.append(Reason(f"{event.kind}_too_late", event.day))
        elif event.kind in SUSPENSIONS:
            self._suspend(event)
        else:
            self._restart(event)

    def cap(self):
        """Hold the prudent date within twenty years of the start (code civil 2232)."""
        outer = self._after(self.start, OUTER) if self.rule.capped else FOREVER
        if not self.uncapped and outer < self.expiry < FOREVER:
            self.expiry = outer
            self._note("outer_limit", self.start)

    def _why_ignored(self, event: Event) -> str | None:
        """Return why the event has no effect in this reading, None when it has."""
        kind = event.kind
        if kind in WITHOUT_EFFECT:
            return f"{kind}_no_effect"
        if event.void:
            return f"{kind}_void"
        if not event.by_debtor and kind in ("part_payment", "acknowledgment"):
            return f"{kind}_third_party"
        if kind == "part_payment" and self.prudent and not self.rule.part_payment:
            return "part_payment_possible"
        if kind == "accountant_notice" and not self.rule.accountant_notice:
            return "accountant_notice_no_effect"
        return None

    def _restart(self, event: Event):
        """Start a new period, on the day of the event or at the end of the instance."""
        stopped = FOREVER if event.kind in INSTANCES else event.day
        renewed = self._after(event.end or stopped, self._code_after(event))
        # A second interruption never shortens what the first one gave; but a title
        # ends the instance, whose end may not have been entered.
        is_title = event.kind == "title"
        self.expiry = renewed if is_title else max(self.expiry, renewed)
        self.uncapped = self.uncapped or event.kind in UNCAPPED
        self._note(event.kind, event.day)

    def _code_after(self, event: Event) -> str:
        if event.kind == "title":
            self.code = self.rule.title
        elif event.kind == "acknowledgment" and event.written and self.rule.written:
            return self.rule.written
        return self.code

    def _suspend(self, event: Event):
        """Let the rest of the period run after the mediation, six months at least."""
        if event.end is None:
            self.expiry = FOREVER
        elif self.expiry != FOREVER:
            least = add_months(event.end, int(self._duration(SUSPENSION_MIN)))
            self.expiry = max(self.expiry + (event.end - event.day), least)
        self._note(event.kind, event.day)

    def _note(self, code: str, day: date):
        self.reasons.append(Reason(code, day, _known(self.expiry)))

    def _after(self, day: date, code: str) -> date:
        if day == FOREVER:
            return FOREVER
        return add_months(day, round(self._duration(code) * 12))

    def _duration(self, code: str) -> float:
        try:
            return self.durations[code]
        except KeyError as error:
            raise MissingDuration(code) from error

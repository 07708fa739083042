"""Court files: which act may follow which, the deadlines, and what the law asks.

French sources: code de procédure civile (CPC) 43, 478, 641 to 644, 750-1, 761, 1405 to
1422, décret 2026-96; code des procédures civiles d'exécution (CPCE) L111-4, L125-1,
R125-1 to R125-8; code monétaire et financier L313-3; code civil 2231, 2238, 2241 to
2244. No duration and no threshold stands here: each is passed in, from a dated
parameter chosen by the day that decides it (an order follows the law of its own date).

Procedural delays are counted by CPC 641 and move to the next working day (642); the
limit of a title is a limitation and never moves.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .months import add_months, deadline_days, deadline_months

DAY = timedelta(days=1)

# Routes
PAYMENT_ORDER = "payment_order"  # injonction de payer
SMALL_CLAIMS = "small_claims"  # procédure simplifiée de recouvrement
INTERIM = "interim"  # référé
ORDINARY = "ordinary"
ROUTES = (PAYMENT_ORDER, SMALL_CLAIMS, INTERIM, ORDINARY)

# Where the debtor lives, as CPC 643 and 644 tell it apart
HERE, OVERSEAS, ABROAD = "here", "overseas", "abroad"
# The collectivities that CPC 643 names; ISO codes, and what French postcodes begin with
OVERSEAS_COUNTRIES = frozenset(
    "GP GF MQ RE YT BL MF PM PF WF NC TF".split()
)  # fmt: skip
OVERSEAS_PREFIXES = ("97", "98")
MONACO = "980"


class NotAllowed(ValueError):
    """An act that cannot follow; ``allowed`` are those that could."""

    def __init__(self, act: str, state: str, allowed: Iterable[str]):
        self.act, self.state, self.allowed = act, state, tuple(allowed)
        super().__init__(f"{act} cannot follow {state}")


# --- which act may follow which -------------------------------------------------------

# A file may end so at any time while it is open...
_EXITS = {
    "paid": "paid",
    "settled": "settled",
    "withdrawn": "withdrawn",
    "over_indebted": "over_indebted",
    "insolvent": "insolvent",
}
# ...and from the title on it is no claim any more that could be withdrawn.
_TITLE_EXITS = {
    name: state for name, state in _EXITS.items() if name != "withdrawn"
} | {"unrecoverable": "unrecoverable"}
_PREPARING = {
    "draft": {"completed": "ready", "withdrawn": "withdrawn"},
    "ready": {"reopened": "draft", "filed": "filed", "withdrawn": "withdrawn"},
}
_TRIAL = {
    "hearing": {
        "hearing": "hearing",
        "judgment": "judgment",
        "dismissed": "dismissed",
        **_EXITS,
    },
    "judgment": {"judgment_served": "enforceable", "lapsed": "lapsed", **_EXITS},
}
_TITLE = {
    "enforceable": {"enforced": "enforcing", **_TITLE_EXITS},
    "enforcing": {"enforced": "enforcing", **_TITLE_EXITS},
}
_ORDER = {"served": "served", "lapsed": "lapsed", **_EXITS}
# Not served in person, the order stays open to opposition (CPC 1416 al. 2).
_LATE_OPPOSITION = {"opposed": "opposed"}

MACHINE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    PAYMENT_ORDER: {
        **_PREPARING,
        "filed": {
            "granted": "granted",
            "partial": "partial",
            "rejected": "rejected",
            **_EXITS,
        },
        "granted": _ORDER,
        # served, it is taken as it is; not served, the ordinary route is open (1409)
        "partial": {**_ORDER, "renounced": "rejected"},
        "served": {"opposed": "opposed", "no_opposition": "enforceable", **_EXITS},
        "opposed": _TRIAL["hearing"],
        **_TRIAL,
        "enforceable": {**_TITLE["enforceable"], **_LATE_OPPOSITION},
        "enforcing": {**_TITLE["enforcing"], **_LATE_OPPOSITION},
    },
    SMALL_CLAIMS: {
        **_PREPARING,
        "filed": {
            "participates": "negotiating",
            "agreed": "enforceable",
            "refused": "refused",
            **_EXITS,
        },
        "negotiating": {"agreed": "enforceable", "refused": "refused", **_EXITS},
        **_TITLE,
    },
    INTERIM: {**_PREPARING, "filed": _TRIAL["hearing"], **_TRIAL, **_TITLE},
    ORDINARY: {**_PREPARING, "filed": _TRIAL["hearing"], **_TRIAL, **_TITLE},
}

PREPARING = ("draft", "ready")
# The claim is before the court, or in the officer's hands.
RUNNING = (
    "filed",
    "negotiating",
    "granted",
    "partial",
    "served",
    "opposed",
    "hearing",
    "judgment",
    "enforceable",
    "enforcing",
)
TITLED = ("enforceable", "enforcing")
ENDS = (
    "paid",
    "settled",
    "withdrawn",
    "over_indebted",
    "insolvent",
    "unrecoverable",
    "rejected",
    "refused",
    "dismissed",
    "lapsed",
)
STATES = (*PREPARING, *RUNNING, *ENDS)


def allowed(route: str, state: str) -> tuple[str, ...]:
    """Return the acts that may follow ``state``; none once it has ended."""
    return tuple(MACHINE[route].get(state, {}))


def after(route: str, state: str, act: str) -> str:
    """Return the state after ``act``. Raises NotAllowed."""
    found = MACHINE[route].get(state, {})
    if act not in found:
        raise NotAllowed(act, state, found)
    return found[act]


def replay(route: str, acts: Iterable[str]) -> str:
    """Return the state after all ``acts``, in order, from a new file."""
    state = "draft"
    for act in acts:
        state = after(route, state, act)
    return state


# --- what moves limitation ------------------------------------------------------------

# (route, act) -> kind of event of lib/limitation.py that it makes. The petition for an
# order to pay makes none: only its service interrupts (1re civ. 10 July 1990).
LIMITATION_MADE = {
    (PAYMENT_ORDER, "served"): "order_service",
    (PAYMENT_ORDER, "no_opposition"): "title",
    (PAYMENT_ORDER, "judgment_served"): "title",
    (INTERIM, "filed"): "court_claim",
    (INTERIM, "judgment_served"): "title",
    (ORDINARY, "filed"): "court_claim",
    (ORDINARY, "judgment_served"): "title",
    (SMALL_CLAIMS, "participates"): "small_claims",
    (SMALL_CLAIMS, "agreed"): "title",
}
# act -> kinds of standing events that end on its day (2238, 2242)
LIMITATION_ENDED = {
    "judgment": ("court_claim",),
    "agreed": ("small_claims",),
    "refused": ("small_claims",),
}
# act -> kinds that never were: claim withdrawn, lapsed or dismissed (2243); an order
# opposed is no title any more (CPC 1420)
LIMITATION_VOIDED = {
    "withdrawn": ("court_claim", "order_service"),
    "settled": ("court_claim", "order_service"),
    "dismissed": ("court_claim", "order_service"),
    "lapsed": ("court_claim", "order_service"),
    "opposed": ("title",),
}


def voided(act: str, state: str) -> tuple[str, ...]:
    """Return the kinds of limitation events that ``act`` in ``state`` undoes; what
    happens after the title takes nothing back from it, an opposition excepted."""
    if state in TITLED and act != "opposed":
        return ()
    return LIMITATION_VOIDED.get(act, ())


# --- deadlines ------------------------------------------------------------------------


def service_deadline(
    order_date: date, months: int, holidays: Container[date] = ()
) -> date:
    """Return the last day to serve an order to pay; after it the order is void (CPC
    1411: ``months`` by the date of the order)."""
    return deadline_months(order_date, months, holidays)


def opposition_end(
    served_on: date,
    in_person: bool,
    months: int,
    *,
    distance_months: int = 0,
    reached_on: date | None = None,
    holidays: Container[date] = (),
) -> date | None:
    """Return the last day of the debtor's opposition, None while it stays open.

    :param in_person: the order was handed to the debtor himself
    :param distance_months: what living overseas or abroad adds (CPC 643)
    :param reached_on: first later act served in person or, failing that, first measure
        that blocks his assets (CPC 1416 al. 2)
    """
    start = served_on if in_person else reached_on
    if start is None:
        return None
    return deadline_months(start, months + distance_months, holidays)


def enforceable_from(
    served_on: date,
    wait_months: int,
    opposition_months: int,
    *,
    distance_months: int = 0,
    holidays: Container[date] = (),
) -> date:
    """Return the first day on which an order without opposition may be enforced.

    The day after ``wait_months`` from service (CPC 1422: two for orders of 1 September
    2026 and later, before that the month of opposition), and never before the delay of
    opposition counted from service is over, distance included.
    """
    wait = deadline_months(served_on, wait_months, holidays)
    delay = deadline_months(served_on, opposition_months + distance_months, holidays)
    return max(wait, delay) + DAY


def lawyer_deadline(
    notified_on: date, days: int, holidays: Container[date] = ()
) -> date:
    """Return the last day to appoint a lawyer after the court gave notice of the
    opposition (CPC 1418)."""
    return deadline_days(notified_on, days, holidays)


def answer_deadline(
    letter_on: date, months: int, holidays: Container[date] = ()
) -> date:
    """Return the last day of the debtor's answer in the small-claims procedure; his
    silence is a refusal (CPCE L125-1, R125-3)."""
    return deadline_months(letter_on, months, holidays)


def judgment_service_deadline(
    judgment_on: date, months: int, holidays: Container[date] = ()
) -> date:
    """Return the last day to serve a judgment given without the debtor (CPC 478)."""
    return deadline_months(judgment_on, months, holidays)


def title_end(title_on: date, years: float, acts: Iterable[date] = ()) -> date:
    """Return the last day to enforce a title (CPCE L111-4); each enforcement ``act``
    made in time starts the period again (code civil 2231, 2244)."""
    months = round(years * 12)
    end = add_months(title_on, months)
    for day in sorted(acts):
        if title_on <= day <= end:
            end = max(end, add_months(day, months))
    return end


def increase_from(enforceable_on: date, months: int) -> date:
    """Return the first day of the increased legal rate (CMF L313-3)."""
    return add_months(enforceable_on, months)


# --- what comes next ------------------------------------------------------------------

# kinds of dates by which somebody must act, and those from which one may go on
TO_ACT = ("limitation", "service", "lawyer", "hearing", "judgment_service", "title")
TO_WAIT = ("answer", "enforceable")
DEADLINE_KINDS = (*TO_ACT, *TO_WAIT)
# which dates count in which state, beside the limitation of the claims
_DATES = {
    "filed": ("answer", "hearing"),
    "negotiating": (),
    "granted": ("service",),
    "partial": ("service",),
    "served": ("enforceable",),
    "opposed": ("lawyer", "hearing"),
    "hearing": ("lawyer", "hearing"),
    "judgment": ("judgment_service",),
    "enforceable": ("title",),
    "enforcing": ("title",),
}


@dataclass(frozen=True)
class Deadline:
    """The date that counts next, and what it is (one of DEADLINE_KINDS)."""

    day: date
    kind: str

    @property
    def must_act(self) -> bool:
        """Whether a right is lost on that day, rather than gained."""
        return self.kind in TO_ACT


def next_deadline(state: str, dates: Mapping[str, date | None]) -> Deadline | None:
    """Return the earliest of ``dates`` {kind: day} that counts in ``state``.

    The claims' limitation counts until there is a title: neither the petition nor the
    order stops it. At equal days the one that must be met comes first.
    """
    if state not in (*PREPARING, *RUNNING):
        return None
    kinds = _DATES.get(state, ())
    if state not in TITLED:
        kinds = ("limitation", *kinds)
    found = [Deadline(dates[kind], kind) for kind in kinds if dates.get(kind)]
    return min(found, key=lambda d: (d.day, not d.must_act), default=None)


def alarm(day: date, on: date, thresholds: Iterable[int]) -> int | None:
    """Return the tightest threshold, in days before ``day``, that ``on`` reached; -1
    once ``day`` is past, None before the first threshold."""
    left = (day - on).days
    if left < 0:
        return -1
    return min((days for days in thresholds if left <= days), default=None)


# --- what the law asks of a route -----------------------------------------------------


def needs_lawyer(amount: float, threshold: float) -> bool:
    """Return whether the claim is above the sum up to which one may do without a
    lawyer (CPC 761, 1418)."""
    return amount > threshold


def fits_small_claims(amount: float, ceiling: float) -> bool:
    """Return whether principal and interest may go the officer's way (CPCE R125-1)."""
    return 0 < amount <= ceiling


def needs_amicable_attempt(route: str, principal: float, ceiling: float) -> bool:
    """Return whether an amicable attempt must come first (CPC 750-1), which an order
    to pay does not need (Cass. 2e civ., avis 25 September 2025 no 25-70.013)."""
    return route in (INTERIM, ORDINARY) and principal <= ceiling


def distance(country: str, postcode: str, court_postcode: str = "") -> str:
    """Return where the debtor lives, seen from the court (CPC 643, 644).

    ``country``: ISO code. Overseas counts only for a court that is not overseas too.
    """
    if country not in ("FR", *OVERSEAS_COUNTRIES):
        return ABROAD
    far = country in OVERSEAS_COUNTRIES or _is_overseas(postcode)
    return OVERSEAS if far and not _is_overseas(court_postcode) else HERE


def _is_overseas(postcode: str) -> bool:
    compact = (postcode or "").replace(" ", "")
    return compact.startswith(OVERSEAS_PREFIXES) and not compact.startswith(MONACO)


# --- which court ----------------------------------------------------------------------


class BadPrefixes(ValueError):
    """A list of postcode prefixes cannot be read; the message is the bad part."""


def read_prefixes(text: str) -> tuple[str, ...]:
    """Read postcode prefixes as ``35, 22100 22110``. Raises BadPrefixes."""
    parts = (text or "").replace(",", " ").replace(";", " ").split()
    for part in parts:
        if not part.isascii() or not part.isdigit() or not 2 <= len(part) <= 5:
            raise BadPrefixes(part)
    return tuple(dict.fromkeys(parts))


def courts_of(postcode: str, courts: Mapping[int, Iterable[str]]) -> list[int]:
    """Return the courts whose longest prefix fits ``postcode`` best.

    ``courts``: {id: prefixes}. Several when equally good: a human chooses; none when
    nothing fits: nothing is guessed from a neighbour.
    """
    compact = (postcode or "").replace(" ", "")
    best = {
        court: max((len(p) for p in prefixes if compact.startswith(p)), default=0)
        for court, prefixes in courts.items()
    }
    longest = max(best.values(), default=0)
    return sorted(court for court, size in best.items() if size == longest and size)

"""Days of tiers payant: sending, acknowledgment, payment, penalty, forclusion.

Plain Python: every number comes in (they are `recouv.legal.parameter`s), amounts are
cents, working days are Monday to Friday without public holidays (a `Calendar`).

Sources: CSS R161-47 (sending, acknowledgment), L161-36-3 and D161-13-3 to -5 with
décret 2016-1069 (payment and penalty), L332-1 and Cass. civ. 2, 28 May 2015 n°
14-17.731 (forclusion AMO), L431-2 (work accidents), code de la mutualité L221-11 and
code des assurances L114-1 (AMC).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.recouv_lib.lib.limitation import next_quarter
from odoo.addons.recouv_lib.lib.months import add_months
from odoo.addons.recouv_lib.lib.working_days import Calendar

# Codes of the legal parameters, with what each is worth.
TRANSMISSION = "tp_transmission_delay"
TRANSMISSION_PAID = "tp_transmission_delay_paid"
ACK_ALERT = "tp_ack_alert_delay"
RESEND = "tp_resend_delay"
PAYMENT = "tp_payment_delay"
PAYMENT_START = "tp_payment_start"
PENALTY_AMOUNT = "tp_penalty_amount"
PENALTY_PERCENT = "tp_penalty_percent"
PENALTY_PERCENT_FROM = "tp_penalty_percent_from"
LIMITATION_AMO = "limitation_payer_amo"
LIMITATION_AMC = "limitation_payer_amc"
LIMITATION_ACCIDENT = "tp_limitation_work_accident"
BANK_WINDOW = "tp_bank_window"
KEEPING = "tp_keeping_delay"
UNDUE_LIMITATION = "tp_undue_limitation"
UNDUE_CONTEST = "tp_undue_contest_delay"

# From what day the seven working days run: the texts that were read do not say it.
STARTS = ("transmission", "acknowledgment")


class MissingDay(ValueError):
    """A day from which a delay runs is not known."""


# --- sending ---------------------------------------------------------------------


def transmission_deadline(billed_on: date, calendar: Calendar, days: int) -> date:
    """Return the last day to send an invoice (8 working days with tiers payant, 3
    without: CSS R161-47 I 1°)."""
    return calendar.add(billed_on, int(days))


def acknowledgment_alert(sent_on: date, calendar: Calendar, days: int) -> date:
    """Return the last day on which the acknowledgment may still come (2 working days);
    the day after it is an alarm."""
    return calendar.add(sent_on, int(days))


def resend_deadline(known_on: date, calendar: Calendar, days: int) -> date:
    """Return the last day to send again, once a negative acknowledgment came or none
    did (2 working days)."""
    return calendar.add(known_on, int(days))


def acknowledgment_is_late(
    sent_on: date, today: date, calendar: Calendar, days: int
) -> bool:
    """Say whether an acknowledgment that has not come should have."""
    return today > acknowledgment_alert(sent_on, calendar, days)


# --- payment ---------------------------------------------------------------------


def payment_start(sent_on, acknowledged_on=None, start="transmission") -> date:
    """Return the day from which the payer's delay runs.

    :param start: one of STARTS; "acknowledgment" falls back on the day of sending
    :raise MissingDay: neither day is known
    :raise ValueError: another `start`
    """
    if start not in STARTS:
        raise ValueError(f"unknown start: {start}")
    acknowledged = acknowledged_on if start == "acknowledgment" else None
    day = acknowledged or sent_on or acknowledged_on
    if not day:
        raise MissingDay("neither sent nor acknowledged")
    return day


def payment_expected(start: date, calendar: Calendar, days: int) -> date:
    """Return the last day on which the payer is in time: the `days`-th working day
    after `start`, which itself does not count (7 for the AMO: D161-13-3)."""
    return calendar.add(start, int(days))


def working_days_taken(start: date, paid_on: date, calendar: Calendar) -> int:
    """Return on which working day after `start` something was paid; a Saturday counts
    with the Friday before."""
    return calendar.between(start, paid_on)


@dataclass(frozen=True)
class PenaltyTerms:
    """What the law says of a caisse that pays late (D161-13-4).

    `delay`: working days to pay. `flat`: cents per invoice paid just after. `percent`:
    of the AMO part, from the working day `percent_from` on.
    """

    delay: int
    flat: int
    percent: float
    percent_from: int


@dataclass(frozen=True)
class Penalty:
    """What is owed for a late payment: `kind` none, flat or percent; cents; the working
    day on which the payment came, and the one it was expected by."""

    kind: str
    amount: int
    working_day: int
    expected: date


def penalty(
    start: date, paid_on: date, amo_part: int, calendar: Calendar, terms: PenaltyTerms
) -> Penalty:
    """Return the penalty for the AMO part of an invoice.

    :param start: see `payment_start`
    :param paid_on: the day of payment; today, for what it has reached so far
    :param amo_part: cents of the AMO part; the law gives no penalty on an AMC part
    """
    day = working_days_taken(start, paid_on, calendar)
    kind = _penalty_kind(day, terms)
    amount = {
        "none": 0,
        "flat": terms.flat,
        "percent": _share(amo_part, terms.percent),
    }[kind]
    expected = payment_expected(start, calendar, terms.delay)
    return Penalty(kind, amount if amo_part > 0 else 0, day, expected)


def _penalty_kind(day, terms):
    if day <= terms.delay:
        return "none"
    return "flat" if day < terms.percent_from else "percent"


def _share(amount, percent):
    """Return a percentage of cents, half a cent rounded up."""
    share = Decimal(amount) * Decimal(str(percent)) / 100
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def penalty_due(paid_on: date) -> date:
    """Return the last day of the half-year in which the caisse owes the penalty: the
    one after the payment (D161-13-5)."""
    first_half = paid_on.month <= 6
    return date(paid_on.year, 12, 31) if first_half else date(paid_on.year + 1, 6, 30)


# --- forclusion --------------------------------------------------------------------


@dataclass(frozen=True)
class Forclusion:
    """Until when a payer can be asked: `last_day` is still good; `start` is where the
    period began; `rule` is amo, accident, amc or payer (a contract's own delay)."""

    rule: str
    start: date
    last_day: date

    def level(self, today: date, alarm_months: int) -> str:
        """Return "barred", "alarm" from `alarm_months` before the last day, or ""."""
        if today > self.last_day:
            return "barred"
        return "alarm" if today >= self.alarm_date(alarm_months) else ""

    def alarm_date(self, alarm_months: int) -> date:
        """Return the day on which the alarm starts."""
        return add_months(self.last_day, -int(alarm_months))

    def days_left(self, today: date) -> int:
        """Return how many days are left, negative once it is too late."""
        return (self.last_day - today).days


def forclusion_amo(care_date: date, years: float) -> Forclusion:
    """Return the forclusion of an AMO part: `years` from the first day of the quarter
    after the care. Sending a rejected invoice again does not start it anew."""
    start = next_quarter(care_date)
    return Forclusion("amo", start, _after_years(start, years))


def forclusion_accident(care_date: date, years: float) -> Forclusion:
    """Return the forclusion of a work accident: `years` from the act (L431-2)."""
    return Forclusion("accident", care_date, _after_years(care_date, years))


def forclusion_amc(care_date: date, years: float, payer_months=None) -> Forclusion:
    """Return the forclusion of an AMC part: `years` from the care, or the months that
    the payer's contract gives, whichever ends first."""
    legal = Forclusion("amc", care_date, _after_years(care_date, years))
    if not payer_months:
        return legal
    own = Forclusion("payer", care_date, add_months(care_date, int(payer_months)))
    return min(legal, own, key=lambda one: one.last_day)


def forclusion(kind, care_date, years, payer_months=None, exemption="none"):
    """Return the forclusion of a share.

    :param kind: amo, amc
    :param years: {parameter code: years} of LIMITATION_AMO, _AMC and _ACCIDENT; only
        the one that is needed is read
    :param payer_months: of the payer's contract (AMC)
    :param exemption: of the coverage; "at" is a work accident
    :raise MissingDay: no care date
    """
    if not care_date:
        raise MissingDay("no care date")
    if kind == "amc":
        return forclusion_amc(care_date, years[LIMITATION_AMC], payer_months)
    if exemption == "at":
        return forclusion_accident(care_date, years[LIMITATION_ACCIDENT])
    return forclusion_amo(care_date, years[LIMITATION_AMO])


def _after_years(start, years):
    return add_months(start, round(years * 12))


# --- indus -------------------------------------------------------------------------


def contest_deadline(notified_on: date, months: int) -> date:
    """Return the last day to bring a notified indu before the appeal board of the
    caisse. Never moved to a working day: an early date costs nothing."""
    return add_months(notified_on, int(months))


def undue_limit(paid_on: date, years: float) -> date:
    """Return the last day on which a caisse may claim back what it paid, fraud apart
    (L133-4)."""
    return _after_years(paid_on, years)

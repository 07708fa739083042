from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..lib import court

DEADLINES = [
    ("limitation", "The right to sue expires"),
    ("service", "Serve the order"),
    ("lawyer", "Appoint a lawyer"),
    ("hearing", "Hearing"),
    ("judgment_service", "Serve the judgment"),
    ("title", "The title expires"),
    ("answer", "The debtor's answer is over"),
    ("enforceable", "Enforceable if not opposed"),
]


class RecouvLitigation(models.Model):
    """The deadlines of a file, by the law of the day that decides each (law.md §4).

    They follow from the acts and the dated parameters, not from today, and are stored;
    how many days are left is not.
    """

    _inherit = "recouv.litigation"

    distance = fields.Selection(
        [("here", "Mainland"), ("overseas", "Overseas"), ("abroad", "Abroad")],
        "Debtor lives",
        compute="_compute_distance",
        help="Overseas and abroad the delay of opposition is longer (CPC 643).",
    )
    service_deadline = fields.Date(
        "Serve by", compute="_compute_deadlines", store=True, help="CPC 1411."
    )
    opposition_until = fields.Date(
        "Opposition until",
        compute="_compute_deadlines",
        store=True,
        help="Empty: open until a month after the first act served in person or the "
        "first measure that blocks the debtor's assets (CPC 1416).",
    )
    enforceable_from = fields.Date(
        compute="_compute_deadlines", store=True, help="If not opposed (CPC 1422)."
    )
    lawyer_deadline = fields.Date(
        "Appoint a lawyer by",
        compute="_compute_deadlines",
        store=True,
        help="CPC 1418.",
    )
    answer_deadline = fields.Date(
        "Answer until", compute="_compute_deadlines", store=True, help="CPCE L125-1."
    )
    judgment_deadline = fields.Date(
        "Serve the judgment by",
        compute="_compute_deadlines",
        store=True,
        help="CPC 478: given without the debtor.",
    )
    title_until = fields.Date(
        "Title valid until",
        compute="_compute_deadlines",
        store=True,
        help="CPCE L111-4.",
    )
    next_date = fields.Date(
        "Next date", compute="_compute_deadlines", store=True, index=True
    )
    next_kind = fields.Selection(
        DEADLINES, "What it is", compute="_compute_deadlines", store=True
    )
    days_left = fields.Integer(compute="_compute_days_left")
    alarm = fields.Selection(
        [("none", "None"), ("soon", "Soon"), ("near", "Near"), ("close", "Very near"),
         ("over", "Over")],
        compute="_compute_days_left",
    )  # fmt: skip
    next_step = fields.Char("What to do next", compute="_compute_next_step")

    @api.depends("partner_id", "court_id.zip")
    def _compute_distance(self):
        for litigation in self:
            debtor = litigation.partner_id
            own = litigation.company_id.country_id.code or "FR"
            litigation.distance = court.distance(
                debtor.country_id.code or own,
                debtor.zip or "",
                litigation.court_id.zip or "",
            )

    @api.depends(
        "state",
        "order_on",
        "served_on",
        "served_in_person",
        "filed_on",
        "opposed_on",
        "hearing_on",
        "judgment_on",
        "title_on",
        "lawyer_id",
        "route",
        "partner_id",
        "court_id.zip",
        "act_ids.by_default",
        "act_ids.undone_on",
        "line_ids.claim_id.limitation_date",
        "enforcement_ids.date",
        "enforcement_ids.undone_on",
        "enforcement_ids.in_person",
    )
    def _compute_deadlines(self):
        for litigation in self:
            litigation.update(litigation._deadlines())
            found = court.next_deadline(litigation.state, litigation._candidates())
            litigation.next_date = found and found.day
            litigation.next_kind = found and found.kind

    def _deadlines(self):
        return {
            "service_deadline": self._service_deadline(),
            "opposition_until": self._opposition_until(),
            "enforceable_from": self._enforceable_from(),
            "lawyer_deadline": self._lawyer_deadline(),
            "answer_deadline": self._answer_deadline(),
            "judgment_deadline": self._judgment_deadline(),
            "title_until": self._title_until(),
        }

    def _candidates(self):
        limits = [
            day for day in self.line_ids.claim_id.mapped("limitation_date") if day
        ]
        return {
            "limitation": min(limits, default=None),
            "service": self.service_deadline,
            "lawyer": self.lawyer_deadline,
            "hearing": self.hearing_on,
            "judgment_service": self.judgment_deadline,
            "title": self.title_until,
            "answer": self.answer_deadline,
            "enforceable": self.enforceable_from,
        }

    # --- each deadline --------------------------------------------------------------

    def _days_off(self):
        return self.company_id._recouv_calendar()

    def _distance_months(self, day):
        if self.distance in (False, court.HERE):
            return 0
        return self._parameter(f"procedure_distance_{self.distance}", day)

    def _service_deadline(self):
        """By the date of the order: six months, three from 1 September 2026 on."""
        if not self.order_on:
            return False
        months = self._parameter("ip_service_delay", self.order_on)
        return court.service_deadline(self.order_on, months, self._days_off())

    def _opposition_until(self):
        if not self.served_on:
            return False
        return court.opposition_end(
            self.served_on,
            self.served_in_person,
            self._parameter("ip_opposition_delay", self.served_on),
            distance_months=self._distance_months(self.served_on),
            reached_on=self.enforcement_ids._first_reached(),
            holidays=self._days_off(),
        )

    def _enforceable_from(self):
        """By the date of the order: two months for those of 1 September 2026 and
        later, the month of opposition for earlier ones."""
        if not (self.served_on and self.order_on):
            return False
        return court.enforceable_from(
            self.served_on,
            self._parameter("ip_enforcement_wait", self.order_on),
            self._parameter("ip_opposition_delay", self.served_on),
            distance_months=self._distance_months(self.served_on),
            holidays=self._days_off(),
        )

    def _lawyer_deadline(self):
        """Only where the sum needs a lawyer and none is there yet."""
        day = self.opposed_on
        if not day or self.lawyer_id:
            return False
        threshold = self._euro_parameter("ip_lawyer_threshold", day)
        if not court.needs_lawyer(self._in_euro(self.amount_total), threshold):
            return False
        days = self._parameter("ip_lawyer_delay", day)
        return court.lawyer_deadline(day, days, self._days_off())

    def _answer_deadline(self):
        if self.route != court.SMALL_CLAIMS or not self.filed_on:
            return False
        months = self._parameter("small_claims_answer_delay", self.filed_on)
        return court.answer_deadline(self.filed_on, months, self._days_off())

    def _judgment_deadline(self):
        acts = self._standing_acts().filtered(lambda act: act.kind == "judgment")
        if not acts[-1:].by_default:
            return False
        day = acts[-1].date
        months = self._parameter("judgment_service_delay", day)
        return court.judgment_service_deadline(day, months, self._days_off())

    def _title_until(self):
        if not self.title_on:
            return False
        years = self.env["recouv.legal.parameter"]._get(
            "limitation_title", self.title_on, self.company_id
        )
        return court.title_end(self.title_on, years, self.enforcement_ids._days())

    # --- what depends on today ------------------------------------------------------

    @api.depends("next_date", "next_kind")
    def _compute_days_left(self):
        today = fields.Date.context_today(self)
        levels = self._alarm_levels(today)
        for litigation in self:
            day = litigation.next_date
            litigation.days_left = (day - today).days if day else 0
            litigation.alarm = "none"
            if day and litigation.next_kind in court.TO_ACT:
                found = court.alarm(day, today, levels)
                litigation.alarm = "over" if found == -1 else levels.get(found, "none")

    @api.model
    def _alarm_levels(self, today):
        """Return {days before: level}, the farthest first."""
        text = self.env["recouv.legal.parameter"]._get("court_alarm_days", today)
        days = sorted((int(part) for part in text.split(",")), reverse=True)
        return dict(zip(days, ("soon", "near", "close"), strict=False))

    @api.depends_context("lang")
    @api.depends("state", "route", "next_date", "served_in_person", "alarm")
    def _compute_next_step(self):
        for litigation in self:
            litigation.next_step = litigation._next_step()

    def _next_step(self):
        """Say in one sentence what comes next."""
        _, words = self.env._, self._next_step_words()
        texts = {
            "draft": _("Complete what is missing, then close the dossier."),
            "ready": words["file"],
            "negotiating": _("Record the agreement or the refusal."),
            "granted": words["serve"],
            "partial": words["partial"],
            "served": words["wait"],
            "opposed": words["opposed"],
            "hearing": words["hearing"],
            "judgment": words["judgment"],
            "enforceable": words["enforce"],
            "enforcing": words["enforce"],
            "rejected": _("No appeal: the ordinary route is open (CPC 1409)."),
            "refused": _("Choose another route."),
            "lapsed": _("The order counts for nothing any more: lodge anew."),
        }
        if self.state == "filed":
            return words["filed"]
        return texts.get(self.state, "")

    def _next_step_words(self):
        _, date = self.env._, self._date_text
        small = self.route == court.SMALL_CLAIMS
        return {
            "file": _("Have the officer send the letter, then record it.")
            if small
            else _("Export the dossier, lodge it, then record the day."),
            "filed": self._filed_words(),
            "serve": _("Have it served by %s.", date(self.service_deadline)),
            "partial": _(
                "Take it and have it served by %s, or do not serve it and sue by the "
                "ordinary route.",
                date(self.service_deadline),
            ),
            "wait": _(
                "If no opposition comes, enforceable from %s.",
                date(self.enforceable_from),
            ),
            "opposed": _("Appoint a lawyer by %s.", date(self.lawyer_deadline))
            if self.lawyer_deadline
            else _("Await the hearing; produce the act of service there (CPC 1418)."),
            "hearing": _("Hearing on %s.", date(self.hearing_on)),
            "judgment": _("Have the judgment served by %s.",
                          date(self.judgment_deadline))
            if self.judgment_deadline
            else _("Have the judgment served."),
            "enforce": _("Enforce by %s.", date(self.title_until)),
        }  # fmt: skip

    def _filed_words(self):
        _ = self.env._
        if self.route == court.SMALL_CLAIMS:
            return _(
                "No payment may be asked before the outcome. Silence until %s is a "
                "refusal.",
                self._date_text(self.answer_deadline),
            )
        if self.route == court.PAYMENT_ORDER:
            return _("Await the order. The petition does not stop limitation.")
        return _("Record the date of the hearing.")

    def _date_text(self, day):
        return format_date(self.env, day) if day else "…"

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .recouv_notice import CALL_OUTCOMES
from .recouv_notice_caller import CALLS

HISTORY_LENGTH = 6


class RecouvCallSession(models.AbstractModel):
    """Call after call over all companies of the user, with all that a caller needs."""

    _name = "recouv.call.session"
    _description = "Session of calls"

    @api.model
    def _calls(self):
        """Return recouv.notice over every company of the user."""
        return self.env["recouv.day"]._everywhere().env["recouv.notice"]

    @api.model
    def take(self, skipped_ids=()):
        """Take the next call; give back those the user took before.

        :return: dict ``call`` (see :meth:`recouv.notice._call_sheet`) or None,
            ``left``: calls still to make, this one included
        """
        notices = self._calls()
        mine = notices.search(CALLS & notices._mine_domain())
        mine._release_call()
        call = notices._take_call(self.env["recouv.day"]._record_ids(skipped_ids))
        left = notices.search_count(CALLS)
        return {"call": call._call_sheet() if call else None, "left": left}

    @api.model
    def release(self):
        """The user leaves the session: what was taken is free again."""
        notices = self._calls()
        notices.search(CALLS & notices._mine_domain())._release_call()
        return True

    @api.model
    def record(self, notice_id, outcome, values=None):
        """Record how the call ended; return what may be done next.

        :param values: dict ``note``, ``until`` (ISO date), ``cause_id``
        :return: list of dicts, see :meth:`recouv.claim._propose_next`
        """
        values = values or {}
        self.env["recouv.notice"]._check_outcome(outcome)
        if not isinstance(values, dict):
            raise UserError(self.env._("This is no outcome of a call."))
        call = self._call(notice_id)
        cause_id = values.get("cause_id")
        call._record_call(
            outcome,
            str(values.get("note") or ""),
            self._day(values.get("until")),
            self.env["recouv.day"]._record_ids([cause_id])[0] if cause_id else None,
        )
        return call._next_options()

    @api.model
    def _day(self, text):
        """Return the day of an ISO text, None without one. :raise UserError: no day"""
        try:
            return fields.Date.to_date(text or False) or None
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("This is no day: %s.", text)) from error

    @api.model
    def apply_next(self, notice_id, code):
        """Do what was proposed after a call.

        :return: an action to open, or False
        """
        call = self._call(notice_id)
        action = call._apply_next(code)
        if not action:
            return False
        # the dialog reads the claims of whichever practice the call is of
        everywhere = {"allowed_company_ids": call.env.companies.ids}
        return {**action, "context": {**action.get("context", {}), **everywhere}}

    @api.model
    def _call(self, notice_id):
        ids = self.env["recouv.day"]._record_ids([notice_id])
        call = self._calls().browse(ids).exists()
        if not call or call.channel != "call":
            raise UserError(self.env._("This call is no longer to be made."))
        return call


class RecouvNotice(models.Model):
    """What the caller sees of a call, and how its outcome is recorded."""

    _inherit = "recouv.notice"

    @api.model
    def _mine_domain(self):
        return fields.Domain("caller_id", "=", self.env.uid)

    def _record_call(self, outcome, note="", until=None, cause_id=None):
        """Record outcome and cause of a call; the one way of dialog and session."""
        self.ensure_one()
        self._check_outcome(outcome)
        cause = self.env["recouv.cause"].browse(cause_id or ()).exists()
        self._record_outcome(outcome, note, until)
        if cause:
            self.line_ids.claim_id.cause_id = cause

    @api.model
    def _check_outcome(self, outcome):
        """:raise UserError: not one of the outcomes that the screens offer"""
        if outcome not in list(dict(CALL_OUTCOMES)):
            raise UserError(self.env._("This is no outcome of a call."))

    # --- the sheet ------------------------------------------------------------------

    def _call_sheet(self):
        """Return what a caller has before his eyes, as plain values."""
        self.ensure_one()
        claim = self.lead_claim_id
        # who calls has the claims open before him
        self.env["recouv.read.log"]._log(self.line_ids.claim_id, "form")
        return {
            "id": self.id,
            "debtor": self.partner_id.name,
            "recipient": self._other_recipient(),
            "partner_id": self.partner_id.id,
            "claim_id": claim.id,
            "company_id": self.company_id.id,
            "company": self.company_id.name,
            "number": self.sent_to or "",
            "other_numbers": self._other_numbers(),
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "step": self.step_id.name or "",
            "attempt": self.attempt,
            "attempts": self.step_id.max_attempts,
            "lines": [line._call_line() for line in self.line_ids],
            "history": self._call_history(),
            "alerts": self._call_alerts(),
            "script": self._call_script(),
            "cause_id": claim.cause_id.id,
            "causes": self._call_causes(),
            "objections": self._call_objections(),
        }

    def _other_recipient(self):
        """Return who answers the number, when it is not the debtor."""
        recipient = self._recipient()
        return recipient.name if recipient != self.partner_id else ""

    def _other_numbers(self):
        """Return the further numbers (+33…) of who is called."""
        who = self._recipient()
        country = who.country_id or self.company_id._recouv_country()
        return [n for n in who._recouv_dialled(country.code) if n != self.sent_to]

    def _call_history(self):
        """Return the last contacts about what is owed, the newest first."""
        contacts = self.search(
            [
                ("line_ids.claim_id", "in", self.line_ids.claim_id.ids),
                ("id", "!=", self.id),
                "|",
                ("proven_on", "!=", False),
                ("failed_on", "!=", False),
            ],
            order="id desc",
            limit=HISTORY_LENGTH,
        )
        return [contact._as_history() for contact in contacts]

    def _as_history(self):
        label = lambda name: dict(  # noqa: E731
            self._fields[name]._description_selection(self.env)
        ).get(self[name])
        return {
            "id": self.id,
            "date": format_date(self.env, self.proven_on or self.failed_on),
            "channel": label("channel"),
            "outcome": label("call_outcome") or label("failure_type") or label("state"),
            "failed": not self.proven_on,
        }

    def _call_alerts(self):
        """Return what the caller must heed, sentence by sentence."""
        now = fields.Datetime.now()
        alerts = []
        if self.company_id._recouv_next_contact_moment(now) > now:
            alerts.append(
                self.env._("Outside the hours in which debtors may be called.")
            )
        if self.partner_id.parent_id or self.partner_id.child_ids:
            alerts.append(self.env._("Speak with %s alone.", self._recipient().name))
        return alerts

    def _call_causes(self):
        causes = self.env["recouv.cause"].search(
            [("company_id", "in", (False, self.company_id.id))]
        )
        return [
            {"id": cause.id, "name": cause.name, "advice": cause.advice or ""}
            for cause in causes
        ]

    def _call_objections(self):
        objections = self.env["recouv.objection"].search(
            [("company_id", "in", (False, self.company_id.id))]
        )
        return [
            {
                "id": objection.id,
                "name": objection.name,
                "answer": objection.answer,
                "cause_id": objection.cause_id.id,
            }
            for objection in objections
        ]


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def _call_line(self):
        return {
            "id": self.id,
            "label": self.label,
            "kind": self.kind,
            "date_due": format_date(self.env, self.date_due) if self.date_due else "",
            "amount": self.amount,
        }

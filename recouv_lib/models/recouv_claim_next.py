from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..lib import next_step

# days a debtor is left in peace after a friendly agreement, or an explanation asked
WAIT_DAYS, EXPLAIN_DAYS = 7, 14


class RecouvClaim(models.Model):
    """The next best step after a call, and doing it (requirements A05, A11)."""

    _inherit = "recouv.claim"

    hastened_step_id = fields.Many2one(
        "recouv.step", readonly=True, copy=False, ondelete="set null"
    )
    hastened_on = fields.Date(
        "Brought forward to",
        readonly=True,
        copy=False,
        help="After a refusal without a reason the next step comes sooner, never "
        "before a deadline already given to the debtor.",
    )

    # --- proposing ------------------------------------------------------------------

    def _propose_next(self, call=None):
        """Return what may be done after the last call about this claim, best first.

        :param call: that call; the last one recorded by default
        :return: list of dicts ``code``, ``label``, ``why`` and ``action`` (the method
            argument of :meth:`_apply_next`)
        """
        self.ensure_one()
        call = call or self._last_call()
        if not call.call_outcome:
            return []
        labels = self._next_labels()
        return [
            {"code": code, "action": code, "label": label, "why": why}
            for code in next_step.propose(self._next_case(call))
            for label, why in [labels[code]]
        ]

    def _last_call(self):
        return self.env["recouv.notice"].search(
            [
                ("line_ids.claim_id", "in", self.ids),
                ("channel", "=", "call"),
                ("call_outcome", "!=", False),
            ],
            order="id desc",
            limit=1,
        )

    def _next_case(self, call):
        return next_step.Case(
            outcome=call.call_outcome,
            cause=self.cause_id.code or None,
            tries=call._silent_tries(),
            can_write=bool(call._details_channel()),
            more_tries=self.next_step_id == call.step_id and bool(self.next_date),
        )

    @api.model
    def _next_labels(self):
        """Return {code: (label, why)} of all that may be proposed."""
        _ = self.env._
        return {
            "send_details": (
                _("Send the payment details"),
                _("Sum, reference and ways to pay at hand make paying easy."),
            ),
            "wait": (
                _("Wait %s days", WAIT_DAYS),
                _("A courteous reminder is enough: leave time to pay."),
            ),
            "explain_fees": (
                _("Explain the invoice"),
                _("Every question on fees is answered; the relance waits meanwhile."),
            ),
            "offer_plan": (
                _("Offer instalments"),
                _("In several times, free of charge: better than nothing at all."),
            ),
            "open_dispute": (
                _("Note a dispute"),
                _("The relance stops until the dispute is answered."),
            ),
            "answer_dispute": (
                _("Have the dispute answered"),
                _("The relance is stopped; the practice now owes an answer."),
            ),
            "hasten": (
                _("Bring the next step forward"),
                _("A refusal without a reason: insisting on the phone does not help."),
            ),
            "next_channel": (
                _("Call no more, write"),
                _("Nobody answered three times: another channel reaches better."),
            ),
            "search_number": (
                _("Search the right number"),
                _("Without a number that answers no call is possible."),
            ),
            "go_on": (
                _("Let the schedule go on"),
                _("Nothing more to do: the next step comes in its time."),
            ),
        }

    # --- doing ----------------------------------------------------------------------

    def _apply_next(self, code, call=None):
        """Do what :meth:`_propose_next` proposed.

        :return: an action to open, or None
        :raise UserError: it was not proposed
        """
        call = call or self[:1]._last_call()
        lead = call.lead_claim_id or self[:1]
        if code not in [option["code"] for option in lead._propose_next(call)]:
            raise UserError(self.env._("This is not possible any more."))
        return getattr(self, f"_next_{code}")(call)

    def _next_go_on(self, call):
        """Nothing: the schedule goes on."""

    def _next_send_details(self, call):
        call._send_details()

    def _next_wait(self, call):
        until = fields.Date.add(fields.Date.context_today(self), days=WAIT_DAYS)
        note = self.env._("Time to pay, agreed on the phone.")
        self._hold("other", note, date_to=until, notice_id=call.id)

    def _next_explain_fees(self, call):
        until = fields.Date.add(fields.Date.context_today(self), days=EXPLAIN_DAYS)
        note = self.env._("An explanation of the invoice was asked for.")
        self._hold("other", note, date_to=until, notice_id=call.id)
        self._next_todo(
            call, self.env._("Explain the invoice to %s", call.partner_id.name)
        )

    def _next_offer_plan(self, call):
        """Open the dialog of instalments, on what was not paid since the call."""
        return self._still_owed().action_agree()

    def _next_open_dispute(self, call):
        note = self.env._("Said on the phone.")
        self._hold("dispute", note, notice_id=call.id)

    def _next_answer_dispute(self, call):
        self._next_todo(
            call, self.env._("Answer the dispute of %s", call.partner_id.name)
        )

    def _next_search_number(self, call):
        self._next_todo(
            call, self.env._("Search the number of %s", call.partner_id.name)
        )

    def _next_next_channel(self, call):
        call._record({"is_last_attempt": True})
        call._refresh_claims()

    def _next_hasten(self, call):
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        for claim in self:
            claim.write(
                {
                    "hastened_step_id": claim.next_step_id.id,
                    "hastened_on": max(tomorrow, claim._after_deadlines()),
                }
            )
        self._refresh_ladder()

    def _next_todo(self, call, summary):
        (call.lead_claim_id or self[:1])._schedule_todo(summary)

    # --- brought forward ------------------------------------------------------------

    def _after_deadlines(self):
        """Return the day after the last deadline given to the debtor."""
        given = self.notice_line_ids.notice_id.filtered("proven_on").mapped(
            "deadline_date"
        )
        return max([day + timedelta(days=1) for day in given if day] or [self.date_due])

    def _store_position(self, where):
        """EXTENDS: a step brought forward keeps its earlier day."""
        return super()._store_position(self._hastened(where))

    def _hastened(self, where):
        if (
            not self.hastened_on
            or not where.next_date
            or where.next_step_id != self.hastened_step_id.id
        ):
            return where
        return replace(where, next_date=min(where.next_date, self.hastened_on))


class RecouvNotice(models.Model):
    """What a call is the origin of."""

    _inherit = "recouv.notice"

    next_code = fields.Char("Done after the call", readonly=True, copy=False)
    is_last_attempt = fields.Boolean(
        "No further call",
        readonly=True,
        copy=False,
        help="Someone decided that calling again does not help.",
    )
    hold_ids = fields.One2many("recouv.hold", "notice_id", "Suspensions it led to")
    details_of_id = fields.Many2one(
        "recouv.notice",
        "Sent after the call",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def _next_options(self):
        return self.lead_claim_id._propose_next(self)

    def _apply_next(self, code):
        """Do, once, what was proposed after this call.

        :raise UserError: something was done already, or it was not proposed
        """
        self.ensure_one()
        self.check_access("write")
        if self.next_code:
            raise UserError(self.env._("This was done already after this call."))
        action = self.line_ids.claim_id._apply_next(code, self)
        if not action:  # a dialog that opens is not done yet
            self._record({"next_code": code})
        return action

    def _silent_tries(self):
        """Return how often nobody answered in this step, this call included."""
        return self.search_count(
            [
                ("line_ids.claim_id", "in", self.lead_claim_id.ids),
                ("step_id", "=", self.step_id.id),
                ("channel", "=", "call"),
                ("call_outcome", "=", "unreachable"),
                ("state", "!=", "cancelled"),
            ]
        )

    def _after_conversation(self, outcome, note, until):
        """EXTENDS: what is suspended says by which call, so that it can be undone."""
        origin = self.with_context(recouv_from_notice=self.id)
        return super(RecouvNotice, origin)._after_conversation(outcome, note, until)

    # --- payment details ------------------------------------------------------------

    def _details_channel(self):
        """Return how the payment details can reach the debtor now, or None."""
        self.ensure_one()
        forbidden = self.partner_id._recouv_forbidden
        reachable = self._email_recipient().email and self.company_id.email
        if reachable and not forbidden("email"):
            return "email"
        return "sms" if self._sms_number() and not forbidden("sms") else None

    def _send_details(self):
        """Send sum, reference and ways to pay, as asked for on the phone.

        A notice without a step: it is evidence, and moves nobody on the schedule.

        :raise UserError: it is not the hour for texts, or it could not be sent
        """
        self.company_id._recouv_check_may_send()
        channel = self._details_channel()
        now = fields.Datetime.now()
        if channel == "sms" and self.company_id._recouv_next_contact_moment(now) > now:
            raise UserError(self.env._("It is not the hour at which texts may leave."))
        # sudo: nobody makes notices by hand; the values are those of the call
        details = self.env["recouv.notice"].sudo().create(self._details_values(channel))
        details = details.sudo(False).with_company(self.company_id)
        details._deliver()
        if details.state == "failed":
            raise UserError(details.failure_message or details.display_name)
        return details

    def _details_values(self, channel):
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "recipient_id": self.partner_id.id,
            "lead_claim_id": self.lead_claim_id.id,
            "capacity": self.capacity,
            "channel": channel,
            "state": "sending",
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date_proposed": fields.Date.context_today(self),
            "date_sending": fields.Datetime.now(),
            "idempotency_key": f"details:{self.id}",
            "details_of_id": self.id,
            "line_ids": [
                Command.create(line.copy_data({"notice_id": False})[0])
                for line in self.line_ids
            ],
        }

    def _render_template(self, step, template, lang, parts):
        """EXTENDS: payment details stand on no step and have a text of their own."""
        if not step and not template:
            name = "sms" if self[:1].channel == "sms" else "mail"
            template = self.env.ref(f"recouv_lib.{name}_template_details")
        return super()._render_template(step, template, lang, parts)

    @api.model
    def _as_contact(self, row):
        """EXTENDS: no further try on a channel that someone gave up."""
        contact = super()._as_contact(row)
        if row.get("is_last_attempt"):
            return replace(contact, permanent=True)
        return contact


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    notice_id = fields.Many2one(
        "recouv.notice",
        "Follows from",
        readonly=True,
        check_company=True,
        default=lambda self: self.env.context.get("recouv_from_notice"),
        index="btree_not_null",
        help="The call, or the returned letter, that led to it.",
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _recouv_check_may_send(self):
        """Refuse to send where the relance is stopped, or on a copy for tests."""
        gaps = self._recouv_live_gaps()
        if gaps:
            raise UserError("\n".join(gaps))
        if self._recouv_is_neutralized():
            raise UserError(
                self.env._("This database is a copy for tests: nothing leaves.")
            )

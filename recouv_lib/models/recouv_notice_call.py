import re

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.wording import labelled

PLACEHOLDER = re.compile(r"\{\{\s*object\.text_(\w+)\s*\}\}")


class RecouvNotice(models.Model):
    """Calls: an activity with a script for a human, who records the outcome.

    A prepared call waits in state ``printed`` ("Ready"). It disappears when its
    claim is paid or suspended meanwhile (:meth:`_refresh_calls`). Speaking to the
    debtor or leaving a voice message proves the contact; nobody at the other end is
    a failed attempt.
    """

    _inherit = "recouv.notice"

    activity_id = fields.Many2one(
        "mail.activity",
        "Call to make",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # the recipient's: for some people it is never the debtor's own number
    phone = fields.Char(related="recipient_id.phone", string="Phone")

    def _deliver_call(self):
        for notice in self:
            debtor = notice._recipient()
            country = debtor.country_id or notice.company_id._recouv_country()
            numbers = debtor._recouv_dialled(country.code)
            if numbers:
                notice._record({"state": "printed", "sent_to": numbers[0]})
                notice._schedule_call()
            else:
                message = self.env._(
                    "%(debtor)s has no usable phone number.",
                    debtor=debtor.name,
                )
                notice._fail("no_number", message)

    def _schedule_call(self):
        for notice in self:
            activity = notice.lead_claim_id.activity_schedule(
                "recouv_lib.mail_activity_type_call",
                summary=self.env._(
                    "Call %(debtor)s, %(number)s",
                    debtor=notice._recipient().name,
                    number=notice.sent_to,
                ),
                note=notice._call_script(),
                user_id=notice.company_id._recouv_responsible().id,
            )
            notice._record({"activity_id": activity.id})

    def _call_script(self):
        """Return the step's script with its placeholders filled, for the caller."""
        self.ensure_one()
        texts = self._text_values()
        return Markup(
            PLACEHOLDER.sub(
                lambda found: escape(texts.get(found[1], "")),
                self.step_id.call_script or "",
            )
        )

    # --- what changed meanwhile -----------------------------------------------------

    def _refresh_calls(self):
        """Withdraw calls whose claim was paid or suspended meanwhile.

        Sums are read again; a call whose activity somebody deleted gets a new one.

        :return: the calls still to make
        """
        waiting = self.filtered(lambda n: n.channel == "call" and n.state == "printed")
        kept = waiting._still_standing(lambda n, *now: n._drop_and_update(*now))
        kept.filtered(lambda n: not n.activity_id.active)._schedule_call()
        return kept

    def _cancel(self, code):
        """EXTENDS: a call withdrawn leaves nobody's list of activities."""
        result = super()._cancel(code)
        # the activity may be another user's
        self.activity_id.sudo().unlink()
        return result

    @api.model
    def _cron_refresh_calls(self):
        """Withdraw, each day, the prepared calls that are no longer to be made."""
        domain = [("channel", "=", "call"), ("state", "=", "printed")]
        for [company] in self._read_group(domain, ["company_id"]):
            calls = company._recouv_for_people(self).search(
                [*domain, ("company_id", "=", company.id)]
            )
            calls._refresh_calls()

    # --- actions --------------------------------------------------------------------

    @api.model
    def action_open_calls(self):
        """Open the calls still to make, read again at this moment."""
        calls = self.search([("channel", "=", "call"), ("state", "=", "printed")])
        kept = calls._refresh_calls()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_notice_call_action"
        )
        still = [("id", "in", kept.ids), ("state", "=", "printed")]
        return action | {"domain": still}

    def action_record_call(self):
        """Open the outcome dialog; say so when the call is no longer to be made."""
        self.ensure_one()
        if self.channel != "call":
            raise UserError(self.env._("%(name)s is no call.", name=self.display_name))
        if self.state == "printed" and not self._refresh_calls():
            return self._no_longer_action()
        self._check_states(("printed",))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Outcome of the call"),
            "res_model": "recouv.call.outcome",
            "view_mode": "form",
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def _no_longer_action(self):
        messages = self.env["recouv.engine"]._blocker_messages()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("This call is no longer to be made"),
                "message": messages.get(self.cancel_code, self.cancel_code),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- outcome --------------------------------------------------------------------

    def _record_outcome(self, outcome, note="", until=None):
        """Record how a call ended, suspend what it suspends, close its activity.

        :param outcome: one of :data:`recouv_notice.CALL_OUTCOMES`
        :param until: last day of the suspension, for a promise (required) or dispute
        :raise UserError: the call was recorded already, or a promise has no date
        """
        self.ensure_one()
        self._check_states(("printed",))
        label = dict(self._fields["call_outcome"]._description_selection(self.env))[
            outcome
        ]
        self._check_promise(outcome, until)
        self._record({"call_outcome": outcome})
        self._close_call(f"{label}. {note}" if note else label)
        if outcome == "unreachable":
            self._fail("unreachable", label)
        elif outcome == "wrong_number":
            self._fail("bad_number", labelled(self.env, label, self.sent_to))
        else:
            self._prove(date_sent=fields.Datetime.now())
            self._after_conversation(outcome, note, until)

    def _check_promise(self, outcome, until):
        if outcome != "promise":
            return
        if not until:
            raise UserError(self.env._("Say by which day payment was promised."))
        if until < fields.Date.context_today(self):
            raise UserError(self.env._("The promised day is already past."))

    def _after_conversation(self, outcome, note, until):
        claims = self.line_ids.claim_id
        if outcome in ("promise", "dispute"):
            last_day = until if outcome == "promise" else False
            claims._hold(outcome, note, date_to=last_day)
        elif outcome == "plan":
            self.lead_claim_id._schedule_todo(
                self.env._(
                    "%(debtor)s asks for instalments", debtor=self.partner_id.name
                ),
                note,
            )

    def _close_call(self, feedback):
        """Mark the activity as done, whoever it was for; its outcome stays."""
        # sudo: the activity may be a colleague's; it is the one of this notice
        self.activity_id.sudo().with_context(recouv_call_recorded=True).action_feedback(
            feedback=feedback
        )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        # EXTENDS 'mail': a call is done when its outcome is recorded, not before
        calls = (
            self.env["recouv.notice"]
            .sudo()
            .search(  # only their existence
                [("activity_id", "in", self.ids), ("state", "=", "printed")]
            )
        )
        if calls and not self.env.context.get("recouv_call_recorded"):
            raise UserError(
                self.env._(
                    "Record the outcome of the call instead (button “Record a call” on "
                    "the claim): the next step depends on it."
                )
            )
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    has_call = fields.Boolean(compute="_compute_has_call")

    def _compute_has_call(self):
        calls = self._pending_calls()
        for claim in self:
            claim.has_call = claim in calls.lead_claim_id

    def _pending_calls(self):
        return self.env["recouv.notice"].search(
            [
                ("lead_claim_id", "in", self.ids),
                ("channel", "=", "call"),
                ("state", "=", "printed"),
            ]
        )

    def action_record_call(self):
        """Record the outcome of the call prepared for this claim."""
        self.ensure_one()
        call = self._pending_calls()[:1]
        if not call:
            raise UserError(self.env._("No call is prepared for this claim."))
        return call.action_record_call()

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .recouv_notice_letter import PAPER_CHANNELS

# what stands behind a notice in these states can be withdrawn as a whole
WITHDRAWABLE = ("printed", "sent", "failed", "returned")
# of a later step: nothing of it has left the practice yet
WAITING = ("proposed", "queued", "printed")


class RecouvNotice(models.Model):
    """Undoing a notice, the outcome of a call or of a registered letter, a hand-over.

    The last thing that happened is undone first: an outcome brings the notice back to
    where it was before, a notice without one is withdrawn. The claim reads its
    position again; document, note and reason stay.
    """

    _name = "recouv.notice"
    _inherit = ["recouv.notice", "recouv.undo.mixin"]

    def action_undo(self, reason=None):
        """EXTENDS: one way to undo, with its obstacles."""
        self.undo(reason or "undone")
        return True

    # --- obstacles ------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what has left since stands on this notice."""
        if self.state == "cancelled":
            return self.env._("It was withdrawn already.")
        if self.state not in WITHDRAWABLE and not self._has_outcome():
            return self.env._(
                "In state “%s” there is nothing to undo.", self._state_label()
            )
        if self.provider_ref:
            return self.env._("It is already with the postal provider.")
        if later := self._left_since():
            if not later.proven_on:
                return self.env._("%s is on its way already.", later.display_name)
            return self.env._(
                "%(notice)s has left since, on %(date)s.",
                notice=later.display_name,
                date=format_date(self.env, later.proven_on),
            )
        return None

    def _undo_summary(self):
        """EXTENDS: say what is withdrawn with it, to be taken out of the pile."""
        summary, waiting = super()._undo_summary(), self._waiting_since()
        if plans := self._own_plans():
            summary = self.env._(
                "%(notice)s; undone with it: %(plans)s",
                notice=summary,
                plans=", ".join(plans.mapped("display_name")),
            )
        if not waiting:
            return summary
        return self.env._(
            "%(notice)s; withdrawn with it: %(later)s",
            notice=summary,
            later=", ".join(waiting.mapped("display_name")),
        )

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _later_domain(self):
        """Return the domain of later steps that name a claim of these notices."""
        return Domain(
            [
                ("id", ">", min(self.ids, default=0)),
                ("id", "not in", self.ids),
                ("line_ids.claim_id", "in", self.line_ids.claim_id.ids),
                ("step_id", "!=", False),
            ]
        )

    def _left_since(self):
        """Return a later step that names a claim of this notice and has left, proven or
        not yet, or is in the hands of who posts it."""
        left = Domain("state", "in", ("sending", "sent", "delivered")) | Domain(
            "state", "=", "printed"
        ) & Domain("provider_ref", "!=", False)
        return self.search(self._later_domain() & left, order="id", limit=1)

    def _waiting_since(self):
        """Return the later steps that name a claim of these and have not left."""
        return self.search(self._later_domain() & Domain("state", "in", WAITING))

    def _withdraw_waiting(self):
        """Withdraw what was proposed or printed on the strength of these notices.

        What was made of an open pile no longer says what is in it: print it anew.
        """
        waiting = self._waiting_since()
        waiting._cancel("undone")
        piles = waiting.posting_id.filtered(lambda pile: pile.state == "open")
        # sudo: papers of a pile that this user may undo, as when they are printed anew
        (piles.document_id | piles.slip_id).sudo().unlink()
        for notice in waiting:
            for claim in notice.line_ids.claim_id:
                claim.message_post(
                    body=self.env._(
                        "%s was not sent yet and is withdrawn: the step before it was "
                        "undone. If it is printed, take it out of the pile.",
                        notice.display_name,
                    )
                )

    # --- undoing --------------------------------------------------------------------

    def _has_outcome(self):
        """Whether a person recorded how it ended, which can be taken back alone."""
        self.ensure_one()
        return bool(
            (self.channel == "call" and self.call_outcome)
            or self.delivery_outcome
            or self.state == "returned"
            or (self.channel == "handover" and self.state == "sent")
        )

    def _undo(self):
        self._withdraw_waiting()
        for notice in self:
            notice._lift_own_holds()
            if not notice._has_outcome():
                notice._cancel("undone")
            elif notice.channel == "call":
                notice._undo_call()
            elif notice.channel == "handover":
                notice._record({"state": "printed", **notice._no_proof()})
                notice._refresh_claims()
            else:
                notice._undo_delivery()

    def _record_undo(self, vals):
        """EXTENDS: the reason is kept on the claim; a withdrawn notice says it too."""
        for notice in self:
            gone = notice.state == "cancelled"
            # what is ready again may be done and undone anew: its log is on the claim
            notice._record(
                vals | {"cancel_code": vals["undo_reason"]}
                if gone
                else {**vals, "undone_on": False}
            )
            for claim in notice.line_ids.claim_id:
                claim.message_post(
                    body=self.env._(
                        "%(notice)s: undone. %(reason)s",
                        notice=notice.display_name,
                        reason=vals["undo_reason"],
                    )
                )

    @api.model
    def _no_proof(self):
        return {
            "proven_on": False,
            "failed_on": False,
            "failure_type": False,
            "failure_message": False,
            "date_sent": False,
            "deadline_date": False,
        }

    def _undo_call(self):
        """The call is to be made again; what it suspended may leave again."""
        claims = self.line_ids.claim_id
        mine = claims.filtered(lambda c: self.next_code == "hasten")
        mine.write({"hastened_on": False, "hastened_step_id": False})
        self._record(
            {
                "state": "printed",
                "call_outcome": False,
                "next_code": False,
                "is_last_attempt": False,
                "caller_id": False,
                "caller_since": False,
                **self._no_proof(),
            }
        )
        self._refresh_claims()
        self._schedule_call()

    def _undo_delivery(self):
        """The letter is posted and nothing more is known of it."""
        # the proof of a registered letter is its deposit
        posted = self.posting_id.date_posted or (
            self.date_sent and fields.Date.context_today(self, self.date_sent)
        )
        self._record(
            {
                "state": "sent",
                "delivery_outcome": False,
                "date_presented": False,
                "date_delivered": False,
                "failed_on": False,
                "failure_type": False,
                "failure_message": False,
                "proven_on": posted,
                "deadline_date": self._posted_deadline(posted),
            }
        )
        self._refresh_claims()

    def _lift_own_holds(self):
        """Lift what this call or returned letter suspended.

        What was promised is undone as a whole: what it replaced is agreed again.
        """
        today = fields.Date.context_today(self)
        reason = self.env._("%s was undone.", self.display_name)
        if plans := self._own_plans():
            plans.undo(reason)
        holds = self.hold_ids.filtered(lambda h: not h.plan_id)
        standing = holds.filtered(lambda h: not h.date_to or h.date_to >= today)
        standing.action_lift(reason)

    def _own_plans(self):
        """Return what was promised in this call and has not been ended since."""
        return self.hold_ids.plan_id.filtered(lambda plan: plan.state != "cancelled")

    def _suspend_unknown_address(self):
        """EXTENDS: the suspension says by which letter it came."""
        origin = self.with_context(recouv_from_notice=self.id)
        return super(RecouvNotice, origin)._suspend_unknown_address()

    # --- posted by mistake ----------------------------------------------------------

    def _unpost(self):
        """Letters that did not go to the post after all are ready again."""
        self._withdraw_waiting()
        for notice in self:
            notice._record({"state": "printed", **notice._no_proof(), "cost": 0.0})
        self._refresh_claims()

    def _unpost_obstacle(self):
        """Return why this letter cannot be unposted any more, or None."""
        self.ensure_one()
        if self.channel not in PAPER_CHANNELS or self.state != "sent":
            return self.env._(
                "%(notice)s is in state “%(state)s”.",
                notice=self.display_name,
                state=self._state_label(),
            )
        if self.date_presented:
            return self.env._("%s was presented.", self.display_name)
        return self._undo_obstacle()


class RecouvPosting(models.Model):
    """“All posted” by mistake: the pile is ready to post again."""

    _name = "recouv.posting"
    _inherit = ["recouv.posting", "recouv.undo.mixin"]

    def _undo_obstacle(self):
        if self.state != "posted":
            return self.env._("It was not posted.")
        for letter in self._posted_letters():
            if obstacle := letter._unpost_obstacle():
                return obstacle
        return None

    def _posted_letters(self):
        return self.notice_ids.filtered(lambda n: n.state != "cancelled")

    def _undo(self):
        for posting in self:
            posting._posted_letters()._unpost()
            posting.write({"state": "open", "date_posted": False})

    def _record_undo(self, vals):
        """EXTENDS: posted again, it can be undone again; the claims keep the reason."""
        self._undoing().write({**vals, "undone_on": False})
        for claim in self._posted_letters().line_ids.claim_id:
            claim.message_post(
                body=self.env._(
                    "The letter was not posted after all. %s", vals["undo_reason"]
                )
            )

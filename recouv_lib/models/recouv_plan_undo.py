from odoo import fields, models
from odoo.exceptions import AccessError

from .recouv_plan import STATES

# standings in which a settlement that a manager approved still binds
ENDABLE = ("running", "kept")


class RecouvPlan(models.Model):
    """What was agreed, replaced or ended by mistake is put back as it stood.

    Undoing an agreement voids it and lets the one that it replaced run again. Undoing
    an end lets the agreement itself run again. Either only as long as the sums still
    fit: what a debtor pays follows what was agreed with him, to the cent.
    """

    _inherit = "recouv.plan"

    replaced_by_id = fields.Many2one(
        "recouv.plan",
        "Replaced by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    replaced_ids = fields.One2many(
        "recouv.plan", "replaced_by_id", "Replaces", readonly=True
    )
    state_before = fields.Selection(
        STATES, "State before its end", readonly=True, copy=False
    )
    ended_on = fields.Datetime(
        "Ended by hand on", readonly=True, copy=False, help="This can be undone."
    )

    # --- ending ---------------------------------------------------------------------

    def _replace(self, plan):
        """End these agreements because ``plan`` takes their place."""
        self._cancel(
            self.env._("Replaced by another agreement."), replaced_by_id=plan.id
        )

    def _end(self, reason):
        """End agreements by the decision of a human, who may take it back."""
        self._cancel(reason, ended_on=fields.Datetime.now())

    def _check_may_end(self):
        """:raise AccessError: a manager approved it: a manager ends it"""
        for plan in self:
            if plan.standing in ENDABLE and plan._is_managers():
                raise AccessError(
                    self.env._(
                        "%(plan)s was approved by a manager, who alone can end it.",
                        plan=plan.display_name,
                    )
                )

    def _is_managers(self):
        """Whether a manager approved it and this user is none."""
        self.ensure_one()
        return (
            not self.env.su
            and self.kind == "settlement"
            and bool(self.decided_by_id)
            and not self.env.user.has_group("recouv_lib.group_manager")
        )

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        is_over = self.state == "cancelled"
        if is_over and not self.ended_on:
            return self.env._("It was cancelled already.")
        if (is_over or self.standing in ENDABLE) and self._is_managers():
            return self.env._("a manager approved it, who alone can undo it.")
        return self._end_obstacle() if is_over else None

    def _end_obstacle(self):
        """Return why its end by hand can be taken back no more, or None."""
        if self._left_since_end():
            return self.env._("a notice has left since. Agree anew.")
        return self._return_obstacle()

    def _undo_summary(self):
        """EXTENDS: of what was ended, it is the end that is undone."""
        if self.ended_on:
            return self.env._("%(plan)s: it is agreed again.", plan=self.display_name)
        return super()._undo_summary()

    def _left_since_end(self):
        return self.env["recouv.notice"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("date_sent", ">", self.ended_on),
                ("line_ids.claim_id", "in", self.claim_ids.ids),
            ],
            limit=1,
        )

    def _return_obstacle(self):
        """Return why it cannot stand again as it stood, or None."""
        # what was paid since it ended may not have been read again
        self._forget_derived()
        if live := self.claim_ids._live_plans() - self:
            return self.env._("%(plan)s is agreed now.", plan=live[0].display_name)
        if obstacle := self.partner_id._recouv_plan_obstacle(self.company_id):
            return obstacle
        if self.claim_ids.filtered("closed_on") or not self._sums_fit():
            return self.env._("what is owed has changed since. Agree anew.")
        return None

    def _undo(self):
        """As if it had never been agreed: its acknowledgment of debt is void, and what
        it replaced is agreed again. An end is taken back in :meth:`_record_undo`."""
        live = self.filtered(lambda plan: plan.state != "cancelled")
        live._cancel(self.env._("Undone"))
        live.acknowledgment_ids.write({"is_void": True})
        for plan in live.replaced_ids:
            plan._bring_back()

    def _bring_back(self):
        """Let an agreement stand again whose replacement was undone, or say why not."""
        if self.undone_on or self.state != "cancelled":
            return
        if obstacle := self._return_obstacle():
            self.message_post(
                body=self.env._(
                    "What had replaced it was undone; it stays ended: %(obstacle)s",
                    obstacle=obstacle,
                )
            )
            return
        self._stand_again()
        self.message_post(
            body=self.env._("What had replaced it was undone: it is agreed as before.")
        )

    def _record_undo(self, vals):
        """EXTENDS: an agreement whose end is taken back is not undone itself."""
        ended = self.filtered("ended_on")
        for plan in ended:
            plan._stand_again()
            plan.message_post(
                body=self.env._(
                    "Its end was taken back: %(reason)s", reason=vals["undo_reason"]
                )
            )
        return super(RecouvPlan, self - ended)._record_undo(vals)

    def _stand_again(self):
        """Put back what stood before the end, the suspension included."""
        # from before this was kept: only what ran could be replaced or ended
        state = self.state_before or "agreed"
        self._record(
            {
                "state": state,
                "state_before": False,
                "cancel_reason": False,
                "replaced_by_id": False,
                "ended_on": False,
            }
        )
        for hold in self.hold_ids.filtered("lifted_by_id"):
            hold._stand_again(self.env._("the agreement stands again"))
        if state == "agreed" and not self.hold_ids:
            self._start()
        self._forget_derived()

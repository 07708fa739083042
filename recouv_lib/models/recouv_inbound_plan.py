from odoo import fields, models

# an agreement in these states suspends nothing yet: a manager decides first
WAITING = ("proposed", "to_review")


class RecouvInbound(models.Model):
    """A reply with an offer is paused until a manager has decided on the offer.

    An agreement that runs suspends its claims itself, so making it handles the reply.
    One that a manager must grant suspends nothing: the pause of the reply goes on, and
    ends with the decision. Where the offer falls without one (it is undone, its invoice
    changed), the reply is to handle again.
    """

    _inherit = "recouv.inbound"

    state = fields.Selection(
        selection_add=[("offered", "Waits for a manager"), ("handled",)],
        ondelete={"offered": "set default"},
    )
    plan_id = fields.Many2one(
        "recouv.plan",
        "Agreement offered",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="The pause lasts until a manager has decided on it.",
    )

    def _agreed(self, plan):
        """Handled by ``plan`` once it suspends the claims; until then they pause."""
        if plan.state not in WAITING:
            return self._handle()
        return self.filtered(lambda reply: reply.state != "handled")._record(
            {"state": "offered", "plan_id": plan.id}
        )

    def _offered(self):
        return self.filtered(lambda reply: reply.state == "offered")

    def action_reopen(self):
        """EXTENDS: what a manager decided on is decided."""
        handled = self.filtered(lambda reply: reply.state == "handled")
        result = super().action_reopen()
        handled._record({"plan_id": False})
        return result


class RecouvPlan(models.Model):
    """What is decided on an offer ends the pause of the reply that made it."""

    _inherit = "recouv.plan"

    inbound_ids = fields.One2many(
        "recouv.inbound", "plan_id", "Replies", readonly=True, copy=False
    )

    def _decide(self):
        """EXTENDS: it suspends from now on, the reply no more."""
        result = super()._decide()
        self._answer()
        return result

    def _replace(self, plan):
        """EXTENDS: what waited for this one waits for that one."""
        self._answer(plan)
        return super()._replace(plan)

    def _end(self, reason):
        """EXTENDS: refused by a manager is decided: the schedule resumes. Whoever else
        ends an offer leaves its reply to handle again (:meth:`_cancel`)."""
        if self.env.su or self.env.user.has_group("recouv_lib.group_manager"):
            self._answer()
        return super()._end(reason)

    def _answer(self, plan=None):
        """End the pause of the replies that wait, unless they now wait for ``plan``."""
        replies = self.inbound_ids._offered()
        if replies and plan:
            replies._agreed(plan)
        elif replies:
            replies._handle()

    def _cancel(self, reason, **values):
        """EXTENDS: it fell and nobody decided: somebody must answer the debtor."""
        result = super()._cancel(reason, **values)
        self.inbound_ids._offered()._record({"state": "to_handle", "plan_id": False})
        return result

    def _stand_again(self):
        """EXTENDS: an offer that waits again pauses again."""
        replies = self.inbound_ids
        result = super()._stand_again()
        if self.state in WAITING and replies:
            replies.action_reopen()
            replies._agreed(self)
        return result

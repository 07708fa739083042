from odoo import fields, models

from .account_move_screens import READERS


class MailActivity(models.Model):
    _inherit = "mail.activity"

    recouv_notice_id = fields.Many2one(
        "recouv.notice",
        "Follows from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        default=lambda self: self.env.context.get("recouv_from_notice"),
        groups=READERS,
        help="The call, or the letter, that led to this task.",
    )


class RecouvNotice(models.Model):
    """The tasks that a call or a returned letter led to go when it is undone."""

    _inherit = "recouv.notice"

    def _ask_a_human(self):
        """EXTENDS: the task says by which notice it came."""
        result = None
        for notice in self:
            origin = notice.with_context(recouv_from_notice=notice.id)
            result = super(RecouvNotice, origin)._ask_a_human()
        return result

    def _lift_own_holds(self):
        """EXTENDS: what it asked of somebody is to be done no more."""
        result = super()._lift_own_holds()
        # sudo: the task may be a colleague's; one that was done stays in the thread
        tasks = self.env["mail.activity"].sudo()
        tasks.search([("recouv_notice_id", "in", self.ids)]).unlink()
        return result


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _next_todo(self, call, summary):
        """EXTENDS: the task says by which call it came."""
        origin = self.with_context(recouv_from_notice=call.id)
        return super(RecouvClaim, origin)._next_todo(call.with_env(origin.env), summary)

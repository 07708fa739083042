from odoo import fields, models


class RecouvClaim(models.Model):
    """A review decided by mistake: the claim waits in review again.

    Possible until a notice that names it has left since.
    """

    _name = "recouv.claim"
    _inherit = ["recouv.claim", "recouv.undo.mixin"]

    review_left_at = fields.Datetime("Review decided on", readonly=True, copy=False)

    def action_release_review(self):
        """EXTENDS: when it left the review, for whoever wants it back there."""
        waiting = self.filtered("in_review")
        waiting.write({"review_left_at": fields.Datetime.now()})
        return super().action_release_review()

    def _undo_obstacle(self):
        """EXTENDS: only a review decided, and nothing sent since."""
        if self.in_review or not self.review_left_at:
            return self.env._("No review of it was decided.")
        left = self.notice_line_ids.notice_id.filtered(
            lambda n: (
                not n.is_manual_entry
                and n.state in ("sending", "sent", "delivered")
                and n.create_date >= self.review_left_at
            )
        )
        if left:
            return self.env._("%s has left since.", left[:1].display_name)
        return None

    def _undo(self):
        """The notices proposed since are withdrawn; the claims wait in review."""
        waiting = self.notice_line_ids.notice_id.filtered(
            lambda n: n.state in ("proposed", "queued")
        )
        waiting._cancel("review")
        self.write({"in_review": True, "review_left_at": False})

    def _record_undo(self, vals):
        """EXTENDS: reviewed again, it can be undone again; the thread keeps why."""
        self._undoing().write({**vals, "undone_on": False})
        for claim in self:
            claim.message_post(
                body=self.env._("Back to review. %s", vals["undo_reason"])
            )

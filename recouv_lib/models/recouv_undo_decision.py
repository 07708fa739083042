from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .account_move_screens import READERS

#: what may be undone on records that are no acts themselves: (model, act) → method
DECISIONS = {
    ("account.move", "handed_over"): "_recouv_undo_handed_over",
    ("res.partner", "minor"): "_recouv_undo_minor",
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_recouv_ask_undo_minor(self):
        """Ask why the parent of this minor is to be contacted no more."""
        return self.env["recouv.undo"]._ask(self, "minor")

    def _recouv_undo_minor(self, reason):
        """The practitioner takes the decision back: nothing leaves to the parent.

        What left stays; what is proposed is stopped when it would leave.

        :raise AccessError: not a manager; UserError: nothing was decided
        """
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("The practitioner decides whether to contact the parent.")
            )
        self.check_access("read")
        for person in self.filtered(lambda p: not p.recouv_minor_decided_on):
            raise UserError(
                self.env._(
                    "%s: whether to contact the parent was not decided yet.",
                    person.display_name,
                )
            )
        # sudo: as it was decided; only this day, and the group was checked above
        self.sudo().write({"recouv_minor_decided_on": False})
        for person in self.sudo():
            person.message_post(
                body=self.env._("The parent is not to be contacted: %s", reason)
            )


class AccountMove(models.Model):
    _inherit = "account.move"

    recouv_handed_over_on = fields.Date(
        "Given to the patient on",
        readonly=True,
        copy=False,
        groups=READERS,
        help="The day the invoice was given to the patient by hand.",
    )

    def action_recouv_mark_handed_over(self):
        """EXTENDS: the day is kept of those that had not been sent in another way."""
        given = self.filtered(lambda m: m.state == "posted" and not m.is_move_sent)
        given.write({"recouv_handed_over_on": fields.Date.context_today(self)})
        return super().action_recouv_mark_handed_over()

    def action_recouv_ask_undo_handed_over(self):
        """Ask why the invoice does not count as handed over."""
        return self.env["recouv.undo"]._ask(self, "handed_over")

    def _recouv_undo_handed_over(self, reason):
        """The patient does not have the invoice after all: it is to be sent first.

        :raise UserError: it was sent in another way, or a reminder has left since
        """
        self.check_access("write")
        for move in self:
            if obstacle := move._recouv_handed_over_obstacle():
                raise UserError(
                    self.env._(
                        "%(invoice)s: %(obstacle)s",
                        invoice=move.display_name,
                        obstacle=obstacle,
                    )
                )
        self.write({"recouv_handed_over_on": False, "is_move_sent": False})
        for move in self:
            move.message_post(body=self.env._("Not handed over after all: %s", reason))

    def _recouv_handed_over_obstacle(self):
        if not self.recouv_handed_over_on:
            return self.env._("it was not marked as handed over.")
        # sudo: only whether there is one, whoever handed it over
        left = self.env["recouv.notice"].sudo()
        if left.search_count(
            [
                ("line_ids.claim_id.move_id", "=", self.id),
                ("date_sent", "!=", False),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        ):
            return self.env._("a notice about it has left since. Undo that one first.")
        return None

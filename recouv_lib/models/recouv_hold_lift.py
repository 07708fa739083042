from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .recouv_hold_case import ANSWERED_REASONS


class RecouvHold(models.Model):
    """Lifting a suspension, and taking back what was set or lifted by mistake.

    What is over is left as it is: who ended it, when and why is history. What is undone
    has a reason, and its record stays.
    """

    _inherit = "recouv.hold"

    # --- lifting --------------------------------------------------------------------

    def action_lift(self, note=None):
        """EXTENDS: nobody writes to a dead person."""
        self._liftable()._check_estate_known()
        return super().action_lift(note)

    def action_lift_selected(self):
        """Lift what still suspends of a selection.

        :raise UserError: a dispute or complaint ends with its outcome; nothing to lift
        """
        live = self._liftable()
        if not live:
            raise UserError(
                self.env._(
                    "%(suspensions)s: over already, there is nothing to lift.",
                    suspensions=self._names(),
                )
            )
        to_close = live.filtered(
            lambda h: h.reason in ANSWERED_REASONS and not h.outcome
        )
        if to_close:
            raise UserError(
                self.env._(
                    "%(cases)s: open it and record its outcome, which ends it; take it "
                    "out of the selection to lift the others.",
                    cases=to_close._names(),
                )
            )
        return live.action_lift()

    def _names(self):
        """Return whom and what each is about, for a message."""
        return ", ".join(f"{h._debtor().name}, {h.display_name}" for h in self)

    def _liftable(self):
        """EXTENDS: what was undone never was."""
        return super()._liftable().filtered(lambda h: not h.undone_on)

    def _lift_values(self, note):
        """EXTENDS: what it ended before is kept, so that lifting can be undone."""
        before = {"date_to_before": self.date_to, "lifted_on": fields.Datetime.now()}
        return super()._lift_values(note) | before

    def _check_estate_known(self):
        """Nobody writes to a dead person: the estate must be known first."""
        for hold in self.filtered(lambda h: h.reason == "deceased"):
            persons = hold.partner_id | hold.claim_ids.partner_id
            for person in persons.filtered(lambda p: not p.recouv_estate_contact_id):
                raise UserError(
                    self.env._(
                        "%(debtor)s is deceased: name the notary or the contact of "
                        "the estate on the contact first. If it is a mistake, undo "
                        "the suspension instead.",
                        debtor=person.display_name,
                    )
                )

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: a lift after which something left stands; suspend anew instead."""
        obstacle = super()._undo_obstacle()
        if obstacle or not self.lifted_by_id:
            return obstacle
        left = self.env["recouv.notice"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("date_sent", ">", self.lifted_on),
                ("line_ids.claim_id", "in", self._covered_claims().ids),
            ],
            limit=1,
        )
        if left:
            return self.env._("a notice has left since. Suspend anew instead.")
        return None

    def _undo(self):
        """What is put back is one write for each hold: see :meth:`_record_undo`."""

    def _undo_summary(self):
        """EXTENDS: of a case that waits for its credit note, the outcome is undone."""
        if not self._awaits_credit():
            return super()._undo_summary()
        return self.env._(
            "%(case)s: it is open again, without the outcome “%(outcome)s”.",
            case=self.display_name,
            outcome=self._outcome_label(),
        )

    def _awaits_credit(self):
        """Whether an outcome was recorded that did not end the suspension."""
        return bool(self.outcome) and not self.lifted_by_id

    def _record_undo(self, vals):
        """EXTENDS: a hold whose lift or outcome is undone stands again and is not
        undone."""
        lifted = self.filtered("lifted_by_id")
        decided = self.filtered(lambda h: h._awaits_credit())
        for hold in lifted:
            hold._stand_again(vals["undo_reason"])
        for hold in decided:
            hold._open_again(vals["undo_reason"])
        others = self - lifted - decided
        return super(RecouvHold, others)._record_undo(vals) if others else None

    def _open_again(self, reason):
        """Take back an outcome that still suspends: the case waits for another."""
        self._withdraw_credit_requests()
        told = self.env._(
            "%(date)s, %(user)s: outcome “%(outcome)s” taken back: %(reason)s",
            date=format_date(self.env, fields.Date.context_today(self)),
            user=self.env.user.name,
            outcome=self._outcome_label(),
            reason=reason,
        )
        self.write(
            {
                "outcome": False,
                "outcome_on": False,
                "history": "\n".join(filter(None, [self.history, told])),
            }
        )

    def _stand_again(self, reason):
        # sudo: the name of a colleague who may have left the company since
        told = self.env._(
            "%(date)s, %(user)s: lifted by %(lifter)s, taken back: %(reason)s",
            date=format_date(self.env, fields.Date.context_today(self)),
            user=self.env.user.name,
            lifter=self.lifted_by_id.sudo().name,
            reason=reason,
        )
        self.write(
            {
                "date_to": self.date_to_before,
                "date_to_before": False,
                "lifted_by_id": False,
                "lifted_on": False,
                "lift_note": False,
                "outcome": False,
                "outcome_on": False,
                "history": "\n".join(filter(None, [self.history, told])),
            }
        )

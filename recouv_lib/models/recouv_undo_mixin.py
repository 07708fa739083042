from odoo import fields, models
from odoo.exceptions import UserError

from .recouv_evidence_mixin import RECORDING

UNDONE = frozenset({"undone_on", "undone_by_id", "undo_reason"})


class RecouvUndoMixin(models.AbstractModel):
    """An act that may be undone, with a reason, as long as it is not final.

    The record stays as evidence of what was done and undone. A model says what stands
    against it (:meth:`_undo_obstacle`) and puts things back (:meth:`_undo`).
    """

    _name = "recouv.undo.mixin"
    _description = "Act that may be undone"

    undone_on = fields.Datetime(readonly=True, copy=False)
    undone_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    undo_reason = fields.Char("Why it was undone", readonly=True, copy=False)

    def _undo_obstacle(self):
        """Return why this one act can be undone no more (a sentence), or None."""
        self.ensure_one()
        if self.undone_on:
            return self.env._("It was undone already.")
        return None

    def _undo_summary(self):
        """Return what the dialog says of this one act before it is undone."""
        return self.display_name

    def _undo(self):
        """Put things back as they stood before these acts."""
        raise NotImplementedError

    def undo(self, reason):
        """Undo these acts, all or none.

        :param reason: why, kept with each act; required
        :raise UserError: no reason, or an act that can be undone no more, named
        """
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it is undone."))
        self.check_access("write")
        for act in self:
            if obstacle := act._undo_obstacle():
                raise UserError(
                    self.env._(
                        "%(act)s cannot be undone: %(obstacle)s",
                        act=act.display_name,
                        obstacle=obstacle,
                    )
                )
        self._undo()
        self._record_undo(
            {
                "undone_on": fields.Datetime.now(),
                "undone_by_id": self.env.uid,
                "undo_reason": reason,
            }
        )

    def _record_undo(self, vals):
        self._undoing().write(vals)

    def _undoing(self):
        """Return these records with the right to say that they are undone."""
        return self.with_context(recouv_recording=RECORDING)

    def write(self, vals):
        """Refuse, from a person, to say that it is undone: nothing would be put
        back."""
        undoing = self.env.context.get("recouv_recording") is RECORDING
        if UNDONE & vals.keys() and not undoing and not self.env.su:
            self.check_access("write")
            raise UserError(
                self.env._(
                    "%s is undone by its button “Undo”, which puts things back.",
                    self[:1].display_name,
                )
            )
        return super().write(vals)

    def action_ask_undo(self):
        """Open the dialog that asks for the reason."""
        return self.env["recouv.undo"]._ask(self)

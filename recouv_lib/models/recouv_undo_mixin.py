from odoo import api, fields, models
from odoo.exceptions import UserError


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

    def _undo(self):
        """Put things back as they stood before these acts."""
        raise NotImplementedError

    def undo(self, reason):
        """Undo these acts, all or none.

        :param reason: why, kept with each act; required
        :raise UserError: no reason, or an act that can be undone no more, named
        """
        if not (reason or "").strip():
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
                "undo_reason": reason.strip(),
            }
        )

    def _record_undo(self, vals):
        self.write(vals)

    def action_ask_undo(self):
        """Open the dialog that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo"),
            "res_model": "recouv.undo",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_record_ids": ",".join(map(str, self.ids)),
            },
        }


class RecouvUndo(models.TransientModel):
    """Ask why something is undone, then undo it."""

    _name = "recouv.undo"
    _description = "Undo with a reason"

    model = fields.Char(required=True, readonly=True)
    record_ids = fields.Char(required=True, readonly=True)
    summary = fields.Text(compute="_compute_summary")
    reason = fields.Char("Why it is undone", required=True)

    def _records(self):
        """Return the acts to undo; only a model that knows how is accepted."""
        self.ensure_one()
        model = self.env.get(self.model)
        if model is None or not isinstance(model, self.env.registry["recouv.undo.mixin"]):
            raise UserError(self.env._("This cannot be undone here."))
        ids = [int(part) for part in self.record_ids.split(",") if part.isdigit()]
        return model.browse(ids).exists()

    @api.depends("model", "record_ids")
    def _compute_summary(self):
        for wizard in self:
            names = wizard._records().mapped("display_name") if wizard.model else []
            wizard.summary = "\n".join(names)

    def action_undo(self):
        """Undo, and close."""
        self._records().undo(self.reason)
        return {"type": "ir.actions.act_window_close"}

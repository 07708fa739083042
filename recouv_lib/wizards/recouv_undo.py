import re

from odoo import api, fields, models
from odoo.exceptions import UserError


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
        model, mixin = self.env.get(self.model), self.env.registry["recouv.undo.mixin"]
        if model is None or not isinstance(model, mixin):
            raise UserError(self.env._("This cannot be undone here."))
        parts = (self.record_ids or "").split(",")
        # an id has ten digits at most
        ids = [int(part) for part in parts if re.fullmatch(r"[0-9]{1,9}", part)]
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

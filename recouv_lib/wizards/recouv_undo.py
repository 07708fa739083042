import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_undo_decision import DECISIONS


class RecouvUndo(models.TransientModel):
    """Ask why something is undone, then undo it."""

    _name = "recouv.undo"
    _description = "Undo with a reason"

    model = fields.Char(required=True, readonly=True)
    record_ids = fields.Char(required=True, readonly=True)
    act = fields.Char(readonly=True, help="On a record that is no act itself: which.")
    summary = fields.Text(compute="_compute_summary")
    reason = fields.Char("Why it is undone", required=True)

    @api.model
    def _ask(self, records, act=False):
        """Return the action that asks why ``records`` are undone."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": records._name,
                "default_record_ids": ",".join(map(str, records.ids)),
                "default_act": act,
            },
        }

    def _decision(self):
        return DECISIONS.get((self.model, self.act))

    def _records(self):
        """Return the acts to undo; only a model that knows how is accepted."""
        self.ensure_one()
        model, mixin = self.env.get(self.model), self.env.registry["recouv.undo.mixin"]
        if model is None or not (self._decision() or isinstance(model, mixin)):
            raise UserError(self.env._("This cannot be undone here."))
        parts = (self.record_ids or "").split(",")
        # an id has ten digits at most
        ids = [int(part) for part in parts if re.fullmatch(r"[0-9]{1,9}", part)]
        records = model.browse(ids).exists()
        # a name may be made of what one may not read
        records.check_access("read")
        return records

    @api.depends("model", "record_ids")
    def _compute_summary(self):
        for wizard in self:
            records = wizard._records() if wizard.model else ()
            if records and not wizard._decision():
                names = [record._undo_summary() for record in records]
            else:
                names = [record.display_name for record in records]
            wizard.summary = "\n".join(names)

    def action_undo(self):
        """Undo, and close.

        :raise UserError: no reason, or something stands against it
        """
        records, reason = self._records(), (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it is undone."))
        getattr(records, self._decision() or "undo")(reason)
        return {"type": "ir.actions.act_window_close"}

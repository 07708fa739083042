from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.wording import labelled

REASONS = [
    ("agreement", "Agreement found with the patient"),
    ("paid", "Paid to the practice"),
    ("contested", "The invoice is to be looked at again"),
    ("tact", "Out of regard for the patient"),
    ("mistake", "Handed over by mistake"),
    ("results", "No result"),
    ("other", "Other"),
]


class RecouvPlacementRecall(models.TransientModel):
    """Ask why claims are called back from the agency."""

    _name = "recouv.placement.recall"
    _description = "Call claims back"

    claim_ids = fields.Many2many("recouv.claim", string="Claims")
    reason = fields.Selection(REASONS, required=True, default="agreement")
    note = fields.Char(help="Stays with the practice: the agency does not read it.")

    def action_recall(self):
        """Call back, all or none."""
        self.ensure_one()
        if self.reason == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Say why the claim is called back."))
        labels = dict(self._fields["reason"]._description_selection(self.env))
        text = self.note
        if self.reason != "other":
            text = labelled(self.env, labels[self.reason], self.note)
        self.claim_ids._recall(text, self.reason)
        return {"type": "ir.actions.act_window_close"}

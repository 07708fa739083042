from odoo import fields, models
from odoo.exceptions import UserError

from ..lib.wording import labelled

REASONS = [
    ("address", "Nobody can be reached there"),
    ("incomplete", "The file is incomplete"),
    ("time_barred", "The right to sue has expired or is too near"),
    ("insolvent", "Nothing can be expected of the debtor"),
    ("disputed", "Disputed"),
    ("small", "The sum is too small"),
    ("other", "Other"),
]


class RecouvPlacementRefusal(models.TransientModel):
    """Ask the agency why it refuses claims; the practice reads the answer."""

    _name = "recouv.placement.refusal"
    _description = "Refuse claims"

    claim_ids = fields.Many2many("recouv.claim", string="Claims")
    reason = fields.Selection(REASONS, required=True, default="incomplete")
    note = fields.Char(help="The practice reads it.")

    def action_refuse(self):
        """Refuse, all or none."""
        self.ensure_one()
        if self.reason == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Say why the claim is refused."))
        labels = dict(self._fields["reason"]._description_selection(self.env))
        text = self.note
        if self.reason != "other":
            text = labelled(self.env, labels[self.reason], self.note)
        self.claim_ids.action_refuse_placement(text, self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models

from ..models.recouv_write_off import REASONS


class RecouvWriteOffOpinion(models.TransientModel):
    """The agency says of its claims that nothing more can be had."""

    _name = "recouv.write.off.opinion"
    _description = "Propose to write off"

    claim_ids = fields.Many2many("recouv.claim", required=True)
    reason = fields.Selection(REASONS, required=True)
    opinion = fields.Text(
        required=True,
        help="What was tried and found; the practice prints it on the certificate.",
    )

    def action_confirm(self):
        """Tell the practices; each decides on its own claims."""
        self.ensure_one()
        self.claim_ids._give_opinion(self.reason, self.opinion)
        return {"type": "ir.actions.act_window_close"}

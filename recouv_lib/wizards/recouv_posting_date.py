from odoo import fields, models


class RecouvPostingDate(models.TransientModel):
    """Letters that were posted on another day than today."""

    _name = "recouv.posting.date"
    _description = "Letters posted on a day"

    posting_id = fields.Many2one("recouv.posting")
    notice_ids = fields.Many2many("recouv.notice")
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )

    def action_apply(self):
        """Record the day for the whole pile, or for the letters chosen."""
        self.ensure_one()
        if self.posting_id:
            self.posting_id._mark_posted(self.date)
        else:
            self.notice_ids._mark_posted(self.date)
        return {"type": "ir.actions.act_window_close"}

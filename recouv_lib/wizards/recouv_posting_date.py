from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


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
        """Record the day for the whole pile, or for the letters chosen.

        :raise UserError: a letter carries a later date; a day that is to come
        """
        self.ensure_one()
        self._check_after_printing()
        if self.posting_id:
            self.posting_id._mark_posted(self.date)
        else:
            self.notice_ids._mark_posted(self.date)
        return {"type": "ir.actions.act_window_close"}

    def _check_after_printing(self):
        """Refuse a day on which a letter was not written yet: it proves its step."""
        letters = self.posting_id.notice_ids | self.notice_ids
        for letter in letters.filtered(lambda n: n.state == "printed"):
            if letter.document_date and self.date < letter.document_date:
                raise UserError(
                    self.env._(
                        "%(notice)s is dated %(written)s: it cannot have been posted "
                        "on %(date)s. Correct the day.",
                        notice=letter.display_name,
                        written=format_date(self.env, letter.document_date),
                        date=format_date(self.env, self.date),
                    )
                )

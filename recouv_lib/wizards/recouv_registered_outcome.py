from odoo import fields, models

from ..models.recouv_notice_registered import OUTCOMES


class RecouvRegisteredOutcome(models.TransientModel):
    """What the post office said of registered letters, with its proofs."""

    _name = "recouv.registered.outcome"
    _description = "Outcome of registered letters"

    notice_ids = fields.Many2many(
        "recouv.notice",
        default=lambda self: self._default_notices(),
        domain="[('channel', '=', 'registered_letter')]",
        required=True,
    )
    event = fields.Selection(
        [("presented", "First presentation"), *OUTCOMES],
        required=True,
        default="presented",
    )
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Scanned proofs", help="Deposit, receipt, envelope."
    )

    def _default_notices(self):
        if self.env.context.get("active_model") != "recouv.notice":
            return False
        return self.env["recouv.notice"].browse(self.env.context.get("active_ids", []))

    def action_apply(self):
        """Record the event on each letter, and keep the proofs."""
        self.ensure_one()
        if self.event == "presented":
            self.notice_ids._record_presentation(self.date)
        else:
            self.notice_ids._record_delivery(self.event, self.date)
        if self.attachment_ids:
            self.notice_ids._attach_proofs(self.attachment_ids)
        return {"type": "ir.actions.act_window_close"}

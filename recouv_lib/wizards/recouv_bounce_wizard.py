from odoo import fields, models
from odoo.tools.misc import clean_context

from ..models.recouv_bounce import BOUNCE_REASONS


class RecouvBounceWizard(models.TransientModel):
    """Say when and why the bank sent a payment back."""

    _name = "recouv.bounce.wizard"
    _description = "The payment bounced"

    payment_id = fields.Many2one("account.payment", required=True, readonly=True)
    partner_id = fields.Many2one(related="payment_id.partner_id")
    amount = fields.Monetary(related="payment_id.amount")
    currency_id = fields.Many2one(related="payment_id.currency_id")
    date = fields.Date(
        "Sent back on",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    reason = fields.Selection(BOUNCE_REASONS, required=True, default="funds")
    note = fields.Text(help="Internal; never shown to the debtor.")

    def action_bounce(self):
        """What it paid is owed again; the debtor is to be called."""
        self.ensure_one()
        clean = self.with_context(clean_context(self.env.context))  # pylint: disable=context-overridden
        bounce = clean.env["recouv.bounce"]._bounce(
            clean.payment_id, self.date, self.reason, self.note
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.bounce",
            "res_id": bounce.id,
            "view_mode": "form",
        }

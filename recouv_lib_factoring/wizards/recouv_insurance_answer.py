from odoo import api, fields, models


class RecouvInsuranceAnswer(models.TransientModel):
    """Record what the insurer said of a limit: agreed, in part, refused, or revoked."""

    _name = "recouv.insurance.answer"
    _description = "Answer of a credit insurer"

    limit_id = fields.Many2one("recouv.insurance.limit", required=True)
    is_revocation = fields.Boolean(compute="_compute_is_revocation")
    currency_id = fields.Many2one(related="limit_id.currency_id")
    amount_asked = fields.Monetary(related="limit_id.amount_asked")
    amount = fields.Monetary(
        "Limit agreed",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Zero: the insurer refuses.",
    )
    date = fields.Date("From", required=True, default=fields.Date.context_today)
    valid_to = fields.Date("Valid until", help="Empty: until it is revoked.")
    reference = fields.Char("Insurer's reference")
    reason = fields.Char()

    @api.depends("limit_id")
    def _compute_is_revocation(self):
        for wizard in self:
            wizard.is_revocation = wizard.limit_id.state in ("agreed", "partial")

    @api.depends("limit_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.limit_id.amount_asked

    def action_confirm(self):
        """Record it; see :meth:`recouv.insurance.limit._answer` for what is refused."""
        self.ensure_one()
        if self.is_revocation:
            self.limit_id._revoke(self.date, self.reason)
        else:
            self.limit_id._answer(
                self.amount,
                self.date,
                valid_to=self.valid_to,
                reference=self.reference,
                reason=self.reason,
            )
        return {"type": "ir.actions.act_window_close"}

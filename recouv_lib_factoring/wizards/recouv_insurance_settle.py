from odoo import api, fields, models


class RecouvInsuranceSettle(models.TransientModel):
    """Lay the insurer's account of a loss beside the policy's own."""

    _name = "recouv.insurance.settle"
    _description = "Settle a credit insurance loss"

    loss_id = fields.Many2one("recouv.insurance.loss", "Insurance loss", required=True)
    currency_id = fields.Many2one(related="loss_id.currency_id")
    payable_from = fields.Date(related="loss_id.payable_from")
    amount_limit = fields.Monetary(related="loss_id.amount_limit")
    amount_limit_left = fields.Monetary(related="loss_id.amount_limit_left")
    amount_unpaid = fields.Monetary("Unpaid", compute="_compute_account")
    amount_loss = fields.Monetary("Loss within the limit", compute="_compute_account")
    amount_gross = fields.Monetary("Insured share", compute="_compute_account")
    amount_deductible = fields.Monetary("Deductible", compute="_compute_account")
    amount_absorbed = fields.Monetary(
        "Taken by the yearly deductible", compute="_compute_account"
    )
    amount_capped = fields.Monetary(
        "Beyond the most per year", compute="_compute_account"
    )
    amount = fields.Monetary(
        "Indemnity", compute="_compute_amount", store=True, readonly=False
    )
    reason = fields.Char("Why it differs")
    reject_reason = fields.Char("Why it is rejected")

    @api.depends("loss_id")
    def _compute_account(self):
        for wizard in self:
            account = wizard.loss_id._account()
            wizard.amount_unpaid = float(account.unpaid)
            wizard.amount_loss = float(account.loss)
            wizard.amount_gross = float(account.gross)
            wizard.amount_deductible = float(account.deductible)
            wizard.amount_absorbed = float(account.absorbed)
            wizard.amount_capped = float(account.capped)

    @api.depends("loss_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = float(wizard.loss_id._account().payable)

    def action_confirm(self):
        """Record the insurer's account of the loss."""
        self.ensure_one()
        self.loss_id._settle(self.amount, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_reject(self):
        """Record that the insurer pays nothing."""
        self.ensure_one()
        self.loss_id._reject(self.reject_reason)
        return {"type": "ir.actions.act_window_close"}

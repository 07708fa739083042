from odoo import api, fields, models


class RecouvWriteOffRecover(models.TransientModel):
    """Say which payment of the debtor came for a claim that was written off."""

    _name = "recouv.write.off.recover"
    _description = "Record a recovery after a write-off"

    write_off_id = fields.Many2one("recouv.write.off", required=True)
    company_id = fields.Many2one(related="write_off_id.company_id")
    currency_id = fields.Many2one(related="write_off_id.currency_id")
    credit_ids = fields.Many2many(
        "account.move.line", compute="_compute_credit_ids", string="Payments"
    )
    item_id = fields.Many2one(
        "account.move.line",
        "Payment",
        compute="_compute_item_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', credit_ids)]",
    )
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)
    date = fields.Date(
        "Accounting date", required=True, default=fields.Date.context_today
    )

    @api.depends("write_off_id")
    def _compute_credit_ids(self):
        for wizard in self:
            act = wizard.write_off_id
            wizard.credit_ids = act._open_credits() if act else False

    @api.depends("credit_ids")
    def _compute_item_id(self):
        for wizard in self:
            wizard.item_id = wizard.credit_ids[:1]

    @api.depends("item_id")
    def _compute_amount(self):
        for wizard in self:
            act = wizard.write_off_id
            left = act.amount_currency - act.amount_recovered
            wizard.amount = min(left, abs(wizard.item_id.amount_residual_currency))

    def action_confirm(self):
        """Book it; the claim shows what came.

        :raise UserError: no payment, too much, locked books
        """
        self.ensure_one()
        self.env["recouv.write.off.recovery"]._take(
            self.write_off_id, self.item_id, self.amount, self.date
        )
        return {"type": "ir.actions.act_window_close"}

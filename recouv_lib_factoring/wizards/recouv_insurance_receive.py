from odoo import api, fields, models


class RecouvInsuranceReceive(models.TransientModel):
    """Book money of an indemnity, an advance on it, or what is paid back of it."""

    _name = "recouv.insurance.receive"
    _inherit = ["recouv.insurance.way"]
    _description = "Receive an indemnity"

    loss_id = fields.Many2one("recouv.insurance.loss", "Insurance loss", required=True)
    payment_id = fields.Many2one("recouv.insurance.payment", "Paid back of")
    is_advance = fields.Boolean(compute="_compute_is_advance")
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)

    @api.depends("loss_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.loss_id.company_id

    @api.depends("loss_id", "payment_id")
    def _compute_is_advance(self):
        for wizard in self:
            declared = wizard.loss_id.state == "declared"
            wizard.is_advance = declared and not wizard.payment_id

    @api.depends("loss_id", "payment_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard._proposed()

    def _proposed(self):
        loss = self.loss_id
        if self.payment_id:
            return self.payment_id.amount_owed_back
        if self.is_advance:
            whole = loss.amount_advance or loss.amount
            return max(0.0, whole - loss.amount_provisional)
        return loss.amount_payable - loss.amount_received

    def _wanted(self):
        return -self.amount if self.payment_id else self.amount

    def _wanted_fields(self):
        return ["amount", "company_id", "payment_id"]

    def action_confirm(self):
        """Book it; see :meth:`recouv.insurance.payment._take`, ``_take_advance`` and
        ``_repay`` for what is refused."""
        self.ensure_one()
        payments = self.env["recouv.insurance.payment"]
        if self.payment_id:
            self.payment_id._repay(self.date, **self._way())
        elif self.is_advance:
            payments._take_advance(self.loss_id, self.amount, self.date, **self._way())
        else:
            payments._take(self.loss_id, self.amount, self.date, **self._way())
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models


class RecouvInsuranceRecover(models.TransientModel):
    """Share money that came after the indemnity, or pay the insurer its part."""

    _name = "recouv.insurance.recover"
    _inherit = ["recouv.insurance.way"]
    _description = "Money come after an indemnity"

    loss_id = fields.Many2one("recouv.insurance.loss")
    handover_id = fields.Many2one("recouv.insurance.handover")
    recovery_id = fields.Many2one("recouv.insurance.recovery")
    received_by = fields.Selection(
        [
            ("practice", "The practice"),
            ("insurer", "The insurer's collection service"),
            ("dividend", "The practice, as a dividend of insolvency proceedings"),
        ],
        compute="_compute_received_by",
        store=True,
        readonly=False,
    )
    credit_ids = fields.Many2many(
        "account.move.line", compute="_compute_credit_ids", string="Payments"
    )
    item_id = fields.Many2one(
        "account.move.line", "Payment", domain="[('id', 'in', credit_ids)]"
    )
    amount = fields.Monetary(
        "Paid by the debtor", compute="_compute_amount", store=True, readonly=False
    )
    costs = fields.Monetary("Costs of getting it")
    amount_due = fields.Monetary("Comes to the practice", compute="_compute_amount_due")

    @api.depends("loss_id", "handover_id", "recovery_id")
    def _compute_company_id(self):
        for wizard in self:
            source = wizard.loss_id or wizard.handover_id or wizard.recovery_id
            wizard.company_id = source.company_id

    @api.depends("loss_id", "handover_id")
    def _compute_received_by(self):
        for wizard in self:
            wizard.received_by = "insurer" if wizard.handover_id else "practice"

    @api.depends("loss_id")
    def _compute_credit_ids(self):
        for wizard in self:
            loss = wizard.loss_id
            wizard.credit_ids = loss._payments_since() if loss else False

    @api.depends("item_id", "recovery_id")
    def _compute_amount(self):
        for wizard in self:
            item = wizard.item_id
            paid = wizard.loss_id._paid_for(item) if item else 0.0
            wizard.amount = wizard.recovery_id.amount_insurer or paid

    @api.depends("amount", "costs", "received_by", "date")
    def _compute_amount_due(self):
        for wizard in self:
            wizard.amount_due = wizard._due()

    def _due(self):
        """Return what the practice gets of a sum that the service collected."""
        if not self.amount or not 0 <= self.costs <= self.amount:
            return 0.0
        loss = self.loss_id
        if self.handover_id and self.date:
            loss = self.handover_id._indemnified_losses(self.date)
        # of several losses nothing is recorded: it is said on confirming
        if len(loss) == 1 and loss.amount_received:
            return float(loss._share(self.amount, self.costs).insured)
        return self.amount - self.costs

    def _wanted(self):
        if self.recovery_id:
            return -self.recovery_id.amount_insurer
        if self.received_by == "dividend":
            return self.amount
        return self._due() if self.received_by == "insurer" else 0.0

    def _wanted_fields(self):
        return ["amount", "costs", "received_by", "company_id", "date"]

    def action_confirm(self):
        """Book it; what is refused is named."""
        self.ensure_one()
        recoveries = self.env["recouv.insurance.recovery"]
        if self.recovery_id:
            self.recovery_id._remit(self.date, **self._way())
        elif self.received_by == "practice":
            recoveries._take_payment(
                self.loss_id, self.item_id, self.costs, self.date, self.amount
            )
        elif self.received_by == "dividend":
            recoveries._take_dividend(
                self.loss_id, self.amount, self.costs, self.date, **self._way()
            )
        else:
            recoveries._take_from_insurer(
                self.loss_id or self.handover_id,
                self.amount,
                self.costs,
                self.date,
                **self._way(),
            )
        return {"type": "ir.actions.act_window_close"}

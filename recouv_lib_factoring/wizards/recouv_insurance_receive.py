from odoo import api, fields, models


class RecouvInsuranceReceive(models.TransientModel):
    """Book money of an indemnity."""

    _name = "recouv.insurance.receive"
    _inherit = ["recouv.insurance.way"]
    _description = "Receive an indemnity"

    loss_id = fields.Many2one("recouv.insurance.loss", "Insurance loss", required=True)
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)

    @api.depends("loss_id")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.loss_id.company_id

    @api.depends("loss_id")
    def _compute_amount(self):
        for wizard in self:
            loss = wizard.loss_id
            wizard.amount = loss.amount_payable - loss.amount_received

    def _wanted(self):
        return self.amount

    def _wanted_fields(self):
        return ["amount", "company_id"]

    def action_confirm(self):
        """Book it: the insurer takes over what it paid for."""
        self.ensure_one()
        self.env["recouv.insurance.payment"]._take(
            self.loss_id, self.amount, self.date, **self._way()
        )
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models


class RecouvFactoringEnd(models.TransientModel):
    """Say from when and why a factoring contract ends."""

    _name = "recouv.factoring.end"
    _description = "End a factoring contract"

    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, readonly=True
    )
    notice_days = fields.Integer(related="contract_id.notice_days")
    date = fields.Date(
        "No longer in force from",
        required=True,
        compute="_compute_date",
        store=True,
        precompute=True,
        readonly=False,
    )
    reason = fields.Char("Why", required=True, help="Both parties read it.")

    @api.depends("contract_id")
    def _compute_date(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            wizard.date = fields.Date.add(today, days=wizard.contract_id.notice_days)

    def action_end(self):
        """End it, and go back to the contract."""
        self.ensure_one()
        self.contract_id._end(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models


class RecouvTransferBack(models.TransientModel):
    """Ask why and when, then bring receivables back to their debtor."""

    _name = "recouv.transfer.back"
    _description = "Bring a receivable back to its debtor"

    transfer_ids = fields.Many2many("recouv.transfer", required=True)
    transfer_count = fields.Integer(compute="_compute_transfer")
    currency_id = fields.Many2one("res.currency", compute="_compute_transfer")
    amount_open = fields.Monetary("Still open", compute="_compute_transfer")
    amount = fields.Monetary(help="Empty: everything still open.")
    reason = fields.Char(required=True)
    date = fields.Date(
        "Accounting date", required=True, default=fields.Date.context_today
    )
    date_due = fields.Date("New due date", help="Empty: the accounting date.")

    @api.depends("transfer_ids")
    def _compute_transfer(self):
        for wizard in self:
            transfers = wizard.transfer_ids
            wizard.transfer_count = len(transfers)
            wizard.currency_id = transfers.currency_id[:1]
            # sudo: what is open on the transfer's own item, whoever reads entries
            wizard.amount_open = abs(
                sum(transfers.sudo().target_line_id.mapped("amount_residual_currency"))
            )

    def action_confirm(self):
        """Book the returns and close."""
        self.ensure_one()
        amount = self.amount if self.transfer_count == 1 else None
        self.transfer_ids.action_reverse(
            self.reason, date=self.date, date_due=self.date_due, amount=amount or None
        )
        return {"type": "ir.actions.act_window_close"}

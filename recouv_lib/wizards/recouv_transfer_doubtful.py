from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvTransferDoubtful(models.TransientModel):
    """Year-end: move open receivables to the doubtful account (416)."""

    _name = "recouv.transfer.doubtful"
    _description = "Move receivables to the doubtful account"

    line_ids = fields.Many2many(
        "account.move.line", required=True, default=lambda self: self._default_lines()
    )
    line_count = fields.Integer(compute="_compute_line_count")
    date = fields.Date(
        "Accounting date", required=True, default=fields.Date.context_today
    )
    reason = fields.Char(required=True)

    def _default_lines(self):
        """Take the open receivables of the items, invoices or claims selected."""
        to_items = {"account.move": "line_ids", "recouv.claim": "move_line_id"}
        name = self.env.context.get("active_model") or "account.move.line"
        if name != "account.move.line" and name not in to_items:
            return self.env["account.move.line"]
        records = self.env[name].browse(self.env.context.get("active_ids") or ())
        lines = records[to_items[name]] if name in to_items else records
        return lines.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and line.balance > 0
                and not line.reconciled
            )
        )

    @api.depends("line_ids")
    def _compute_line_count(self):
        for wizard in self:
            wizard.line_count = len(wizard.line_ids)

    def action_confirm(self):
        """Book the transfers; the claims go on, standing on the new items."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Nothing open was selected."))
        transfers = self.env["recouv.transfer"].create(
            [self._transfer_vals(line) for line in self.line_ids]
        )
        transfers._post()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_transfer_action"
        )
        return action | {"domain": [("id", "in", transfers.ids)], "context": {}}

    def _transfer_vals(self, line):
        return {
            "kind": "doubtful",
            "origin_line_id": line.id,
            "amount_currency": line.amount_residual_currency,
            "target_partner_id": line.partner_id.id,
            "date": self.date,
            "reason": self.reason,
        }

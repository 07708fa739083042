from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_assignment_return import BUY_BACK_REASONS


class RecouvBuyBack(models.TransientModel):
    """Ask on which ground a sold receivable is bought back, and what shows it."""

    _name = "recouv.buy.back"
    _description = "Buy a sold receivable back"

    line_id = fields.Many2one("recouv.assignment.line", required=True, readonly=True)
    reason = fields.Selection(BUY_BACK_REASONS, "Ground", required=True)
    note = fields.Char(help="The buyer does not read it.")
    file = fields.Binary("Evidence", required=True)
    file_name = fields.Char()

    def action_buy_back(self):
        """Buy it back; show what is owed back."""
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        # sudo: the user may write on the receivable that the document belongs to
        document = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self.file_name or self.env._("Evidence"),
                    "datas": self.file,
                    "res_model": line._name,
                    "res_id": line.id,
                    "company_id": line.company_id.id,
                }
            )
        )
        owed = line._buy_back(self.reason, document, self.note)
        return owed._action_open()


class RecouvSaleCollected(models.TransientModel):
    """Ask which payment of a debtor was meant for the buyer."""

    _name = "recouv.sale.collected"
    _description = "A debtor paid the practice what it had sold"

    line_id = fields.Many2one("recouv.assignment.line", required=True, readonly=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    item_ids = fields.Many2many("account.move.line", compute="_compute_item_ids")
    item_id = fields.Many2one(
        "account.move.line",
        "Payment",
        compute="_compute_item_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', item_ids)]",
    )
    amount = fields.Monetary(
        help="Empty: all of the payment that fits what is still owed to the buyer."
    )

    @api.depends("line_id")
    def _compute_item_ids(self):
        for wizard in self:
            items = wizard.line_id._open_payments()
            wizard.item_ids = [Command.set(items.ids)]

    @api.depends("line_id")
    def _compute_item_id(self):
        for wizard in self:
            items = wizard.line_id._open_payments()
            wizard.item_id = items if len(items) == 1 else False

    def action_note(self):
        """Book it in both companies; show what is owed to the buyer."""
        self.ensure_one()
        if not self.item_id:
            raise UserError(self.env._("Choose the payment."))
        owed = self.line_id._note_collected(self.item_id, self.amount or None)
        return owed._action_open()

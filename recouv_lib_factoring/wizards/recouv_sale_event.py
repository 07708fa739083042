from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_assignment_return import BUY_BACK_REASONS


class RecouvBuyBack(models.TransientModel):
    """Ask on which ground a sold receivable is to come back, and what shows it."""

    _name = "recouv.buy.back"
    _description = "Buy a sold receivable back"

    line_id = fields.Many2one(
        "recouv.assignment.line", readonly=True, help="Asked by the practice."
    )
    purchase_id = fields.Many2one(
        "recouv.purchase", readonly=True, help="Asked by the buyer."
    )
    reason = fields.Selection(BUY_BACK_REASONS, "Ground", required=True)
    note = fields.Char(help="The buyer does not read it.")
    file = fields.Binary("Evidence", required=True)
    file_name = fields.Char()

    def action_buy_back(self):
        """Ask for it; show what became of the request."""
        self.ensure_one()
        asked = (self.line_id or self.purchase_id)._ask_buy_back(
            self.reason, self.file, self.file_name, self.note
        )
        return asked._action_open()


class RecouvRepurchaseContest(models.TransientModel):
    """Ask why a repurchase is contested; who asked for it reads that."""

    _name = "recouv.repurchase.contest"
    _description = "Contest a repurchase"

    repurchase_ids = fields.Many2many("recouv.repurchase", required=True, readonly=True)
    reason = fields.Char("Why it is contested", required=True)

    def action_contest(self):
        """Say no to them all, as the person who reads this."""
        self.repurchase_ids._contest(self.reason)
        return {"type": "ir.actions.act_window_close"}


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

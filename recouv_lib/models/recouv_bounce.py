from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

BOUNCE_REASONS = [
    ("funds", "No funds"),
    ("opposition", "Payment stopped"),
    ("closed", "Account closed"),
    ("signature", "Signature or form"),
    ("chargeback", "Card payment disputed"),
    ("other", "Other"),
]


class RecouvBounce(models.Model):
    """A payment that the bank sent back: what it paid is owed again.

    The books say it with a reversal, dated the day of the bounce. What the bank charges
    for it stays with the practice: nothing but principal and legal interest is claimed
    from a patient (CPCE, art. L111-8).
    """

    _name = "recouv.bounce"
    _inherit = ["recouv.undo.mixin"]
    _description = "Bounced payment"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    collection_id = fields.Many2one(
        "recouv.collection",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    payment_id = fields.Many2one(related="collection_id.payment_id", store=True)
    partner_id = fields.Many2one(related="collection_id.partner_id", store=True)
    amount = fields.Monetary(related="collection_id.amount")
    currency_id = fields.Many2one(related="collection_id.currency_id")
    date = fields.Date("Sent back on", required=True, readonly=True)
    reason = fields.Selection(
        BOUNCE_REASONS, required=True, readonly=True, default="other"
    )
    note = fields.Text()
    move_id = fields.Many2one("account.move", "Reversal", readonly=True)
    previous_state = fields.Char(readonly=True)
    handled_on = fields.Date("Handled on", readonly=True)
    handled_by_id = fields.Many2one("res.users", readonly=True)

    # the day asks for those that nobody has handled
    _open_idx = models.Index(
        "(company_id) WHERE handled_on IS NULL AND undone_on IS NULL"
    )

    @api.depends("collection_id", "date")
    def _compute_display_name(self):
        for bounce in self:
            bounce.display_name = bounce.collection_id.display_name

    @api.model
    def _bounce(self, payment, on, reason, note=False):
        """Record that the bank sent ``payment`` back on day ``on``.

        :return: the bounce
        :raise UserError: the payment counts no more, or the day is in the future
        """
        act = payment._recouv_collection()
        self._check_may_bounce(act, on)
        bounce = self.create(
            {
                "company_id": act.company_id.id,
                "collection_id": act.id,
                "date": on,
                "reason": reason,
                "note": note,
                "previous_state": payment.state,
            }
        )
        bounce.move_id = bounce._take_out_of_books()
        payment.state = "rejected"
        act.cheque_ids.write({"state": "bounced"})
        return bounce

    @api.model
    def _check_may_bounce(self, act, on):
        if act._standing_bounce() or act.undone_on:
            raise UserError(self.env._("%s counts no more already.", act.display_name))
        if act.payment_id.state not in ("in_process", "paid"):
            raise UserError(
                self.env._("%s is not money that was received.", act.display_name)
            )
        if on > fields.Date.context_today(self) or on < act.date:
            raise UserError(
                self.env._(
                    "A payment bounces after it was received, and not in the future."
                )
            )

    def _take_out_of_books(self):
        """Return the entry that takes the payment out of the books, if one is needed:
        what has no entry and no movement of the bank just counts no more."""
        payment = self.payment_id
        if payment.move_id:
            return payment._recouv_reverse(self.date, self._entry_label())
        movement = self._bank_items()
        return self._counter_entry(movement) if movement else movement.move_id

    def _entry_label(self):
        return self.env._("Bounced: %s", self.collection_id.name)

    # --- a payment without an entry that the bank had confirmed -----------------------

    def _bank_items(self):
        """Return the items by which the bank's movement paid the invoices."""
        match = self.env["recouv.bank.match"].search(
            [("payment_id", "=", self.payment_id.id), ("state", "=", "applied")],
            limit=1,
        )
        # sudo: movements of the bank are not all for a secretary; only the items that
        # pay this debtor's own invoices are used
        movement = match.sudo().statement_line_id.move_id
        items = movement.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        return items.sudo(False)

    def _counter_entry(self, items):
        """The debtor owes again; the bank's own debit is awaited on the way."""
        items.remove_move_reconcile()
        waiting = self.payment_id.journal_id.suspense_account_id
        lines = [
            Command.create(
                {
                    "name": self._entry_label(),
                    "account_id": account.id,
                    "partner_id": item.partner_id.id,
                    "currency_id": item.currency_id.id,
                    "amount_currency": sign * -item.amount_currency,
                    "balance": sign * -item.balance,
                }
            )
            for item in items
            for account, sign in ((item.account_id, 1), (waiting, -1))
        ]
        move = self.env["account.move"].create(
            {
                # the book of receipts reads the bank's journal
                "journal_id": self.payment_id.journal_id.id,
                "date": self.date,
                "line_ids": lines,
            }
        )
        move.action_post()
        self._pair(items, move)
        return move

    @api.model
    def _pair(self, items, move):
        for account, own in items.grouped("account_id").items():
            other = move.line_ids.filtered(
                lambda line, account=account: line.account_id == account
            )
            (own | other).reconcile()

    # --- handling and undo ----------------------------------------------------------

    def action_handled(self):
        """The debtor was called, or another means was agreed."""
        self.write(
            {
                "handled_on": fields.Date.context_today(self),
                "handled_by_id": self.env.uid,
            }
        )
        return True

    def action_collect(self):
        """Take the money again, another way."""
        items = self.collection_id.line_ids.move_line_id
        return items.move_id.action_recouv_collect()

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        used = self.collection_id.line_ids.filtered(lambda line: line.amount > 0)
        owed = self.collection_id._owed_on(used.move_line_id)
        for line in used:
            if (
                line.currency_id.compare_amounts(line.amount, owed[line.move_line_id])
                > 0
            ):
                return self.env._("%s was paid meanwhile.", line.label)
        return None

    def _undo(self):
        """The bank was wrong, or the entry was: the payment counts again."""
        for bounce in self:
            move, payment = bounce.move_id, bounce.payment_id
            statement = bounce.env["account.move.line"]
            if move and not payment.move_id:
                statement = bounce._bank_items()
            move.line_ids.remove_move_reconcile()
            move.button_cancel()
            payment.state = bounce.previous_state
            act = bounce.collection_id
            if payment.move_id:
                act._reconcile_again()
            elif statement:
                (statement | act.line_ids.move_line_id).reconcile()
            for cheque in act.cheque_ids:
                banked = cheque.deposit_id.state == "done"
                cheque.state = "deposited" if banked else "held"

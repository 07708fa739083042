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
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
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
    recorded_at = fields.Datetime(readonly=True)
    move_id = fields.Many2one("account.move", "Reversal", readonly=True)
    previous_state = fields.Char(readonly=True)
    handled_on = fields.Date("Handled on", readonly=True)
    handled_by_id = fields.Many2one("res.users", readonly=True)

    # the day asks for those that nobody has handled
    _open_idx = models.Index(
        "(company_id) WHERE handled_on IS NULL AND undone_on IS NULL"
    )

    def _editable_fields(self):
        return {"note"}

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo it and record the bounce anew.")

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
        bounce = self._record_new(
            {
                "company_id": act.company_id.id,
                "collection_id": act.id,
                "date": on,
                "reason": reason,
                "note": note,
                "previous_state": payment.state,
                "recorded_at": fields.Datetime.now(),
            }
        )
        bounce._record({"move_id": bounce._take_out_of_books().id})
        payment.state = "rejected"
        act.cheque_ids._record({"state": "bounced"})
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
        """Return the items by which the bank's movement paid the invoices.

        A movement that was a whole deposit slip paid for other cheques too: only the
        items that stand for this one are returned.

        :raise UserError: what the movement pays was changed since
        """
        match = self._bank_match()
        # sudo: movements of the bank are not all for a secretary; only the items that
        # pay this debtor's own invoices are used
        movement = match.sudo().statement_line_id.move_id
        items = movement.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        if len(match.deposit_id.cheque_ids) > 1:
            own = [item for _invoice, item in self._pairs(items, still_paying=True)]
            items = items.browse().union(*own)
        return items.sudo(False)

    def _bank_match(self):
        """Return the match by which the bank confirmed this payment."""
        slips = self.collection_id.cheque_ids.deposit_id
        return self.env["recouv.bank.match"].search(
            [
                ("state", "=", "applied"),
                ("company_id", "=", self.company_id.id),
                "|",
                ("payment_id", "=", self.payment_id.id),
                ("deposit_id", "in", slips.ids),
            ],
            limit=1,
        )

    def _pairs(self, items, still_paying=False):
        """Return [(invoice item, movement's item)], by account, debtor and sum.

        :param still_paying: only items that are reconciled with their invoice
        """
        pairs = []
        for line in self.collection_id._paid_lines():
            found = items.filtered(
                lambda item, line=line: line._is_paid_by(item, still_paying)
            )[:1]
            if still_paying and not found:
                raise UserError(
                    self.env._(
                        "%(invoice)s: what the bank's movement pays was changed "
                        "since. Undo the match of that movement first.",
                        invoice=line.label,
                    )
                )
            pairs.append((line.move_line_id, found))
            items -= found
        return pairs

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
        self._record(
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
        used = self.collection_id._paid_lines()
        owed = self.collection_id._owed_on(used.move_line_id)
        for line in used:
            # a credit used in the same act still pays its part: only the money bounced
            left = owed.get(line.move_line_id, 0.0)
            if line.currency_id.compare_amounts(line._by_money(), left) > 0:
                return self.env._("%s was paid meanwhile.", line.label)
        return None

    def _undo(self):
        """The bank was wrong, or the entry was: the payment counts again."""
        for bounce in self:
            move, payment = bounce.move_id, bounce.payment_id
            statement = move.line_ids.matched_credit_ids.credit_move_id - move.line_ids
            move.line_ids.remove_move_reconcile()
            move.button_cancel()
            payment.state = bounce.previous_state
            act = bounce.collection_id
            if payment.move_id:
                act._reconcile_again()
            else:
                bounce._pay_again(statement)
            for cheque in act.cheque_ids:
                banked = cheque.deposit_id.state == "done"
                cheque._record({"state": "deposited" if banked else "held"})

    def _pay_again(self, statement):
        """Lay what the bank's movement brought again on what it paid."""
        if not statement:
            return
        for invoice, item in self._pairs(statement):
            (invoice | item).reconcile()
        rest = (statement | self.collection_id.line_ids.move_line_id).filtered(
            lambda item: not item.reconciled
        )
        for items in rest.grouped("account_id").values():
            if len(items) > 1:
                items.reconcile()


class RecouvCollectionLine(models.Model):
    _inherit = "recouv.collection.line"

    def _is_paid_by(self, item, still_paying):
        """Return whether ``item`` of a movement of the bank is this line's money."""
        invoice = self.move_line_id
        return (
            item.account_id == invoice.account_id
            and item.partner_id == invoice.partner_id
            and not self.currency_id.compare_amounts(
                -item.amount_currency, self._by_money()
            )
            and (not still_paying or invoice in item.matched_debit_ids.debit_move_id)
        )


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    def action_undo(self):
        """EXTENDS: what bounced is taken out of this movement; that is undone first."""
        self._check_may_match()
        for match in self:
            payments = match.payment_id | match._further_payments_under_way()
            acts = payments.recouv_collection_ids
            for bounce in acts.bounce_ids.filtered(lambda b: not b.undone_on):
                if bounce.move_id and not bounce.payment_id.move_id:
                    raise UserError(
                        self.env._(
                            "%(act)s bounced: undo that first.",
                            act=bounce.display_name,
                        )
                    )
        return super().action_undo()

from odoo import fields, models
from odoo.exceptions import UserError

from .recouv_bounce import BOUNCE_REASONS
from .recouv_receipt import BOOKED
from .recouv_receipt_posting import _entry, _light


class RecouvReceipt(models.Model):
    """A receipt that counts no more: what it paid is owed again, in both books.

    Before the remittance was ordered (a draft is no order) the agency's debt to the
    practice is settled with the reversal; after it, the practice owes the sum back and
    the next remittance deducts it. The debtor's receipt is cancelled, and told so.
    """

    _inherit = "recouv.receipt"

    bounced_on = fields.Date("Sent back on", readonly=True, copy=False)
    bounce_reason = fields.Selection(
        BOUNCE_REASONS, "Why it was sent back", readonly=True, copy=False
    )
    back_move_id = fields.Many2one(
        "account.move",
        "Entry that takes it back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    freed_item_id = fields.Many2one(
        "account.move.line",
        "Identified no more",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    owed_item_id = fields.Many2one(
        "account.move.line",
        "Owed by the debtor since it bounced",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Its overpayment had been refunded: the agency's own money, which the "
        "debtor owes to the agency.",
    )

    def action_ask_bounce(self):
        """Open the dialog that asks the day and the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("It bounced"),
            "res_model": "recouv.receipt.bounce",
            "view_mode": "form",
            "target": "new",
            "context": {"default_receipt_id": self.id},
        }

    def _bounce(self, on, reason):
        """Record that the bank sent the money back on day ``on``.

        :raise UserError: it counts no more already, the day is impossible, or the
            books of one company are locked
        """
        self.check_access("write")
        self._lock()
        for receipt in self:
            receipt._check_may_bounce(on)
        # sudo: rights checked; both books are put right by this method only
        for receipt in self.sudo():
            receipt._take_back(on, self.env._("Bounced: %s", receipt.name))
            receipt.write(
                {
                    "state": "bounced",
                    "bounced_on": on,
                    "bounce_reason": reason,
                    "paper_state": receipt._cancelled_paper(),
                }
            )

    def _check_may_bounce(self, on):
        if self.state not in ("received", *BOOKED):
            raise UserError(
                self.env._("%s is not money that was received.", self.display_name)
            )
        # what is in the books is taken out of them after it came in
        since = self.cleared_on if self.state in BOOKED else self.date
        if on > fields.Date.context_today(self) or on < since:
            raise UserError(
                self.env._(
                    "A payment bounces after it was received, and not in the future."
                )
            )

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self.state not in ("received", "cleared"):
            return {
                "draft": self.env._("it is not recorded yet: delete it."),
                "remitted": self.env._(
                    "it was remitted to the practice; say that it bounced."
                ),
                "bounced": self.env._("it bounced."),
            }.get(self.state, self.env._("It was undone already."))
        if any(line._is_remitted() for line in self.line_ids):
            return self.env._("a part of it was remitted; say that it bounced.")
        if self.refunded_on:
            return self.env._("its overpayment was refunded.")
        return None

    def _undo(self):
        """Money laid on the wrong debt is not identified any more."""
        today = fields.Date.context_today(self)
        self._lock()
        # sudo: rights checked by undo(); both books are put right here only
        for receipt in self.sudo():
            receipt._take_back(today, self.env._("Undone: %s", receipt.name))
            receipt.write(
                {"state": "undone", "paper_state": receipt._cancelled_paper()}
            )

    def _record_undo(self, vals):
        # sudo: who undid it and why is written by the method only
        return super(RecouvReceipt, self.sudo())._record_undo(vals)

    # --- both books -----------------------------------------------------------------

    def _take_back(self, day, label):
        """Take a receipt out of both books, together; nothing where it is not in."""
        if self.state not in BOOKED:
            return
        placed = self.line_ids.claim_id._placed_lines()
        self._check_books_on(day, placed)
        self.line_ids._leave_drafts()
        for practice, lines in self.line_ids.grouped(
            lambda line: line._practice(placed)
        ).items():
            lines._take_back_there(practice, day, label)
        self._take_back_here(day, label)
        remitted = self.line_ids.filtered(lambda line: line._is_remitted())
        remitted.write({"owed_back_on": day})

    def _check_books_on(self, day, placed):
        self.company_id._recouv_check_books_open(self.company_id, day)
        for line in self.line_ids:
            practice = line._practice(placed)
            practice._recouv_check_books_open(practice, day)

    def _take_back_here(self, day, label):
        """The agency owes the practice no more, and waits for the bank's debit."""
        company = self.company_id
        books = self.with_company(company).with_context(**_light(company))
        waiting = company._recouv_transfer_setting("recouv_receipts_account_id")
        lines = self.line_ids.filtered("funds_item_id")
        items = [(label, waiting, self.partner_id, -self.amount)]
        for line in lines:
            funds = line.funds_item_id
            items.append((label, funds.account_id, funds.partner_id, line.amount))
        items += self._overpaid_back(label)
        move = books.env["account.move"].create(
            _entry(company, day, label, "back", items)
        )
        move._post(soft=False)
        self.write({"back_move_id": move.id})
        items = move.line_ids.sorted("sequence")
        self._pair_here(items[: len(lines) + 1], lines)
        self._pair_overpaid(items[len(lines) + 1 :])

    def _pair_here(self, items, lines):
        """Settle what is open; the rest stays: freed money, or the practice's debt."""
        plan = []
        for line, item in zip(lines, items[1:], strict=True):
            if not line.funds_item_id.reconciled and not line._is_remitted():
                plan.append(line.funds_item_id + item)
            line.back_item_id = item
        own = self._own_items()
        if not self.statement_line_id and own["waiting"]:
            plan.append(own["waiting"] + items[0])
        elif self.statement_line_id:
            self.freed_item_id = items[0]
        self.env["account.move.line"]._reconcile_plan(plan)

    # --- the overpayment ------------------------------------------------------------

    def _open_refund(self):
        """Return the item of a refund that was ordered and has not left: no file was
        made of it, and the bank shows none."""
        if self.refund_exported_on:
            return self.refund_move_id.line_ids.browse()
        ordered = self.company_id._recouv_transfer_setting("recouv_ordered_account_id")
        return self.refund_move_id.line_ids.filtered(
            lambda item: item.account_id == ordered and not item.reconciled
        )

    def _overpaid_back(self, label):
        """Return the items that take the overpayment back, by what became of it.

        Not refunded: it is owed no more. Ordered and not gone: the order is given up.
        Gone: the debtor owes it to the agency, whose own money makes the dedicated
        account good: nobody else's pays it (CPCE R124-2); its transfer is awaited.
        """
        setting = self.company_id._recouv_transfer_setting
        amount, debtor = self.overpaid_booked, self.partner_id
        if not amount:
            return []
        if not self.refunded_on:
            return [(label, setting("recouv_overpaid_account_id"), debtor, amount)]
        ordered = setting("recouv_ordered_account_id")
        if self._open_refund():
            return [(label, ordered, debtor, amount)]
        company, own = self.company_id, self.company_id.partner_id
        mine = debtor.with_company(company).property_account_receivable_id
        return [
            (label, mine, debtor, amount),
            (label, ordered, own, amount),
            (label, setting("transfer_account_id"), own, -amount),
        ]

    def _pair_overpaid(self, items):
        """Settle the overpayment, or its refund; keep what the debtor owes."""
        first = items[:1]
        if not first:
            return
        if not self.refunded_on:
            match = self._own_items()["overpaid"]
        else:
            match = self._open_refund()
            if match:
                self.refunded_on = False
            else:
                self.owed_item_id = first
        if match:
            self.env["account.move.line"]._reconcile_plan([match + first])

    def _own_items(self):
        """Return the open items of the agency's entry that are this receipt's alone."""
        company, move = self.company_id, self.move_id
        setting = company._recouv_transfer_setting
        mine = move.line_ids.filtered(
            lambda item: item.name == self.name and not item.reconciled
        )
        return {
            "waiting": mine.filtered(
                lambda i: i.account_id == setting("recouv_receipts_account_id")
            ),
            "overpaid": mine.filtered(
                lambda i: i.account_id == setting("recouv_overpaid_account_id")
            ),
        }


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    owed_back_on = fields.Date(
        "Owed back by the practice since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="It bounced after its remittance: the next one deducts it.",
    )
    back_item_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, ondelete="set null"
    )
    # of the practice's books: only the methods of the money, elevated, read it
    back_held_item_id = fields.Many2one(
        "account.move.line",
        groups=fields.NO_ACCESS,
        copy=False,
        ondelete="set null",
    )
    interest_back_item_id = fields.Many2one(
        "account.move.line",
        groups=fields.NO_ACCESS,
        copy=False,
        ondelete="set null",
    )

    def _take_back_there(self, practice, day, label):
        """The practice's invoices are open again; interest is income no more."""
        transfers = self.transfer_id.filtered(lambda t: t.state == "posted")
        if transfers:
            items = transfers._take_back(day, label).line_ids.sorted("sequence")
            for rank, transfer in enumerate(transfers):
                transfer.receipt_line_id.back_held_item_id = items[2 * rank + 1]
        for line in self.filtered("amount_interest"):
            line._take_interest_back(practice, day, label)

    def _take_interest_back(self, practice, day, label):
        books = self.with_company(practice).with_context(**_light(practice))
        held = self.interest_item_id
        income = practice._recouv_transfer_setting("recouv_interest_account_id")
        items = [
            (label, held.account_id, held.partner_id, -self.amount_interest),
            (label, income, held.partner_id, self.amount_interest),
        ]
        move = books.env["account.move"].create(
            _entry(practice, day, label, "back", items)
        )
        move._post(soft=False)
        self.interest_back_item_id = move.line_ids.sorted("sequence")[0]
        if not held.reconciled and not self._is_remitted():
            self.env["account.move.line"]._reconcile_plan(
                [held + self.interest_back_item_id]
            )

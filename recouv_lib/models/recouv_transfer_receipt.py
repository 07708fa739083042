from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RecouvTransfer(models.Model):
    """What the agency collected, as the practice sees it in its own books.

    The agency's entry is grouped per day for many receipts: these transfers share it,
    instead of a mirror entry each (``recouv_receipt_posting.py``).
    """

    _inherit = "recouv.transfer"

    state = fields.Selection(
        selection_add=[("taken_back", "Taken back")],
        ondelete={"taken_back": "set default"},
    )
    receipt_number = fields.Char(
        "Agency receipt",
        readonly=True,
        copy=False,
        help="The number that the debtor got.",
    )
    interest_amount = fields.Monetary("Interest", readonly=True, copy=False)
    is_known_instalment = fields.Boolean(
        "Instalment of a known plan", readonly=True, copy=False
    )
    remitted_on = fields.Date(readonly=True, copy=False, index="btree_not_null")
    taken_back_on = fields.Date(readonly=True, copy=False)
    seen_on = fields.Date("Seen on", readonly=True, copy=False)
    # the agency's record: only the methods of the money, elevated, read it
    receipt_line_id = fields.Many2one(
        "recouv.receipt.line",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # the practice's day asks for what it was not told yet
    _unseen_idx = models.Index(
        "(company_id) WHERE kind = 'collected' AND seen_on IS NULL"
    )

    def _check_counterpart(self):
        """EXTENDS: the agency's side of a receipt is checked with its own books."""
        if not self.receipt_line_id:
            return super()._check_counterpart()
        return None

    def _post_counterparts(self):
        """EXTENDS: the agency's side of receipts is one entry for all of them."""
        # sudo: whether a receipt stands behind it, not which
        others = self.filtered(lambda transfer: not transfer.sudo().receipt_line_id)
        return super(RecouvTransfer, others)._post_counterparts()

    def _check_can_come_back(self):
        """EXTENDS: what the agency received comes back only by a bounce there."""
        # sudo: whether a receipt stands behind it, not which
        if self.sudo().receipt_line_id:
            raise UserError(
                self.env._(
                    "%(transfer)s is money that the agency received (%(receipt)s): "
                    "it comes back when the agency says that the payment bounced.",
                    transfer=self.display_name,
                    receipt=self.receipt_number,
                )
            )
        return super()._check_can_come_back()

    # --- tax on payment that it made due --------------------------------------------

    def _made_tax_due(self):
        """Return those that made tax on payment due (CGI, art. 269, 2, c)."""
        # sudo: the document of the transfer's own item
        return self.filtered(
            lambda one: (
                one.kind == "collected"
                and one.sudo().origin_line_id.move_id._recouv_taxes_on_payment()
            )
        )

    @api.private
    def action_reverse(self, reason, date=None, date_due=None, amount=None):
        """EXTENDS: where tax fell due, the document itself is owed again. A new item
        would leave the tax due with no money in, and bear none when it is paid.

        :return: the new transfers, none for what was taken back so
        """
        taxed = self._made_tax_due()
        others = self - taxed
        if taxed:
            taxed._reverse_with_tax(reason, date, amount)
        if not others:
            return others
        return super(RecouvTransfer, others).action_reverse(
            reason, date, date_due, amount
        )

    def _reverse_with_tax(self, reason, date, amount):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the receivable comes back."))
        self._check_rights()
        self._lock()
        day = date or fields.Date.context_today(self)
        for transfer in self:
            transfer._check_reversed_whole(amount, day)
        # sudo: rights were checked; entries of these very transfers
        for transfer in self.sudo():
            label = self.env._("Taken back: %s", transfer.invoice_id.name)
            transfer._take_back(day, label)
            if transfer.counterpart_company_id:
                transfer._take_back_counterpart(day, label)
            if claim := transfer.origin_claim_id:
                claim.message_post(
                    body=self.env._(
                        "Collected by the agency, taken back: %s", reason.strip()
                    )
                )

    def _check_reversed_whole(self, amount, day):
        """:raise UserError: a part of it was settled, or only a part is to come back;
        books locked"""
        self._check_can_come_back()
        # sudo: the item of this very transfer
        left = abs(self.sudo().target_line_id.amount_residual_currency)
        wanted = left if amount is None else amount
        differs = self.currency_id.compare_amounts
        if differs(left, self.amount_currency) or differs(wanted, left):
            raise UserError(
                self.env._(
                    "%s made tax due on payment: it comes back as a whole, or not at "
                    "all. Undo first what settled a part of it.",
                    self.display_name,
                )
            )
        if day < self.date:
            raise UserError(
                self.env._(
                    "%(document)s cannot be transferred before it was booked.",
                    document=self.display_name,
                )
            )
        # sudo: locks of the other company are told as a refusal only
        for company in (self.company_id, self.sudo().counterpart_company_id):
            if company:
                company._recouv_check_books_open(company, day)

    def action_seen(self):
        """The practice takes note of what the agency received for it."""
        self.check_access("write")
        # sudo: the day it was seen is written by this method only
        self.sudo().write({"seen_on": fields.Date.context_today(self)})
        return True

    # --- a payment that counts no more ----------------------------------------------

    def _take_back(self, day, label):
        """Take these collected sums out of the practice's books: owed again.

        The invoice's item is open again as it was; what the agency held is settled
        with the reversal or, once remitted, owed back by the practice.

        :param day: accounting date
        :param label: what the entry says; no name, no act
        :return: the entry
        """
        # the guard of transfers protects what is booked: these are not any more
        self.write({"state": "taken_back", "taken_back_on": day})
        books = self.with_company(self.company_id).with_context(**self._light_context())
        move = books.env["account.move"].create(books._prepare_taking_back(day, label))
        move._post(soft=False)
        books._pair_taking_back(move)
        return move

    def _prepare_taking_back(self, day, label):
        company = self.company_id
        journal = company._recouv_transfer_setting(self[:1]._kind_fields()[0])
        commands = []
        for rank, transfer in enumerate(self):
            for side, item in enumerate(
                (transfer.settling_line_id, transfer.target_line_id)
            ):
                commands.append(
                    Command.create(
                        {
                            "name": label,
                            "sequence": 2 * rank + side,
                            "account_id": item.account_id.id,
                            "partner_id": item.partner_id.id,
                            "currency_id": item.currency_id.id,
                            "amount_currency": -item.amount_currency,
                            "balance": -item.balance,
                            "no_followup": True,
                            "analytic_distribution": False,
                        }
                    )
                )
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": day,
            "ref": label,
            "recouv_funds": "back",
            "line_ids": commands,
        }

    def _pair_taking_back(self, move):
        lines = move.line_ids.sorted("sequence")
        plan = []
        for rank, transfer in enumerate(self):
            origin, settling = transfer.origin_line_id, transfer.settling_line_id
            settling._recouv_unmatch(origin)
            plan.append(settling + lines[2 * rank])
            # sudo: whether what it brought was remitted, not by which receipt
            remitted = transfer.sudo().receipt_line_id._is_remitted()
            if not remitted and not transfer.target_line_id.reconciled:
                plan.append(transfer.target_line_id + lines[2 * rank + 1])
        self.env["account.move.line"]._reconcile_plan(plan)

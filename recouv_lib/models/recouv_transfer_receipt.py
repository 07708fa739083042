from odoo import fields, models
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

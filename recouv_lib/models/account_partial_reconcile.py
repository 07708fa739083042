from odoo import models
from odoo.exceptions import UserError

from .recouv_transfer import BOOKED


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        # EXTENDS 'account': the invoice's own widget comes here, and so does any
        # change to a reconciled item, even in a locked year
        self._recouv_check_not_transfer()
        return super().unlink()

    def write(self, vals):
        # EXTENDS 'account': pointing it elsewhere is un-reconciling
        if {"debit_move_id", "credit_move_id", "amount"} & vals.keys():
            self._recouv_check_not_transfer()
        return super().write(vals)

    def _recouv_check_not_transfer(self):
        """Refuse to undo the reconciliation of a transfer with its receivable.

        :raises UserError: naming the transfer
        """
        if not self:  # Odoo un-reconciles nothing with each item that it writes
            return
        lines = self.debit_move_id | self.credit_move_id
        # sudo: a guard must see the transfers of whoever tries
        transfers = self.env["recouv.transfer"].sudo()
        transfer = transfers.search(
            [("state", "in", BOOKED), ("settling_line_id", "in", lines.ids)], limit=1
        )
        if transfer := transfer or self._recouv_mirrored(transfers, lines):
            raise UserError(
                self.env._(
                    "This reconciliation is the transfer “%(transfer)s”. It is undone "
                    "only by bringing the receivable back to the debtor.",
                    transfer=transfer.display_name,
                )
            )

    def _recouv_mirrored(self, transfers, lines):
        """Return a transfer that settles, in the other company's books, what an earlier
        one had brought there: what was bought and went back, or was credited.

        :param transfers: ``recouv.transfer``, elevated
        :param lines: the items of these reconciliations
        """
        after = transfers.search(
            [
                ("state", "in", BOOKED),
                ("counterpart_line_id", "in", lines.ids),
                "|",
                ("undone_id", "!=", False),
                ("followed_id", "!=", False),
            ]
        )
        pairs = {}
        for transfer in after:
            before = transfer.undone_id or transfer.followed_id
            items = transfer.counterpart_line_id | before.counterpart_line_id
            pairs[frozenset(items.ids)] = transfer
        for partial in self:
            items = partial.debit_move_id | partial.credit_move_id
            if transfer := pairs.get(frozenset(items.ids)):
                return transfer
        return transfers

from odoo import fields, models
from odoo.exceptions import UserError

from .account_move_screens import READERS
from .recouv_collection import METHODS


class AccountPayment(models.Model):
    """A payment taken at the desk: how, its receipt, and how it is taken back."""

    _inherit = "account.payment"

    recouv_method = fields.Selection(METHODS, "Way to pay", copy=False, groups=READERS)
    recouv_collection_ids = fields.One2many(
        "recouv.collection", "payment_id", readonly=True, groups=READERS
    )

    def _recouv_is_banked(self):
        """True if the bank confirmed it: its line on the way is reconciled, or, where
        it has no entry, it was validated."""
        for payment in self:
            if not payment.move_id:
                if payment.state == "paid":
                    return True
                continue
            liquidity, _counterpart, _others = payment._seek_for_lines()
            if liquidity.matched_debit_ids or liquidity.matched_credit_ids:
                return True
        return False

    # --- taking back ----------------------------------------------------------------

    def _recouv_take_back(self, reason):
        """Undo payments that were entered by mistake: cancelled, or, where the books
        are locked, reversed today."""
        for payment in self:
            if payment.move_id and payment._recouv_is_locked():
                payment._recouv_reverse(fields.Date.context_today(payment), reason)
                payment.state = "rejected"
            else:
                payment.action_cancel()

    def _recouv_is_locked(self):
        company = self.company_id
        lock_date = company._get_user_fiscal_lock_date(self.journal_id)
        return bool(self.move_id.inalterable_hash) or self.move_id.date <= lock_date

    def _recouv_reverse(self, on, reference):
        """Reverse the entry of a payment on day ``on``; what it paid is open again.

        The line on the way to the bank is closed, unless the bank confirmed it: then
        the reversal waits for the bank's own debit.

        :return: the reversal, posted
        """
        self.ensure_one()
        _liquidity, counterpart, others = self._seek_for_lines()
        (counterpart | others).remove_move_reconcile()
        reversal = self.move_id._reverse_moves([{"date": on, "ref": reference}])
        # Odoo pairs what is open with what it reverses; what it left is paired here
        reversal.action_post()
        entries = (self.move_id | reversal).line_ids
        waiting = entries.filtered(
            lambda item: item.account_id.reconcile and not item.reconciled
        )
        for lines in waiting.grouped("account_id").values():
            if len(lines.move_id) > 1:
                lines.reconcile()
        return reversal

    # --- receipt and bounce ---------------------------------------------------------

    def _recouv_collection(self):
        """Return the collection of this payment, made now for one taken elsewhere."""
        self.ensure_one()
        known = self.recouv_collection_ids[:1]
        if known:
            return known
        if self.payment_type != "inbound" or self.state not in ("in_process", "paid"):
            raise UserError(
                self.env._("%s is not money that was received.", self.display_name)
            )
        return self.env["recouv.collection"]._of_payment(self)

    def action_recouv_receipt(self):
        """Download the receipt of this payment (law: none may be refused)."""
        return self._recouv_collection().action_print_receipt()

    def action_recouv_undo(self):
        """Ask why this payment is undone."""
        return self._recouv_collection().action_ask_undo()

    def action_recouv_bounce(self):
        """Open the dialog of a payment that the bank sent back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The payment bounced"),
            "res_model": "recouv.bounce.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_payment_id": self.id},
        }

from odoo import models

from odoo.addons.recouv_lib.models.recouv_transfer import BOOKED

from .recouv_return_line_apply import GONE, cents


class RecouvShare(models.Model):
    """What payers answer on a share, and the money of it.

    The books say what is paid and open; the state says what was answered last.
    """

    _inherit = "recouv.share"

    _nir_idx = models.Index("(company_id, left(nir, 13)) WHERE nir IS NOT NULL")

    def _record_answer(self, lines):
        """Record what these lines answered, once they are booked.

        Set-based: one write per state.

        :param lines: ``recouv.return.line`` of these shares, in the file's order
        """
        states = {}
        for line in lines:
            share = line.share_id
            state = share._recouv_state_after(line)
            if state:
                states[share] = state
        for state, shares in _by_value(states).items():
            self.browse([share.id for share in shares])._set_state(state)

    def _recouv_state_after(self, line):
        """Return the state that an answer leads to, None when it changes none."""
        if line.status == "R" and not line.paid:
            return "rejected" if self._recouv_owes() else None
        if line.status == "D":
            return None
        if not self._recouv_owes():
            return "paid"
        if not cents(line.paid):
            # neither money nor a word of rejection: what was said before stands
            return None
        if line.paid < 0 and not cents(self._recouv_target()._recouv_money()):
            return "acknowledged"
        return "partial"

    def _recouv_current(self):
        """The attempt that counts now: a corrected part lives on in its next one.

        Not in one that was taken back: that one never left.
        """
        share = self
        while share.state == "corrected":
            following = share.next_share_ids.filtered(
                lambda one: one.state != "abandoned" or one.transfer_id
            )
            if not following:
                break
            share = following.sorted(lambda one: (one.attempt, one.id))[-1]
        return share

    def _recouv_target(self):
        """The journal item by which the payer owes the part."""
        return self.transfer_id.target_line_id

    def _recouv_owes(self):
        """Whether the payer owes something of this part by the books."""
        target = self._recouv_target()
        residual = target.amount_residual_currency
        return target.currency_id.compare_amounts(residual, 0) > 0

    def _recouv_against(self):
        """Return the code of what stands against booking an answer here, or None."""
        if self.state in GONE:
            return GONE[self.state]
        if self.move_id and self.move_id.state != "posted":
            return "cancelled"
        target = self._recouv_target()
        if not target or target.parent_state != "posted":
            return "not_booked"
        return None

    def _recouv_paid_partials(self):
        """Reconciliations of the payer's item with what returns paid."""
        return self._recouv_target().matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id.move_id.recouv_return_payment_id
        )

    def _recouv_returned(self):
        """Cents that returns paid on this share and did not take back."""
        return cents(sum(self._recouv_paid_partials().mapped("amount")))

    def _recouv_paid_on(self):
        days = self._recouv_target().matched_credit_ids.mapped("max_date")
        return max(days, default=False)

    def _recouv_reopen(self, items):
        """Take money back: what was paid is freed, and settles the sum taken back.

        :param items: the items of this share in one entry, of which some are debits
        """
        partials = self._recouv_paid_partials()
        credits = partials.credit_move_id | items.filtered(
            lambda item: item.balance < 0
        )
        debits = items.filtered(lambda item: item.balance > 0)
        partials.unlink()
        Item = self.env["account.move.line"]
        Item._reconcile_plan([debits | credits])
        self._recouv_take_again(credits)
        self._recouv_follow_transfer()

    def _recouv_take_again(self, credits):
        """Let money of this part settle it again, once a sum taken back is freed of it.

        :param credits: items that may be free again; others are left out
        """
        target = self._recouv_target()
        free = credits.filtered(
            lambda item: (
                not item.reconciled
                and item.balance < 0
                and item.account_id == target.account_id
                and item.move_id.recouv_return_payment_id
            )
        )
        if free and not target.reconciled:
            self.env["account.move.line"]._reconcile_plan([target | free])

    def _recouv_follow_transfer(self):
        """Say whether all of a part that came back to the patient stays there: what its
        payer owes again, as money was taken off it, can come back once more."""
        transfer = self.transfer_id
        if transfer.undoing_ids.filtered(lambda back: back.state in BOOKED):
            state = "posted" if self._recouv_owes() else "reversed"
            if transfer.state in BOOKED and transfer.state != state:
                transfer.state = state


def _by_value(pairs):
    groups = {}
    for key, value in pairs.items():
        groups.setdefault(value, []).append(key)
    return groups

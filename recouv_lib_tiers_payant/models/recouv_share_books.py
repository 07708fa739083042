from odoo import api, models
from odoo.tools import SQL

from .recouv_rejection import OPEN_STATES
from .recouv_share import OVER

#: states that the books decide
SETTLED = ("paid", "partial")
#: mark of what says itself where a share stands, once it has booked; no caller from
#: outside can put it into its context
ANSWERING = object()


class AccountPartialReconcile(models.Model):
    """Money reaches a payer's item in many ways: a payment, the bank's widget, a
    reconciliation by hand, and each may be undone. The part follows all of them."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'account': parts that receive money are paid, or paid in part."""
        partials = super().create(vals_list)
        partials._recouv_shares_settled()._follow_books()
        return partials

    def unlink(self):
        """EXTENDS 'account': parts whose money goes are owed again."""
        shares = self._recouv_shares_settled(money=False)
        result = super().unlink()
        shares.filtered(lambda share: share.state in SETTLED)._follow_books()
        return result

    def _recouv_shares_settled(self, money=True):
        """Return the living shares whose payers' items these reconcile.

        :param money: only where what settles them is money: neither a transfer, nor a
            credit note, nor a write-off, which say themselves what they do
        """
        # sudo: parts follow the books, whoever books
        shares = self.env["recouv.share"].sudo()
        if not self or self.env.context.get("recouv_share_answering") is ANSWERING:
            return shares
        self.flush_recordset(["debit_move_id", "credit_move_id"])
        shares.flush_model(["state", "transfer_id"])
        self.env["recouv.transfer"].flush_model(["target_line_id", "move_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT h.id
                     FROM account_partial_reconcile pr
                     JOIN recouv_transfer t ON t.target_line_id = pr.debit_move_id
                     JOIN recouv_share h ON h.transfer_id = t.id
                     JOIN account_move_line cl ON cl.id = pr.credit_move_id
                    WHERE pr.id IN %s AND h.state NOT IN %s %s""",
                tuple(self.ids),
                OVER,
                SQL("AND %s", shares._money_sql()) if money else SQL(),
            )
        )
        return shares.browse([row[0] for row in rows])


class RecouvShare(models.Model):
    """Where a part stands when its payer's item is settled otherwise than by an answer.

    The state of a part says what happened last. A return says it by its answers
    (``recouv_share_answer.py``); money that comes without one, and money that goes
    again, is heard of from the books.
    """

    _inherit = "recouv.share"

    def _follow_books(self):
        """Say of these parts whether they are paid, in part, or owed again."""
        if not self:
            return
        self.invalidate_recordset(["amount_paid", "amount_open"])
        states = {}
        for share in self:
            state = share._books_state()
            if state != share.state:
                states.setdefault(state, []).append(share.id)
        for state, ids in states.items():
            shares = self.browse(ids)
            shares._set_state(state)
            if state not in SETTLED:
                self.env["recouv.rejection"]._unrecover(shares)

    def _books_state(self):
        """Return the state that the books give this part, its own where they are
        silent: nothing is open, and no money came."""
        is_paid = self.currency_id.compare_amounts(self.amount_paid, 0) > 0
        is_open = self.currency_id.compare_amounts(self.amount_open, 0) > 0
        if is_paid:
            return "partial" if is_open else "paid"
        return self._unpaid_state() if is_open and self.state in SETTLED else self.state

    def _unpaid_state(self):
        """Return where this part stood before money came: by its rejections, its
        acknowledgment, its sending."""
        rejections = self.rejection_ids.filtered(
            lambda one: one.state in (*OPEN_STATES, "recovered")
        )
        if rejections:
            return "rejected"
        if self.ack_date:
            return "acknowledged"
        # what a lot brought back waits for another one to leave
        is_back = self.past_lot_ids and not self.lot_id.sent_on
        return "transmitted" if self.sent_on and not is_back else "draft"


class RecouvRejection(models.Model):
    _inherit = "recouv.rejection"

    @api.model
    def _unrecover(self, shares):
        """Take up again what money had recovered that went since.

        :param shares: shares that are owed again; the attempts before them wait for
            their answer as they did
        """
        chain, more = shares, shares.origin_share_id
        while more:
            chain, more = chain | more, more.origin_share_id - chain
        found = self.search([("share_id", "in", chain.ids)], order="id desc")
        for share, rejections in found.grouped("share_id").items():
            last = rejections[0]
            if last.state == "recovered":
                state = "to_do" if share in shares else "resent"
                last._record({"state": state, "closed_on": False})

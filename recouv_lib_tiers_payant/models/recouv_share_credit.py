from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib import parts
from .recouv_share import MOVING, OVER


class AccountMove(models.Model):
    """A credit note of a shared invoice lowers every part, or the one that is named."""

    _inherit = "account.move"

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """EXTENDS 'account': payers receive their part of the credit before the rest
        is netted with what the patient owes; none of what was remitted to a debtor."""
        for refund in reverse_moves:
            # sudo: the books demand it, whoever posts the credit note
            if refund.move_type != "out_refund" or refund.sudo().recouv_plan_id:
                continue
            shares = refund.sudo().reversed_entry_id.recouv_share_ids
            if shares.filtered("is_booked"):
                shares.filtered("is_booked")._share_credit(refund.sudo())
        return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)

    def _recouv_credits_debtor(self):
        """EXTENDS: what is within the part of one payer alone is not the patient's."""
        # sudo: the parts of the invoice, whoever posts the credit note
        shares = self.sudo().reversed_entry_id.recouv_share_ids
        named = shares.filtered(
            lambda s: s.is_booked and s.kind == self.recouv_credit_part
        )
        borne = sum(share._bears() for share in named)
        if named and self.currency_id.compare_amounts(self.amount_total, borne) <= 0:
            return False
        return super()._recouv_credits_debtor()


class RecouvTransfer(models.Model):
    """Transfers of payers' parts obey the parts."""

    _inherit = "recouv.transfer"

    def _rooms(self, credit):
        """EXTENDS: what payers' parts take of a credit note is settled with it."""
        shared = (
            self.env["recouv.share"]
            .sudo()  # sudo: whether a part stands behind a transfer, not which
            .search([("transfer_id", "in", self.ids)])
            .transfer_id
        )
        return [
            (transfer, room)
            for transfer, room in super()._rooms(credit)
            if transfer not in shared
        ]

    def _may_take_share(self):
        """EXTENDS: a part that was recorded is what its payer owes."""
        moving = self.env.context.get("recouv_share_moving") is MOVING
        return moving or super()._may_take_share()

    def action_reverse(self, reason, date=None, date_due=None, amount=None):
        """EXTENDS: what comes back of a part is said on the part; an exempted one
        never comes back to the patient by a mere button."""
        shares = self._living_shares()
        moving = self.env.context.get("recouv_share_moving") is MOVING
        if not moving:
            shares._check_patient_may_owe()
        backs = super().action_reverse(reason, date, date_due, amount)
        if not moving:
            gone = shares.filtered(lambda s: s.transfer_id.state == "reversed")
            gone._set_state("to_patient")
        return backs

    def _credit_left(self):
        """Return what was moved, less the credit notes that followed it."""
        followed = self.search(
            [("followed_id", "=", self.id), ("state", "in", ("posted", "reversed"))]
        )
        return self.amount_currency - sum(followed.mapped("amount_currency"))

    def _living_shares(self):
        # sudo: the parts follow their transfers, whoever brings them back
        return (
            self.env["recouv.share"]
            .sudo()
            .search([("transfer_id", "in", self.ids), ("state", "not in", OVER)])
        )


class RecouvShare(models.Model):
    """What a credit note takes from each part."""

    _inherit = "recouv.share"

    def _share_credit(self, refund):
        """Bring to each payer its part of a credit note that is being posted.

        In proportion of what each part and the patient bear, to the cent; or wholly to
        the part that the credit note names. A payer that has paid is owed it back.

        :raises UserError: a part was given up, which the credit note would give back
        """
        self._check_not_given_up(refund)
        for credit in refund._recouv_open_receivables():
            self._share_credit_item(credit)

    def _check_not_given_up(self, refund):
        """Refuse to credit a payer what it never paid and does not owe any more."""
        named = refund.recouv_credit_part or "all"
        asked = self.filtered(lambda share: named in ("all", share.kind))
        items = asked.transfer_id.target_line_id
        # sudo: which of these parts were written off, whoever posts the credit note
        gone = (
            self.env["recouv.write.off"]
            .sudo()
            .search(
                [
                    ("claim_id.move_line_id", "in", items.ids),
                    ("state", "=", "decided"),
                ],
                limit=1,
            )
        )
        if gone:
            item = gone.claim_id.move_line_id
            share = asked.filtered(lambda s: s.transfer_id.target_line_id == item)[:1]
            raise UserError(
                self.env._(
                    "%(share)s was written off (%(act)s): undo the write-off, or say "
                    "on the credit note that it is for another part.",
                    share=share.display_name,
                    act=gone.display_name,
                )
            )

    def _share_credit_item(self, credit):
        transfers = self.env["recouv.transfer"]
        vals_list = [
            share.transfer_id._credit_vals(credit, amount)
            for share, amount in self._credit_parts(credit)
        ]
        moved = transfers.create(vals_list)._post()
        pairs = [t.target_line_id + t.followed_id.target_line_id for t in moved]
        self.env["account.move.line"]._reconcile_plan(
            [pair for pair in pairs if not any(pair.mapped("reconciled"))]
        )
        self._cancel_credited()

    def _credit_parts(self, credit):
        """Return [(part, amount)] that a credit item gives, zero ones left out."""
        scale = 10**credit.currency_id.decimal_places
        bears = {share: share._bears() for share in self if share.transfer_id}
        named = credit.move_id.recouv_credit_part or "all"
        if named in ("amo", "amc"):
            bears = {s: left for s, left in bears.items() if s.kind == named}
        elif named == "patient":
            return []
        amount = round(abs(credit.amount_residual_currency) * scale)
        weights = [round(left * scale) for left in bears.values()]
        if named == "all":
            weights.append(round(self._patient_bears(credit, bears) * scale))
        shared = parts.in_proportion(amount, weights)
        return [
            (share, cents / scale)
            for share, cents in zip(bears, shared, strict=False)
            if cents
        ]

    def _bears(self):
        """Return what of this part was neither credited nor brought back."""
        self.ensure_one()
        if self.state == "corrected":
            return 0.0
        gone = self.transfer_id.undoing_ids.filtered(
            lambda t: t.state in ("posted", "reversed")
        )
        return max(
            0.0, self.transfer_id._credit_left() - sum(gone.mapped("amount_currency"))
        )

    def _patient_bears(self, credit, bears):
        """Return what the patient bears of the invoice, earlier credit notes off."""
        refund = credit.move_id
        invoice = refund.reversed_entry_id
        before = invoice.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and move != refund
        )
        total = invoice.amount_total - sum(before.mapped("amount_total"))
        return max(0.0, total - sum(bears.values()))

    def _cancel_credited(self):
        """Say so where nothing is left to ask of a payer that has paid nothing; and
        nobody treats a rejection of what is not owed any more."""
        gone = self.filtered(
            lambda share: (
                share.state not in (*OVER, "paid", "partial")
                and share.currency_id.is_zero(share._bears())
            )
        )
        gone._set_state("cancelled")
        asked = self.filtered(lambda share: share.state not in OVER) | gone
        nothing_left = asked.filtered(
            lambda share: (
                share.currency_id.compare_amounts(share._bears(), share.amount_paid)
                <= 0
            )
        )
        self.env["recouv.rejection"]._end(nothing_left, "credited")


class RecouvClaim(models.Model):
    """A payer's item that a credit note closed is credited, not of unknown end."""

    _inherit = "recouv.claim"

    @api.model
    def _settlement_kind_sql(self):
        """EXTENDS: a credit that followed a part to its payer."""
        return SQL(
            """SELECT COALESCE((%s), CASE WHEN EXISTS (
                        SELECT 1 FROM account_partial_reconcile fr
                          JOIN recouv_transfer ft
                            ON ft.target_line_id = fr.credit_move_id
                           AND ft.is_credit
                         WHERE fr.debit_move_id = l.id) THEN 'credited' END)""",
            super()._settlement_kind_sql(),
        )

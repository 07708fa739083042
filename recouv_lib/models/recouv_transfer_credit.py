from odoo import api, fields, models


class RecouvTransfer(models.Model):
    """A credit note posted after a transfer follows it to who holds the receivable."""

    _inherit = "recouv.transfer"

    @api.model
    def _follow_credit_notes(self, credit_notes):
        """Bring the open credit of these posted credit notes to who holds the invoice.

        Holders with something still open come first, oldest transfer first; then an
        assignee or subrogee, who took the whole and is owed what does not exist. The
        rest stays with the debtor.
        """
        for credit_note in credit_notes:
            holders = self.search(
                [
                    ("invoice_id", "=", credit_note.reversed_entry_id.id),
                    ("state", "in", ("posted", "reversed")),
                    # the debtor paid what the agency collected: the credit is his
                    ("kind", "!=", "collected"),
                    ("is_credit", "=", False),
                ],
                order="id",
            )
            for credit in credit_note._recouv_open_receivables() if holders else ():
                holders._follow_credit(credit)

    def _follow_credit(self, credit):
        """Share one credit item out among the holders and net it with what they owe."""
        pairs, vals_list, left = [], [], abs(credit.amount_residual_currency)
        for holder, room in self._rooms(credit):
            amount = min(left, room)
            if credit.currency_id.compare_amounts(amount, 0) <= 0:
                continue
            left -= amount
            if holder._is_on(credit):
                # back on its first debtor: the credit only has to be netted
                pairs.append(credit + holder.target_line_id)
            else:
                vals_list.append(holder._credit_vals(credit, amount))
        moved = self.create(vals_list)._post()
        pairs += [t.target_line_id + t.followed_id.target_line_id for t in moved]
        self.env["account.move.line"]._reconcile_plan(
            [pair for pair in pairs if not any(pair.mapped("reconciled"))]
        )
        moved._after_following()

    def _after_following(self):
        """Say what follows from credits that went to a holder; for the add-ons."""

    def _is_on(self, credit):
        target = self.target_line_id
        return (target.account_id, target.partner_id) == (
            credit.account_id,
            credit.partner_id,
        )

    def _rooms(self, credit):
        """Return [(transfer, amount it can take)], those still open first."""
        same = self.filtered(lambda t: t.currency_id == credit.currency_id)
        moved_on = self.search(
            [
                ("origin_line_id", "in", same.target_line_id.ids),
                ("state", "in", ("posted", "reversed")),
            ]
        ).origin_line_id
        still_open = same.filtered(lambda t: not t.target_line_id.reconciled)
        wholes = (same - still_open).filtered(
            lambda t: t._took_the_whole() and t.target_line_id not in moved_on
        )
        return [(t, t._credit_room()) for t in still_open + wholes]

    def _took_the_whole(self):
        return self.kind in ("assignment", "subrogation")

    def _credit_room(self):
        """Return how much credit this holder can take: what it owes or what it took."""
        if not self._took_the_whole():
            return abs(self.target_line_id.amount_residual_currency)
        given_back = self.search(
            [
                ("state", "in", ("posted", "reversed")),
                "|",
                ("followed_id", "=", self.id),
                ("undone_id", "=", self.id),
            ]
        )
        room = self.amount_currency - sum(given_back.mapped("amount_currency"))
        return self.currency_id.round(room)

    def _credit_day(self, credit):
        """Return the day on which a credit follows: its own; in two companies' books
        never before what it follows, and today where the other has closed its books
        on that day, which must not keep this one from crediting."""
        # sudo: a lock of the other company, of which nothing is told
        other = self.sudo().counterpart_company_id
        if not other:
            return credit.date
        day = max(credit.date, self.date)
        journal = self.company_id._recouv_transfer_setting(self._kind_fields()[0])
        if other._get_violated_lock_dates(day, False, journal):
            return max(day, fields.Date.context_today(self))
        return day

    def _credit_vals(self, credit, amount):
        target = self.target_line_id
        return {
            "kind": self.kind,
            "company_id": self.company_id.id,
            "is_credit": True,
            "followed_id": self.id,
            "origin_line_id": credit.id,
            "amount_currency": amount,
            "target_partner_id": target.partner_id.id,
            "target_account_id": target.account_id.id,
            "date": (day := self._credit_day(credit)),
            "date_due": day,
            "reason": credit.move_id.name,
            "counterpart_company_id": self.counterpart_company_id.id,
            "counterpart_partner_id": self.counterpart_partner_id.id,
        }

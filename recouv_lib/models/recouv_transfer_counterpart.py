from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .res_company_transfer import COUNTERPART_FIELDS


class RecouvTransfer(models.Model):
    """The mirror entry of a transfer in another company's books.

    The only place where this model acts on a company the user may not be in.
    """

    _inherit = "recouv.transfer"

    def _check_counterpart(self):
        """Refuse a mirror entry that the other company has not agreed to.

        What this method lets through is all that :meth:`_post_counterparts` can do:
        one debit and one credit on the two accounts which that company has set for
        the kind, up to the amount transferred, dated in its open books.
        """
        other = self.counterpart_company_id
        if not other:
            return
        if before := self.undone_id or self.followed_id:
            self._check_counterpart_before(before)
        elif self.kind not in COUNTERPART_FIELDS or other.root_id == (
            self.company_id.root_id
        ):
            raise UserError(
                self.env._(
                    "%(document)s has no mirror entry in %(company)s.",
                    document=self.display_name,
                    company=other.name,
                )
            )
        elif not self._counterpart_is_agreed():
            raise UserError(
                self.env._(
                    "%(company)s has not agreed that %(practice)s books in its name.",
                    company=other.name,
                    practice=self.company_id.name,
                )
            )
        self._check_counterpart_values()

    def _check_counterpart_before(self, before):
        if before.counterpart_company_id != self.counterpart_company_id:
            raise UserError(
                self.env._(
                    "%(document)s was not booked in %(company)s.",
                    document=self.display_name,
                    company=self.counterpart_company_id.name,
                )
            )

    def _counterpart_is_agreed(self):
        """Say whether the other company accepts mirror entries from this one.

        Add-ons that hold a signed mandate or contract extend it.
        """
        return self.company_id in (
            self.counterpart_company_id.recouv_transfer_company_ids
        )

    def _check_counterpart_values(self):
        self._check_counterpart_sum()
        self._check_counterpart_partner()
        self._counterpart_accounts()
        self._check_counterpart_lock()

    def _check_counterpart_sum(self):
        amount = self._counterpart_sum()
        compare = self.currency_id.compare_amounts
        if compare(amount, 0) <= 0 or compare(amount, self.amount_currency) > 0:
            raise UserError(
                self.env._(
                    "%(document)s: the sum booked in %(company)s must be positive and "
                    "at most what is transferred.",
                    document=self.display_name,
                    company=self.counterpart_company_id.name,
                )
            )

    def _check_counterpart_partner(self):
        other = self.counterpart_company_id
        partner = self.counterpart_partner_id
        needed = self._took_the_whole()
        if (needed and not partner) or partner.company_id not in (
            other.browse(),
            other,
        ):
            raise UserError(
                self.env._(
                    "%(document)s: name as debtor a contact of %(company)s.",
                    document=self.display_name,
                    company=other.name,
                )
            )

    def _check_counterpart_lock(self):
        other = self.counterpart_company_id
        journal = other._recouv_transfer_setting(self._kind_fields()[0])
        if locks := other._get_violated_lock_dates(self.date, False, journal):
            raise UserError(
                self.env._(
                    "%(document)s cannot be booked on %(date)s in %(company)s: its "
                    "books are locked (%(locks)s). Nothing was booked.",
                    document=self.display_name,
                    date=fields.Date.to_string(self.date),
                    company=other.name,
                    locks=self.env["res.company"]._format_lock_dates(locks),
                )
            )

    def _counterpart_sum(self):
        """Return what is booked there, in the currency of the item."""
        undone = self.undone_id or self.followed_id
        if not undone:
            return self.counterpart_amount or self.amount_currency
        share = self.amount_currency / undone.amount_currency
        return self.currency_id.round(undone._counterpart_sum() * share)

    def _counterpart_accounts(self):
        """Return (debit, credit) accounts there; swapped when something comes back."""
        kind = (self.undone_id or self.followed_id or self).kind
        debit, credit = (
            self.counterpart_company_id._recouv_transfer_setting(fname)
            for fname in COUNTERPART_FIELDS[kind]
        )
        return (credit, debit) if self._comes_back() else (debit, credit)

    def _comes_back(self):
        return bool(self.undone_id) != self.is_credit

    def _post_counterparts(self):
        """Post the mirror entries in the other companies, in the same transaction.

        Runs elevated, on what :meth:`_check_counterpart` let through; the user who
        asked is recorded as author of the entry. Nothing of it can be read from here.
        """
        for transfer in self.filtered("counterpart_company_id"):
            transfer._post_counterpart()

    def _post_counterpart(self):
        other = self.counterpart_company_id
        books = self.with_company(other)
        move = books.env["account.move"].create(books._prepare_counterpart())
        move._post(soft=False)
        debit, credit = move.line_ids.sorted("sequence")
        item = credit if self._comes_back() else debit
        self.write({"counterpart_move_id": move.id, "counterpart_line_id": item.id})
        if before := self.undone_id or self.followed_id:
            before._settle_counterpart(move)

    def _prepare_counterpart(self):
        other = self.counterpart_company_id
        label = self._entry_label()
        return {
            "move_type": "entry",
            "company_id": other.id,
            "journal_id": other._recouv_transfer_setting(self._kind_fields()[0]).id,
            "date": self.date,
            "ref": label,
            "line_ids": [
                Command.create(vals) for vals in self._prepare_counterpart_items(label)
            ],
        }

    def _prepare_counterpart_items(self, label):
        """Return the debit and the credit, at the day's rate where currencies differ.

        The debtor is on the debit, the practice on the credit; the other way round
        when something comes back.
        """
        other = self.counterpart_company_id
        amount = self._counterpart_sum()
        balance = self.currency_id._convert(amount, other.currency_id, other, self.date)
        partners = [self.counterpart_partner_id, self.company_id.partner_id]
        if self._comes_back():
            partners.reverse()
        accounts = self._counterpart_accounts()
        return [
            {
                "name": label,
                "sequence": rank,
                "account_id": accounts[rank].id,
                "partner_id": partners[rank].commercial_partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": sign * amount,
                "balance": sign * balance,
                "analytic_distribution": False,
            }
            for rank, sign in enumerate((1, -1))
        ]

    def _settle_counterpart(self, move):
        """Reconcile what is still open of this mirror entry with its reversal."""
        pairs = [
            old + new
            for old in self.counterpart_move_id.line_ids
            for new in move.line_ids
            if old.account_id == new.account_id and old.balance * new.balance < 0
        ]
        self.env["account.move.line"]._reconcile_plan(
            [pair for pair in pairs if not any(pair.mapped("reconciled"))]
        )

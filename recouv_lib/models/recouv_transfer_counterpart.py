from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .res_company_transfer import COUNTERPART_FIELDS


class RecouvTransfer(models.Model):
    """The mirror entry of a transfer in another company's books.

    The only place where this model acts on a company the user may not be in.
    """

    _inherit = "recouv.transfer"

    # of the other company: only the methods of this model, elevated, read it
    counterpart_owed_line_id = fields.Many2one(
        "account.move.line",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

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
        """Return the accounts there of the debtor and of what is owed to us.

        What comes back or follows goes where the first transfer was booked.
        """
        before = self.undone_id or self.followed_id
        debtor = before.counterpart_line_id.account_id
        owed = before.counterpart_owed_line_id.account_id
        if debtor and owed:
            return debtor, owed
        kind = (before or self).kind
        return tuple(
            self.counterpart_company_id._recouv_transfer_setting(fname)
            for fname in COUNTERPART_FIELDS[kind]
        )

    def _comes_back(self):
        return bool(self.undone_id) != self.is_credit

    def _post_counterparts(self):
        """Post the mirror entries in the other companies, in the same transaction.

        One entry for all transfers of one entry here. Runs elevated, on what
        :meth:`_check_counterpart` let through; the user who asked is recorded as
        author of the entry. Nothing of it can be read from here.
        """
        ours = self.filtered("counterpart_company_id")
        for other, transfers in ours.grouped("counterpart_company_id").items():
            transfers._post_counterpart(other)

    def _post_counterpart(self, other):
        books = self.with_company(other).with_context(**self._light_context(other))
        entry = books._prepare_counterpart(other)
        move = books.env["account.move"].create(entry)
        move._post(soft=False)
        lines = move.line_ids.sorted("sequence")
        owed = {
            (line.account_id, line.partner_id, line.currency_id): line
            for line in lines[len(self) :]
        }
        for transfer, item in zip(books, lines, strict=False):
            values = transfer._owed_key()
            transfer.write(
                {
                    "counterpart_move_id": move.id,
                    "counterpart_line_id": item.id,
                    "counterpart_owed_line_id": owed[values].id,
                }
            )
        books._settle_counterparts()

    def _prepare_counterpart(self, other):
        labels = [transfer._entry_label() for transfer in self]
        label = labels[0] if len(self) == 1 else self[0]._kind_label()
        journal = other._recouv_transfer_setting(self[0]._kind_fields()[0])
        return {
            "move_type": "entry",
            "company_id": other.id,
            "journal_id": journal.id,
            "date": self[0].date,
            "ref": label,
            "line_ids": [
                Command.create(vals | {"sequence": rank})
                for rank, vals in enumerate(self._prepare_counterpart_items(labels))
            ],
        }

    def _prepare_counterpart_items(self, labels):
        """Return what each debtor owes there, then what is owed to each practice.

        At the day's rate where currencies differ; the signs are the other way round
        when something comes back.
        """
        debtors, owed = [], {}
        for transfer, label in zip(self, labels, strict=True):
            sign = -1 if transfer._comes_back() else 1
            amount, balance = transfer._counterpart_amounts()
            debtors.append(transfer._prepare_debtor_item(label, sign))
            account, partner, currency = key = transfer._owed_key()
            item = owed.setdefault(
                key,
                {
                    "name": label if len(self) == 1 else transfer._kind_label(),
                    "account_id": account.id,
                    "partner_id": partner.id,
                    "currency_id": currency.id,
                    "amount_currency": 0.0,
                    "balance": 0.0,
                    "analytic_distribution": False,
                },
            )
            item["amount_currency"] -= sign * amount
            item["balance"] -= sign * balance
        return [*debtors, *owed.values()]

    def _prepare_debtor_item(self, label, sign):
        """Return what the debtor owes there (or no more), for one transfer."""
        amount, balance = self._counterpart_amounts()
        return {
            "name": label,
            "account_id": self._counterpart_accounts()[0].id,
            "partner_id": self.counterpart_partner_id.commercial_partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": sign * amount,
            "balance": sign * balance,
            "analytic_distribution": False,
        }

    def _counterpart_amounts(self):
        """Return (amount, amount in the other company's currency), positive."""
        other = self.counterpart_company_id
        amount = self._counterpart_sum()
        return amount, self.currency_id._convert(
            amount, other.currency_id, other, self.date
        )

    def _owed_key(self):
        """Return (account, partner, currency) of what is owed there to us."""
        creditor = self._counterpart_creditor().commercial_partner_id
        return self._counterpart_accounts()[1], creditor, self.currency_id

    def _counterpart_creditor(self):
        """Return the contact of the other company to whom it owes the sum.

        Add-ons whose other company has its own contact of us extend it.
        """
        return self.company_id.partner_id

    def _take_back_counterpart(self, day, label):
        """Take one mirror entry out of the other company's books: the debtor owes
        there again as before, what was owed to us or by us is no more.

        :param day: accounting date
        :param label: what the entry says; no name, no act
        """
        other = self.counterpart_company_id
        item, owed = self.counterpart_line_id, self.counterpart_owed_line_id
        amounts = (item.amount_currency, item.balance)
        books = self.with_company(other).with_context(**self._light_context(other))
        journal = other._recouv_transfer_setting(self._kind_fields()[0])
        move = books.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": other.id,
                "journal_id": journal.id,
                "date": day,
                "ref": label,
                "recouv_funds": "back",
                "line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "sequence": rank,
                            "account_id": line.account_id.id,
                            "partner_id": line.partner_id.id,
                            "currency_id": line.currency_id.id,
                            "amount_currency": sign * amounts[0],
                            "balance": sign * amounts[1],
                            "no_followup": True,
                            "analytic_distribution": False,
                        }
                    )
                    for rank, (line, sign) in enumerate(((item, -1), (owed, 1)))
                ],
            }
        )
        move._post(soft=False)
        before = self.undone_id or self.followed_id
        item._recouv_unmatch(before.counterpart_line_id)
        pairs = zip((item, owed), move.line_ids.sorted("sequence"), strict=True)
        plan = [old + new for old, new in pairs if not old.reconciled]
        self.env["account.move.line"]._reconcile_plan(plan)

    def _settle_counterparts(self):
        """Reconcile what is still open of earlier mirror entries with what follows."""
        pairs, owed = [], {}
        for transfer in self:
            if before := transfer.undone_id or transfer.followed_id:
                pairs.append(before.counterpart_line_id + transfer.counterpart_line_id)
                item = transfer.counterpart_owed_line_id
                owed.setdefault(item, item)
                owed[item] |= before.counterpart_owed_line_id
        plan = [
            lines
            for items in (*pairs, *owed.values())
            for lines in [items.filtered(lambda item: not item.reconciled)]
            if len(lines) > 1 and len(lines.account_id) == 1
        ]
        self.env["account.move.line"]._reconcile_plan(plan)

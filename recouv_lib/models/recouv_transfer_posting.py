from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import format_list, split_every

from .recouv_transfer import DAILY_KINDS
from .res_company_transfer import COUNTERPART_FIELDS

#: transfers in one entry: two items each, so that an entry has at most 50 items
#: (core's cost of an item grows with the size of its entry)
ENTRY_TRANSFERS = 25


class RecouvTransfer(models.Model):
    """Booking of transfers.

    Strategy: lock the drafts, then their items (no waiting: who comes second is told
    so); check everything, for all, and name what is missing; only then write entries
    of at most 50 items, each posted and reconciled at once. One call is one
    transaction: a caller with many transfers calls and commits piece by piece.
    """

    _inherit = "recouv.transfer"

    def _post(self):
        """Book the drafts among these transfers.

        :return: the transfers booked now (those already booked are left out, so that
            a double click changes nothing)
        :raises UserError: what is missing or refused, named, before anything is booked
        """
        self._check_rights()
        drafts = self._lock().filtered(lambda t: t.state == "draft")
        if not drafts:
            return drafts
        drafts._check_postable()
        entries = drafts._split_entries()
        drafts.browse([id_ for entry in entries for id_ in entry.ids])._share_amounts()
        for entry in entries:
            entry._post_entry()
        drafts._carry_claims()
        return drafts

    def _split_entries(self):
        """Return one recordset per entry, in the order in which they are posted."""
        groups = self.grouped(lambda transfer: transfer._entry_key())
        return [
            self.browse(ids)
            for group in groups.values()
            for ids in split_every(ENTRY_TRANSFERS, group.ids)
        ]

    def _entry_key(self):
        journal = self.company_id._recouv_transfer_setting(self._kind_fields()[0])
        return (self.company_id, journal, self.kind, self.is_credit, self.date)

    # --- locks --------------------------------------------------------------------

    def _lock(self):
        """Lock transfers, then their items, and read both afresh.

        The items are locked weakly enough for others to reconcile elsewhere and
        strongly enough that nobody changes what is owed meanwhile.

        :raises UserError: someone else is working on one of them
        """
        self.flush_recordset()
        # sudo: row locks on items the user may read but not write
        lines = self.sudo().origin_line_id
        lines.flush_recordset()
        try:
            self.sudo().lock_for_update(allow_referencing=True)
            lines.lock_for_update(allow_referencing=True)
        except LockError as error:
            names = format_list(self.env, [t.display_name for t in self[:5]])
            raise UserError(
                self.env._(
                    "Someone else is working on the same receivable (%(names)s). "
                    "Nothing was booked; try again in a moment.",
                    names=names,
                )
            ) from error
        self.invalidate_recordset(["state"])
        lines.invalidate_recordset()
        return self

    # --- checks -------------------------------------------------------------------

    def _check_rights(self):
        """A secretary books payers' shares and returns; the manager the rest."""
        if self.env.su:
            return
        self.check_access("write")
        manager = self.env.user.has_group("recouv_lib.group_manager")
        kinds = {t.undone_id.kind or t.kind for t in self}
        if manager or not kinds - set(DAILY_KINDS):
            return
        raise AccessError(
            self.env._("Only a manager of the receivables follow-up may book this.")
        )

    def _check_plan(self):
        """Refuse at once what could never be booked."""
        for transfer in self.sudo():
            transfer._check_own_item()

    def _check_own_item(self):
        line = self.origin_line_id
        if line.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "The receivable %(line)s belongs to another company.",
                    line=line.move_id.name,
                )
            )
        expected = -1 if self.is_credit else 1
        is_receivable = line.account_type == "asset_receivable"
        if (line.balance * expected) <= 0 or not (is_receivable or self._holds(line)):
            raise UserError(
                self.env._(
                    "%(line)s is not a receivable: only what someone owes is "
                    "transferred.",
                    line=line.display_name,
                )
            )

    @api.model
    def _holds(self, line):
        return line in self._booked_on(lines=line).target_line_id

    def _share_amounts(self):
        """Take the company-currency amounts again, in posting order, under the lock.

        Pro rata of the item; the last one takes what remains, so that no cent of
        exchange difference is left.
        """
        # sudo: amounts of checked transfers
        for line, transfers in self.sudo().grouped("origin_line_id").items():
            left = abs(line.amount_residual_currency)
            balance = abs(line.amount_residual)
            for transfer in transfers:
                amount = line._recouv_company_part(
                    transfer.amount_currency, left, balance
                )
                if transfer.amount != amount:
                    transfer.amount = amount
                left -= transfer.amount_currency
                balance -= amount

    def _check_postable(self):
        """Check every transfer before the first is booked.

        :raises UserError: with the document, account, journal or lock date at fault
        """
        # sudo: the books are checked whole, whatever the user sees of them
        transfers = self.sudo()
        for transfer in transfers:
            transfer._check_open()
            transfer._check_target()
            transfer._check_lock_dates()
            transfer._check_counterpart()
        transfers._check_amounts()
        transfers._check_payments_under_way()
        transfers._check_cash_basis()

    def _check_open(self):
        line = self.origin_line_id
        if line.parent_state != "posted" or line.reconciled:
            raise UserError(
                self.env._(
                    "%(document)s is not open any more: nothing of it can be "
                    "transferred.",
                    document=self.display_name,
                )
            )

    def _check_amounts(self):
        """The live transfers of an item never exceed what it owes, under its lock."""
        for line, transfers in self.grouped("origin_line_id").items():
            owed = abs(line.amount_residual_currency)
            wanted = sum(transfers.mapped("amount_currency"))
            if line.currency_id.compare_amounts(wanted, owed) > 0:
                raise UserError(
                    self.env._(
                        "%(document)s: %(wanted)s cannot be transferred, only "
                        "%(owed)s is still owed.",
                        document=transfers[0].display_name,
                        wanted=line.currency_id.format(wanted),
                        owed=line.currency_id.format(owed),
                    )
                )

    def _check_payments_under_way(self):
        """Where a payment has no entry yet, the item still shows all it owed."""
        for invoice, transfers in self.grouped(
            lambda t: t.origin_line_id.move_id
        ).items():
            under_way = invoice._recouv_payments_under_way()
            if not under_way:
                continue
            lines = invoice.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            free = sum(lines.mapped("amount_residual_currency")) - under_way
            wanted = sum(transfers.mapped("amount_currency"))
            if invoice.currency_id.compare_amounts(wanted, free) > 0:
                raise UserError(
                    self.env._(
                        "%(document)s: a payment of %(amount)s is under way; what it "
                        "pays cannot be transferred.",
                        document=invoice.name,
                        amount=invoice.currency_id.format(under_way),
                    )
                )

    def _check_cash_basis(self):
        """A transfer would make tax on payment due although no money came in."""
        for move in self.origin_line_id.move_id:
            if values := move._collect_tax_cash_basis_values():
                taxes = self.env["account.tax"].union(
                    *(
                        line.tax_line_id or line.tax_ids
                        for _kind, line in values["to_process_lines"]
                    )
                )
                raise UserError(
                    self.env._(
                        "%(document)s bears tax due on payment (%(taxes)s): "
                        "transferring it would make that tax due with no money in. "
                        "Nothing was booked.",
                        document=move.name,
                        taxes=format_list(self.env, taxes.mapped("name")),
                    )
                )

    def _check_target(self):
        """Name the journal, account or partner that is missing or unusable."""
        journal_field, account_field = self._kind_fields()
        self.company_id._recouv_transfer_setting(journal_field)
        if not self.target_account_id and account_field:
            self.company_id._recouv_transfer_setting(account_field)
        if not self.target_partner_id:
            raise UserError(
                self.env._(
                    "%(document)s: who owes from now on?",
                    document=self.display_name,
                )
            )
        account = self.target_account_id
        if not account or not account.active or not account.reconcile:
            raise UserError(
                self.env._(
                    "%(document)s: the account %(account)s of %(partner)s is missing, "
                    "archived or does not allow reconciliation. Nothing was booked.",
                    document=self.display_name,
                    account=account.display_name or self.env._("(none)"),
                    partner=self.target_partner_id.display_name,
                )
            )
        self._check_target_differs()

    def _check_target_differs(self):
        line = self.origin_line_id
        partner = self.target_partner_id.commercial_partner_id
        if (line.account_id, line.partner_id) == (self.target_account_id, partner):
            raise UserError(
                self.env._(
                    "%(document)s: %(partner)s already owes it.",
                    document=self.display_name,
                    partner=partner.display_name,
                )
            )

    def _check_lock_dates(self):
        """Core would move the date silently; a human decides instead."""
        journal = self.company_id._recouv_transfer_setting(self._kind_fields()[0])
        # the lock as it is for the user, with the exceptions granted to them
        locks = self.company_id._get_violated_lock_dates(self.date, False, journal)
        if locks:
            raise UserError(
                self.env._(
                    "%(document)s cannot be booked on %(date)s: the books are locked "
                    "(%(locks)s). Nothing was booked.",
                    document=self.display_name,
                    date=fields.Date.to_string(self.date),
                    locks=self.env["res.company"]._format_lock_dates(locks),
                )
            )
        if self.date < self.origin_line_id.date:
            raise UserError(
                self.env._(
                    "%(document)s cannot be transferred before it was booked.",
                    document=self.display_name,
                )
            )

    # --- the entry ----------------------------------------------------------------

    def _post_entry(self):
        """Write, post and reconcile one entry for transfers of one key."""
        # sudo: the user's rights on the transfers were checked; the entry is made of
        # checked values only. The user stays the author of the entry.
        books = self.sudo().with_company(self.company_id)
        books = books.with_context(**self._light_context())
        move = books.env["account.move"].create(books._prepare_entry())
        move._post(soft=False)
        books._store_items(move)
        books._reconcile_items()
        books._post_counterparts()

    def _light_context(self):
        """Skip the chatter, except where the law's audit trail is switched on."""
        if self.company_id.sudo().restrictive_audit_trail:
            return {}
        return {"tracking_disable": True}

    def _prepare_entry(self):
        company = self.company_id
        words = self.with_context(lang=company.partner_id.lang or self.env.lang)
        labels = [transfer._entry_label() for transfer in words]
        lines = []
        for rank, (transfer, label) in enumerate(zip(self, labels, strict=True)):
            lines.append(transfer._prepare_settling(label, 2 * rank))
            lines.append(transfer._prepare_target(label, 2 * rank + 1))
        journal = company._recouv_transfer_setting(self[0]._kind_fields()[0])
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": self[0].date,
            "ref": labels[0] if len(self) == 1 else words[0]._kind_label(),
            "line_ids": [Command.create(vals) for vals in lines],
        }

    def _kind_label(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return kinds[self.kind]

    def _entry_label(self):
        """Kind and document number: no name and no act, the FEC may be read widely."""
        return f"{self._kind_label()} {self.invoice_id.name or ''}".strip()

    def _prepare_item(self, label, sequence, sign):
        return {
            "name": label,
            "sequence": sequence,
            "currency_id": self.currency_id.id,
            "balance": sign * self.amount,
            "amount_currency": sign * self.amount_currency,
            "analytic_distribution": False,
        }

    def _prepare_settling(self, label, sequence):
        line = self.origin_line_id
        return self._prepare_item(label, sequence, 1 if self.is_credit else -1) | {
            "account_id": line.account_id.id,
            "partner_id": line.partner_id.id,
            "no_followup": True,
        }

    def _prepare_target(self, label, sequence):
        return self._prepare_item(label, sequence, -1 if self.is_credit else 1) | {
            "account_id": self.target_account_id.id,
            "partner_id": self.target_partner_id.commercial_partner_id.id,
            "date_maturity": self.date_due or self.date,
            "no_followup": not self._is_followed_up(),
        }

    def _is_followed_up(self):
        """Say whether the new item goes on being dunned in this company."""
        return self.kind in ("payer_share", "back_to_debtor", "doubtful")

    def _store_items(self, move):
        lines = move.line_ids.sorted("sequence")
        for rank, transfer in enumerate(self):
            transfer.write(
                {
                    "state": "posted",
                    "move_id": move.id,
                    "settling_line_id": lines[2 * rank].id,
                    "target_line_id": lines[2 * rank + 1].id,
                }
            )

    def _reconcile_items(self):
        """Settle each item; a difference of exchange here would be a fault of ours."""
        self.env["account.move.line"]._reconcile_plan(
            [transfer.origin_line_id + transfer.settling_line_id for transfer in self]
        )
        partials = (
            self.settling_line_id.matched_debit_ids
            | self.settling_line_id.matched_credit_ids
        )
        if partials.exchange_move_id or any(
            not line.reconciled for line in self.settling_line_id
        ):
            raise UserError(
                self.env._(
                    "%(names)s: the receivable could not be settled to the cent. "
                    "Nothing was booked.",
                    names=format_list(self.env, self.mapped("display_name")),
                )
            )

    def _carry_claims(self):
        """A doubtful receivable keeps its claim, which moves to the new item (E11).

        So does its return. Other kinds open another claim, chained to this one, made
        by the run for the new item.
        """
        # sudo: which item a claim stands on is written by methods only
        for transfer in self.sudo():
            kind = transfer.undone_id.kind or transfer.kind
            claim = transfer.origin_claim_id
            if kind == "doubtful" and claim and not transfer.is_credit:
                if not transfer.origin_line_id.reconciled:
                    continue
                claim.move_line_id = transfer.target_line_id
                transfer.target_claim_id = claim

    # --- the other company --------------------------------------------------------

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
        other = self.counterpart_company_id
        amount = self._counterpart_sum()
        if self.currency_id.compare_amounts(amount, 0) <= 0 or (
            self.currency_id.compare_amounts(amount, self.amount_currency) > 0
        ):
            raise UserError(
                self.env._(
                    "%(document)s: the sum booked in %(company)s must be positive and "
                    "at most what is transferred.",
                    document=self.display_name,
                    company=other.name,
                )
            )
        partner = self.counterpart_partner_id
        if not partner and self._took_the_whole():
            raise UserError(
                self.env._(
                    "%(document)s: name who the debtor is for %(company)s.",
                    document=self.display_name,
                    company=other.name,
                )
            )
        if partner.company_id and partner.company_id != other:
            raise UserError(
                self.env._(
                    "%(document)s: the debtor named for %(company)s is not its contact.",
                    document=self.display_name,
                    company=other.name,
                )
            )
        self._counterpart_accounts()
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
        amount = self._counterpart_sum()
        balance = self.currency_id._convert(amount, other.currency_id, other, self.date)
        accounts = self._counterpart_accounts()
        practice = self.company_id.partner_id
        partners = (self.counterpart_partner_id, practice)
        if self._comes_back():
            partners = partners[::-1]
        label = self._entry_label()
        return {
            "move_type": "entry",
            "company_id": other.id,
            "journal_id": other._recouv_transfer_setting(self._kind_fields()[0]).id,
            "date": self.date,
            "ref": label,
            "line_ids": [
                Command.create(
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
                )
                for rank, sign in enumerate((1, -1))
            ],
        }

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

    # --- credits that follow ------------------------------------------------------

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
        """Return how much credit this holder can take: what it owes, or what it took."""
        if not self._took_the_whole():
            return abs(self.target_line_id.amount_residual_currency)
        followed = self.search(
            [("followed_id", "=", self.id), ("state", "in", ("posted", "reversed"))]
        )
        return self.amount_currency - sum(followed.mapped("amount_currency"))

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
            "date": credit.date,
            "date_due": credit.date,
            "reason": credit.move_id.name,
            "counterpart_company_id": self.counterpart_company_id.id,
            "counterpart_partner_id": self.counterpart_partner_id.id,
        }

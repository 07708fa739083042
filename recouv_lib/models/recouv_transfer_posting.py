from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import format_list, split_every

from .recouv_transfer import DAILY_KINDS

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
        if self.env.user.has_group("recouv_lib.group_manager"):
            return
        kinds = {t.undone_id.kind or t.kind for t in self}
        drafts = self.filtered(lambda t: t.state == "draft" and t.kind == "payer_share")
        if kinds - set(DAILY_KINDS) or not drafts._may_take_share():
            raise AccessError(
                self.env._("Only a manager of the receivables follow-up may book this.")
            )

    def _may_take_share(self):
        """Return whether an add-on vouches that these payers owe these shares.

        A secretary moves nobody's debt to a contact of her choice: the invoice would
        show paid and nobody be asked. Extended by who knows payers; what a credit note
        brings follows a share that was booked.
        """
        return all(transfer.is_credit for transfer in self)

    def _check_plan(self):
        """Refuse at once what could never be booked."""
        # sudo: a check reads accounts that a secretary may not; it only refuses
        for transfer in self.sudo():
            transfer._check_own_item()
            transfer._check_brings_back()

    def _check_brings_back(self):
        """Nobody becomes a debtor by choice: only an earlier transfer is taken back."""
        if self.kind == "back_to_debtor" and not self.undone_id:
            raise UserError(
                self.env._(
                    "%(line)s: to bring a receivable back to its debtor, use "
                    "the button "
                    "on the transfer that moved it.",
                    line=self.origin_line_id.move_id.name,
                )
            )

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
        for (line, owes_back), transfers in (
            self.sudo().grouped(lambda t: (t.origin_line_id, t.owes_back)).items()
        ):
            # what was settled comes back at the share that it was taken at
            left = abs(
                line.amount_currency if owes_back else line.amount_residual_currency
            )
            balance = abs(line.balance if owes_back else line.amount_residual)
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
        if line.parent_state != "posted" or line.reconciled != self.owes_back:
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
            if transfers[0].owes_back:
                # what is being booked is a draft: the room is the one before it
                owed = transfers.undone_id._credit_room()
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
        """A transfer would make tax on payment due although no money came in.

        What was collected is money that came: core makes its tax due (CGI, art. 269,
        2, c), and no more once it is taken back.
        """
        unpaid = self.filtered(lambda transfer: transfer.kind != "collected")
        for move in unpaid.origin_line_id.move_id:
            if taxes := move._recouv_taxes_on_payment():
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

    def _light_context(self, company=None):
        """Skip the chatter, except where the law's audit trail is switched on; and
        what core counts of customers (``res_partner_rank.py``)."""
        # sudo: a setting of the company in whose books the entry is made
        company = (company or self.company_id).sudo()
        return {
            "tracking_disable": not company.restrictive_audit_trail,
            "recouv_moves_receivables": True,
        }

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
        """Settle each item; a difference of exchange here would be a fault of ours.

        Each with all that settles it: apart, core would lay all of a document's tax
        on payment on the first of them.
        """
        open_ones = self.filtered(lambda transfer: not transfer.owes_back)
        settling = open_ones.settling_line_id
        self.env["account.move.line"]._reconcile_plan(
            [
                item + transfers.settling_line_id
                for item, transfers in open_ones.grouped("origin_line_id").items()
            ]
        )
        partials = settling.matched_debit_ids | settling.matched_credit_ids
        if partials.exchange_move_id or any(not line.reconciled for line in settling):
            raise UserError(
                self.env._(
                    "%(names)s: the receivable could not be settled to the cent. "
                    "Nothing was booked.",
                    names=format_list(self.env, self.mapped("display_name")),
                )
            )

    def _carry_claims(self):
        """A doubtful receivable keeps its claim, which moves to the new item (E11).

        So do the cheques held for it, and so does its return. Other kinds open another
        claim, chained to this one, made by the run for the new item.
        """
        # sudo: which item a claim stands on is written by methods only
        carried = self.browse()
        for transfer in self.sudo():
            kind = transfer.undone_id.kind or transfer.kind
            moves = kind == "doubtful" and not transfer.is_credit
            if not moves or not transfer.origin_line_id.reconciled:
                continue
            if claim := transfer.origin_claim_id:
                claim.move_line_id = transfer.target_line_id
                transfer.target_claim_id = claim
            carried |= transfer
        # sudo: what a cheque was laid on is written by methods only
        self.env["recouv.cheque"].sudo()._follow_items(
            {move.origin_line_id: move.target_line_id for move in carried}
        )

from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, split_every

#: receipts in one entry of the agency (an entry's cost grows with its items)
ENTRY_RECEIPTS = 50


class RecouvReceipt(models.Model):
    """Booking of receipts, in the agency and in each practice, at once or not at all.

    Strategy: lock the practices' items (no waiting: who comes second is told), read
    what is owed under the lock and lower what was laid on debts paid meanwhile (the
    rest is owed back to the debtor); check the books of all companies and name what
    is missing; only then write. Each practice gets the transfers of the day, the
    agency one entry per day for up to fifty receipts. One call is one transaction.

    Runs elevated on checked values: this is the one place where the agency's receipt
    settles the practice's invoice; the user who recorded it stays the author of the
    entries in both companies.
    """

    _inherit = "recouv.receipt"

    def _clear(self):
        """Book these receipts as cashed; the caller holds their locks.

        :raise UserError: what is missing or locked, naming the company; nothing is
            booked then, in no company
        """
        if not self:
            return
        # sudo: see the class
        receipts = self.sudo()
        receipts._set_cleared_on()
        receipts.line_ids.claim_id._meet_recall()
        placed = receipts.line_ids.claim_id._placed_lines()
        receipts._check_books(placed)
        lines = receipts.line_ids._fit(placed)
        lines._post_practices(placed)
        for (company, day), group in receipts.grouped(
            lambda receipt: (receipt.company_id, receipt.cleared_on)
        ).items():
            for ids in split_every(ENTRY_RECEIPTS, group.ids):
                self.env["recouv.receipt"].sudo().browse(ids)._post_agency(company, day)
        receipts._finish_clearing()

    def _set_cleared_on(self):
        """:raise UserError: a day before it was received, or in the future"""
        today = fields.Date.context_today(self)
        for receipt in self:
            if not receipt.cleared_on:
                cheque = receipt.method == "cheque"
                receipt.cleared_on = today if cheque else receipt.date
            if not receipt.date <= receipt.cleared_on <= today:
                raise UserError(
                    self.env._(
                        "%s: money is cashed on the day on which it was received or "
                        "later, and not in the future.",
                        receipt.display_name,
                    )
                )

    # --- checks ---------------------------------------------------------------------

    def _check_books(self, placed):
        """Check every company of these receipts before the first entry.

        :raise UserError: naming the company and what is missing or locked
        """
        for company, receipts in self.grouped("company_id").items():
            company._recouv_funds_journal()
            for fname in (
                "recouv_principals_account_id",
                "recouv_overpaid_account_id",
            ):
                company._recouv_transfer_setting(fname)
            for day in set(receipts.mapped("cleared_on")):
                company._recouv_check_books_open(company, day)
        for line in self.line_ids:
            line._practice(placed)
        for practice, lines in self.line_ids.grouped(
            lambda line: line._practice(placed)
        ).items():
            lines._check_practice(practice)

    # --- the agency's entry ---------------------------------------------------------

    def _post_agency(self, company, day):
        """One entry for these receipts: from what waited to what is owed, to whom."""
        books = self.with_company(company).with_context(**_light(company))
        values, practices = books._prepare_agency(company, day)
        move = books.env["account.move"].create(values)
        move._post(soft=False)
        books.write({"move_id": move.id})
        books._link_practices(move, practices)
        books._settle_waiting(move)

    def _prepare_agency(self, company, day):
        label = self.env._("Receipts of %s", format_date(self.env, day))
        account = company._recouv_transfer_setting
        waiting = account("recouv_receipts_account_id")
        owed = account("recouv_principals_account_id")
        overpaid = account("recouv_overpaid_account_id")
        items, practices = [], defaultdict(self.env["recouv.receipt.line"].browse)
        by_bank = self.filtered("statement_line_id")
        if by_bank:
            items.append((label, waiting, False, sum(by_bank.mapped("amount"))))
        for receipt in self - by_bank:
            partner = receipt.partner_id
            items.append((receipt.name, waiting, partner, receipt.amount))
        for line in self.line_ids.filtered("amount"):
            practices[line.creditor_partner_id] |= line
        for partner, lines in practices.items():
            items.append((label, owed, partner, -sum(lines.mapped("amount"))))
        for receipt in self.filtered("overpaid"):
            items.append(
                (receipt.name, overpaid, receipt.partner_id, -receipt.overpaid)
            )
        return _entry(company, day, label, "receipt", items), practices

    def _link_practices(self, move, practices):
        """Tie each line, and its transfer, to what the agency owes its practice."""
        owed = self.company_id._recouv_transfer_setting("recouv_principals_account_id")
        for partner, lines in practices.items():
            item = move.line_ids.filtered(
                lambda item, partner=partner: (
                    item.account_id == owed
                    and item.partner_id == partner.commercial_partner_id
                )
            )[:1]
            lines.write({"funds_item_id": item.id})
            lines.transfer_id.write(
                {"counterpart_move_id": move.id, "counterpart_line_id": item.id}
            )

    def _settle_waiting(self, move):
        """Reconcile the bank's movements with what the entry takes from waiting."""
        by_bank = self.filtered("statement_line_id")
        if not by_bank:
            return
        waiting = self.company_id._recouv_transfer_setting("recouv_receipts_account_id")
        taken = move.line_ids.sorted("sequence")[0]
        items = by_bank._waiting_items(waiting)
        self.env["account.move.line"]._reconcile_plan([taken + items])
        if not taken.reconciled:
            raise UserError(
                self.env._(
                    "A movement of the bank was used meanwhile, or waits on another "
                    "account than %s. Nothing was booked.",
                    waiting.display_name,
                )
            )

    def _waiting_items(self, waiting):
        """Return the open items by which the movements wait to be identified.

        Those of the movements themselves or, where a receipt of them was undone,
        those that gave the money back.
        """
        movements = self.statement_line_id
        freed = self.search(
            [
                ("statement_line_id", "in", movements.ids),
                ("freed_item_id.reconciled", "=", False),
                ("freed_item_id", "!=", False),
                ("state", "=", "undone"),
            ]
        ).freed_item_id
        own = movements.move_id.line_ids.filtered(
            lambda item: item.account_id == waiting and not item.reconciled
        )
        return own + freed

    def _finish_clearing(self):
        for receipt in self:
            receipt.write(
                {"state": "cleared", "overpaid_booked": max(receipt.overpaid, 0.0)}
            )
        for (mandate, day), lines in self.line_ids.grouped(
            lambda line: (line.mandate_id, line.cleared_on)
        ).items():
            lines.write({"remit_due": mandate._remit_due(day)})


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    funds_item_id = fields.Many2one(
        "account.move.line",
        "Owed to the practice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    # of the practice's books: only the methods of the money, elevated, read them
    transfer_id = fields.Many2one(
        "recouv.transfer",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    interest_item_id = fields.Many2one(
        "account.move.line",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _practice(self, placed):
        """Return the practice's company of this line.

        :param placed: {mirror: placement line}, elevated
        """
        line = placed.get(self.claim_id.sudo(False)) or placed.get(self.claim_id)
        if not line:
            raise UserError(
                self.env._("%s was placed by nobody.", self.claim_id.display_name)
            )
        return line.company_id

    def _check_practice(self, practice):
        if not practice.active:
            raise UserError(
                self.env._(
                    "The company %s is archived: its books are closed. Nothing was "
                    "booked.",
                    practice.name,
                )
            )
        if practice.currency_id != self.company_id.currency_id:
            raise UserError(
                self.env._(
                    "%(practice)s keeps its books in %(currency)s: the agency cannot "
                    "settle them in %(other)s. Nothing was booked.",
                    practice=practice.name,
                    currency=practice.currency_id.name,
                    other=self.company_id.currency_id.name,
                )
            )
        practice._recouv_transfer_setting("recouv_collected_journal_id")
        practice._recouv_transfer_setting("recouv_collected_account_id")
        if any(self.mapped("amount_interest")):
            practice._recouv_transfer_setting("recouv_interest_account_id")
        for day in set(self.mapped("cleared_on")):
            practice._recouv_check_books_open(practice, day)

    # --- what is really owed --------------------------------------------------------

    def _fit(self, placed):
        """Lower what was laid on debts that were paid meanwhile, under their lock, and
        on what may never be collected.

        Interest that was received meanwhile is not received again (CPCE L111-8): what
        was laid on it pays the principal, as far as that is owed.

        :return: the lines on which something is left
        """
        twins = {line: placed[line.claim_id.sudo(False)].claim_id for line in self}
        left = self._lock_items(twins)
        owed = self._interest_owed(placed)
        for line, twin in twins.items():
            laid, round_ = line.amount, line.currency_id.round
            interest = round_(min(line.amount_interest, owed[line.claim_id]))
            part = round_(min(laid - interest, left[twin]))
            left[twin] = round_(left[twin] - part)
            owed[line.claim_id] -= interest
            line._lay_less(laid, interest, part)
            line.residual_after = left[twin]
        return self.filtered("amount")

    def _lay_less(self, laid, interest, principal):
        """Keep what is owed of what was laid; say what goes back to the debtor."""
        differs = self.currency_id.compare_amounts
        if differs(interest, self.amount_interest) or differs(
            principal, self.amount_principal
        ):
            self.write({"amount_interest": interest, "amount_principal": principal})
        if differs(laid, self.amount):
            self.receipt_id.note = self.env._(
                "%(claim)s was paid or changed meanwhile: %(sum)s more is owed "
                "back to the debtor.",
                claim=self.claim_id.display_name,
                sum=self.currency_id.format(laid - self.amount),
            )

    def _interest_owed(self, placed):
        """Return {mirror: the legal interest that it owes}, as the books now say.

        On the latest day on which one of these sums was cashed.
        """
        found = defaultdict(float)
        bearing = self.filtered("amount_interest")
        for claim, lines in bearing.grouped("claim_id").items():
            twin = placed[claim.sudo(False)].claim_id
            item = twin.move_line_id
            if item.parent_state == "posted":
                day = max(lines.mapped("cleared_on"))
                found[claim] = claim._interest_due(twin, item, day)
        return found

    def _lock_items(self, twins):
        """Return {practice's claim: what of its principal may still be received}, the
        items of these claims locked until the end."""
        claims = self.env["recouv.claim"].union(*twins.values())
        claims.move_line_id._recouv_lock_rows()
        left = {}
        for claim in claims:
            item = claim.move_line_id
            posted = item.parent_state == "posted"
            left[claim] = claim._principal_left(item) if posted else 0.0
        return left

    # --- the practices' entries -----------------------------------------------------

    def _post_practices(self, placed):
        """Settle the practices' invoices: one transfer per line, interest apart."""
        groups = self.grouped(lambda line: (line._practice(placed), line.cleared_on))
        for (practice, day), lines in groups.items():
            paying = lines.filtered("amount_principal")
            if paying:
                paying._post_transfers(practice, day, placed)
            bearing = lines.filtered("amount_interest")
            if bearing:
                bearing._post_interest(practice, day)

    def _post_transfers(self, practice, day, placed):
        transfers = self.env["recouv.transfer"].with_company(practice)
        transfers = transfers._get_or_create(
            [line._transfer_values(practice, day, placed) for line in self]
        )
        for line, transfer in zip(self, transfers, strict=True):
            line.transfer_id = transfer
        transfers._post()

    def _transfer_values(self, practice, day, placed):
        receipt = self.receipt_id
        return {
            "kind": "collected",
            "company_id": practice.id,
            "origin_line_id": placed[
                self.claim_id.sudo(False)
            ].claim_id.move_line_id.id,
            "amount_currency": self.amount_principal,
            "target_partner_id": receipt.company_id.partner_id.id,
            "date": day,
            "receipt_number": receipt.name,
            "receipt_line_id": self.id,
            "interest_amount": self.amount_interest,
            "is_known_instalment": self.is_known_instalment,
            "idempotency_key": f"receipt:{self.id}",
            "counterpart_company_id": receipt.company_id.id,
            "counterpart_partner_id": self.creditor_partner_id.id,
        }

    def _post_interest(self, practice, day):
        """One entry of the interest of the day: income of the practice."""
        books = self.with_company(practice).with_context(**_light(practice))
        label = self.env._("Interest collected by the agency")
        amount = sum(self.mapped("amount_interest"))
        held = practice._recouv_transfer_setting("recouv_collected_account_id")
        income = practice._recouv_transfer_setting("recouv_interest_account_id")
        agency = self.company_id.partner_id
        items = [(label, held, agency, amount), (label, income, agency, -amount)]
        move = books.env["account.move"].create(
            _entry(practice, day, label, "interest", items)
        )
        move._post(soft=False)
        self.write({"interest_item_id": move.line_ids.sorted("sequence")[0].id})


def _light(company):
    """Skip the chatter, except where the law's audit trail is switched on."""
    return {} if company.restrictive_audit_trail else {"tracking_disable": True}


def _entry(company, day, label, kind, items):
    """Return the values of an entry of the journal of sums collected.

    :param items: list of (label, account, partner or False, balance)
    """
    journal = company._recouv_transfer_setting("recouv_collected_journal_id")
    return {
        "move_type": "entry",
        "company_id": company.id,
        "journal_id": journal.id,
        "date": day,
        "ref": label,
        "recouv_funds": kind,
        "line_ids": [
            Command.create(
                {
                    "name": name,
                    "sequence": rank,
                    "account_id": account.id,
                    "partner_id": partner and partner.commercial_partner_id.id,
                    "balance": balance,
                    "no_followup": True,
                    "analytic_distribution": False,
                }
            )
            for rank, (name, account, partner, balance) in enumerate(items)
        ],
    }

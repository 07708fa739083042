from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.recouv_lib.models.recouv_receipt_posting import _light


class RecouvAssignment(models.Model):
    """What a sale costs, invoiced once, and the two settling entries (law.md §5.4).

    Practice: what the buyer owes (467100) becomes the price and the holdback (467200),
    less the bill of the fee. Buyer: what it owes the assignor, less its invoice.
    """

    _inherit = "recouv.assignment"

    def _fee_parts(self):
        """Return [(what, amount before tax, VAT rate)] of the fixed price."""
        return self.contract_id._fee_parts(
            self.amount_commission, self.amount_financing
        )

    def _fee_labels(self):
        # sudo: the language in which the practice is written to
        lang = self.company_id.sudo().partner_id.lang
        words = self.with_context(lang=lang or self.env.lang)
        return {
            "commission": words.env._("Factoring commission, schedule %s", self.name),
            "financing": words.env._("Financing, schedule %s", self.name),
        }

    def _invoice_fee(self, day):
        """Post the buyer's invoice and the practice's bill of it, one per schedule.

        :return: the invoice, empty where the contract asks for nothing
        """
        parts = self._fee_parts()
        if not parts:
            return self.env["account.move"]
        contract, labels = self.contract_id, self._fee_labels()
        buyer = contract.agency_id
        rows = [
            (labels[what], amount, buyer._recouv_fee_tax(rate, contract.name))
            for what, amount, rate in parts
        ]
        invoice = buyer._recouv_make_fee_invoice(self._creditor(), rows, day)
        bill = self.company_id._recouv_make_fee_bill(invoice, self._bill_rows(invoice))
        self._check_fee_sum(invoice)
        self._record({"bill_id": bill.id})
        return invoice

    def _creditor(self):
        """Return the buyer's own contact of the practice."""
        return self.line_ids.purchase_id.creditor_partner_id[:1]

    def _bill_rows(self, invoice):
        """Return the practice's rows: VAT that is not deducted is part of the cost
        (care is exempt: CGI 261-4-1°); what bears none has none to deduct."""
        practice, labels = self.company_id, self._fee_labels()
        deducted = practice.recouv_fee_tax_id
        rows, left = [], invoice.amount_total
        parts = list(zip(self._fee_parts(), invoice.invoice_line_ids, strict=True))
        for rank, ((what, _amount, rate), row) in enumerate(parts, 1):
            tax = deducted if rate else deducted.browse()
            # without deduction the last row takes the cent of the rounding
            whole = left if rank == len(parts) and not deducted else row.price_total
            left = self.currency_id.round(left - row.price_total)
            rows.append(
                (
                    labels[what],
                    row.price_subtotal if tax else whole,
                    practice._recouv_transfer_setting(f"recouv_{what}_account_id"),
                    tax,
                )
            )
        return rows

    def _check_fee_sum(self, invoice):
        """The invoice is what was signed, to the cent."""
        fixed = self.amount_commission + self.amount_vat + self.amount_financing
        if self.currency_id.compare_amounts(invoice.amount_total, fixed):
            raise UserError(
                self.env._(
                    "The fee of %(schedule)s was fixed at %(fixed)s, its invoice would "
                    "be %(invoice)s: the taxes of the buyer were changed meanwhile. "
                    "Make the deed again; nothing was booked.",
                    schedule=self.name,
                    fixed=self.currency_id.format(fixed),
                    invoice=self.currency_id.format(invoice.amount_total),
                )
            )

    # --- settling ---------------------------------------------------------------------

    def _settle(self, transfers, invoice, day):
        """Lay the fee and the holdback against the price, in both companies."""
        label = self.env._("Settlement of the schedule %s", self.name)
        here = self._settle_here(transfers, invoice, day, label)
        there = self._settle_there(transfers, invoice, day, label)
        self._open_prices(there, day)
        self._record(
            {
                "settlement_move_id": here["move"].id,
                "price_item_id": here["price"].id,
                "holdback_item_id": here["holdback"].id,
            }
        )

    def _settle_here(self, transfers, invoice, day, label):
        """The practice's entry; return its move and open items."""
        practice, agency = self.company_id, self.contract_id.agency_id.partner_id
        owed = practice._recouv_transfer_setting("recouv_assignment_account_id")
        kept = practice._recouv_transfer_setting("recouv_holdback_account_id")
        groups = [
            moved.target_line_id for moved in transfers.grouped("move_id").values()
        ]
        bill = invoice.recouv_fee_twin_id
        accounts = {"price": owed, "holdback": kept}
        return self._post_settlement(
            practice, day, label, groups, _payable(bill), accounts, agency, 1
        )

    def _settle_there(self, transfers, invoice, day, label):
        """The buyer's entry; return its move and open items."""
        buyer = self.contract_id.agency_id
        owed = buyer._recouv_transfer_setting("recouv_assignors_account_id")
        groups = list(transfers.counterpart_owed_line_id)
        accounts = {"price": owed, "holdback": owed}
        return self._post_settlement(
            buyer, day, label, groups, _payable(invoice), accounts, self._creditor(), -1
        )

    def _post_settlement(
        self, company, day, label, groups, fee, accounts, partner, sign
    ):
        """Post and reconcile one settling entry.

        :param groups: items of the transfers, settled group by group: one item
            against a thousand costs more than linearly
        :param fee: the open item of the fee, or none
        :param accounts: where price and holdback stay open
        :param sign: 1 where the sum is receivable, -1 where it is owed
        :return: ``{"move", "price", "holdback"}``, items empty where nothing is open
        """
        rows = [
            (label, items[:1].account_id, partner, -sum(items.mapped("balance")))
            for items in groups
        ]
        rows += [(label, item.account_id, partner, -item.balance) for item in fee]
        opened = [
            (what, sign * self[f"amount_{what}"])
            for what in ("price", "holdback")
            if not self.currency_id.is_zero(self[f"amount_{what}"])
        ]
        rows += [(label, accounts[what], partner, sum_) for what, sum_ in opened]
        move = self._post_books(company, day, label, "sale", rows)
        lines = move.line_ids.sorted("sequence")
        settled = [*groups, *fee]
        self.env["account.move.line"]._reconcile_plan(
            [items + line for items, line in zip(settled, lines, strict=False)]
        )
        result = {"move": move, "price": lines.browse(), "holdback": lines.browse()}
        kept = zip(opened, lines[len(settled) :], strict=True)
        return result | {what: line for (what, _sum), line in kept}

    def _post_books(self, company, day, label, kind, rows):
        """Post an entry of the sale's journal.

        :param kind: ``sale`` or ``price``: such an entry is not undone by hand
        :param rows: list of (label, account, partner, balance)
        """
        journal = company._recouv_transfer_setting("recouv_assignment_journal_id")
        books = self.env["account.move"].with_company(company)
        move = books.with_context(**_light(company)).create(
            {
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
                            "partner_id": partner.commercial_partner_id.id,
                            "balance": company.currency_id.round(balance),
                            "date_maturity": day,
                            "no_followup": True,
                            "analytic_distribution": False,
                        }
                    )
                    for rank, (name, account, partner, balance) in enumerate(rows)
                ],
            }
        )
        move._post(soft=False)
        return move


class AccountMove(models.Model):
    """Entries of a sale stand in two companies: neither undoes one by hand."""

    _inherit = "account.move"

    recouv_funds = fields.Selection(
        selection_add=[("sale", "Sale of receivables"), ("price", "Price of a sale")],
        ondelete={"sale": "set null", "price": "set null"},
    )

    def _recouv_funds_refusal(self):
        """EXTENDS: which deed or payment it is of, and what to do instead."""
        named = {"entry": self.name, "ref": self.ref}
        if self.recouv_funds == "sale":
            return self.env._(
                "The entry %(entry)s (%(ref)s) is of a sale of receivables, booked by "
                "the practice and by the buyer together: it is not undone on one side. "
                "What was sold comes back by a repurchase, which one party asks for "
                "and the other accepts; then both books follow.",
                **named,
            )
        if self.recouv_funds == "price":
            return self.env._(
                "The entry %(entry)s (%(ref)s) is a payment between the buyer and the "
                "practice, ordered in both books: it is not undone on one side. If the "
                "bank did not carry it out, order the same transfer again: this entry "
                "waits for the bank’s movement.",
                **named,
            )
        return super()._recouv_funds_refusal()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_is_settled_funds(self):
        """EXTENDS: what a sale settled is settled, but for what waits for a bank."""
        kind = self.move_id.recouv_funds
        if kind == "sale":
            return True
        if kind == "price":
            # sudo: a setting of the company's own chart
            return self.account_id != self.company_id.sudo().transfer_account_id
        return super()._recouv_is_settled_funds()


def _payable(move):
    """Return the item of an invoice or bill on its partner's account."""
    return move.line_ids.filtered(
        lambda item: item.account_type in ("asset_receivable", "liability_payable")
    )

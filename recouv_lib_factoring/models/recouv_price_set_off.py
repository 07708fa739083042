from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

#: what a holdback answers for whatever the contract says of set-off: what came back of
#: its own schedule; not what a debtor paid by mistake, which is remitted
HELD_FOR = ("credited", "bought_back")


class RecouvPrice(models.Model):
    """What the assignor owes back is set off against the price paid next.

    Only where the contract says so (C. civ. 1348-2); but a holdback is what secures its
    own schedule, and is released less what came back of it by any contract. The oldest
    sum goes first; a price is never taken below zero, and what does not fit waits. Both
    companies book it at once: one entry each, which settles the sums owed back and as
    much of the price; only the rest is transferred. What was paid by transfer
    meanwhile, undone, or settled in one of the two books is left alone.
    """

    _inherit = "recouv.price"

    amount_set_off = fields.Monetary("Set off", readonly=True, copy=False)
    amount_paid = fields.Monetary(
        "To transfer",
        compute="_compute_amount_paid",
        help="The sum less what was set off against it, and less what both companies "
        "had settled of it otherwise.",
    )
    amount_elsewhere = fields.Monetary(
        "Settled otherwise", compute="_compute_amount_paid"
    )
    amount_owed_back = fields.Monetary(
        "Owed back by the assignor",
        compute="_compute_amount_owed_back",
        help="What would be set off against this price, if it were paid now.",
    )
    deduction_ids = fields.One2many(
        "recouv.price.deduction", "price_id", "Set off", readonly=True, copy=False
    )
    set_off_move_id = fields.Many2one(
        "account.move", "Set-off entry", readonly=True, copy=False, check_company=True
    )

    @api.depends("amount", "amount_set_off", "paid_on", "move_id")
    def _compute_amount_paid(self):
        for price in self:
            left = price.amount - price.amount_set_off
            # the file for the bank, the paper and the books tell one and the same sum
            # sudo: the sum of its own payment, also for who reads no entries
            ordered = price.sudo().move_id.amount_total if price.paid_on else left
            price.amount_paid = ordered
            price.amount_elsewhere = left - ordered

    @api.depends("state", "contract_id", "item_id")
    def _compute_amount_owed_back(self):
        for price in self:
            # sudo: one sum of what the practice owes this very buyer
            parts = price.sudo()._parts_to_set_off() if price.state == "due" else ()
            price.amount_owed_back = sum(amount for _one, amount in parts)

    def _set_off(self, day):
        """Settle what is owed back with this price, in both books."""
        self._returns_owed()._lock_to_set_off()
        parts = self._parts_to_set_off()
        if not parts:
            return
        label = self.env._("Set-off %s", self.display_name)
        schedule = self.assignment_id
        there = [(one._item_there(), amount, one.name) for one, amount in parts]
        here = [(one.item_id, amount, one.name) for one, amount in parts]
        move = schedule._set_off(self.item_id, there, day, label)
        schedule._set_off(self._practice_item(), here, day, label)
        self._record(
            {
                "amount_set_off": sum(amount for _one, amount in parts),
                "set_off_move_id": move.id,
                "deduction_ids": [
                    Command.create(one._deduction_vals(amount, day))
                    for one, amount in parts
                ],
            }
        )
        for one, amount in parts:
            one._record({"amount_set_off": one.amount_set_off + amount})
            one.invalidate_recordset(["state"])

    def _parts_to_set_off(self):
        """Return [(what is owed back, sum of it that this price still covers)]."""
        left, parts = self._left(), []
        for one in self._returns_owed():
            amount = min(left, one._left())
            if self.currency_id.compare_amounts(amount, 0) > 0:
                parts.append((one, amount))
                left = self.currency_id.round(left - amount)
        return parts

    def _left(self):
        """Return what is open of the price in both companies' books."""
        return _open_in_both(self.item_id, self._practice_item())

    def _returns_owed(self):
        """Return what the assignor owes back to this buyer, the oldest first."""
        contract = self.contract_id
        netted = Domain.FALSE
        if contract.net_returns:
            netted = Domain("assignment_id.contract_id.net_returns", "=", True)
        if self.kind == "holdback":
            netted |= Domain("assignment_id", "=", self.assignment_id.id) & Domain(
                "kind", "in", HELD_FOR
            )
        owed = Domain(
            [
                ("company_id", "=", contract.company_id.id),
                ("assignment_id.contract_id.agency_id", "=", self.company_id.id),
                ("assignment_id.currency_id", "=", self.currency_id.id),
                ("paid_on", "=", False),
                ("undone_on", "=", False),
            ]
        )
        returns = self.env["recouv.assignment.return"]
        return returns.search(owed & netted, order="date, id")


class RecouvAssignmentReturn(models.Model):
    """What was set off against a price needs no payment, and is not undone."""

    _inherit = "recouv.assignment.return"

    amount_set_off = fields.Monetary("Set off", readonly=True, copy=False)
    net_returns = fields.Boolean(related="assignment_id.contract_id.net_returns")
    set_off_told = fields.Char("Set off against", compute="_compute_set_off_told")

    @api.depends("amount_set_off")
    @api.depends_context("lang")
    def _compute_set_off_told(self):
        for one in self:
            told = [
                f"{price} ({one.currency_id.format(amount)})"
                for price, amount in one._set_offs()
            ]
            one.set_off_told = ", ".join(told) or False

    def _set_offs(self):
        """Return [(price, sum)], in words of both parties, in their order."""
        # sudo: the buyer's record of what it set off; its schedule is the practice's
        parts = self.env["recouv.price.deduction"].sudo()
        parts = parts.search([("return_id", "=", self.id)], order="id")
        return [(part.price_id.display_name, part.amount) for part in parts]

    def _item_there(self):
        """Return the item at the buyer, who is owed it."""
        return self.transfer_id.counterpart_owed_line_id

    def _left(self):
        """Return what is open of it in both companies' books."""
        return _open_in_both(self.item_id, self._item_there())

    def _deduction_vals(self, amount, day):
        return {
            "name": self.name,
            "kind": self.kind,
            "purchase_id": self.line_id.purchase_id.id,
            "date": day,
            "amount": amount,
            "return_id": self.id,
        }

    def _lock_to_set_off(self):
        """A payment or an undo of the same sum meets this one here."""
        self.flush_recordset()
        self._recouv_lock_rows()

    def _undo_obstacle(self):
        """EXTENDS: what was set off against a price is settled."""
        if not self.currency_id.is_zero(self.amount_set_off):
            return self.env._("it was set off against a price.")
        return super()._undo_obstacle()


class RecouvAssignment(models.Model):
    _inherit = "recouv.assignment"

    amount_set_off = fields.Monetary(
        "Set off against what is owed back", compute="_compute_amount_set_off"
    )

    def _compute_amount_set_off(self):
        # sudo: sums of what the buyer paid this practice
        totals = dict(
            self.env["recouv.price"]
            .sudo()
            ._read_group(
                [("assignment_id", "in", self.ids)],
                ["assignment_id"],
                ["amount_set_off:sum"],
            )
        )
        for one in self:
            one.amount_set_off = totals.get(one, 0.0)

    def _set_off(self, item, parts, day, label):
        """Lay what is owed one way against what is owed the other, in one company.

        :param item: of the price
        :param parts: list of (item owed back, sum of it, its number)
        :return: the entry
        """
        sign = 1 if item.balance > 0 else -1
        total = sum(amount for _item, amount, _number in parts)
        rows = [(label, item.account_id, item.partner_id, -sign * total)]
        rows += [
            (f"{label}, {number}", other.account_id, other.partner_id, sign * amount)
            for other, amount, number in parts
        ]
        move = self._post_books(item.company_id, day, label, "sale", rows)
        first, *others = move.line_ids.sorted("sequence")
        owed = [other for other, _amount, _number in parts]
        pairs = [own + line for own, line in zip(owed, others, strict=True)]
        self.env["account.move.line"]._reconcile_plan([item + first, *pairs])
        return move


class RecouvFactoringContract(models.Model):
    """Whether the two parties set off what they owe each other."""

    _inherit = "recouv.factoring.contract"

    net_returns = fields.Boolean(
        "Net sums owed back from the next price",
        default=True,
        help="What the practice owes back (credit note, payment made to it, "
        "repurchase) is set off against the next price or holdback paid. Otherwise it "
        "is paid apart; a holdback is released less what came back of its own schedule "
        "all the same.",
    )

    def _init_column(self, column_name):
        # EXTENDS: a contract signed before this term existed was signed without it
        if column_name != "net_returns":
            return super()._init_column(column_name)
        return self.env.cr.execute(
            SQL(
                """UPDATE recouv_factoring_contract
                      SET net_returns = (state = 'draft'
                                         AND practice_signed_on IS NULL
                                         AND agency_signed_on IS NULL)
                    WHERE net_returns IS NULL"""
            )
        )

    def _price_texts(self):
        """EXTENDS: what is owed back, set off."""
        texts = super()._price_texts()
        if self.net_returns:
            texts.append(
                self.env._(
                    "What the assignor owes the assignee for a receivable that was "
                    "credited, taken back or paid to the assignor is set off against "
                    "the next price or holdback paid, down to zero; the rest is "
                    "carried over to the following one%(article)s.",
                    article=self._cited("set_off"),
                )
            )
        return texts


def _open_in_both(one, other):
    """Return what two items, each in its company, have open alike."""
    return min(abs(one.amount_residual), abs(other.amount_residual))

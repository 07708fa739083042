from collections import defaultdict
from typing import NamedTuple

from odoo import fields, models
from odoo.fields import Domain

from .recouv_receipt import BOOKED


class FeeSources(NamedTuple):
    """What a fee is due on, and what gives its fee back because it came to nothing.

    Receipt lines and payments made straight to the practice, each of both; and by how
    much what was invoiced before costs more or less since, of either.
    """

    lines: models.Model
    directs: models.Model
    backs: models.Model
    direct_backs: models.Model
    changes: dict

    def net(self):
        """Return the fee before tax, less what is given back."""
        due = [*self.lines, *self.directs]
        back = [*self.backs, *self.direct_backs]
        return (
            sum(o.fee_amount for o in due)
            - sum(o.fee_amount for o in back)
            + sum(self.changes.values())
        )

    def creditor(self):
        """Return the agency's contact of the practice."""
        lines, directs = self.lines | self.backs, self.directs | self.direct_backs
        some = lines[:1] or directs[:1] or next(iter(self.changes))
        return some.creditor_partner_id

    def record(self, invoice):
        """Write in which document each was invoiced, changed, or its fee given back."""
        for due in (self.lines, self.directs):
            due.write({"fee_move_id": invoice.id})
        for back in (self.backs, self.direct_backs):
            back.write({"fee_credit_move_id": invoice.id})
        for one, change in self.changes.items():
            one.write(
                {
                    "fee_amount": one.fee_amount + change,
                    "fee_change_move_id": invoice.id,
                }
            )


class RecouvReceiptLine(models.Model):
    """The agency's fee on what it received: success only, once (CPCE R124-3 3°)."""

    _inherit = "recouv.receipt.line"

    fee_amount = fields.Monetary("Fee before tax", readonly=True, copy=False)
    fee_move_id = fields.Many2one(
        "account.move",
        "Fee invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    fee_change_move_id = fields.Many2one(
        "account.move",
        "Fee changed in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="An earlier payment of the claim bounced: what this one adds was computed "
        "anew.",
    )
    fee_credit_move_id = fields.Many2one(
        "account.move",
        "Fee given back in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )


class RecouvMandate(models.Model):
    """What a mandate's fee is due on, and how much of it each sum costs.

    The fee is that of all that was received for a claim and stands
    (:mod:`lib.fees`); each sum bears what it adds to those invoiced before it. Where
    one of these came to nothing its own fee is given back, and those that follow it
    are computed anew: the next document invoices, or gives back, the difference. So
    what was invoiced and not given back is always the fee of what stands.
    """

    _inherit = "recouv.mandate"

    def _fee_sources(self, until):
        """Return what this mandate invoices, and gives back, until a day; with the fee
        of each."""
        # sudo: receipts under the agency's own mandate
        lines = self.env["recouv.receipt.line"].sudo()
        directs = self.env["recouv.direct.payment"].sudo()
        if self.fee_on_direct:
            directs._find(self.agency_id)
        due_lines, due_directs = self._fees_due(lines, directs, until)
        self._compute_fees(due_lines, due_directs, until)
        back = [
            ("mandate_id", "=", self.id),
            ("fee_move_id", "!=", False),
            ("fee_credit_move_id", "=", False),
        ]
        return FeeSources(
            due_lines,
            due_directs,
            lines.search(
                [
                    *back,
                    ("receipt_id.state", "in", ("bounced", "undone")),
                    ("receipt_id.back_move_id.date", "<=", until),
                ]
            ),
            directs.search([*back, ("ended_on", "<=", until)]),
            self._fee_changes(until),
        )

    def _fees_due(self, lines, directs, until):
        """Return what was received until a day and not invoiced yet, of both kinds."""
        due = [("mandate_id", "=", self.id), ("fee_move_id", "=", False)]
        received = lines.search(
            [
                *due,
                ("cleared_on", "<=", until),
                ("receipt_id.state", "in", BOOKED),
            ],
            order="cleared_on, id",
        )
        if not self.fee_on_direct:
            return received, directs
        return received, directs.search(
            [*due, ("date", "<=", until), ("ended_on", "=", False)], order="date, id"
        )

    def _compute_fees(self, lines, directs, until):
        """Set the fee of each, on all that was received for its claim, in order."""
        claims = lines.claim_id | directs.claim_id
        placed = claims._placed_lines()
        before = defaultdict(float)
        for claim, invoiced in self._invoiced_standing(claims, until).items():
            before[claim] = sum(one.amount for one in invoiced)
        # interleaved by day: the fee of one sum is what it adds
        for one in sorted([*lines, *directs], key=_order):
            one.fee_amount = self._fee_of(one, placed, before[one.claim_id])
            before[one.claim_id] += one.amount

    def _fee_of(self, one, placed, before):
        """Return what one sum costs after ``before`` was received for its claim."""
        claim = one.claim_id
        age = (claim.placed_on - claim.date_due).days if claim.placed_on else 0
        principal = placed[claim.sudo(False)].amount_principal
        return self._fee(one.amount, principal, max(age, 0), before)

    def _fee_changes(self, until):
        """Return {sum invoiced under this mandate: by how much its fee changes}.

        In the order in which they were invoiced, each under the terms of its own day.
        """
        claims = self._claims_priced_anew(until)
        placed = claims._placed_lines()
        changes = {}
        for invoiced in self._invoiced_standing(claims, until).values():
            before = 0.0
            for one in invoiced:
                fee = one.mandate_id._fee_of(one, placed, before)
                before += one.amount
                change = self.currency_id.round(fee - one.fee_amount)
                if one.mandate_id == self and not self.currency_id.is_zero(change):
                    changes[one] = change
        return changes

    def _claims_priced_anew(self, until):
        """Return the claims of which something invoiced came to nothing until a day."""
        invoiced = Domain("mandate_id", "in", self._family().ids) & Domain(
            "fee_move_id", "!=", False
        )
        changed = Domain("fee_change_move_id", "!=", False)
        # sudo: sums of the agency's own claims
        lines = self.env["recouv.receipt.line"].sudo()
        directs = self.env["recouv.direct.payment"].sudo()
        bounced = Domain("receipt_id.back_move_id.date", "<=", until)
        ended = Domain("ended_on", "<=", until)
        return (
            lines.search(invoiced & (changed | bounced)).claim_id
            | directs.search(invoiced & (changed | ended)).claim_id
        )

    def _invoiced_standing(self, claims, until):
        """Return {claim: what was invoiced for it and stood on a day, in order}."""
        invoiced = (
            Domain("claim_id", "in", claims.ids)
            & Domain("fee_move_id", "!=", False)
            & Domain("fee_credit_move_id", "=", False)
        )
        received = Domain("receipt_id.state", "in", BOOKED) | Domain(
            "receipt_id.back_move_id.date", ">", until
        )
        paid = Domain("ended_on", "=", False) | Domain("ended_on", ">", until)
        # sudo: sums of the agency's own claims
        lines = self.env["recouv.receipt.line"].sudo().search(invoiced & received)
        directs = self.env["recouv.direct.payment"].sudo().search(invoiced & paid)
        found = defaultdict(list)
        for one in sorted(
            [*lines, *directs], key=lambda one: (one.fee_move_id.id, *_order(one))
        ):
            found[one.claim_id].append(one)
        return found


def _order(record):
    return _day(record), record._name, record.id


def _day(record):
    return record.cleared_on if record._name == "recouv.receipt.line" else record.date

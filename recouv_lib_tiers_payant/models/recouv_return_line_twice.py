from collections import Counter
from typing import NamedTuple

from odoo import fields, models

from ..lib.announced_transfers import MIN_LABEL, compact, references
from ..lib.identifiers import invoice_key

#: told by another file under the same reference, or, it may be, under another one
ANNOUNCED_TWICE, PERHAPS_TWICE = "announced_twice", "perhaps_twice"


class Twin(NamedTuple):
    """A transfer that another file announced too.

    :ivar payment: ``recouv.return.payment`` that was announced before
    :ivar code: ANNOUNCED_TWICE, or PERHAPS_TWICE where only sums and answers agree
    """

    payment: object
    code: str


class RecouvReturnPayment(models.Model):
    """One transfer of the bank, announced by two files.

    A caisse and the concentrator that passes its returns on, or a return and the table
    that the software made of it, tell of the same transfer in files whose bytes have
    nothing in common. What the first one said is booked; the second one is told.
    """

    _inherit = "recouv.return.payment"

    def _twin(self):
        """Return the `Twin` that another file announced before, None if there is none.

        Of the same day, and with the same reference; or the same words and sum; or the
        same sum announced by somebody else, which proves nothing by itself.
        """
        if self.is_substitute or self.is_test or not self.date:
            return None
        others = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date", "=", self.date),
                ("is_test", "=", False),
                ("is_substitute", "=", False),
                ("file_id", "!=", self.file_id.id),
                ("id", "!=", self.id),
            ],
            order="id",
        )
        for is_same, code in (
            (self._has_reference_of, ANNOUNCED_TWICE),
            (self._has_words_of, ANNOUNCED_TWICE),
            (self._has_sum_of, PERHAPS_TWICE),
        ):
            for other in others.filtered(is_same):
                if other._is_booked():
                    return Twin(other, code)
        return None

    def _is_booked(self):
        """Whether something of this transfer stands in the books."""
        booked = [("payment_id", "=", self.id), ("item_id", "!=", False)]
        return bool(self.env["recouv.return.line"].search_count(booked, limit=1))

    def _references(self):
        return references(self.label1, self.label2)

    def _has_reference_of(self, other):
        return bool(self._references() & other._references())

    def _has_words_of(self, other):
        own, words = compact(self.label1), compact(other.label1)
        same = own == words and compact(self.label2) == compact(other.label2)
        return same and len(own) >= MIN_LABEL and self._same_sum(other)

    def _has_sum_of(self, other):
        """Announced by somebody else: one body never announces a transfer twice."""
        by_others = (
            self.payer_body != other.payer_body
            or self.file_id.sender != other.file_id.sender
        )
        return by_others and self._same_sum(other)

    def _same_sum(self, other):
        return self.currency_id.compare_amounts(self.amount, other.amount) == 0


class RecouvReturnLine(models.Model):
    _inherit = "recouv.return.line"

    def _twice(self):
        """Return {line: `Twin`} of the lines that another file told already.

        Each line of the other transfer speaks for one line here: two equal answers of
        one file are two. What only this file tells of a transfer that is surely the
        same is booked under it (:meth:`_join`).
        """
        twin = self.payment_id._twin() if len(self.payment_id) == 1 else None
        if not twin:
            return {}
        told = twin.payment.line_ids.filtered(lambda line: line._is_in_effect())
        left = Counter(line._told() for line in told)
        before = self.payment_id.line_ids.filtered(lambda line: line.issue == twin.code)
        left.subtract(line._told() for line in before)
        twice = {}
        for line in self:
            if left[line._told()] > 0:
                left[line._told()] -= 1
                twice[line] = twin
        is_same_payer = self.payment_id.payer_id == twin.payment.payer_id
        if twin.code == ANNOUNCED_TWICE and (is_same_payer or twice or before):
            self.filtered(lambda line: line not in twice)._join(twin.payment)
        return twice

    def _is_in_effect(self):
        return self.outcome in ("done", "settled") or bool(self.item_id)

    def _told(self):
        """What a line says, whoever writes it: software leaves out what it likes."""
        what = invoice_key(self.invoice_number) or self.reference or self.code or ""
        answer = self.status if self.status in ("R", "D") and not self.paid else ""
        return self.kind, what, self.part or "", answer, round(self.paid * 100)

    def _join(self, payment):
        """Make these lines part of the transfer that the bank shows."""
        if self:
            before = self.payment_id
            self.write({"payment_id": payment.id})
            (before | payment)._add_up()


class RecouvReturnFile(models.Model):
    _inherit = "recouv.return.file"

    twice_count = fields.Integer(
        "Announced by another file", compute="_compute_twice_count"
    )

    def _compute_twice_count(self):
        counts = dict(
            self.env["recouv.return.line"]._read_group(
                [("file_id", "in", self.ids), ("issue", "=", ANNOUNCED_TWICE)],
                ["file_id"],
                ["__count"],
            )
        )
        for file in self:
            file.twice_count = counts.get(file._origin, 0)

    def action_open_twice(self):
        """Show the answers that another file told before."""
        return self._action_of_lines(
            [("file_id", "=", self.id), ("issue", "=", ANNOUNCED_TWICE)]
        )

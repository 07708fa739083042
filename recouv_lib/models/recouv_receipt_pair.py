"""Money that the agency recorded by hand, and the bank's movement that brings it.

A cheque, a card, cash or a transfer that a debtor announced is received when an agent
says so; the bank shows it days later, alone or in the sum of a deposit. Until both are
paired the money is "on its way". The bank's matcher pairs them: a proposal with its
score and reason, one click, by itself above the company's threshold, and undone like
any match.
"""

from collections import defaultdict
from dataclasses import dataclass

from odoo import api, fields, models

from ..lib import matching, reference
from ..lib.matching import Evidence
from .recouv_bank_matcher import to_units

#: days before and after the receipt within which the bank shows its money
DAYS_BEFORE = 5
DAYS_AFTER = 45
#: how well a movement speaks for a receipt: weight, whether that is certain
REFERENCE, NUMBER, NAME, AMOUNT = (85, True), (80, False), (70, False), (50, False)
#: several receipts that a bank takes in one movement
DEPOSITED = ("cheque", "cash", "card")
DEPOSIT = 60


@dataclass
class Waiting:
    """A receipt recorded by hand and the item by which its money waits."""

    receipt: object
    item: object
    units: int
    references: frozenset

    def is_near(self, line):
        days = (line.date - self.receipt.cleared_on).days
        return -DAYS_BEFORE <= days <= DAYS_AFTER


class RecouvBankMatcher(models.AbstractModel):
    _inherit = "recouv.bank.matcher"

    @api.model
    def _evidence_hand_receipts(self, batch):
        """Receipts recorded by hand of exactly the movement's sum, near its day.

        Certain where the movement names the receipt, or carries the reference of a
        letter to its debtor; else by the cheque's number, the payer's name, the sum
        alone. Of two receipts of one debtor the older one is meant; of two debtors a
        person chooses. Else the receipts of a deposit, by their sum.
        """
        waiting = self._hand_receipts(batch)
        references = batch.lines_by_reference()
        for line in batch.lines:
            named = {ref for ref, ids in references.items() if line.id in ids}
            near = [one for one in waiting if one.is_near(line)]
            units = to_units(line.amount, line.currency_id)
            same = [one for one in near if one.units == units]
            if same:
                yield from self._pair_evidence(batch, line, same, named)
            elif not named:
                yield from self._deposit_evidence(line, units, near)

    @api.model
    def _pair_evidence(self, batch, line, same, named):
        ranked = defaultdict(dict)
        for one in same:
            strength = self._pair_strength(batch, line, one, named)
            ranked[strength].setdefault(one.receipt.partner_id, one)
        strongest = max(ranked)
        if strongest == AMOUNT and named:
            return  # its reference says whose it is
        for one in ranked[strongest].values():
            weight, certain = strongest
            yield Evidence(
                line.id,
                "receipt",
                (one.item.id,),
                one.receipt.partner_id.commercial_partner_id.id,
                {"number": one.receipt.name},
                weight=weight,
                certain=certain,
                group=one.item.id,
            )

    @api.model
    def _pair_strength(self, batch, line, one, named):
        receipt, text = one.receipt, batch.text(line.id)
        if one.references & named or (
            matching.compare_number(receipt.name, text) == "number"
        ):
            return REFERENCE
        if receipt.cheque_number and matching.compare_number(
            receipt.cheque_number, text
        ):
            return NUMBER
        words = matching.name_words(line.partner_name or line.payment_ref)
        alike = matching.compare_names(receipt.partner_id.name, words)
        return NAME if alike == "name" else AMOUNT

    @api.model
    def _deposit_evidence(self, line, units, near):
        """All receipts of one method and day that together are the movement's sum."""
        deposits = defaultdict(list)
        for one in near:
            if one.receipt.method in DEPOSITED:
                deposits[one.receipt.method, one.receipt.cleared_on].append(one)
        for key, found in deposits.items():
            if len(found) > 1 and sum(one.units for one in found) == units:
                yield Evidence(
                    line.id,
                    "receipts",
                    tuple(one.item.id for one in found),
                    found[0].receipt.partner_id.commercial_partner_id.id,
                    {"count": len(found), "date": fields.Date.to_string(key[1])},
                    weight=DEPOSIT,
                    group=key,
                )

    @api.model
    def _hand_receipts(self, batch):
        """Return what waits for the bank, the oldest first, in a flat number of
        queries."""
        first, last = min(batch.lines.mapped("date")), max(batch.lines.mapped("date"))
        receipts = self.env["recouv.receipt"].search(
            [
                ("company_id", "=", batch.company.id),
                ("state", "in", ("cleared", "remitted")),
                ("statement_line_id", "=", False),
                ("cleared_on", ">=", fields.Date.subtract(first, days=DAYS_AFTER)),
                ("cleared_on", "<=", fields.Date.add(last, days=DAYS_BEFORE)),
            ],
            order="cleared_on, id",
        )
        items = {
            receipt: item
            for receipt, item in receipts._hand_items().items()
            if not item.reconciled
        }
        references = self._debtor_references(batch, receipts)
        return [
            Waiting(
                receipt,
                item,
                to_units(receipt.amount, receipt.currency_id),
                references[receipt.partner_id.commercial_partner_id],
            )
            for receipt, item in items.items()
        ]

    @api.model
    def _debtor_references(self, batch, receipts):
        """Return {debtor: references of letters to it that a movement carries}."""
        found = defaultdict(frozenset)
        carried = list(batch.lines_by_reference())
        if not carried or not receipts:
            return found
        notices = self.env["recouv.notice"].search(
            [
                ("payment_reference", "in", carried),
                ("company_id", "=", batch.company.id),
            ]
        )
        for notice in notices:
            debtor = notice.partner_id.commercial_partner_id
            found[debtor] |= {reference.canonical(notice.payment_reference)}
        return found

    @api.model
    def _allocation_vals(self, company, item, units, currency):
        """EXTENDS: money held for others is told by its receipt, not by its entry."""
        vals = super()._allocation_vals(company, item, units, currency)
        if item.move_id.recouv_funds == "receipt":
            vals["label"] = item.name
        return vals


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    @api.model
    def _reason_sentences(self):
        _ = self.env._
        return super()._reason_sentences() | {
            "receipt": _("the receipt %(number)s was recorded by hand for it"),
            "receipts": _("the %(count)s receipts of %(date)s in one deposit"),
        }


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _recouv_pair_receipts(self, automatic):
        """Propose the receipts recorded by hand that these movements bring.

        :param automatic: apply what is certain enough for the company
        :return: the matches; none for a movement that brings new money
        """
        # a receipt is paired once: a second movement of its sum is new money
        return self._recouv_pair_by("_evidence_hand_receipts", automatic).filtered(
            lambda match: (
                match.state == "applied"
                or not any(match.line_ids.move_line_id.mapped("reconciled"))
            )
        )

    def _recouv_pair_by(self, rule, automatic):
        """Propose for those of these movements that wait what one rule finds.

        :param rule: name of a method of ``recouv.bank.matcher``
        :param automatic: apply what is certain enough for the company
        :return: the matches; none for a movement of which the rule knows nothing
        """
        matches = self.env["recouv.bank.match"]
        waiting = self.filtered(lambda line: line._recouv_is_waiting())
        if not waiting:
            return matches
        found = self.env["recouv.bank.matcher"]._propose(waiting, [rule])
        known = waiting.filtered(lambda line: found.get(line.id))
        if not known:
            return matches
        matches = matches._replace(known, found)
        if automatic:
            matches._apply_certain()
        return matches.exists()


class RecouvReceipt(models.Model):
    """Received by hand: the day on which the bank showed the money."""

    _inherit = "recouv.receipt"

    bank_date = fields.Date(
        "Seen on the bank",
        compute="_compute_bank_date",
        help="The day of the bank's movement that brought this money. Empty: it is on "
        "its way.",
    )

    @api.depends("statement_line_id", "move_id")
    def _compute_bank_date(self):
        hand = self._hand_items()
        for receipt in self:
            # sudo: a day of the movement of the agency's own dedicated account
            movement = receipt.statement_line_id.sudo()
            if not movement and receipt in hand:
                movement = hand[receipt]._recouv_bank_movement()
            receipt.bank_date = movement.date

    def _hand_items(self):
        """Return {receipt: item} by which money recorded by hand waits for the bank.

        A flat number of queries; nothing for receipts that a movement made.
        """
        hand = self.filtered(lambda r: r.move_id and not r.statement_line_id)
        by_name = {(receipt.move_id.id, receipt.name): receipt for receipt in hand}
        found = {}
        for company, receipts in hand.grouped("company_id").items():
            # sudo: the account of the company's own settings; items of these receipts
            waiting = company.sudo().recouv_receipts_account_id
            items = self.env["account.move.line"].sudo().search_fetch(
                [
                    ("move_id", "in", receipts.move_id.ids),
                    ("account_id", "=", waiting.id),
                    ("partner_id", "!=", False),
                ],
                ["move_id", "name", "reconciled"],
                order="id",
            )  # fmt: skip
            for item in items:
                if receipt := by_name.get((item.move_id.id, item.name)):
                    found[receipt] = item
        return {receipt: found[receipt] for receipt in hand if receipt in found}

    def _undo_obstacle(self):
        """EXTENDS: what the bank showed is unpaired first, so that its movement waits
        to be identified anew."""
        if obstacle := super()._undo_obstacle():
            return obstacle
        item = self._hand_items().get(self)
        if item and (movement := item._recouv_bank_movement()):
            return self.env._(
                "the bank's movement of %s was matched with it; undo that match first.",
                fields.Date.to_string(movement.date),
            )
        return None


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_bank_movement(self):
        """Return the movement of the bank with which this item is reconciled."""
        return self.matched_credit_ids.credit_move_id.statement_line_id[:1]

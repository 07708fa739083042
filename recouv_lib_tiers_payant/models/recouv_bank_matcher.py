from odoo import api, fields, models

from odoo.addons.recouv_lib.lib.matching import Evidence

from ..lib import announced_transfers, deadlines
from ..lib.announced_transfers import Announced, BankLine

#: what the score of an announced transfer is worth among other evidence; with the
#: exact amount (15) and its 12-digit reference (60) it is as good as certain
BASE, CEILING = 25, 85
UNSURE = 30


class RecouvBankMatcher(models.AbstractModel):
    """Announced transfers among the movements of the bank (C06)."""

    _inherit = "recouv.bank.matcher"

    @api.model
    def _rules(self):
        return [*super()._rules(), "_evidence_announced"]

    @api.model
    def _evidence_announced(self, batch):
        """The amount, the day and the label of a transfer that a return announces."""
        waiting = self._announced_waiting(batch.company)
        if not waiting:
            return
        currency = batch.company.currency_id
        facts = [
            BankLine(
                line.id,
                line.date,
                round(line.amount * 100),
                batch.text(line.id),
                line.partner_name or "",
            )
            for line in batch.lines
            if line.currency_id == currency
        ]
        by_id = {payment.id: payment for payment in waiting}
        result = announced_transfers.match(
            [payment._to_announced() for payment in waiting],
            facts,
            batch.company._recouv_calendar(),
            self._announced_window(batch.company),
        )
        items = waiting._items_by_payment()
        for one in result.proposals:
            yield self._announced_evidence(by_id[one.announced_id], one, items)
        for one in self._best_unsure(result):
            payment = by_id[one.announced_id]
            yield self._announced_evidence(payment, one, items, unsure=True)

    @api.model
    def _announced_window(self, company):
        """Return in how many working days the bank may show a transfer."""
        return round(
            self.env["recouv.legal.parameter"]._get(
                deadlines.BANK_WINDOW, fields.Date.context_today(self), company
            )
        )

    @api.model
    def _best_unsure(self, result):
        """Of several equal candidates, one for each movement: a person decides."""
        best = {}
        for candidates in result.unsure.values():
            for one in candidates:
                if one.line_id not in best or best[one.line_id].score < one.score:
                    best[one.line_id] = one
        return best.values()

    @api.model
    def _announced_waiting(self, company):
        """Announced transfers of a company whose money has not all come, in one query.

        One of no known payer is looked for where a label has its reference.
        """
        waiting = self.env["recouv.return.payment"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("announced", "partial")),
                ("date", "!=", False),
            ]
        )
        return waiting.filtered(
            lambda payment: (
                payment.payer_id
                or announced_transfers.references(payment.label1, payment.label2)
            )
        )

    @api.model
    def _announced_evidence(self, payment, proposal, items, unsure=False):
        code, values = proposal.reasons[0]
        weight = UNSURE if unsure else min(CEILING, BASE + proposal.score)
        return Evidence(
            proposal.line_id,
            f"announced_{code}",
            tuple(items.get(payment.id, ())),
            payment.payer_id.commercial_partner_id.id,
            {"transfer": payment.display_name, "found": values.get("found", "")},
            weight=weight,
            certain=proposal.is_certain and not unsure,
        )


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    @api.model
    def _reason_sentences(self):
        _ = self.env._
        return super()._reason_sentences() | {
            "announced_reference": _(
                "is the announced transfer “%(transfer)s”: it carries its reference "
                "%(found)s"
            ),
            "announced_label": _(
                "is the announced transfer “%(transfer)s”: it carries its label"
            ),
            "announced_payer": _(
                "may be the announced transfer “%(transfer)s”: it names %(found)s"
            ),
            "announced_same_day": _(
                "may be the announced transfer “%(transfer)s”: same day, same amount"
            ),
            "announced_amount": _(
                "may be the announced transfer “%(transfer)s”: same amount"
            ),
        }

    @api.model
    def _proposal_vals(self, st_line, proposal, rank):
        """EXTENDS: whether the money looks like a payer's, for its own list."""
        fact = BankLine(
            st_line.id,
            st_line.date,
            round(st_line.amount * 100),
            st_line.payment_ref or "",
            st_line.partner_name or "",
        )
        known = st_line.partner_id.commercial_partner_id.recouv_payer_kind
        looks = bool(known) or announced_transfers.looks_like_payer(fact)
        vals = super()._proposal_vals(st_line, proposal, rank)
        return vals | {
            "recouv_is_payer": looks and st_line.amount > 0,
            "recouv_is_announced": (vals.get("rule") or "").startswith("announced_"),
        }


class RecouvReturnPayment(models.Model):
    _inherit = "recouv.return.payment"

    def _to_announced(self):
        payer = self.payer_id
        codes = {self.payer_body, payer.recouv_payer_code} - {False, "", None}
        return Announced(
            self.id,
            self.date,
            round(self.amount_waiting * 100),
            self.label1 or "",
            self.label2 or "",
            tuple(filter(None, [payer.name])),
            tuple(sorted(codes)),
        )

    def _items_by_payment(self):
        """Return {id: ids of the items that wait}, in one query."""
        found = {}
        for item in self._waiting_items():
            payment = item.move_id.recouv_return_payment_id
            found.setdefault(payment.id, []).append(item.id)
        return found

    def _waiting_movements(self):
        """Movements of the bank that nobody settled and that may be these transfers."""
        dated = self.filtered(lambda payment: payment.date and payment.amount_waiting)
        # sudo: movements of these transfers' companies; only proposals are made of them
        Line = self.env["account.bank.statement.line"].sudo()
        return (
            Line.search(
                [
                    ("company_id", "in", dated.company_id.ids),
                    ("is_reconciled", "=", False),
                    ("amount", "in", dated.mapped("amount_waiting")),
                    ("date", ">=", min(dated.mapped("date"), default=False)),
                ]
            )
            if dated
            else Line
        )

    def _look_in_bank(self):
        """Propose, and match where it is certain, movements that came before."""
        lines = self._waiting_movements()
        return lines._recouv_propose()

from odoo import fields, models

WITHIN_POWERS = ("plan", "settlement")


class RecouvClaim(models.Model):
    """What an agent may grant alone is what the mandate says, or what was granted."""

    _inherit = "recouv.claim"

    def _agree(self, kind, lines, **named):
        """EXTENDS: an agreement of an agency stays within its powers.

        :raise UserError: it goes beyond; the practice is to be asked first
        """
        mirrors = self.filtered(lambda claim: claim.capacity == "mandatary")
        if mirrors and kind in WITHIN_POWERS:
            mirrors._check_agent_powers(kind, lines)
        plan = super()._agree(kind, lines, **named)
        if mirrors:
            self._use_grants()
        return plan

    def _check_agent_powers(self, kind, lines):
        today = fields.Date.context_today(self)
        days = [day for day, _amount in lines if day]
        duration = _months(today, max(days)) if days else 0
        amounts = [amount for _day, amount in lines[:-1] if amount is not None]
        discount = self._discount_of(lines) if kind == "settlement" else 0.0
        for claim in self:
            # sudo: the terms of its own mandate, whatever the agent may read
            mandate = claim.sudo().mandate_id
            mandate.with_env(self.env)._check_powers(
                claim, duration, min(amounts, default=None), discount
            )

    def _discount_of(self, lines):
        """Return the percentage that a settlement leaves to the debtor."""
        owed = sum(claim._collectable_residual() for claim in self)
        paid = sum(amount or 0.0 for _day, amount in lines)
        # as precise as the powers are: 10 % of some sums is 10.000000000000002
        return max(0.0, round(100 * (owed - paid) / owed, 2)) if owed and paid else 0.0

    def _use_grants(self):
        """What the practice granted for these claims was acted upon."""
        # sudo: the link of a request to the agency's claim is shown to nobody
        granted = (
            self.env["recouv.agent.request"]
            .sudo()
            .search(
                [
                    ("agency_claim_id", "in", self.ids),
                    ("answer", "=", "yes"),
                    ("used_on", "=", False),
                    ("withdrawn_on", "=", False),
                ]
            )
        )
        granted._use()


class RecouvPlacementLine(models.Model):
    _inherit = "recouv.placement.line"

    def _awaiting_settlement(self):
        """EXTENDS: a cheque the agency holds is not in the practice's books yet."""
        held = self._receipts_held().line_ids.claim_id
        # sudo: which claim of the agency mirrors one's own line
        return super()._awaiting_settlement() | self.filtered(
            lambda line: line.sudo().agency_claim_id in held
        )

    def _receipts_held(self):
        """Return the cheques of these claims that the agency has not cashed yet,
        elevated: for named methods of the placement."""
        # sudo: see above
        return (
            self.env["recouv.receipt.line"]
            .sudo()
            .search(
                [
                    ("claim_id", "in", self.sudo().agency_claim_id.ids),
                    ("receipt_id.state", "=", "received"),
                ]
            )
            .receipt_id
        )


class RecouvReceipt(models.Model):
    _inherit = "recouv.receipt"

    def _finish_clearing(self):
        """EXTENDS: a claim recalled meanwhile waited for this money."""
        result = super()._finish_clearing()
        # sudo: the ties of these receipts' claims
        lines = self.env["recouv.placement.line"].sudo()
        lines.search(
            [
                ("agency_claim_id", "in", self.line_ids.claim_id.ids),
                ("state", "in", ("recalled", "refused")),
            ]
        )._settled_with_practice()
        return result


def _months(start, end):
    """Return how many months, begun ones counted, lead from one day to another."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months + (end.day > start.day)

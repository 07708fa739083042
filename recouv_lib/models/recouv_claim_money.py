from odoo import api, fields, models

from ..lib import interest


class RecouvClaim(models.Model):
    """What the agency may receive on a mirror: interest first, then principal."""

    _inherit = "recouv.claim"

    receipt_line_ids = fields.One2many("recouv.receipt.line", "claim_id")

    def _placed_lines(self):
        """Return {mirror: its placement line, elevated}, also once recalled.

        For the methods of money only: the number that is owed and where it is booked.
        """
        # sudo: the tie of the two claims is readable by no one
        lines = (
            self.env["recouv.placement.line"]
            .sudo()
            .search([("agency_claim_id", "in", self.ids)])
        )
        return {line.agency_claim_id.sudo(False): line for line in lines}

    def _collectable(self, on):
        """Return {mirror: (interest, principal)} that a payment of ``on`` may settle.

        In the claim's currency; what the practice's books show, whatever is recalled,
        less what may never be collected of it (law.md §5).
        :raise UserError: the rate of a semester is not known
        """
        placed = self._placed_lines()
        sums = {}
        for claim in self:
            line = placed.get(claim)
            item = line and line.claim_id.move_line_id
            if not item or item.parent_state != "posted" or item.reconciled:
                sums[claim] = (0.0, 0.0)
                continue
            due = claim._interest_due(line.claim_id, item, on)
            sums[claim] = (due, line.claim_id._principal_left(item))
        return sums

    def _principal_left(self, item):
        """Return what may still be received of the principal of a practice's claim.

        What is disputed is: who pays it all the same has paid. A coded line is not: its
        part of a payment goes back to the debtor (code civil 1302), and bears no fee.

        :param item: its journal item, elevated
        """
        return max(item.amount_residual_currency - self.amount_excluded, 0.0)

    def _interest_due(self, twin, item, on):
        """Return the legal interest still owed on ``on`` (code civil 1231-6, 1343-1).

        Zero where the practice does not claim it.

        :param twin: the practice's claim, elevated
        :param item: its journal item, elevated
        :raise UserError: a semester has no rate; none is extrapolated
        """
        start = twin.formal_notice_date
        if not start or not twin.company_id._recouv_config().recouv_interest:
            return 0.0
        # sudo: the agency's own dispute of it; the practice's claim is elevated already
        disputed = twin.amount_disputed + self.sudo().amount_disputed
        # on what a letter asks, no more
        asked = max(twin._principal_left(item) - disputed, 0.0)
        try:
            accrued = float(twin._legal_interest(asked, on))
        except interest.MissingRate as error:
            raise self._missing_rate(error) from error
        return max(item.currency_id.round(accrued - self._interest_received()), 0.0)

    def _interest_received(self):
        """Return the interest that standing receipts brought already."""
        # sudo: a sum of the claim's own receipts
        lines = self.sudo().receipt_line_ids.filtered(
            lambda line: line.receipt_id.state in ("cleared", "remitted")
        )
        return sum(lines.mapped("amount_interest"))

    @api.model
    def _open_mirrors(self, partner, company):
        """Return the mirrors of debtors that still owe, the oldest first."""
        return self.search(
            [
                ("company_id", "in", company.ids),
                ("capacity", "=", "mandatary"),
                ("partner_id", "child_of", partner.commercial_partner_id.ids),
                ("settlement", "=", "open"),
                ("closed_on", "=", False),
            ],
            order="date_due, id",
        )

    def action_receive_money(self):
        """Open a new receipt on these mirrors or, without any, an empty one."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collect"),
            "res_model": "recouv.receipt",
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id[:1].id,
                "default_company_id": self.company_id[:1].id,
                "default_chosen_claim_ids": self.ids,
            },
        }

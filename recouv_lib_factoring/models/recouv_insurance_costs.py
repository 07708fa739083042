from odoo import fields, models

from .recouv_insurance_money import SUBROGATION

COSTS = "recouv_insurance_cost_account_id"


class RecouvInsuranceRecovery(models.Model):
    """Costs of getting money after an indemnity.

    The insurer takes its part net of the costs, so that it bears its share of them.
    What it takes less of a debtor who pays everything settles no invoice: it pays
    costs, and lowers the expense. It is no credit of the debtor either, who owes no
    costs (CPCE L111-8) and paid no more than was owed.
    """

    _inherit = "recouv.insurance.recovery"

    costs_covered = fields.Monetary(
        "Costs covered",
        readonly=True,
        help="What of the money settled no invoice: the insurer's share of the costs.",
    )

    def _cover_costs(self, items):
        """Record and return what of the practice's part pays for costs.

        Never more than the costs of this loss so far, nor than what the insurer goes
        without: what a debtor paid by mistake stays the debtor's.

        :param items: what it is for, beside what the loss has open
        """
        part = self.amount - self.amount_insurer
        most = [part - self._open_before(items), *self._costs_left()]
        covered = self.currency_id.round(max(0.0, min(most)))
        if not self.currency_id.is_zero(covered):
            self._record({"costs_covered": covered})
        return covered

    def _costs_left(self):
        """Return (costs that nothing covered yet, what the insurer bears still)."""
        loss = self.loss_id
        shared = loss.recovery_ids._standing() | self
        costs = sum(shared.mapped("costs")) - sum(shared.mapped("costs_covered"))
        borne = loss._standing_payments()._kept()
        return costs, borne - sum(shared.mapped("amount_insurer"))

    def _open_before(self, items):
        """Return what the debtor owed the practice before this money settled it."""
        # sudo: items of this very loss, and what its payment settled of them
        loss = self.loss_id.sudo()
        settled = loss._own_pairs(self.sudo().item_id)
        left = (items | loss._open_items()).mapped("amount_residual")
        return sum(left) + sum(settled.mapped("amount"))

    def _covered_rows(self, covered):
        """Return the values of what lowers the costs, none without."""
        if self.currency_id.is_zero(covered):
            return []
        account = self.company_id._recouv_insurance_account(COSTS)
        nobody = self.env["res.partner"]
        return [self._plain(self.display_name, account, nobody, -covered, 2)]

    def _book_costs(self, owed, charged):
        """What the service kept is a cost, owed no more by the insurer; what it sends
        for costs that were charged before is owed by it.

        :param owed: the insurer's items of this money
        :param charged: the costs that nothing covers, negative beyond them
        :return: a further item that the insurer owes, if any
        """
        # sudo: rights were checked; the insurer's own account
        items = self.env["account.move.line"].sudo()
        if self.currency_id.is_zero(charged):
            return items
        company = self.company_id
        cost = (company._recouv_insurance_account(COSTS), self.env["res.partner"])
        insurer = (company._recouv_transfer_setting(SUBROGATION), self.insurer_id)
        if charged > 0:
            made = self._post_misc(cost, insurer, charged)
            items._reconcile_plan([owed + made[1]])
            further = items
        else:
            made = self._post_misc(insurer, cost, -charged)
            further = made[0]
        self._record({"move_id": made.move_id.id})
        return further

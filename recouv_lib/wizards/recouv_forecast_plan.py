from odoo import api, models


class RecouvForecast(models.TransientModel):
    """What debtors have agreed to pay is known, not estimated."""

    _inherit = "recouv.forecast"

    @api.model
    def _known_receipts(self, company, today):
        """EXTENDS: the instalments to come of the agreements that run.

        Each is shared out over the claims of its agreement by what they owe.
        """
        plans = self.env["recouv.plan"].search(
            [("company_id", "=", company.id), ("standing", "=", "running")]
        )
        return super()._known_receipts(company, today) + [
            (claim.id, max(line.date, today), (line.amount - line.amount_paid) * share)
            for plan in plans
            for claim, share in plan._shares().items()
            for line in plan.line_ids
            if line.amount_paid < line.amount
        ]


class RecouvPlan(models.Model):
    _inherit = "recouv.plan"

    def _shares(self):
        """Return {claim: company currency paid for each unit paid on the agreement}."""
        self.ensure_one()
        owed = sum(self.claim_ids.mapped("amount_residual_currency"))
        if not owed:
            return {}
        return {claim: claim.amount_residual / owed for claim in self.claim_ids}

from odoo import models


class AccountMove(models.Model):
    """What a sale costs was invoiced and billed with its deed: both stand."""

    _inherit = "account.move"

    def _recouv_sales(self):
        """Return (schedules, receivables given back) that these documents of the
        buyer are the price of."""
        bills = self.recouv_fee_twin_id.ids
        return (
            self.env["recouv.assignment"].search([("bill_id", "in", bills)]),
            self.env["recouv.assignment.return"].search([("refund_id", "in", bills)]),
        )

    def _recouv_built_on(self):
        """EXTENDS: the deed of a sale, or what was given back of it."""
        sales, returns = self._recouv_sales()
        return [
            *super()._recouv_built_on(),
            *(self.env._("The schedule %s was paid less it.", one.name)
              for one in sales),
            *(self.env._("It gives back what %s had cost.", one.name)
              for one in returns),
        ]  # fmt: skip

    def _recouv_twin_remedy(self, is_agency):
        """EXTENDS: a commission comes back with its receivable."""
        if not any(self._recouv_sales()):
            return super()._recouv_twin_remedy(is_agency)
        return self.env._(
            "A commission comes back with its receivable, in both books, where the "
            "contract says so."
        )

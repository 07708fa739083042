from odoo import api, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section


class RecouvDay(models.AbstractModel):
    """The money of sales that waits for a human, at the practice and at the buyer."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [
            *super()._sections(today),
            Section(
                code="sold_paid_here",
                sequence=21,
                label=self.env._("Sold, yet paid to the practice"),
                model="recouv.assignment.line",
                domain=Domain("state", "=", "transferred")
                & Domain("is_paid_here", "=", True),
                action="recouv_lib_factoring.recouv_assignment_line_action",
            ),
            Section(
                code="debtors_to_tell",
                sequence=22,
                label=self.env._("Bought back: tell the debtors whom they owe"),
                model="recouv.assignment.return",
                domain=Domain("is_debtor_to_tell", "=", True),
                action="recouv_lib_factoring.recouv_assignment_return_action",
            ),
            *self._sale_payment_sections(today),
        ]

    @api.model
    def _sale_payment_sections(self, today):
        if not self.env.user.has_group("recouv_lib.group_manager"):
            return []
        return [
            Section(
                code="sale_returns",
                sequence=47,
                label=self.env._("Owed back to the buyer"),
                model="recouv.assignment.return",
                domain=Domain("state", "=", "owed"),
                action="recouv_lib_factoring.recouv_assignment_return_action",
            ),
            Section(
                code="sale_prices",
                sequence=47,
                label=self.env._("Prices to pay"),
                model="recouv.price",
                domain=Domain("paid_on", "=", False)
                & Domain("date_due", "<=", today)
                & Domain("state", "=", "due"),
                action="recouv_lib_factoring.recouv_price_action",
            ),
        ]

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section


class RecouvDay(models.AbstractModel):
    """What sales leave to a human, at the practice and at the buyer."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._sale_sections()]

    @api.model
    def _sale_sections(self):
        sections = [
            Section(
                code="purchases",
                sequence=45,
                label=self.env._("Receivables offered: to decide"),
                model="recouv.purchase",
                domain=Domain("state", "=", "to_decide"),
                action="recouv_lib_factoring.recouv_purchase_decide_action",
            ),
            Section(
                code="sales_to_submit",
                sequence=46,
                label=self.env._("Sales to submit"),
                model="recouv.assignment",
                domain=Domain("stage", "=", "draft")
                & Domain("is_from_posting", "=", False)
                & Domain("line_ids", "!=", False),
                action="recouv_lib_factoring.recouv_assignment_action",
            ),
        ]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections += self._signature_sections()
        return sections

    @api.model
    def _signature_sections(self):
        return [
            Section(
                code="sales_to_sign",
                sequence=46,
                label=self.env._("Sales to sign"),
                model="recouv.assignment",
                domain=Domain("is_to_sign", "=", True),
                action="recouv_lib_factoring.recouv_assignment_action",
            ),
            Section(
                code="deeds_to_sign",
                sequence=46,
                label=self.env._("Deeds to sign"),
                model="recouv.deed",
                domain=Domain("state", "=", "to_sign"),
                action="recouv_lib_factoring.recouv_deed_action",
            ),
        ]

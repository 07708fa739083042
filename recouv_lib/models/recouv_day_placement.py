from odoo import api, models
from odoo.fields import Domain

from .recouv_day import Section


class RecouvDay(models.AbstractModel):
    """What hand-overs leave to a human, at the practice and at the agency."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._placement_sections()]

    @api.model
    def _placement_sections(self):
        sections = [
            Section(
                code="to_accept",
                sequence=44,
                label=self.env._("Claims to accept"),
                model="recouv.claim",
                domain=Domain("capacity", "=", "mandatary")
                & Domain("placement_state", "=", "proposed"),
                action="recouv_lib.recouv_claim_accept_action",
            ),
            Section(
                code="refusals",
                sequence=48,
                label=self.env._("Refused by the agency"),
                model="recouv.placement.line",
                domain=Domain("state", "=", "refused") & Domain("seen_on", "=", False),
                action="recouv_lib.recouv_placement_line_action",
            ),
            Section(
                code="placed_credits",
                sequence=95,
                label=self.env._("Money to allocate: the agency waits"),
                model="recouv.claim",
                domain=Domain("is_credit_waiting", "=", True),
                action="recouv_lib.recouv_claim_action",
                is_alarm=True,
            ),
        ]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections.append(self._to_send_section())
        return sections

    @api.model
    def _to_send_section(self):
        return Section(
            code="placements",
            sequence=47,
            label=self.env._("Hand-overs to review and send"),
            model="recouv.placement",
            domain=Domain("state", "=", "draft") & Domain("line_ids", "!=", False),
            action="recouv_lib.recouv_placement_action",
        )

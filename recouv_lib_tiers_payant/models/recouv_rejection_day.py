from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section

from .recouv_rejection import OPEN_STATES

#: alarms before money is lost, in days
NEAR_DAYS, SOON_DAYS = 30, 90


class RecouvDay(models.AbstractModel):
    """Rejections and forclusion in the day's work."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [
            *super()._sections(today),
            *self._rejection_sections(today),
            *self._forclusion_sections(today),
        ]

    @api.model
    def _rejection_sections(self, today):
        action = "recouv_lib_tiers_payant.recouv_rejection_action"
        mine = Domain("owner_id", "in", [False, self.env.uid])
        return [
            Section(
                code="tp_rejections",
                sequence=81,
                label=self.env._("Rejections to treat"),
                model="recouv.rejection",
                domain=Domain("state", "in", ("to_do", "in_correction")) & mine,
                action=action,
            ),
            Section(
                code="tp_answers",
                sequence=82,
                label=self.env._("Rejections: the answer should have come"),
                model="recouv.rejection",
                domain=self.env["recouv.rejection"]._wait_over_domain(today),
                action=action,
            ),
            Section(
                code="tp_deadline",
                sequence=95,
                label=self.env._("Rejections past their deadline"),
                model="recouv.rejection",
                domain=Domain("state", "in", OPEN_STATES)
                & Domain("deadline", "<", today),
                action=action,
                is_alarm=True,
            ),
        ]

    @api.model
    def _forclusion_sections(self, today):
        near = fields.Date.add(today, days=NEAR_DAYS)
        soon = fields.Date.add(today, days=SOON_DAYS)
        shares = self.env["recouv.share"]
        return [
            self._forclusion(
                "tp_lost_30",
                96,
                self.env._("Money of payers lost within 30 days"),
                shares._at_risk_domain(today, near),
            ),
            self._forclusion(
                "tp_lost_90",
                97,
                self.env._("Money of payers lost within 90 days"),
                shares._at_risk_domain(fields.Date.add(near, days=1), soon),
            ),
        ]

    @api.model
    def _forclusion(self, code, sequence, label, domain):
        return Section(
            code=code,
            sequence=sequence,
            label=label,
            model="recouv.share",
            domain=domain,
            action="recouv_lib_tiers_payant.recouv_share_action_at_risk",
            is_alarm=True,
        )


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    @api.model
    def _late_domain(self, today):
        """Shares that their payer should have answered by now."""
        return Domain("state", "in", ("transmitted", "acknowledged")) & Domain(
            "expected_date", "<", today
        )

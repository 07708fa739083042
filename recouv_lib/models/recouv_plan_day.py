from odoo import api, fields, models
from odoo.fields import Domain

from .recouv_day import Section


class RecouvDay(models.AbstractModel):
    """Agreements that want somebody today."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: what was missed, what falls due, what a manager decides."""
        sections = super()._sections(today) + self._missed_sections()
        sections += self._due_sections(today)
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections += self._decision_sections()
        return sections

    @api.model
    def _plan_section(self, code, label, domain):
        return Section(
            code,
            30,
            label,
            "recouv.plan",
            Domain(domain),
            "recouv_lib.recouv_plan_action",
        )

    @api.model
    def _missed_sections(self):
        promises = self.env._("Promises not kept")
        others = self.env._("Plans and settlements broken")
        missed = [("is_to_see", "=", True)]
        of_promises = [("kind", "=", "promise"), *missed]
        of_others = [("kind", "!=", "promise"), *missed]
        return [
            self._plan_section("promise_broken", promises, of_promises),
            self._plan_section("plan_broken", others, of_others),
        ]

    @api.model
    def _due_sections(self, today):
        now = self.env._("Instalments due today")
        soon = self.env._("Instalments due within a week")
        week = fields.Date.add(today, days=7)
        running = [("standing", "=", "running")]
        due = [*running, ("next_due_date", "<=", today)]
        coming = [
            *running,
            ("next_due_date", ">", today),
            ("next_due_date", "<=", week),
        ]
        return [
            self._plan_section("instalment_today", now, due),
            self._plan_section("instalment_week", soon, coming),
        ]

    @api.model
    def _decision_sections(self):
        approve = self.env._("Settlements to approve")
        review = self.env._("Deferments to review")
        proposed = [("state", "=", "proposed")]
        void = self.env._("Settlements not kept: discount to take back")
        credited = [
            ("kind", "=", "settlement"),
            ("standing", "=", "broken"),
            ("settled_on", "!=", False),
            # what an agency agreed is credited, and taken back, by the practice
            ("claim_ids", "not any", [("capacity", "=", "mandatary")]),
        ]
        deferred = [("state", "=", "to_review")]
        return [
            self._plan_section("settlement_approve", approve, proposed),
            self._plan_section("settlement_void", void, credited),
            self._plan_section("deferment_review", review, deferred),
        ]

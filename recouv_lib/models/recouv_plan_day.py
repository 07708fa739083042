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
    def _plan_section(self, code, label, domain, is_alarm=False):
        return Section(
            code,
            30,
            label,
            "recouv.plan",
            Domain(domain),
            "recouv_lib.recouv_plan_action",
            is_alarm=is_alarm,
        )

    @api.model
    def _missed_sections(self):
        _ = self.env._
        missed = [("standing", "=", "broken"), ("seen_on", "=", False)]
        return [
            self._plan_section(
                "promise_broken",
                _("Promises not kept"),
                [("kind", "=", "promise"), *missed],
            ),
            self._plan_section(
                "plan_broken",
                _("Plans and settlements broken"),
                [("kind", "!=", "promise"), *missed],
            ),
        ]

    @api.model
    def _due_sections(self, today):
        _ = self.env._
        running = [("standing", "=", "running")]
        week = fields.Date.add(today, days=7)
        return [
            self._plan_section(
                "instalment_today",
                _("Instalments due today"),
                [*running, ("next_due_date", "<=", today)],
            ),
            self._plan_section(
                "instalment_week",
                _("Instalments due within a week"),
                [
                    *running,
                    ("next_due_date", ">", today),
                    ("next_due_date", "<=", week),
                ],
            ),
        ]

    @api.model
    def _decision_sections(self):
        _ = self.env._
        return [
            self._plan_section(
                "settlement_approve",
                _("Settlements to approve"),
                [("state", "=", "proposed")],
            ),
            self._plan_section(
                "deferment_review",
                _("Deferments to review"),
                [("state", "=", "to_review")],
            ),
        ]

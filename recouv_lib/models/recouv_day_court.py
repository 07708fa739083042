from odoo import api, fields, models
from odoo.fields import Domain

from ..lib import court
from .recouv_day import Section


class RecouvDay(models.AbstractModel):
    """What the court files leave to a human: deadlines, what may go on, exhibits."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._court_sections(today)]

    @api.model
    def _court_sections(self, today):
        _ = self.env._
        first = max(self.env["recouv.litigation"]._alarm_levels(today), default=0)
        soon = fields.Date.add(today, days=first)
        sections = [
            self._court_section(
                "court_go_on",
                81,
                _("Court: the delay is over, go on"),
                Domain("next_kind", "in", court.TO_WAIT)
                & Domain("next_date", "<=", today),
            ),
            self._court_section(
                "court_deadlines",
                89,
                _("Court: deadlines"),
                Domain("next_kind", "in", court.TO_ACT)
                & Domain("next_date", "<=", soon),
                is_alarm=True,
            ),
        ]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections.append(self._exhibit_section())
        return sections

    @api.model
    def _exhibit_section(self):
        return Section(
            "exhibits",
            82,
            self.env._("Exhibits to release or refuse"),
            "recouv.exhibit.request",
            Domain("state", "=", "asked") & Domain("undone_on", "=", False),
            action="recouv_lib.recouv_exhibit_request_action",
        )

    @api.model
    def _court_section(self, code, sequence, label, domain, is_alarm=False):
        running = Domain("state", "not in", court.ENDS)
        return Section(
            code,
            sequence,
            label,
            "recouv.litigation",
            running & domain,
            action="recouv_lib.recouv_litigation_action",
            is_alarm=is_alarm,
        )

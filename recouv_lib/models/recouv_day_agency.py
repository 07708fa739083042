from odoo import api, models
from odoo.fields import Domain

from .recouv_day import Section


class RecouvDay(models.AbstractModel):
    """What the practice answers its agency, and what either must sign or renew."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        sections = super()._sections(today)
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections = [*sections, *self._agency_sections(today)]
        return sections

    @api.model
    def _agency_sections(self, today):
        _ = self.env._
        return [
            Section(
                "agent_requests",
                30,
                _("The agency asks: yes or no"),
                "recouv.agent.request",
                self.env["recouv.agent.request"]._to_answer_domain(today),
                action="recouv_lib.recouv_agent_request_action",
            ),
            Section(
                "mandates_to_sign",
                80,
                _("Mandates to sign"),
                "recouv.mandate",
                self._to_sign_domain(),
                action="recouv_lib.recouv_mandate_action",
            ),
            Section(
                "agency_gaps",
                89,
                _("Agency profile: nothing leaves until it is in order"),
                "recouv.agency.profile",
                self._gap_domain(today),
                action="recouv_lib.recouv_agency_profile_action",
                is_alarm=True,
            ),
            Section(
                "insurance_ends",
                95,
                _("The agency's insurance ends within 60 days"),
                "recouv.agency.paper",
                self.env["recouv.agency.profile"]._ending_domain(today),
                action="recouv_lib.recouv_agency_paper_action",
                is_alarm=True,
            ),
            Section(
                "mandates_end",
                96,
                _("Mandates that end within 60 days"),
                "recouv.mandate",
                self.env["recouv.mandate"]._ending_domain(today),
                action="recouv_lib.recouv_mandate_action",
                is_alarm=True,
            ),
        ]

    @api.model
    def _to_sign_domain(self):
        """Drafts that the other party has signed and one's own has not."""
        signatures = self.env["recouv.mandate.signature"]
        signed = signatures.search([("undone_on", "=", False)]).filtered(
            lambda s: s.mandate_id.state == "draft"
        )
        mine = signed.filtered(lambda s: s.company_id in self.env.companies)
        return Domain("id", "in", (signed.mandate_id - mine.mandate_id).ids)

    @api.model
    def _gap_domain(self, today):
        profiles = self.env["recouv.agency.profile"].search([])
        return Domain("id", "in", profiles.filtered(lambda p: p._gaps(today)).ids)

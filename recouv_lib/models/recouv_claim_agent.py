from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .recouv_day import Section
from .recouv_day_sections import OPEN_CLAIM

MANDATARY = Domain("capacity", "=", "mandatary")


class RecouvClaim(models.Model):
    """The agent's queue: whose portfolio a claim is in, and what it waits for."""

    _inherit = "recouv.claim"

    agent_id = fields.Many2one(
        "res.users",
        tracking=True,
        index="btree_not_null",
        domain="[('company_ids', 'in', company_id), ('share', '=', False)]",
        help="In whose portfolio the claim is.",
    )
    debtor_phone = fields.Char(related="partner_id.phone", string="Phone")
    has_next_action = fields.Boolean(
        "Something comes next",
        compute="_compute_has_next_action",
        search="_search_has_next_action",
        help="A step is planned, a proof is awaited, an activity is set, or it is "
        "suspended until a day.",
    )

    @api.constrains("agent_id", "company_id")
    def _check_agent(self):
        for claim in self:
            # sudo: whether the agent works in the claim's company, nothing more
            agent = claim.agent_id.sudo()
            if agent and claim.company_id not in agent.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(agent)s does not work for %(company)s.",
                        agent=agent.name,
                        company=claim.company_id.name,
                    )
                )

    @api.model
    def _without_action_domain(self):
        """Open claims for which nothing is planned and nobody has a task."""
        return (
            OPEN_CLAIM
            & Domain("suspension", "=", "none")
            & Domain("next_step_id", "=", False)
            & Domain("activity_ids", "=", False)
        )

    def _compute_has_next_action(self):
        idle = self.search(Domain("id", "in", self.ids) & self._without_action_domain())
        for claim in self:
            claim.has_next_action = claim not in idle

    def _search_has_next_action(self, operator, value):
        if operator != "in":
            return NotImplemented
        idle = self._without_action_domain()
        return ~idle if True in value else idle


class RecouvDay(models.AbstractModel):
    """What an agent finds in the morning, over all the practices it collects for."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [
            *super()._sections(today),
            Section(
                code="idle_claims",
                sequence=85,
                label=self.env._("Placed claims without a next action"),
                model="recouv.claim",
                domain=MANDATARY
                & self.env["recouv.claim"]._without_action_domain()
                & Domain("placement_state", "=", "accepted"),
                action="recouv_lib.recouv_claim_agency_action",
            ),
        ]

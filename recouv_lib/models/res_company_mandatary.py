from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .recouv_notice_letter import PAPER_CHANNELS
from .recouv_schedules import AGENCY


class ResCompany(models.Model):
    """A company that collects for others: its schedule, and what lets it write."""

    _inherit = "res.company"

    recouv_principal_mandate_ids = fields.One2many(
        "recouv.mandate", "agency_id", "Mandates received", groups="base.group_system"
    )
    # kept by the cache: every letter asks who writes it
    recouv_has_principals = fields.Boolean(
        "Collects under a mandate",
        compute="_compute_recouv_has_principals",
        compute_sudo=True,
    )

    @api.depends("recouv_principal_mandate_ids")
    def _compute_recouv_has_principals(self):
        # sudo: whether there is a mandate, nothing of it
        mandates = self.env["recouv.mandate"].sudo()
        for company in self:
            found = mandates.search_count([("agency_id", "=", company.id)], limit=1)
            company.recouv_has_principals = bool(found)

    def _recouv_collects(self):
        """Say whether this company is the agency of a mandate."""
        self.ensure_one()
        return bool(self._recouv_agency_profile()) or self.recouv_has_principals

    def _recouv_capacities(self):
        """EXTENDS: an agency also writes for its principals."""
        capacities = super()._recouv_capacities()
        return [*capacities, "mandatary"] if self._recouv_collects() else capacities

    def _recouv_live_gaps(self, capacity="creditor"):
        """EXTENDS: a mandatary needs a schedule; going live is about own invoices."""
        if capacity != "mandatary":
            return super()._recouv_live_gaps(capacity)
        # sudo: whether the company has a schedule
        if self.env["recouv.policy"].sudo()._mandatary_policy(self).step_ids:
            return []
        return [self.env._("%s: choose the agency's schedule.", self.name)]

    def _recouv_registration(self):
        """EXTENDS: an agency is known by its company registration."""
        if not self._recouv_collects():
            return super()._recouv_registration()
        return self.company_registry, self.env._("company registration number")


class RecouvPolicy(models.Model):
    _inherit = "recouv.policy"

    @api.model
    def _mandatary_policy(self, agency):
        """EXTENDS: an agency without a schedule receives the ready one."""
        found = super()._mandatary_policy(agency)
        if found or not agency:
            return found
        agency.sudo()._recouv_load_schedules((AGENCY,))  # its own copy, its texts only
        return super()._mandatary_policy(agency)


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    @api.constrains("channel", "sequence", "policy_id")
    def _check_first_is_letter(self):
        """CPCE R124-4: who collects for another announces himself by a letter."""
        for policy in self.policy_id.filtered(lambda p: p.capacity == "mandatary"):
            first = policy.step_ids.sorted()[:1]
            if first and first.channel not in PAPER_CHANNELS:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: the first contact of an agency is a letter "
                        "(CPCE R124-4). Put a letter first.",
                        policy=policy.name,
                    )
                )

from odoo import api, fields, models
from odoo.fields import Domain

from .res_partner import TP_OR_AGENT


class ResCompany(models.Model):
    """Whether the agency works a practice's rejections today.

    The record rules of its agents ask it, so that their screens are empty from the
    first minute without a mandate, whether or not a cron has closed their logins.
    """

    _inherit = "res.company"

    recouv_tp_open = fields.Boolean(
        "Rejections open to the agency",
        compute="_compute_recouv_tp_open",
        search="_search_recouv_tp_open",
        groups="recouv_lib.group_manager",
    )

    def _compute_recouv_tp_open(self):
        open_ones = self._recouv_tp_open_companies()
        for company in self:
            company.recouv_tp_open = company in open_ones

    @api.model
    def _search_recouv_tp_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = Domain("id", "in", self._recouv_tp_open_companies().ids)
        wanted = set(value)
        if wanted >= {True, False}:
            return Domain.TRUE
        return found if True in wanted else ~found

    @api.model
    def _recouv_tp_open_companies(self):
        # sudo: which practices have a mandate in force, asked by record rules
        mandates = self.env["recouv.mandate"].sudo()
        today = fields.Date.context_today(self)
        return mandates.search(
            mandates._in_force_domain(today) & Domain("scope", "=", "tiers_payant")
        ).company_id


class ResPartner(models.Model):
    """The rejections of a patient: what opens this contact to the agency's agents."""

    _inherit = "res.partner"

    recouv_tp_rejection_ids = fields.One2many(
        "recouv.rejection", "patient_id", "Rejections", groups=TP_OR_AGENT
    )

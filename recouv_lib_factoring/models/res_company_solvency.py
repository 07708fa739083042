from odoo import api, fields, models

from .recouv_consent import CONSENT_COUNTRIES


class ResCompany(models.Model):
    """Whether a practice checks before it treats, and needs consent to do so."""

    _inherit = "res.company"

    recouv_consent_required = fields.Boolean(
        "Consent before anything leaves",
        compute="_compute_recouv_consent_required",
        store=True,
        readonly=False,
        help="No solvency check, no sale, no credit insurance and no hand-over to an "
        "agency or an insurer without the patient's consent. Set for a Swiss practice: "
        "fees are part of medical secrecy there.",
    )
    recouv_check_before_treatment = fields.Boolean(
        "Warn about solvency before treatment",
        help="Also without a factoring contract in force.",
    )

    @api.depends("country_id")
    def _compute_recouv_consent_required(self):
        for company in self:
            company.recouv_consent_required = (
                company.country_id.code in CONSENT_COUNTRIES
            )

    def _recouv_needs_consent(self):
        self.ensure_one()
        # sudo: a setting of the company, asked by whoever treats
        return self.sudo().recouv_consent_required

    def _recouv_warns_of_solvency(self):
        """Say whether a patient's solvency matters here: a contract, or a wish."""
        self.ensure_one()
        # sudo: a setting, and whether there is a contract; nothing of it
        company = self.sudo()
        if company.recouv_check_before_treatment:
            return True
        contracts = company.env["recouv.factoring.contract"]
        return bool(
            contracts.search_count(
                [("company_id", "=", company.id), ("state", "=", "signed")], limit=1
            )
        )

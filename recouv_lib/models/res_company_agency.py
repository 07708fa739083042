from odoo import api, fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    """A collection agency: what it must have before it may write for others.

    CPCE L124-1, R124-2 (law.md §1.1): insurance, an account used for nothing else, a
    declaration to the public prosecutor. What is kept stands in its profile.
    """

    _inherit = "res.company"

    recouv_agency_profile_ids = fields.One2many(
        "recouv.agency.profile", "company_id", "Agency profile"
    )
    recouv_is_agency = fields.Boolean(
        "Collection agency",
        compute="_compute_recouv_agency",
        inverse="_inverse_recouv_is_agency",
        search="_search_recouv_is_agency",
        help="Collects for others (CPCE L124-1); its profile says with what.",
    )
    recouv_dedicated_journal_id = fields.Many2one(
        "account.journal",
        "Dedicated account",
        compute="_compute_recouv_agency",
        inverse="_inverse_recouv_dedicated_journal",
        check_company=True,
        help="Bank journal for money received for others, and for nothing else.",
    )

    @api.depends(
        "recouv_agency_profile_ids.active", "recouv_agency_profile_ids.journal_id"
    )
    def _compute_recouv_agency(self):
        for company in self:
            profile = company._recouv_agency_profile()
            company.recouv_is_agency = bool(profile)
            company.recouv_dedicated_journal_id = profile.journal_id

    def _inverse_recouv_is_agency(self):
        for company in self:
            if company.recouv_is_agency:
                company._recouv_make_agency()
            else:
                company._recouv_agency_profile().active = False

    def _inverse_recouv_dedicated_journal(self):
        for company in self:
            journal = company.recouv_dedicated_journal_id
            if journal or company._recouv_agency_profile():
                company._recouv_make_agency().journal_id = journal

    @api.model
    def _search_recouv_is_agency(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: which companies collect for others is no secret
        agencies = self.env["recouv.agency.profile"].sudo()._search([])
        return [("recouv_agency_profile_ids", "in" if True in value else "not in",
                 agencies)]  # fmt: skip

    def _recouv_agency_profile(self):
        """Return the profile of the company, empty when it is no agency."""
        # sudo: whether a company is an agency, and what it lacks, is no secret; what
        # is read here decides and is not shown
        return self.sudo().recouv_agency_profile_ids.filtered("active")[:1]

    def _recouv_make_agency(self):
        """Return the profile of the company, opened anew or created where none is."""
        self.ensure_one()
        profiles = self.env["recouv.agency.profile"].with_context(active_test=False)
        profile = profiles.search([("company_id", "=", self.id)], limit=1)
        if not profile:
            return profiles.create({"company_id": self.id})
        profile.active = True
        return profile

    def _recouv_agency_gaps(self, day):
        """Return what keeps anything from leaving in the agency's name.

        :param day: the day on which it would leave
        :return: list of sentences: what is missing or expired, and what to do
        """
        self.ensure_one()
        profile = self._recouv_agency_profile()
        if profile:
            return profile._gaps(day)
        # sudo: the company's own name
        return [
            self.env._(
                "%s is not declared as a collection agency: a manager completes its "
                "agency profile.",
                self.sudo().name,
            )
        ]

    def _recouv_check_agency(self, day):
        """:raise UserError: with all that is missing or expired on ``day``"""
        if gaps := self._recouv_agency_gaps(day):
            raise UserError("\n".join(gaps))

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_list

from .account_move_screens import READERS
from .recouv_day import Section

# what is there only where each of these is
ALL_OF = {"address": ("street", "zip", "city")}
# what is there where one of these is
ANY_OF = {
    "phone": ("phone", "recouv_phone2"),
    "reachable": ("phone", "recouv_phone2", "email"),
}
# what a company may require of a file: by element, the setting that requires it
ELEMENTS = {
    "address": "recouv_file_address",
    "reachable": "recouv_file_reachable",
    "phone": "recouv_file_phone",
    "email": "recouv_file_email",
    "rights": "recouv_file_rights",
    "mutual": "recouv_file_mutual",
    "prescription": "recouv_file_prescription",
}
PAPERS = ("rights", "mutual", "prescription")
# somebody else is contacted: the person's own address is not asked for
STAND_INS = (
    "recouv_guardian_id",
    "recouv_estate_contact_id",
    "recouv_safe_contact_id",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_file_address = fields.Boolean("Complete postal address", default=True)
    recouv_file_reachable = fields.Boolean("Phone or e-mail", default=True)
    recouv_file_phone = fields.Boolean("Phone number")
    recouv_file_email = fields.Boolean("E-mail address")
    recouv_file_rights = fields.Boolean("Certificate of entitlement")
    recouv_file_mutual = fields.Boolean("Card of the complementary insurance")
    recouv_file_prescription = fields.Boolean("Prescription")

    def _recouv_file_elements(self):
        """Return the elements that this company requires of a patient's file."""
        config = self._recouv_config()
        return [code for code, setting in ELEMENTS.items() if config[setting]]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_file_address = fields.Boolean(
        related="company_id.recouv_file_address", readonly=False
    )
    recouv_file_reachable = fields.Boolean(
        related="company_id.recouv_file_reachable", readonly=False
    )
    recouv_file_phone = fields.Boolean(
        related="company_id.recouv_file_phone", readonly=False
    )
    recouv_file_email = fields.Boolean(
        related="company_id.recouv_file_email", readonly=False
    )
    recouv_file_rights = fields.Boolean(
        related="company_id.recouv_file_rights", readonly=False
    )
    recouv_file_mutual = fields.Boolean(
        related="company_id.recouv_file_mutual", readonly=False
    )
    recouv_file_prescription = fields.Boolean(
        related="company_id.recouv_file_prescription", readonly=False
    )


class ResPartner(models.Model):
    """What a debtor's file lacks, by the settings of the company he owes.

    An incomplete file is why reminders come back and reimbursements are refused.
    Papers are asked of patients only, never of a professional or a payer. The rule
    stands twice, for one person in words (:meth:`_recouv_file_gaps`) and for all in a
    domain (:meth:`_recouv_gap_domain`); a test holds them together.
    """

    _inherit = "res.partner"

    recouv_document_ids = fields.One2many(
        "recouv.patient.document",
        "partner_id",
        "Documents of the file",
        groups=READERS,
        copy=False,
    )
    recouv_file_missing = fields.Char(
        "Missing in the file", compute="_compute_recouv_file_missing", groups=READERS
    )
    recouv_file_incomplete = fields.Boolean(
        "Incomplete file",
        compute="_compute_recouv_file_incomplete",
        search="_search_recouv_file_incomplete",
        groups=READERS,
        help="Owes something, and the file lacks what the company requires.",
    )

    # --- one person, in words -------------------------------------------------------

    @api.depends_context("allowed_company_ids", "lang")
    @api.depends(
        *ALL_OF["address"],
        "phone",
        "recouv_phone2",
        "email",
        "recouv_debtor_kind",
        "recouv_document_ids.valid_to",
        "recouv_document_ids.undone_on",
    )
    def _compute_recouv_file_missing(self):
        owing = self._recouv_owing_companies()
        for partner in self:
            # who never was a customer has no file
            customer = partner._origin and partner.customer_rank > 0
            companies = owing.get(partner._origin) or (customer and self.env.company)
            partner.recouv_file_missing = bool(
                companies
            ) and partner._recouv_file_words(companies)

    @api.depends("recouv_file_missing")
    def _compute_recouv_file_incomplete(self):
        owing = self._recouv_owing_companies()
        for partner in self:
            companies = owing.get(partner._origin, self.env["res.company"])
            partner.recouv_file_incomplete = bool(partner._recouv_file_words(companies))

    def _recouv_owing_companies(self):
        """Return {debtor: companies of the user to which he owes something}."""
        grouped = self.env["recouv.claim"]._read_group(
            [
                ("partner_id", "in", self._origin.ids),
                ("company_id", "in", self.env.companies.ids),
                *self._recouv_owing_terms(),
            ],
            ["partner_id"],
            ["company_id:recordset"],
        )
        return dict(grouped)

    @api.model
    def _recouv_owing_terms(self):
        return [("closed_on", "=", False), ("settlement", "=", "open")]

    def _recouv_file_words(self, companies):
        """Return what the file lacks for any of ``companies``, named once, or False."""
        self.ensure_one()
        gaps = [gap for one in companies for gap in self._recouv_file_gaps(one)]
        if not gaps:
            return False
        return self.env._(
            "Missing in the file: %(elements)s",
            elements=format_list(self.env, list(dict.fromkeys(gaps))),
        )

    def _recouv_file_gaps(self, company):
        """Return the names of what a company requires of this file and lacks."""
        labels = self._recouv_element_labels()
        return [
            labels[element]
            for element in company._recouv_file_elements()
            if not self._recouv_has_element(element, company)
        ]

    @api.model
    def _recouv_element_labels(self):
        _ = self.env._
        return {
            "address": _("postal address"),
            "reachable": _("phone or e-mail"),
            "phone": _("phone number"),
            "email": _("e-mail address"),
            "rights": _("valid certificate of entitlement"),
            "mutual": _("valid card of the complementary insurance"),
            "prescription": _("valid prescription"),
        }

    def _recouv_has_element(self, element, company):
        if element in PAPERS:
            return self._recouv_has_paper(element, company)
        if any(self[name] for name in STAND_INS):
            return True
        if element in ALL_OF:
            return all(self[name] for name in ALL_OF[element])
        if element in ANY_OF:
            return any(self[name] for name in ANY_OF[element])
        return bool(self[element])

    def _recouv_has_paper(self, kind, company):
        if self._recouv_debtor_kind() != "patient":
            return True
        today = fields.Date.context_today(self)
        papers = self.recouv_document_ids
        return bool(papers.filtered_domain(papers._valid_domain(company, kind, today)))

    # --- all of them, in a domain ---------------------------------------------------

    def _search_recouv_file_incomplete(self, operator, value):
        """Return the debtors with a gap in a company to which they owe something."""
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            self._recouv_incomplete_domain(company) for company in self.env.companies
        )

    @api.model
    def _recouv_incomplete_domain(self, company):
        gaps = Domain.OR(
            self._recouv_gap_domain(element, company)
            for element in company._recouv_file_elements()
        )
        owing = [("company_id", "=", company.id), *self._recouv_owing_terms()]
        return gaps & Domain("recouv_claim_ids", "any", owing)

    @api.model
    def _recouv_gap_domain(self, element, company):
        """Return the partners whose file lacks ``element`` in ``company``."""
        if element in PAPERS:
            today = fields.Date.context_today(self)
            valid = self.recouv_document_ids._valid_domain(company, element, today)
            return self._recouv_patient_domain() & Domain(
                "recouv_document_ids", "not any", valid
            )
        empty = [
            Domain(name, "=", False)
            for name in ANY_OF.get(element) or ALL_OF.get(element, (element,))
        ]
        lacks = Domain.AND(empty) if element in ANY_OF else Domain.OR(empty)
        return lacks & Domain([(name, "=", False) for name in STAND_INS])

    @api.model
    def _recouv_patient_domain(self):
        """The domain of :meth:`_recouv_debtor_kind`."""
        unsaid = Domain("recouv_debtor_kind", "=", False)
        person = unsaid & Domain("is_company", "=", False)
        return Domain("recouv_debtor_kind", "=", "patient") | person


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    file_missing = fields.Char("Missing in the file", compute="_compute_file_missing")

    @api.depends_context("lang")
    @api.depends("partner_id.recouv_file_missing")
    def _compute_file_missing(self):
        for claim in self:
            is_open = not claim.closed_on and claim.settlement == "open"
            claim.file_missing = is_open and claim.partner_id._recouv_file_words(
                claim.company_id
            )


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: debtors who cannot be reached or whose papers are missing."""
        return [
            *super()._sections(today),
            Section(
                "incomplete_files",
                90,
                self.env._("Incomplete files"),
                "res.partner",
                Domain("recouv_file_incomplete", "=", True),
                action="recouv_lib.res_partner_incomplete_action",
                is_alarm=True,
            ),
        ]

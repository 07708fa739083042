from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

PURPOSES = [
    ("billing", "Billing by a third party"),
    ("collection", "Collection by an agency"),
    ("assignment", "Sale of the receivable"),
    ("solvency", "Solvency check"),
    ("insurance", "Credit insurance"),
]
#: countries where fees are part of medical secrecy: without the patient's consent, or
#: a release by the authority, nothing leaves (CH: CP 321; law.md C9)
CONSENT_COUNTRIES = ("CH",)


class RecouvConsent(models.Model):
    """What a patient agreed to, for one purpose, until withdrawn.

    Never deleted nor rewritten: a withdrawal is a date, entered once; the signed form
    may be added later. A release from secrecy by the authority stands in for consent,
    by its reference.
    """

    _name = "recouv.consent"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Consent of a patient"
    _order = "given_on desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Patient",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    purpose = fields.Selection(PURPOSES, required=True)
    given_on = fields.Date(required=True, default=fields.Date.context_today)
    withdrawn_on = fields.Date()
    release_ref = fields.Char(
        "Release by the authority", help="Reference of the decision that releases."
    )
    document = fields.Binary("Signed form", attachment=True)
    document_name = fields.Char()

    _withdrawn_after = models.Constraint(
        "CHECK(withdrawn_on IS NULL OR withdrawn_on >= given_on)",
        "A consent is not withdrawn before it was given.",
    )
    # asked for each debtor of a sale
    _standing_idx = models.Index("(company_id, partner_id, purpose)")

    @api.depends("partner_id", "purpose")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["purpose"]._description_selection(self.env))
        for consent in self:
            label = labels.get(consent.purpose, "")
            consent.display_name = f"{consent.partner_id.display_name} – {label}"

    @api.model
    def _creatable_fields(self):
        return frozenset(
            {
                "company_id",
                "partner_id",
                "purpose",
                "given_on",
                "withdrawn_on",
                "release_ref",
                "document",
                "document_name",
            }
        )

    def _editable_fields(self):
        """What is not known yet may be added: the form, the day of the withdrawal."""
        names = {"document", "document_name"} if not self.document else set()
        if not self.withdrawn_on:
            names.add("withdrawn_on")
        return frozenset(names)

    @api.model
    def _evidence_advice(self):
        return self.env._(
            "Enter the day on which it was withdrawn, and make a new one for what the "
            "patient says now."
        )

    @api.model
    def _purpose_label(self, purpose):
        return dict(self._fields["purpose"]._description_selection(self.env))[purpose]

    @api.model
    def _missing_sentence(self):
        """Return why a claim may not be collected by others, as one says of it."""
        return self.env._(
            "its debtor has not agreed to a collection by others, or took that back: "
            "record the consent first."
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _recouv_consent_domain(self, purpose, company, on):
        return (
            Domain("company_id", "=", company.id)
            & Domain("purpose", "=", purpose)
            & Domain("given_on", "<=", on)
            & (Domain("withdrawn_on", "=", False) | Domain("withdrawn_on", ">", on))
        )

    def _recouv_has_consent(self, purpose, company=None, on=None):
        """Say whether what ``purpose`` needs was agreed to, or need not be.

        :param purpose: billing, collection, assignment, solvency or insurance
        :param company: the practice, the current one by default
        :param on: a day, today by default
        """
        company = company or self.env.company
        if not company._recouv_needs_consent():
            return True
        debtors = self.commercial_partner_id
        on = on or fields.Date.context_today(self)
        domain = self._recouv_consent_domain(purpose, company, on)
        consents = self.env["recouv.consent"].search(
            domain & Domain("partner_id", "in", debtors.ids)
        )
        return not debtors - consents.partner_id

    def _recouv_check_named_to_insurer(self, company):
        """Check that these may be named to a credit insurer: it is a third party.

        Where fees are part of medical secrecy, the patient's consent or a release by
        the authority is asked for (CH: CP 321; law.md C9). Elsewhere the practice's
        legitimate interest is the ground (GDPR art. 6.1 f), and no care is told.

        :param company: the practice
        :raise UserError: one has not agreed, or took that back
        """
        for debtor in self:
            if not debtor._recouv_has_consent("insurance", company):
                raise UserError(
                    self.env._(
                        "%(debtor)s has not agreed to be named to a credit insurer, or "
                        "took that back: nothing was sent. Record the consent for "
                        "“%(purpose)s” first.",
                        debtor=debtor.display_name,
                        purpose=self.env["recouv.consent"]._purpose_label("insurance"),
                    )
                )

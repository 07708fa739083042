from odoo import api, fields, models
from odoo.fields import Domain

KINDS = [
    ("rights", "Certificate of entitlement (attestation de droits)"),
    ("mutual", "Card of the complementary insurance (carte de mutuelle)"),
    ("prescription", "Prescription"),
]


class RecouvPatientDocument(models.Model):
    """A paper of the patient's file that opens reimbursement, with its dates.

    The kind and the dates are enough; the scan is optional. A paper filed for the
    wrong person is undone with a reason: it then counts no more.
    """

    _name = "recouv.patient.document"
    _inherit = ["recouv.undo.mixin"]
    _description = "Document of the patient's file"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Patient",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(KINDS, required=True)
    date = fields.Date(
        "Dated", required=True, default=lambda self: fields.Date.context_today(self)
    )
    valid_to = fields.Date("Valid until", help="Empty: it does not expire.")
    file = fields.Binary("Scan", attachment=True, copy=False)
    file_name = fields.Char()

    _valid_after_date = models.Constraint(
        "CHECK(valid_to IS NULL OR valid_to >= date)",
        "A document cannot expire before its own date.",
    )
    # completeness asks for the papers of a person in a company
    _file_idx = models.Index(
        "(partner_id, company_id, kind, valid_to) WHERE undone_on IS NULL"
    )

    @api.depends("kind", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for document in self:
            label = labels.get(document.kind, "")
            document.display_name = f"{label} – {document.partner_id.display_name}"

    @api.model
    def _valid_domain(self, company, kind, today):
        """Documents of a kind that stand on ``today`` in a company's files."""
        return Domain(
            [
                ("company_id", "=", company.id),
                ("kind", "=", kind),
                ("undone_on", "=", False),
                ("date", "<=", today),
            ]
        ) & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", today))

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""

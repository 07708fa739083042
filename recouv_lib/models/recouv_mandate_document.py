import base64

from odoo import SUPERUSER_ID, api, fields, models

KINDS = [("convention", "Convention signed by both"), ("scan", "Signed paper")]


class RecouvMandateDocument(models.Model):
    """A party's own copy of a signed paper.

    Each company has its own, so that neither can touch or lose the other's.
    """

    _name = "recouv.mandate.document"
    _description = "Copy of a mandate"
    _order = "id desc"

    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(KINDS, required=True)
    date = fields.Date("Kept on", required=True)
    file = fields.Binary("Document", attachment=True, required=True)
    file_name = fields.Char()

    @api.depends("kind", "file_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for document in self:
            label = labels.get(document.kind, "")
            document.display_name = f"{label} – {document.file_name or ''}"


class RecouvMandate(models.Model):
    _inherit = "recouv.mandate"

    def _keep(self, kind, content, name):
        """Give each party its own copy of a file.

        sudo, superuser: a party creates no record of the other; the content is the
        same paper for both, and no user's name goes with it.
        """
        self.ensure_one()
        return (
            self.env["recouv.mandate.document"]
            .with_user(SUPERUSER_ID)
            .create(
                [
                    {
                        "mandate_id": self.id,
                        "company_id": company.id,
                        "kind": kind,
                        "date": fields.Date.context_today(self),
                        "file": base64.b64encode(content),
                        "file_name": name
                        or f"{self.name.replace('/', '-')}-{kind}.pdf",
                    }
                    for company in (self.company_id, self.agency_id)
                ]
            )
        )

import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import dossier_pdf

SHOWN = 4000  # characters of the text that can still be read


class RecouvExhibitRelease(models.TransientModel):
    """Release one exhibit, or refuse it: the practitioner sees what can still be read.

    The file is redacted before it comes here; whole pages may be masked here too.
    """

    _name = "recouv.exhibit.release"
    _description = "Release an exhibit"

    request_id = fields.Many2one("recouv.exhibit.request", required=True)
    name = fields.Char(related="request_id.name")
    asked_by = fields.Char(related="request_id.asked_by")
    claim_id = fields.Many2one(related="request_id.claim_id")
    file = fields.Binary("Redacted file", attachment=False)
    file_name = fields.Char()
    masked_pages = fields.Char("Pages to mask", help="Like “2, 4-5”.")
    page_count = fields.Integer("Pages", compute="_compute_preview")
    readable_text = fields.Text(
        "What can still be read in it",
        compute="_compute_preview",
        help="Text under a black bar can be copied by anybody.",
    )
    warning = fields.Char(compute="_compute_preview")
    checked = fields.Boolean("I have read it: nothing in it tells of care or health")
    refusal = fields.Char("Why it is refused")

    @api.depends("file", "masked_pages")
    def _compute_preview(self):
        for wizard in self:
            wizard.page_count = 0
            wizard.readable_text = wizard.warning = False
            if wizard.file:
                wizard._preview()

    def _preview(self):
        try:
            content = dossier_pdf.as_pdf(base64.b64decode(self.file))
            self.page_count = dossier_pdf.page_count(content)
            text = dossier_pdf.read_text(dossier_pdf.redact(content, self._masked()))
        except (dossier_pdf.Unreadable, UserError) as error:
            self.warning = str(error)
            return
        self.readable_text = text[:SHOWN]
        if dossier_pdf.find_nirs(text):
            self.warning = self.env._("A social-security number can still be read.")

    def _masked(self):
        try:
            return dossier_pdf.read_ranges(self.masked_pages, self.page_count)
        except dossier_pdf.BadRange as error:
            raise UserError(
                self.env._(
                    "“%(text)s” is no page of this file, which has %(count)s.",
                    text=str(error),
                    count=self.page_count,
                )
            ) from error

    def action_release(self):
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose the redacted file."))
        if not self.checked:
            raise UserError(
                self.env._("Read what can still be read in it, and say so.")
            )
        self.request_id.release(base64.b64decode(self.file), self._masked())
        return {"type": "ir.actions.act_window_close"}

    def action_refuse(self):
        self.ensure_one()
        self.request_id.refuse(self.refusal)
        return {"type": "ir.actions.act_window_close"}

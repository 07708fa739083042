import hashlib

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib import court, dossier_pdf
from .recouv_exhibit import KINDS

STATES = [
    ("asked", "To answer"),
    ("released", "Given to the agency"),
    ("refused", "Refused"),
]
ANSWERING = object()


class RecouvExhibitRequest(models.Model):
    """An exhibit that a court file asks of the practice, and the practice's answer.

    Medical secrecy is the practice's (code de la santé publique L1110-4): it releases
    each document by itself, redacted by its own hand, or refuses. The record stays in
    its company as the log: who released what, when, how many pages, which file by its
    fingerprint. What is released is copied; nothing here is linked from elsewhere.
    """

    _name = "recouv.exhibit.request"
    _description = "Request for an exhibit"
    _inherit = ["recouv.undo.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="claim_id.partner_id")
    # of another company when an agency sues: reached by named methods only
    exhibit_id = fields.Many2one(
        "recouv.exhibit",
        readonly=True,
        groups=fields.NO_ACCESS,
        index=True,
        ondelete="restrict",
    )
    name = fields.Char("What is asked", required=True, readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    asked_by = fields.Char(readonly=True)
    date = fields.Date(
        "Asked on", readonly=True, default=lambda s: fields.Date.context_today(s)
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="asked")
    answered_on = fields.Datetime(readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True)
    refusal = fields.Char("Why it was refused", readonly=True)
    page_count = fields.Integer("Pages released", readonly=True)
    masked_pages = fields.Char(readonly=True)
    fingerprint = fields.Char(
        "Fingerprint (SHA-256)", readonly=True, help="Of the file that was released."
    )

    # the practice's day asks for what waits
    _waiting_idx = models.Index("(company_id) WHERE state = 'asked'")

    # --- guards ---------------------------------------------------------------------

    def write(self, vals):
        if self.env.context.get("recouv_answering") is not ANSWERING:
            raise UserError(
                self.env._("A request is answered by its buttons and never edited.")
            )
        return super().write(vals)

    def _record(self, vals):
        self.with_context(recouv_answering=ANSWERING).write(vals)

    def _record_undo(self, vals):
        self._undoing()._record(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was released is kept as a log."))

    def _check_may_answer(self):
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("The practitioner alone releases a document."))
        if self.state != "asked" or self.undone_on:
            raise UserError(self.env._("%s was answered already.", self.display_name))

    # --- the answer -----------------------------------------------------------------

    def action_release(self):
        """Open the release: the redacted file, what can still be read in it."""
        self.ensure_one()
        self._check_may_answer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release an exhibit"),
            "res_model": "recouv.exhibit.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    @api.private  # people release by the dialog, which hands over the bytes
    def release(self, content, masked=()):
        """Copy a redacted document into the company of the court file.

        :param content: bytes of a PDF or a picture, redacted by the practice
        :param masked: numbers (from 1) of the pages to blank
        :raise UserError: it cannot be read, or a social-security number is in it
        """
        self._check_may_answer()
        copy = self._redacted(content, masked)
        pages = dossier_pdf.page_count(copy)
        self._crossing()._receive(copy, pages)
        self._record(
            {
                "state": "released",
                "answered_on": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
                "page_count": pages,
                "masked_pages": ", ".join(map(str, sorted(masked))) or False,
                "fingerprint": hashlib.sha256(copy).hexdigest(),
            }
        )

    def _crossing(self):
        """Return the exhibit in the company that asked, to write the answer into it.

        Nobody's name: the practice cannot read there, so elevated rights are needed;
        what crosses is the redacted file or the one sentence of a refusal. Who answered
        is logged here, and stays here.
        """
        exhibit = self.with_user(SUPERUSER_ID).exhibit_id
        return exhibit.with_company(exhibit.company_id)

    def _redacted(self, content, masked):
        try:
            copy = dossier_pdf.redact(
                dossier_pdf.as_pdf(content), masked, self._mask_note()
            )
            found = dossier_pdf.find_nirs(dossier_pdf.read_text(copy))
        except dossier_pdf.Unreadable as error:
            raise UserError(
                self.env._(
                    "This file cannot be read (%s): choose a PDF without password, or "
                    "a picture.",
                    error,
                )
            ) from error
        if found:
            raise UserError(
                self.env._(
                    "A social-security number can still be read in it (%s…). A black "
                    "bar only hides it from the eye: print and scan the page, or mask "
                    "it.",
                    found[0][:5],
                )
            )
        return copy

    def _mask_note(self):
        return self.env._("Page withheld: medical secrecy")

    def refuse(self, reason):
        """Refuse; the reason goes to who asked.

        :raise UserError: no reason
        """
        self._check_may_answer()
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it is refused."))
        self._crossing()._refuse(reason)
        self._record(
            {
                "state": "refused",
                "refusal": reason,
                "answered_on": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
            }
        )

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what was lodged with the court cannot be called back."""
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self.state == "asked":
            return self.env._("it was not answered yet.")
        litigation = self._crossing().litigation_id
        if self.state == "released" and litigation.state not in court.PREPARING:
            return self.env._("the file was lodged with it.")
        return None

    def _undo(self):
        """The copy goes; who asked may ask again."""
        for request in self:
            exhibit = request._crossing()
            if exhibit.litigation_id.state == "ready":
                exhibit.litigation_id.record("reopened")
            exhibit._withdraw()

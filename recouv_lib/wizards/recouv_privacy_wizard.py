import io
import json
import zipfile

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..models.recouv_privacy_request import KINDS

#: contact data that a rectification may change
CONTACT = (
    "name",
    "street",
    "street2",
    "zip",
    "city",
    "phone",
    "recouv_phone2",
    "email",
)


class RecouvPrivacyWizard(models.TransientModel):
    """One dialog for a person's rights: inform, give access, correct, limit.

    Whatever is done is written in the register (``recouv.privacy.request``).
    """

    _name = "recouv.privacy.wizard"
    _description = "Data protection of a person"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", "Person", required=True)
    request_id = fields.Many2one("recouv.privacy.request")
    kind = fields.Selection(KINDS, "Request", required=True, default="access")
    received_on = fields.Date(default=lambda self: fields.Date.context_today(self))
    demand = fields.Text("What is asked")
    identity_checked = fields.Boolean("Identity checked")
    with_notes = fields.Boolean(
        "With the internal notes",
        help="Read them first: they may speak of other people.",
    )
    name = fields.Char(compute="_compute_contact", store=True, readonly=False)
    street = fields.Char(compute="_compute_contact", store=True, readonly=False)
    street2 = fields.Char(compute="_compute_contact", store=True, readonly=False)
    zip = fields.Char(compute="_compute_contact", store=True, readonly=False)
    city = fields.Char(compute="_compute_contact", store=True, readonly=False)
    phone = fields.Char(compute="_compute_contact", store=True, readonly=False)
    recouv_phone2 = fields.Char(
        "Second phone", compute="_compute_contact", store=True, readonly=False
    )
    email = fields.Char(compute="_compute_contact", store=True, readonly=False)

    @api.depends("partner_id")
    def _compute_contact(self):
        for wizard in self:
            for name in CONTACT:
                wizard[name] = wizard.partner_id[name]

    def action_confirm(self):
        """Do what was asked, or only register it where a human must answer."""
        self.ensure_one()
        self._check_asked()
        doing = {
            "information": self._inform,
            "access": self._give_access,
            "rectification": self._rectify,
            "limitation": self._limit,
        }.get(self.kind, self._register_only)
        return doing()

    def _check_asked(self):
        """Refuse another company, and a request that is somebody else's.

        :raise AccessError: the company is none of the user's
        :raise UserError: the request names another person or company
        """
        if self.company_id not in self.env.user.company_ids and not self.env.su:
            raise AccessError(self.env._("This company is not yours."))
        self.partner_id.check_access("read")
        request = self.request_id
        asked = (request.partner_id, request.company_id)
        if request and asked != (self.partner_id, self.company_id):
            raise UserError(
                self.env._(
                    "%(request)s is about someone else, or another company.",
                    request=request.display_name,
                )
            )

    # --- each right -----------------------------------------------------------------

    def _inform(self):
        """Print the notice and record that it was handed over."""
        words = self._in_words_of_the_person()
        content = words._pdf("recouv_lib.privacy_notice", words._notice_values())
        name = self.env._("data-protection-notice.pdf")
        request = self._request()
        document = self._attach(request, name, content, "application/pdf")
        request._done()
        return self._download(document)

    def _give_access(self):
        if not self.identity_checked:
            raise UserError(
                self.env._(
                    "Check who asks first: the data of %(person)s is given to that "
                    "person only.",
                    person=self.partner_id.display_name,
                )
            )
        request = self._request()
        document = self._attach(
            request, self.env._("access.zip"), self._archive(), "application/zip"
        )
        request._done(identity_checked=True)
        self.env["recouv.read.log"]._log(
            self.partner_id._recouv_claims_in(self.company_id), "access"
        )
        return self._download(document)

    def _archive(self):
        """Return a ZIP with the data as JSON, to reuse, and as PDF, to read."""
        words = self._in_words_of_the_person()
        partner = words.partner_id.with_company(self.company_id)
        asked = (self.company_id, self.with_notes)
        data = partner._recouv_access_data(*asked)
        text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        read = partner.with_context(recouv_to_read=True)._recouv_access_data(*asked)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(self.env._("data.json"), text)
            archive.writestr(
                self.env._("data.pdf"),
                words._pdf("recouv_lib.privacy_access", {"data": read}),
            )
        return target.getvalue()

    def _rectify(self):
        changed = {
            name: self[name]
            for name in CONTACT
            if (self[name] or "") != (self.partner_id[name] or "")
        }
        if not changed:
            raise UserError(
                self.env._("Nothing was corrected: change what is wrong first.")
            )
        before = {name: self.partner_id[name] or "–" for name in changed}
        self._checked_person().write(changed)
        label = self.partner_id._recouv_label
        self._request()._done(
            answer="\n".join(
                f"{label(self.partner_id, name)}: {before[name]} → {value or '–'}"
                for name, value in changed.items()
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _checked_person(self):
        """Return the person, writable: whoever answers the request may correct it.

        Never someone who logs in: a new e-mail address would open their account.
        """
        # sudo: only whether somebody logs in with this contact is asked
        if self.partner_id.sudo().with_context(active_test=False).user_ids:
            raise UserError(
                self.env._(
                    "%(person)s is a user of this database: ask an administrator.",
                    person=self.partner_id.display_name,
                )
            )
        if not self.partner_id._recouv_is_debtor_of(self.company_id):
            raise UserError(
                self.env._(
                    "%(person)s has no invoice in %(company)s: correct the contact "
                    "itself.",
                    person=self.partner_id.display_name,
                    company=self.company_id.name,
                )
            )
        # sudo: a secretary may not edit contacts; contact data only, and registered
        return self.partner_id.sudo()

    def _limit(self):
        self._request().action_freeze()
        return {"type": "ir.actions.act_window_close"}

    def _register_only(self):
        self._request()
        return {"type": "ir.actions.act_window_close"}

    # --- the register ---------------------------------------------------------------

    def _request(self):
        """Return the request at hand, or enter it in the register."""
        return self.request_id or self.env["recouv.privacy.request"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "kind": self.kind,
                "received_on": self.received_on,
                "demand": self.demand,
                "identity_checked": self.identity_checked,
            }
        )

    def _attach(self, request, name, content, mimetype):
        document = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": request._name,
                "res_id": request.id,
                "company_id": self.company_id.id,
            }
        )
        request.document_ids |= document
        return document

    @api.model
    def _download(self, document):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=1",
            # not “download”: with it, the web client leaves the dialog open, and a
            # second click would enter a second request
            "target": "new",
            "close": True,
        }

    # --- documents ------------------------------------------------------------------

    def _pdf(self, template, values):
        document = self.env["recouv.document"]
        company, today = self.company_id, fields.Date.context_today(self)
        html = self.env["ir.qweb"]._render(
            template,
            {
                "company": company,
                "person": self.partner_id,
                "sender_lines": document._lines(company.partner_id, company),
                "today": format_date(self.env, today, date_format="long"),
                **values,
            },
        )
        return document._pdf(html, self.display_name)

    def _in_words_of_the_person(self):
        """Return this dialog in the language of the person, if it is installed."""
        installed = dict(self.env["res.lang"].get_installed())
        lang = self.partner_id.lang
        return self.with_context(lang=lang) if lang in installed else self

    def _notice_values(self):
        return {
            "years_books": self._years("accounting_retention"),
            "years_settled": self._years("retention_settled_claims"),
            "years_unpaid": self._years("retention_unpaid_claims"),
        }

    def _years(self, code):
        """Return a delay of the law in words."""
        today = fields.Date.context_today(self)
        parameters = self.env["recouv.legal.parameter"]
        number = round(parameters._get(code, today, self.company_id))
        if number == 1:
            return self.env._("one year")
        return self.env._("%s years", number)

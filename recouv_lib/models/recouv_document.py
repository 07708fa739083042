import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import html_pdf

MARGINS = (14, 20)  # millimetres: above and below, left and right


class RecouvDocument(models.AbstractModel):
    """One printed document that is no notice: statement, receipt, list, agreement.

    Notices have their own letter, with address window and page marks; everything else
    is printed here, so that it looks the same and fails with the same words.
    """

    _name = "recouv.document"
    _description = "Printed document"

    @api.model
    def _print(self, template, values, *, company, title, recipient=None, lang=None):
        """Return the PDF of a QWeb template laid on the practice's page.

        :param template: XML id of the template of the body
        :param values: what the template needs
        :param company: who writes
        :param recipient: partner to whom it is addressed, None for an internal one
        :param lang: language of the document, the recipient's by default
        :raise UserError: the printing program is missing or stopped
        """
        lang = lang or (recipient and recipient.lang) or self.env.lang
        installed = dict(self.env["res.lang"].get_installed())
        localized = self.with_context(lang=lang if lang in installed else self.env.lang)
        html = localized._html(template, values, company, title, recipient)
        return self._pdf(html, title, MARGINS)

    @api.model
    def _pdf(self, html, title, margins=(0, 0)):
        """Return the PDF of one whole page of HTML.

        :param title: what is printed, for who reads that it could not be
        :raise UserError: the printing program is missing or stopped
        """
        try:
            return html_pdf.print_html(
                self.env["recouv.notice"]._printer(), html, margins=margins
            )
        except (html_pdf.PrinterMissing, html_pdf.PrinterCrashed) as error:
            raise UserError(
                self.env._(
                    "“%(title)s” cannot be printed: %(error)s", title=title, error=error
                )
            ) from error

    @api.model
    def _html(self, template, values, company, title, recipient):
        qweb = self.env["ir.qweb"]
        today = fields.Date.context_today(self)
        page = qweb._render(
            "recouv_lib.document_page",
            {
                "title": title,
                "sender": company.name,
                "sender_lines": self._lines(company.partner_id, company),
                "address": self._address(recipient),
                "when": self._place_and_date(company, today),
                "body": qweb._render(template, {"env": self.env, **values}),
            },
        )
        return f"<!DOCTYPE html>{page}"

    @api.model
    def _lines(self, partner, company):
        place = " ".join(filter(None, [partner.zip, partner.city]))
        _, phone = self.env._, company.phone
        lines = [
            partner.street,
            partner.street2,
            place,
            phone and _("Phone %(phone)s", phone=phone),
            company.email,
            self._registration(company),
        ]
        return [line for line in lines if line]

    @api.model
    def _registration(self, company):
        """Return under which number the sender is known: an agency by its register."""
        _ = self.env._
        if company.company_registry and company._recouv_agency_profile():
            return _("Registered under no. %(number)s", number=company.company_registry)
        number = company._recouv_config().recouv_professional_number
        return number and _("Professional number %(number)s", number=number)

    @api.model
    def _place_and_date(self, company, day):
        """Return “Rennes, le 22 novembre 2026”, the date alone without a city."""
        date = format_date(self.env, day, date_format="long")
        if not company.city:
            return date
        return self.env._("%(city)s, %(date)s", city=company.city, date=date)

    @api.model
    def _address(self, partner):
        if not partner:
            return []
        place = " ".join(filter(None, [partner.zip, partner.city]))
        return [line for line in (partner.name, partner.street, partner.street2, place)
                if line]  # fmt: skip

    @api.model
    def _download(self, name, content, close=False):
        """Return the action that downloads a file once; nothing is kept of it.

        :param close: close the dialog that asked for it, for what it does is done
        """
        download = self.env["recouv.download"].create(
            {"name": name, "content": base64.b64encode(content)}
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/recouv.download/{download.id}/content/{name}"
            "?download=true",
            # with “download”, the web client leaves the dialog open
            "target": "new" if close else "download",
            "close": close,
        }

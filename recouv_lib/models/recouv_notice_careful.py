from markupsafe import Markup

from odoo import fields, models

from ..lib import page_mark
from ..lib.barcode import code128_svg
from .recouv_notice_letter import PAPER_CHANNELS


class RecouvNotice(models.Model):
    """To whom a notice really goes, and what it may say, for people to be careful with.

    What is forbidden fails for good (``forbidden``): the schedule takes its fallback
    channel or goes on with the next step.
    """

    _inherit = "recouv.notice"

    caution = fields.Char(related="partner_id.recouv_caution")

    def _deliver(self):
        """EXTENDS: address each notice, and stop those that may not leave so."""
        # browsed anew: what another record fetched for us may be gone after a commit
        allowed = mine = self.browse(self.ids)
        # in one query each, for what every line of a letter asks of its invoice;
        # sudo: two flags of the invoice, whoever prints
        claims = mine.line_ids.claim_id
        claims.fetch(["move_id"])
        claims.move_id.sudo().fetch(["recouv_confidential", "recouv_patient_id"])
        for notice in mine:
            debtor = notice.partner_id
            reason = debtor._recouv_forbidden(notice.channel)
            if reason:
                allowed -= notice
                notice._fail("forbidden", reason)
            else:
                recipient = debtor._recouv_contact(notice.channel)
                if notice.recipient_id != recipient:
                    notice._record({"recipient_id": recipient.id})
        return super(RecouvNotice, allowed)._deliver() if allowed else None

    def _email_recipient(self):
        """EXTENDS: who stands in for the debtor, or the safe contact."""
        target = self.partner_id._recouv_contact("email")
        return target if target != self.partner_id else super()._email_recipient()

    def _email_values(self, address, texts, attachments=None):
        """EXTENDS: the name on the envelope is that of who receives it."""
        values = super()._email_values(address, texts, attachments)
        recipient = self._email_recipient()
        if recipient != self.partner_id and not self.is_test and values["email_to"]:
            values["email_to"] = values["email_to"].replace(
                self.partner_id.name or "", recipient.name or ""
            )
        return values

    def _copy_addresses(self):
        """EXTENDS: no e-mail copy of a letter where e-mail is forbidden."""
        allowed = self.filtered(lambda n: not n.partner_id._recouv_forbidden("email"))
        return super(RecouvNotice, allowed)._copy_addresses()

    def _sms_number(self):
        """EXTENDS: the number of who stands in, or of the safe contact."""
        self.ensure_one()
        target = self.partner_id._recouv_contact("sms")
        if target == self.partner_id:
            return super()._sms_number()
        country = target.country_id or self.company_id._recouv_country()
        return target._recouv_mobile(country.code)

    def _call_script(self):
        """EXTENDS: what the caller must know stands before the script."""
        script = super()._call_script()
        caution = self.partner_id.recouv_caution
        return Markup("<p><b>%s</b></p>%s") % (caution, script) if caution else script

    # --- letters --------------------------------------------------------------------

    def _letter_pages(self, texts, words):
        """EXTENDS: a protected adult and his guardian or curator both get the letter.

        The second letter follows in the same document (code civil art. 467).
        """
        pages = super()._letter_pages(texts, words)
        other = self._copy_recipient()
        if not other:
            return pages
        address = self.with_context(recouv_copy_to=other.id)._address_lines()
        copies = [{**page, "address": address} for page in pages]
        return self._marked_anew(pages + copies)

    def _copy_recipient(self):
        """Return who receives the same letter too, empty for most debtors.

        The curator of whom the debtor's own letter assists always has his (code civil
        art. 467 and 468); beside the guardian's, the debtor has his at the safe address
        where there is one, and at home only where a letter may go.
        """
        debtor = self.partner_id
        nobody = debtor.browse()
        if self.channel not in PAPER_CHANNELS or not debtor.recouv_protection:
            return nobody
        if debtor.recouv_deceased_on:
            return nobody
        guardian, safe = debtor.recouv_guardian_id, debtor.recouv_safe_contact_id
        if self._recipient() != guardian:
            return guardian
        own = safe if safe.street else debtor
        return nobody if own == guardian or own.recouv_no_home_letter else own

    def _marked_anew(self, pages):
        """Number the marks of a document that holds the same letter twice."""
        key, count = self._mark_key(), len(pages)
        for number, page in enumerate(pages, 1):
            mark = page_mark.make_mark(key, self.id, number, count)
            page["mark"] = mark
            page["barcode"] = Markup(code128_svg(mark, width_mm=56, height_mm=6.5))
        return pages

    def _recipient(self):
        """EXTENDS: the other addressee, while the address of a copy is made up."""
        other = self.env.context.get("recouv_copy_to")
        return self.env["res.partner"].browse(other) if other else super()._recipient()

    # --- what confidential care keeps back ------------------------------------------

    def _invoices_text(self):
        """EXTENDS: the date of an invoice of confidential care may tell of a day."""
        lines = self._claim_lines()
        if len(self._invoice_numbers()) == 1 and lines._is_confidential():
            return self._about_text()
        return super()._invoices_text()


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def _is_confidential(self):
        # sudo: one flag of the invoice, whoever prints the letter
        return any(self.claim_id.move_id.sudo().mapped("recouv_confidential"))

    def _letter_row(self):
        """EXTENDS: no date beside an invoice of confidential care."""
        row = super()._letter_row()
        return row | {"date": ""} if self._is_confidential() else row

    def _letter_label(self):
        """EXTENDS: who pays for another finds for whom by the initials alone."""
        label = super()._letter_label()
        initials = self._patient_initials()
        return f"{label} ({initials})" if initials else label

    def _patient_initials(self):
        """Return the patient's initials where he is not who receives the letter."""
        if self.kind != "claim" or self._is_confidential():
            return ""
        # sudo: the initials of the invoice's patient, whoever prints the letter
        patient = self.claim_id.move_id.sudo().recouv_patient_id
        if not patient and self.notice_id.partner_id._recouv_is_minor():
            patient = self.notice_id.partner_id
        if not patient or patient == self.notice_id._recipient():
            return ""
        names = (patient.name or "").split()
        return " ".join(f"{name[0].upper()}." for name in names)


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    caution = fields.Char(related="partner_id.recouv_caution")

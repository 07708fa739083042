from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from ..lib import iban, letter_pages, page_mark
from ..lib.barcode import code128_svg
from ..lib.epc import EpcError, epc_svg
from ..lib.letter_pages import Part, lines_of

# Millimetres and points of report/recouv_letter_templates.xml; change both together.
WIDTH = 170
FIRST_ROOM, NEXT_ROOM = 178, 253
TEXT_SIZE, TEXT_LEAD, TEXT_GAP = 10, 4.6, 2.1
SUBJECT_LEAD, SUBJECT_GAP = 5, 3.6
CONTACT_SIZE, CONTACT_LEAD, CONTACT_GAP = 8.5, 4, 2.6
SMALL_SIZE, SMALL_LEAD, SMALL_GAP = 7.5, 3.4, 1
TABLE_HEIGHT, ROW_HEIGHT = 15.6, 5.4
PAYMENT_HEIGHT, PLAIN_PAYMENT_HEIGHT = 36, 25
CLOSING_HEIGHT = 11.2
OVERLEAF_HEIGHT = 6.7
QR_SIZE = 27
# Six lines of 38 characters is what a window shows (and what post offices read).
ADDRESS_LINES, ADDRESS_WIDTH, ADDRESS_SIZES = 6, 80, (10.5, 8.5, 7)


class RecouvNotice(models.Model):
    """What is printed on the pages of a letter, and where the pages end."""

    _inherit = "recouv.notice"

    # --- pages ----------------------------------------------------------------------

    def _letter_pages(self, texts, words):
        """Return the values of each page, for the template ``letter_page``.

        Called in the recipient's language; ``texts`` and ``words`` as composed.
        """
        values = self._letter_values(texts)
        made_up = letter_pages.make_up(
            self._letter_parts(texts, words, values), FIRST_ROOM, NEXT_ROOM
        )
        if len(made_up) > 1:
            self._say_overleaf(made_up)
        key, count = self._mark_key(), len(made_up)
        pages = []
        for number, parts in enumerate(made_up, 1):
            mark = page_mark.make_mark(key, self.id, number, count)
            pages.append(
                {
                    **values,
                    "first": number == 1,
                    "parts": parts,
                    "page": number,
                    "pages": count,
                    "mark": mark,
                    "barcode": Markup(code128_svg(mark, width_mm=56, height_mm=6.5)),
                }
            )
        return pages

    def _say_overleaf(self, pages):
        """Where the table left the first page, say so in its place."""
        first = pages[0]
        if not any(part.kind == "table" for part in first):
            place = next(
                (i for i, part in enumerate(first) if part.kind == "payment"),
                len(first),
            )
            first.insert(place, Part("overleaf", OVERLEAF_HEIGHT))

    def _letter_parts(self, texts, words, values):
        """Return the parts of the letter in reading order."""
        greeting = Markup("<p>%s,</p>") % texts["greeting"]
        payment = values["payment"]
        tall = payment["iban"] or payment["qr"]
        table = Part(
            "table",
            TABLE_HEIGHT,
            rows=tuple(values["rows"]),
            row_height=ROW_HEIGHT,
        )
        return [
            self._subject_part(words["subject"]),
            self._text_part(greeting, texts["greeting"]),
            *(self._text_part(*text) for text in words["paragraphs"]),
            table,
            *(self._text_part(*text) for text in words["consequences"]),
            Part("payment", PAYMENT_HEIGHT if tall else PLAIN_PAYMENT_HEIGHT),
            Part("closing", CLOSING_HEIGHT),
            self._contact_part(texts),
            *self._small_parts(texts),
        ]

    def _subject_part(self, subject):
        lines = lines_of(subject, WIDTH - 18, 12, bold=True)
        return Part("subject", lines * SUBJECT_LEAD + SUBJECT_GAP, subject)

    def _text_part(self, content, plain):
        lines = lines_of(plain, WIDTH, TEXT_SIZE, bold="<b>" in content)
        return Part("text", lines * TEXT_LEAD + TEXT_GAP, content)

    def _contact_part(self, texts):
        """The practice's full contact, again at the end."""
        text = self.env._(
            "A question, a difficulty, a disagreement? Reach us %(contact)s. "
            "%(practice)s, %(address)s – %(number)s.",
            contact=texts["contact"],
            practice=texts["practice"],
            address=texts["address"],
            number=self._registration_text(texts),
        )
        lines = lines_of(text, WIDTH, CONTACT_SIZE)
        return Part("contact", lines * CONTACT_LEAD + CONTACT_GAP, text)

    def _small_parts(self, texts):
        legal = [self._no_costs_text(), texts["mediator"], texts["privacy"]]
        text = " ".join(filter(None, legal))
        if not text:
            return []
        lines = lines_of(text, WIDTH, SMALL_SIZE)
        return [Part("small", lines * SMALL_LEAD + SMALL_GAP, text)]

    def _no_costs_text(self):
        """CPCE L111-8: what recovering costs is never the patient's to pay."""
        if not self._debtor_is_consumer():
            return ""
        return self.env._("No collection costs are claimed from you.")

    # --- values ---------------------------------------------------------------------

    def _letter_values(self, texts):
        """Return what every page of the letter shares."""
        company = self.company_id
        address = self._address_lines()
        rows = self._invoice_rows()
        return {
            "sender": {"name": company.name, "lines": self._sender_lines(texts)},
            "logo": self._letter_logo(),
            "registered": self._registered_kind(),
            "formal": self.step_id.is_formal_notice,
            "specimen": self.is_test,
            "reference": texts["reference"],
            "address": address,
            "address_size": address_size(address),
            "place": self._place_and_date(texts),
            "continued": self._continued_text(texts),
            "rows": rows,
            "today": texts["date"],
            "amount": texts["amount"],
            "payment": self._payment_values(texts),
        }

    def _sender_lines(self, texts):
        _, partner = self.env._, self.company_id.partner_id
        place = " ".join(filter(None, [partner.zip, partner.city]))
        lines = [partner.street, partner.street2, place]
        if texts["phone"]:
            lines.append(_("Phone %(phone)s", phone=texts["phone"]))
        lines.append(texts["email"])
        lines.append(self._registration_text(texts))
        return [line for line in lines if line]

    def _registration_text(self, texts):
        """Under which number who writes is registered."""
        return self.env._(
            "Professional number %(number)s", number=texts["professional_number"]
        )

    def _letter_logo(self):
        """A logo may show a speciality: it is printed only where the practice says."""
        config = self.company_id._recouv_config()
        if not config.recouv_letter_logo or not self.company_id.logo:
            return False
        return image_data_uri(self.company_id.logo)

    def _registered_kind(self):
        if self.channel != "registered_letter":
            return False
        return "receipt" if self.step_id.registered_receipt else "plain"

    def _address_lines(self):
        """The recipient's postal address, six lines at most, the town in capitals."""
        to = self._recipient()
        names = [to.parent_id.name] if to.parent_id and to.type != "contact" else []
        town = " ".join(filter(None, [to.zip, (to.city or "").upper()]))
        lines = [*names, to.name, to.street, to.street2, town]
        if to.country_id and to.country_id != self.company_id.country_id:
            lines.append((to.country_id.name or "").upper())
        return [line for line in dict.fromkeys(lines) if line][:ADDRESS_LINES]

    def _place_and_date(self, texts):
        return self.env._(
            "%(city)s, %(date)s", city=self.company_id.city or "", date=texts["date"]
        )

    def _continued_text(self, texts):
        return self.env._(
            "Continued: letter of %(date)s to %(debtor)s, reference %(reference)s",
            date=texts["date"],
            debtor=texts["debtor"],
            reference=texts["reference"],
        )

    def _invoice_rows(self):
        """The invoices and credits with the sums as they are sent, then interest."""
        rows = [line._letter_row() for line in self.line_ids.sorted(_row_order)]
        if self.amount_interest:
            rows.append(
                {
                    "label": self.env._("Legal interest since the mise en demeure"),
                    "date": "",
                    "due": "",
                    "original": "",
                    "amount": self._money(self.amount_interest),
                }
            )
        return rows

    def _payment_values(self, texts):
        account = self._payment_account()
        registered = self.channel == "registered_letter"
        number = (account.sanitized_acc_number or "") if account else ""
        means = texts["payment_means"]
        return {
            "before": False if registered else texts["deadline"],
            "delay": texts["delay"] if registered else False,
            "means": means[:1].upper() + means[1:] + ".",
            "name": self._payee_name(account),
            "iban": iban.format_iban(number),
            "bic": account.bank_bic if account else False,
            "qr": self._payment_qr(account),
        }

    def _payee_name(self, account):
        return (account and account.acc_holder_name) or self.company_id.name

    def _payment_qr(self, account):
        """The EPC code of the sum due; none where a bank could not read it."""
        if not account:
            return False
        try:
            return Markup(
                epc_svg(
                    self._payee_name(account)[:70],
                    account.sanitized_acc_number,
                    f"{self.amount:.2f}",
                    reference=self.payment_reference,
                    currency=self.currency_id.name,
                    size_mm=QR_SIZE,
                )
            )
        except EpcError:
            return False

    # --- document -------------------------------------------------------------------

    def _letters_html(self, pages):
        """Return the HTML of these letters, one after the other."""
        qweb = self.env["ir.qweb"]
        parts = [
            "<!DOCTYPE html><html><head><meta charset='utf-8'/>",
            qweb._render("recouv_lib.letter_style", {}),
            "</head><body>",
        ]
        for notice in self:
            localized = qweb.with_context(lang=notice._recipient_lang())
            for values in pages[notice.id]:
                parts.append(localized._render("recouv_lib.letter_page", values))
        parts.append("</body></html>")
        return "".join(parts)


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def _letter_row(self):
        """One row of the letter's table, formatted in the language of the context."""
        notice = self.notice_id.with_env(self.env)
        return {
            "label": self._letter_label(),
            "date": format_date(self.env, self.invoice_date)
            if self.invoice_date
            else "",
            "due": self._letter_due(),
            "original": notice._money(self.amount_original),
            "amount": notice._money(self.amount),
        }

    def _letter_label(self):
        if self.kind == "claim":
            return self.label or ""
        return self.env._("To deduct: %(label)s", label=self.label or "")

    def _letter_due(self):
        if self.kind != "claim" or not self.date_due:
            return ""
        return format_date(self.env, self.date_due)


def _row_order(line):
    return (line.kind != "claim", line.date_due or fields.Date.today(), line.id)


def address_size(address):
    """Return the letters, small enough, with which an address stays in its window."""
    sizes = ADDRESS_SIZES[1:] if len(address) >= ADDRESS_LINES else ADDRESS_SIZES
    for size in sizes:
        if all(lines_of(line, ADDRESS_WIDTH, size) == 1 for line in address):
            return size
    return sizes[-1]

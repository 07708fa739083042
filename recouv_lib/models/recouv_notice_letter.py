import hashlib
import hmac
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare
from odoo.tools.misc import find_in_path

from ..lib import html_pdf, interest, page_mark, pdf_parts, wording

_logger = logging.getLogger(__name__)

PAPER_CHANNELS = ("letter", "registered_letter")
# letters in one call of the printing program; then in smaller ones when it crashes
PRINT_SIZES = (200, 20, 1)
# letters that crash one after the other from the first on: it is not the letters
GIVE_UP_AFTER = 5


class RecouvNotice(models.Model):
    """Letters: checked, printed together, cut by their marks, stored one by one.

    Strategy. Each letter is checked first: what lacks a mandatory element or claims
    more than the law allows fails alone, with a message. The others are printed in one
    call of the printing program. When it crashes, the batch is printed again in pieces
    of 20, then one by one, so that one bad letter does not stop the others; when every
    piece crashes, the program itself is at fault and all fail. Every page bears a mark
    of its notice: a batch whose pages do not agree with their marks is refused as a
    whole and nothing is stored.
    """

    _inherit = "recouv.notice"

    def _deliver_letter(self):
        self._deliver_paper()

    def _deliver_registered_letter(self):
        self._deliver_paper()

    def _deliver_paper(self):
        # browsed anew: what another record fetched for us may be gone after a commit
        for company, notices in self.browse(self.ids).grouped("company_id").items():
            batch = notices.with_company(company)
            batch._record({"document_date": fields.Date.context_today(batch)})
            refused = batch._refuse_wrong_sums()
            pages = (batch - refused)._compose_letters()
            batch.filtered(lambda n, known=pages: n.id in known)._print(pages)

    # --- what may be claimed --------------------------------------------------------

    def _refuse_wrong_sums(self):
        """Fail the notices that claim more than principal and, where the practice
        claims it, legal interest (CPCE L111-8; law.md §2.1); put interest in the rest.

        :return: the notices refused
        """
        refused = self.browse()
        for notice in self:
            reason = notice._wrong_sum()
            if reason:
                notice._fail_missing(reason)
                refused |= notice
        return refused

    def _wrong_sum(self):
        """Say why the sum may not be claimed, or set it with its interest."""
        try:
            allowed_interest = self._legal_interest()
        except interest.MissingRate as error:
            return self.env._(
                "The legal interest rate of %(semester)s is not known: enter it with "
                "its source under Configuration, Legal parameters.",
                semester=error.semester,
            )
        except UserError as error:
            return str(error)
        if not self._lines_are_principal():
            return self.env._(
                "A line claims something else than an invoice's principal."
            )
        allowed = sum(self.line_ids.mapped("amount")) + allowed_interest
        if self.currency_id.compare_amounts(self.amount, allowed) > 0:
            return self.env._(
                "%(claimed)s are claimed, but only %(allowed)s may be: the principal "
                "still due and, where it is switched on, legal interest.",
                claimed=self._money(self.amount),
                allowed=self._money(allowed),
            )
        if self.amount != allowed or self.amount_interest != allowed_interest:
            self._record({"amount": allowed, "amount_interest": allowed_interest})
        return None

    def _lines_are_principal(self):
        """Each line stands on an invoice and asks no more than it; credits lower."""
        for line in self.line_ids:
            digits = line.currency_id.decimal_places
            if line.kind == "credit" and line.amount > 0:
                return False
            if line.kind == "claim" and (
                not line.claim_id
                or float_compare(line.amount, line.amount_original, digits) > 0
            ):
                return False
        return True

    # --- what must be there ---------------------------------------------------------

    def _compose_letters(self):
        """Return {notice id: [values of its pages]}; what lacks an element fails."""
        contacts, pages = self._earlier_contacts(), {}
        groups = self.grouped(lambda notice: (notice.step_id, notice._recipient_lang()))
        for (step, lang), notices in groups.items():
            localized = notices.with_context(lang=lang)
            template = localized._letter_template(step)
            for notice in localized:
                made = notice._compose_letter(template, contacts.get(notice.id, []))
                if made:
                    pages[notice.id] = made
        return pages

    def _compose_letter(self, template, contacts):
        """Return the values of the pages, None after failing for a missing element."""
        texts = self._own_texts(contacts)
        words = template._compose(texts) if template else None
        missing = self._missing_elements(texts, words, contacts)
        if not missing:
            return self._letter_pages(texts, words)
        # told to the user, in his language and not in the debtor's
        notice = self.with_context(lang=self.env.user.lang)
        missing = notice._missing_elements(texts, words, contacts)
        notice._fail_missing(
            notice.env._("Missing in the letter: %s.", ", ".join(missing))
        )
        return None

    @api.model
    def _letter_template(self, step):
        """The step's text, else the add-on's own text of that tone."""
        own = {"courteous": "first", "firm": "second"}.get(step.tone, "formal_notice")
        if step.is_formal_notice:
            own = "formal_notice"
        found = step.letter_template_id or self.env.ref(
            f"recouv_lib.letter_template_{own}", raise_if_not_found=False
        )
        return (found or self.env["recouv.letter.template"]).with_env(self.env)

    def _missing_elements(self, texts, words, contacts):
        """Return the labels of the mandatory elements that the letter lacks (A06)."""
        wanted = [
            *((False, label) for label in self.company_id._recouv_missing_identity()),
            *self._debtor_elements(),
            *self._claim_elements(texts),
            *self._worded_elements(texts, words, contacts),
        ]
        return [label for value, label in wanted if not value]

    def _debtor_elements(self):
        _, to = self.env._, self._recipient()
        return [
            (to.name, _("name of the debtor")),
            (to.street, _("street of the debtor")),
            (to.zip, _("postcode of the debtor")),
            (to.city, _("city of the debtor")),
        ]

    def _claim_elements(self, texts):
        _, lines = self.env._, self._claim_lines()
        registered = self.channel == "registered_letter"
        return [
            (lines and all(lines.mapped("label")), _("number of the invoice")),
            (all(lines.mapped("date_due")), _("due date of the invoice")),
            (self.currency_id.compare_amounts(self.amount, 0) > 0, _("sum due")),
            (
                texts["delay"] if registered else texts["deadline"],
                _("new deadline (days given by the step)"),
            ),
            (texts["payment_means"], _("ways to pay")),
        ]

    def _worded_elements(self, texts, words, contacts):
        """What only the words of the letter can hold."""
        _ = self.env._
        if not words:
            return [(False, _("text of the letter (choose one in the step)"))]
        said = words_of(words)
        bad = wording.forbidden_words(self.personal_note)
        elements = [
            (words["consequences"], _("consequences of non-payment")),
            (
                all(self._long_date(day) in said for _channel, day in contacts),
                _("dates of the earlier contacts"),
            ),
            (not bad, _("a personal note without “%s”", bad[0] if bad else "")),
        ]
        if self.step_id.is_formal_notice:
            elements += [
                ("mise en demeure" in said.lower(), _("the words “mise en demeure”")),
                (texts["delay"] and texts["delay"] in said, _("the precise delay")),
            ]
        return elements

    def _fail_missing(self, message):
        """Fail one letter and tell a human, once until he has done something."""
        self.ensure_one()
        self._fail("missing_data", message)
        claim = self.lead_claim_id or self.line_ids.claim_id[:1]
        summary = self.env._(
            "The letter to %(debtor)s cannot be printed", debtor=self.partner_id.name
        )
        if summary not in claim.activity_ids.mapped("summary"):
            claim._schedule_todo(summary, message)

    # --- printing -------------------------------------------------------------------

    def _print(self, pages, sizes=PRINT_SIZES):
        """Print and store the letters; see the class for the strategy.

        :param pages: {notice id: [values of its pages]}
        """
        size, *smaller = sizes
        crashed = []
        for index, start in enumerate(range(0, len(self), size)):
            part = self[start : start + size]
            if size == 1 and index >= GIVE_UP_AFTER and len(crashed) == index:
                return self._fail_printing(self._crash_message(crashed[0][1]))
            try:
                documents = part._letter_documents(pages)
            except html_pdf.PrinterMissing as error:
                return part._fail_printing(part._printer_missing_message(error))
            except page_mark.BatchMismatch as error:
                part._fail_printing(part._mismatch_message(error))
            except html_pdf.PrinterCrashed as error:
                crashed.append((part, error))
            else:
                part._store_documents(documents)
        return self._print_again(crashed, pages, smaller, size)

    def _print_again(self, crashed, pages, smaller, size):
        """Print crashed pieces in smaller ones, unless all crashed: then the program
        itself is at fault, and trying each letter would only take time."""
        alone = len(self) > size and len(crashed) * size >= len(self)
        for part, error in crashed:
            lower = [each for each in smaller if each < len(part)]
            if lower and not alone:
                part._print(pages, lower)
            else:
                part._fail_printing(part._crash_message(error))

    def _fail_printing(self, message):
        _logger.warning("letters %s: %s", self.ids, message)
        self._fail("rendering", message)
        self._tell_once(self.env._("Letters could not be printed"), message)

    def _printer_missing_message(self, error):
        return self.env._(
            "wkhtmltopdf, the program that prints letters, cannot be started "
            "(%(error)s). Install it, then start the run again: no letter was made.",
            error=error,
        )

    def _crash_message(self, error):
        return self.env._(
            "wkhtmltopdf stopped while it printed this letter (%(error)s). Nothing was "
            "stored; the next run tries again.",
            error=error,
        )

    def _mismatch_message(self, error):
        problems = ", ".join(f"{code} ({page})" for page, code in error.problems[:5])
        return self.env._(
            "The pages of this batch of %(count)s letters do not agree with their "
            "marks: %(problems)s. The whole batch is refused and nothing was stored.",
            count=len(self),
            problems=problems,
        )

    def _letter_documents(self, pages):
        """Print the letters in one call and return an iterator of (id, PDF).

        :raise html_pdf.PrinterMissing, html_pdf.PrinterCrashed, page_mark.BatchMismatch
        """
        content = html_pdf.print_html(
            self._printer(), self._letters_html(pages), timeout=60 + len(self)
        )
        reader = pdf_parts.open_pdf(content)
        texts = pdf_parts.page_texts(reader)
        ranges = page_mark.page_ranges(texts, self._mark_key(), expected=set(self.ids))
        return pdf_parts.cut(reader, ranges)

    @api.model
    def _printer(self):
        """Return the path of wkhtmltopdf as Odoo itself looks it up."""
        try:
            return find_in_path("wkhtmltopdf")
        except OSError as error:
            raise html_pdf.PrinterMissing(str(error)) from error

    @api.model
    def _mark_key(self):
        """The key of the marks, derived from the secret of the database."""
        # sudo: the secret is never shown, only a value derived from it
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return hmac.new(secret.encode(), b"recouv page mark", hashlib.sha256).digest()

    def _store_documents(self, documents):
        """Attach each letter to its notice; the notice is ready to be posted."""
        notices = {notice.id: notice for notice in self}
        values = [
            {
                "name": notices[notice_id]._document_name(),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": notice_id,
                "company_id": notices[notice_id].company_id.id,
            }
            for notice_id, content in documents
        ]
        for attachment in self.env["ir.attachment"].create(values):
            notices[attachment.res_id]._record({"document_id": attachment.id})
        self._record({"state": "printed"})

    def _document_name(self):
        """A file name that names the notice, not the person."""
        return f"{self.payment_reference}.pdf"


def words_of(words):
    """Return all the words of a composed letter."""
    paragraphs = words["paragraphs"] + words["consequences"]
    return "\n".join([words["subject"], *(plain for _html, plain in paragraphs)])

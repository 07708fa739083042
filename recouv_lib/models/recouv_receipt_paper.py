from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import email_normalize, format_amount, format_date, formataddr

PAPERS = [
    ("none", "None"),
    ("queued", "To send"),
    ("sent", "Sent by e-mail"),
    ("to_print", "To print"),
    ("printed", "Printed"),
    ("cancel_queued", "Cancellation to send"),
    ("cancel_sent", "Cancellation sent by e-mail"),
    ("cancel_to_print", "Cancellation to print"),
    ("cancel_printed", "Cancellation printed"),
]
#: receipts rendered between two commits of the job
PAPER_BATCH = 20


class RecouvReceipt(models.Model):
    """The debtor's receipt (quittance), for every payment (CPCE R124-6; law.md §11.7).

    Queued when the money is recorded, rendered and e-mailed by a job, so that nobody
    waits for the printing program; whoever has no e-mail is on the list to print. It
    names debtor, sum, day, how, the practice's note number; no act, no care.
    """

    _inherit = "recouv.receipt"

    paper_state = fields.Selection(
        PAPERS, "Receipt to the debtor", default="none", readonly=True, copy=False
    )
    paper_on = fields.Datetime("Receipt sent on", readonly=True, copy=False)
    text_amount = fields.Char("Sum in words of the debtor", compute="_compute_texts")
    text_date = fields.Char("Day in words of the debtor", compute="_compute_texts")
    text_sender = fields.Char("Neutral sender", compute="_compute_texts")

    # the job asks for what waits
    _paper_idx = models.Index("(id) WHERE paper_state IN ('queued', 'cancel_queued')")

    @api.depends("amount", "date", "company_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for receipt in self:
            receipt.text_amount = receipt._money(receipt.amount)
            receipt.text_date = format_date(self.env, receipt.date)
            receipt.text_sender = receipt.company_id._recouv_sender()

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _cancelled_paper(self):
        """Return what becomes of the paper of a receipt that counts no more."""
        self.ensure_one()
        return "none" if self.paper_state in ("none", "queued") else "cancel_queued"

    # --- the job --------------------------------------------------------------------

    @api.model
    def _cron_send_papers(self):
        """Render and send what is queued, the oldest first, twenty between commits."""
        domain = [("paper_state", "in", ("queued", "cancel_queued"))]
        waiting = self.search(domain, order="id")
        for start in range(0, len(waiting), PAPER_BATCH):
            batch = waiting[start : start + PAPER_BATCH]
            batch._send_papers()
            left = len(waiting) - start - len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                return

    def _send_papers(self):
        """E-mail each, or put it on the list to print."""
        # sudo: what happened to the paper is written by the methods only
        for receipt in self.sudo():
            prefix = "cancel_" if receipt.paper_state.startswith("cancel") else ""
            address = receipt._paper_address()
            if address:
                receipt._mail_paper(address)
            receipt.write(
                {
                    "paper_state": prefix + ("sent" if address else "to_print"),
                    "paper_on": fields.Datetime.now() if address else False,
                }
            )

    def _paper_address(self):
        """Return the address that may receive it, or None: then it is printed."""
        company, debtor = self.company_id, self.partner_id
        if debtor._recouv_forbidden("email") or not company.email:
            return None
        contact = debtor._recouv_contact("email")
        address = email_normalize(contact.email or "", strict=False)
        if not address or address in self.env["recouv.notice"]._unsubscribed([address]):
            return None
        if company._recouv_test_mode():
            return company._recouv_config().recouv_test_email or None
        return address

    def _mail_paper(self, address):
        receipt = self.with_context(lang=self.partner_id.lang or self.env.lang)
        name = "bounced" if self.state in ("bounced", "undone") else "quittance"
        template = receipt.env.ref(f"recouv_lib.mail_template_{name}")
        texts = template._generate_template(self.ids, ("subject", "body_html"))[self.id]
        debtor = self.partner_id._recouv_contact("email")
        # sudo: only system users write mail.mail; it holds what was composed here
        return self.env["mail.mail"].sudo().create(
            {
                "subject": texts["subject"],
                "body_html": texts["body_html"],
                "email_from": self.env["recouv.notice"]._email_sender(self.company_id),
                "email_to": formataddr((debtor.name, address)),
                "author_id": self.company_id.partner_id.id,
                "model": self._name,
                "res_id": self.id,
                "attachment_ids": [Command.set(self._attach_paper().ids)],
                "auto_delete": False,
            }
        )  # fmt: skip

    # --- the document ---------------------------------------------------------------

    def action_print_papers(self):
        """Download the receipts of these debtors as one file, to post or to hand."""
        self.check_access("read")
        papers = self.filtered("name")
        if not papers:
            raise UserError(self.env._("There is nothing to print: record it first."))
        content = papers._paper_pdf()
        # sudo: what happened to the paper is written by the methods only
        for receipt in papers.sudo():
            if receipt.paper_state in ("queued", "to_print"):
                receipt.write(
                    {"paper_state": "printed", "paper_on": fields.Datetime.now()}
                )
            elif receipt.paper_state in ("cancel_queued", "cancel_to_print"):
                receipt.write(
                    {"paper_state": "cancel_printed", "paper_on": fields.Datetime.now()}
                )
        name = f"{self.env._('Receipts')}.pdf"
        return self.env["recouv.document"]._download(name, content)

    def _attach_paper(self):
        return self.env["ir.attachment"].create(
            {
                "name": f"{self.name.replace('/', '-')}.pdf",
                "raw": self._paper_pdf(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _paper_pdf(self):
        """Return one PDF of these receipts, each in its debtor's language."""
        return self.env["recouv.document"]._pdf(
            self._papers_html(), self.env._("Agency receipt")
        )

    def _papers_html(self):
        pages = []
        for receipt in self:
            lang = receipt.partner_id.lang or self.env.lang
            localized = receipt.with_context(lang=lang)
            pages.append(
                localized.env["ir.qweb"]._render(
                    "recouv_lib.quittance_sheet", localized._paper_values()
                )
            )
        page = self.env["ir.qweb"]._render(
            "recouv_lib.quittance_page", {"pages": pages}
        )
        return f"<!DOCTYPE html>{page}"

    def _paper_values(self):
        """Return what the template prints, in the debtor's language."""
        company, debtor = self.company_id, self.partner_id
        notice = self.env["recouv.notice"]
        lines = self.line_ids.filtered("amount")
        return {
            "receipt": self,
            "cancelled": self.state in ("bounced", "undone"),
            "sender": company.name,
            "sender_address": notice._one_line_address(company.partner_id),
            "registration": self.env["recouv.document"]._registration(company),
            "debtor": debtor.name,
            "debtor_address": notice._one_line_address(debtor),
            "date": format_date(self.env, self.date),
            "method": self._method_words(),
            "amount": self._money(self.amount),
            "rows": [line._paper_row() for line in lines],
            "overpaid": self._money(self.overpaid) if self.overpaid > 0 else False,
            "is_waiting": self.state == "received",
            "bounced_on": format_date(self.env, self.bounced_on),
            "lang": (self.env.lang or "en_US")[:2],
        }

    def _method_words(self):
        label = dict(self._fields["method"]._description_selection(self.env))
        if not self.cheque_number:
            return label[self.method]
        return self.env._(
            "%(method)s no. %(number)s",
            method=label[self.method],
            number=self.cheque_number,
        )


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    def _paper_row(self):
        money = self.receipt_id._money
        left = self.residual_after
        return {
            "reference": self.claim_id.reference or "",
            "creditor": self.creditor_partner_id.name,
            "interest": money(self.amount_interest),
            "principal": money(self.amount_principal),
            "amount": money(self.amount),
            "left": money(left) if self.state != "received" else "",
            "is_whole": not left and self.state != "received",
        }

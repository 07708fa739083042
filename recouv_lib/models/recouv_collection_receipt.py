from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import email_normalize, format_amount, format_date, formataddr

from .recouv_collection import CHEQUES


class RecouvCollection(models.Model):
    """The receipt: who paid what, when, how, for which invoices; no act, no care.

    It may not be refused (Code de la santé publique, art. R4127-53). A cheque is worth
    payment once it is cashed, and the receipt says so.
    """

    _inherit = "recouv.collection"

    # what an e-mail may say, ready to print; no invoice, no care
    text_amount = fields.Char("Sum in words of the debtor", compute="_compute_texts")
    text_date = fields.Char("Day in words of the debtor", compute="_compute_texts")
    text_sender = fields.Char("Neutral sender", compute="_compute_texts")

    @api.depends("amount", "date", "company_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for act in self:
            act.text_amount = act._money(act.amount) if act.currency_id else ""
            act.text_date = format_date(self.env, act.date)
            act.text_sender = act.company_id._recouv_sender()

    def action_print_receipt(self):
        """Download the receipt; from the second time on it says “duplicate”."""
        self.ensure_one()
        document = self._attach_receipt()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            # not “download”: with it, the web client leaves the dialog open
            "target": "new",
            "close": True,
        }

    def _attach_receipt(self):
        """Print the receipt and keep what was printed."""
        content = self._receipt_pdf()
        self._record({"receipt_prints": self.receipt_prints + 1})
        return self.env["ir.attachment"].create(
            {
                "name": f"{(self.name or '').replace('/', '-')}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _receipt_pdf(self):
        self._check_receipt()
        act = self.with_context(lang=self.partner_id.lang or self.env.lang)
        page = act.env["ir.qweb"]._render(
            "recouv_lib.collection_receipt", act._receipt_values()
        )
        return self._print_page(page)

    @api.model
    def _print_page(self, page, title=None):
        """Return the PDF of one rendered page."""
        return self.env["recouv.document"]._pdf(
            f"<!DOCTYPE html>{page}", title or self.env._("Receipt")
        )

    def _check_receipt(self):
        if self.state in ("undone", "bounced", "returned"):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No receipt for %(act)s: %(state)s.",
                    act=self.display_name,
                    state=labels[self.state],
                )
            )

    def _receipt_values(self):
        """Return what the template prints, in the debtor's language."""
        company = self.company_id
        notice, partner = self.env["recouv.notice"], self.partner_id
        config = company._recouv_config()
        return {
            "act": self,
            "sender": company.name,
            "sender_address": notice._one_line_address(company.partner_id),
            "professional_number": config.recouv_professional_number,
            "debtor": partner.name,
            "debtor_address": notice._one_line_address(partner),
            "date": format_date(self.env, self.date),
            "method": self._method_label(),
            "amount": self._money(self.amount),
            "rows": self._receipt_rows(),
            "principal": self._money(sum(self.line_ids.mapped("amount"))),
            "interest": self._money(0.0),
            "rest": self._money(self.rest) if self.rest > 0 else False,
            "is_cheque": self.method in CHEQUES,
            "later": self.state == "held" and self._banked_from(),
            "duplicate": self.receipt_prints > 0,
            "lang": (self.env.lang or "en_US")[:2],
        }

    def _banked_from(self):
        return format_date(self.env, self.cheque_ids[:1].deposit_on)

    def _receipt_rows(self):
        return [
            {
                "label": line.label or "",
                "due": format_date(self.env, line.date_due) if line.date_due else "",
                "amount": self._money(line.amount),
                "left": self._money(line.residual_after) if line.amount > 0 else "",
                "is_credit": line.amount < 0,
            }
            for line in self.line_ids
        ]

    def _method_label(self):
        labels = dict(self._fields["method"]._description_selection(self.env))
        number, label = self.cheque_ids[:1].number, labels.get(self.method)
        if not number:
            return label
        return self.env._("%(method)s no. %(number)s", method=label, number=number)

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    # --- by e-mail ------------------------------------------------------------------

    def action_email_receipt(self):
        """Queue the receipt for the debtor's e-mail, and say so."""
        mail = self._email_receipt()
        message = self.env._("The receipt leaves for %s.", mail.email_to)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message},
        }

    def _email_receipt(self):
        """Queue the receipt for the debtor's e-mail, under the neutral name.

        :return: the message
        :raise UserError: no address of the debtor or of the practice
        """
        self.ensure_one()
        address = self._receipt_address()
        act = self.with_context(lang=self.partner_id.lang or self.env.lang)
        template = act.env.ref("recouv_lib.mail_template_receipt")
        texts = template._generate_template(self.ids, ("subject", "body_html"))[self.id]
        # only system users write mail.mail; what it holds was composed just here
        mail = self.env["mail.mail"].sudo()
        return mail.create(self._receipt_mail(address, texts))

    def _receipt_mail(self, address, texts):
        company, document = self.company_id, self._attach_receipt()
        return {
            "subject": texts["subject"],
            "body_html": texts["body_html"],
            "email_from": self.env["recouv.notice"]._email_sender(company),
            "email_to": formataddr(
                (self.partner_id._recouv_contact("email").name, address)
            ),
            "author_id": company.partner_id.id,
            "model": self._name,
            "res_id": self.id,
            "attachment_ids": [Command.set(document.ids)],
            "auto_delete": False,
        }

    def _receipt_address(self):
        company, debtor = self.company_id, self.partner_id
        if forbidden := debtor._recouv_forbidden("email"):
            raise UserError(forbidden)
        contact = debtor._recouv_contact("email")
        address = email_normalize(contact.email, strict=False)
        if not address:
            raise UserError(self.env._("%s has no e-mail address.", contact.name))
        if address in self.env["recouv.notice"]._unsubscribed([address]):
            raise UserError(self.env._("%(mail)s opted out.", mail=address))
        if not company.email:
            raise UserError(self.env._("%s has no e-mail address.", company.name))
        if company._recouv_test_mode():
            address = company._recouv_config().recouv_test_email
        if not address:
            raise UserError(self.env._("Set the e-mail for tests."))
        return address

    # --- a payment taken elsewhere --------------------------------------------------

    @api.model
    def _of_payment(self, payment):
        """Return a collection for a payment registered outside “Collect”.

        Its lines are what the payment was reconciled with; of one without an entry,
        its invoices, the oldest first.
        """
        company = payment.company_id
        given = self._paid_by(payment)
        method = payment.recouv_method or (
            "cash" if payment.journal_id.type == "cash" else "transfer"
        )
        lines = [
            Command.create(
                {
                    **self._line_vals(company, item, part),
                    "residual_after": item.amount_residual_currency
                    - (0.0 if payment.move_id else part),
                }
            )
            for item, part in given
        ]
        return self._record_new(
            {
                "name": self._next_number(company, "RC"),
                "company_id": company.id,
                "partner_id": payment.partner_id.commercial_partner_id.id,
                "method": method,
                "method_line_id": payment.payment_method_line_id.id,
                "date": payment.date,
                "amount": payment.amount,
                "currency_id": payment.currency_id.id,
                "memo": payment.memo,
                "payment_id": payment.id,
                "token": f"payment-{payment.id}",
                "line_ids": lines,
            }
        )

    @api.model
    def _paid_by(self, payment):
        if not payment.move_id:
            paid, left = {}, payment.amount
            for item in self._invoice_items(payment):
                part = min(left, item.amount_residual_currency)
                if part > 0:
                    paid[item] = part
                    left -= part
            return list(paid.items())
        _liquidity, counterparts, _others = payment._seek_for_lines()
        return [
            (partial.debit_move_id, partial.debit_amount_currency)
            for partial in counterparts.matched_debit_ids
        ]

    @api.model
    def _invoice_items(self, payment):
        items = payment.invoice_ids.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        return items.sorted(lambda item: (item.date_maturity or item.date, item.id))

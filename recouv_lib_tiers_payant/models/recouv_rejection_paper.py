from lxml import html
from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_amount, format_date, formataddr

from odoo.addons.recouv_lib.lib import sms_text

PAGE_BREAK = "page-break-before: always"
#: channel -> the job that sends what waits
QUEUES = {
    "email": "mail.ir_cron_mail_scheduler_action",
    "sms": "sms.ir_cron_sms_scheduler_action",
}


class RecouvRejection(models.Model):
    """What is written to patients and payers about rejections.

    Nothing of it names an act, a care, a reason of rejection (“ALD …” would say what
    somebody has) or a social-security number (law.md §6.2): the reference, the date of
    the invoice, sums, and what to bring. Hundreds of letters are printed in one go.

    E-mails and texts are queued and leave by Odoo's own jobs, once what they tell is
    committed: nobody hears of a debt that was not booked, or twice.
    """

    _inherit = "recouv.rejection"

    # --- to patients ----------------------------------------------------------------

    def _write_to_patients(self, kind, channel=None, **context):
        """Write once to each debtor about all their rejections.

        :param kind: “ask” (a certificate or card) or “bill” (the part is theirs now)
        :param channel: email, sms, letter; None: e-mail where there is one, else letter
        :param context: until, date_due
        :return: {rejection: {channel, sent_to, document_id, mail_id, sms_id}}
        :raise UserError: a debtor who may not be written to, named
        """
        groups, plan = self._by_debtor(), {}
        opted_out = self._opted_out()
        for key, mine in groups.items():
            plan[key], refusal = mine._reach(key[1], channel, opted_out)
            if refusal:
                raise UserError(refusal)
        letters = {key: mine for key, mine in groups.items() if plan[key] == "letter"}
        document = self._patient_letters(kind, letters, context)
        values = {}
        for key, mine in groups.items():
            company, debtor = key
            sent = mine._queue_message(plan[key], kind, company, debtor, context)
            by_letter = plan[key] == "letter"
            sent |= {
                "channel": plan[key],
                "document_id": document.id if by_letter else False,
            }
            values |= dict.fromkeys(mine, sent)
        self._wake_queues(set(plan.values()))
        return values

    def _wake_queues(self, channels):
        """Have the jobs of these channels run as soon as this is committed."""
        for channel in channels & QUEUES.keys():
            # sudo: a trigger holds nothing but the moment
            self.env.ref(QUEUES[channel]).sudo()._trigger()

    def _debtor(self):
        """Return who is written to for the patient: the debtor of the invoice."""
        self.ensure_one()
        # sudo: whom to write to, of a rejection that the user works
        known = self.sudo()
        return (known.move_id.partner_id or known.patient_id).commercial_partner_id

    def _by_debtor(self):
        """Return {(company, debtor): their rejections}."""
        return self.grouped(lambda one: (one.company_id, one._debtor()))

    def _opted_out(self):
        """Return the addresses of these debtors that want no e-mail; read at once."""
        targets = [one._debtor()._recouv_contact("email") for one in self]
        known = {email_normalize(target.email, strict=False) for target in targets}
        return self.env["recouv.notice"]._unsubscribed(sorted(filter(None, known)))

    def _unreached(self, channel):
        """Return {rejection: why nobody can be written to about it}, if so."""
        opted_out, refused = self._opted_out(), {}
        for (_company, debtor), mine in self._by_debtor().items():
            _channel, refusal = mine._reach(debtor, channel, opted_out)
            if refusal:
                refused |= dict.fromkeys(mine, refusal)
        return refused

    def _reach(self, debtor, wanted, opted_out):
        """Return (the channel that reaches a debtor, None), or (None, why none does).

        :param wanted: the only channel that may be taken; None: e-mail, else letter
        :param opted_out: see :meth:`_opted_out`
        """
        if debtor._recouv_awaits_decision():
            return None, self.env._(
                "%s is a minor: decide first whether the parent may be contacted.",
                debtor.display_name,
            )
        refusal = None
        for channel in [wanted] if wanted else ["email", "letter"]:
            refusal = debtor._recouv_forbidden(channel) or self._unreachable(
                debtor, channel, opted_out
            )
            if not refusal:
                return channel, None
        return None, refusal

    def _unreachable(self, debtor, channel, opted_out):
        """Return why a channel does not reach a debtor, or None."""
        _, target = self.env._, debtor._recouv_contact(channel)
        if channel == "email":
            address = email_normalize(target.email, strict=False)
            if not address or not self.company_id.email:
                return _("%s has no e-mail address.", target.display_name)
            if address in opted_out:
                return _("%(mail)s opted out.", mail=address)
        if channel == "sms" and not target._recouv_mobile(
            self.company_id[:1]._recouv_country().code
        ):
            return _("%s has no mobile number.", target.display_name)
        if channel == "letter" and not (target.street and target.city):
            return _("%s has no postal address.", target.display_name)
        return None

    def _queue_message(self, channel, kind, company, debtor, context):
        """Queue an e-mail or a text; return values of the acts: to whom it goes."""
        target = debtor._recouv_contact(channel)
        words = self._in_language_of(target, company)
        if channel == "email":
            return words._queue_email(kind, company, target, context)
        if channel == "sms":
            return words._queue_sms(kind, company, target)
        return {"sent_to": target.name}

    def _in_language_of(self, target, company):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (target.lang, company.partner_id.lang, self.env.lang)
        return self.with_context(
            lang=next((code for code in wanted if code in installed), "en_US")
        )

    def _queue_email(self, kind, company, target, context):
        address = email_normalize(target.email, strict=False)
        subject = self._subject(kind)
        test = company._recouv_config().recouv_test_email
        if test:
            subject, address = f"[TEST → {address}] {subject}", test
        body = self.env["ir.qweb"]._render(
            f"recouv_lib_tiers_payant.rejection_{kind}_body",
            self._letter_values(company, context),
        )
        sender = self.env["recouv.notice"]._email_sender(company)
        # sudo: only system users write mail.mail; what it holds was composed just here
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": subject,
                    "body_html": body,
                    "email_from": sender,
                    "reply_to": sender,
                    "email_to": formataddr((target.name, address)),
                    "author_id": company.partner_id.id,
                    "record_company_id": company.id,
                    "auto_delete": True,
                }
            )
        )
        return {"sent_to": address, "mail_id": mail.id}

    def _queue_sms(self, kind, company, target):
        number = target._recouv_mobile(company._recouv_country().code)
        test = company._recouv_config()
        if company._recouv_test_mode():
            number = test.recouv_test_phone
        if not number:
            raise UserError(self.env._("Set the phone for tests."))
        # sudo: only system users write sms.sms; the text was composed just here
        sms = (
            self.env["sms.sms"]
            .sudo()
            .create(
                {
                    "number": number,
                    "body": sms_text.shorten(self._sms_body(kind, company)),
                    "partner_id": target.id,
                }
            )
        )
        return {"sent_to": number, "sms_id": sms.id}

    def _sms_body(self, kind, company):
        """No payer, no right, no care: who reads over a shoulder learns nothing."""
        _, reference = self.env._, self._references()
        contact = self.env["recouv.notice"]._contact_text(
            company.phone or "", company.email or ""
        )
        if kind == "ask":
            return _(
                "%(sender)s: a document is missing in your file %(reference)s. Please "
                "reach us %(contact)s. Nothing is asked of you to pay.",
                sender=company._recouv_sender(),
                reference=reference,
                contact=contact,
            )
        return _(
            "%(sender)s: news about your file %(reference)s; please reach us "
            "%(contact)s.",
            sender=company._recouv_sender(),
            reference=reference,
            contact=contact,
        )

    # --- the words ------------------------------------------------------------------

    def _subject(self, kind):
        _ = self.env._
        if kind == "ask":
            return _("A document for your file %s", self._references())
        return _("About your file %s", self._references())

    def _references(self):
        # sudo: the number of the invoice is the reference of the letter
        names = [one.move_id.name or one.invoice_number or "" for one in self.sudo()]
        return ", ".join(dict.fromkeys(filter(None, names)))

    def _letter_values(self, company, context):
        """Return what the templates print: no act, no care, no number of a person.

        Elevated for number and date of the invoice, which are the letter's reference.
        """

        def day(value):
            return format_date(self.env, value) if value else ""

        notices = self.env["recouv.notice"]
        return {
            "greeting": self.env._("Dear Sir or Madam"),
            "rows": [
                {
                    "reference": one.sudo().move_id.name or one.invoice_number or "",
                    "date": day(one.sudo().move_id.invoice_date),
                    "amount": format_amount(
                        self.env, one.amount_at_stake, one.currency_id
                    ),
                }
                for one in self
            ],
            "total": format_amount(
                self.env, sum(self.mapped("amount_at_stake")), self[:1].currency_id
            ),
            "until": day(context.get("until")),
            "date_due": day(context.get("date_due")),
            "contact": notices._contact_text(company.phone or "", company.email or ""),
            "sender": company._recouv_sender(),
            "privacy": notices._privacy_text(company._recouv_config()),
            **(self._paying_words(company) if context.get("date_due") else {}),
        }

    def _paying_words(self, company):
        """Return how to pay, none of the ways imposed (CSP R4127-53), and what a person
        who is asked for money is told: no costs (CPCE L111-8), the mediator (H12)."""
        debtor = self[:1]._debtor()
        # sudo: words of a notice that is never kept; the acts check the rights
        notice = self.env["recouv.notice"].sudo()
        notice = notice.new(
            {
                "capacity": "creditor",
                "company_id": company.id,
                "partner_id": debtor.id,
            }
        )
        legal = [
            notice._no_costs_text(),
            notice._mediator_text(company._recouv_config()),
        ]
        return {
            "payment_means": notice._payment_means_text(),
            "account": notice._account_text(),
            "references": self._references(),
            "legal": " ".join(filter(None, legal)),
        }

    # --- letters --------------------------------------------------------------------

    def _patient_letters(self, kind, groups, context):
        """Print the letters of all debtors in one document, each on its own page.

        :param groups: {(company, debtor): rejections}
        :return: the attachment, empty where nobody gets a letter
        """
        pages = []
        for (company, debtor), mine in groups.items():
            target = debtor._recouv_contact("letter")
            words = mine._in_language_of(target, company)
            pages.append(
                words.env["recouv.document"]._html(
                    f"recouv_lib_tiers_payant.rejection_{kind}_body",
                    words._letter_values(company, context),
                    company,
                    words._subject(kind),
                    target,
                )
            )
        if not pages:
            return self.env["ir.attachment"]
        name = self.env._("letters-%(day)s.pdf", day=fields.Date.context_today(self))
        content = self.env["recouv.document"]._pdf(
            join_pages(pages), name, margins=(14, 20)
        )
        return self._keep(name, content)

    def _claim_letter(self, company, payer):
        """Return the letter that claims these from their payer, an attachment."""
        words = self._in_language_of(payer, company)
        values = words._letter_values(company, {})
        values |= words._claim_words(company, payer)
        for row, one in zip(values["rows"], words, strict=True):
            row.update(words._payer_row(one))
        content = words.env["recouv.document"]._print(
            "recouv_lib_tiers_payant.rejection_claim_body",
            values,
            company=company,
            title=words.env._("Invoices rejected: our claim"),
            recipient=payer,
            lang=words.env.lang,
        )
        return self._keep(self.env._("claim-%s.pdf", payer.name), content)

    def _claim_words(self, company, payer):
        """Return who asks, and the law that speaks for it (noemie.md §4; H9, H10)."""
        writer = company.with_context(lang=self.env.lang)
        is_amo = payer.recouv_payer_kind == "amo"
        return {
            "numbers": writer._recouv_payer_numbers(),
            "law": writer._recouv_amo_law() if is_amo else "",
            "is_amo": is_amo,
        }

    def _payer_row(self, one):
        """What the payer finds an invoice by: its own number, lot, day and code."""
        share = one.share_id
        return {
            "number": share.invoice_number or "",
            "lot": share.lot_id.name or "",
            "sent": format_date(self.env, share.sent_on) if share.sent_on else "",
            "code": " ".join(filter(None, [one.code, one.label])),
        }

    def _keep(self, name, content):
        return self.env["ir.attachment"].create(
            {
                "name": name.replace("/", "-"),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": "recouv.rejection",
                "res_id": self[:1].id,
                "company_id": self.company_id[:1].id,
            }
        )


def join_pages(pages):
    """Return one HTML document of several, each starting on a page of its own."""
    whole = html.document_fromstring(pages[0])
    body = whole.find("body")
    for page in pages[1:]:
        for element in html.document_fromstring(page).find("body"):
            element.set("style", PAGE_BREAK)
            body.append(element)
    return Markup("<!DOCTYPE html>") + Markup(html.tostring(whole, encoding="unicode"))

import re
import smtplib
from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import email_normalize, formataddr, plaintext2html

# the mail server's definite refusal of an address (RFC 5321, 4.2.1)
REFUSED = re.compile(r"SMTPRecipientsRefused.*\b5\d\d\b", re.S)


class RecouvNotice(models.Model):
    """E-mail through ``mail.template`` and ``mail.mail``.

    The message stands on the oldest claim, so that an answer lands there. It carries
    no layout, no button and no link to the invoice. Where bounces find their way
    back, the notice is proven only after a settling delay; a later bounce takes the
    proof back (:meth:`_email_bounced`).
    """

    _inherit = "recouv.notice"

    copy_message_id = fields.Many2one(
        "mail.message", "E-mail copy", readonly=True, ondelete="set null"
    )

    def _deliver_email(self):
        for company, notices in self.grouped("company_id").items():
            batch = notices.with_company(company)
            addresses = batch._email_addresses()
            batch = batch.filtered(lambda n, known=addresses: n.id in known)
            texts = batch._render_texts("mail_template_id", ("subject", "body_html"))
            batch = batch.filtered(lambda n, known=texts: n.id in known)
            batch._send_emails(addresses, texts)

    # --- recipient ------------------------------------------------------------------

    def _email_recipient(self):
        """Return the debtor, or his own invoicing address where it has an e-mail."""
        self.ensure_one()
        invoicing = self.partner_id.child_ids.filtered(
            lambda contact: contact.type == "invoice" and contact.email
        )
        return invoicing[:1] or self.partner_id

    def _email_addresses(self):
        """Return {notice id: address}; notices without a usable address fail."""
        addresses = {}
        for notice in self:
            recipient = notice._email_recipient()
            address = email_normalize(recipient.email, strict=False)
            if notice.is_test and not notice._test_email():
                notice._fail("no_email", self.env._("Set the e-mail for tests."))
            elif not recipient.email:
                message = self.env._("%(name)s has no e-mail.", name=recipient.name)
                notice._fail("no_email", message)
            elif not address:
                notice._fail("bad_email", recipient.email)
            else:
                notice._record({"recipient_id": recipient.id})
                addresses[notice.id] = address
        return self._without_unsubscribed(addresses)

    @api.model
    def _unsubscribed(self, addresses):
        # sudo: whether an address is on Odoo's blacklist, nothing else, is read
        blacklist = self.env["mail.blacklist"].sudo()
        wanted = [address for address in addresses if address]
        return set(blacklist.search([("email", "in", wanted)]).mapped("email"))

    def _without_unsubscribed(self, addresses):
        refused = self._unsubscribed(addresses.values())
        for notice in self.filtered(lambda n: addresses.get(n.id) in refused):
            address = addresses.pop(notice.id)
            notice._fail("blacklisted", self.env._("%(mail)s opted out.", mail=address))
        return addresses

    def _test_email(self):
        return self.company_id._recouv_config().recouv_test_email

    @api.model
    def _email_sender(self, company):
        """Return the From of a company: its neutral name and its own address."""
        return company.email and formataddr((company._recouv_sender(), company.email))

    # --- sending --------------------------------------------------------------------

    def _send_emails(self, addresses, texts):
        """Send one message for each notice over one connection; record each outcome."""
        company = self.company_id
        if not self:
            return
        if not company.email:
            message = self.env._("%(name)s has no e-mail address.", name=company.name)
            self._fail("missing_data", message)
            return
        # only system users write mail.mail; a run sends for all
        mails = (
            self.env["mail.mail"]
            .sudo()
            .create(
                [
                    notice._email_values(addresses[notice.id], texts[notice.id])
                    for notice in self
                ]
            )
        )
        self._hand_to_server(mails)
        for notice, mail in zip(self, mails, strict=True):
            notice._record_email(mail)

    def _email_values(self, address, texts, attachments=None):
        self.ensure_one()
        company = self.company_id
        name, subject = self.partner_id.name, texts["subject"]
        if self.is_test:
            subject = f"[TEST → {name} <{address}>] {subject}"
            address = self._test_email()
        return {
            "subject": subject,
            "body": texts["body_html"],
            "body_html": texts["body_html"],
            "email_from": self._email_sender(company),
            "email_to": address and formataddr((name, address)),
            "author_id": company.partner_id.id,
            "model": "recouv.claim",
            "res_id": self.lead_claim_id.id,
            "message_type": "email_outgoing",
            "subtype_id": self.env.ref("mail.mt_note").id,
            "record_company_id": company.id,
            # sudo: the e-mail domain of the notice's own company
            "record_alias_domain_id": company.sudo().alias_domain_id.id,
            "attachment_ids": [Command.set((attachments or self.document_id).ids)],
            "auto_delete": False,
        }

    @api.model
    def _hand_to_server(self, mails):
        """Send over one connection; a connection that breaks leaves the rest unsent."""
        try:
            mails.send()
        except smtplib.SMTPServerDisconnected as error:
            mails.filtered(lambda mail: mail.state == "outgoing").write(
                {"state": "exception", "failure_reason": str(error)}
            )

    def _record_email(self, mail):
        """Read the outcome; a message that did not leave is not kept on the claim."""
        self.ensure_one()
        if mail.state == "sent":
            self._record(
                {
                    "sent_to": mail.email_to,
                    "message_id": mail.mail_message_id.id,
                    "tracking_ref": mail.message_id,
                }
            )
            self._email_left()
            return
        failure = self._email_failure(mail)
        reason = self.env["recouv.delivery"]._mail_not_sent(mail, self.company_id)
        mail.unlink()
        self._fail(failure, reason)

    @api.model
    def _email_failure(self, mail):
        if REFUSED.search(mail.failure_reason or ""):
            return "bad_email"
        invalid = ("mail_email_invalid", "mail_email_missing")
        return "bad_email" if mail.failure_type in invalid else "server"

    def _email_left(self):
        """The server took it: proven at once, or after the settling delay."""
        now = fields.Datetime.now()
        settling = self.channel == "email" and self.company_id._recouv_bounces_ready()
        if settling and self.company_id._recouv_config().recouv_email_settle_days:
            self._record({"state": "sent", "date_sent": now})
        else:
            self._prove(date_sent=now)

    def _send_sms_by_email(self, numbers, bodies):
        """Test mode without a test phone: the texts go to the test address."""
        texts = {
            notice.id: {
                "subject": self.env._("SMS to %(number)s", number=numbers[notice.id]),
                "body_html": plaintext2html(bodies[notice.id]),
            }
            for notice in self
        }
        self._send_emails(numbers, texts)

    # --- afterwards -----------------------------------------------------------------

    @api.model
    def _cron_settle_emails(self):
        """Prove the e-mails that no bounce contradicted within the settling delay.

        They count from the day they left. Company by company, in batches committed
        one after the other.
        """
        cron = self.env["ir.cron"]
        domain = [
            ("channel", "=", "email"),
            ("state", "=", "sent"),
            ("proven_on", "=", False),
        ]
        for [company] in self._read_group(domain, ["company_id"]):
            days = company._recouv_config().recouv_email_settle_days
            limit = fields.Datetime.subtract(fields.Datetime.now(), days=days)
            mine = [("company_id", "=", company.id), ("date_sent", "<=", limit)]
            while batch := self.with_company(company).search(domain + mine, limit=500):
                batch._settle()
                if not cron._commit_progress(len(batch)):
                    return

    def _settle(self):
        for day, notices in self.grouped(lambda n: n._day_sent()).items():
            notices._prove(on=day)

    def _day_sent(self):
        """Return the company's own day on which the notice left."""
        zone = ZoneInfo(self.company_id._recouv_tz())
        return self.date_sent.replace(tzinfo=timezone.utc).astimezone(zone).date()

    def _email_bounced(self, reason):
        """A bounce came back: this was no reminder, however long ago it was sent."""
        left = self.filtered(lambda n: n.state in ("sending", "sent", "delivered"))
        left._fail("bounced", reason)

    # --- e-mail copy of a letter ----------------------------------------------------

    def _prove(self, on=None, state="sent", **values):
        """EXTENDS: a posted letter also goes by e-mail where its step says so."""
        result = super()._prove(on=on, state=state, **values)
        self.filtered(
            lambda n: (
                n.step_id.email_copy
                and n.channel in ("letter", "registered_letter")
                and n.document_id
                and not n.copy_message_id
            )
        )._queue_email_copy()
        return result

    def _copy_addresses(self):
        """Return {notice id: address} of those who have one and did not opt out."""
        addresses = {
            notice.id: email_normalize(notice._email_recipient().email, strict=False)
            for notice in self
        }
        refused = self._unsubscribed(addresses.values())
        return {
            notice_id: address
            for notice_id, address in addresses.items()
            if address and address not in refused
        }

    def _queue_email_copy(self):
        """Put a copy of each letter into Odoo's mail queue; it proves nothing."""
        template = self.env.ref(
            "recouv_lib.mail_template_letter_copy", raise_if_not_found=False
        )
        letters = self.filtered("company_id.email") if template else self.browse()
        addresses = letters._copy_addresses()
        for notice in letters.filtered(lambda n: n.id in addresses):
            address = addresses[notice.id]
            texts = {
                part: template._render_field(
                    part, notice.ids, set_lang=notice._in_recipient_language().env.lang
                )[notice.id]
                for part in ("subject", "body_html")
            }
            # only system users write mail.mail
            mail = (
                self.env["mail.mail"]
                .sudo()
                .create(notice._email_values(address, texts))
            )
            notice._record({"copy_message_id": mail.mail_message_id.id})

from markupsafe import Markup
from requests.exceptions import ConnectionError as HttpConnectionError, ReadTimeout
from urllib3.exceptions import ProtocolError

from odoo import fields, models
from odoo.tools import plaintext2html

from odoo.addons.iap.tools.iap_tools import InsufficientCreditError

from ..lib import phone, sms_text

# failure of Odoo's sms, or word of a provider's delivery report → our failure
SMS_FAILURES = {
    "sms_number_missing": "no_number",
    "sms_number_format": "bad_number",
    "sms_country_not_supported": "bad_number",
    "sms_invalid_destination": "bad_number",
    "sms_credit": "credit",
    "sms_server": "server",
    "sms_acc": "server",
    "sms_registration_needed": "server",
    "sms_blacklist": "blacklisted",
    "sms_optout": "blacklisted",
    "sms_expired": "unreachable",
    "sms_not_delivered": "unreachable",
    "sms_not_allowed": "other",
    "sms_rejected": "other",
}
# beyond, a text costs more than it should and is rarely read
MAX_SEGMENTS = 2
# a provider that took a text and never said more
SILENT_DAYS = 3


def _answer_lost(error):
    """Whether the request reached the provider and only its answer is missing."""
    if isinstance(error, HttpConnectionError):
        return any(isinstance(reason, ProtocolError) for reason in error.args)
    return isinstance(error, ReadTimeout)


class RecouvNotice(models.Model):
    """SMS through Odoo's ``sms``, whatever provider stands behind it.

    The text is handed over in the run's own transaction and never left in Odoo's
    queue, so that a crash cannot send it a second time. A step is reached when the
    gateway accepted; a delivery report (``sms.tracker``) confirms it or takes the
    proof back.
    """

    _inherit = "recouv.notice"

    def _deliver_sms(self):
        for company, notices in self.grouped("company_id").items():
            batch = notices.with_company(company)
            texts = batch._render_texts("sms_template_id", ("body",))
            batch = batch.filtered(lambda n, known=texts: n.id in known)
            numbers = batch._sms_numbers()
            batch = batch.filtered(lambda n, known=numbers: n.id in known)
            bodies = {n.id: n._sms_text(texts[n.id]["body"]) for n in batch}
            if company._recouv_test_mode() and not batch._sms_test_phone():
                batch._send_sms_by_email(numbers, bodies)
            else:
                batch._send_sms(numbers, bodies)

    # --- number and text ------------------------------------------------------------

    def _sms_numbers(self):
        """Return {notice id: mobile number}; those that have none fail."""
        numbers = {}
        for notice in self:
            number = notice._sms_number()
            if number:
                numbers[notice.id] = number
            else:
                notice._fail("no_number", notice._no_mobile_message())
        return self._without_opted_out(numbers)

    def _sms_number(self):
        """Return the debtor's mobile number, or None."""
        self.ensure_one()
        country = self.partner_id.country_id or self.company_id._recouv_country()
        return self.partner_id._recouv_mobile(country.code)

    def _sms_test_phone(self):
        """Return the number that receives everything in test mode, or None."""
        company = self.company_id
        return phone.mobile(
            company._recouv_config().recouv_test_phone, company._recouv_country().code
        )

    def _no_mobile_message(self):
        debtor = self.partner_id
        numbers = debtor._recouv_phones()
        if not numbers:
            return self.env._("%(debtor)s has no phone number.", debtor=debtor.name)
        return self.env._("%(number)s is no mobile number.", number=", ".join(numbers))

    def _without_opted_out(self, numbers):
        # whether a number is on Odoo's blacklist, nothing else, is read
        refused = set(
            self.env["phone.blacklist"]
            .sudo()
            .search([("number", "in", list(numbers.values()))])
            .mapped("number")
        )
        for notice in self.filtered(lambda n: numbers.get(n.id) in refused):
            number = numbers.pop(notice.id)
            notice._fail(
                "blacklisted",
                self.env._("%(number)s opted out of SMS.", number=number),
            )
        return numbers

    def _sms_text(self, body):
        text = sms_text.shorten(body or "")
        return f"TEST {self.partner_id.name}: {text}" if self.is_test else text

    # --- sending --------------------------------------------------------------------

    def _send_sms(self, numbers, texts):
        """Hand the texts to the provider in one call and record what it said."""
        if not self:
            return
        self._warn_of_long_sms(texts)
        sms = self._create_sms(numbers, texts)
        try:
            sms.send(raise_exception=True)
        except Exception as error:  # a provider may raise anything: record it
            self._sms_not_taken(error)
        # nothing may stay in Odoo's queue: it would leave again behind our back
        sms.filtered(lambda s: s.state == "outgoing").write({"state": "canceled"})
        self._report_unclear()
        self._log_sms(texts)
        self._stop_without_credit()

    def _create_sms(self, numbers, texts):
        """Return the outgoing ``sms.sms``, each tied to its notice by a tracker."""
        test_phone = self[:1].is_test and self._sms_test_phone()
        # only system users write sms.sms and its trackers; a run sends for all
        sms = (
            self.env["sms.sms"]
            .sudo()
            .create(
                [
                    {
                        "number": test_phone or numbers[notice.id],
                        "body": texts[notice.id],
                        "partner_id": notice.partner_id.id,
                    }
                    for notice in self
                ]
            )
        )
        self.env["sms.tracker"].sudo().create(
            [
                {"sms_uuid": text.uuid, "recouv_notice_id": notice.id}
                for notice, text in zip(self, sms, strict=True)
            ]
        )
        for notice, text in zip(self, sms, strict=True):
            notice._record(
                {
                    "sent_to": text.number,
                    "tracking_ref": text.uuid,
                    "cost": notice._sms_cost(text.body),
                }
            )
        return sms

    def _sms_cost(self, text):
        price = self.company_id._recouv_config().recouv_sms_price
        return price * sms_text.segments(text)

    def _sms_not_taken(self, error):
        """The call itself failed: nothing left, unless the answer alone was lost."""
        waiting = self.filtered(lambda notice: notice.state == "sending")
        if isinstance(error, InsufficientCreditError):
            waiting._fail("credit", self._credit_message())
        elif not _answer_lost(error) and not _answer_lost(error.__context__):
            for notice in waiting:
                notice._fail("server", notice._sms_not_sent_words(str(error)))

    def _report_unclear(self):
        """What the provider said nothing about is a human's to decide."""
        for notice in self.filtered(lambda n: n.state == "sending"):
            notice.lead_claim_id._schedule_todo(
                self.env._("Did it leave? %(notice)s", notice=notice.display_name),
                self.env._(
                    "The SMS provider took the text but did not answer. Look there "
                    "whether it left, then confirm or retry it: it is never sent "
                    "again by itself."
                ),
            )

    def _credit_message(self):
        return self.env._("No SMS credit is left: buy some, then the rest leaves.")

    def _stop_without_credit(self):
        """Without credit, what is queued waits for tomorrow instead of failing too."""
        refused = self.filtered(lambda n: n.failure_type == "credit")
        if not refused:
            return
        tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
        company = refused.company_id
        self.env["recouv.notice"].search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "sms"),
                ("state", "=", "queued"),
            ]
        )._record({"not_before": company._recouv_next_contact_moment(tomorrow)})
        refused._tell_once(self.env._("No SMS credit is left"), self._credit_message())

    def _ask_a_human(self):
        """EXTENDS: missing credit is told once, not once for each debtor."""
        others = self.filtered(lambda notice: notice.failure_type != "credit")
        return super(RecouvNotice, others)._ask_a_human()

    def _warn_of_long_sms(self, texts):
        for step, notices in self.grouped("step_id").items():
            most = max(sms_text.segments(texts[notice.id]) for notice in notices)
            if most > MAX_SEGMENTS:
                notices._tell_once(
                    self.env._("The SMS of “%(step)s” is too long", step=step.name),
                    self.env._(
                        "It costs %(count)s messages each: shorten the text, or take "
                        "out characters such as ç, ê and î.",
                        count=most,
                    ),
                )

    def _log_sms(self, texts):
        """Keep each text on its claim: what was sent, when, to which number."""
        left = self.filtered(lambda n: n.state in ("sent", "delivered"))
        for notice in left.filtered("lead_claim_id"):
            message = notice.lead_claim_id._message_log(
                body=Markup("<b>SMS → %s</b> %s")
                % (notice.sent_to, plaintext2html(texts[notice.id])),
                message_type="sms",
            )
            notice._record({"message_id": message.id})

    # --- what the provider reports --------------------------------------------------

    def _sms_reported(self, state, failure_type=None, reason=None):
        """Record the state of ``sms.sms`` (answer of the gateway, or a later report).

        :param state: process, pending (accepted), sent (delivered) or error
        :param failure_type: failure of ``sms.sms``, or ``sms_<word of the provider>``
        """
        notices = self.filtered(lambda n: n.state in ("sending", "sent", "delivered"))
        now, today = fields.Datetime.now(), fields.Date.context_today(self)
        if state == "error":
            notices._sms_failed(failure_type, reason)
        elif state == "process":
            notices.filtered(lambda n: n.state == "sending")._record(
                {"state": "sent", "date_sent": now}
            )
        elif state == "pending":
            notices.filtered(lambda n: not n.proven_on)._prove(on=today, date_sent=now)
        elif state == "sent":
            unproven = notices.filtered(lambda n: not n.proven_on)
            unproven._prove(on=today, date_sent=now)
            notices._record({"state": "delivered", "date_delivered": today})

    def _sms_failed(self, failure_type, reason):
        ours = SMS_FAILURES.get(failure_type, "server")
        if ours == "credit":
            message = self._credit_message()
        else:
            labels = dict(
                self.env["sms.sms"]
                ._fields["failure_type"]
                ._description_selection(self.env)
            )
            message = reason or labels.get(failure_type) or failure_type
        for notice in self:
            told = message
            if ours == "server":
                told = notice._sms_not_sent_words(message)
            notice._fail(ours, told)

    def _sms_not_sent_words(self, reason):
        told = self.env["recouv.delivery"]
        return told._sms_not_sent(self.sent_to, reason, self.company_id)

    def _cron_silent_sms(self):
        """Texts the provider is still working on after three days did not arrive."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=SILENT_DAYS)
        silent = self.search(
            [
                ("channel", "=", "sms"),
                ("state", "=", "sent"),
                ("proven_on", "=", False),
                ("date_sent", "<", limit),
            ]
        )
        for company, notices in silent.grouped("company_id").items():
            read = company._recouv_for_people(notices)
            read._fail("server", read.env._("The provider never confirmed this SMS."))

import re

from odoo import SUPERUSER_ID, api, models
from odoo.tools.mail import email_split_tuples

#: what servers, and Python about them, say when an address, a login or the way there
#: is at fault, in this order
CAUSES = (
    (
        "address",
        re.compile(
            r"RecipientsRefused.*\b5\d\d\b|\b55[013]\b|no such (user|mailbox)",
            re.I | re.S,
        ),
    ),
    ("login", re.compile(r"Authentication|\b53[045]\b|credential|password", re.I)),
    (
        "way",
        re.compile(
            r"connection|connect to|while reaching|timed? ?out|unreachable"
            r"|name or service|getaddrinfo|resolution|disconnect|\bSSL|certificate",
            re.I,
        ),
    ),
)


class RecouvDelivery(models.AbstractModel):
    """What a person is told when an e-mail or a text did not leave.

    What could not be sent, to whom, and what to do; the server's own words, which
    often are English and technical, come last.
    """

    _name = "recouv.delivery"
    _description = "Failures of what is sent"

    @api.model
    def _mail_not_sent(self, mail, company):
        """Return why a ``mail.mail`` did not leave, as sentences.

        :param mail: elevated
        :param company: who sends; by a cron, its language is spoken
        """
        told = self._told(company)
        people = [
            f"{name} ({address})" if name else address
            for name, address in email_split_tuples(mail.email_to or "")
        ]
        return told._not_sent(
            told.env._("The e-mail “%s”", mail.subject or ""),
            ", ".join(people) or mail.email_to,
            mail.failure_reason,
            told._email_advice(),
        )

    @api.model
    def _sms_not_sent(self, number, reason, company):
        """Return why a text did not leave, as sentences.

        :param reason: what the provider said
        """
        told = self._told(company)
        return told._not_sent(told.env._("The SMS"), number, reason, told._sms_advice())

    @api.model
    def _told(self, company):
        """Speak as the user reads; a cron, as its company does."""
        if self.env.uid != SUPERUSER_ID:
            return self
        # sudo: only a language
        lang = company.sudo().partner_id.lang
        installed = dict(self.env["res.lang"].get_installed())
        return self.with_context(lang=lang) if lang in installed else self

    @api.model
    def _not_sent(self, what, whom, reason, advice):
        _, reason = self.env._, (reason or "").strip()
        parts = [
            _(
                "%(what)s could not be sent to %(whom)s.",
                what=what,
                whom=whom or _("nobody: there is no address"),
            ),
            advice[_cause(reason)],
        ]
        if reason:
            parts.append(_("Technical detail: %s", reason))
        return " ".join(parts)

    @api.model
    def _email_advice(self):
        _ = self.env._
        return {
            "address": _(
                "The e-mail server refuses this address: correct it, then send it "
                "again."
            ),
            "login": _(
                "The e-mail server refuses its login: have the user name and password "
                "of the outgoing e-mail server corrected, then send it again."
            ),
            "way": _(
                "The e-mail server cannot be reached: have the outgoing e-mail server "
                "looked at in the settings, then send it again."
            ),
            None: _(
                "The e-mail server did not take it: have the outgoing e-mail server "
                "looked at in the settings, then send it again."
            ),
        }

    @api.model
    def _sms_advice(self):
        _ = self.env._
        refused = _(
            "The SMS provider did not take it: look at the number and at the account "
            "with the provider, then send it again."
        )
        return {
            "address": refused,
            "login": _(
                "The SMS provider refuses its login: have the account with the "
                "provider looked at in the settings, then send it again."
            ),
            "way": _(
                "The SMS provider cannot be reached: try again in a while; if it goes "
                "on, have the account with the provider looked at."
            ),
            None: refused,
        }


def _cause(reason):
    return next((cause for cause, words in CAUSES if words.search(reason)), None)

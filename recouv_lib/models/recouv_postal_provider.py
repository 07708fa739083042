import base64
from urllib.parse import urlsplit

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# what a provider says → what we record
KNOWN_STATES = ("accepted", "posted", "presented", "delivered", "unclaimed", "refused",
                "wrong_address", "failed")  # fmt: skip


class RecouvPostalProvider(models.Model):
    """Someone who prints and posts letters for the practice; none by default.

    The interface is two calls: :meth:`_submit` hands letters over, each with its
    idempotency key, and :meth:`_refresh` asks what became of them. A kind of provider
    implements ``_submit_<kind>`` and ``_status_<kind>``; ``http`` is a plain JSON
    interface. Only what the envelope and its content need leaves the database: name,
    address, PDF.
    """

    _name = "recouv.postal.provider"
    _description = "Postal provider"
    _order = "name, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    name = fields.Char(required=True)
    active = fields.Boolean(default=False)
    kind = fields.Selection([("http", "HTTP, JSON")], required=True, default="http")
    url = fields.Char("Address", required=True)
    token = fields.Char(groups="recouv_lib.group_manager")
    timeout = fields.Integer("Seconds to wait", default=30)

    _timeout_positive = models.Constraint(
        "CHECK(timeout > 0)", "A provider is waited for at least a second."
    )

    @api.constrains("url")
    def _check_url(self):
        for provider in self:
            parts = urlsplit(provider.url or "")
            secure = parts.scheme == "https" or parts.hostname in LOOPBACK
            if parts.scheme not in ("http", "https") or not secure:
                raise ValidationError(
                    self.env._(
                        "%(provider)s: letters leave over https only.",
                        provider=provider.name,
                    )
                )

    # --- hand over ------------------------------------------------------------------

    def _submit(self, notices):
        """Hand printed letters over, one by one; each records its own answer.

        An answer that does not come leaves the letter as it was: submitting it again
        with the same key never makes a second letter.

        :return: the notices that the provider accepted
        """
        self.ensure_one()
        accepted = notices.browse()
        submit = self._submit_one
        for notice in notices:
            if self._understood(notice, submit, notice._record_submission):
                accepted |= notice
        return accepted

    def _submit_one(self, notice):
        """Hand one letter over. Raises UserError for one that has two addressees."""
        if other := notice._copy_recipient():
            raise UserError(
                self.env._(
                    "%(letter)s goes to two people, %(first)s and %(second)s: a "
                    "provider posts one envelope. Print it and post both by hand.",
                    letter=notice.display_name,
                    first=notice._recipient().name,
                    second=other.name,
                )
            )
        return getattr(self, f"_submit_{self.kind}")(notice)

    def _understood(self, notice, ask, record):
        """Ask about one letter and record the answer; one bad answer stops no other.

        :return: whether the answer was understood; else the notice says why not
        """
        try:
            with self.env.cr.savepoint():
                record(self, ask(notice))
        except (ProviderError, UserError, ValueError, TypeError) as error:
            notice._record({"provider_message": str(error)})
            return False
        self.env["recouv.engine"]._checkpoint()
        return True

    def _submit_http(self, notice):
        to = notice._recipient()
        return self._call(
            "POST",
            "letters",
            headers={"Idempotency-Key": f"{notice.idempotency_key}:{notice.id}"},
            json={
                "reference": notice.payment_reference,
                "registered": notice.channel == "registered_letter",
                "receipt": notice._registered_kind() == "receipt",
                "recipient": {
                    "name": to.name,
                    "street": to.street or "",
                    "street2": to.street2 or "",
                    "zip": to.zip or "",
                    "city": to.city or "",
                    "country": to.country_id.code or "",
                },
                "document": base64.b64encode(notice.document_id.raw).decode(),
            },
        )

    # --- what became of them --------------------------------------------------------

    def _refresh(self, notices):
        """Ask what became of letters that were handed over."""
        self.ensure_one()
        ask = getattr(self, f"_status_{self.kind}")
        for notice in notices:
            self._understood(notice, ask, notice._record_provider_state)

    def _status_http(self, notice):
        return self._call("GET", f"letters/{notice.provider_ref}")

    @api.model
    def _cron_refresh(self):
        """Ask each active provider about the letters that are still under way."""
        for provider in self.search([]):
            waiting = self.env["recouv.notice"].search(
                [
                    ("provider_id", "=", provider.id),
                    ("state", "in", ("printed", "sent")),
                    ("provider_ref", "!=", False),
                    ("provider_state", "not in", ("failed", "unclaimed", "refused")),
                ]
            )
            provider._refresh(waiting)

    # --- the wire -------------------------------------------------------------------

    def _call(self, method, path, headers=None, json=None):
        """Return the answer as a dict. Raises ProviderError with a readable cause."""
        # the token is a manager's to set; whoever posts letters uses it unseen
        token = self.sudo().token
        try:
            response = requests.request(
                method,
                f"{self.url.rstrip('/')}/{path}",
                headers={**(headers or {}), "Authorization": f"Bearer {token or ''}"},
                json=json,
                timeout=self.timeout,
                allow_redirects=False,
            )
            response.raise_for_status()
            answer = response.json()
        except requests.Timeout as error:
            raise ProviderError(
                self.env._("%(provider)s does not answer.", provider=self.name)
            ) from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderError(
                self.env._(
                    "%(provider)s refused or could not be reached: %(error)s",
                    provider=self.name,
                    error=error,
                )
            ) from error
        if not isinstance(answer, dict) or not answer.get("id"):
            raise ProviderError(
                self.env._(
                    "The answer of %(provider)s has no letter number.",
                    provider=self.name,
                )
            )
        return answer


class ProviderError(Exception):
    """A provider did not take a letter, or did not say what became of it."""


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    provider_id = fields.Many2one(
        "recouv.postal.provider", readonly=True, index="btree_not_null"
    )
    provider_ref = fields.Char("Provider's number", readonly=True)
    provider_state = fields.Char(readonly=True)
    provider_message = fields.Char(readonly=True)

    def _record_submission(self, provider, answer):
        self._record(
            {
                "provider_id": provider.id,
                "provider_ref": str(answer["id"]),
                "provider_message": False,
                "tracking_ref": answer.get("tracking") or self.tracking_ref,
                "cost": float(answer.get("cost") or self.cost),
            }
        )
        self._record_provider_state(provider, answer)

    def _record_provider_state(self, _provider, answer):
        """Move on as the provider says; a state already recorded changes nothing."""
        state = answer.get("status")
        if state == self.provider_state or state not in KNOWN_STATES:
            return
        on = fields.Date.to_date(answer.get("date")) or fields.Date.context_today(self)
        self._record({"provider_state": state, "provider_message": False})
        if answer.get("tracking"):
            self._record({"tracking_ref": answer["tracking"]})
        if state == "failed":
            self._fail("other", str(answer.get("message") or state))
        elif state != "accepted":
            self._record_provider_event(state, on)

    def _record_provider_event(self, state, on):
        if self.state == "printed":
            sent = self.env._("posted by %(provider)s", provider=self.provider_id.name)
            self._prove(
                on=on,
                date_sent=fields.Datetime.now(),
                deadline_date=self._posted_deadline(on),
                provider_message=sent,
            )
        if state == "posted":
            return
        if self.channel != "registered_letter":
            if state == "wrong_address":
                self._return_mail()
        elif state == "presented":
            self._record_presentation(on)
        else:
            outcome = "distributed" if state == "delivered" else state
            self._record_delivery(outcome, on)


class RecouvPosting(models.Model):
    _inherit = "recouv.posting"

    def _check_really_posts(self):
        """A copy of the database or a test never reaches a real letter box."""
        company = self.company_id
        if company._recouv_is_neutralized() or company._recouv_test_mode():
            raise UserError(
                self.env._(
                    "%(company)s is in test mode or on a copy of the database: letters "
                    "are not handed to the postal provider.",
                    company=company.name,
                )
            )

    def action_submit(self):
        """Hand the pile over to the provider."""
        for posting in self:
            posting._check_really_posts()
            if not posting.provider_id.active:
                raise UserError(
                    self.env._(
                        "%(posting)s: choose an active postal provider first.",
                        posting=posting.display_name,
                    )
                )
            letters = posting.notice_ids._printed_paper()
            letters -= letters._withdraw_settled()
            posting.provider_id._submit(letters.filtered(lambda n: not n.provider_ref))
            posting._close_when_posted()
        return True

    def _close_when_posted(self):
        """The pile is posted when no letter of it waits any more."""
        if not self.notice_ids._printed_paper():
            today = fields.Date.context_today(self)
            self.write({"state": "posted", "date_posted": today})

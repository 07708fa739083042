import ipaddress
import socket
import time
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import str2bool

from ..lib import solvency

LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: system parameter: a provider inside the server's own network may be asked
INSIDE_ALLOWED = "recouv_lib_factoring.provider_inside_allowed"
#: an answer is a few words; more is no answer
MAX_BYTES = 64 * 1024
#: busy now: asking again with the same key makes no second check
RETRIED = (429, 502, 503, 504)


class NoAnswer(Exception):
    """A provider did not answer. The message says why; it is no refusal."""

    def __init__(self, message, content=b""):
        super().__init__(message)
        self.content = content


class RecouvSolvencyProvider(models.Model):
    """Who is asked whether something negative is known of a person.

    The interface is one call: :meth:`_ask` takes a check and returns what was answered
    and the raw content. A kind of provider implements ``_ask_<kind>``: ``manual`` and
    ``csv`` answer nothing by themselves, ``http`` is a plain JSON interface. Only a
    name, an address and a birth date leave, never why they are asked for.
    """

    _name = "recouv.solvency.provider"
    _description = "Provider of solvency checks"
    _order = "sequence, name, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    name = fields.Char(required=True)
    active = fields.Boolean(default=False)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("manual", "By hand"),
            ("csv", "Table of results (CSV, XLSX)"),
            ("http", "HTTP, JSON"),
        ],
        required=True,
        default="manual",
    )
    url = fields.Char("Address")
    token = fields.Char(groups="recouv_lib.group_manager")
    timeout = fields.Integer("Seconds to wait", default=10)
    retries = fields.Integer("Further attempts", default=2)

    _timeout_sane = models.Constraint(
        "CHECK(timeout BETWEEN 1 AND 120)", "A provider is waited for 1 to 120 seconds."
    )
    _retries_sane = models.Constraint(
        "CHECK(retries BETWEEN 0 AND 5)",
        "A provider is asked again five times at most.",
    )

    @api.constrains("kind", "url")
    def _check_url(self):
        for provider in self.filtered(lambda p: p.kind == "http"):
            parts = urlsplit(provider.url or "")
            secure = parts.scheme == "https" or parts.hostname in LOOPBACK
            if parts.scheme not in ("http", "https") or not secure:
                raise ValidationError(
                    self.env._(
                        "%(provider)s: people are asked about over https only; give "
                        "an address that begins with https://.",
                        provider=provider.name,
                    )
                )

    @api.model
    def _of(self, company, agency=None):
        """Return the provider that checks for a practice: its buyer's, which alone
        binds the buyer, or its own.

        Elevated, for :meth:`_ask` only: neither the address nor the token is shown.
        """
        # sudo: the buyer's provider serves its contract; the answer is the practice's
        providers = self.sudo()
        for owner in (agency, company):
            if owner and (
                found := providers.search([("company_id", "=", owner.id)], limit=1)
            ):
                return found
        return providers

    def _ask(self, check):
        """Ask about the person of one check.

        :return: (:class:`..lib.solvency.Answer`, raw content), or (None, b"") where a
            person or a table answers later
        :raise NoAnswer: time-out, refusal, or content that is no answer
        """
        self.ensure_one()
        return getattr(self, f"_ask_{self.kind}")(check)

    def _ask_manual(self, _check):
        return None, b""

    _ask_csv = _ask_manual

    def _ask_http(self, check):
        if check.provider_ref:
            number = quote(check.provider_ref, safe="")
            content = self._call("GET", f"checks/{number}", check)
        else:
            content = self._call("POST", "checks", check, json=check._told())
        today = fields.Date.context_today(check)
        try:
            return solvency.read_answer(content, today), content
        except solvency.AnswerError as error:
            raise NoAnswer(
                self.env._(
                    "%(provider)s answered something that is no result (%(why)s).",
                    provider=self.name,
                    why=error,
                ),
                content,
            ) from error

    def _call(self, method, path, check, json=None):
        """Return the content of the answer, read within the time given in all."""
        retry = Retry(
            total=self.retries,
            status_forcelist=RETRIED,
            allowed_methods=None,  # the key makes a second request harmless
            backoff_factor=0.2,
            respect_retry_after_header=False,
            redirect=0,
        )
        try:
            self._check_reachable()
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, HTTPAdapter(max_retries=retry))
                response = session.request(
                    method,
                    f"{self.url.rstrip('/')}/{path}",
                    headers={
                        # sudo: the token is a manager's to set; used unseen
                        "Authorization": f"Bearer {self.sudo().token or ''}",
                        "Idempotency-Key": check.idempotency_key,
                    },
                    json=json,
                    timeout=self.timeout,
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    response.raise_for_status()
                    return self._read(response)
        except requests.RequestException as error:
            raise NoAnswer(
                self.env._(
                    "%(provider)s does not answer (%(why)s).",
                    provider=self.name,
                    why=type(error).__name__,
                )
            ) from error

    def _check_reachable(self):
        """Refuse an address inside this server's own network, which its manager would
        read through the recorded answer (a server parameter allows it).

        :raise NoAnswer: the name leads nowhere, or inside
        """
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: this setting only
        if str2bool(parameters.get_param(INSIDE_ALLOWED, ""), default=False):
            return
        host = urlsplit(self.url).hostname or ""
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, None)}
        except OSError:
            return  # the call itself tells that nobody answers
        if not all(ipaddress.ip_address(one.split("%")[0]).is_global for one in found):
            raise NoAnswer(
                self.env._(
                    "%(provider)s: its address lies inside this server's own network; "
                    "an administrator allows that by the system parameter %(name)s.",
                    provider=self.name,
                    name=INSIDE_ALLOWED,
                )
            )

    def _read(self, response):
        """Read the body: one that drips or never ends is no answer either."""
        deadline, content = time.monotonic() + self.timeout, bytearray()
        # byte by byte: a larger piece is waited for until it is full
        for byte in response.iter_content(1):
            content += byte
            if len(content) > MAX_BYTES or time.monotonic() > deadline:
                raise requests.Timeout()
        return bytes(content)

import hmac
import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

MAX_BYTES = 4096
PER_MINUTE = 60


class RecouvSms(http.Controller):
    """The door through which an SMS provider hands over what debtors answer.

    ``POST /recouv/sms/<company id>`` with ``Authorization: Bearer <token>`` and
    ``{"number": "+33612345678", "text": "…"}``. The token is the company's own
    (Settings); a wrong one, an unknown company and a company without token all get
    the same 403. Answers: 200, 400 (unreadable), 413 (too long), 429 (too many).
    """

    @http.route(
        "/recouv/sms/<int:company_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self, company_id):
        # sudo: the provider has no user; the token is checked before anything is read
        company = request.env["res.company"].sudo().browse(company_id).exists()
        if not self._is_known(company):
            return request.make_json_response({"error": "forbidden"}, status=403)
        if (request.httprequest.content_length or 0) > MAX_BYTES:
            return request.make_json_response({"error": "too long"}, status=413)
        # sudo: as above
        inbound = request.env["recouv.inbound"].sudo().with_company(company)
        if inbound._received_lately(company, minutes=1) >= PER_MINUTE:
            return request.make_json_response({"error": "too many"}, status=429)
        try:
            number, text = self._read(request.httprequest.get_data())
            inbound._receive_sms(company, number, text)
        except (ValueError, UserError):
            return request.make_json_response({"error": "unreadable"}, status=400)
        return request.make_json_response({"status": "received"})

    def _is_known(self, company):
        """Compare tokens in constant time, also where there is none."""
        header = request.httprequest.headers.get("Authorization", "")
        given = header.removeprefix("Bearer ").strip().encode()
        token = (company.recouv_sms_token or "").encode() if company else b""
        return hmac.compare_digest(given, token or b"\0none") and bool(token)

    def _read(self, data):
        """Return (number, text); ValueError when the body is no such object."""
        body = json.loads(data[:MAX_BYTES])
        if not isinstance(body, dict):
            raise ValueError("not an object")
        number, text = body.get("number"), body.get("text")
        if not isinstance(number, str) or not isinstance(text, str):
            raise ValueError("number and text are texts")
        return number, text

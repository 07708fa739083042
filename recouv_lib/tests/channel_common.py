"""A provider of SMS and a mail server on loopback, which really speak HTTP and SMTP."""

import json
import re
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import freeze_time

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.iap.tools import iap_tools

from .common import RecouvCommon

HOST = "127.0.0.1"
# Monday 15 June 2026, 11:00 in Paris: texts may leave
WORKING_HOUR = "2026-06-15 09:00:00"
# How often a server looks whether it is to stop; by default each stop takes 0.5 s.
POLL = 0.01


def serve(server):
    """Let *server* answer in a thread of its own until its ``shutdown``."""
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()


class _SmsHandler(BaseHTTPRequestHandler):
    """Odoo's IAP protocol for SMS, version 3."""

    def do_POST(self):
        provider = self.server.provider
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if provider.breaks == "status":
            self.send_error(500)
        elif provider.breaks == "hang up":
            self.close_connection = True
        else:
            self._answer(request, provider.take(request["params"]["messages"]))

    def _answer(self, request, result):
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        """The test's log is enough."""


class SmsProvider:
    """Answers ``success``, or what ``answers`` says of a number; ``credit`` runs out.

    ``breaks``: "status" answers HTTP 500, "hang up" takes the text and says nothing.
    """

    def __init__(self):
        self.sent = []  # (number, text, uuid)
        self.answers = {}
        self.credit = None
        self.breaks = None
        self.calls = 0
        self._server = ThreadingHTTPServer((HOST, 0), _SmsHandler)
        self._server.daemon_threads = True
        self._server.provider = self
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        serve(self._server)

    def take(self, messages):
        self.calls += 1
        return [
            {"uuid": number["uuid"], "state": state}
            for message in messages
            for number in message["numbers"]
            if (state := self._one(number, message["content"])) != "forgotten"
        ]

    def _one(self, number, text):
        if self.credit == 0:
            return "insufficient_credit"
        state = self.answers.get(number["number"], "success")
        if state == "success":
            self.sent.append((number["number"], text, number["uuid"]))
            self.credit = self.credit and self.credit - 1
        return state

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class _MailHandler(socketserver.StreamRequestHandler):
    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self._say("220 practice test")
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.upper().split(" ")[0]
            if verb == "QUIT":
                self._say("221 bye")
                return
            if verb == "DATA":
                self._say("354 go on")
                self.server.sink.messages.append(self._message())
                self._say("250 taken")
            elif verb == "RCPT":
                self._say(self._recipient(command))
            else:
                self._say("250 ok")

    def _recipient(self, command):
        address = re.search(r"<(.*?)>", command).group(1)
        return self.server.sink.refused.get(address, "250 ok")

    def _message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=policy.default)


class _MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class MailSink:
    """Keeps every message; ``refused`` gives an answer by address."""

    def __init__(self):
        self.messages = []
        self.refused = {}
        self._server = _MailServer((HOST, 0), _MailHandler)
        self._server.sink = self
        self.port = self._server.server_address[1]
        serve(self._server)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def html_of(message):
    """The HTML part of a message that the sink kept."""
    return message.get_body(("html",)).get_content()


@contextmanager
def for_real():
    """Let Odoo contact the loopback servers; in a test it refuses to contact any."""
    no_test = SimpleNamespace(module=SimpleNamespace(current_test=False))
    sends = classmethod(lambda cls: False)
    with (
        patch.object(iap_tools, "modules", no_test),
        patch.object(IrMail_Server, "_disable_send", sends),
    ):
        yield


class ChannelCommon(RecouvCommon):
    """A practice whose runs are started by its secretary and really leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.write(
            {"phone": "06 12 34 56 78", "email": "camille.martin@example.com"}
        )
        cls.company.recouv_responsible_id = cls.secretary

    def setUp(self):
        super().setUp()
        self.provider = SmsProvider()
        self.addCleanup(self.provider.stop)
        self.mail_sink = MailSink()
        self.addCleanup(self.mail_sink.stop)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("sms.endpoint", self.provider.url)
        self.env["iap.account"].sudo().get("sms")
        self.env["ir.mail_server"].sudo().search([]).active = False
        self.mail_server = (
            self.env["ir.mail_server"]
            .sudo()
            .create(
                {
                    "name": "Loopback",
                    "smtp_host": HOST,
                    "smtp_port": self.mail_sink.port,
                    "smtp_encryption": "none",
                }
            )
        )

    # --- builders -------------------------------------------------------------------

    @classmethod
    def use_steps(cls, *steps):
        """Put the company under a schedule of these steps; return it."""
        policy = cls.make_policy(steps=[cls.with_texts(step) for step in steps])
        cls.company.recouv_policy_id = policy
        return policy

    @classmethod
    def with_texts(cls, step):
        return {
            "anchor": "due_date",
            "delay_days": 1,
            "deadline_days": 7,
            "sms_template_id": cls.env.ref("recouv_lib.sms_template_reminder").id,
            "mail_template_id": cls.env.ref("recouv_lib.mail_template_reminder").id,
        } | step

    def relance(self, moment=None):
        """The secretary proposes and executes a run; return its notices."""
        if moment:
            with freeze_time(moment):
                return self.relance()
        run = (
            self.env["recouv.run"]
            .with_user(self.secretary)
            .create({"company_id": self.company.id})
        )
        run.action_propose()
        with for_real():
            run.action_execute()
        self.run = run
        return run.notice_ids

    def activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "recouv.claim"), ("user_id", "=", self.secretary.id)]
        )

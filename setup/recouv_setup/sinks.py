"""A mail server and an SMS provider on loopback that keep everything and send nothing.

``MailSink`` speaks the part of SMTP that a client needs; ``SmsSink`` speaks the part
of Odoo's SMS protocol (IAP, version 3) that ``sms`` calls. Both take a free port and
write each message as a file, so that what would have left can be read. Usable alone::

    with MailSink(folder) as mail, SmsSink(folder) as sms:
        ...  # mail.port, sms.url
"""

import contextlib
import itertools
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"


class _Sink:
    """A server thread that lives as long as the ``with`` block."""

    handler = server_class = None

    def __init__(self, folder, port=0):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count(sum(1 for _ in self.folder.iterdir()) + 1)
        self._server = self.server_class((HOST, port), self.handler)
        self._server.daemon_threads = True
        self._server.sink = self
        self.port = self._server.server_address[1]

    def keep(self, suffix, content):
        """Write one message to the next file."""
        while True:
            name = f"{next(self._numbers):05d}{suffix}"
            # another command may write into the same folder
            with contextlib.suppress(FileExistsError):
                with (self.folder / name).open("xb") as file:
                    file.write(content)
                return

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()


class _MailHandler(socketserver.StreamRequestHandler):
    """One SMTP session: accept every sender and recipient, keep the message."""

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self._say("220 recouv sink")
        while line := self.rfile.readline():
            verb = line.strip().upper().split(b" ")[0]
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                self.server.sink.keep(".eml", self._message())
            self._say("250 ok")

    def _message(self):
        """The lines up to the lone dot, with SMTP's doubled dots undone."""
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(
            text[1:] if text.startswith(b"..") else text
            for text in itertools.takewhile(bool, lines)
        )


class _MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


class MailSink(_Sink):
    """SMTP on a loopback port; messages end as ``<number>.eml``."""

    handler, server_class = _MailHandler, _MailServer


class _SmsHandler(BaseHTTPRequestHandler):
    """Answers ``/api/sms/3/send``: every number is accepted, one credit each."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        answer = {"jsonrpc": "2.0", "id": request.get("id"), "result": []}
        if self.path.endswith("/send"):
            answer["result"] = self._accept(request["params"]["messages"])
        self._answer(json.dumps(answer).encode())

    def _accept(self, messages):
        """Keep each message; the provider's list of one result for each number."""
        results = []
        for message in messages:
            text = json.dumps(message, ensure_ascii=False, indent=1)
            self.server.sink.keep(".json", text.encode())
            results += [
                {"uuid": number["uuid"], "state": self.server.sink.state, "credit": 1}
                for number in message["numbers"]
            ]
        return results

    def _answer(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        """Keep the terminal for progress lines."""


class SmsSink(_Sink):
    """Odoo's SMS provider on a loopback port; messages end as ``<number>.json``.

    :param state: what to answer for every number, ``success`` or one of Odoo's
        failures such as ``insufficient_credit``
    """

    handler, server_class = _SmsHandler, ThreadingHTTPServer

    def __init__(self, folder, port=0, state="success"):
        super().__init__(folder, port)
        self.state = state

    @property
    def url(self):
        """What to write into the system parameter ``sms.endpoint``."""
        return f"http://{HOST}:{self.port}"

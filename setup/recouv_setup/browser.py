"""A headless Chromium on the demonstration, driven over its debugging protocol."""

import base64
import contextlib
import json
import os
import re
import shutil
import tempfile
import time

import requests
import websocket

from . import child, odoo, paths, say

WIDTH, HEIGHT = 1366, 768
PATIENCE = 90  # seconds for a page to show what is waited for
_FIRST_PORT = re.compile(r"ws://127\.0\.0\.1:(\d+)/")


class Browser:
    """One page of a Chromium that listens on loopback only."""

    def __init__(self, socket):
        self.socket, self.number = socket, 0
        for domain in ("Network", "Page", "Runtime"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )

    def call(self, method, **params):
        """Call *method* of the protocol and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def evaluate(self, expression):
        """Return the value of a JavaScript expression in the page."""
        result = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        return result.get("result", {}).get("value")

    def log_in(self, base, login):
        """Take a session of *login* (password = login, as in the demonstration)."""
        session = requests.Session()
        page = session.get(f"{base}/web/login", timeout=PATIENCE).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        form = {"login": login, "password": login, "csrf_token": token}
        answer = session.post(f"{base}/web/login", data=form, timeout=PATIENCE)
        if "/web/login" in answer.url:
            raise say.Problem(f"the demonstration has no login {login}")
        self.call(
            "Network.setCookie",
            name="session_id",
            value=session.cookies["session_id"],
            url=base,
        )

    def open(self, url, selector):
        """Open *url* and wait until *selector* is there and the page is quiet."""
        self.call("Page.navigate", url=url)
        self.wait(selector)

    def wait(self, selector):
        """Wait for *selector*, then until nothing is loading."""
        found = f"!!{_element(selector)}"
        for _tenth in range(PATIENCE * 10):
            if self.evaluate(found):
                break
            time.sleep(0.1)
        else:
            paths.LOG.joinpath("browser.png").write_bytes(self.picture())
            raise say.Problem(
                f"nothing on the page is {selector} (what it shows: "
                f"{paths.LOG / 'browser.png'})"
            )
        time.sleep(1.5)  # animations, avatars, charts

    def click(self, selector):
        """Click on the first element that is *selector*, once it is there.

        ``text:<selector>:<words>`` is the first one that holds these words.
        """
        self.wait(selector)
        self.evaluate(f"{_element(selector)}.click()")

    def picture(self):
        """Return the page as PNG."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        return base64.b64decode(data)


def _element(selector):
    """JavaScript that finds *selector*; see :meth:`Browser.click`."""
    if not selector.startswith("text:"):
        return f"document.querySelector({json.dumps(selector)})"
    _text, css, words = selector.split(":", 2)
    return (
        f"[...document.querySelectorAll({json.dumps(css)})]"
        f".find((each) => each.textContent.includes({json.dumps(words)}))"
    )


@contextlib.contextmanager
def started():
    """A :class:`Browser` for the time of the block."""
    profile = tempfile.mkdtemp(dir=paths.HOME)
    log = paths.LOG / "browser.log"
    with log.open("w") as handle:
        process = child.start(
            [
                shutil.which("chromium", path=odoo.environment()["PATH"]),
                "--headless=new",
                *([] if os.geteuid() else ["--no-sandbox"]),
                "--disable-gpu",
                "--hide-scrollbars",
                "--lang=fr-FR",
                f"--user-data-dir={profile}",
                "--remote-debugging-port=0",
                "about:blank",
            ],
            stdout=handle,
            stderr=handle,
        )
    try:
        yield Browser(_connect(log))
    finally:
        child.stop(process)
        shutil.rmtree(profile, ignore_errors=True)


def _connect(log):
    """Return the socket of the first page, once the browser says where it listens."""
    for _tenth in range(PATIENCE * 10):
        if found := _FIRST_PORT.search(log.read_text(errors="replace")):
            break
        time.sleep(0.1)
    else:
        raise say.Problem(f"the browser does not start: see {log}")
    pages = requests.get(f"http://127.0.0.1:{found[1]}/json", timeout=PATIENCE).json()
    page = next(page for page in pages if page["type"] == "page")
    return websocket.create_connection(
        page["webSocketDebuggerUrl"], suppress_origin=True
    )

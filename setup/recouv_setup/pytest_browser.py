"""pytest plugin: browser tests that find no browser fail, and that share one.

Odoo waits 10 s for Chromium and skips the test when it is late. Two busy cores may
need longer, and a skipped tour tells nothing.

And Odoo starts a Chromium for each tour, which loads and compiles the web client anew.
Here one is kept for all tours of the process, with the files that it has cached; each
tour has a new tab, and finds no cookie nor anything else stored by another.
"""

import os
import shutil
import signal
import tempfile
import time
from concurrent.futures import wait
from types import SimpleNamespace

import freezegun
import psutil
import pytest

from . import child, paths

# A frozen clock must not freeze what pytest measures.
freezegun.configure(extend_ignore_list=["_pytest.timing"])
PATIENCE = 60  # seconds
# what a page may leave to the next one, beside cached files
LEFT = "cookies,local_storage,indexeddb,websql,service_workers,cache_storage"

BLANK = {"url": "about:blank"}
# A page lives for seconds: what takes long to compile or moves softly is not worth it.
FLAGS = (
    "--js-flags=--expose-gc,--no-turbofan,--no-maglev",
    "--force-prefers-reduced-motion",
)

#: (touch, headless, debug) -> (process, port, folder)
_kept = {}


class KeptBrowser:
    """Mixin of Odoo's ``ChromeBrowser``."""

    def _chrome_start(self, user_data_dir, touch_enabled, headless, debug):
        key = touch_enabled, headless, debug
        shutil.rmtree(user_data_dir)
        if key not in _kept or _kept[key][0].poll() is not None:
            folder = _new_folder()
            self.user_data_dir = folder
            started = super()._chrome_start(folder, *key)
            _kept[key] = *started, folder
        self.kept = key
        chrome, port, self.user_data_dir = _kept[key]
        return chrome, port

    def _spawn_chrome(self, cmd):
        return super()._spawn_chrome([cmd[0], *cmd[1:-1], *FLAGS, cmd[-1]])

    def stop(self):
        if self._is_fit() and self._leave():
            return
        _kept.pop(getattr(self, "kept", None), None)
        super().stop()

    def _is_fit(self):
        """Whether its tour came to its end, and well."""
        told = self._result if hasattr(self, "_result") else None
        if not (hasattr(self, "ws") and told and told.done()) or self.had_failure:
            return False
        return not told.cancelled() and not told.exception()

    def _leave(self):
        """Leave an empty tab to the next tour; say whether that could be done."""
        try:
            self._websocket_request("Page.stopLoading")
            wait(self._responses.values(), 10)
            # nothing runs any more that could store what is being cleared
            self._websocket_request("Page.navigate", params=BLANK)
            origin = self.test_case.base_url()
            clear = {"origin": origin, "storageTypes": LEFT}
            self._websocket_request("Network.clearBrowserCookies")
            self._websocket_request("Storage.clearDataForOrigin", params=clear)
            self._close_tabs()
        except Exception:
            return False
        self.ws.close()
        if self.sigxcpu_handler:
            signal.signal(signal.SIGXCPU, self.sigxcpu_handler)
        return True

    def _close_tabs(self):
        """Open a new tab, then close all others, our own at last."""
        found = self._websocket_request("Target.getTargets")["targetInfos"]
        own = self._websocket_request("Target.getTargetInfo")["targetInfo"]
        self._websocket_request("Target.createTarget", params=BLANK)
        pages = {page["targetId"] for page in found if page["type"] == "page"}
        for page in sorted(pages, key=own["targetId"].__eq__):
            self._websocket_send("Target.closeTarget", params={"targetId": page})
        for _hundredth in range(500):
            if not pages & {tab["id"] for tab in self._json_command("")}:
                break
            time.sleep(0.01)


class Process(psutil.Process):
    """Of what a class of tests leaves running, Odoo stops all that it finds."""

    def children(self, recursive=False):
        kept = {chrome.pid for chrome, _port, _folder in _kept.values()}
        found = super().children(recursive)
        return [child for child in found if child.pid not in kept]


def _keep_one_browser(common):
    def preexec():
        limits()
        child.die_with_parent()

    limits, common._preexec = common._preexec, preexec
    common.ChromeBrowser = type("Browser", (KeptBrowser, common.ChromeBrowser), {})
    common.psutil = SimpleNamespace(Process=Process, wait_procs=psutil.wait_procs)


def _new_folder():
    """Make a folder for a browser of this process; drop those of ended ones."""
    home = paths.HOME / "browser"
    home.mkdir(exist_ok=True)
    for old in home.iterdir():
        if not psutil.pid_exists(int(old.name.partition("_")[0])):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{os.getpid()}_", dir=home)


def pytest_collection_modifyitems():
    from odoo.tests import common

    common.CHECK_BROWSER_ITERATIONS = int(PATIENCE / common.CHECK_BROWSER_SLEEP)
    common.BROWSER_WAIT = PATIENCE
    _keep_one_browser(common)


def pytest_unconfigure():
    for chrome, _port, folder in _kept.values():
        child.stop(chrome)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and "chrome" in str(report.longrepr).lower():
        report.outcome = "failed"
        report.longrepr = f"no browser: {report.longrepr[2]}"

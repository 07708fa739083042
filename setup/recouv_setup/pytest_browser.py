"""pytest plugin: browser tests that find no browser fail, and that share one.

Odoo waits 10 s for Chromium and skips the test when it is late. Two busy cores may
need longer, and a skipped tour tells nothing.

And Odoo starts a Chromium for each tour, which loads and compiles the web client anew.
Here one is kept for all tours of the process, with the files that it has cached; each
tour has a new tab, and finds no cookie nor anything else stored by another.
"""

import contextlib
import shutil
from types import SimpleNamespace

import freezegun
import psutil
import pytest

# A frozen clock must not freeze what pytest measures.
freezegun.configure(extend_ignore_list=["_pytest.timing"])
PATIENCE = 60  # seconds
# what a page may leave to the next one, beside cached files
LEFT = "cookies,local_storage,indexeddb,websql,service_workers,cache_storage"

# A page lives for seconds: what takes long to compile or moves softly is not worth it.
FLAGS = (
    "--js-flags=--expose-gc,--no-turbofan,--no-maglev",
    "--force-prefers-reduced-motion",
)

_kept = {}


def _keep_one_browser(common):
    class KeptBrowser(common.ChromeBrowser):
        def _chrome_start(self, user_data_dir, touch_enabled, headless, debug):
            key = touch_enabled, headless, debug
            if key in _kept and _kept[key][0].poll() is None:
                shutil.rmtree(user_data_dir)
            else:
                started = super()._chrome_start(
                    user_data_dir, touch_enabled, headless, debug
                )
                _kept[key] = *started, user_data_dir
            self.kept = key
            chrome, port, self.user_data_dir = _kept[key]
            return chrome, port

        def stop(self):
            if self._is_fit() and self._leave():
                return
            _kept.pop(self.kept, None)
            super().stop()

        def _spawn_chrome(self, cmd):
            return super()._spawn_chrome([cmd[0], *cmd[1:-1], *FLAGS, cmd[-1]])

        def _is_fit(self):
            return hasattr(self, "ws") and not self.had_failure

        def _leave(self):
            """Leave an empty tab to the next tour; say whether that could be done."""
            try:
                self._websocket_request("Page.stopLoading")
                common.wait(self._responses.values(), 10)
                self._result.cancel()
                origin = self.test_case.base_url()
                clear = {"origin": origin, "storageTypes": LEFT}
                self._websocket_request("Network.clearBrowserCookies")
                self._websocket_request("Storage.clearDataForOrigin", params=clear)
                blank = {"url": "about:blank"}
                self._websocket_request("Target.createTarget", params=blank)
                self._websocket_send("Page.close")
            except Exception:
                return False
            self.ws.close()
            self._receiver.join(5)
            if self.sigxcpu_handler:
                common.signal.signal(common.signal.SIGXCPU, self.sigxcpu_handler)
            return True

    class Process(psutil.Process):
        """Of what a class of tests leaves running, Odoo stops all that it finds."""

        def children(self, recursive=False):
            kept = {chrome.pid for chrome, _port, _folder in _kept.values()}
            found = super().children(recursive)
            return [child for child in found if child.pid not in kept]

    common.ChromeBrowser = KeptBrowser
    common.psutil = SimpleNamespace(Process=Process, wait_procs=psutil.wait_procs)


def pytest_collection_modifyitems():
    from odoo.tests import common

    common.CHECK_BROWSER_ITERATIONS = int(PATIENCE / common.CHECK_BROWSER_SLEEP)
    common.BROWSER_WAIT = PATIENCE
    _keep_one_browser(common)


def pytest_unconfigure():
    for chrome, _port, folder in _kept.values():
        chrome.terminate()
        with contextlib.suppress(Exception):
            chrome.wait(5)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and "chrome" in str(report.longrepr).lower():
        report.outcome = "failed"
        report.longrepr = f"no browser: {report.longrepr[2]}"

"""pytest plugin: a browser test that finds no browser fails instead of being skipped.

Odoo waits 10 s for Chromium and skips the test when it is late. Two busy cores may
need longer, and a skipped tour tells nothing.
"""

import freezegun
import pytest

# A frozen clock must not freeze what pytest measures.
freezegun.configure(extend_ignore_list=["_pytest.timing"])
PATIENCE = 60  # seconds


def pytest_collection_modifyitems():
    from odoo.tests import common

    common.CHECK_BROWSER_ITERATIONS = int(PATIENCE / common.CHECK_BROWSER_SLEEP)
    common.BROWSER_WAIT = PATIENCE


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.skipped and "chrome" in str(report.longrepr).lower():
        report.outcome = "failed"
        report.longrepr = f"no browser: {report.longrepr[2]}"

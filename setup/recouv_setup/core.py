"""``setup/test --core``: Odoo's own tests of ``account`` with our add-ons installed."""

import re
import socket
import time

from . import child, databases, odoo, paths, postgres, say

# These fail in Debian's build of Odoo 19.0.0 without our add-ons, too.
KNOWN_FAILURES = frozenset(
    {
        "TestAccountIncomingSupplierInvoice."
        "test_supplier_invoice_forwarded_by_internal_user_without_supplier",
        "TestAccountIncomingSupplierInvoice."
        "test_supplier_invoice_forwarded_by_internal_with_internal_in_body",
        "TestAccountIncomingSupplierInvoice."
        "test_supplier_invoice_forwarded_by_internal_with_supplier_in_body",
        "TestAccountIncomingSupplierInvoice.test_supplier_invoice_mailed_from_supplier",
        "TestAccountMoveOutInvoiceOnchanges."
        "test_narration_preserved_when_use_invoice_terms_disabled",
        "TestAccountMoveOutInvoiceOnchanges."
        "test_narration_translation_on_partner_language_change",
        "TestAccountMoveOutInvoiceOnchanges.test_post_valid_invoices_when_auto_post",
        "TestPortalAttachment.test_01_portal_attachment",
    }
)
# a class whose set-up fails is named after its modules: its tests are counted nowhere
_FAILED = re.compile(
    r" (?:ERROR|FAIL): (?:Subtest )?((?:setUpClass \([\w.]+\))|\w+\.\w+)"
)
_COUNT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def run(names):
    """Run them on a database of their own; 1 when one fails that should not.

    :param names: classes or ``Class.test`` to run, all without any
    """
    addons = paths.addons()
    log = paths.LOG / "core.log"
    began = time.monotonic()
    with postgres.server(), databases.copy_with(addons) as name:
        say.line(f"Odoo's account tests with {', '.join(addons)}; log: {log}")
        conf = odoo.config("core", http_port=_free_port())
        command = odoo.command(
            "server",
            "-d",
            name,
            f"--test-tags={_tags(names)}",
            "--stop-after-init",
            conf=conf,
        )
        with log.open("w") as handle:
            child.run(
                command,
                env=odoo.environment(),
                cwd=paths.HOME,
                stdout=handle,
                stderr=handle,
            )
    return _judge(log.read_text(errors="replace"), time.monotonic() - began)


def _tags(names):
    return ",".join(f"/account:{name}" for name in names) or "/account"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _judge(text, seconds):
    """Print what failed and the closing line; return the exit code."""
    found = set(_FAILED.findall(text))
    new, known = sorted(found - KNOWN_FAILURES), sorted(found & KNOWN_FAILURES)
    for name in known:
        print(f"known to fail in this build of Odoo: {name}")
    for name in new:
        print(f"FAILED {name}")
    counted = _COUNT.findall(text)
    total = int(counted[-1][2]) if counted else 0
    if not total:
        raise say.Problem("Odoo's account tests did not run to their end.")
    passed = total - len(found)
    print(
        f"{len(new)} failed, {passed} passed, {len(known)} xfailed in {seconds:.0f} s"
    )
    return 1 if new else 0

"""``setup/bench``: what the speed of the product is, measured and not remembered.

``propose``  the propose stage, OCA's account_credit_control and a bare SQL insert of
             the same rows, side by side on the same invoices
``letters``  letters with QR code, marks and splitting
``import``   files of patients, invoices and payments, and Odoo's own ways next to it
``placement``  claims handed over to the agency and accepted
``agency_list``  the first page of an agency's claims among ten times as many, beside
             Odoo's own list of invoices
``money``    payments received by an agency, settled in both companies' books and
             remitted, beside Odoo's own register of payments in one company
``assign``   invoices offered, decided and sold, both companies' entries posted and
             reconciled, beside the same register
``noemie``   NOEMIE files read without Odoo, speed and memory at two sizes (lines: MB)

``returns``  a payer's return file read, matched, booked and reconciled, beside Odoo's
             own entries of fifty
``cockpit``  what to do first about payers, among a million of their shares

A table that has its place in the README (``<!-- bench propose 20000 -->``) is kept up
to date there.
"""

import json
import re
import subprocess
import sys

from . import bench_noemie, databases, odoo, paths, postgres, python_env, say

BENCHES = (
    "propose",
    "letters",
    "import",
    "placement",
    "agency_list",
    "money",
    "assign",
    "noemie",
    "returns",
    "cockpit",
)
DEFAULT_LINES = {
    "propose": 20000,
    "letters": 1000,
    "import": 1000,
    "placement": 10000,
    "agency_list": 20000,
    "money": 1000,
    "assign": 1000,
    "noemie": 200,
    "returns": 10000,
    "cockpit": 1000000,
}
# what is measured on more than recouv_lib alone
TIERS_PAYANT = ["recouv_lib", "recouv_lib_tiers_payant"]
FACTORING = ["recouv_lib", "recouv_lib_factoring"]
ADDONS = {"assign": FACTORING, "cockpit": TIERS_PAYANT, "returns": TIERS_PAYANT}
# beyond this the peer takes longer than anyone would wait; it is then left out
PEER_LIMIT = 20000
PEER = "odoo-addon-account_credit_control==19.0.1.0.0.13"
PEER_MODULE = "account_credit_control"
PEER_FOLDER = paths.HOME / "peer"


def run(arguments):
    """setup/bench [NAME ...] [--lines N] [--no-peer] [--json]; names as above"""
    names = [text for text in arguments if text in BENCHES] or list(BENCHES)
    results = {name: _bench(name, arguments) for name in names}
    if "--json" in arguments:
        print(json.dumps(results))
        return 0
    for name in names:
        table = _table(results[name])
        print(f"\n{table}")
        _keep(f"{name} {_lines(name, arguments)}", table)
    return 0


def _keep(what, table):
    """Put a table into the README, where it has a place for this very bench."""
    readme = paths.ROOT / "README.md"
    place = re.compile(rf"(<!-- bench {re.escape(what)} -->\n).*?(<!-- end -->)", re.S)
    text = readme.read_text()
    kept = place.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)
    if kept != text:
        readme.write_text(kept)
        say.line(f"README.md: the table of “{what}” is this one now")


def _lines(name, arguments):
    if "--lines" not in arguments:
        return DEFAULT_LINES[name]
    try:
        return int(arguments[arguments.index("--lines") + 1])
    except (IndexError, ValueError):
        raise say.Problem("--lines wants a number.") from None


def _bench(name, arguments):
    """Measure on a scratch database of its own; return rows as a list of dicts."""
    lines = _lines(name, arguments)
    if name == "noemie":
        with say.long_part(f"reading NOEMIE files up to {lines} MB"):
            return bench_noemie.bench(lines)
    peer = name == "propose" and lines <= PEER_LIMIT and "--no-peer" not in arguments
    options = {}
    if peer:
        _fetch_peer()
        folders = [*odoo.addons_path(), str(PEER_FOLDER / "odoo" / "addons")]
        options = {"addons_path": ",".join(folders)}
    with (
        postgres.server(),
        databases.copy_with(ADDONS.get(name, ["recouv_lib"])) as database,
    ):
        conf = odoo.config("bench", **options)
        if peer:
            _install_peer(conf, database)
        with say.long_part(f"measuring {name} on {lines} lines"):
            return _inside(conf, database, name, str(lines), "peer" * peer)


def _fetch_peer():
    if (PEER_FOLDER / "odoo" / "addons" / PEER_MODULE).is_dir():
        return
    with say.long_part(f"{PEER} from PyPI"):
        python_env.install("--no-deps", "--target", str(PEER_FOLDER), PEER)


def _install_peer(conf, database):
    log = paths.LOG / "bench-peer.log"
    command = odoo.command(
        "server",
        "-d",
        database,
        "-i",
        PEER_MODULE,
        "--stop-after-init",
        "--no-http",
        conf=conf,
    )
    with say.long_part("the peer's add-on on the same database"), log.open("w") as out:
        subprocess.run(
            command, env=odoo.environment(), stdout=out, stderr=out, check=True
        )


def _inside(conf, database, *words):
    log = paths.LOG / "bench.log"
    with log.open("w") as err:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "recouv_setup.bench_inside",
                str(conf),
                database,
                *words,
            ],
            env={**odoo.environment(), "PYTHONPATH": str(paths.ROOT / "setup")},
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            check=False,
        )
    if done.returncode:
        raise say.Problem(f"the bench failed, see {log}")
    return json.loads(done.stdout.splitlines()[-1])


def _table(rows):
    """Lay rows out; the first row's keys are the headers."""
    headers = list(rows[0])
    cells = [headers] + [[_cell(row[key]) for key in headers] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(headers))]
    lines = [
        "| "
        + " | ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        + " |"
        for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cell(value):
    return f"{value:,.2f}" if isinstance(value, float) else str(value)

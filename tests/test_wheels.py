"""The add-on as a wheel in somebody's Odoo: it comes, is upgraded, goes, and the
books are as they were."""

import subprocess
import sys

import pytest
from recouv_setup import databases, odoo, paths, postgres, python_env, wheels

INVOICES = """
from odoo import Command, fields
company = env["res.company"].create(
    {"name": "Practice", "country_id": env.ref("base.fr").id}
)
env["account.chart.template"].try_loading("fr", company)
env.user.company_ids += company
env = env(context={**env.context, "allowed_company_ids": company.ids})
income = env["account.account"].search(
    [("account_type", "=", "income"), ("company_ids", "in", company.ids)], limit=1
)

def post(move_type, amount):
    move = env["account.move"].create({
        "move_type": move_type,
        "partner_id": env["res.partner"].create({"name": "Patient"}).id,
        "invoice_date": "2026-01-15",
        "invoice_date_due": "2026-02-15",
        "invoice_line_ids": [Command.create({
            "name": "Service", "quantity": 1, "price_unit": amount,
            "account_id": income.id, "tax_ids": False,
        })],
    })
    move.action_post()
    return move

paid, partly, refunded, open_one = (post("out_invoice", n) for n in (10, 20, 30, 40))
for move, amount in ((paid, 10), (partly, 5)):
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=move.ids
    ).create({"amount": amount})._create_payments()
credit = post("out_refund", 30)
env.cr.commit()
"""
# As Apps does it, in one process: Odoo takes seconds to start.
INSTALL = """
env["ir.module.module"].update_list()
ours = env["ir.module.module"].search([("name", "=", "recouv_lib")])
ours.button_immediate_install()
"""
PROPOSE = """
from odoo import Command
company = env["res.company"].search([("name", "=", "Practice")])
policy = env["recouv.policy"].create({
    "name": "Schedule", "company_id": company.id,
    "step_ids": [Command.create({
        "name": "Letter", "channel": "letter", "delay_days": 10,
        "anchor": "due_date", "deadline_days": 8,
    })],
})
company.write({
    "recouv_live_on": "2020-01-01", "recouv_policy_id": policy.id,
    "recouv_journal_ids": [Command.set(env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", company.id)]).ids)],
})
env["recouv.run"].with_company(company).create(
    {"company_id": company.id, "date": "2026-06-15"}
).action_propose()
env.cr.commit()
"""
UPGRADE = """
assert env["recouv.claim"].search([])
ours.button_immediate_upgrade()
"""
TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "account_full_reconcile",
)
# What writing a record always touches.
_IGNORED = ("write_date", "write_uid")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Python of another environment that has Odoo, and then our wheel, from pip."""
    folder = tmp_path_factory.mktemp("host")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True
    )
    python = folder / "env" / "bin" / "python"
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    (site / "host.pth").write_text(f"{python_env.site_packages()}\n{odoo.root()}\n")
    wheel = wheels.build(paths.ROOT / "recouv_lib", folder)
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel],
        check=True,
    )
    assert (site / "odoo/addons/recouv_lib/__manifest__.py").exists()
    return python


@pytest.fixture(scope="module")
def in_odoo(host, tmp_path_factory):
    """A function that runs an Odoo command of that environment on one database."""
    ours = str(paths.ROOT)
    (site,) = host.parent.parent.glob("lib/python*/site-packages/odoo/addons")
    folders = [name for name in odoo.addons_path() if name != ours] + [str(site)]
    conf = odoo.config("wheel", addons_path=",".join(folders))
    log = tmp_path_factory.mktemp("log") / "odoo.log"

    def call(*arguments, script=""):
        with log.open("a") as handle:
            done = subprocess.run(
                [host, "-m", "odoo", *arguments],
                env={**odoo.environment(), "ODOO_RC": str(conf)},
                input=script,
                text=True,
                stdout=handle,
                stderr=handle,
                check=False,
            )
        assert not done.returncode, log.read_text()[-3000:]
        assert " ERROR " not in log.read_text(), log.read_text()[-3000:]

    return call


def _columns(database):
    """The columns that these tables have before our add-on comes."""
    rows = postgres.query(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_name = ANY(%s) AND NOT column_name = ANY(%s)",
        (list(TABLES), list(_IGNORED)),
        database,
    )
    return {table: sorted(c for t, c in rows if t == table) for table in TABLES}


def _books(database, columns):
    """One checksum for each row of the books, by table and id."""
    found = {}
    for table, names in columns.items():
        listed = ", ".join(f'"{name}"' for name in names)
        rows = postgres.query(
            f"SELECT id, md5(ROW({listed})::text) FROM {table}", database=database
        )
        found.update({(table, number): checksum for number, checksum in rows})
    return found


def _installed(database):
    return postgres.query(
        "SELECT state FROM ir_module_module WHERE name = 'recouv_lib'",
        database=database,
    )[0][0]


def _left_behind(database):
    return postgres.query(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'recouv%%'",
        database=database,
    )


def test_the_books_survive_install_upgrade_and_uninstall(in_odoo):
    with databases.temporary(databases.base()) as database:
        shell = ("shell", "-d", database, "--no-http")
        in_odoo(*shell, script=INVOICES)
        columns = _columns(database)
        before = _books(database, columns)
        assert len([key for key in before if key[0] == "account_move"]) >= 7

        in_odoo(*shell, script=INSTALL + PROPOSE + UPGRADE)
        assert _installed(database) == "installed"
        assert postgres.query("SELECT 1 FROM recouv_claim", database=database)
        known = _books(database, columns)
        assert {key: known.get(key) for key in before} == before

        in_odoo("module", "uninstall", "-d", database, "recouv_lib")
        assert _installed(database) == "uninstalled"
        known = _books(database, columns)
        assert {key: known.get(key) for key in before} == before
        assert not _left_behind(database)

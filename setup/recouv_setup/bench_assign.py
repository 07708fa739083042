"""The ``assign`` bench: receivables offered, decided, sold by a printed deed, paid.

The yardstick is Odoo's own ``account.payment.register`` in one company, on invoices of
the same database, in the same run.
"""

from datetime import date

from . import memory
from .bench_money import SAMPLE, _agency, _balance, _core, _row

TODAY = date.today()
#: receivables of one schedule: the longest that a deed may be; committed one by one
SCHEDULE = 1000


def assign(env, lines, _peer=False):
    """Rows of the assign bench: Odoo's register, ours by part, ours in all."""
    from . import bench_inside as inside

    env, practice = inside.seed(env, lines + SAMPLE)
    _balance(env, inside, lines + SAMPLE)
    items = env["account.move.line"].search(
        [
            ("company_id", "=", practice.id),
            ("account_id.account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
        ],
        order="id",
    )
    watch = memory.Watch()
    core = _core(env, inside, items[-SAMPLE:].move_id)
    core["memory MB"] = watch.grown()
    agency = _agency(env)
    contract = _contract(env, practice, agency)
    ours = _ours(env, inside, contract, items[:lines].ids)
    _check(env, contract, lines)
    whole = sum(row["seconds"] for row in ours)
    queries = sum(row["queries"] for row in ours)
    in_all = _row("ours, in all", lines, whole, queries)
    in_all["memory MB"] = max(row["memory MB"] for row in ours)
    rows = [core, *ours, in_all]
    for row in rows:
        row["Odoo's register = 1"] = row["ms each"] / core["ms each"]
    return rows


def _contract(env, practice, agency):
    """A contract in force, by which a check is not asked of anybody."""
    mandate = env["recouv.mandate"].create(
        {
            "company_id": practice.id,
            "agency_id": agency.id,
            "valid_from": TODAY,
            "fee_line_ids": [(0, 0, {"rate": 20})],
        }
    )
    mandate.write({"state": "signed", "signed_on": TODAY})
    contract = env["recouv.factoring.contract"].create(
        {
            "company_id": practice.id,
            "agency_id": agency.id,
            "mandate_id": mandate.id,
            "valid_from": TODAY,
            "commission_rate": 5.0,
            "holdback_rate": 10.0,
            "needs_check": False,
        }
    )
    contract.write({"state": "signed"})
    env.cr.commit()
    return contract


def _ours(env, inside, contract, item_ids):
    """Offer, decide, sell: schedule by schedule, as people do."""
    sales = []

    def offer():
        for start in range(0, len(item_ids), SCHEDULE):
            part = env["account.move.line"].browse(item_ids[start : start + SCHEDULE])
            draft = env["recouv.assignment"]._offer(part)
            sales.extend(draft._submit().ids)
            env.cr.commit()
            env.invalidate_all()

    def decide():
        for sale in env["recouv.assignment"].browse(sales):
            sale.line_ids.purchase_id.action_accept()
            env.cr.commit()
            env.invalidate_all()

    def sell():
        for sale in env["recouv.assignment"].browse(sales):
            if not sale._sign("Dr Bench"):
                raise SystemExit(f"{sale.name} changed before it was signed")
            env.cr.commit()
            env.invalidate_all()

    def pay():
        env["recouv.assignment"].browse(sales)._pay_price()
        env.cr.commit()

    rows = []
    for what, work in (
        ("offered", offer),
        ("decided", decide),
        ("signed, sold, settled in both books", sell),
        ("price paid in both books", pay),
    ):
        watch = memory.Watch()
        seconds, queries, _result = inside.measured(env, work)
        row = _row(what, len(item_ids), seconds, queries)
        row["memory MB"] = watch.grown()
        rows.append(row)
    return rows


def _check(env, contract, lines):
    """Nothing is measured that was not done."""
    sold = env["recouv.assignment.line"].search_count([("state", "=", "transferred")])
    bought = env["recouv.claim"].search_count(
        [("company_id", "=", contract.agency_id.id), ("capacity", "=", "assignee")]
    )
    unpaid = env["recouv.assignment"].search_count([("state", "!=", "paid")])
    account = contract.company_id.recouv_assignment_account_id
    left = env["account.move.line"].search_count(
        [("account_id", "=", account.id), ("reconciled", "=", False)]
    )
    if sold != lines or bought != lines or unpaid or left:
        raise SystemExit(
            f"{sold} of {lines} sold, {bought} claims, {unpaid} unpaid, {left} open"
        )

"""``setup/bench import`` inside Odoo: files of patients, invoices and payments.

Ours reads and imports whole files, each row with its number kept, its errors told and
its batch committed. Next to it, on rows of the same kind: Odoo's own ``load()`` of a
file with one posting at the end, and its own create, post and register payment, one by
one (on a part: it is slow, and linear).
"""

import base64
import time
from collections import deque
from datetime import timedelta
from types import SimpleNamespace

from . import memory
from .bench_inside import TODAY, _practice

ONE_BY_ONE = 100
FORMAT = "%d/%m/%Y"


def bench(env, lines, _peer=False):
    """Rows of the import bench, each with its time next to ours of the same kind."""
    env, company = _ground(env)
    rows = [_ours(env, kind, lines) for kind in ("patients", "invoices", "payments")]
    invoices, payments = rows[1], rows[2]
    some = min(lines, ONE_BY_ONE)
    theirs = [
        _loaded(env, lines),
        _one_by_one(env, some),
        _registered(env, company, some),
    ]
    for row, ours in zip(
        [*rows, *theirs], [*rows, invoices, invoices, payments], strict=True
    ):
        row["ms each"] = row["seconds"] / row["rows"] * 1e3
        row["ours = 1"] = row["ms each"] / (ours["seconds"] / ours["rows"] * 1e3)
    return [*rows[:2], *theirs[:2], rows[2], theirs[2]]


def _ground(env):
    """A practice with its chart, as its manager sees it; nobody else at work."""
    company = _practice(env)
    env = env(context={"allowed_company_ids": company.ids, "lang": "fr_FR"})
    env.cr.commit()
    return env, company.with_env(env)


# --- files --------------------------------------------------------------------------


def _day(number):
    return TODAY - timedelta(days=30 + number % 300)


def patients(count):
    yield ("N° patient", "Nom", "Prénom", "Adresse", "CP", "Ville", "E-mail")
    for n in range(count):
        yield (
            f"P{n}", f"Nom{n}", f"Prénom{n}", f"{n} rue du Lac", "35000", "Rennes",
            f"p{n}@example.com",
        )  # fmt: skip


def invoices(count):
    yield ("N° facture", "N° patient", "Date facture", "Montant")
    for n in range(count):
        amount = f"{20 + n % 180},{n % 100:02}"
        yield (f"F{n}", f"P{n // 2}", _day(n).strftime(FORMAT), amount)


def payments(count):
    """Two in three pay all, the third a part."""
    yield ("N° règlement", "N° facture", "Date règlement", "Montant", "Mode")
    for n in range(count):
        amount = f"{20 + n % 180},{n % 100:02}" if n % 3 else "10,00"
        day = (_day(n) + timedelta(days=9)).strftime(FORMAT)
        yield (f"R{n}", f"F{n}", day, amount, "CB")


FILES = {"patients": patients, "invoices": invoices, "payments": payments}


def _csv(kind, lines):
    count = (lines + 1) // 2 if kind == "patients" else lines
    return "\n".join(";".join(row) for row in FILES[kind](count)).encode()


# --- ours ---------------------------------------------------------------------------


def _ours(env, kind, lines):
    """Read the file of a kind, then import it; each stage has a memory of its own."""
    job = env["recouv.import"].create(
        {"name": f"{kind}.csv", "file": base64.b64encode(_csv(kind, lines))}
    )
    env.cr.commit()
    read = _measure(env, "", job.action_read)
    env.cr.commit()
    row = _measure(env, f"Recouv-Lib: {kind}", lambda: _imported(env, job))
    if job.state != "done" or job.count_error or job.count_created != job.row_total:
        told = job.failure_message or job.error_ids[:1].message
        raise SystemExit(f"{kind}: {job.count_created} of {job.row_total}: {told}")
    for name in ("seconds", "CPU seconds", "queries"):
        row[name] += read[name]
    for name in ("memory MB", "peak MB"):
        row[name] = max(row[name], read[name])
    return {**row, "rows": job.row_total}


def _imported(env, job):
    job.action_start()
    deque(job._run_batches(), maxlen=0)


def _measure(env, what, work):
    """A row of the table: what ``work()`` took.

    "memory MB" is how far it rose above what was held before, "peak MB" the highest
    point of the process meanwhile, whatever came before.
    """
    watch = memory.Watch()
    at = SimpleNamespace(
        wall=time.perf_counter(), cpu=time.process_time(), queries=env.cr.sql_log_count
    )
    work()
    env.flush_all()
    return {
        "what": what,
        "rows": 0,
        "seconds": time.perf_counter() - at.wall,
        "CPU seconds": time.process_time() - at.cpu,
        "queries": env.cr.sql_log_count - at.queries,
        "memory MB": watch.grown(),
        "peak MB": memory.peak(),
    }


# --- Odoo's own ---------------------------------------------------------------------


def _vals(env, number):
    patient = env["res.partner"].search([("ref", "=", f"P{number // 2}")], limit=1)
    return {
        "move_type": "out_invoice",
        "partner_id": patient.id,
        "invoice_date": _day(number),
        "invoice_date_due": _day(number) + timedelta(days=30),
        "invoice_payment_term_id": False,
        "invoice_line_ids": [
            (0, 0, {"name": "Fees", "price_unit": 80, "tax_ids": [(5,)]})
        ],
    }


def _one_by_one(env, count):
    def work():
        for number in range(count):
            env["account.move"].create(_vals(env, number)).action_post()
            env.cr.commit()

    return {**_measure(env, "Odoo: create and post one by one", work), "rows": count}


def _loaded(env, count):
    """Odoo's import dialog does this: ``load()`` of texts; then all posted."""
    names = ["ref", "move_type", "partner_id/.id", "invoice_date", "invoice_date_due"]
    names += ["invoice_line_ids/name", "invoice_line_ids/price_unit"]
    found = env["res.partner"].search_fetch([("ref", "=like", "P%")], ["ref"])
    ids = {partner.ref: str(partner.id) for partner in found}
    rows = [
        [f"L{n}", "out_invoice", ids[f"P{n // 2}"], str(_day(n)),
         str(_day(n) + timedelta(days=30)), "Fees", "80"]
        for n in range(count)
    ]  # fmt: skip

    def work():
        context = {"default_move_type": "out_invoice", "tracking_disable": True}
        Move = env["account.move"].with_context(**context)
        made = Move.load(names, rows)
        if not made["ids"]:
            raise SystemExit(made["messages"][:2])
        Move.browse(made["ids"]).action_post()
        env.cr.commit()

    return {**_measure(env, "Odoo: load() and post", work), "rows": count}


def _registered(env, company, count):
    due = env["account.move"].search(
        [("ref", "=like", "L%"), ("company_id", "=", company.id)], limit=count
    )

    def work():
        for move in due:
            env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({"payment_date": TODAY})._create_payments()
            env.cr.commit()

    return {**_measure(env, "Odoo: register payment one by one", work), "rows": count}

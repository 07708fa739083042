"""What ``setup/bench`` does inside Odoo: ``CONF DATABASE NAME LINES [peer]``.

Invoices are seeded in SQL by copying one real posted invoice; N lines belong to N/2
debtors. Times are wall clock in one process; ratios, not seconds, are the result.
"""

import json
import sys
import time
from datetime import date, timedelta

from . import memory
from .bench_assign import assign
from .bench_money import money
from .bench_returns import returns
from .inside import _open

TODAY = date.today()
DUE = TODAY - timedelta(days=60)


# --- the ground ---------------------------------------------------------------------


def seed(env, lines):
    """A live practice with *lines* overdue invoices of *lines*/2 debtors."""
    company = _practice(env)
    env = env(context={"allowed_company_ids": company.ids})
    model = _real_invoice(env, company)
    env.cr.commit()
    _clone(env, model, lines)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    return env, company


def _practice(env):
    company = env["res.company"].create(
        {
            "name": "Cabinet Mesure",
            "street": "1 rue du Port",
            "zip": "35000",
            "city": "Rennes",
            "phone": "+33 2 99 00 00 00",
            "email": "cabinet@example.com",
            "country_id": env.ref("base.fr").id,
            "recouv_professional_number": "10003456789",
        }
    )
    env["account.chart.template"].try_loading("fr", company, install_demo=False)
    journals = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "sale")]
    )
    steps = [
        {
            "name": "First letter",
            "sequence": 1,
            "channel": "letter",
            "delay_days": 10,
            "deadline_days": 10,
        },
        {
            "name": "Second",
            "sequence": 2,
            "channel": "letter",
            "delay_days": 10,
            "anchor": "previous_step",
        },
    ]
    policy = env["recouv.policy"].create(
        {
            "name": "Bench",
            "company_id": company.id,
            "step_ids": [(0, 0, step) for step in steps],
        }
    )
    company.write(
        {
            "recouv_live_on": date(2020, 1, 1),
            "recouv_policy_id": policy.id,
            "recouv_journal_ids": [(6, 0, journals.ids)],
            "recouv_only_dunning": True,
        }
    )
    return company


def _real_invoice(env, company):
    partner = env["res.partner"].create(
        {
            "name": "Debtor",
            "street": "2 rue du Lac",
            "zip": "35000",
            "city": "Rennes",
            "company_id": company.id,
            "lang": "fr_FR",
        }
    )
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": DUE,
            "invoice_date_due": DUE,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                (0, 0, {"name": "Fees", "price_unit": 80, "tax_ids": False})
            ],
        }
    )
    move.action_post()
    move.is_move_sent = True
    return move


def _clone(env, move, lines):
    """Copy the debtor, the invoice and its receivable item in SQL."""
    _skip_checks(env)
    item = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
    base = {}
    for table in ("res_partner", "account_move", "account_move_line"):
        env.cr.execute(f"SELECT MAX(id) FROM {table}")  # constant names
        base[table] = env.cr.fetchone()[0]
    partner = f"{base['res_partner']} + 1 + (n - 1) / 2"
    _copy(
        env,
        "res_partner",
        move.partner_id.id,
        (lines + 1) // 2,
        {
            "id": f"{base['res_partner']} + n",
            "commercial_partner_id": f"{base['res_partner']} + n",
            "name": "'Debtor ' || n",
            "complete_name": "'Debtor ' || n",
        },
    )
    _copy(
        env,
        "account_move",
        move.id,
        lines,
        {
            "id": f"{base['account_move']} + n",
            "name": "'BENCH/' || n",
            "sequence_number": "n + 100",
            "payment_reference": "'BENCH/' || n",
            "partner_id": partner,
            "commercial_partner_id": partner,
            "partner_shipping_id": partner,
            "access_token": "NULL",
        },
    )
    _copy(
        env,
        "account_move_line",
        item.id,
        lines,
        {
            "id": f"{base['account_move_line']} + n",
            "move_id": f"{base['account_move']} + n",
            "move_name": "'BENCH/' || n",
            "partner_id": partner,
        },
    )
    for table in base:
        env.cr.execute(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}")


def _skip_checks(env):
    """Copies of a valid row are valid: where we may, do not check a million of them."""
    env.cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if env.cr.fetchone()[0]:
        env.cr.execute("SET LOCAL session_replication_role = replica")


def _copy(env, table, source, count, values):
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND is_generated = 'NEVER'",
        (table,),
    )
    columns = [name for (name,) in env.cr.fetchall()]
    picked = ", ".join(values.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    # the source is read once: the planner would else look for it, for each copy, in the
    # table that grows meanwhile
    env.cr.execute(
        f"WITH t AS MATERIALIZED (SELECT * FROM {table} WHERE id = %s) "
        f"INSERT INTO {table} ({names}) SELECT {picked} FROM t, "
        "generate_series(1, %s) n",
        (source, count),
    )


# --- measures -----------------------------------------------------------------------


def measured(env, work):
    """Return (seconds, queries, result) of ``work()``."""
    before, start = env.cr.sql_log_count, time.perf_counter()
    result = work()
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - before, result


def _backend_memory(env):
    """Peak memory in MB of the PostgreSQL process behind this one."""
    env.cr.execute("SELECT pg_backend_pid()")
    try:
        with open(f"/proc/{env.cr.fetchone()[0]}/status") as status:
            text = status.read()
    except OSError:
        return 0.0
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def propose(env, lines, peer=False):
    """Rows of the propose bench: floor, ours, peer's run, peer's communications."""
    env, company = seed(env, lines)
    watch = memory.Watch()
    run = env["recouv.run"].create({"company_id": company.id, "date": TODAY})
    seconds, queries, _result = measured(env, run.action_propose)
    ours = {
        "what": "Recouv-Lib: propose",
        "lines": lines,
        "seconds": seconds,
        "queries": queries,
        "memory MB": watch.grown(),
    }
    ours["backend MB"] = _backend_memory(env)
    notices = env["recouv.notice"].search_count([("run_id", "=", run.id)])
    if notices != (lines + 1) // 2 and notices != (lines + 2) // 2:
        raise SystemExit(f"{notices} notices for {lines} lines")
    rows = [_floor(env, lines), ours]
    if peer:
        rows += _peer(env, company, lines)
    return _with_ratios(rows, ours)


def _floor(env, lines):
    """A bare INSERT … SELECT of the very rows that propose wrote."""
    tables = ("recouv_claim", "recouv_notice", "recouv_notice_line")
    for table in tables:
        env.cr.execute(f"CREATE TABLE bench_{table} AS SELECT * FROM {table}")
    for table in reversed(tables):
        env.cr.execute(f"DELETE FROM {table}")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False

    def insert():
        env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
        for table in tables:
            env.cr.execute(f"INSERT INTO {table} SELECT * FROM bench_{table}")
        env.cr.commit()

    seconds, queries, _result = measured(env, insert)
    return {
        "what": "floor: bare SQL insert",
        "lines": lines,
        "seconds": seconds,
        "queries": queries,
        "memory MB": 0.0,
        "backend MB": _backend_memory(env),
    }


def _peer(env, company, lines):
    """OCA's run on the same items, then its communications."""
    run = _peer_run(env, company)
    rows = [_peer_row(env, "OCA: run", lines, run.generate_credit_lines)]
    made = env["credit.control.line"].search([("run_id", "=", run.id)])
    made.write({"state": "to_be_sent"})
    env.flush_all()
    comm = env["credit.control.communication"]
    rows.append(
        _peer_row(
            env,
            "OCA: communications",
            lines,
            lambda: comm._generate_comm_from_credit_lines(made),
        )
    )
    return rows


def _peer_run(env, company):
    receivable = [
        ("company_id", "=", company.id),
        ("account_id.account_type", "=", "asset_receivable"),
    ]
    account = env["account.move.line"].search(receivable, limit=1).account_id
    policy = env["credit.control.policy"].create(
        {
            "name": "Bench",
            "company_id": company.id,
            "account_ids": [(6, 0, account.ids)],
            "level_ids": [(0, 0, _peer_level(env))],
        }
    )
    company.write({"credit_policy_id": policy.id})
    return env["credit.control.run"].create(
        {"date": TODAY, "company_id": company.id, "policy_ids": [(6, 0, policy.ids)]}
    )


def _peer_row(env, what, lines, work):
    watch = memory.Watch()
    seconds, queries, _result = measured(env, work)
    return {
        "what": what,
        "lines": lines,
        "seconds": seconds,
        "queries": queries,
        "memory MB": watch.grown(),
        "backend MB": _backend_memory(env),
    }


def _peer_level(env):
    template = env.ref("account_credit_control.email_template_credit_control_base")
    return {
        "name": "1",
        "level": 1,
        "computation_mode": "net_days",
        "delay_days": 10,
        "channel": "letter",
        "email_template_id": template.id,
        "custom_text": "x",
        "custom_mail_text": "x",
    }


def _with_ratios(rows, ours):
    for row in rows:
        row["µs a line"] = row["seconds"] / row["lines"] * 1e6
        row["ours = 1"] = row["seconds"] / ours["seconds"]
    return rows


def letters(env, lines, _peer=False):
    """Rows of the letters bench."""
    env, company = seed(env, 2 * lines)
    bank = env["res.partner.bank"].create(
        {
            "acc_number": "FR7630006000011234567890189",
            "partner_id": company.partner_id.id,
        }
    )
    company.recouv_bank_id = bank
    run = env["recouv.run"].create({"company_id": company.id, "date": TODAY})
    run.action_propose()
    run.notice_ids.action_approve()
    env.cr.commit()
    watch = memory.Watch()
    seconds, queries, _result = measured(env, run._execute)
    done = env["recouv.notice"].search_count(
        [("run_id", "=", run.id), ("state", "=", "printed")]
    )
    if done < lines:
        raise SystemExit(
            f"{done} letters of {lines}: {run.notice_ids[:1].failure_message}"
        )
    return [
        {
            "what": "letters",
            "letters": done,
            "seconds": seconds,
            "ms each": seconds / done * 1e3,
            "queries": queries,
            "memory MB": watch.grown(),
        }
    ]


def placement(env, lines, _peer=False):
    """Rows of the hand-over bench: look at, propose, send and accept *lines* claims."""
    env, company = seed(env, lines)
    env["recouv.engine"]._create_claims(company, TODAY)
    env.cr.commit()
    claims = env["recouv.claim"].search([("company_id", "=", company.id)])
    mandate = _mandate(env, company)
    env.invalidate_all()
    placed = env["recouv.placement"].create(
        {"mandate_id": mandate.id, "company_id": company.id}
    )
    rows = [
        _placed_row(env, "look at each", lines, lambda: _verdicts(claims, mandate)),
        _placed_row(env, "propose", lines, lambda: placed._add(claims)),
        _placed_row(env, "hand over", lines, placed.action_send),
    ]
    mirrors = env["recouv.claim"].browse(placed.line_ids.agency_claim_id.ids)
    if len(mirrors) < lines:
        raise SystemExit(f"{len(mirrors)} mirrors of {lines}")
    rows.append(_placed_row(env, "accept", lines, mirrors.action_accept_placement))
    rows.append(
        {
            "what": "in all",
            "claims": lines,
            **{name: sum(row[name] for row in rows) for name in ("seconds", "queries")},
        }
    )
    for row in rows:
        row["ms each"] = row["seconds"] / lines * 1e3
    return rows


def _verdicts(claims, mandate):
    return claims._placement_verdicts(mandate.agency_id)


def _placed_row(env, what, lines, work):
    env.invalidate_all()
    seconds, queries, _result = measured(env, work)
    return {"what": what, "claims": lines, "seconds": seconds, "queries": queries}


def _mandate(env, company):
    """An agency in the same database, live, and a mandate in force."""
    agency = env["res.company"].create(
        {
            "name": "Agence Mesure",
            "country_id": env.ref("base.fr").id,
            "currency_id": company.currency_id.id,
        }
    )
    policy = env["recouv.policy"].create(
        {
            "name": "Agency",
            "company_id": agency.id,
            "capacity": "mandatary",
            "step_ids": [(0, 0, {"name": "Letter", "channel": "letter",
                                 "anchor": "placement"})],
        }
    )  # fmt: skip
    agency.write({"recouv_live_on": DUE, "recouv_policy_id": policy.id})
    mandate = env["recouv.mandate"].create(
        {"company_id": company.id, "agency_id": agency.id, "valid_from": DUE}
    )
    mandate.write({"state": "signed", "signed_on": DUE})
    return mandate


def agency_list(env, lines, peer=False):
    """Rows of the list bench."""
    from . import bench_agency_list

    return bench_agency_list.agency_list(env, lines, peer)


def imports(env, lines, peer=False):
    """Rows of the import bench."""
    from . import bench_import

    return bench_import.bench(env, lines, peer)


def cockpit(env, lines, peer=False):
    """Rows of the cockpit bench."""
    from . import bench_cockpit

    return bench_cockpit.cockpit(env, lines, peer)


MEASURES = {
    "propose": propose,
    "letters": letters,
    "import": imports,
    "placement": placement,
    "agency_list": agency_list,
    "money": money,
    "assign": assign,
    "returns": returns,
    "cockpit": cockpit,
}


def main(conf, database, name, lines, *words):
    env = _open(conf, database)
    with env.cr:
        rows = MEASURES[name](env, int(lines), "peer" in words)
        env.cr.rollback()
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The ``cockpit`` bench: what to do first about payers, among a million shares.

One real share and one real rejection are copied in SQL. Two per cent of the shares are
rejected for one of forty reasons, four per cent are late, five per cent wait in time,
one per cent is to be transmitted; the rest is paid, over five years and two hundred
payers.
"""

from datetime import date, timedelta

TODAY = date.today()
PAYERS, REASONS = 200, 40


def cockpit(env, lines, _peer=False):
    """Rows of the cockpit bench: opening it, then one of its lists."""
    from . import bench_inside as inside

    company = inside._practice(env)
    env = env(context={"allowed_company_ids": company.ids})
    move = inside._real_invoice(env, company)
    share = _share(env, company, move)
    env.cr.commit()
    _clone(env, inside, company, share, lines)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    screen = env["recouv.tp.cockpit"]
    seconds, queries, action = inside.measured(env, screen.action_open_cockpit)
    shown = screen.search(action["domain"])
    row = shown.filtered(lambda one: one.kind == "rejection")[:1]
    if len(shown) < REASONS // 2 or not row:
        raise SystemExit(f"the cockpit has {len(shown)} lines")
    again, _queries, _action = inside.measured(env, screen.action_open_cockpit)
    row = screen.search(action["domain"])[:1]
    opened = row.action_open()
    records = env[opened["res_model"]]
    from odoo.tools.safe_eval import datetime, safe_eval

    domain = safe_eval(opened["domain"], {"datetime": datetime})
    listing, list_queries, _found = inside.measured(
        env, lambda: records.search(domain, limit=80).mapped("display_name")
    )
    return [
        _row("open the cockpit", lines, seconds, queries),
        _row("open it again", lines, again, queries),
        _row("the first list", lines, listing, list_queries),
    ]


def _row(what, lines, seconds, queries):
    return {"what": what, "shares": lines, "seconds": seconds, "queries": queries}


def _share(env, company, move):
    payer = env["res.partner"].create(
        {
            "name": "Caisse",
            "is_company": True,
            "recouv_payer_kind": "amo",
            "recouv_payer_code": "013510000",
        }
    )
    share = env["recouv.share"].create(
        {
            "move_id": move.id,
            "payer_id": payer.id,
            "kind": "amo",
            "amount": 56,
            "invoice_number": "000000001",
        }
    )
    env["recouv.rejection"]._record_new(
        [
            {
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "share_id": share.id,
                "payer_id": payer.id,
                "amount": 56,
                "action_class": "correct_and_resend",
                "state": "to_do",
            }
        ]
    )
    env.flush_all()
    return share


def _clone(env, inside, company, share, lines):
    inside._skip_checks(env)
    payers = _copies(env, inside, "res_partner", share.payer_id.id, PAYERS)
    reason = env["recouv.rejection.reason"].create(
        {"name": "Bench", "company_id": company.id, "action_class": "wait"}
    )
    env.flush_all()
    reasons = _copies(env, inside, "recouv_rejection_reason", reason.id, REASONS)
    env.cr.execute("SELECT MAX(id) FROM recouv_share")
    base = env.cr.fetchone()[0]
    inside._copy(
        env,
        "recouv_share",
        share.id,
        lines,
        {
            "id": f"{base} + n",
            "move_id": "NULL",
            "invoice_number": "lpad(n::text, 9, '0')",
            "payer_id": f"{payers} + 1 + n %% {PAYERS}",
            "state": "CASE WHEN n %% 50 = 0 THEN 'rejected' "
            "WHEN n %% 25 = 1 THEN 'transmitted' WHEN n %% 20 = 2 THEN 'acknowledged' "
            "WHEN n %% 100 = 3 THEN 'draft' ELSE 'paid' END",
            "care_date": f"DATE '{TODAY}' - (n %% 1500)::int",
            "sent_on": f"DATE '{TODAY}' - (n %% 1500)::int",
            "limitation_date": f"DATE '{TODAY}' + (n %% 800)::int",
            "expected_date": f"DATE '{TODAY}' + CASE WHEN n %% 25 = 1 THEN -10 "
            "ELSE 10 END",
        },
    )
    _clone_rejections(env, inside, base, reasons, lines)
    for table in ("recouv_share", "recouv_rejection"):
        env.cr.execute(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}")


def _clone_rejections(env, inside, base, reasons, lines):
    env.cr.execute("SELECT MAX(id) FROM recouv_rejection")
    source = env.cr.fetchone()[0]
    inside._copy(
        env,
        "recouv_rejection",
        source,
        lines // 50,
        {
            "id": f"{source} + n",
            "share_id": f"{base} + n * 50",
            "reason_id": f"{reasons} + 1 + n %% {REASONS}",
            "deadline": f"DATE '{TODAY + timedelta(days=30)}' - (n %% 60)::int",
            "action_class": "(ARRAY['wait', 'ask_patient', 'claim_payer'])[1 + n %% 3]",
        },
    )


def _copies(env, inside, table, source, count):
    """Copy one row and return the id before the first copy."""
    env.cr.execute(f"SELECT MAX(id) FROM {table}")
    base = env.cr.fetchone()[0]
    values = {"id": f"{base} + n"}
    if table == "res_partner":
        values |= {"commercial_partner_id": f"{base} + n", "name": "'Caisse ' || n",
                   "complete_name": "'Caisse ' || n"}  # fmt: skip
    inside._copy(env, table, source, count, values)
    env.cr.execute(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}")
    return base

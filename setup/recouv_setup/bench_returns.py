"""The ``returns`` bench: a payer's return file read, matched, booked and reconciled.

The yardstick is Odoo itself, in the same run and on like items: the same lines created,
posted and reconciled in entries of fifty, untracked, one commit an entry.
"""

import base64
from datetime import date

from . import memory
from .bench_money import _balance

#: lines on which Odoo itself is measured, before ours and again after it: it is linear,
#: and what else the machine does meanwhile weighs on both sides
SAMPLE = 490
ENTRY = 49
#: invoices of one transfer: a file of 10,000 has forty
TRANSFER = 250
DAY = date.today()


def returns(env, lines, _peer=False):
    """Rows of the returns bench: Odoo's own entries, ours by part, ours in all."""
    from . import bench_inside as inside

    sample = min(SAMPLE, lines)
    env, practice = inside.seed(env, lines + 2 * sample)
    _balance(env, inside, lines + 2 * sample)
    payer = _payer(env)
    items = _items(env, practice, payer)
    before = _core(env, inside, practice, items[lines : lines + sample])
    _shares(env, practice, payer, items[:lines])
    ours = _ours(env, inside, practice, _file(env, payer, lines))
    _check(env, practice, lines)
    core = _together(before, _core(env, inside, practice, items[lines + sample :]))
    whole = _row(
        "ours, in all",
        lines,
        sum(row["seconds"] for row in ours),
        sum(row["queries"] for row in ours),
    )
    rows = [core, *ours, whole]
    for row in rows:
        row["memory MB"] = memory.peak()
        row["Odoo = 1"] = row["ms each"] / core["ms each"]
    return rows


def _row(what, lines, seconds, queries):
    return {
        "what": what,
        "lines": lines,
        "seconds": seconds,
        "ms each": seconds / lines * 1e3,
        "queries": queries,
    }


def _together(one, other):
    return _row(
        one["what"],
        one["lines"] + other["lines"],
        one["seconds"] + other["seconds"],
        one["queries"] + other["queries"],
    )


def _payer(env):
    return env["res.partner"].create(
        {
            "name": "CPAM de mesure",
            "is_company": True,
            "recouv_payer_kind": "amo",
            "recouv_payer_code": "013510000",
        }
    )


def _items(env, practice, payer):
    """The seeded items, as if the payer owed them: what a transfer would have made."""
    env.cr.execute(
        "UPDATE account_move_line l SET partner_id = %s FROM account_account a "
        "WHERE a.id = l.account_id AND a.account_type = 'asset_receivable' "
        "AND l.company_id = %s",
        (payer.id, practice.id),
    )
    env.cr.commit()
    env.invalidate_all()
    return env["account.move.line"].search(
        [
            ("company_id", "=", practice.id),
            ("account_id.account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
        ],
        order="id",
    )


def _core(env, inside, practice, items):
    """Odoo's own: entries of fifty items, created, posted, reconciled, committed."""
    journal, accounts = practice._recouv_return_settings()
    waiting = accounts["recouv_announced_account_id"]
    moves = env["account.move"].with_context(tracking_disable=True)

    def book():
        for start in range(0, len(items), ENTRY):
            _core_entry(moves, journal, waiting, items[start : start + ENTRY])
            env.cr.commit()

    seconds, queries, _result = inside.measured(env, book)
    return _row("Odoo: create, post, reconcile", len(items), seconds, queries)


def _core_entry(moves, journal, waiting, part):
    vals = [
        {
            "name": item.move_name,
            "sequence": rank,
            "account_id": item.account_id.id,
            "partner_id": item.partner_id.id,
            "balance": -item.balance,
        }
        for rank, item in enumerate(part)
    ]
    total = sum(part.mapped("balance"))
    last = {"sequence": len(vals), "account_id": waiting.id, "balance": total}
    move = moves.create(
        {
            "journal_id": journal.id,
            "date": DAY,
            "line_ids": [(0, 0, one) for one in (*vals, last)],
        }
    )
    move._post(soft=False)
    made = move.line_ids.sorted("sequence")
    plan = [item | own for item, own in zip(part, made, strict=False)]
    moves.env["account.move.line"]._reconcile_plan(plan)


def _shares(env, practice, payer, items):
    """Shares whose transfers target these items, in SQL: booking is measured apart."""
    common = (practice.id, practice.currency_id.id, payer.id)
    env.cr.execute(
        """
        INSERT INTO recouv_transfer
               (company_id, kind, state, target_line_id, invoice_id, currency_id,
                amount_currency, amount, target_partner_id, date, idempotency_key)
        SELECT %s, 'payer_share', 'posted', l.id, l.move_id, %s, l.balance, l.balance,
               %s, l.date, 'bench:' || l.id
          FROM account_move_line l WHERE l.id = ANY(%s)
        """,
        (*common, items.ids),
    )
    env.cr.execute(
        """
        INSERT INTO recouv_share
               (company_id, currency_id, payer_id, kind, amount, state, exemption,
                transfer_id, invoice_number, nir, care_date, attempt)
        SELECT %s, %s, %s, 'amo', t.amount, 'transmitted', 'none', t.id,
               lpad((row_number() OVER (ORDER BY t.target_line_id))::text, 9, '0'),
               '285073512345668', %s, 1
          FROM recouv_transfer t WHERE t.idempotency_key LIKE 'bench:%%'
        """,
        (*common, DAY),
    )
    env.cr.execute("ANALYZE recouv_share")
    env.cr.commit()
    env.invalidate_all()


def _file(env, payer, lines):
    """The bytes of a return that pays every share, in transfers of 250."""
    from odoo.addons.recouv_lib_tiers_payant.returns.writing import NoemieWriter

    writer = NoemieWriter(DAY)
    for rank, start in enumerate(range(1, lines + 1, TRANSFER)):
        numbers = range(start, min(start + TRANSFER, lines + 1))
        transfer = writer.transfer(
            DAY, "CPAM", f"2616{rank:08d}", payer.recouv_payer_code
        )
        for number in numbers:
            transfer.invoice(
                f"{number:09d}", amo=8000, nir="2850735123456", nir_key="68", date=DAY
            )
    return writer.bytes()


def _ours(env, inside, practice, data):
    """Read, then apply, as the background work does."""
    practice.recouv_return_auto_apply = False
    attachment = env["ir.attachment"].create(
        {"name": "mesure.rsp", "datas": base64.b64encode(data)}
    )
    files = env["recouv.return.file"]
    rows = []
    for what, work in (
        ("read and kept", lambda: _read(env, files, attachment)),
        ("matched, booked, reconciled", lambda: _apply(env, files)),
    ):
        seconds, queries, _result = inside.measured(env, work)
        rows.append((what, seconds, queries))
    count = env["recouv.return.line"].search_count([])
    return [_row(what, count, seconds, queries) for what, seconds, queries in rows]


def _read(env, files, attachment):
    file, told = files._take(attachment)
    if told:
        raise SystemExit(str(told))
    _work(file)
    env.cr.commit()


def _apply(env, files):
    file = files.search([], limit=1)
    file.sudo().write({"is_apply_wanted": True, "is_queued": True})
    _work(file)
    env.cr.commit()


def _work(file):
    for _step in file._run_batches():
        pass
    if file.failure_message:
        raise SystemExit(file.failure_message)


def _check(env, practice, lines):
    """Nothing is measured that was not done."""
    env.invalidate_all()
    paid = env["recouv.share"].search_count([("state", "=", "paid")])
    waiting = sum(env["recouv.return.payment"].search([]).mapped("amount_waiting"))
    if paid != lines or round(waiting) != 80 * lines:
        raise SystemExit(f"{paid} of {lines} shares paid, {waiting} waits for the bank")

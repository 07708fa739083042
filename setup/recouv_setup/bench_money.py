"""The ``money`` bench: payments received, booked in two companies' books and remitted.

The yardstick is Odoo's own ``account.payment.register`` in one company, on invoices of
the same database, in the same run.
"""

from datetime import date

TODAY = date.today()
#: payments booked between two commits: the receipts of one bank file
BATCH = 200
#: invoices on which Odoo's own wizard is measured; it is linear
SAMPLE = 100


def money(env, lines, _peer=False):
    """Rows of the money bench: Odoo's register, ours by part, ours in all."""
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
    core = _core(env, inside, items[-SAMPLE:].move_id)
    agency = _agency(env)
    mirrors = _placed(env, practice, agency, items[:lines])
    movements = _movements(env, agency, mirrors)
    ours = _ours(env, inside, agency, mirrors, movements)
    _check(env, practice, agency, lines)
    whole = sum(row["seconds"] for row in ours)
    queries = sum(row["queries"] for row in ours)
    rows = [core, *ours, _row("ours, in all", lines, whole, queries)]
    for row in rows:
        row["Odoo's register = 1"] = row["ms each"] / core["ms each"]
    return rows


def _balance(env, inside, lines):
    """Give the copied invoices their other item too: the books are checked here."""
    first = env["account.move"].search([("name", "=", "BENCH/1")])
    env.cr.execute(
        "SELECT l.id FROM account_move_line l JOIN account_move m ON m.id = l.move_id "
        "WHERE m.company_id = %s AND m.name NOT LIKE 'BENCH/%%' "
        "AND l.display_type = 'product'",
        (first.company_id.id,),
    )
    source = env.cr.fetchone()[0]
    env.cr.execute("SELECT MAX(id) FROM account_move_line")
    last = env.cr.fetchone()[0]
    move = f"{first.id - 1} + n"
    inside._copy(
        env,
        "account_move_line",
        source,
        lines,
        {
            "id": f"{last} + n",
            "move_id": move,
            "move_name": "'BENCH/' || n",
            "partner_id": f"(SELECT partner_id FROM account_move WHERE id = {move})",
        },
    )
    env.cr.execute(
        "SELECT setval('account_move_line_id_seq', MAX(id)) FROM account_move_line"
    )
    env.cr.commit()
    env.invalidate_all()


def _row(what, payments, seconds, queries):
    return {
        "what": what,
        "payments": payments,
        "seconds": seconds,
        "ms each": seconds / payments * 1e3,
        "queries": queries,
    }


def _core(env, inside, moves):
    """Odoo's own: one payment an invoice, one company, one entry, reconciled."""
    wizard = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids
    )

    def register():
        wizard.create(
            {"payment_date": TODAY, "group_payment": False}
        )._create_payments()
        env.cr.commit()

    seconds, queries, _result = inside.measured(env, register)
    return _row("Odoo: account.payment.register", len(moves), seconds, queries)


def _agency(env):
    agency = env["res.company"].create(
        {
            "name": "Agence Mesure",
            "street": "5 quai de Seine",
            "zip": "75010",
            "city": "Paris",
            "country_id": env.ref("base.fr").id,
            "email": "agence@example.com",
        }
    )
    env["account.chart.template"].try_loading("fr", agency, install_demo=False)
    agency.recouv_dedicated_journal_id = env["account.journal"].create(
        {
            "name": "Compte dédié",
            "code": "DED",
            "type": "bank",
            "company_id": agency.id,
        }
    )
    agency._recouv_funds_journal()
    env.cr.commit()
    return agency


def _placed(env, practice, agency, items):
    """The mirrors of the practice's claims on these items, accepted."""
    env["recouv.engine"]._create_claims(practice, TODAY)
    claims = env["recouv.claim"].search([("move_line_id", "in", items.ids)])
    fields = env["recouv.mandate"]._fields
    terms = (
        {"fee_line_ids": [(0, 0, {"rate": 20})]}
        if "fee_line_ids" in fields
        else {"fee_rate": 20}
    )
    mandate = env["recouv.mandate"].create(
        {
            "company_id": practice.id,
            "agency_id": agency.id,
            "valid_from": TODAY,
            "remit_mode": "gross",
            **terms,
        }
    )
    mandate.write({"state": "signed", "signed_on": TODAY})
    placement = env["recouv.placement"].create(
        {
            "mandate_id": mandate.id,
            "company_id": practice.id,
            "line_ids": [(0, 0, {"claim_id": claim.id}) for claim in claims],
        }
    )
    placement.action_send()
    mirrors = placement.line_ids.agency_claim_id
    env.cr.commit()
    mirrors.action_accept_placement()
    env.cr.commit()
    return mirrors


def _movements(env, agency, mirrors):
    """The bank's movements of the dedicated account: their import is measured apart."""
    journal = agency.recouv_dedicated_journal_id
    lines = env["account.bank.statement.line"].with_company(agency)
    made = lines.browse()
    for start in range(0, len(mirrors), 500):
        made |= lines.create(
            [
                {
                    "journal_id": journal.id,
                    "date": TODAY,
                    "amount": mirror.amount_original,
                    "payment_ref": f"VIR {mirror.reference}",
                }
                for mirror in mirrors[start : start + 500]
            ]
        )
        env.cr.commit()
    return made


def _ours(env, inside, agency, mirrors, movements):
    books = env(context={"allowed_company_ids": agency.ids})
    receipts = books["recouv.receipt"]

    def receive():
        for start in range(0, len(mirrors), BATCH):
            part = zip(
                movements[start : start + BATCH],
                mirrors[start : start + BATCH],
                strict=True,
            )
            batch = receipts.create(
                [
                    receipts._movement_values(movement)
                    | {
                        "partner_id": mirror.partner_id.id,
                        "chosen_claim_ids": [(6, 0, mirror.ids)],
                    }
                    for movement, mirror in part
                ]
            )
            batch._lay_out()
            batch._confirm()
            env.cr.commit()

    def remit():
        drafts = books["recouv.remittance"]._prepare(agency, TODAY, force=True)
        drafts.action_remit()
        env.cr.commit()

    rows = []
    for what, work in (
        ("received, receipted, settled in both books", receive),
        ("remitted in both books", remit),
    ):
        seconds, queries, _result = inside.measured(env, work)
        rows.append(_row(what, len(mirrors), seconds, queries))
    return rows


def _check(env, practice, agency, lines):
    """Nothing is measured that was not done."""
    done = env["recouv.receipt"].search_count([("state", "=", "remitted")])
    held = practice.recouv_collected_account_id
    left = env["account.move.line"].search_count(
        [("account_id", "=", held.id), ("reconciled", "=", False)]
    )
    owed = agency._recouv_funds_balance("recouv_principals_account_id")
    if done != lines or left or owed:
        raise SystemExit(f"{done} of {lines} remitted, {left} left open, {owed} owed")

"""The list that an agent opens in the morning, beside Odoo's own list of invoices.

An agency's claims among ten times as many, each the mirror of a practice's own claim
on an invoice of its own debtor. Each list is asked by a person of its company, under
the record rules, for its first page and the count up to 10,001: once for seven like
columns and nothing else, once as the browser asks when it opens the screen, with the
columns that are shown there and the filter that is set.
"""

from . import bench_inside as inside

READINGS = 7
PLAIN = (
    ("reference", "partner_id", "date_due", "amount_residual_currency", "currency_id",
     "suspension", "settlement", "next_date"),
    ("name", "partner_id", "invoice_date_due", "amount_residual", "currency_id",
     "payment_state", "state", "invoice_date"),
)  # fmt: skip
MANDATARY = [("capacity", "=", "mandatary"), ("closed_on", "=", False)]
INVOICES = [("move_type", "in", ["out_invoice", "out_refund", "out_receipt"])]
QUEUE = "recouv_lib.recouv_claim_view_list_agency"
INVOICE_LIST = "account.view_out_invoice_tree"


def agency_list(env, lines, _peer=False):
    """Rows of the list bench: ours, then Odoo's, plain and as they open."""
    env, company = inside.seed(env, lines)
    mandate = inside._mandate(env, company)
    env["recouv.engine"]._create_claims(company, inside.TODAY)
    _place_all(env, company, mandate, lines)
    agency = mandate.agency_id
    agent = _person(env, agency, "recouv_lib.group_user", "recouv_lib.group_agency")
    biller = _person(env, company, "account.group_account_invoice")
    claims, invoices = agent["recouv.claim"], biller["account.move"]
    still_owed = [*MANDATARY, ("settlement", "=", "open")]
    pairs = [
        (
            _row("agency's claims", claims, PLAIN[0], MANDATARY),
            _row("Odoo: invoices", invoices, PLAIN[1], INVOICES),
        ),
        (
            _row("agent's queue opens", claims, _columns(claims, QUEUE), still_owed),
            _row(
                "Odoo: invoices open",
                invoices,
                _columns(invoices, INVOICE_LIST),
                INVOICES,
            ),
        ),
    ]
    for ours, theirs in pairs:
        for row in (ours, theirs):
            row["ours = 1"] = row["ms"] / ours["ms"]
    return [row for pair in pairs for row in pair]


def _person(env, company, *groups):
    """The environment of someone of *company* alone, in its language."""
    names = ("base.group_user", *groups)
    user = env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": groups[-1],
            "login": groups[-1],
            "lang": "fr_FR",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, [env.ref(name).id for name in names])],
        }
    )  # fmt: skip
    context = {"lang": "fr_FR", "allowed_company_ids": company.ids}
    return env(user=user, context=context)


# --- the ground ---------------------------------------------------------------------


def _place_all(env, company, mandate, lines):
    """Hand one claim over, then copy it in SQL for each other; add nine of others."""
    first = env["recouv.claim"].search([("company_id", "=", company.id)], limit=1)
    placed = env["recouv.placement"].create(
        {
            "mandate_id": mandate.id,
            "company_id": company.id,
            "line_ids": [(0, 0, {"claim_id": first.id})],
        }
    )
    placed.action_send()
    line = placed.line_ids
    mirror = env["recouv.claim"].browse(line.agency_claim_id.id)
    mirror.action_accept_placement()
    env.flush_all()
    inside._skip_checks(env)
    env.cr.execute(
        "CREATE TEMP TABLE bench_pair AS SELECT id, row_number() OVER (ORDER BY id) n "
        "FROM recouv_claim WHERE company_id = %s AND id <> %s",
        (company.id, first.id),
    )
    env.cr.execute("CREATE UNIQUE INDEX ON bench_pair (n)")
    others = lines - 1
    debtor = _copied(env, "res_partner", mirror.partner_id.id, others, {
        "commercial_partner_id": "{id}",
        "name": "'Debtor ' || n",
        "complete_name": "'Debtor ' || n",
    })  # fmt: skip
    due = "t.date_due + (n %% 400)::int"
    copies = _copied(env, "recouv_claim", mirror.id, others, {
        "partner_id": f"{debtor} + n",
        "next_date": due,
    })  # fmt: skip
    _copied(env, "recouv_placement_line", line.id, others, {
        "claim_id": "(SELECT p.id FROM bench_pair p WHERE p.n = n.n)",
        "agency_claim_id": f"{copies} + n",
    })  # fmt: skip
    _copied(env, "recouv_claim", first.id, 9 * lines, {
        "move_line_id": "NULL",
        "move_id": "NULL",
        "next_date": due,
    })  # fmt: skip
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()


def _copied(env, table, source, count, values):
    """Copy a row *count* times; return the id before the first copy."""
    env.cr.execute(f"SELECT MAX(id) FROM {table}")  # constant names
    top = env.cr.fetchone()[0]
    values = {name: text.replace("{id}", f"{top} + n") for name, text in values.items()}
    inside._copy(env, table, source, count, {"id": f"{top} + n", **values})
    env.cr.execute(f"SELECT setval('{table}_id_seq', MAX(id)) FROM {table}")
    return top


# --- the measure --------------------------------------------------------------------


def _row(what, model, names, domain):
    """The best of some readings of the first page."""
    env = model.env
    many2one = {"fields": {"display_name": {}}}
    shown = {
        name: many2one if model._fields[name].type == "many2one" else {}
        for name in names
    }
    spent = []
    for _turn in range(READINGS):
        env.invalidate_all()
        seconds, queries, found = inside.measured(
            env,
            lambda: model.web_search_read(domain, shown, limit=80, count_limit=10001),
        )
        spent.append(seconds)
    if not found["length"]:
        raise SystemExit(f"{what}: nothing found")
    env.cr.execute(f"SELECT COUNT(*) FROM {model._table}")
    return {
        "what": what,
        "found": found["length"],
        "in table": env.cr.fetchone()[0],
        "ms": min(spent) * 1e3,
        "queries": queries,
    }


def _columns(model, view):
    """The columns of a list that are shown; of Odoo's list, Odoo's own."""
    from lxml import etree

    arch = model.get_view(model.env.ref(view).id, "list")["arch"]
    nodes = etree.fromstring(arch).iterchildren("field")
    return sorted(
        node.get("name")
        for node in nodes
        if node.get("optional") != "hide"
        and (model._name.startswith("recouv.") or "recouv" not in node.get("name"))
    )

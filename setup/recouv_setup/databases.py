"""Template databases, their copies, and dropping what a killed command left.

``recouv_base_<key>``   Odoo with the modules our add-ons stand on
``recouv_addons_<key>`` a copy of it with our add-ons installed; the key covers
                        their files, so that it is rebuilt only when they changed
``recouv_tests_<key>``  a copy of that with what the tests pick up ready-made
``recouv_tmp_<place>_<pid>_…``  a copy for one run, dropped when the run ends

A template gets its name only when it is complete. A database's files (Odoo's
filestore) are never changed once written, so a copy shares them by hard links.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import uuid

from . import odoo, paths, postgres, say, stage

BASE_MODULES = ("account", "l10n_fr_account", "account_payment", "sms", "portal")
# The first is the one of new users, the others are only loaded.
LANGUAGES = "en_US,fr_FR"
KEPT_TEMPLATES = 3
# What installing an add-on does not read.
NOT_INSTALLED = ("tests", "demo", "__pycache__")


def exists(name):
    """Whether database *name* exists whole: -2 marks one whose drop was interrupted."""
    rows = postgres.query(
        "SELECT 1 FROM pg_database WHERE datname = %s AND datconnlimit <> -2", (name,)
    )
    return bool(rows)


def is_whole(name):
    """Whether database *name* and its files are there: the database may be kept by a
    named server, and its files gone with ``.recouv``."""
    return exists(name) and filestore(name).is_dir()


def named(prefix):
    """Databases whose name starts with *prefix*, newest first."""
    rows = postgres.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) "
        "ORDER BY oid DESC",
        (prefix,),
    )
    return [name for (name,) in rows]


def filestore(name):
    """Folder of Odoo's files of database *name*."""
    return paths.DATA / "filestore" / name


def create(name, template=None):
    """Create *name*, as a copy of *template* with its files when one is given."""
    drop(name)
    # Copying files beats replaying a log where nothing has to survive a power cut.
    how = "ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0"
    if template:
        how = f'TEMPLATE "{template}"'
        with contextlib.suppress(FileNotFoundError):
            shutil.copytree(filestore(template), filestore(name), copy_function=os.link)
    postgres.query(f'CREATE DATABASE "{name}" {how}')


def drop(name):
    """Drop *name* and its files, whoever is connected to it."""
    postgres.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        (name,),
    )
    postgres.query(f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(filestore(name), ignore_errors=True)


def rename(old, new):
    """Give database *old* and its files the name *new*, whatever was left of that."""
    drop(new)
    with contextlib.suppress(FileNotFoundError):
        filestore(old).rename(filestore(new))
    postgres.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def mark(name, key):
    """Note on the database which state of the add-ons it has, and whose it is."""
    postgres.query(f'COMMENT ON DATABASE "{name}" IS %s', (f"{place()}:{key}",))


def marked(name):
    """Return (place or "", key) as :func:`mark` noted them."""
    owner, _colon, key = (_comment(name) or "").rpartition(":")
    return owner, key


def _comment(name):
    rows = postgres.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = %s",
        (name,),
    )
    return rows[0][0] if rows else None


@contextlib.contextmanager
def temporary(template=None):
    """A database for the time of the block: a copy of *template*, or an empty one."""
    _drop_orphans()
    name = f"{_own_temporary()}{os.getpid()}_{uuid.uuid4().hex[:6]}"
    try:
        create(name, template)
        yield name
    finally:
        drop(name)


def _here():
    return stage.digest(f"{platform.node()}:{paths.HOME}")[:8]


def place():
    """This folder of this machine, in short, on a named server, which may serve
    several; nothing on our own, whose machine may be called otherwise tomorrow."""
    return _here() if postgres.foreign() else ""


def _own_temporary():
    """Start of the names of this machine's copies: a server may serve several."""
    return f"recouv_tmp_{_here()}_"


def _drop_orphans():
    """Drop the temporary databases of commands of this machine that were killed."""
    own = _own_temporary()
    for name in named(own):
        pid = name.removeprefix(own).split("_")[0]
        if not os.path.exists(f"/proc/{pid}"):
            drop(name)


# Templates


def _files(addon, without):
    for folder, folders, names in os.walk(paths.ROOT / addon):
        folders[:] = sorted(set(folders) - set(without))
        yield from (os.path.join(folder, name) for name in sorted(names))


def addons_key(addons, without=NOT_INSTALLED):
    """Short name of the present state of the files of *addons*."""
    found = hashlib.sha256(base_key().encode())
    for addon in addons:
        for name in _files(addon, without):
            with contextlib.suppress(FileNotFoundError), open(name, "rb") as handle:
                found.update(os.fsencode(name) + handle.read())
    return found.hexdigest()[:12]


def base_key():
    release = (odoo.root() / "odoo/release.py").read_text()
    return stage.digest(odoo.root(), release, BASE_MODULES, LANGUAGES, place())


def _build(name, source, modules, text):
    """Install *modules* in a copy of *source* and only then call it *name*."""
    if is_whole(name):
        return

    def install(scratch):
        odoo.run(
            scratch,
            "-i",
            ",".join(modules),
            f"--load-language={LANGUAGES}",
            log=f"template-{name}",
            text=text,
        )

    _derive(name, source, install, text)


def _derive(name, source, change, text):
    """Copy *source*, ``change(copy)``, and only then call the copy *name*."""
    with temporary(source) as scratch, say.long_part(text):
        change(scratch)
        rename(scratch, name)


def base():
    """Name of the template with Odoo's modules, built if need be."""
    name = f"recouv_base_{base_key()}"
    _build(name, None, BASE_MODULES, "Odoo's own modules in a template database")
    return name


def _addons_template(addons):
    """Template with *addons* as their files are now, even while someone edits them."""
    for _attempt in range(3):
        key = addons_key(addons)
        name = f"recouv_addons_{key}"
        _build(name, base(), addons, f"{', '.join(addons)} in a template database")
        if addons_key(addons) == key:
            break
        say.line("the add-ons' files changed meanwhile: once more")
    for prefix in ("recouv_tests_", "recouv_addons_", "recouv_base_"):
        for old in named(prefix)[KEPT_TEMPLATES:]:
            drop(old)
    return name


def _tests_template(addons):
    """A copy of the template with *addons*, and what the tests pick up ready-made."""
    source = _addons_template(addons)
    texts = (path.read_text() for path in _readies(addons))
    key = stage.digest(source, _SPARE_INDEXES, *texts)
    name = f"recouv_tests_{key}"
    if not is_whole(name):
        text = "companies and pages ready-made for the tests"
        conf = odoo.config("ready")

        def make(scratch):
            odoo.inside(conf, scratch, "ready", text=text)
            _drop_spare_indexes(scratch)

        _derive(name, source, make, text)
    return name


# Of tables that fill three pages at most; what keeps rows unique is not spare.
_SPARE_INDEXES = """
    SELECT i.indexrelid::regclass::text
      FROM pg_index i
      JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace
     WHERE NOT (i.indisunique OR i.indisexclusion)
       AND pg_relation_size(t.oid) <= 3 * current_setting('block_size')::int
"""


def _drop_spare_indexes(name):
    """Drop the indexes that only make great tables faster.

    In tests these tables hold a few rows, and to weigh dozens of indexes for each
    statement takes PostgreSQL longer than to run it: half of its time in all tests.
    """
    if found := [index for (index,) in postgres.query(_SPARE_INDEXES, database=name)]:
        postgres.query(f"DROP INDEX {', '.join(found)}", database=name)


def _readies(addons):
    """Modules of *addons* that make things ready for tests."""
    found = [paths.ROOT / addon / "tests/ready.py" for addon in addons]
    return [path for path in found if path.exists()]


@contextlib.contextmanager
def copy_with(addons, tests=False):
    """A temporary database in which *addons* are installed; for *tests* a ready one."""
    with contextlib.ExitStack() as stack:
        with stage.lock("templates"):
            make = _tests_template if tests else _addons_template
            template = make(addons) if addons else base()
            name = stack.enter_context(temporary(template))
        yield name

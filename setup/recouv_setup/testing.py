"""``setup/test``: pytest on a copy of the template database, Chromium included."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from . import child, core, databases, odoo, paths, postgres, say


def split(arguments):
    """Split the arguments into add-ons and what is pytest's own."""
    known = paths.addons()
    chosen = [text for text in known if text in [arg.rstrip("/") for arg in arguments]]
    rest = [text for text in arguments if text.rstrip("/") not in known]
    return chosen, rest


def _has_paths(arguments):
    # os.path: what is too long for a name, as an expression of -k may be, is none
    return any(
        os.path.exists(paths.ROOT / text.split("::")[0])
        for text in arguments
        if not text.startswith("-")
    )


def _with_dependencies(chosen):
    """Every other add-on stands on recouv_lib."""
    return [name for name in paths.addons() if name in chosen or name == "recouv_lib"]


def _targets(chosen, rest):
    """Folders that pytest collects, unless the arguments name some."""
    if _has_paths(rest):
        return []
    folders = [f"{name}/tests" for name in chosen or paths.addons()]
    folders += [] if chosen else ["tests"]
    return [name for name in folders if (paths.ROOT / name).is_dir()]


def _installed(chosen, rest):
    named = [
        name
        for name in paths.addons()
        if any(text.startswith(f"{name}/") for text in rest)
    ]
    return _with_dependencies(chosen or named) if chosen or named else paths.addons()


def run(arguments):
    """Run the tests named by *arguments* (all without any); return the exit code."""
    if "--core" in arguments:
        return core.run([text for text in arguments if text != "--core"])
    chosen, rest = split(arguments)
    number = 1 if rest else min(cores() + 1, MOST_PROCESSES)
    tests = [*_targets(chosen, rest), *rest]
    with postgres.server(), contextlib.ExitStack() as stack:
        addons = _installed(chosen, rest)
        names = [
            stack.enter_context(databases.copy_with(addons, True))
            for _process in range(number)
        ]
        say.line(f"tests on {', '.join(names)}, dropped afterwards")
        if number == 1:
            return _wait([_start(1, names[0], tests)])
        return _share(names, tests)


# Tables of tests hold a few rows: however a statement is planned, it runs at once. To
# weigh fewer plans saves more than a tenth of the time of all tests.
PLAIN_PLANS = {
    "join_collapse_limit": 1,
    "from_collapse_limit": 1,
    "max_parallel_workers_per_gather": 0,
    "enable_mergejoin": "off",
    "enable_memoize": "off",
    "enable_incremental_sort": "off",
}

# Each process has its own database and port; they share the classes of tests. There is
# one more than cores, for between its Python and its database each loses time waiting.

MOST_PROCESSES = 4
# percentages of all tests would say little of one process
SHARED_OPTIONS = (
    *("-p", "recouv_setup.pytest_shared"),
    *("-o", "console_output_style=classic"),
)


def cores():
    """How many processors this machine lends us."""
    return os.cpu_count() or 1


def _share(databases_, tests):
    """Run *tests* in a process for each database; return the worst exit code."""
    with tempfile.TemporaryDirectory(dir=paths.HOME) as folder:
        started = [
            _start(number, name, tests, (folder, f"{number - 1}/{len(databases_)}"))
            for number, name in enumerate(databases_, 1)
        ]
        code = _wait(started)
        counts = [path.read_text().split() for path in Path(folder).glob("*.count")]
    return code or _judge([(int(all_), int(ran)) for all_, ran in counts])


def _judge(counts):
    """Return 1, and say so, unless every collected test ran once.

    :param counts: of each process, how many it collected and how many it ran
    """
    collected = max((number for number, _ran in counts), default=0)
    ran = sum(ran for _collected, ran in counts)
    print(f"{ran} of {collected} tests ran")
    return 0 if ran == collected else 1


def _plain_plans():
    """``PLAIN_PLANS`` for libpq, after what the caller asks of the server."""
    options = (f"-c {name}={value}" for name, value in PLAIN_PLANS.items())
    return " ".join([os.environ.get("PGOPTIONS", ""), *options]).strip()


def _start(number, database, arguments, shared=None):
    """Start pytest on *database*; what the first one says is shown at once.

    :param shared: folder in which several processes say who took which class, and
        which of how many this one is
    """
    folder, share = shared or ("", "0/1")
    options = {"screenshots": paths.HOME / "screenshots", "http_port": _free_port()}
    conf = odoo.config(f"test-{number}", **options)
    command = [
        sys.executable,
        "-m",
        "pytest",
        *("-p", "recouv_setup.pytest_browser"),
        *("-p", "recouv_setup.pytest_quick"),
        *("-p", "recouv_setup.pytest_grounds"),
        "--odoo-http",
        f"--odoo-config={conf}",
        f"--odoo-database={database}",
        *(SHARED_OPTIONS if shared else ()),
        *arguments,
    ]
    log = paths.LOG / f"tests-{number}.log" if number > 1 else None
    process = child.start(
        command,
        cwd=paths.ROOT,
        env={
            **odoo.environment(),
            "PYTHONPATH": str(paths.ROOT / "setup"),
            "PGOPTIONS": _plain_plans(),
            "RECOUV_SHARED": folder,
            "RECOUV_SHARE": share,
        },
        stdout=log and log.open("w"),
        stderr=log and subprocess.STDOUT,
    )
    return process, log


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(started):
    """Wait for all, show what the others said, return the worst exit code."""
    try:
        codes = [process.wait() for process, _log in started]
    except BaseException:
        for process, _log in started:
            child.stop(process)
        raise
    for _process, log in started:
        if log:
            print(log.read_text(errors="replace"))
    return max(codes, key=abs)

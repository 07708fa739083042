"""``setup/test``: pytest on a copy of the template database, Chromium included."""

import contextlib
import os
import re
import socket
import subprocess
import sys

from . import child, core, databases, odoo, paths, postgres, say


def split(arguments):
    """Split the arguments into add-ons and what is pytest's own."""
    known = paths.addons()
    chosen = [text for text in known if text in [arg.rstrip("/") for arg in arguments]]
    rest = [text for text in arguments if text.rstrip("/") not in known]
    return chosen, rest


def _has_paths(arguments):
    return any(
        (paths.ROOT / text.split("::")[0]).exists()
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
    return folders + ([] if chosen else ["tests"])


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
    shares = [[*_targets(chosen, rest), *rest]]
    if not rest:
        shares = _shares(_files(shares[0]), min(os.cpu_count() or 1, MOST_PROCESSES))
    with postgres.server(), contextlib.ExitStack() as stack:
        addons = _installed(chosen, rest)
        names = [stack.enter_context(databases.copy_with(addons)) for _ in shares]
        say.line(f"tests on {', '.join(names)}, dropped afterwards")
        jobs = list(enumerate(zip(names, shares, strict=True), 1))
        return _wait([_start(number, *job) for number, job in jobs])


# Each process has its own database, port and share of the files.

MOST_PROCESSES = 4
# A browser test takes as long as some ten others.
_BROWSER = re.compile(rb"start_tour|browser_js")
_TEST = re.compile(rb"def test_")
_SUBCLASS = re.compile(rb"^class \w+\(\s*\w+\.Test", re.M)


def _files(folders):
    """Test files of *folders*."""
    roots = [paths.ROOT / name for name in folders]
    found = [path for root in roots for path in root.rglob("test_*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def _weight(path):
    """How long a file takes, more or less, in tests."""
    text = path.read_bytes()
    tests, again = len(_TEST.findall(text)), len(_SUBCLASS.findall(text))
    return 3 + tests + 10 * len(_BROWSER.findall(text)) + 30 * again


def _shares(files, number):
    """Cut *files* into *number* shares of about the same weight."""
    shares, weights = [[] for _ in range(number)], [0] * number
    for path in sorted(files, key=_weight, reverse=True):
        lightest = weights.index(min(weights))
        shares[lightest].append(str(path.relative_to(paths.ROOT)))
        weights[lightest] += _weight(path)
    return [sorted(share) for share in shares if share]


def _start(number, database, arguments):
    """Start pytest on *database*; what the first one says is shown at once."""
    options = {"screenshots": paths.HOME / "screenshots", "http_port": _free_port()}
    conf = odoo.config(f"test-{number}", **options)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "recouv_setup.pytest_browser",
        "--odoo-http",
        f"--odoo-config={conf}",
        f"--odoo-database={database}",
        *arguments,
    ]
    log = paths.LOG / f"tests-{number}.log" if number > 1 else None
    process = child.start(
        command,
        cwd=paths.ROOT,
        env={**odoo.environment(), "PYTHONPATH": str(paths.ROOT / "setup")},
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

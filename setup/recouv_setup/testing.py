"""``setup/test``: pytest on a copy of the template database, Chromium included."""

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
    with postgres.server(), databases.copy_with(_installed(chosen, rest)) as name:
        conf = odoo.config("test", screenshots=paths.HOME / "screenshots")
        say.line(f"tests on {name}, a copy that is dropped afterwards")
        command = [
            sys.executable,
            "-m",
            "pytest",
            *_targets(chosen, rest),
            "-p",
            "recouv_setup.pytest_browser",
            "--odoo-http",
            f"--odoo-config={conf}",
            f"--odoo-database={name}",
            *rest,
        ]
        done = child.run(
            command,
            cwd=paths.ROOT,
            env={**odoo.environment(), "PYTHONPATH": str(paths.ROOT / "setup")},
        )
    return done.returncode

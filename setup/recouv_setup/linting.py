"""``setup/lint``: ruff, pylint-odoo's mandatory checks, OCA's checks of a module."""

from . import child, odoo, paths, say


def _tools():
    """The commands, each from the environment."""
    programs = paths.VENV / "bin"
    addons = paths.addons()
    return {
        "ruff": [programs / "ruff", "check", "."],
        "pylint-odoo": [programs / "pylint", "--jobs=2", *addons],
        "oca-checks-odoo-module": [programs / "oca-checks-odoo-module", *addons],
    }


def run(_arguments):
    """Run every linter; the exit code is 1 if one of them complains."""
    failed = []
    for name, command in _tools().items():
        say.line(name)
        environment = {**odoo.environment(), "RUFF_CACHE_DIR": str(paths.HOME / "ruff")}
        done = child.run(command, cwd=paths.ROOT, env=environment)
        failed += [name] if done.returncode else []
    say.line(f"lint failed: {', '.join(failed)}" if failed else "lint: nothing to say")
    return 1 if failed else 0

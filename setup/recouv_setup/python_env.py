"""The virtual environment: Odoo's Python packages, the test tools, our add-ons."""

import functools
import importlib.util
import os
import sys
import sysconfig

from . import child, debian, paths, say, stage

OLDEST, TOO_NEW = (3, 10), (3, 14)
SYSTEM = "/usr/bin/python3"


def check_python():
    """Refuse a Python that Odoo 19 does not run on."""
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        raise say.Problem(
            f"This is Python {sys.version.split()[0]}, and Odoo 19 wants 3.10 to 3.13: "
            "start the command with one, for example python3.11 setup/run."
        )


@functools.cache
def program():
    """The Python that the environment is made with: the one that runs us; the
    system's, where ours was compiled without optimisation, as pyenv does: it takes
    half as long again for everything.
    """
    if sys.base_prefix == "/usr" or _is_optimised():
        return sys.executable
    probe = (
        "import ensurepip, sys; "
        f"sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_NEW})"
    )
    try:
        fits = not child.heard([SYSTEM, "-c", probe]).returncode
    except OSError:
        fits = False
    return SYSTEM if fits else sys.executable


def _is_optimised():
    """Whether this Python was compiled with what it learned of its own running."""
    return "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def needs_debian_pip():
    """Debian's bare Python has no ensurepip: then pip comes from its own package."""
    ours = program() == sys.executable
    return ours and importlib.util.find_spec("ensurepip") is None


def _pip(*args):
    log = paths.LOG / "pip.log"
    command = [paths.PYTHON, "-m", "pip", "install", "--no-input", *args]
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = child.heard(command, env=env)
    with log.open("a") as handle:
        handle.write(done.stdout)
    if done.returncode:
        raise say.Problem(_pip_sentence(done.stdout, log))


_NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Max retries exceeded",
)


def _pip_sentence(output, log):
    if "No space left" in output:
        return say.DISK_FULL
    if any(words in output for words in _NO_NETWORK):
        return (
            "The Python package index cannot be reached: connect this machine to the "
            "network and start the same command again."
        )
    error = next(
        (line for line in reversed(output.splitlines()) if line.startswith("ERROR:")),
        "pip install failed.",
    )
    return f"{error} Its own words are in {log}."


def install(*requirements):
    """Install further packages into the environment."""
    _pip(*requirements)


def _must(command):
    done = child.heard(command)
    if done.returncode:
        words = done.stdout.strip().splitlines() or [str(done.returncode)]
        raise say.Problem(f"No Python environment could be made: {words[-1]}")


def _make():
    """Make an empty environment that has pip."""
    for stamp in ("packages", "pgserver"):
        (paths.STAMPS / stamp).unlink(missing_ok=True)
    without = needs_debian_pip()
    command = [program(), "-m", "venv", "--clear", paths.VENV]
    _must(command + (["--without-pip"] if without else []))
    if without:
        wheel = debian.pip_wheel()
        _must([paths.PYTHON, f"{wheel}/pip", "install", "-q", "--no-index", wheel])


def _fill():
    _pip("--no-compile", "-r", str(paths.REQUIREMENTS))


def _works():
    """Whether the environment's Python runs and has pip."""
    try:
        return not child.heard([paths.PYTHON, "-c", "import pip"]).returncode
    except OSError:
        return False


def ensure():
    """Make the environment; fill it again whenever the requirements change.

    One that works is never made anew, since other commands may be running in it.
    """
    if not _works():
        with stage.lock("stage-venv"):
            if not _works():
                with say.long_part("Python environment"):
                    _make()
    key = stage.digest(paths.REQUIREMENTS.read_text())
    stage.once("packages", key, "Python packages", _fill)


def site_packages():
    """Folder of the environment's packages."""
    return next(paths.VENV.glob("lib/python3.*/site-packages"))


def link(odoo_root):
    """Make ``import odoo`` find *odoo_root* inside the environment."""
    (site_packages() / "recouv_odoo.pth").write_text(f"{odoo_root}\n")


def inside():
    """Whether this process already runs in the environment."""
    return os.path.realpath(sys.prefix) == os.path.realpath(paths.VENV)


def enter():
    """Continue the running command inside the environment."""
    if not inside():
        os.environ["PYTHONPYCACHEPREFIX"] = str(paths.PYCACHE)
        sys.stdout.flush()
        os.execv(paths.PYTHON, [str(paths.PYTHON), *sys.argv])

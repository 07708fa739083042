"""Where everything lies: the repository, and the one folder that is ours to fill."""

import os
import shutil
from pathlib import Path

from . import say

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("RECOUV_HOME") or ROOT / ".recouv").resolve()

BIN = HOME / "bin"
DEBIAN = HOME / "debian"
ODOO_DEBIAN = HOME / "odoo"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
DATA = HOME / "odoo-data"
LETTERS = HOME / "letters"
LOG = HOME / "log"
LOCK = HOME / "lock"
PG = HOME / "pg"
STAMPS = HOME / "stamps"
PYCACHE = HOME / "pycache"
REQUIREMENTS = ROOT / "setup" / "requirements.txt"


def prepare():
    """Make the folders that every command writes into."""
    for folder in (BIN, DATA, LOG, LOCK, STAMPS):
        folder.mkdir(parents=True, exist_ok=True)


def check_space():
    """Say before anything starts when the disk is too full for it."""
    needed = 0.5 if (STAMPS / "odoo").exists() else 5
    if shutil.disk_usage(HOME).free < needed * 2**30:
        raise say.Problem(say.DISK_FULL)


def addons():
    """Names of the add-ons of this repository, dependencies first."""
    names = sorted(
        path.parent.name for path in ROOT.glob("recouv_lib*/__manifest__.py")
    )
    return sorted(names, key=lambda name: (name != "recouv_lib", name))

"""``setup/wheels``: each add-on as a wheel, and the bundle that installs them all."""

import os
import shutil
import sys

from . import child, paths, say

DIST = paths.HOME / "dist"
BUNDLE = paths.ROOT / "setup" / "bundle"


def build(source, target=DIST):
    """Build the wheel of the project in folder *source*; return its path."""
    scratch = paths.HOME / "build" / source.name
    shutil.rmtree(scratch, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(source, scratch, ignore=ignored)
    before = set(target.glob("*.whl"))
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps"]
    command += ["--no-build-isolation", "-w", target, scratch]
    # whool asks git which files count; here all of the copy do.
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(scratch.parent)}
    if child.run(command, env=env).returncode:
        raise say.Problem(f"{source.name} does not build as a wheel.")
    return next(iter(set(target.glob("*.whl")) - before))


def run(_arguments):
    """Build all of them into ``.recouv/dist``."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    for source in [*(paths.ROOT / name for name in paths.addons()), BUNDLE]:
        say.line(build(source).name)
    print("\nInto an environment that has Odoo 19:")
    print(f"  pip install {DIST}/*.whl")
    print("and name that environment's odoo/addons folder in addons_path.")
    return 0

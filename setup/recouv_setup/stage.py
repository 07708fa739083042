"""Stages that are done once: a stamp is written only when one has finished.

An interrupted start therefore repeats only the stage it was in. A lock keeps two
commands that start at the same moment from doing the same stage twice.
"""

import fcntl
import hashlib
import os
import time
from contextlib import contextmanager

from . import paths, say


@contextmanager
def lock(name, shared=False):
    """Hold the lock *name* of this folder, saying so when another command has it."""
    paths.LOCK.mkdir(parents=True, exist_ok=True)
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with open(paths.LOCK / name, "w") as handle:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            say.line(f"waiting for another command to finish with: {name}")
            fcntl.flock(handle, mode)
        yield handle


def digest(*parts):
    """Short name that changes when any of *parts* (anything with a str) changes."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def _is_done(name, key):
    stamp = paths.STAMPS / name
    return stamp.exists() and stamp.read_text() == key


def _log(name, key):
    """Note when and by whom a stage was done, and what its stamp said before."""
    stamp = paths.STAMPS / name
    before = stamp.read_text() if stamp.exists() else "nothing"
    with (paths.LOG / "stages.log").open("a") as handle:
        now = time.strftime("%F %T")
        handle.write(f"{now} {name}: {before} -> {key} ({os.getpid()} {paths.ROOT})\n")


def once(name, key, text, work):
    """Run *work* unless stage *name* was finished with this *key* before."""
    if _is_done(name, key):
        return
    with lock(f"stage-{name}"):
        if _is_done(name, key):
            return
        _log(name, key)
        with say.long_part(text):
            work()
        (paths.STAMPS / name).write_text(key)

"""Progress lines on the terminal, and errors that fit in one sentence."""

import errno
import sys
import time
from contextlib import contextmanager

_START = time.monotonic()
DISK_FULL = "The disk is full: free about 5 GB and start the same command again."


class Problem(Exception):
    """Something the caller must know or do, said in one clear sentence."""


def line(text):
    """Print one progress line with the time since the command started."""
    print(f"[{time.monotonic() - _START:6.1f} s] {text}", flush=True)


@contextmanager
def long_part(text):
    """Announce a long part, then say how long it took."""
    line(f"{text} ...")
    began = time.monotonic()
    yield
    line(f"{text}: done in {time.monotonic() - began:.1f} s")


def explain(error):
    """The one sentence for an operating system error, or None if it needs none."""
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DISK_FULL
    if isinstance(error, PermissionError):
        return f"This user may not write {error.filename}: make it theirs, start again."
    return None


def fail(error):
    """Print the sentence for *error* and return the exit code, or raise it again."""
    sentence = explain(error)
    if sentence is None:
        raise error
    print(f"recouv: {sentence}", file=sys.stderr, flush=True)
    return 2

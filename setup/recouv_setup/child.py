"""Programs that end with us: when we are killed, nothing keeps a port or a lock."""

import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """To be called in a new process: it ends when the one that started it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, **options):
    """Start *command* without a terminal to read from; return the process."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, preexec_fn=die_with_parent, **options)


def run(command, **options):
    """Run *command* to its end; it is stopped when we are interrupted."""
    process = start(command, **options)
    try:
        output, words = process.communicate()
    except BaseException:
        stop(process)
        raise
    return subprocess.CompletedProcess(command, process.returncode, output, words)


def heard(command, **options):
    """Run *command*; also return what it printed, both streams in order."""
    return run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **options,
    )


def stop(process):
    """End *process* kindly, then firmly."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""How much memory this very process takes, by the kernel's own account (Linux).

``ru_maxrss`` knows the highest point of a whole life, that of the process it came from
included: what one stage of a bench took cannot be told by it.
"""

from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
#: what makes the kernel forget the highest point so far
FORGET = "5"


def read(name):
    """Return a line of the status in MB: VmRSS is now, VmHWM the highest point."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def peak():
    """Return the highest point since the start of the process, or of a `Watch`."""
    return read("VmHWM")


class Watch:
    """What is done from here on: `grown()` MB above the start, at its highest."""

    def __init__(self):
        CLEAR.write_text(FORGET)
        self.start = read("VmRSS")

    def grown(self):
        return max(peak() - self.start, 0.0)

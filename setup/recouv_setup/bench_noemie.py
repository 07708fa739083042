"""``setup/bench noemie``: NOEMIE files of two sizes, read with every field typed.

Each reading runs in a process of its own, so that its peak memory is its own: it must
not grow with the file. As a program: ``FILE rows|answers``, prints JSON.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from datetime import date, timedelta
from pathlib import Path

from . import memory, paths

DAY = date(2026, 3, 5)
READINGS = {
    "rows": "entities, every field typed",
    "answers": "payments and answers to invoices",
}
#: invoices of one transfer, different transfers in a file
INVOICES = 500
TRANSFERS = 40


def bench(size):
    """Rows of the table: both readings of a file of *size* MB and of a quarter."""
    with tempfile.TemporaryDirectory(dir=paths.HOME) as folder:
        files = [_write(Path(folder), part) for part in (max(size // 4, 1), size)]
        return [
            _row(file, what, label)
            for what, label in READINGS.items()
            for file in files
        ]


def _returns():
    """The readers, as they are used without Odoo."""
    sys.path.insert(0, str(paths.ROOT / "recouv_lib_tiers_payant"))
    from returns import entities, noemie, writing

    return entities, noemie, writing


# --- files --------------------------------------------------------------------------


def _write(folder, size):
    """A file of about *size* MB: one header, one trailer, transfers in between."""
    _entities, _noemie, writing = _returns()
    stream = "".join(_transfers(writing))
    header = writing.entity("000", sender_kind="CP", sender="131", record_length=128)
    path, width = folder / f"{size}.noemie", 127
    with path.open("wb") as out:
        out.write(header.encode())
        text = ""
        for _time in range(max(size * 1_000_000 // len(stream), 1)):
            text += stream
            whole = len(text) // width * width
            out.write(_records(text[:whole], width))
            text = text[whole:]
        out.write(b"1" + text.ljust(width).encode())
        out.write(writing.entity("999", sender_kind="CP", sender="131").encode())
    return path


def _records(text, width):
    pieces = [text[at : at + width] for at in range(0, len(text), width)]
    return "".join(f"0{piece}" for piece in pieces).encode()


def _transfers(writing):
    """Texts of transfers with invoices like those of a nurse: four lines, one in ten
    with a rejection."""
    chance = random.Random(1)
    out = writing.NoemieWriter(DAY)
    for number in range(TRANSFERS):
        day = DAY - timedelta(days=number % 20)
        transfer = out.transfer(day, "CPAM DE L AIN", f"6061000{number:05}", "011")
        for invoice in range(INVOICES):
            _invoice(transfer, number * INVOICES + invoice, day, chance)
        transfer.close()
    return out.texts


def _invoice(transfer, number, day, chance):
    amo, amc = chance.randrange(500, 20000), chance.randrange(100, 9000)
    rejected = chance.random() < 0.1
    transfer.invoice(
        f"{number:09}",
        amo=(amo, "R", 0) if rejected else amo,
        amc=amc,
        rejections=[("0250", "ASSURE ABSENT DU REFERENTIEL")] if rejected else (),
        lot=f"{number % 999 + 1:03}",
        lot_date=day,
        date=day,
        nir=f"1{chance.randrange(10**12):012}",
        nir_key=f"{chance.randrange(1, 98):02}",
        birth=f"{chance.randrange(100):02}0712",
        name=f"NOM{number % 997}",
        first_name=f"PRENOM{number % 89}",
        amc_number=f"00{chance.randrange(10**8):08}",
        member_number=f"{chance.randrange(10**10)}",
    )


# --- measures -----------------------------------------------------------------------


def _row(path, what, label):
    command = [sys.executable, "-m", "recouv_setup.bench_noemie", str(path), what]
    done = subprocess.run(
        command,
        cwd=paths.ROOT / "setup",
        capture_output=True,
        text=True,
        check=True,
    )
    return {"what": label, **json.loads(done.stdout)}


def measure(path, what):
    """What one reading of the file at *path* took."""
    entities, noemie, _writing = _returns()
    megabytes = path.stat().st_size / 1e6
    wall, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        if what == "rows":
            found = entities.typed(stream)
        else:
            found = noemie.answers(stream, DAY)
        deque(found, maxlen=0)
    cpu = time.process_time() - cpu
    return {
        "MB": round(megabytes),
        "seconds": time.perf_counter() - wall,
        "CPU seconds": cpu,
        "MB a CPU second": megabytes / cpu,
        "peak memory MB": memory.peak(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))

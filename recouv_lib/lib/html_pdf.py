"""Turn one HTML document into a PDF with wkhtmltopdf.

One call prints hundreds of pages: starting the program costs far more than a page.
Nothing is fetched: no script, no local file, no network object is allowed in.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

# A letter's margins are part of its layout; a document is laid out wider than its page
# and shrunk to fit, which makes millimetres true on every build (see the style sheet).
OPTIONS = (
    "--quiet",
    "--page-size", "A4",
    "--encoding", "utf-8",
    "--disable-javascript",
    "--disable-local-file-access",
)  # fmt: skip
TIMEOUT = 180  # seconds for one document


class PrinterMissing(RuntimeError):
    """wkhtmltopdf is not installed or cannot be started."""


class PrinterCrashed(RuntimeError):
    """wkhtmltopdf stopped without a document; the text says what it wrote last."""


def print_html(
    program: str, html: str, *, timeout: float = TIMEOUT, margins: tuple = (0, 0)
) -> bytes:
    """Return the PDF of ``html``. Raises PrinterMissing, PrinterCrashed.

    :param margins: (above and below, left and right) of each page in millimetres
    """
    with tempfile.TemporaryDirectory(prefix="recouv_letters_") as folder:
        source, target = Path(folder, "letters.html"), Path(folder, "letters.pdf")
        source.write_text(html, encoding="utf-8")
        _run([program, *OPTIONS, *_margins(margins), str(source), str(target)], timeout)
        return _read(target)


def _margins(margins: tuple) -> list[str]:
    vertical, horizontal = map(str, margins)
    return [
        "--margin-top", vertical, "--margin-bottom", vertical,
        "--margin-left", horizontal, "--margin-right", horizontal,
    ]  # fmt: skip


def _run(command: list[str], timeout: float) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PrinterCrashed(f"no answer after {timeout:.0f} s") from error
    except OSError as error:
        raise PrinterMissing(str(error)) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise PrinterCrashed(f"code {done.returncode}: {said}")


def _read(target: Path) -> bytes:
    content = target.read_bytes() if target.exists() else b""
    if not content.startswith(b"%PDF") or b"%%EOF" not in content[-1024:]:
        raise PrinterCrashed("the document is missing or cut short")
    return content

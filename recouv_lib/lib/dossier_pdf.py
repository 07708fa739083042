"""Put many PDFs and scans into one numbered document, and look into what is released.

Pages keep their size; each bears its number at the foot, and the first page of an
exhibit its label at the head. Nothing but pages is taken over: no attachment, script,
form, link or property of the documents that go in.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import NameObject
from reportlab.pdfgen.canvas import Canvas
from stdnum.fr import nir

FONT, SIZE = "Helvetica", 8
MARGIN = 24  # points from the edge of the page
# what a page may do or hold beside what is seen
HIDDEN = ("/Annots", "/AA", "/Metadata", "/PieceInfo", "/B", "/Tabs", "/StructParents")
RESOLUTION = 150  # dots an inch of a scan
# a social-security number as people write it
NIR = re.compile(r"(?<![\d])[1-478](?:[ .\u00a0]?[0-9AB]){12,14}(?![\d])")
RANGE = re.compile(r"(\d+)(?:-(\d+))?")


class Unreadable(ValueError):
    """The file is no PDF nor image that can be read, or it is locked."""


class BadRange(ValueError):
    """A list of pages cannot be read, or names a page that is not there."""


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever a broken file makes pypdf stumble over into Unreadable: besides its
    own errors it raises a dozen of Python's (fuzzed: TypeError, AssertionError...)."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(str(error) or type(error).__name__) from error


@dataclass(frozen=True)
class Part:
    """A document to put in. ``label`` is stamped on its first page (may be empty)."""

    content: bytes
    label: str = ""


def as_pdf(content: bytes) -> bytes:
    """Return a PDF as it is, a picture as a PDF of one page. Raises Unreadable."""
    if content[:1024].lstrip().startswith(b"%PDF"):
        _pages(content)
        return content
    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Unreadable(str(error)) from error
    target = io.BytesIO()
    picture.save(target, "PDF", resolution=RESOLUTION)
    return target.getvalue()


def page_count(content: bytes) -> int:
    """Return how many pages a PDF has. Raises Unreadable."""
    return len(_pages(content))


def read_text(content: bytes) -> str:
    """Return the text that can still be read and copied from a PDF: what a black bar
    hides to the eye only is in it. Raises Unreadable."""
    with _reading():
        texts = [page.extract_text() or "" for page in _pages(content)]
    return "\n".join(texts).strip()


def find_nirs(text: str) -> list[str]:
    """Return the social-security numbers in a text, those whose key is right."""
    return [
        found.group()
        for found in NIR.finditer(text)
        if nir.is_valid(re.sub(r"[ .\u00a0]", "", found.group()))
    ]


def read_ranges(text: str, count: int) -> set[int]:
    """Read pages written as ``2, 4-5`` (the first is 1). Raises BadRange."""
    pages: set[int] = set()
    for part in (text or "").replace(";", ",").split(","):
        if not part.strip():
            continue
        match = RANGE.fullmatch(part.strip().replace(" ", ""))
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else 0
        if not 1 <= first <= last <= count:
            raise BadRange(part.strip())
        pages |= set(range(first, last + 1))
    return pages


def redact(content: bytes, masked: Iterable[int] = (), note: str = "") -> bytes:
    """Return a copy whose ``masked`` pages (from 1) are blank but for ``note``.

    What was on them is not in the copy, and neither is anything hidden in the file.
    Raises Unreadable.
    """
    with _reading():
        hidden, writer = set(masked), PdfWriter()
        for number, page in enumerate(_pages(content), 1):
            if number in hidden:
                box = page.mediabox
                blank = writer.add_blank_page(float(box.width), float(box.height))
                _stamp(blank, note, "")
            else:
                _add_bare(writer, page)
        return _write(writer)


def assemble(parts: Sequence[Part], footer: str) -> bytes:
    """Return one PDF of all ``parts``.

    :param footer: text at the foot of each page, with ``{page}`` and ``{pages}``
    Raises Unreadable.
    """
    with _reading():
        writer, labels = PdfWriter(), {}
        for part in parts:
            if part.label:
                labels[len(writer.pages)] = part.label
            for page in _pages(part.content):
                _add_bare(writer, page)
        total = len(writer.pages)
        for index, page in enumerate(writer.pages):
            foot = footer.format(page=index + 1, pages=total)
            _stamp(page, foot, labels.get(index, ""))
        return _write(writer)


def starts(parts: Sequence[Part]) -> list[int]:
    """Return the number of the first page of each part, as :func:`assemble` numbers."""
    found, page = [], 1
    for part in parts:
        found.append(page)
        page += page_count(part.content)
    return found


def _pages(content: bytes) -> Sequence[PageObject]:
    with _reading():
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("locked by a password")
        pages = list(reader.pages)
        if not pages:
            raise Unreadable("no page")
    return pages


def _add_bare(writer: PdfWriter, page: PageObject) -> None:
    """Add what is seen of a page, upright, and nothing else."""
    bare = PageObject.create_blank_page(None, page.mediabox.width, page.mediabox.height)
    for key, value in page.items():
        if key not in HIDDEN and key != "/Parent":
            bare[NameObject(key)] = value
    added = writer.add_page(bare)
    if added.rotation:
        added.transfer_rotation_to_content()


def _stamp(page: PageObject, foot: str, head: str) -> None:
    box = page.mediabox
    left, bottom = float(box.left), float(box.bottom)
    width, height = float(box.width), float(box.height)
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(left + width, bottom + height))
    canvas.setFont(FONT, SIZE)
    canvas.setFillGray(0.25)
    canvas.drawCentredString(left + width / 2, bottom + MARGIN / 2, foot)
    if head:
        _draw_label(canvas, head, left + width - MARGIN, bottom + height - MARGIN)
    canvas.save()
    page.merge_page(PdfReader(io.BytesIO(target.getvalue())).pages[0])


def _draw_label(canvas: Canvas, text: str, right: float, top: float) -> None:
    """Draw a boxed label whose top right corner is given; white behind the words."""
    width = canvas.stringWidth(text, "Helvetica-Bold", SIZE + 1) + 8
    canvas.setFillGray(1)
    canvas.setStrokeGray(0.25)
    canvas.rect(right - width, top - 12, width, 16, stroke=1, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Helvetica-Bold", SIZE + 1)
    canvas.drawRightString(right - 4, top - 7, text)


def _write(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()

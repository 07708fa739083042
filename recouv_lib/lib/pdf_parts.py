"""Read the marks of a printed batch and cut it into one document per letter.

Reading the text of a page through pypdf takes a hundred times as long as printing it:
it understands every layout. Here only the strings of a page are wanted, so they are
found in its content stream and decoded with the font's own table. A writer whose
streams look otherwise is read through pypdf.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence

from pypdf import PageObject, PdfReader, PdfWriter

# a text object; in it, the choice of a font and the strings shown, in hexadecimal
TEXT_BEGINS, TEXT_ENDS = b"BT\n", b"\nET"
FONT = re.compile(rb"/(\w+)\s+[\d.]+\s+Tf")
STRING = re.compile(rb"<([0-9A-F]+)> Tj")
# a character map: one code, or a run of codes, and what it stands for
MAP_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
MAP_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
PAIR = re.compile(rb"<(\w+)>\s*<(\w+)>")
TRIPLE = re.compile(rb"<(\w+)>\s*<(\w+)>\s*(?:<(\w+)>|\[(.*?)\])", re.DOTALL)
HEX = re.compile(rb"<(\w+)>")


def open_pdf(content: bytes) -> PdfReader:
    """Return a reader of ``content``. Raises pypdf's PdfReadError."""
    return PdfReader(io.BytesIO(content))


def page_texts(reader: PdfReader) -> list[str]:
    """Return the text of every page, one line for each text object."""
    known: dict[int, dict[bytes, str]] = {}
    texts = [_quick_text(page, known) for page in reader.pages]
    if any(text.strip() for text in texts):
        return texts
    return [page.extract_text() for page in reader.pages]


def _quick_text(page: PageObject, known: dict[int, dict[bytes, str]]) -> str:
    fonts = _fonts(page, known)
    lines = []
    for body in _stream(page).split(TEXT_BEGINS)[1:]:
        # each piece begins where a font is chosen
        pieces = FONT.split(body.partition(TEXT_ENDS)[0])
        lines.append(
            "".join(
                _decoded(fonts.get(font, {}), shown)
                for font, shown in zip(pieces[1::2], pieces[2::2], strict=True)
            )
        )
    # this writer maps its space to a tab
    return "\n".join(lines).replace("\t", " ")


def _decoded(table: dict[bytes, str], shown: bytes) -> str:
    pieces = shown.split(b"<")[1:]
    if all([piece[4:5] == b">" for piece in pieces]):
        # one glyph a string, as Qt writes: cutting is much faster than matching
        return "".join([table.get(piece[:4], "") for piece in pieces])
    joined = b"".join(STRING.findall(shown))
    return "".join([table.get(joined[i : i + 4], "") for i in range(0, len(joined), 4)])


def _stream(page: PageObject) -> bytes:
    contents = page["/Contents"].get_object()
    parts = contents if isinstance(contents, list) else [contents]
    return b"\n".join(part.get_object().get_data() for part in parts)


def _fonts(page: PageObject, known: dict[int, dict[bytes, str]]) -> dict[bytes, dict]:
    """Return {font name: {code: text}}; a table is read once for the whole batch."""
    found = {}
    for name, reference in page["/Resources"].get_object().get("/Font", {}).items():
        number = getattr(reference, "idnum", id(reference))
        if number not in known:
            known[number] = _character_map(reference.get_object())
        found[name[1:].encode()] = known[number]
    return found


def _character_map(font) -> dict[bytes, str]:
    if "/ToUnicode" not in font:
        return {}
    source, table = font["/ToUnicode"].get_object().get_data(), {}
    for block in MAP_CHARS.findall(source):
        table.update(
            (code.upper(), _text(value)) for code, value in PAIR.findall(block)
        )
    for block in MAP_RANGES.findall(source):
        for first, last, start, listed in TRIPLE.findall(block):
            table.update(_run(first, last, start, HEX.findall(listed)))
    return table


def _run(first: bytes, last: bytes, start: bytes, listed: list[bytes]):
    """Yield (code, text) of a run of codes."""
    for offset, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
        if listed:
            text = _text(listed[offset]) if offset < len(listed) else ""
        else:
            text = chr(int(start, 16) + offset)
        yield b"%0*X" % (len(first), code), text


def _text(value: bytes) -> str:
    return bytes.fromhex(value.decode()).decode("utf-16-be", "replace")


def cut(
    reader: PdfReader, ranges: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[int, bytes]]:
    """Yield (notice id, document) of each (notice id, first, last) page range, one at a
    time: a batch is never in memory twice."""
    for notice_id, first, last in ranges:
        yield notice_id, write_pdf(reader.pages[first : last + 1])


def write_pdf(pages: Iterable[PageObject]) -> bytes:
    """Return a document made of ``pages``."""
    writer, target = PdfWriter(), io.BytesIO()
    for page in pages:
        writer.add_page(page)
    writer.write(target)
    return target.getvalue()

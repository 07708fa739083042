"""How the parts of a letter fall on its pages, before anything is printed.

The printing program knows no running headers, and each page must bear its own number
and mark, so pages are made up here: the height of every part is measured with the
widths of Helvetica, which the printed font shares, and parts are laid one after the
other. A part is never cut but for a table, which is cut between two rows.

Lengths are millimetres, sizes are points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from reportlab.pdfbase.pdfmetrics import stringWidth

MM_PER_POINT = 25.4 / 72
# The printed font is hinted to whole pixels: lines come out up to this much longer.
SAFETY = 1.03


@dataclass(frozen=True)
class Part:
    """A part of a letter: ``kind`` and ``content`` for who prints it.

    A table has ``rows`` and ``row_height``; ``height`` is then that of its head and
    foot, which every piece repeats.
    """

    kind: str
    height: float
    content: object = None
    rows: tuple = ()
    row_height: float = 0.0

    @property
    def total(self) -> float:
        return self.height + len(self.rows) * self.row_height


@dataclass
class Page:
    """The parts of one page, in order."""

    parts: list[Part] = field(default_factory=list)
    room: float = 0.0


def lines_of(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Return on how many lines ``text`` is set, at least one."""
    return sum(_wrapped(line, width, size, bold) for line in (text or "").split("\n"))


def _wrapped(text: str, width: float, size: float, bold: bool) -> int:
    font = "Helvetica-Bold" if bold else "Helvetica"
    limit = width / MM_PER_POINT / SAFETY
    space, lines, used = _width(" ", font, size), 1, 0.0
    for word in text.split(" "):
        length = _width(word, font, size)
        if used and used + space + length > limit:
            lines, used = lines + 1, 0.0
        # a word longer than the line is broken by no printer: it counts whole
        lines += int(length // limit) if length > limit else 0
        used += length % limit + (space if used else 0)
    return lines


@lru_cache(maxsize=20000)
def _width(text: str, font: str, size: float) -> float:
    return stringWidth(text, font, size)


def make_up(parts: Iterable[Part], first: float, following: float) -> list[list[Part]]:
    """Return the parts of each page.

    ``first`` and ``following``: the room on the first page and on the others. A letter
    that fits on one page stays on it as it is. When its words alone fit, its tables
    leave for pages of their own; else all flows in order, and only a table longer than
    a page leaves.
    """
    parts = list(parts)
    if sum(part.total for part in parts) <= first:
        return [parts]
    words_fit = sum(part.total for part in parts if not part.rows) <= first
    pages, apart = [Page(room=first)], []
    for part in parts:
        if part.rows and (words_fit or part.total > following):
            apart.append(part)
        else:
            _flow(pages, part, following)
    for table in apart:
        _annex(pages, table, following)
    return [page.parts for page in pages]


def _flow(pages: list[Page], part: Part, following: float) -> None:
    if part.total > pages[-1].room and pages[-1].parts:
        pages.append(Page(room=following))
    _put(pages[-1], part)


def _annex(pages: list[Page], table: Part, following: float) -> None:
    """Cut a table into pages of its own."""
    each = max(1, int((following - table.height) // table.row_height))
    for start in range(0, len(table.rows), each):
        pages.append(Page(room=following))
        _put(pages[-1], replace(table, rows=table.rows[start : start + each]))


def _put(page: Page, part: Part) -> None:
    page.parts.append(part)
    page.room -= part.total

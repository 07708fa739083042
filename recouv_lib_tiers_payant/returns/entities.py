"""NOEMIE files as rows: every entity with its fields, every byte somewhere.

The rows of a stream follow each other without gap: each begins where the one before
ended (an entity takes with it the chaining flag and line ends before it), the first at
0, the last one ends with the stream. ``row.kind`` is ``entity``, ``padding`` (blanks
that fill the last record or stand between files) or ``junk`` (what is no entity);
``row.layout`` is None for what is unknown. ``row.raw`` is the text without delimiter.

``row.fault`` says what is wrong, several words where several things are: ``length``
(another length than its layout's), ``unknown`` (type), ``delimiter`` (its ``@`` is
damaged), ``truncated``, ``number:FIELD`` (digits expected), ``flag`` (chaining flag of
its record), ``no_header``, ``no_trailer``.
"""

import re
from collections import namedtuple
from itertools import chain

from .layout import COMMON
from .noemie_layouts import DELIMITER, LAYOUTS
from .physical import BLANKS, BLOCK, HEADER, LONGEST, UNFOLDED_FORM, Records, Source

#: what begins an entity: its type and its break level
STARTS = re.compile("[0-9]{5}").match
STREAMED = {key: layout for key, layout in LAYOUTS.items() if key not in ("000", "999")}


class Other(namedtuple("Other", COMMON)):
    """A row without known layout."""

    __slots__ = ()
    layout = None

    @property
    def type(self):
        """The type that is written, "" where there is none."""
        is_entity = self.kind == "entity" and self.raw[:3].isdigit()
        return self.raw[:3] if is_entity else ""


class Unknown(Other):
    __slots__ = ()
    kind = "entity"


class Padding(Other):
    __slots__ = ()
    kind = "padding"


class Junk(Other):
    __slots__ = ()
    kind = "junk"


class Bare(Other):
    """An entity of a known type whose fields were not asked for."""

    __slots__ = ()
    kind = "entity"

    @property
    def layout(self):
        return LAYOUTS.get(self.raw[:3])


def entities(stream):
    """Rows of a binary *stream* without reading their fields (see the module)."""
    return Reader(stream, typed=False).rows()


def typed(stream):
    """Rows of a binary *stream* with their fields, by name and in order."""
    return Reader(stream).rows()


class Reader:
    """The rows of a binary stream.

    :ivar records: `physical.Records` of the current file (form, length, count)
    """

    def __init__(self, stream, typed=True):
        self.source = Source(stream)
        self.records = None
        self.is_typed = typed
        # length without delimiter and what makes the row, by type
        self._makers = {
            key: (layout.length - 1, layout.decode if typed else _bare)
            for key, layout in STREAMED.items()
        }
        self._end = 0

    def rows(self):
        return chain.from_iterable(self.batches())

    def batches(self):
        """Lists of rows: handing them over one by one would cost as much as reading."""
        while self.source.ahead(1):
            before = self.source.offset
            records = Records(self.source)
            header = records.open()
            if header is not None:
                self.records = records
                yield from self._file(records, header)
            if self.source.offset == before:
                yield [self._between()]

    def _file(self, records, header):
        fault = "" if header else "no_header"
        if header:
            yield [self._record("000", header)]
        for rows in self._stream(records):
            if fault and rows:
                rows[0] = _marked(rows[0], fault)
                fault = ""
            yield rows
        trailer = records.close()
        if trailer:
            yield [self._record("999", trailer)]
        else:
            start, self._end = self._end, self.source.offset
            yield [Padding("", start, self._end, "no_trailer")]

    def _record(self, type_, data):
        """The row of a header or trailer."""
        start, self._end = self._end, self.source.offset
        raw = data.decode("latin-1").ljust(LAYOUTS[type_].length)
        return self._known(LAYOUTS[type_], raw, start, self._end, "")

    def _known(self, layout, raw, start, end, fault):
        """A row of *raw* read with care."""
        if not self.is_typed:
            return Bare(raw, start, end, fault)
        return layout.decode_with_care(raw, start, end, fault)

    def _between(self):
        """What is no file, up to the next one: blanks apart from the rest."""
        found = self.source.ahead(BLOCK)
        header = HEADER.search(found, 1)
        # a header may begin within the last bytes at hand
        size = len(found) if len(found) < BLOCK else len(found) - 20
        size = header.start() if header else size
        blank = len(found) - len(found.lstrip(BLANKS))
        kind, size = (Padding, min(blank, size)) if blank else (Junk, size)
        raw = self.source.take(size).decode("latin-1")
        start, self._end = self._end, self.source.offset
        return kind(raw, start, self._end, "")

    # --- the stream of entities ----------------------------------------------------

    def _stream(self, records):
        """Lists of the rows of the data records."""
        tail, past, fault = "", [], ""
        for run in records.runs():
            past.append(run)
            fault = fault or run.fault
            text = tail + run.text
            rows, cut = self._rows(text, len(tail), past)
            tail = text[cut:]
            if fault and rows:
                rows[0], fault = _marked(rows[0], fault), ""
            yield rows
            while len(past) > 1 and sum(len(r.text) for r in past[1:]) >= len(tail):
                del past[0]
            if records.form == UNFOLDED_FORM and not tail:
                # the runs go on behind what is taken here
                while rows := self._plain_lines(records):
                    yield rows
        if tail:
            yield self._rows(tail, len(tail) - len(past[-1].text), past, True)[0]

    def _rows(self, text, before, past, is_end=False):
        """Rows of the entities in *text*, and where what is not whole yet begins.

        :param before: characters of *text* that come before the last run
        :param past: the runs that *text* comes from
        """
        rows, at, number = [], 0, 0
        parts = text.split(DELIMITER)
        while True:
            at, number = self._fast(parts, number, at, before, past[-1], rows)
            size, fault = _measure(text, at, is_end)
            if not size:
                return rows, at
            end = _place(at + size - 1 - before, past)
            rows.append(self._odd(text[at : at + size], self._end, end, fault))
            self._end = end
            number += text.count(DELIMITER, at, at + size)
            at += size
            if text[at - 1] != DELIMITER:
                # the rest of a part that was not taken whole
                stop = text.find(DELIMITER, at)
                parts[number] = text[at : stop if stop >= 0 else len(text)]

    def _fast(self, parts, number, at, before, run, rows):
        """Add rows as long as *parts* are known entities of the right length.

        :return: where and at which part it ended
        """
        maker_of, add, had = self._makers.get, rows.append, len(rows)
        base, width, between = run.base + 2, run.width, run.between
        stop = run.stop
        start, place = self._end, at - before - 1
        for part in parts[number:-1] if number else parts[:-1]:
            length, make = maker_of(part[:3]) or UNKNOWN
            end = place + length + 1
            if length != len(part) or end < 0:
                break
            place = end
            end += base + end // width * between
            if end > stop:
                end = stop
            try:
                add(make(part, start, end))
            except ValueError:
                add(LAYOUTS[part[:3]].decode_with_care(part, start, end))
            start = end
        self._end = start
        return place + before + 1, number + len(rows) - had

    def _plain_lines(self, records):
        """Rows of the next lines as long as each is a known entity of its length."""
        texts, line_end = records.plain_lines()
        maker_of, rows = self._makers.get, []
        begin = place = records.source.offset
        start = self._end
        for text in texts:
            length, make = maker_of(text[:3]) or UNKNOWN
            if length != len(text) or "\n" in text or "\r" in text:
                break
            end = place + length + 1
            try:
                rows.append(make(text, start, end))
            except ValueError:
                layout = LAYOUTS[text[:3]]
                rows.append(layout.decode_with_care(text, start, end))
            start, place = end, end + line_end
        self._end = start
        # the end of the last line is skipped with those before the next one
        records.skip_lines(len(rows), place - begin)
        return rows

    def _odd(self, text, start, end, fault):
        """The row of *text*, an entity that is not as its layout says."""
        kind = KINDS.get(fault)
        if kind:
            return kind(text, start, end, "")
        layout = STREAMED.get(text[:3])
        raw = text[:-1] if text.endswith(DELIMITER) or fault == "delimiter" else text
        if fault == "unknown" and not STARTS(raw):
            return Junk(raw, start, end, "")
        doubtful = fault == "length" and not layout.fits(raw)
        if layout is None or fault == "truncated" or doubtful:
            return Unknown(raw, start, end, fault)
        return self._known(layout, raw, start, end, fault)


#: no part has this length
UNKNOWN = (-1, None)
KINDS = {"junk": Junk, "padding": Padding}


def _bare(raw, start, end):
    return tuple.__new__(Bare, (raw, start, end, ""))


def _marked(row, fault):
    return row._replace(fault=f"{row.fault} {fault}".strip())


def _place(index, past):
    """Offset after the character at *index* of the last run of *past*.

    A negative index lies in the runs before it.
    """
    for number in range(len(past) - 1, -1, -1):
        run = past[number]
        if index >= 0 or not number:
            end = run.base + 2 + index + index // run.width * run.between
            return min(end, run.stop)
        index += len(past[number - 1].text)
    return 0


def _measure(text, at, is_end):
    """Length of what begins at *at* in *text*, and what is wrong with it.

    Length 0 means that its end is not there yet. An ``@`` in the middle of a text is
    no end: an entity ends where its layout says; else at the next ``@`` that the
    beginning of an entity follows.
    """
    left = len(text) - at
    if not left:
        return 0, ""
    if text[at] == " ":
        return _blanks(text, at, is_end)
    layout = STREAMED.get(text[at : at + 3])
    size = layout.length if layout else 0
    if size and not is_end and left < size + 5:
        return 0, ""
    if 0 < size <= left and text[at + size - 1] == DELIMITER:
        return size, ""
    found = _to_next(text, at, is_end, "length" if layout else "unknown")
    if 0 < size <= left and not 0 < found[0] < size:
        follows = text[at + size : at + size + 5]
        if STARTS(follows) and follows[:3] in STREAMED or not text[at + size :].strip():
            return size, "delimiter"
    return found


def _blanks(text, at, is_end):
    """Blanks between entities: they may go on as long as the text does not end."""
    left = len(text) - at
    size = left - len(text[at:].lstrip(" "))
    is_whole = size < left or is_end or size > LONGEST
    return (size, "padding") if is_whole else (0, "")


def _to_next(text, at, is_end, fault):
    """As `_measure`, for what no layout tells the length of."""
    left = len(text) - at
    end = text.find(DELIMITER, at)
    while 0 <= end < at + LONGEST:
        follows = text[end + 1 : end + 6]
        if STARTS(follows) or (is_end and not follows.strip()):
            return end + 1 - at, fault
        if len(follows) < 5 and not is_end:
            return 0, ""
        end = text.find(DELIMITER, end + 1)
    if left > LONGEST:
        return LONGEST, "junk"
    return (left, "truncated") if is_end else (0, "")

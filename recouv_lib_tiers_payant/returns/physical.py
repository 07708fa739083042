"""The physical records of a NOEMIE file, and where each byte of them lies.

A file is a header of 128 bytes (``000``), data records whose first byte is a chaining
flag (``1`` on the last one) and whose other 127 continue one stream of entities, and a
trailer of 128 bytes (``999``). Real files also have line ends after each record or
anywhere, records cut short by an editor, several files one after the other, one entity
a line, or damage. All of it is read; nothing that is read gets lost.
"""

import re
from typing import NamedTuple

from .noemie_layouts import DELIMITER, LAYOUTS

#: bytes read at once: small enough for what they become to stay in the cache
BLOCK = 1 << 14
LENGTH = 128
#: longest stretch kept waiting for its end: longer than any entity
LONGEST = 4096
LAST, MORE = b"1", b"0"
LINE_ENDS = b"\r\n"
#: what separates files and means nothing: blanks, line ends, NUL, the old end of file
BLANKS = b" \t\r\n\0\x1a"
HEADER = re.compile(rb"000[A-Z]{2}[0-9 ]{14}")
TRAILER = re.compile(rb"999[A-Z]{2}[0-9 ]{14}")
UNFOLDED = re.compile(rb"[0-9]{5}[^\r\n@]*@[ \t]*(?:\r|\n|$)")
CHAINED, LINES, UNFOLDED_FORM = "chained", "lines", "unfolded"
ENDLESS = 1 << 62


class Source:
    """The bytes of a binary stream, a look ahead, the offset of the next one."""

    def __init__(self, stream):
        self._read = stream.read
        self._buffer = b""
        self._at = 0
        self._base = 0
        self._ended = False

    @property
    def offset(self):
        return self._base + self._at

    def ahead(self, size):
        """At least *size* bytes that follow, fewer at the end of the stream only."""
        while len(self._buffer) - self._at < size and not self._ended:
            more = self._read(max(BLOCK, size))
            self._ended = not more
            self._base += self._at
            self._buffer = self._buffer[self._at :] + (more or b"")
            self._at = 0
        return self._buffer[self._at : self._at + size]

    def block(self):
        """All that is at hand without copying much: (buffer, index of what follows)."""
        return self._buffer, self._at

    def skip(self, size):
        self._at += size

    def take(self, size):
        """The next *size* bytes (fewer at the end), consumed."""
        found = self.ahead(size)
        self._at += len(found)
        return found


class Run(NamedTuple):
    """Consecutive text of the stream of entities.

    The character at index i lies at ``base + 1 + i + i // width * between``; what would
    lie at `stop` or later was not in the file (blanks that an editor took away).

    :ivar between: bytes between the data of two records: the flag and any line end
    :ivar fault: what is wrong with the record it comes from, "" if nothing is
    """

    text: str
    base: int
    width: int
    stop: int
    fault: str = ""
    between: int = 1


class Records:
    """The records of one file: a header, runs of data, a trailer.

    :ivar form: CHAINED, LINES or UNFOLDED_FORM
    :ivar length: length of a physical record
    :ivar count: physical records read so far, header and trailer included
    """

    def __init__(self, source):
        self.source = source
        self.form = CHAINED
        self.length = LENGTH
        self.count = 0
        self.header = b""
        self.line_end = b""

    # --- header and trailer --------------------------------------------------------

    def open(self):
        """Read the header: its bytes, without line ends ("" when there is none).

        :return: None when the next bytes do not begin a file
        """
        opening = self.source.ahead(3 * LENGTH)
        if not begins(opening):
            return None
        if opening.startswith(b"000") or opening[82:85] == b"128":
            self._choose_form(opening)
            self.header = self._record() if self.form != UNFOLDED_FORM else self._line()
            self.count = 1
        elif UNFOLDED.match(opening):
            self.form = UNFOLDED_FORM
        return self.header

    def _choose_form(self, opening):
        """One record a line, one entity a line, or no lines at all."""
        said = opening[82:85]
        length = int(said) if said.isdigit() and int(said) > 85 else LENGTH
        end = _first_line_end(opening)
        rest = opening[end:].lstrip(LINE_ENDS)
        if 85 <= end <= max(length, LENGTH):
            unfolded = UNFOLDED.match(rest) and _is_entity(rest)
            self.form = UNFOLDED_FORM if unfolded else LINES
            self.length = max(end, LENGTH)
            if self.form == LINES:
                found = opening[end : end + 2]
                self.line_end = found if found == b"\r\n" else found[:1]
        elif length != LENGTH and not _starts_data(opening, LENGTH):
            # another length only where the header says so and the file agrees
            if _starts_data(self.source.ahead(length + 6), length):
                self.length = length

    def close(self):
        """Read the trailer if it follows: its bytes, "" when it does not."""
        self._skip_line_ends()
        found = self.source.ahead(LENGTH)
        if not found.startswith(b"999") and not self._resembles(found):
            return b""
        if found.startswith(b"000"):
            return b""
        self.count += 1
        return self._line() if self.form == UNFOLDED_FORM else self._record()

    def _resembles(self, record):
        """Whether a damaged *record* repeats the sender of the header."""
        return bool(self.header[5:19].strip()) and record[5:19] == self.header[5:19]

    # --- data ----------------------------------------------------------------------

    def runs(self):
        """Runs of data up to the trailer, the next header or the end of the stream."""
        if self.form == UNFOLDED_FORM:
            yield from self._unfolded()
            return
        while self._has_data():
            run = self._many()
            if run:
                yield run
            elif (yield from self._one()):
                return

    def _one(self):
        """One record as runs, whatever is in it; say whether it was the last one."""
        pieces = self._pieces()
        self.count += 1
        flag = pieces[0][1][:1]
        is_last = flag == LAST and not self._has_data()
        fault = "" if flag == MORE or is_last else "flag"
        missing = self.length - sum(len(data) for _start, data in pieces)
        for number, (start, data) in enumerate(pieces):
            # the flag is no text: the first character stands one further
            text = (data if number else data[1:]).decode("latin-1")
            if self.form == LINES and not is_last:
                text += " " * missing
            base = start - 1 if number else start
            yield Run(text, base, ENDLESS, start + len(data), fault)
            fault = ""
        return is_last

    def _has_data(self):
        """Whether a data record follows."""
        self._skip_line_ends()
        found = self.source.ahead(LENGTH)
        if not found.strip(BLANKS) or HEADER.match(found) or TRAILER.match(found):
            return False
        return not (found[:1] == b"9" and self._resembles(found))

    def _many(self):
        """As many plain records as are at hand, as one run; None if there is none."""
        source, length, line_end = self.source, self.length, self.line_end
        source.ahead(2 * length)
        buffer, at = source.block()
        step = length + len(line_end)
        count = _plain_records(buffer, at, length, line_end)
        if not count:
            return None
        places = range(at, at + count * step, step)
        data = b"".join([buffer[place + 1 : place + length] for place in places])
        if line_end and (b"\n" in data or b"\r" in data):
            return None
        start = source.offset
        source.skip(count * step)
        self.count += count
        text, between = data.decode("latin-1"), 1 + len(line_end)
        return Run(text, start, length - 1, source.offset, "", between)

    def _pieces(self):
        """(offset, bytes) of one record, cut where line ends stood in it.

        In LINES a line end ends the record; elsewhere it means nothing.
        """
        source, pieces, missing = self.source, [], self.length
        while missing:
            piece = source.ahead(missing)
            if not piece:
                break
            cut = _first_line_end(piece)
            taken = piece if cut < 0 else piece[:cut]
            if taken:
                pieces.append((source.offset, taken))
            source.skip(len(taken))
            missing -= len(taken)
            if cut >= 0 and self.form == LINES:
                break
            self._skip_line_ends()
        return pieces

    def _record(self):
        """One record, without line ends."""
        return b"".join(data for _start, data in self._pieces())

    def _skip_line_ends(self):
        source = self.source
        while source.ahead(1) and source.ahead(1) in LINE_ENDS:
            source.skip(1)

    def _unfolded(self):
        while True:
            self._skip_line_ends()
            opening = self.source.ahead(LENGTH)
            if not opening.strip(BLANKS) or opening[:3] in (b"999", b"000"):
                return
            start = self.source.offset
            line = self._line()
            self.count += 1
            yield Run(line.decode("latin-1"), start - 1, ENDLESS, self.source.offset)

    def plain_lines(self):
        """Lines at hand that end as the next one does, without consuming them.

        :return: (texts without ``@`` and line end, length of the line end); no text
            where the next line has no ``@`` at its end
        """
        self._skip_line_ends()
        self.source.ahead(BLOCK)
        buffer, at = self.source.block()
        end = _first_line_end(buffer[at : at + LONGEST])
        line_end = buffer[at + end : at + end + 2] if end > 0 else b""
        line_end = line_end if line_end == b"\r\n" else line_end[:1]
        separator = DELIMITER.encode() + line_end
        stop = buffer.rfind(separator, at)
        if not line_end or stop < 0 or buffer[at + end - 1 : at + end] != b"@":
            return [], 0
        texts = buffer[at:stop].decode("latin-1").split(separator.decode())
        return texts, len(line_end)

    def skip_lines(self, count, size):
        """Consume *count* lines of :meth:`plain_lines`, *size* bytes in all."""
        self.count += count
        self.source.skip(size)

    def _line(self):
        """What comes before the next line end, at most `LONGEST` bytes."""
        piece = self.source.ahead(LONGEST)
        cut = _first_line_end(piece)
        return self.source.take(cut if cut >= 0 else len(piece))


def _plain_records(buffer, at, length, line_end):
    """How many records at *at* are plain: flag 0, their line end, no other, no header.

    Looked at column by column: a loop over records would cost as much as all the rest.
    """
    step = length + len(line_end)
    end = len(buffer)
    for stranger in b"" if line_end else LINE_ENDS:
        place = buffer.find(stranger, at, end)
        end = place if place >= 0 else end
    count = (end - at) // step
    for place, character in ((0, MORE), *enumerate(_each(line_end), length)):
        column = buffer[at + place : at + count * step : step]
        count = len(column) - len(column.lstrip(character))
    for found in re.finditer(MORE, buffer[at + 1 : at + count * step : step]):
        if HEADER.match(buffer, at + found.start() * step):
            return found.start()
    return count


def _each(data):
    return [data[at : at + 1] for at in range(len(data))]


def begins(opening):
    """Whether a file, be its header damaged or missing, begins with these bytes."""
    if opening.startswith(b"000") or opening[82:85] == b"128":
        return True
    starts = re.match(rb"[01]?[0-9]{5}[^@]{0,300}@[\s]*[0-9]{5}", opening)
    return bool(starts or UNFOLDED.match(opening))


def _is_entity(line):
    """Whether a line is an entity, not a record with its chaining flag before it."""
    layout = LAYOUTS.get(line[:3].decode("latin-1"))
    end = line.find(b"@")
    return bool(layout and end == layout.length - 1) or line[:1] not in b"01"


def _starts_data(opening, length):
    """Whether the record after a header of *length* bytes begins as data do."""
    return bool(re.match(rb"[01][0-9]{5}", opening[length : length + 6]))


def _first_line_end(piece):
    places = [place for place in (piece.find(b"\r"), piece.find(b"\n")) if place >= 0]
    return min(places, default=-1)

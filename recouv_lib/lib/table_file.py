"""Reader of tables that people export: CSV in any encoding, and XLSX.

Plain Python, in bounded memory: one row at a time, whatever the size of the file. A
file that cannot be read raises `FileError`, never anything else; one damaged line costs
that line, not the file.
"""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections import Counter, deque
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import openpyxl

MEGABYTE = 1024 * 1024
MAX_BYTES = 100 * MEGABYTE
# What an XLSX may unpack to: a table of a million rows is below; a zip bomb is not.
MAX_UNPACKED = 1024 * MEGABYTE
# From this size on, what swells more than this is no table that anyone filled in.
SUSPECT, MAX_RATIO = 50 * MEGABYTE, 200
# The shared texts of an XLSX are held in memory by its reader.
MAX_SHARED = 128 * MEGABYTE
MAX_ROWS = 1_048_576
MAX_NAME = 120
MAX_COLUMNS = 300
MAX_LINE = 200_000
# A cell that goes over more lines than this is a quote that was never closed.
MAX_CELL_LINES = 40
HEADER_ROWS = 20
CHUNK = 256 * 1024
# What a damaged, encrypted or strange zip raises.
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError,
)  # fmt: skip
DELIMITERS = (";", "\t", ",", "|")
ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac_roman", "latin-1")
# What a spreadsheet takes for the beginning of a formula, and what is a mere amount.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NEGATIVE = re.compile(r"-\d[\d\s.,]*")
BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
NOT_ASCII = bytes(range(128))
# What French, English and German tables hold beyond ASCII.
USUAL = frozenset("éèêëàâäîïôöùûüçÉÈÊÀÂÇÔœŒæ€°’«»–ß \u00a0²")
# What may stand before the first element of a part of a workbook.
PROLOG = 64 * 1024
ASIDE = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
ROOT = re.compile(rb"<[A-Za-z_]")
XML_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")
XML_ENCODINGS = (b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252")
# Control characters that no text has.
CONTROLS = bytes(set(range(32)) - {0, 9, 10, 12, 13, 26, 27})


class FileError(Exception):
    """A file that cannot be read.

    `code` is stable and machine-readable; `values` (str → str) fill the sentence that
    is shown for it, in the user's language. `line` is the line of the file where
    known, else 0.
    """

    def __init__(self, code, line=0, **values):
        super().__init__(code)
        self.code = code
        self.line = line
        self.values = {name: str(value)[:200] for name, value in values.items()}

    def __str__(self):
        details = ", ".join(f"{key}={value}" for key, value in self.values.items())
        where = f" (line {self.line})" if self.line else ""
        return f"{self.code}{where}: {details}" if details else f"{self.code}{where}"


class SentenceValues(dict):
    """Values that fill a sentence; one that is not there is shown as "?"."""

    def __missing__(self, key):
        return "?"


@dataclass
class Row:
    """One row: its line in the file, its cells (str, date or Decimal).

    `problem` is the code of what is wrong with the line as such, else empty.
    """

    number: int
    cells: list
    problem: str = ""


@dataclass(frozen=True)
class Column:
    """A column that is read: its name as it is told, and its headers' words.

    `words` are as :func:`header_words` gives them.
    """

    label: str
    words: tuple
    required: bool = False


def find_columns(headers, columns):
    """Which column of a table is which.

    :param headers: texts, as the table has them
    :param columns: name → `Column`
    :return: name → index of the first header that is meant
    """
    found = {}
    for index, header in enumerate(headers):
        words = header_words(header)
        for name, column in columns.items():
            if words in column.words:
                found.setdefault(name, index)
    return found


def safe_cell(value):
    """A cell to be written: no formula for a spreadsheet; a negative amount stays one.

    False and None are empty.
    """
    text = "" if value is False or value is None else str(value)
    is_formula = text[:1] in FORMULA and not NEGATIVE.fullmatch(text)
    return f"'{text}" if is_formula else text


def clean_text(text):
    """One line of text: no control characters, single spaces."""
    return BLANKS.sub(" ", text or "").strip()


def file_name(text):
    """What a file is called where it is shown: no folder, nothing that cannot be seen
    or turns a line round, and not endless."""
    bare = re.split(r"[/\\]", clean_text(text))[-1]
    bare = "".join(char for char in bare if char.isprintable()).strip()
    if len(bare) > MAX_NAME:
        stem, dot, ending = bare.rpartition(".")
        ending = f"{dot}{ending}"[:10] if stem else ""
        bare = f"{(stem or bare)[: MAX_NAME - len(ending) - 1]}…{ending}"
    return bare


def plain_header(text):
    """A header without accents, case or doubled blanks, for comparing."""
    table = str.maketrans("àâäçéèêëîïôöùûü", "aaaceeeeiioouuu")
    return clean_text(text).lower().translate(table).strip(' ."')


def header_words(text):
    """The bare words of a header: “N° de dossier :” → “n de dossier”."""
    bare = unicodedata.normalize("NFKD", str(text or "")).lower()
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    bare = " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())
    return re.sub(r"^(no|num|numero|nr|nro)\b", "n", bare)


def cell_text(cell):
    """A cell as text: dates in ISO, numbers without useless noughts."""
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f") if cell else "0"
    return cell.isoformat() if isinstance(cell, date) else cell


def guess_delimiter(text):
    """The separator that cuts the first lines into most columns, most evenly."""
    lines = [line for line in text.splitlines()[:HEADER_ROWS] if line.strip()]

    def quality(delimiter):
        counts = sorted(line.count(delimiter) for line in lines)
        # The middle line: titles above the table have no separators at all.
        return counts[len(counts) // 2] if counts else 0

    return max(DELIMITERS, key=quality)


class TableFile:
    """A table in a file, read row by row as often as wanted.

    :param stream: a binary file that can be sought
    :param encoding, delimiter: of a CSV file; empty: found out
    :param header_row: line of the headers; 0: found out, by `known`
    :param known: function of a list of cells → how many are headers it knows
    :param max_bytes: a larger file is refused before anything of it is read
    :raise FileError: the file is no table, or too large
    """

    def __init__(
        self,
        stream,
        encoding="",
        delimiter="",
        header_row=0,
        known=None,
        max_bytes=MAX_BYTES,
    ):
        self.stream = stream
        _check_stream(stream, max_bytes)
        self.is_xlsx = _is_xlsx(stream)
        self.encoding, self.delimiter, self.sheet = "", "", ""
        if not self.is_xlsx:
            self.encoding = encoding or detect_encoding(stream)
            self.delimiter = delimiter or guess_delimiter(self._start())
        self.header_row = header_row or self._find_header(known)
        self.headers = self._read_headers()

    def rows(self):
        """Yield each `Row` below the headers, blank ones left out."""
        for row in self.all_rows():
            if row.number > self.header_row and (row.problem or any(row.cells)):
                yield row

    def all_rows(self):
        """Yield each `Row` of the file, its titles, headers and blank ones too."""
        rows = self._xlsx_rows() if self.is_xlsx else self._csv_rows()
        for count, row in enumerate(rows):
            if count >= MAX_ROWS:
                raise FileError("too_many_rows", limit=MAX_ROWS)
            yield row

    # --- headers ------------------------------------------------------------------

    def _first_rows(self):
        rows, found = self.all_rows(), []
        for row in rows:
            if row.number > HEADER_ROWS:
                break
            found.append(row)
        rows.close()
        return found

    def _find_header(self, known):
        """The row with most known headers, else the first that is not nearly empty."""
        rows = [row for row in self._first_rows() if any(row.cells)]
        rows = [row for row in rows if not row.problem]
        if not rows:
            raise FileError("no_row")
        hits = [known(_texts(row)) if known else 0 for row in rows]
        if max(hits):
            return rows[hits.index(max(hits))].number
        widest = max(len(_texts(row)) for row in rows)
        return next(row.number for row in rows if 2 * len(_texts(row)) >= widest)

    def _read_headers(self):
        for row in self._first_rows():
            if row.number == self.header_row and not row.problem:
                return _unique([cell_text(cell) for cell in row.cells])
        raise FileError("no_header", line=self.header_row)

    # --- CSV ----------------------------------------------------------------------

    def _text(self):
        self.stream.seek(0)
        try:
            return io.TextIOWrapper(self.stream, encoding=self.encoding)
        except LookupError as error:
            raise FileError("bad_encoding", encoding=self.encoding) from error

    def _start(self):
        text = self._text()
        try:
            return text.read(64 * 1024)
        except UnicodeError as error:
            raise FileError("bad_encoding", encoding=self.encoding) from error
        finally:
            text.detach()

    def _csv_rows(self):
        text = self._text()
        try:
            for number, line, whole in _logical_lines(_lines(text), self.delimiter):
                yield _csv_row(number, line, whole, self.delimiter)
        except UnicodeError as error:
            raise FileError("bad_encoding", encoding=self.encoding) from error
        finally:
            text.detach()

    # --- XLSX ---------------------------------------------------------------------

    def _xlsx_rows(self):
        self.stream.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(
                    self.stream, read_only=True, data_only=True, keep_links=False
                )
            sheet = book.worksheets[0]
            self.sheet = sheet.title
            # what the sheet says of its size is often wrong
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                yield Row(number, [_xlsx_cell(cell) for cell in cells[:MAX_COLUMNS]])
        except FileError:
            raise
        except Exception as error:
            # a damaged workbook breaks its reader in any place and in any way
            raise FileError("broken_xlsx", detail=error) from error


# --- what kind of file -------------------------------------------------------------


def _check_stream(stream, max_bytes):
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > max_bytes:
        raise FileError("file_too_large", limit=max(max_bytes // MEGABYTE, 1))
    start = stream.read(4096)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise FileError("empty_file")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileError("old_xls")
    binary = len(start) - len(start.translate(None, CONTROLS))
    is_zip = start.startswith(b"PK\x03\x04")
    if start.startswith(b"%PDF") or (not is_zip and binary * 20 > len(start)):
        raise FileError("not_a_table")


def _is_xlsx(stream):
    """Whether the file is a workbook; a zip that is none, or a bomb, is refused."""
    stream.seek(0)
    if stream.read(4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            _check_size(sizes, stream.seek(0, io.SEEK_END))
            _check_prologs(archive, sizes)
    except BROKEN_ZIP as error:
        raise FileError("broken_xlsx", detail=error) from error
    return True


def _check_size(sizes, packed):
    """Refuse a zip that is no workbook, or that unpacks to more than any table.

    :param sizes: name → unpacked size of each part
    :param packed: size of the file
    """
    if not any(name.startswith("xl/") for name in sizes):
        raise FileError("not_a_table")
    # a member never gives more than the size that is declared for it
    shared = sizes.get("xl/sharedStrings.xml", 0)
    unpacked = sum(sizes.values())
    is_swollen = unpacked > SUSPECT and unpacked > MAX_RATIO * packed
    if unpacked > MAX_UNPACKED or shared > MAX_SHARED or is_swollen:
        limit = SUSPECT if is_swollen else MAX_UNPACKED
        raise FileError("zip_bomb", limit=limit // MEGABYTE)


def _check_prologs(archive, names):
    """Refuse a workbook whose parts declare entities: no spreadsheet writes them.

    An entity may grow a thousandfold, or name a file of the machine that reads it.
    """
    for name in names:
        if name.endswith("/"):
            continue
        with archive.open(name) as part:
            prolog = part.read(PROLOG)
        is_xml = name.endswith((".xml", ".rels"))
        if b"<!DOCTYPE" in prolog or (is_xml and not _is_plain_prolog(prolog)):
            raise FileError("xml_entities", part=name)


def _is_plain_prolog(prolog):
    """Whether a part begins as XML in one byte a letter, and declares no type."""
    encoding = XML_ENCODING.match(prolog)
    if encoding and encoding[1].lower() not in XML_ENCODINGS:
        return False
    bare = ASIDE.sub(b"", prolog.removeprefix(b"\xef\xbb\xbf"))
    root = ROOT.search(bare)
    # a part cut short, or empty, is its reader's to refuse
    before = bare[: root.start()] if root else bare
    return b"<!" not in before and b"\0" not in before and len(before) < PROLOG // 2


def detect_encoding(stream):
    """The encoding of a text, from all of its bytes, read in pieces."""
    stream.seek(0)
    start = stream.read(4096)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if start.count(0) * 3 > len(start):  # every other byte: UTF-16 without its mark
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="utf-8")
    try:
        while text.read(CHUNK):
            continue
        return "utf-8"
    except UnicodeDecodeError:
        return _one_byte_encoding(stream)
    finally:
        text.detach()


def _one_byte_encoding(stream):
    """Of the encodings with one byte a character, the one that reads usual letters."""
    stream.seek(0)
    high = Counter()
    while chunk := stream.read(CHUNK):
        high.update(chunk.translate(None, NOT_ASCII))

    def usual(name):
        return sum(
            count
            for byte, count in high.items()
            if bytes([byte]).decode(name, "replace") in USUAL
        )

    best = max(("cp1252", "mac_roman"), key=usual)
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "latin-1" if best == "cp1252" and undefined & high.keys() else best


# --- lines and cells ---------------------------------------------------------------


def _lines(text):
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise FileError("line_too_long", limit=MAX_LINE)
        yield line.replace("\0", "")


def _logical_lines(lines, delimiter):
    """Yield (number, text, whole): a cell in quotes may go over several lines.

    A quote that is never closed would swallow the rest of the file: its line is given
    alone, as not whole, and reading goes on below it.
    """
    opening = re.compile(rf'(?:^|{re.escape(delimiter)}) *"')
    ahead, number = deque(), 0
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        number += 1
        odd = line.count('"') % 2 and opening.search(line)
        taken = _closing_lines(ahead, lines) if odd else []
        if odd and not taken:
            yield number, line, False
        else:
            yield number, "".join([line, *taken]), True
        number += len(taken)


def _closing_lines(ahead, lines):
    """The next lines up to the one that closes a quote; none where none closes."""
    taken = []
    while len(taken) < MAX_CELL_LINES:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            break
        taken.append(line)
        if line.count('"') % 2:
            return taken
    ahead.extendleft(reversed(taken))
    return []


def _csv_row(number, line, whole, delimiter):
    if not whole:
        return Row(number, [clean_text(line)], "broken_quote")
    try:
        if '"' in line:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        else:
            cells = line.rstrip("\n").split(delimiter)
    except csv.Error:
        return Row(number, [clean_text(line)], "broken_quote")
    if len(cells) > MAX_COLUMNS:
        return Row(number, [], "too_many_columns")
    return Row(number, [clean_text(cell) for cell in cells])


def _texts(row):
    return [cell for cell in row.cells if cell and isinstance(cell, str)]


def _xlsx_cell(cell):
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, bool | date):
        return str(int(cell)) if isinstance(cell, bool) else cell
    if isinstance(cell, int | float):
        number = Decimal(repr(round(cell, 6)))
        return number if number.is_finite() else ""
    return clean_text(str(cell))


def _unique(headers):
    """Headers that differ: an empty one is its number, a second one is numbered."""
    seen, found = Counter(), []
    for rank, header in enumerate(headers, start=1):
        name = header or str(rank)
        seen[header_words(name)] += 1
        count = seen[header_words(name)]
        found.append(name if count == 1 else f"{name} ({count})")
    return found

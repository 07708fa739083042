"""Reader of bank exports in CSV, by a mapping of columns.

Every bank has its own columns, separators, dates and way to say a debit: a `CsvMapping`
says it once. All lines are read before anything is given back: either the whole file is
good, or the caller gets the list of what is wrong, line by line.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime

from .bank_file import (
    MAX_MOVEMENTS,
    BankFileError,
    BankMovement,
    BankStatement,
    check_size,
    identify,
)
from .table_file import clean_text, guess_delimiter, plain_header
from .table_values import parse_number

ENCODINGS = ("utf-8-sig", "cp1252")
DATE_FORMATS = ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d")
# How many wrong lines are told: more than this is a wrong mapping, not wrong lines.
MAX_ERRORS = 50
# Words that banks put over their columns, without accents, per field of a mapping.
HEADERS = {
    "date": ("date", "date operation", "date de comptabilisation", "date comptable"),
    "value_date": ("date valeur", "date de valeur", "value date", "valuta"),
    "amount": ("montant", "amount", "betrag", "montant eur", "montant en euros"),
    "debit": ("debit", "debit euros", "lastschrift"),
    "credit": ("credit", "credit euros", "gutschrift"),
    "direction": ("sens", "direction", "debit/credit"),
    "label": ("libelle", "libelle operation", "label", "description", "texte"),
    "details": ("informations complementaires", "details", "libelle complementaire"),
    "name": ("nom", "contrepartie", "beneficiaire", "donneur d'ordre", "counterparty"),
    "iban": ("iban", "compte contrepartie", "iban contrepartie"),
    "reference": ("reference", "reference banque", "reference operation", "id"),
    "currency": ("devise", "currency", "wahrung"),
}
COLUMNS = tuple(HEADERS)
DEBIT_WORDS = {"D", "DEBIT", "DBIT", "-", "S", "SOLL"}
CREDIT_WORDS = {"C", "CREDIT", "CRDT", "+", "H", "HABEN"}


@dataclass
class CsvMapping:
    """How to read the export of one bank.

    `columns` gives for each known field (see COLUMNS) the header of its column, or its
    number counted from 1 where the file has no header. `header_row` is the line number
    of the headers, 0 without. An empty `delimiter`, `encoding` or `date_format` is
    found out from the file. `skip_last` drops lines of totals at the end.
    """

    columns: dict = field(default_factory=dict)
    delimiter: str = ""
    encoding: str = ""
    date_format: str = ""
    decimal_separator: str = ","
    header_row: int = 1
    skip_last: int = 0


@dataclass
class CsvResult:
    """`errors` is a list of `BankFileError`; with any, `statement` has no movement."""

    statement: BankStatement
    errors: list


def decode(data, encoding=""):
    """Text of a file, by the encoding given or the first that fits."""
    check_size(data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    for name in [encoding] if encoding else ENCODINGS:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    raise BankFileError("bad_encoding", encoding=encoding or "/".join(ENCODINGS))


def guess_columns(headers):
    """Field → header, for the headers whose words are known."""
    found = {}
    for name, words in HEADERS.items():
        for header in headers:
            if plain_header(header) in words and header not in found.values():
                found[name] = header
                break
    return found


def guess_mapping(data):
    """A first mapping for an unknown export: the row with most known headers."""
    text = decode(data)
    delimiter = guess_delimiter(text)
    best, row, columns = 0, 1, {}
    for number, cells in enumerate(_rows(text, delimiter), start=1):
        if number > 20:
            break
        found = guess_columns(cells)
        if len(found) > best:
            best, row, columns = len(found), number, found
    return CsvMapping(columns=columns, delimiter=delimiter, header_row=row)


def preview(data, mapping, limit=5):
    """(headers, first rows) as cut by the mapping, for a person to look at."""
    text = decode(data, mapping.encoding)
    rows = list(_rows(text, mapping.delimiter or guess_delimiter(text), limit=40))
    start = mapping.header_row
    headers = rows[start - 1] if 0 < start <= len(rows) else []
    return headers, rows[start : start + limit]


def read_csv(data, mapping):
    """Read the bytes of an export by its mapping.

    Returns a `CsvResult`. Raises `BankFileError` where the file as a whole cannot be
    read (encoding, a mapped column that is not there).
    """
    text = decode(data, mapping.encoding)
    delimiter = mapping.delimiter or guess_delimiter(text)
    rows = list(enumerate(_rows(text, delimiter), start=1))
    reader = _LineReader(mapping, [cells for _number, cells in rows])
    entries, errors = [], []
    for number, cells in _body(rows, mapping):
        try:
            entries.append([reader.movement(number, cells)])
        except BankFileError as error:
            errors.append(error)
            if len(errors) >= MAX_ERRORS:
                break
    return _result(entries, errors)


def _result(entries, errors):
    if not entries and not errors:
        raise BankFileError("no_movement")
    if errors:
        return CsvResult(BankStatement(), errors)
    statement = BankStatement(movements=identify(entries))
    days = [movement.date for movement in statement.movements]
    statement.date_from, statement.date_to = min(days), max(days)
    currencies = {m.currency for m in statement.movements} - {""}
    if len(currencies) > 1:
        found = ", ".join(sorted(currencies))
        return CsvResult(BankStatement(), [BankFileError("currencies", found=found)])
    statement.currency = currencies.pop() if currencies else ""
    return CsvResult(statement, [])


def _rows(text, delimiter, limit=MAX_MOVEMENTS + 100):
    """Cells of each line; a broken quote is an error that names its line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            if number > limit:
                if limit > MAX_MOVEMENTS:
                    raise BankFileError("too_many_movements", limit=MAX_MOVEMENTS)
                return
            yield [clean_text(cell) for cell in cells]
    except csv.Error as error:
        line = reader.line_num
        raise BankFileError("broken_csv", line=line, detail=error) from error


def _body(rows, mapping):
    """The numbered lines below the headers, without blank ones and final totals."""
    end = len(rows) - mapping.skip_last
    return [
        (number, cells)
        for number, cells in rows[:end]
        if number > mapping.header_row and any(cells)
    ]


class _LineReader:
    """Reads one line after the other by a mapping checked against the headers."""

    def __init__(self, mapping, rows):
        self.mapping = mapping
        start = mapping.header_row
        if start > len(rows):
            raise BankFileError("no_header", line=start)
        self.index = _column_index(mapping, rows[start - 1] if start else [])
        self.formats = _formats(mapping, rows[start:], self.index["date"])

    def cell(self, cells, name):
        index = self.index.get(name)
        return cells[index] if index is not None and index < len(cells) else ""

    def movement(self, number, cells):
        """The movement of one line; `BankFileError` names the line and the fault."""
        label = self.cell(cells, "label")
        details = self.cell(cells, "details")
        return BankMovement(
            date=self._date(number, cells, "date"),
            value_date=self._date(number, cells, "value_date", required=False),
            amount=self._amount(number, cells),
            currency=self.cell(cells, "currency").upper(),
            counterparty_name=self.cell(cells, "name"),
            counterparty_iban=self.cell(cells, "iban").replace(" ", "").upper(),
            text=" ".join(part for part in (label, details) if part),
            bank_reference=self.cell(cells, "reference"),
        )

    def _date(self, number, cells, name, required=True):
        text = self.cell(cells, name)
        if not text and not required:
            return None
        for date_format in self.formats:
            found = _parse_date(text, date_format)
            if found:
                return found
        raise BankFileError("csv_date", line=number, found=text)

    def _amount(self, number, cells):
        if "amount" in self.index:
            amount = self._number(number, self.cell(cells, "amount"))
            amount = self._directed(number, cells, amount)
        else:
            debit = self._number(number, self.cell(cells, "debit"))
            credit = self._number(number, self.cell(cells, "credit"))
            if debit and credit:
                raise BankFileError("csv_both", line=number)
            # Some banks sign the debit column, some do not; some fill both with 0,00.
            amount = credit if credit or debit is None else -abs(debit)
        if amount is None:
            raise BankFileError("csv_amount", line=number, found="")
        return amount

    def _directed(self, number, cells, amount):
        """The amount with the sign that a column of direction gives it."""
        if amount is None or "direction" not in self.index:
            return amount
        word = plain_header(self.cell(cells, "direction")).upper()
        if word in DEBIT_WORDS:
            return -abs(amount)
        if word in CREDIT_WORDS:
            return abs(amount)
        raise BankFileError("csv_direction", line=number, found=word)

    def _number(self, number, text):
        amount = parse_number(text, self.mapping.decimal_separator)
        if amount is None and text:
            raise BankFileError("csv_amount", line=number, found=text)
        return amount


def _column_index(mapping, headers):
    """Field → index in the row. Missing columns and fields are told by name."""
    index = {}
    known = {plain_header(header): rank for rank, header in enumerate(headers)}
    for name, column in mapping.columns.items():
        if not column:
            continue
        rank = known.get(plain_header(str(column)))
        if rank is None and str(column).isascii() and str(column).isdigit():
            rank = int(column) - 1
        if rank is None or rank < 0:
            raise BankFileError("csv_column", column=column)
        index[name] = rank
    if "date" not in index:
        raise BankFileError("csv_no_date_column")
    if not index.keys() & {"amount", "debit", "credit"}:
        raise BankFileError("csv_no_amount_column")
    return index


def _formats(mapping, rows, index):
    """The date formats to try: the mapped one, or the first that reads every line.

    One format for the whole file: trying line by line would read 03/04 now as April and
    now as March.
    """
    if mapping.date_format:
        return [mapping.date_format]
    texts = [row[index] for row in rows if index < len(row) and row[index]]

    def hits(date_format):
        return sum(_parse_date(text, date_format) is not None for text in texts)

    return [max(DATE_FORMATS, key=hits)]


def _parse_date(text, date_format):
    try:
        found = datetime.strptime(text[:10], date_format).date()
    except ValueError:
        return None
    return found if date(1990, 1, 1) <= found <= date(2199, 12, 31) else None

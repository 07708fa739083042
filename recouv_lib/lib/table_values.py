"""Dates and amounts as people's programs write them.

One column may mix shapes, but never the order of day and month: 03/04 would be now
April, now March. So a column is looked at as a whole first (`DateColumn`,
`AmountColumn`), then each value is read by what was found; what stays unsure is asked
or told, never guessed.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

from .table_file import header_words

NUMBER = re.compile(r"^([+-]?)(\d+)(\.\d+)?([+-]?)$", re.ASCII)
YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?$", re.ASCII)
YEAR_LAST = re.compile(
    r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[ T].*)?$", re.ASCII
)
COMPACT = re.compile(r"^(\d{8})$", re.ASCII)
SERIAL = re.compile(r"^(\d{5})(?:[.,]\d+)?$", re.ASCII)
NAMED = re.compile(r"^(\d{1,2}) ([a-z]{3,9}) (\d{4})$", re.ASCII)
MONTHS = {
    "jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5,
    "juin": 6, "jun": 6, "juil": 7, "jul": 7, "aou": 8, "aug": 8, "sep": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
# Day nought of spreadsheets that believe in the 29th of February 1900.
SERIAL_START = date(1899, 12, 30)
ORDERS = ("dmy", "mdy")
AMBIGUOUS = "ambiguous"


class UnsureValue(ValueError):
    """A value that can be read in two ways."""


# --- dates -------------------------------------------------------------------------


def date_readings(value, pivot=99):
    """All ways to read a date: {order: date}; order "" is one that leaves no doubt.

    :param pivot: two digits of a year above it mean the 1900s
    """
    if isinstance(value, date):
        return {"": value}
    text = str(value or "").strip()
    if found := YEAR_FIRST.match(text):
        return _readings({"": found.groups()})
    if found := YEAR_LAST.match(text):
        first, second, year = found.groups()
        year = _full_year(year, pivot)
        return _readings({"dmy": (year, second, first), "mdy": (year, first, second)})
    if found := COMPACT.match(text):
        return _compact_readings(text)
    if found := SERIAL.match(text):
        return {"": SERIAL_START + timedelta(days=int(found[1]))}
    if found := NAMED.match(header_words(text)):
        month = MONTHS.get(found[2][:4]) or MONTHS.get(found[2][:3], 0)
        return _readings({"": (found[3], month, found[1])})
    return {}


def _compact_readings(text):
    found = _readings({"": (text[:4], text[4:6], text[6:])})
    return found or _readings({"": (text[4:], text[2:4], text[:2])})


def _full_year(text, pivot):
    if len(text) == 4:
        return text
    return f"{'19' if int(text) > pivot else '20'}{text}"


def _readings(parts):
    found = {}
    for order, (year, month, day) in parts.items():
        try:
            value = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if 1880 <= value.year <= 2199:
            found[order] = value
    return found


class DateColumn:
    """What the dates of one column say of the order of day and month."""

    def __init__(self):
        self.seen = dict.fromkeys(("dmy", "mdy", "both"), 0)

    def look(self, value):
        found = date_readings(value)
        if len(set(found.values())) > 1:
            self.seen["both"] += 1
        elif len(found) == 1 and (order := next(iter(found))):
            self.seen[order] += 1

    @property
    def is_silent(self):
        """Whether all its dates can be read both ways: others may speak for it."""
        return bool(self.seen["both"]) and not any(self.seen[o] for o in ORDERS)

    def order(self):
        """The order that all dates agree on, "" where it does not matter, AMBIGUOUS."""
        if self.seen["dmy"] and self.seen["mdy"]:
            return AMBIGUOUS
        for order in ORDERS:
            if self.seen[order]:
                return order
        return AMBIGUOUS if self.seen["both"] else ""


def read_date(value, order="", pivot=99):
    """The date of a value, None if it is none.

    :raise UnsureValue: day and month could be exchanged and no `order` is known
    """
    found = date_readings(value, pivot)
    if "" in found:
        return found[""]
    if order:
        return found.get(order)
    if len(set(found.values())) > 1:
        raise UnsureValue(value)
    return next(iter(found.values()), None)


# --- amounts -----------------------------------------------------------------------


def parse_number(text, decimal_separator=","):
    """A signed Decimal, None if the text is no number.

    Thousands may be cut by blanks, apostrophes or the other separator; a sign may stand
    before or behind; brackets mean minus.
    """
    bare = re.sub(r"[\s\u00a0\u202f'’]|EUR|CHF|€", "", text or "")
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    bare = bare.replace("\u2212", "-")
    thousands = "." if decimal_separator == "," else ","
    if not _groups_agree(bare, thousands, decimal_separator):
        return None
    bare = bare.replace(thousands, "").replace(decimal_separator, ".")
    found = NUMBER.match(bare)
    if not found or (found[1] and found[4]) or len(found[2]) > 15:
        return None
    value = Decimal(found[2] + (found[3] or ""))
    return -value if "-" in (found[1], found[4]) else value


def _groups_agree(bare, thousands, decimal_separator):
    """A separator of thousands stands before three digits, never after the decimals.

    So "12.50" read with a decimal comma is told as wrong instead of read as 1250.
    """
    whole, _point, decimals = bare.partition(decimal_separator)
    groups = whole.split(thousands)
    if thousands in decimals or decimal_separator in decimals:
        return False
    return all(len(group.rstrip("+-")) == 3 for group in groups[1:])


def amount_readings(value):
    """All ways to read an amount: {decimal separator: Decimal}."""
    if isinstance(value, Decimal):
        return {"": value}
    if isinstance(value, date):
        return {}
    text = str(value or "")
    found = {sign: parse_number(text, sign) for sign in (",", ".")}
    return {sign: amount for sign, amount in found.items() if amount is not None}


class AmountColumn:
    """What the amounts of one column say of their decimal separator."""

    def __init__(self):
        self.seen = dict.fromkeys((",", ".", "both"), 0)

    def look(self, value):
        found = amount_readings(value)
        if len(set(found.values())) > 1:
            self.seen["both"] += 1
        elif len(found) == 1 and (sign := next(iter(found))):
            self.seen[sign] += 1

    def decimal(self):
        """The separator that all agree on, "" where it does not matter, AMBIGUOUS."""
        signs = [sign for sign in (",", ".") if self.seen[sign]]
        if self.seen["both"] and len(signs) != 1:
            return AMBIGUOUS
        return signs[0] if len(signs) == 1 else ""


def read_amount(value, decimal=""):
    """The amount of a value, None if it is none.

    A value that one separator alone can read is read so, whatever the others do.

    :raise UnsureValue: “1.234” where the separator of decimals is not known
    """
    found = amount_readings(value)
    if decimal in found:
        return found[decimal]
    if len(set(found.values())) > 1:
        raise UnsureValue(value)
    return next(iter(found.values()), None)


def written_forms(amount):
    """The ways in which files write one amount: 45, 45.0, 45.00, 45.0000.

    :param amount: Decimal
    :return: texts, the amount's own first
    """
    whole, _point, decimals = format(amount.normalize(), "f").partition(".")
    forms = [str(amount), f"{whole}.{decimals}" if decimals else whole]
    forms += [
        f"{whole}.{decimals:0<{places}}" for places in range(max(len(decimals), 1), 5)
    ]
    return list(dict.fromkeys(forms))

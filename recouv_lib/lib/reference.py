"""ISO 11649 creditor references ("RF…"): made from a number, and found again.

A reference stands on every letter; the debtor copies it into a transfer, and the bank's
statement brings it back, often spaced, cut or glued to other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iso11649
from stdnum.exceptions import ValidationError

# Width of the number in our own references: RF + 2 check digits + prefix + number.
NUMBER_WIDTH = 10
MAX_LENGTH = 25  # ISO 11649: "RF", two check digits, up to 21 characters
MIN_LENGTH = 5
MAX_SEPARATORS = 3  # between two characters of a reference: a line break, spaces

# "RF" and two digits as a bank may cut them.
OPENING = re.compile(r"R[\s./_-]{0,3}F[\s./_-]{0,3}[0-9][\s./_-]{0,3}[0-9]", re.I)
SEPARATORS = " \t\r\n\xa0\u202f./_-"


def make_reference(number: int, prefix: str = "1") -> str:
    """Return the reference of a record: ``prefix`` says of what kind, in digits.

    The base is digits only, which any keypad can type. Raises ValueError when the
    number has more than ten digits or the prefix is no number above 0.
    """
    if not 0 <= number < 10**NUMBER_WIDTH:
        raise ValueError(f"number out of range: {number}")
    if not re.fullmatch(r"[1-9][0-9]{0,10}", prefix):
        raise ValueError(f"not a prefix: {prefix}")
    base = f"{prefix}{number:0{NUMBER_WIDTH}d}"
    return f"RF{_check_digits(base)}{base}"


def split_reference(reference: str) -> tuple[str, int] | None:
    """Return (prefix, number) of one of our references, None for any other text."""
    base = canonical(reference)[4:]
    if not is_reference(reference) or not base.isdigit() or len(base) <= NUMBER_WIDTH:
        return None
    return base[:-NUMBER_WIDTH], int(base[-NUMBER_WIDTH:])


def is_reference(text: str) -> bool:
    """Return whether ``text`` is an ISO 11649 reference, spaced or not."""
    try:
        iso11649.validate(compact(text))
    except ValidationError:
        return False
    return compact(text).isascii()


def compact(text: str) -> str:
    """Return the reference without separators, in capitals."""
    return "".join(char for char in text if char not in SEPARATORS).upper()


def canonical(text: str) -> str:
    """Return the compact reference without the zeros that some banks pad it with: two
    references are the same when their canonical forms are."""
    reference = compact(text)
    return reference[:4] + reference[4:].lstrip("0")


def print_reference(reference: str) -> str:
    """Return the reference in groups of four, as it is printed on paper."""
    reference = compact(reference)
    return " ".join(reference[i : i + 4] for i in range(0, len(reference), 4))


def find_references(text: str) -> list[str]:
    """Return the valid references in a bank's text, canonical, each once, in order.

    Letters may be small, characters separated, and other text may touch either end.
    One of our own width is taken wherever it ends; another must end where a word ends,
    the longest first. Time grows with the length of the text.
    """
    found: dict[str, None] = {}
    for opening in OPENING.finditer(text or ""):
        reference = _reference_at(text, opening.start())
        if reference:
            found[canonical(reference)] = None
    return list(found)


def _reference_at(text: str, start: int) -> str | None:
    best = None
    for reference, at_end in _candidates(text, start):
        own = len(reference) == 5 + NUMBER_WIDTH and reference[4:].isdigit()
        if own and is_reference(reference):
            return reference
        if at_end and len(reference) >= MIN_LENGTH and is_reference(reference):
            best = reference
    return best


def _candidates(text: str, start: int) -> Iterator[tuple[str, bool]]:
    """Yield (what was read so far, whether a word ends here) from ``start`` on."""
    read, gap = "", 0
    for position in range(start, len(text)):
        char = text[position]
        if char in SEPARATORS:
            gap += 1
            if gap > MAX_SEPARATORS:
                return
            continue
        if not (char.isascii() and char.isalnum()) or len(read) == MAX_LENGTH:
            return
        read, gap = read + char.upper(), 0
        following = text[position + 1 : position + 2]
        yield read, not (following.isascii() and following.isalnum())


def _check_digits(base: str) -> str:
    # Letters count as two digits, A = 10 … Z = 35: "RF00" is 271500 (ISO 7064).
    digits = "".join(str(int(char, 36)) for char in f"{base}RF00")
    return f"{98 - int(digits) % 97:02d}"

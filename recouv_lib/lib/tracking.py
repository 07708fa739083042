"""Numbers of registered letters, as printed on the postal form and scanned from it.

An international number (UPU standard S10) is two letters, eight digits, a check digit
and the country: RA 123 456 785 FR. The numbers that a post office uses at home have no
published check: only their shape is looked at.
"""

from __future__ import annotations

import re

S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")
# La Poste at home (1A 123 456 7890 1 and the like), Swiss Post (18 digits)
NATIONAL = re.compile(r"\d[A-Z]\d{10,13}|\d{11,20}|[A-Z]{2}\d{9,13}")
WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


class BadTracking(ValueError):
    """A number is none of a registered letter; ``code``: shape, check."""

    def __init__(self, code: str, number: str):
        self.code = code
        super().__init__(f"{code}: {number!r}")


def read_tracking(text: str) -> str:
    """Return a scanned or typed number, compact. Raises BadTracking."""
    number = re.sub(r"[\s.\-]", "", text or "").upper()
    found = S10.fullmatch(number)
    if found:
        if int(found[3]) != check_digit(found[2]):
            raise BadTracking("check", text)
    elif not NATIONAL.fullmatch(number):
        raise BadTracking("shape", text)
    return number


def check_digit(serial: str) -> int:
    """Return the check digit of the eight digits of an S10 number."""
    total = sum(
        int(digit) * weight for digit, weight in zip(serial, WEIGHTS, strict=True)
    )
    rest = 11 - total % 11
    return {10: 0, 11: 5}.get(rest, rest)

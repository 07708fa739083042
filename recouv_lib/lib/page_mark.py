"""The mark that every letter page bears, read again by machine.

A page says which notice it belongs to, which page of how many it is, and proves it with
a check keyed by the database: a page that went into another debtor's envelope, a
missing page or an altered mark is found before anything is posted, and a returned
letter is entered by one scan.

A mark is "RL" and 24 digits: notice (10), page (3), pages (3), check (8). Digits,
because Code128 packs two in one symbol, and because a scanner that types as a keyboard
spoils other signs on a French layout.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

PREFIX = "RL"
MAX_NOTICE = 10**10
MAX_PAGES = 999
CHECK_DIGITS = 8

# PDF extraction may put spaces or line breaks between the characters.
MARK = re.compile(r"R\s*L\s*((?:[0-9]\s*){23}[0-9])")

# What a scanner that types for a US keyboard gives on a French one.
AZERTY = str.maketrans("&é\"'(-è_çàrl", "1234567890RL")


class BadMark(ValueError):
    """A scan is no genuine mark; ``code``: not_a_mark, forged."""

    def __init__(self, code: str, scan: str):
        self.code = code
        super().__init__(f"{code}: {scan!r}")


class BatchMismatch(ValueError):
    """Pages and marks disagree; ``problems``: [(page index, code)].

    Codes: no_mark, several_marks, forged, unknown_notice, unexpected_page,
    missing_page, repeated_notice; index None and missing_notice when a notice that was
    expected has no page.
    """

    def __init__(self, problems: list[tuple[int | None, str]]):
        self.problems = problems
        super().__init__(", ".join(f"{code} ({page})" for page, code in problems))


@dataclass(frozen=True)
class Mark:
    """A mark as it was read; ``genuine`` when its check agrees with the key."""

    notice_id: int
    page: int
    pages: int
    genuine: bool
    token: str


def make_mark(key: bytes, notice_id: int, page: int, pages: int) -> str:
    """Return the mark of one page (pages count from 1). Raises ValueError on numbers
    that do not fit."""
    if not 0 < notice_id < MAX_NOTICE or not 0 < page <= pages <= MAX_PAGES:
        raise ValueError(f"no mark for page {page} of {pages} of {notice_id}")
    digits = f"{notice_id:010d}{page:03d}{pages:03d}"
    return PREFIX + digits + _check(key, digits)


def find_marks(text: str, key: bytes) -> list[Mark]:
    """Return the marks in the text of a page, genuine or not, each token once."""
    tokens = dict.fromkeys("".join(found.split()) for found in MARK.findall(text))
    return [_read(digits, key) for digits in tokens]


def read_scan(scan: str, key: bytes) -> Mark:
    """Return the mark that a scanner read or a person typed. Raises BadMark."""
    text = "".join(scan.split())
    digits = text.translate(AZERTY).upper().removeprefix(PREFIX)
    if not re.fullmatch(r"[0-9]{24}", digits):
        raise BadMark("not_a_mark", scan)
    mark = _read(digits, key)
    if not mark.genuine:
        raise BadMark("forged", scan)
    return mark


def page_ranges(
    page_texts: Sequence[str], key: bytes, expected: Container[int] | None = None
) -> list[tuple[int, int, int]]:
    """Return (notice id, index of its first page, of its last) for each letter of a
    printed batch, in order.

    Every page must bear one genuine mark, and every letter all its pages, in order and
    once. ``expected``: the notice ids of the batch, each of which must be there.
    Raises BatchMismatch with all that is wrong.
    """
    problems: list[tuple[int | None, str]] = []
    marks = [
        _sole_mark(text, key, expected, index, problems)
        for index, text in enumerate(page_texts)
    ]
    if not problems:
        problems = _order_problems(marks, expected)
    if problems:
        raise BatchMismatch(problems)
    starts = [index for index, mark in enumerate(marks) if mark.page == 1]
    return [(marks[i].notice_id, i, i + marks[i].pages - 1) for i in starts]


def _sole_mark(text, key, expected, index, problems) -> Mark | None:
    marks = find_marks(text, key)
    if len(marks) != 1:
        problems.append((index, "several_marks" if marks else "no_mark"))
        return None
    if not marks[0].genuine:
        problems.append((index, "forged"))
    elif expected is not None and marks[0].notice_id not in expected:
        problems.append((index, "unknown_notice"))
    return marks[0]


def _order_problems(marks, expected) -> list[tuple[int | None, str]]:
    """Return what is wrong in the order of genuine marks."""
    problems, seen, previous = [], set(), None
    for index, mark in enumerate(marks):
        if _continues(previous, mark):
            pass
        elif mark.page != 1:
            problems.append((index, "unexpected_page"))
        elif previous and previous.page != previous.pages:
            problems.append((index, "missing_page"))
        elif mark.notice_id in seen:
            problems.append((index, "repeated_notice"))
        seen.add(mark.notice_id)
        previous = mark
    if previous and previous.page != previous.pages:
        problems.append((len(marks), "missing_page"))
    missing = [notice for notice in expected or () if notice not in seen]
    return problems + [(None, "missing_notice") for _ in missing]


def _continues(previous: Mark | None, mark: Mark) -> bool:
    return bool(
        previous
        and (mark.notice_id, mark.pages) == (previous.notice_id, previous.pages)
        and mark.page == previous.page + 1
    )


def _read(digits: str, key: bytes) -> Mark:
    body, check = digits[:-CHECK_DIGITS], digits[-CHECK_DIGITS:]
    notice_id, page, pages = int(body[:10]), int(body[10:13]), int(body[13:])
    sound = 0 < page <= pages and notice_id > 0
    genuine = sound and hmac.compare_digest(check, _check(key, body))
    return Mark(notice_id, page, pages, genuine, PREFIX + digits)


def _check(key: bytes, digits: str) -> str:
    digest = hmac.new(key, b"recouv page mark " + digits.encode(), hashlib.sha256)
    number = int.from_bytes(digest.digest()[:8], "big")
    return f"{number % 10**CHECK_DIGITS:0{CHECK_DIGITS}d}"

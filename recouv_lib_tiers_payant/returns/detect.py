"""Which kind of file some bytes begin."""

import re

from . import pyxvital
from .physical import begins

NOEMIE, B2, PYXVITAL = "noemie", "b2", "pyxvital"
OPENING = 1 << 16
#: what people take for a return, by its first bytes
STRANGERS = {
    b"%PDF": "pdf",
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0": "office",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"\x1f\x8b": "gzip",
    b"<?xml": "xml",
    b"{\\rtf": "rtf",
}
RECORD = re.compile(rb"[\s]*(?:000[A-Z]{2}|1[0-9A-Z]{9})")
#: an entity's end, and the beginning of the next one or of a line
DELIMITED = re.compile(rb"@[0-9]{5}|@[\r\n]|@ *$")


class NotAReturn(ValueError):
    """Bytes that no reader reads; its `code`: empty, unknown or one of `STRANGERS`."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def detect(opening):
    """NOEMIE, B2 or PYXVITAL, from the first `OPENING` bytes of a file.

    :raises NotAReturn: saying what it is instead
    """
    plain = opening.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not plain.strip(b"\0"):
        raise NotAReturn("empty")
    for start, code in STRANGERS.items():
        if plain.startswith(start):
            raise NotAReturn(code)
    if pyxvital.looks_so(opening):
        return PYXVITAL
    if DELIMITED.search(opening) and (begins(plain) or RECORD.match(plain)):
        return NOEMIE
    if RECORD.match(plain):
        return B2
    # a damaged beginning: some record further on tells
    found = re.search(rb"(?:000|999)[A-Z]{2}[0-9 ]{14}", opening)
    if found:
        return NOEMIE if DELIMITED.search(opening) else B2
    raise NotAReturn("unknown")

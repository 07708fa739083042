"""Pyxvital's result of a return (RSP): values by name, NOT VERIFIED.

A text of lines ``name=value``, in sections or not, as an application was seen to read
it; no document confirms it, so that the first thing given after the file is the control
``unverified_pyxvital``. What counts is ``Liste``: items joined by ``+``, each a number
of nine characters, one sign, then ``AMO-AMC`` in euros (``16.13-7.40``), or words that
begin with ``E`` for a refusal. ``Identification`` (``x/NOM/PRENOM``), ``Destinataire``
and ``Mandataire`` go along with it, item by item. The rest says which transfer it is.

Names are compared without case, accents or signs; each section with a ``Liste`` is a
transfer. A reader (`answers`, `rows`) and a writer (`write`) of the same shape.
"""

import re
import unicodedata
from datetime import date

from .entities import Junk, Padding, Unknown
from .objects import (
    AMC,
    AMO,
    PAID,
    PYXVITAL,
    REJECTED,
    UNTREATED,
    Answer,
    Control,
    End,
    File,
    Part,
    Payment,
    PaymentEnd,
    Rejection,
)

#: longest line: thousands of items
LONGEST = 1 << 22
NAMES = {
    "list": ("liste",),
    "people": ("identification",),
    "bodies": ("destinataire",),
    "mandataries": ("mandataire",),
    "name": ("nomfichier", "fichier", "nomdufichier"),
    "number": ("numfacturation", "numerofacturation", "nofacturation", "facturation"),
    "regime": ("regime",),
    "issuer": ("emetteur",),
    "day": ("datevirement", "datevir", "datedevirement"),
    "reference": ("referencevirement", "referencevir", "refvirement", "refvir",
                  "referencedevirement"),
}  # fmt: skip
KNOWN = {word: name for name, words in NAMES.items() for word in words}
LOOKS_SO = re.compile(
    rb"^[ \t]*liste[ \t]*=[ \t]*[0-9A-Z]{9}[^0-9A-Za-z\r\n](E|-?[0-9])", re.I | re.M
)
AMOUNT = r"(-?[0-9]+(?:\.[0-9]{1,2})?)"
ITEM = re.compile(rf"(?s)(.{{9}})[^0-9A-Za-z](?:{AMOUNT}-{AMOUNT}|E(.*))\s*")
#: a code at the beginning of the words of a refusal
CODE = re.compile(r"[\s:=-]*([0-9]{4}(?: ?[0-9]{3})?)?[\s:=-]*(.*)", re.S)
#: kinds of sending, as the file numbers them
ISSUERS = {"1": "F", "2": "P"}
DAYS = (
    (re.compile(r"([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})"), (1, 2, 3)),
    (re.compile(r"([0-9]{2})[-/.]?([0-9]{2})[-/.]?([0-9]{4})"), (3, 2, 1)),
)


def looks_so(opening):
    """Whether the first bytes of a file speak for this format."""
    return bool(LOOKS_SO.search(opening))


# --- lines --------------------------------------------------------------------------


def rows(stream):
    """Rows of a binary *stream*: its lines, one after the other without gap."""
    for row, _line in _lines(stream):
        yield row


def _lines(stream):
    """(row, (offset, text) of its words) of each line."""
    start = 0
    while piece := stream.readline(LONGEST):
        text = piece.decode("cp1252", "replace")
        kind = Padding if not text.strip() else Unknown
        if kind is Unknown and "=" not in text and not text.lstrip().startswith("["):
            kind = Junk
        end = start + len(piece)
        yield kind(text.rstrip("\r\n"), start, end, ""), (start, text)
        start = end


class _Section:
    """What one section says: values by name, each with its offset."""

    def __init__(self):
        self.values, self.lists = {}, {}

    def text(self, name):
        return self.values.get(name, (0, ""))[1].strip()

    def listed(self, name):
        """The items of a value that is a list, cut once."""
        if name not in self.lists:
            self.lists[name] = self.text(name).split("+") if self.text(name) else []
        return self.lists[name]


def _sections(stream, controls):
    """Yield each `_Section` that has a list; other lines go to *controls*."""
    section = _Section()
    for row, (start, text) in _lines(stream):
        if row.kind == "padding":
            continue
        if row.kind == "junk":
            controls.append((row.start, row.end - row.start))
            continue
        name, equals, value = text.partition("=")
        known = KNOWN.get(_bare(name)) if equals else None
        if not equals or (known == "list" and "list" in section.values):
            if "list" in section.values:
                yield section
            section = _Section()
        if known:
            place = start + len(name) + 1 + len(value) - len(value.lstrip())
            section.values[known] = (place, value.strip())
    if "list" in section.values:
        yield section


def _bare(name):
    """A name without case, accents or signs."""
    plain = unicodedata.normalize("NFKD", name).lower()
    return "".join(c for c in plain if c.isascii() and c.isalnum())


# --- what they say ------------------------------------------------------------------


def answers(stream, _day=None):
    """`File`, `Payment`, `Answer`, `Control`, `End`: as ``noemie``."""
    file = File(index=1, form="lines", family=PYXVITAL, date_order="")
    junk, opened = [], False
    for section in _sections(stream, junk):
        if not opened:
            _name_file(file, section)
            opened = True
            yield file
            yield Control("unverified_pyxvital", {}, 0, file)
        yield from _told(file, junk)
        yield from _payment(file, section)
    if not opened:
        yield file
    yield from _told(file, junk)
    file.end, file.complete = stream.tell(), True
    yield End(file)


def _name_file(file, section):
    file.sender = section.text("regime")
    file.identification = section.text("number")
    file.reference_text = section.text("name")


def _told(file, junk):
    while junk:
        start, size = junk.pop(0)
        yield _control(file, "junk", {"size": size}, start)


def _control(file, code, values, start):
    file.faults[code] = file.faults.get(code, 0) + 1
    return Control(code, values, start, file)


def _payment(file, section):
    """The objects of one transfer."""
    file.payments += 1
    place, text = section.values["list"]
    payment = Payment(
        file,
        file.payments,
        date=_read_day(section.text("day")),
        date_text=section.text("day"),
        label1=section.text("reference"),
        start=place,
        end=place + len(text),
    )
    yield payment
    start = place
    for rank, item in enumerate(text.split("+")):
        found = _answer(file, payment, section, rank, item, start)
        if isinstance(found, Answer):
            _count(file, payment, found)
        if found:
            yield found
        start += len(item) + 1
    payment.is_closed = True
    yield PaymentEnd(payment)


def _answer(file, payment, section, rank, item, start):
    """The `Answer` of one item; a `Control` where it is none, None for a blank."""
    if not item.strip():
        return None
    match = ITEM.fullmatch(item)
    if not match:
        return _control(file, "junk", {"size": len(item)}, start)
    number, amo, amc, refusal = match.groups()
    end = start + len(item)
    _kind, name, first_name = _person(_nth(section.listed("people"), rank))
    body = _nth(section.listed("bodies"), rank).strip()
    answer = Answer(
        file,
        payment,
        invoice_number=number,
        invoice_kind=ISSUERS.get(section.text("issuer"), ""),
        name=name.strip(),
        first_name=first_name.strip(),
        start=start,
        end=end,
    )
    answer.comments = [
        (what, said)
        for what, said in (
            ("destinataire", body),
            ("mandataire", _nth(section.listed("mandataries"), rank).strip()),
        )
        if said
    ]
    if refusal is None:
        answer.parts = _parts(amo, amc, start, end)
    else:
        kind = _kind_of(body)
        answer.parts = [Part(kind, REJECTED, is_derived=True, start=start, end=end)]
        answer.rejections = [_rejection(refusal, kind, start, end)]
    return answer


def _person(text):
    """(kind, name, first name) of “x/NOM/PRENOM”, whatever is missing empty."""
    return (*text.split("/"), "", "", "")[:3]


def _nth(values, rank):
    return values[rank] if rank < len(values) else ""


def _kind_of(body):
    """Whose refusal it is, by the code of the body: a caisse has nine digits, a mutual
    fund eight or ten."""
    digits = re.sub(r"\D", "", body)
    return AMC if len(digits) in (8, 10) else AMO


def _parts(amo, amc, start, end):
    """What each paid; a part of nothing was not answered, where the other one was."""
    cents = {AMO: _cents(amo), AMC: _cents(amc)}
    return [
        Part(kind, PAID if paid else UNTREATED, None, paid, start=start, end=end)
        for kind, paid in cents.items()
        if paid or not any(cents.values())
    ]


def _rejection(text, kind, start, end):
    code, label = CODE.match(text).groups()
    part = "C" if kind == AMC else "O"
    return Rejection(
        (code or "").strip(), label.strip(), "F", part, start=start, end=end
    )


def _count(file, payment, answer):
    for one in (file, payment):
        one.answers += 1
        one.paid += answer.paid
    for part in answer.parts:
        name = "paid_amo" if part.kind == AMO else "paid_amc"
        setattr(payment, name, getattr(payment, name) + part.paid)


def _cents(text):
    units, _dot, rest = text.lstrip("-").partition(".")
    cents = int(units) * 100 + int(rest.ljust(2, "0"))
    return -cents if text.startswith("-") else cents


def _read_day(text):
    for pattern, order in DAYS:
        match = pattern.fullmatch(text)
        if match:
            year, month, day = (int(match[at]) for at in order)
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return None


# --- writing ------------------------------------------------------------------------


def write(day, reference, items, regime="01", number="0001", name="RSP.par"):
    """Bytes of a result with one transfer, for tests and demonstrations.

    :param items: ``(number, amo, amc, person)`` in cents, or
        ``(number, refusal, None, person)``; the person is ``(name, first name)``
    """
    listed, people = [], []
    for invoice, amo, amc, person in items:
        told = f"E{amo}" if amc is None else f"{amo / 100:.2f}-{amc / 100:.2f}"
        listed.append(f"{invoice}:{told}")
        people.append("/".join(("x", *person)))
    lines = (
        "[Retour]",
        f"NomFichier={name}",
        f"NumFacturation={number}",
        f"Regime={regime}",
        "Emetteur=1",
        f"DateVirement={day:%d/%m/%Y}",
        f"ReferenceVirement={reference}",
        f"Liste={'+'.join(listed)}",
        f"Identification={'+'.join(people)}",
    )
    return ("\r\n".join(lines) + "\r\n").encode("cp1252", "replace")

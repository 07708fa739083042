"""Rows and objects as plain dictionaries, for JSON."""

from dataclasses import fields, is_dataclass
from datetime import date

from .objects import (
    Answer,
    End,
    File,
    Lot,
    Payment,
    PaymentEnd,
    SentEnd,
    SentInvoice,
    SentLot,
)

#: what an object refers to is named by its own number, not repeated
REFERENCES = {
    File: lambda found: found.index,
    Payment: lambda found: found.number,
    Lot: lambda found: found.number,
    SentLot: lambda found: found.number,
}
#: what is computed, by class
COMPUTED = {
    Answer: ("paid", "care_date"),
    Payment: ("amount",),
    File: ("amount",),
    Lot: ("is_accepted",),
    SentInvoice: ("patient", "care_date"),
}


#: what says again, now complete, what it ends
ENDS = {
    End: lambda end: end.file,
    PaymentEnd: lambda end: end.payment,
    SentEnd: lambda end: end.lot,
}
#: what is not known yet when an object is given
SUMS = ("paid", "retained", "lump", "amount", "answers")
INCOMPLETE = {
    File: ("end", "family", "complete", "entities", "payments", "lots", "passed",
           "faults", *SUMS),
    Payment: ("paid_amo", "paid_amc", "is_closed", "end", *SUMS),
    SentLot: ("invoices", "total", "amo", "amc", "end"),
}  # fmt: skip


def plain(item):
    """A dictionary of plain values; its ``object`` says what it is."""
    if not is_dataclass(item):
        return _row(item)
    name = type(item).__name__
    kind = {"object": name[0].lower() + name[1:]}
    if type(item) in ENDS:
        return kind | _values(ENDS[type(item)](item))
    found = _values(item)
    for later in INCOMPLETE.get(type(item), ()):
        del found[later]
    return kind | found


def _values(item):
    found = {each.name: _value(getattr(item, each.name)) for each in fields(item)}
    computed = COMPUTED.get(type(item), ())
    return found | {name: _value(getattr(item, name)) for name in computed}


def _value(value):
    if type(value) in REFERENCES:
        return REFERENCES[type(value)](value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return _values(value)
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    return value


def _row(row):
    found = {
        "object": row.kind,
        "type": row.type,
        "start": row.start,
        "end": row.end,
        "fault": row.fault,
        "raw": row.raw,
    }
    if row.layout and hasattr(row, "_fields"):
        named = {name: getattr(row, name) for name in row._fields[4:]}
        found["fields"] = named
    return found

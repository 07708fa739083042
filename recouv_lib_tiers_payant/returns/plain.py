"""Rows and objects as plain dictionaries, for JSON."""

from dataclasses import fields, is_dataclass
from datetime import date

from .objects import Answer, File, Lot, Payment, SentInvoice, SentLot

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


def plain(item):
    """A dictionary of texts, numbers, lists and dictionaries; ``kind`` comes first."""
    if not is_dataclass(item):
        return _row(item)
    # End and SentEnd say again, now complete, what they end
    name = type(item).__name__
    found = {"kind": name[0].lower() + name[1:], **_values(item)}
    if name in ("End", "SentEnd"):
        found |= _values(item.file if name == "End" else item.lot)
    return found


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
        "kind": row.kind,
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

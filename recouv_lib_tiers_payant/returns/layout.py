"""Layouts of fixed-width entities: read from a table, compiled into fast decoders.

A table is a text of blocks. The first line of a block is ``TYPE LENGTH Label``; then
come its fields, ``FIRST-LAST FORMAT name Label`` (positions from 1, both inclusive),
each followed by its coded values, four blanks in front: ``CODE Label``, where ``_`` is
a blank code, ``=TEXT`` a constant and ``*NAME`` a list of values shared by several.

Formats: ``N`` a whole number, ``M`` money in cents, ``C`` hundredths: read as int;
``D`` a date of six digits and ``I`` an identifier, whose zeros count, and ``A`` text:
read as str without the spaces at its end. For the norm all but A are numbers.
"""

from collections import namedtuple
from dataclasses import dataclass, field, replace
from operator import itemgetter

INTEGERS = frozenset("NMC")
#: what every row has before its own fields
COMMON = ("raw", "start", "end", "fault")
#: what every row has besides, which no field may be called
RESERVED = {*COMMON, "kind", "layout"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: positions `first` to `last` counted from 1."""

    name: str
    first: int
    last: int
    format: str
    label: str
    values: dict = field(default_factory=dict)
    constant: str = ""

    @property
    def length(self):
        return self.last - self.first + 1

    @property
    def slice(self):
        return slice(self.first - 1, self.last)

    @property
    def is_filler(self):
        """Whether the norm puts nothing there, or we do not know what it puts."""
        return self.name.startswith(("blank", "sesam", "unread"))

    def write(self, value=None):
        """Text of *value* on the length of this field.

        :raises ValueError: when it is too long or not a number where one is due
        """
        if value is None:
            value = self.constant
        if self.format in INTEGERS:
            text = str(int(value or 0))
            if text.startswith("-"):
                raise ValueError(f"{self.name}: {text} has its sign elsewhere")
        else:
            text = str(value)
        if len(text) > self.length:
            raise ValueError(f"{self.name}: {text!r} is longer than {self.length}")
        if self.format == "A" or (text and text.isspace()):
            return text.ljust(self.length)
        return text.rjust(self.length, "0")

    def read(self, text):
        """Value of *text* and whether it is what the format promises."""
        if self.format not in INTEGERS:
            return text.rstrip(" "), True
        digits = text.strip(" ")
        if digits.isascii() and digits.isdigit():
            return int(digits), True
        return 0, not digits


class Layout:
    """An entity: its fields in order, the class of its rows, its decoder.

    :ivar type: what begins the entity (``102``, B2 ``2S``)
    :ivar row: a named tuple with `COMMON`, then one value for each field
    :ivar decode: function of (raw, start, end); ValueError when a number is not one
    """

    def __init__(self, type_, length, label, fields):
        self.type = type_
        self.length = length
        self.label = label
        self.fields = tuple(fields)
        self.by_name = {each.name: each for each in self.fields}
        if RESERVED & set(self.by_name):
            raise ValueError(f"{type_}: {sorted(RESERVED & set(self.by_name))}")
        # the type is the class's: no need to cut it out of each row
        self.read = tuple(each for each in self.fields if each.name != "type")
        base = namedtuple("Row", [*COMMON, *(each.name for each in self.read)])
        common = {"__slots__": (), "type": type_, "layout": self, "kind": "entity"}
        self.row = type(f"Row{type_}", (base,), common)
        self.decode = _compile(self)

    def decode_with_care(self, raw, start, end, fault=""):
        """A row of *raw*, whatever is in it; its `fault` tells what is wrong.

        A number that is none is 0 and named in the fault (``number:paid``); fields
        beyond the end of *raw* are empty.
        """
        values, faults = [], [fault] if fault else []
        for each in self.read:
            value, is_good = each.read(raw[each.slice])
            values.append(value)
            if not is_good:
                faults.append(f"number:{each.name}")
        return self.row(raw, start, end, " ".join(faults), *values)

    def fits(self, raw):
        """Whether *raw*, of another length, can be read: whole fields, good codes."""
        known = [each for each in self.fields if each.first <= len(raw)]
        for each in known:
            value, is_good = each.read(raw[each.slice])
            is_coded = each.length == 1 and each.values
            if not is_good or (is_coded and value not in each.values):
                return False
        return len(raw) >= self.length - 1 or (known and known[-1].last == len(raw))

    def write(self, **values):
        """The entity's text, without its delimiter: zeros or blanks where not given.

        :raises ValueError: see `Field.write`; :raises KeyError: for an unknown field
        """
        for name in values:
            self.by_name[name]
        return "".join(each.write(values.get(each.name)) for each in self.fields)

    def label_of(self, name, value):
        """French label of a coded *value* of field *name*, "" when it has none."""
        return self.by_name[name].values.get(value, "")


def _compile(layout):
    """The decoder of *layout*: slices made at once, then each value where it goes.

    Python code is written out for it, as ``namedtuple`` does: no loop, no look-up.
    """
    numbers = any(each.format in INTEGERS for each in layout.read)
    cells = [
        f"int({each.name})" if each.format in INTEGERS else f"{each.name}.rstrip(' ')"
        for each in layout.read
    ]
    names = ", ".join(each.name for each in layout.read)
    lines = [
        "def decode(raw, start, end):",
        # int() would take an underscore for a digit separator
        "    if '_' in raw: raise ValueError(raw)" if numbers else "",
        f"    {names} = cut(raw)",
        f"    return new(row, (raw, start, end, '', {', '.join(cells)}))",
    ]
    cut = itemgetter(*(each.slice for each in layout.read))
    space = {"cut": cut, "new": tuple.__new__, "row": layout.row}
    exec("\n".join(lines), space)
    return space["decode"]


# --- tables -------------------------------------------------------------------------


def read_table(text, shared=None, opening=(), closing=0):
    """Layouts of a table, by type.

    :param shared: lists of values by name
    :param opening: fields that all blocks without a first field of their own begin with
    :param closing: length of the delimiter that ends all of them
    """
    blocks = (block.split("\n") for block in text.strip().split("\n\n"))
    return dict(_block(block, shared or {}, opening, closing) for block in blocks)


def _block(lines, shared, opening, closing):
    type_, length, label = lines[0].split(" ", 2)
    fields = []
    for line in lines[1:]:
        if line.startswith("    "):
            _value(line[4:], fields, shared)
        else:
            fields.append(_field(line))
    first = fields[0].first if fields else int(length)
    fields = [each for each in opening if each.last < first] + fields
    if fields[0].name == "type":
        fields[0] = replace(fields[0], constant=type_[: fields[0].length])
    fields = _with_gaps(fields, int(length) - closing)
    return type_, Layout(type_, int(length), label, fields)


def _field(line):
    positions, format_, name, label = line.split(" ", 3)
    first, _dash, last = positions.partition("-")
    return Field(name, int(first), int(last or first), format_, label)


def _value(line, fields, shared):
    """Add a coded value, a constant or a shared list to the last of *fields*."""
    if line.startswith("="):
        fields[-1] = replace(fields[-1], constant=line[1:])
    elif line.startswith("*"):
        fields[-1].values.update(shared[line[1:]])
    else:
        code, _blank, label = line.partition(" ")
        fields[-1].values["" if code == "_" else code] = label


def _with_gaps(fields, length):
    """*fields* with one more wherever the table says nothing of some positions.

    :raises ValueError: when two overlap or one goes beyond *length*
    """
    whole, position = [], 1
    for each in [*fields, Field("", length + 1, length, "A", "")]:
        if each.first < position or each.last > length:
            raise ValueError(f"{each.name} at {each.first}, expected {position}")
        if each.first > position:
            name = f"unread{position}"
            whole.append(Field(name, position, each.first - 1, "A", "(non lu)"))
        whole.append(each)
        position = each.last + 1
    return whole[:-1]

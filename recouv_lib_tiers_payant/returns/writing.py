"""Writers of return files: for tests, demonstrations, and to hand a file on.

What is written reads back as the same entities. A file of returns takes a few lines::

    out = NoemieWriter(date(2026, 3, 2))
    transfer = out.transfer(date(2026, 3, 2), "CPAM", "606100000012")
    transfer.invoice("000000123", nir="1850735123456", amo=2500, amc=1000)
    transfer.invoice(
        "000000124", amo=(2500, "R", 0), rejections=[("0250", "ASSURE ABSENT", "O")]
    )
    transfer.retained(800, nature="IND")
    data = out.bytes()

Sums and counts of the controls (990, 999) are computed; give `announced` to disagree.
"""

from .dates import YMD, from_date
from .noemie_layouts import DELIMITER, LAYOUTS
from .objects import NOEMIE576, NOEMIE580, PAID
from .physical import CHAINED, LENGTH, LINES, UNFOLDED_FORM

FORMS = (CHAINED, LINES, UNFOLDED_FORM)
SIGNS = {True: "N", False: "P"}


# --- entities to bytes --------------------------------------------------------------


def entity(type_, depth=1, **values):
    """Text of one entity, its delimiter included (000 and 999 have none)."""
    layout = LAYOUTS[type_]
    if type_ not in ("000", "999"):
        return layout.compose(depth=depth, **values) + DELIMITER
    return layout.compose(**values)


def fold(header, texts, trailer, form=CHAINED, line_end=b"\r\n", length=LENGTH):
    """Physical file of a *header*, entities (delimiters included) and a *trailer*."""
    if form == UNFOLDED_FORM:
        records = [header, *texts, trailer]
    else:
        records = [header.ljust(length), *_chained("".join(texts), length - 1)]
        records.append(trailer.ljust(length))
    data = [record.encode("latin-1", "replace") for record in records if record]
    if form == CHAINED:
        return b"".join(data)
    return b"".join(record + line_end for record in data)


def _chained(text, width):
    """Records of *text*: a flag, then *width* characters, the last ones blanks."""
    pieces = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    last = pieces.pop()
    return ["0" + piece for piece in pieces] + ["1" + last.ljust(width)]


def write_rows(rows, form=CHAINED, line_end=b"\r\n"):
    """Bytes of the entities of `entities.typed` *rows* (several files, if there are).

    :raises ValueError: when an entity stands outside any file
    """
    out, header, texts = [], None, []
    for row in rows:
        if row.kind != "entity":
            continue
        if row.type == "000" and row.layout:
            header, texts = row.raw, []
        elif header is None:
            raise ValueError(f"entity {row.type} outside any file")
        elif row.type == "999" and row.layout:
            out.append(fold(header, texts, row.raw, form, line_end))
            header = None
        else:
            texts.append(row.raw + DELIMITER)
    if header is not None:
        out.append(fold(header, texts, "", form, line_end))
    return b"".join(out)


# --- NOEMIE -------------------------------------------------------------------------


class NoemieWriter:
    """A return file under construction.

    :param day: its date of creation
    :param family: NOEMIE580 or NOEMIE576: which entities are written
    """

    def __init__(
        self,
        day,
        sender="000131",
        sender_kind="CP",
        recipient="351234567",
        family=NOEMIE580,
        reference=None,
        identification="RET001",
        flow="R",
        order=YMD,
    ):
        self.day = day
        self.family = family
        self.order = order
        self.address = {
            "sender_kind": sender_kind,
            "sender": sender,
            "recipient_kind": "TP",
            "recipient": recipient,
            "identification": identification,
            "flow": flow,
        }
        self.reference = reference or ("0580" if family == NOEMIE580 else "0576")
        self.texts = []
        self.amount = 0
        self.lots = 0
        self.transfers = []

    def date(self, day):
        return day if isinstance(day, str) else from_date(day, self.order)

    def add(self, type_, depth=1, **values):
        """Add any entity; returns the writer."""
        self.texts.append(entity(type_, depth, **values))
        return self

    def transfer(self, day, label1="", label2="", payer_body="", payee="351234567"):
        """Open a payment; what follows is added to it."""
        self._close()
        self.add("040", 1, payee=payee)
        if self.family == NOEMIE576:
            self.add("070", 2, day=self.date(day))
        else:
            self.add(
                "071",
                2,
                day=self.date(day),
                label1=label1,
                label2=label2,
                payer_body=payer_body,
            )
        self.transfers.append(Transfer(self))
        return self.transfers[-1]

    def acknowledge(self, lot, day, rejections=()):
        """An ARL of one lot: positive unless it has rejections (code, label)."""
        self.add("080", 2, created=self.date(day), lot=lot)
        for code, label in rejections:
            self.add("290", 3, code=code, label=label)
        self.lots += 1
        return self

    def _close(self):
        if self.transfers and not self.transfers[-1].is_closed:
            self.transfers[-1].close()

    def bytes(self, form=CHAINED, line_end=b"\r\n", length=LENGTH, **trailer):
        """The whole file; *trailer* overrides fields of the 999."""
        self._close()
        stream = sum(map(len, self.texts))
        records = 2 + (stream + length - 2) // (length - 1)
        if form == UNFOLDED_FORM:
            records = 2 + len(self.texts)
        header = entity(
            "000",
            **self.address,
            created=self.date(self.day),
            reference=self.reference,
            currency="U",
            record_length=length,
        )
        values = {
            "records": records,
            "lots": self.lots,
            "total": abs(self.amount),
            "sign": SIGNS[self.amount < 0],
        }
        end = entity("999", **self.address, **(values | trailer))
        return fold(header, self.texts, end, form, line_end, length)


class Transfer:
    """A payment of a `NoemieWriter`."""

    def __init__(self, writer):
        self.writer = writer
        self.amount = 0
        self.count = 0
        self.is_closed = False
        self.lot = None
        self.return_kind = None

    def invoice(self, number, amo=None, amc=None, rejections=(), comments=(), **values):
        """An answer to one invoice; sums in cents.

        :param amo, amc: cents paid as asked, or (asked, state, paid)
        :param rejections: (code, label) or (code, label, part[, level])
        :param values: lot, lot_date, kind, date, insurance, nir, nir_key,
            own_nir, birth, birth_rank, name, first_name, amc_number, member_number, act
        """
        self.count += 1
        if self.writer.family == NOEMIE576:
            self._second(number, amo, amc, rejections, values)
        else:
            self._first(number, amo, amc, rejections, values)
        for text in comments:
            self.writer.add("295", 5, text=text)
        return self

    def _first(self, number, amo, amc, rejections, values):
        """Entities of the 580 family."""
        add, get, writer = self.writer.add, values.get, self.writer
        if self.return_kind is None:
            self.kind("01")
        add(
            "102",
            3,
            invoice_number=number,
            lot=get("lot", ""),
            lot_date=writer.date(get("lot_date")),
            invoice_kind=get("kind", "F"),
            invoice_date=writer.date(get("date")),
            insurance=get("insurance", "10"),
        )
        add(
            "103",
            4,
            nir=get("nir", ""),
            nir_key=get("nir_key", ""),
            birth_name=get("name", ""),
            first_name=get("first_name", ""),
            own_nir=get("own_nir", ""),
            birth=writer.date(get("birth")),
            birth_rank=get("birth_rank", "1"),
            patient_name=get("name", ""),
            patient_first_name=get("first_name", ""),
        )
        self._parts(amo, amc, values)
        for code, label, part, level in map(_rejection, rejections):
            add("294", 5, code=code, label=label, part=part, level=level)

    def _parts(self, amo, amc, values):
        for type_, told in (("198", amo), ("199", amc)):
            if told is None:
                continue
            asked, state, paid = _part(told)
            more = {}
            if type_ == "199":
                more["amc_number"] = values.get("amc_number", "")
                more["member_number"] = values.get("member_number", "")
            self.writer.add(
                type_,
                4,
                asked=asked,
                state=state,
                paid=abs(paid),
                sign=SIGNS[paid < 0],
                **more,
            )
            self.amount += paid

    def _second(self, number, amo, amc, rejections, values):
        """Entities of the 576 family: one line with both parts."""
        add, get, writer = self.writer.add, values.get, self.writer
        lot = (get("lot", ""), writer.date(get("lot_date")))
        if lot != self.lot:
            self.lot = lot
            writer.lots += 1
            add("080", 3, created=lot[1], lot=lot[0])
        name = {"name": get("name", ""), "first_name": get("first_name", "")}
        add("100", 4, invoice_number=number)
        add("110", 5, nir=get("nir", ""), nir_key=get("nir_key", ""), **name)
        birth = {"birth": writer.date(get("birth")), **name}
        add("120", 6, birth_rank=get("birth_rank", "1"), **birth)
        add("150", 7, insurance=get("insurance", "AS"))
        paid, paid_amc = (_part(told)[2] if told else 0 for told in (amo, amc))
        if paid or paid_amc:
            add(
                "210",
                8,
                line=1,
                care_date=writer.date(get("date")),
                paid=abs(paid),
                amc_paid=abs(paid_amc),
                sign=SIGNS[paid < 0],
                act=get("act", "AMI"),
                quantity=1,
                coefficient=100,
            )
        self.amount += paid + paid_amc
        for code, label, _part_letter, _level in map(_rejection, rejections):
            add("290", 8, code=code, label=label)

    def kind(self, return_kind, place=""):
        """What follows is a return of this kind (081)."""
        self.return_kind = return_kind
        self.writer.add("081", 2, return_kind=return_kind, place=place)
        return self

    def retained(self, amount, nature="IND", operation="RPR", reference="", balance=0):
        """A sum kept back."""
        self.writer.add(
            "250",
            3,
            reference=reference,
            nature=nature,
            operation=operation,
            amount=abs(amount),
            sign=SIGNS[amount < 0],
            balance=balance,
        )
        self.amount -= amount
        return self

    def lump(self, amount, code="00001", label=""):
        """A lump sum, with its detail when it has a label."""
        self.writer.add("261", 3, code=code, amount=amount)
        if label:
            self.writer.add("262", 4, label=label, period="P", amount=amount)
        self.amount += amount
        return self

    def close(self, announced=None, count=None):
        """The control of this payment (990); done by itself if need be."""
        total = self.amount if announced is None else announced
        self.writer.add(
            "990",
            99,
            count=self.count if count is None else count,
            total=abs(total),
            sign=SIGNS[total < 0],
        )
        self.writer.amount += self.amount
        self.is_closed = True
        return self


def _part(told):
    """(asked, state, paid) of what a caller told of a part."""
    return (told, PAID, told) if isinstance(told, int) else told


def _rejection(told):
    """(code, label, part, level): the AMO part and the whole invoice if not told."""
    code, label, *rest = told
    part, level = (*rest, *("O", "F")[len(rest) :])
    return code, label, part, level

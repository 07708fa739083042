"""B2 files: what a practice's software sent to the caisses.

Rows as in ``entities`` (without gap, every byte somewhere), then lots and invoices.
Records have 128 characters, with or without line ends; blanks at the end of a line may
be missing. Both variants are read: PS (professionals) and CP (establishments).
"""

from .b2_layouts import LENGTH, VARIANTS
from .dates import to_birth_date, to_date
from .entities import Junk, Padding, Unknown
from .objects import Control, End, File, SentEnd, SentInvoice, SentLine, SentLot
from .physical import BLANKS, LINE_ENDS, Source

PS, CP = "PS", "CP"
TOLD = 50
#: where the letter of a complement stands, by type of record (index, not position)
COMPLEMENTS = {"2": 35, "3": 38, "4": 35}
LINE_TYPES = ("3", "4")
#: the main record of type 4 may be told by an A
LETTERS = frozenset("BCDEFGHIJKLMNOPQRSTUVWXYZ")


def type_of(raw):
    """Type of a record of 128 characters: its first one, with the complement's letter."""
    if raw.startswith(("000", "999")):
        return raw[:3]
    letter = raw[COMPLEMENTS[raw[0]]] if raw[0] in COMPLEMENTS else ""
    return raw[0] + (letter if letter in LETTERS else "")


class UnknownRecord(Unknown):
    """A record whose type has no layout."""

    __slots__ = ()

    @property
    def type(self):
        return type_of(self.raw)


def rows(stream):
    """Rows of a binary *stream* with their fields (see ``entities``)."""
    return Reader(stream).rows()


def sent(stream, day):
    """What was sent: `File`, then `SentLot`, `SentInvoice`, `SentEnd`, `Control`, `End`.

    :param day: the day it is read on, for the century of births
    """
    return Sending(stream, day).items()


class Reader:
    """The rows of a B2 stream.

    :ivar variant: of the lot that is being read
    """

    def __init__(self, stream):
        self.source = Source(stream)
        self.variant = self.file_variant = PS
        self.count = 0
        self._end = 0

    def rows(self):
        while True:
            data = self._record()
            start, self._end = self._end, self.source.offset
            if not data:
                if self._end > start:
                    yield Padding("", start, self._end, "")
                return
            if not data.strip(BLANKS):
                yield Padding(data.decode("latin-1"), start, self._end, "")
                continue
            self.count += 1
            yield self._row(data, start)

    def _record(self):
        """At most 128 bytes, up to a line end; the line ends that follow go with it."""
        found = self.source.ahead(LENGTH)
        for end in (b"\n", b"\r"):
            found = found.split(end, 1)[0]
        self.source.skip(len(found))
        ahead = self.source.ahead(1)
        while ahead and ahead in LINE_ENDS:
            self.source.skip(1)
            found = found or b" "
            ahead = self.source.ahead(1)
        return found

    def _row(self, data, start):
        raw = data.decode("latin-1").ljust(LENGTH)
        layout = self._layout(type_of(raw))
        if layout is None:
            kind = UnknownRecord if raw[0] in "123456" else Junk
            return kind(raw, start, self._end, "unknown")
        try:
            row = layout.decode(raw, start, self._end)
        except ValueError:
            row = layout.decode_with_care(raw, start, self._end)
        self._follow(row)
        return row

    def _layout(self, type_):
        return VARIANTS[self.variant].get(type_)

    def _follow(self, row):
        """Note which variant comes next."""
        if row.type == "000":
            self.file_variant = CP if row.norm == CP else PS
            self.variant = self.file_variant
        elif row.type == "1":
            self.variant = CP if row.norm_code == CP else self.file_variant


class Sending:
    """One pass over a B2 stream: the file, lot and invoice that are open."""

    def __init__(self, stream, day):
        self.reader = Reader(stream)
        self.day = day
        self.out = []
        self.files = 0
        self.file = self.lot = self.invoice = None
        self.counts, self.lines = {}, 0
        self.handlers = {
            name[6:]: getattr(self, name)
            for name in dir(self)
            if name.startswith("_read_")
        }

    def items(self):
        """Everything, in order."""
        for row in self.reader.rows():
            self._row(row)
            if self.out:
                found, self.out = self.out, []
                yield from found
        self._close_file(self.reader.source.offset)
        yield from self.out

    def _row(self, row):
        if row.kind == "padding":
            return
        if row.type == "000" and row.layout or self.file is None:
            self._open_file(row)
        self._tell_faults(row)
        if row.kind == "junk":
            return
        file = self.file
        file.entities[row.type] = file.entities.get(row.type, 0) + 1
        # complements count with their record; not all software does it
        self.counts[row.raw[0]] = self.counts.get(row.raw[0], 0) + 1
        handler = self.handlers.get(row.type)
        if handler and row.layout:
            handler(row)
        if self.invoice and row.type not in ("1", "6", "999"):
            self.invoice.end = row.end

    def _tell(self, code, start=None, **values):
        faults = self.file.faults
        faults[code] = faults.get(code, 0) + 1
        if faults[code] <= TOLD:
            self.out.append(Control(code, values, start, self.file))

    def _tell_faults(self, row):
        if row.kind == "junk":
            self._tell("junk", row.start, size=row.end - row.start)
            return
        for word in row.fault.split():
            code, _colon, field = word.partition(":")
            values = {"field": field} if field else {}
            self._tell(code, row.start, type=row.type or row.raw[:2], **values)

    def _check(self, code, announced, possible, row, what, **values):
        if announced in possible:
            self.file.passed += 1
        else:
            values |= {"announced": announced, what: possible[0]}
            self._tell(code, row.start, **values)

    # --- file and lots -------------------------------------------------------------

    def _open_file(self, row):
        self._close_file(row.start)
        self.files += 1
        self.file = File(index=self.files, start=row.start, form="records")
        self.file.family = "b2"
        self.out.append(self.file)
        if row.type != "000":
            self._tell("no_header", row.start)

    def _read_000(self, row):
        file = self.file
        file.sender_kind, file.sender = row.sender_kind, row.sender
        file.recipient_kind, file.recipient = row.recipient_kind, row.recipient
        file.identification = row.identification
        file.created, file.created_text = to_date(row.created), row.created
        file.reference_text, file.version = row.norm, row.version

    def _read_999(self, row):
        self._close_lot(row.start)
        self._check("lots_999", row.lots, (self.file.lots,), row, "counted")
        self.file.complete = True
        self._close_file(row.end)

    def _close_file(self, end):
        file = self.file
        if not file:
            return
        self._close_lot(end)
        if not file.complete:
            self._tell("no_trailer", end)
        file.end = end
        self.out.append(End(file))
        self.file = None

    def _read_1(self, row):
        self._close_lot(row.start)
        self.file.lots += 1
        self.counts = {}
        self.lot = SentLot(
            file=self.file,
            variant=self.reader.variant,
            number=row.lot,
            created=to_date(row.created),
            created_text=row.created,
            sender=row.sender,
            sender_name=row.name,
            payer_body=row.payer_body,
            certification=row.certification,
            start=row.start,
            end=row.end,
        )
        self.out.append(self.lot)

    def _read_6(self, row):
        lot = self._open_lot(row)
        self._flush(row.start)
        counts, name = self.counts, lot.number
        lines = sum(counts.get(type_, 0) for type_ in LINE_TYPES)
        self._check("invoices_6", row.invoices, (lot.invoices,), row, "counted",
                    lot=name)  # fmt: skip
        self._check("lines_6", row.lines, (self.lines, lines), row, "counted",
                    lot=name)  # fmt: skip
        for code in ("total", "amo", "amc"):
            announced, computed = getattr(row, code), getattr(lot, code)
            self._check(f"{code}_6", announced, (computed,), row, "computed", lot=name)
        self._end_lot(row.end)

    def _open_lot(self, row):
        """The open lot; one without number when type 1 is missing."""
        if self.lot is None:
            self._tell("alone", row.start, type=row.type)
            variant = self.reader.variant
            self.lot = SentLot(file=self.file, variant=variant, start=row.start)
            self.out.append(self.lot)
        return self.lot

    def _close_lot(self, end):
        """End a lot that has no type 6."""
        self._flush(end)
        if self.lot:
            self._tell("no_6", end, lot=self.lot.number)
            self._end_lot(end)

    def _end_lot(self, end):
        self.lot.end = end
        self.out.append(SentEnd(self.lot))
        self.lot = None
        self.counts, self.lines = {}, 0

    # --- invoices ------------------------------------------------------------------

    def _read_2(self, row):
        lot = self._open_lot(row)
        self._flush(row.start)
        self.invoice = SentInvoice(
            lot=lot,
            number=row.invoice_number,
            nir=row.nir,
            nir_key=row.nir_key,
            birth_text=row.birth,
            birth_date=to_birth_date(row.birth, day=self.day),
            birth_rank=row.birth_rank,
            rank=row.rank,
            regime=row.regime,
            caisse=row.caisse,
            centre=row.centre,
            sender=row.sender,
            operation=row.operation,
            split=row.split,
            insurance=row.insurance,
            exemption=row.exemption,
            contract=row.contract,
            amc_number=_filled(row.amc_number),
            accident=_filled(row.accident),
            start=row.start,
            end=row.end,
        )
        if "mode" in row.layout.by_name:
            self._professional(row)

    def _professional(self, row):
        """What only the PS variant has in its type 2."""
        invoice = self.invoice
        invoice.date, invoice.date_text = to_date(row.date), row.date
        invoice.kind, invoice.mode = row.invoice_kind, row.mode
        invoice.member_number = row.member_number
        invoice.prescriber = _filled(row.prescriber)
        invoice.prescription_date = to_date(row.prescribed)

    def _read_2S(self, row):
        invoice = self._open_invoice(row)
        if invoice and "own_nir" in row.layout.by_name:
            invoice.own_nir = row.own_nir
            invoice.own_nir_key = row.own_nir_key if row.own_nir else ""

    def _read_2M(self, row):
        invoice = self._open_invoice(row)
        if invoice:
            invoice.amc_number = _filled(row.amc_number) or invoice.amc_number
            invoice.member_number = row.member_number or invoice.member_number

    def _open_invoice(self, row):
        if self.invoice is None:
            self._tell("alone", row.start, type=row.type)
        return self.invoice

    def _read_4(self, row):
        self._line(row)

    def _read_3(self, row):
        self._line(row)

    def _line(self, row):
        self.lines += 1
        invoice = self._open_invoice(row)
        if invoice is None:
            return
        known = row.layout.by_name
        line = SentLine(
            act=row.act,
            care_date=to_date(row.care_date),
            quantity=row.quantity,
            coefficient=row.coefficient,
            unit_price=row.unit_price,
            base=row.base,
            rate=row.rate,
            amo=row.amo,
            amc=row.amc,
            fee=row.fee,
            qualifier=row.qualifier,
            exemption=row.exemption if "exemption" in known else "",
            performer=_filled(row.performer) if "performer" in known else "",
            place=row.place if "place" in known else "",
            start=row.start,
            end=row.end,
        )
        invoice.lines.append(line)

    def _read_4M(self, row):
        invoice = self._open_invoice(row)
        if invoice and invoice.lines:
            line = invoice.lines[-1]
            line.ccam, line.activity, line.phase = row.ccam, row.activity, row.phase
            line.end = row.end

    def _read_5(self, row):
        invoice = self._open_invoice(row)
        if invoice is None:
            return
        invoice.totals = True
        invoice.total, invoice.before_amc = row.total, row.before_amc
        if "stay_amo" in row.layout.by_name:
            invoice.amo = row.stay_amo + row.fees_amo
            invoice.amc = row.stay_amc + row.fees_amc
        else:
            invoice.amo, invoice.amc = row.amo, row.amc
        number, lines = invoice.number, invoice.lines
        # some count the complements of a line, some do not
        records = (row.start - invoice.start) // LENGTH
        if not len(lines) <= row.lines <= max(records, len(lines)):
            self._tell("lines_5", row.start, invoice=number, announced=row.lines,
                       counted=len(lines))  # fmt: skip
        fees = sum(line.fee for line in lines)
        self._check("total_5", row.total, (fees,), row, "computed", invoice=number)
        invoice.end = row.end
        self._flush(row.end)

    def _flush(self, end):
        """Give the open invoice; without type 5, with the sums of its lines."""
        invoice, self.invoice = self.invoice, None
        if not invoice:
            return
        if not invoice.totals:
            self._tell("no_5", end, invoice=invoice.number)
            for name, field in (("total", "fee"), ("amo", "amo"), ("amc", "amc")):
                setattr(invoice, name, sum(getattr(x, field) for x in invoice.lines))
        lot = invoice.lot
        lot.invoices += 1
        lot.total += invoice.total
        lot.amo += invoice.amo
        lot.amc += invoice.amc
        self.file.answers += 1
        self.out.append(invoice)


def _filled(text):
    """*text*, "" when it is but zeros."""
    return text if text.strip("0") else ""

"""What a NOEMIE return says: payments, answers to invoices, rejections, controls.

The tree is built by the types of entities, never by their break levels, which differ
from one reference to another. Both families are read: 580 (102, 198, 199, 294…) and
576, 578, 900 (100, 210, 290…), where the parts' sums are those of the lines.
"""

import re
from operator import sub
from typing import NamedTuple

from .dates import LABELS, YMD, find_order, to_birth_date, to_date
from .derived import derive_parts
from .entities import Reader
from .noemie_layouts import LAYOUTS
from .objects import (
    AMC,
    AMO,
    ARL,
    NOEMIE576,
    NOEMIE580,
    Answer,
    Control,
    End,
    File,
    Line,
    Lot,
    Lump,
    LumpDetail,
    Part,
    Payment,
    PaymentEnd,
    Rejection,
    Retained,
)
from .physical import LENGTH

#: rows kept until the order of dates is known
OPENING_ROWS = 400
#: of each kind of fault, how many are told one by one; all are counted
TOLD = 50
DATED = {"000": "created", "070": "day", "071": "day", "080": "created"}
FIRST_FAMILY = {"071", "102", "103", "198", "199", "294"}
SECOND_FAMILY = {"070", "080", "100", "110", "120", "150", "160", "210", "290"}
ANSWERING = {"080", "100", "102", "290", "294", "295"}
MONEY_TYPES = {"198", "199", "210", "250", "261"}
SIGNS = {"P": 1, "": 1, "N": -1}


def answers(stream, day, order=None):
    """What the files in a binary *stream* say, as it is read (see ``objects``).

    Gives `File`, then `Payment`, `Answer`, `Lot`, `Retained`, `Lump` and `Control` as
    they come, then `End`, for each of the files that follow each other. Memory does
    not grow with the file.

    :param day: the day it is read on: tells the order of dates, and centuries
    :param order: YMD or DMY, to impose it
    """
    return Reading(stream, day, order).items()


class Totals(NamedTuple):
    """What was counted up to some place of a file."""

    paid: int = 0
    lump: int = 0
    retained: int = 0
    answers: int = 0
    entities: int = 0
    payments: int = 0
    groups: int = 0

    def since(self, other):
        return Totals(*map(sub, self, other))

    @property
    def amounts(self):
        """Sums that a control may mean: a retained sum counts less, more, or not."""
        gross = self.paid + self.lump
        return (gross - self.retained, gross + self.retained, gross)


class Reading:
    """One pass over a stream: the file, payment, lot and answer that are open."""

    def __init__(self, stream, day, order=None):
        self.reader = Reader(stream)
        self.records = None
        self.day = day
        self.imposed = order
        self.order = order or YMD
        self.is_doubtful = False
        self.out = []
        self.files = 0
        self.by_class = {
            layout.row: self._counted(type_, getattr(self, f"_read_{type_}"))
            for type_, layout in LAYOUTS.items()
        }
        self._forget()

    def _forget(self):
        self.file = self.payment = self.lot = self.answer = self.lump = None
        self.payee = self.mandatary = self.return_kind = self.place = ""
        self.groups = self.seen = 0
        self.scopes, self.counts = {}, {}
        self.last_paid = 0

    # --- rows ----------------------------------------------------------------------

    def items(self):
        """Everything, in order."""
        handler_of = self.by_class.get
        for rows in self._batches():
            for row in rows:
                handler = handler_of(row.__class__)
                # only what was read without a fault takes the short way
                if handler is None or row.fault or self.file is None:
                    self._odd_row(row)
                else:
                    self.seen += 1
                    handler(row)
            found, self.out = self.out, []
            yield from found

    def _batches(self):
        """Lists of rows; a file's first ones wait until the order of dates is known."""
        held, records = [], None
        for rows in self.reader.batches():
            opens = bool(rows) and _opens(rows[0])
            if held and (opens or len(held) > OPENING_ROWS):
                self._choose_order(held, records)
                yield held
                held = []
            if held or opens:
                # the reader is at the next file when these are looked at
                records = self.reader.records if opens else records
                held += rows
            else:
                yield rows
        self._choose_order(held, records)
        yield held

    def _choose_order(self, rows, records):
        """Find out the order of dates in a file that begins with *rows*."""
        self.records = records
        texts = [getattr(r, DATED.get(r.type, ""), "") for r in rows if r.layout]
        self.order, self.is_doubtful = find_order(texts, self.day)
        if self.imposed:
            self.order, self.is_doubtful = self.imposed, False

    def _counted(self, type_, read):
        """A method that counts an entity of its type, then reads it."""

        def handle(row):
            counts = self.counts
            counts[type_] = counts.get(type_, 0) + 1
            read(row)

        return handle

    def _odd_row(self, row):
        """A row that opens or ends a file, is no entity, or has a fault."""
        if _opens(row):
            self._open_file(row)
        self._tell_faults(row)
        if "no_trailer" in row.fault:
            self._cut_answer()
            self._close_file(row)
        if row.kind != "entity" or self.file is None:
            return
        self.seen += 1
        handler = self.by_class.get(row.__class__)
        if handler:
            handler(row)
        else:
            # a row without layout keeps its bytes, its meaning is not known
            self.counts[row.type] = self.counts.get(row.type, 0) + 1

    # --- controls ------------------------------------------------------------------

    def _tell(self, code, start=None, **values):
        faults = self.file.faults if self.file else {}
        faults[code] = faults.get(code, 0) + 1
        if faults[code] <= TOLD:
            self.out.append(Control(code, values, start, self.file))

    def _tell_faults(self, row):
        for word in row.fault.split():
            code, _colon, field = word.partition(":")
            values = {"type": row.type or row.raw[:3]}
            if code == "length":
                values |= {
                    "found": len(row.raw) + 1,
                    "expected": LAYOUTS[row.type].length,
                }
            elif field:
                values["field"] = field
            self._tell(code, row.start, **values)
        if row.kind == "junk":
            self._tell("junk", row.start, size=row.end - row.start)

    def _signed(self, row, amount):
        sign = SIGNS.get(row.sign)
        if sign is None:
            self._tell("sign", row.start, type=row.type, sign=row.sign)
        return -amount if sign == -1 else amount

    def _date(self, text):
        return to_date(text, self.order)

    # --- files ---------------------------------------------------------------------

    def _open_file(self, row):
        self._forget()
        self.files += 1
        records = self.records
        self.file = File(
            index=self.files,
            start=row.start,
            form=records.form,
            date_order=self.order,
            entities=self.counts,
        )
        self._scope("file")
        self.out.append(self.file)
        if self.is_doubtful:
            self._tell("date_order", row.start, order=LABELS[self.order])
        if records.length != LENGTH:
            self._tell("record_length", row.start, found=records.length)

    def _read_000(self, row):
        file = self.file
        file.sender_kind, file.sender = row.sender_kind, row.sender
        file.recipient_kind, file.recipient = row.recipient_kind, row.recipient
        file.identification = row.identification
        file.created, file.created_text = self._date(row.created), row.created
        found = re.search("[0-9]{3}(?![0-9])", row.reference)
        file.reference = found[0] if found else ""
        file.reference_text, file.version = row.reference, row.version
        file.currency, file.flow = row.currency, row.flow

    def _read_999(self, row):
        self._close_payment()
        self.file.complete = True
        total, totals = self._signed(row, row.total), self._totals()
        self._check("total_999", total, totals.amounts, row, "computed")
        records = self.records.count
        counted = (records, records - 1, records - 2, totals.entities)
        self._check("records_999", row.records, counted, row, "counted")
        if row.lots:
            lots = (self.file.lots, self.groups, self.file.payments, self.file.index)
            self._check("lots_999", row.lots, lots, row, "counted")
        self._close_file(row)

    def _close_file(self, row):
        self._close_payment()
        file = self.file
        file.end = row.end
        file.family = _family(set(file.entities))
        self.out.append(End(file))
        self._forget()

    def _check(self, code, announced, possible, row, what, **values):
        if announced in possible:
            self.file.passed += 1
        else:
            values |= {"announced": announced, what: possible[0]}
            self._tell(code, row.start, **values)

    # --- payments ------------------------------------------------------------------

    def _totals(self):
        file = self.file
        return Totals(
            file.paid,
            file.lump,
            file.retained,
            file.answers,
            self.seen,
            file.payments,
            self.groups,
        )

    def _scope(self, *names):
        """What is counted for *names* begins here."""
        totals = self._totals()
        for name in names:
            self.scopes[name] = totals

    def _read_020(self, row):
        self._close_payment()
        self.mandatary = row.payee
        self._scope("mandatary")

    def _read_040(self, row):
        self._close_payment()
        self.payee = row.payee
        self._scope("payee")

    def _read_070(self, row):
        self._open_payment(row)

    def _read_071(self, row):
        self._open_payment(row, row.label1, row.label2, row.payer_body)

    def _open_payment(self, row, label1="", label2="", payer_body=""):
        self._close_payment()
        self._scope("payment")
        self.file.payments += 1
        self.payment = Payment(
            file=self.file,
            number=self.file.payments,
            date=self._date(row.day),
            date_text=row.day,
            label1=label1,
            label2=label2,
            payer_body=payer_body,
            payee=self.payee,
            mandatary=self.mandatary,
            start=row.start,
            end=row.end,
        )
        self.out.append(self.payment)

    def _close_payment(self):
        self._close_lot()
        self.return_kind = self.place = ""
        if self.payment:
            self.payment.is_closed = True
            self.out.append(PaymentEnd(self.payment))
            self.payment = None

    def _read_080(self, row):
        self._close_lot()
        self._scope("group")
        self.groups += 1
        self.file.lots += 1
        self.lot = Lot(
            file=self.file,
            payment=self.payment,
            number=row.lot,
            created=self._date(row.created),
            created_text=row.created,
            start=row.start,
            end=row.end,
        )

    def _close_lot(self):
        self._flush()
        if self.lot:
            self.out.append(self.lot)
            self.lot = None

    def _read_081(self, row):
        self._flush()
        self._scope("group")
        self.groups += 1
        self.return_kind, self.place = row.return_kind, row.place

    def _read_250(self, row):
        self._flush()
        amount = self._signed(row, row.amount)
        self._add("retained", amount, row)
        self.out.append(
            Retained(
                file=self.file,
                payment=self.payment,
                reference=row.reference,
                registered=self._date(row.registered),
                nature=row.nature,
                operation=row.operation,
                amount=amount,
                balance=row.balance,
                line=row.line,
                start=row.start,
                end=row.end,
            )
        )

    def _read_261(self, row):
        self._flush()
        self._add("lump", row.amount, row)
        self.lump = Lump(
            file=self.file,
            payment=self.payment,
            code=row.code,
            amount=row.amount,
            start=row.start,
            end=row.end,
        )

    def _read_262(self, row):
        if not self.lump:
            self._flush()
            self._tell("orphan", row.start, type=row.type)
            self.lump = Lump(file=self.file, payment=self.payment, start=row.start)
        self.lump.end = row.end
        self.lump.details.append(
            LumpDetail(
                code=row.code,
                label=row.label,
                nir=row.nir,
                nir_key=row.nir_key,
                birth_text=row.birth,
                birth_rank=row.birth_rank,
                period=row.period,
                date_from=self._date(row.date_from),
                date_to=self._date(row.date_to),
                amount=row.amount,
                start=row.start,
                end=row.end,
            )
        )

    def _add(self, name, amount, row):
        """Count *amount* in the file and in the payment that is open."""
        file, payment = self.file, self.payment
        setattr(file, name, getattr(file, name) + amount)
        if payment:
            setattr(payment, name, getattr(payment, name) + amount)
            payment.end = row.end

    def _read_990(self, row):
        """A level closes: which one is not said, so any that is open may agree."""
        self._flush()
        announced, now = self._signed(row, row.total), self._totals()
        scopes = [now.since(totals) for totals in self.scopes.values()]
        scopes.append(Totals(paid=self.last_paid, answers=1))
        self._choose_retained_sign(announced)
        sums = [amount for scope in scopes for amount in scope.amounts]
        payment = now.since(self.scopes.get("payment", self.scopes["file"]))
        self._check(
            "total_990",
            announced,
            [payment.amounts[0], *sums],
            row,
            "computed",
            identification=row.identification,
        )
        counts = [x for scope in scopes for x in (*scope[3:], scope.entities - 1)]
        self._check(
            "count_990",
            row.count,
            [payment.answers, *counts],
            row,
            "counted",
            identification=row.identification,
        )

    def _choose_retained_sign(self, announced):
        """The sign of 250 is not proven: the total announced for a payment decides."""
        payment = self.payment
        if not payment or not payment.retained or announced == payment.amount:
            return
        if announced == payment.amount + 2 * payment.retained:
            self.file.retained -= 2 * payment.retained
            payment.retained = -payment.retained

    # --- answers -------------------------------------------------------------------

    def _flush(self):
        """Give what is whole: the answer or lump sum that was open."""
        if self.lump:
            self.out.append(self.lump)
            self.lump = None
        answer = self.answer
        if not answer:
            return
        is_derivable = answer.lines or (answer.rejections and not answer.parts)
        if is_derivable and not answer.is_cut:
            derive_parts(answer)
        self.answer = None
        self._count(answer)
        self.out.append(answer)

    def _cut_answer(self):
        """Mark the answer that the end of the file cuts: what it says of a part as a
        whole (198, 199) stands, sums of lines may lack some."""
        answer = self.answer
        if answer and not answer.parts:
            answer.is_cut = True
            self._tell("answer_cut", answer.start, invoice=answer.invoice_number)

    def _count(self, answer):
        file, payment = self.file, self.payment
        file.answers += 1
        if self.lot:
            self.lot.answers += 1
            self.lot.end = answer.end
        if payment:
            payment.answers += 1
            payment.end = answer.end
        before = file.paid
        for part in answer.parts:
            file.paid += part.paid
            if payment:
                payment.paid += part.paid
                if part.kind == AMO:
                    payment.paid_amo += part.paid
                else:
                    payment.paid_amc += part.paid
        self.last_paid = file.paid - before

    def _open_answer(self, row):
        self._flush()
        lot = self.lot
        self.answer = Answer(
            file=self.file,
            payment=self.payment,
            lot=lot,
            lot_number=lot.number if lot else "",
            lot_date=lot.created if lot else None,
            return_kind=self.return_kind,
            place=self.place,
            start=row.start,
            end=row.end,
        )
        return self.answer

    def _current(self, row):
        """The open answer, up to *row*; one without number when none is open."""
        answer = self.answer
        if answer is None:
            self._tell("orphan", row.start, type=row.type)
            answer = self._open_answer(row)
        answer.end = row.end
        return answer

    def _read_100(self, row):
        self._open_answer(row).invoice_number = row.invoice_number

    def _read_102(self, row):
        answer = self._open_answer(row)
        answer.invoice_number = row.invoice_number
        answer.complement = row.complement
        answer.lot_number = row.lot or answer.lot_number
        answer.lot_date = self._date(row.lot_date) or answer.lot_date
        answer.invoice_kind = row.invoice_kind
        answer.invoice_date = self._date(row.invoice_date)
        answer.amc_handling = row.amc_handling
        answer.insurance = row.insurance

    def _read_103(self, row):
        answer = self._current(row)
        answer.nir = row.nir
        answer.nir_key = row.nir_key if row.nir else ""
        answer.own_nir = row.own_nir
        answer.own_nir_key = row.own_nir_key if row.own_nir else ""
        answer.insured_name = row.used_name or row.birth_name
        answer.insured_first_name = row.first_name
        answer.name = row.patient_name or answer.insured_name
        answer.first_name = row.patient_first_name or row.first_name
        answer.unit = row.unit
        self._birth(answer, row)

    def _birth(self, answer, row):
        answer.birth_text, answer.birth_rank = row.birth, row.birth_rank
        answer.birth_date = to_birth_date(row.birth, self.order, self.day)

    def _read_110(self, row):
        answer = self._current(row)
        answer.nir, answer.nir_key = row.nir, row.nir_key
        answer.insured_name, answer.insured_first_name = row.name, row.first_name
        answer.name = answer.name or row.name
        answer.first_name = answer.first_name or row.first_name

    def _read_120(self, row):
        answer = self._current(row)
        answer.name = row.name or answer.name
        answer.first_name = row.first_name or answer.first_name
        answer.unit = row.unit
        self._birth(answer, row)

    def _read_150(self, row):
        self._current(row).insurance = row.insurance

    def _read_160(self, row):
        self._current(row).archive_number = row.archive_number

    def _read_198(self, row):
        self._part(row, AMO)

    def _read_199(self, row):
        part = self._part(row, AMC)
        part.amc_number, part.member_number = row.amc_number, row.member_number

    def _part(self, row, kind):
        answer = self._current(row)
        if answer.parts and answer.part(kind):
            number = answer.invoice_number
            self._tell("contradiction", row.start, invoice=number, part=kind.upper())
        paid = self._signed(row, row.paid)
        part = Part(kind, row.state, row.asked, paid, start=row.start, end=row.end)
        answer.parts.append(part)
        return part

    def _read_210(self, row):
        answer = self._current(row)
        sign = self._signed(row, 1)
        answer.lines.append(
            Line(
                number=row.line,
                act=row.act,
                act_complement=row.act_complement,
                care_date=self._date(row.care_date),
                care_end=self._date(row.care_end),
                quantity=row.quantity,
                coefficient=row.coefficient,
                unit_price=row.unit_price,
                base=row.base,
                rate=row.rate,
                expense=sign * row.expense,
                amo=sign * row.paid,
                local=sign * row.local_paid,
                amc=sign * row.amc_paid,
                qualifier=row.qualifier,
                start=row.start,
                end=row.end,
            )
        )

    def _holder(self, row):
        """What a rejection or a comment is about: the answer, else the lot."""
        if self.answer is None and self.lot is not None:
            self.lot.end = row.end
            return self.lot
        return self._current(row)

    def _read_290(self, row):
        rejection = Rejection(
            row.code, row.label, line=row.line, start=row.start, end=row.end
        )
        self._holder(row).rejections.append(rejection)

    def _read_294(self, row):
        rejection = Rejection(
            row.code,
            row.label,
            level=row.level,
            part=row.part,
            act=row.act,
            care_date=self._date(row.care_date),
            performer=row.performer if row.performer.strip("0") else "",
            line=row.line,
            rank=row.rank,
            extra=row.extra,
            start=row.start,
            end=row.end,
        )
        self._holder(row).rejections.append(rejection)

    def _read_295(self, row):
        self._holder(row).comments.append((row.code, row.text))


def _opens(row):
    """Whether a file begins with *row*."""
    is_header = row.layout is not None and row.type == "000"
    return is_header or "no_header" in row.fault


def _family(types):
    """The family of a file that has entities of these *types*."""
    # payments alone are no acknowledgment
    if types & ANSWERING and not types & MONEY_TYPES:
        return ARL
    if types & FIRST_FAMILY:
        return NOEMIE580
    return NOEMIE576 if types & SECOND_FAMILY else ""

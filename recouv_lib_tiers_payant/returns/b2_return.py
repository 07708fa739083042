"""“B2-retour” of a concentrator: an optional profile, NOT VERIFIED.

Records of 128 characters, one a line, type 2 “avis de règlement”. The positions were
read in one application of one trade, no document confirms them: nothing reads a file so
unless asked to, and the first thing given after the file is the control ``unverified``.
"""

from .b2 import Reader
from .dates import to_date
from .layout import Field, read_table
from .objects import (
    AMC,
    AMO,
    B2_RETURN,
    DEFERRED,
    PAID,
    REJECTED,
    Answer,
    Control,
    End,
    File,
    Part,
    Payment,
    PaymentEnd,
    Rejection,
    Retained,
)

TABLE = """
2 128 Avis de règlement (non vérifié)
2-13 A payer_body Organisme
14-15 I return_kind Type de retour
    11 Paiement RO
    12 Paiement RC
    13 Paiement RO et RC
    21 Rejet RO
    22 Rejet RC
    23 Rejet RO et RC
    31 Retenue RO
    32 Retenue RC
    33 Retenue RO et RC
    61 Contestation RO
    62 Contestation RC
    63 Contestation RO et RC
16-24 I invoice_number N° de facture
25-30 D date Date
31-45 A nir Matricule et clé
46-53 M asked_amo Facturé RO
54-61 M asked_amc Facturé RC
62-69 M paid_amo Payé RO
70-77 M paid_amc Payé RC
78-80 A code Code rejet
81-117 A label Libellé
118-120 I lot N° de lot
121-126 D day Jour comptable
"""
LAYOUT = read_table(TABLE, opening=(Field("type", 1, 1, "I", "Type"),))["2"]
STATES = {"1": PAID, "2": REJECTED, "6": DEFERRED}


class ReturnReader(Reader):
    """Rows of a B2-retour."""

    def _layout(self, type_):
        return LAYOUT if type_.startswith("2") else None

    def _follow(self, row):
        """There is but one variant."""


def rows(stream):
    """Rows of a binary *stream* with their fields."""
    return ReturnReader(stream).rows()


def answers(stream, _day=None):
    """`File`, `Payment`, `Answer`, `Retained`, `Control`, `End`: as ``noemie``."""
    file = File(index=1, form="records", family=B2_RETURN)
    yield file
    yield Control("unverified", {}, 0, file)
    payment, end = None, 0
    for row in rows(stream):
        end = row.end
        if row.layout is None:
            if row.kind != "padding":
                yield Control("junk", {"size": row.end - row.start}, row.start, file)
            continue
        for word in row.fault.split():
            values = {"type": "2", "field": word.partition(":")[2]}
            yield Control("number", values, row.start, file)
        opened = _payment(row, file, payment)
        if opened is not payment:
            if payment:
                yield PaymentEnd(payment)
            payment = opened
            yield payment
        yield _item(row, file, payment)
    if payment:
        payment.is_closed = True
        yield PaymentEnd(payment)
    file.end, file.complete = end, True
    yield End(file)


def _payment(row, file, payment):
    """The payment of *row*: one for each body and day that follow each other."""
    if payment and (payment.payer_body, payment.date_text) == (row.payer_body, row.day):
        return payment
    if payment:
        payment.is_closed = True
    file.payments += 1
    return Payment(
        file=file,
        number=file.payments,
        date=to_date(row.day),
        date_text=row.day,
        payer_body=row.payer_body,
        start=row.start,
        end=row.end,
    )


def _item(row, file, payment):
    payment.end = row.end
    paid = row.paid_amo + row.paid_amc
    if row.return_kind.startswith("3"):
        file.retained += paid
        payment.retained += paid
        return Retained(
            file, payment, row.invoice_number, to_date(row.date), amount=paid,
            start=row.start, end=row.end,
        )  # fmt: skip
    answer = _answer(row, file, payment)
    file.answers += 1
    payment.answers += 1
    file.paid += answer.paid
    payment.paid += answer.paid
    for part in answer.parts:
        if part.kind == AMO:
            payment.paid_amo += part.paid
        else:
            payment.paid_amc += part.paid
    return answer


def _answer(row, file, payment):
    answer = Answer(
        file,
        payment,
        invoice_number=row.invoice_number,
        lot_number=row.lot,
        invoice_date=to_date(row.date),
        nir=row.nir[:13],
        nir_key=row.nir[13:],
        start=row.start,
        end=row.end,
    )
    state, which = STATES.get(row.return_kind[:1], ""), row.return_kind[1:]
    parts = {AMO: (row.asked_amo, row.paid_amo), AMC: (row.asked_amc, row.paid_amc)}
    for kind, letters in ((AMO, "13"), (AMC, "23")):
        if which in letters:
            asked, paid = parts[kind]
            answer.parts.append(
                Part(kind, state, asked, paid, start=row.start, end=row.end)
            )
    if row.code or (row.label and state != PAID):
        part = "C" if which == "2" else "O"
        answer.rejections.append(
            Rejection(row.code, row.label, part=part, start=row.start, end=row.end)
        )
    return answer

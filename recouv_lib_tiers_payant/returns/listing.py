"""The table that ``python -m returns`` prints, line by line as the file is read."""

from functools import singledispatchmethod

from .dates import LABELS
from .messages import euros, say
from .noemie_layouts import LAYOUTS
from .objects import (
    AMC,
    AMO,
    ARL,
    Answer,
    Control,
    End,
    File,
    Lot,
    Lump,
    Payment,
    PaymentEnd,
    Retained,
    SentEnd,
    SentInvoice,
    SentLot,
)

#: title and width of each column; sums are on the right
ANSWER = (
    ("Facture", 15), ("Lot", 3), ("Ty", 2), ("NIR", 15), ("Patient", 24),
    ("AMO demandé", -11), ("payé", -11), ("É", 1), ("AMC demandé", -11),
    ("payé", -11), ("É", 1),
)  # fmt: skip
SENT = (
    ("Facture", 9), ("NIR", 15), ("Naissance", 10), ("TP", 2), ("AMC", 10),
    ("Adhérent", 15), ("Soins", 10), ("Actes", 18), ("Total", -11), ("AMO", -11),
    ("AMC", -11), ("Patient", -11),
)  # fmt: skip
PARTS = {"O": "AMO", "C": "AMC"}
LEVELS = LAYOUTS["294"].by_name["level"].values
KINDS = {
    "noemie580": "NOEMIE (580)",
    "noemie576": "NOEMIE (576)",
    "arl": "ARL",
    "b2": "B2",
    "table": "tableau",
    "pyxvital": "Pyxvital",
    "": "NOEMIE",
}
RULED = {"padding": "(blanc)", "junk": "(illisible)"}


class Listing:
    """Writes rows and objects on a text stream, with headings where they change."""

    def __init__(self, out):
        self.out = out
        self.columns = None

    def line(self, text=""):
        shown = "".join(c if c.isprintable() else "·" for c in text)
        self.out.write(shown.rstrip() + "\n")

    def cells(self, columns, *values):
        """One line of a table, its heading first when another one came before."""
        if self.columns is not columns:
            self.columns = columns
            self.cells(columns, *(title for title, _width in columns))
        pairs = zip(columns, values, strict=True)
        self.line("  ".join(_fitted(str(value), w) for (_title, w), value in pairs))

    @singledispatchmethod
    def __call__(self, row):
        """A row of a file: its place, type and fields."""
        type_ = row.type or RULED.get(row.kind, "?")
        label = row.layout.label if row.layout else ""
        text = " ".join(_named(row)) if row.layout else row.raw[:80]
        fault = f"  ! {row.fault}" if row.fault else ""
        size = row.end - row.start
        place = f"{row.start:>10} {size:>6}"
        self.line(f"{place}  {type_:<4} {label[:28]:<28} {text}{fault}")

    @__call__.register
    def _(self, file: File):
        self.columns = None
        created = _day(file.created) or file.created_text or "?"
        self.line(
            f"Fichier {file.index} : de {file.sender_kind} {file.sender} pour "
            f"{file.recipient_kind} {file.recipient}, {file.identification}, "
            f"créé le {created}, norme {file.reference_text} {file.version}"
        )

    @__call__.register
    def _(self, payment: Payment):
        self.columns = None
        day = _day(payment.date) or payment.date_text
        self.line()
        self.line(
            f"Virement {payment.number} du {day} : {payment.label1} {payment.label2} "
            f"{payment.payer_body}"
        )

    @__call__.register
    def _(self, end: PaymentEnd):
        payment = end.payment
        told = f"{payment.answers} facture(s), payé {euros(payment.paid)} €"
        if payment.retained or payment.lump:
            told += f", retenu {euros(payment.retained)} €"
            told += f", forfaits {euros(payment.lump)} €"
        self.line(f"  Virement {payment.number} : {euros(payment.amount)} € ({told})")

    @__call__.register
    def _(self, answer: Answer):
        parts = []
        for kind in (AMO, AMC):
            found = answer.part(kind)
            asked = "" if not found or found.asked is None else euros(found.asked)
            parts += [asked, euros(found.paid) if found else "", found and found.state]
        self.cells(
            ANSWER,
            answer.invoice_number + answer.complement,
            answer.lot_number,
            answer.invoice_kind,
            answer.nir + answer.nir_key,
            f"{answer.name} {answer.first_name}",
            *(value or "" for value in parts),
        )
        self._reasons(answer)

    def _reasons(self, found):
        for rejection in found.rejections:
            about = [LEVELS.get(rejection.level, ""), PARTS.get(rejection.part, "")]
            told = ", ".join(word for word in about if word)
            told = f" ({told})" if told else ""
            code = f"{rejection.code} " if rejection.code else ""
            self.line(f"    rejet {code}{rejection.label}{told} {rejection.extra}")
        for code, text in found.comments:
            self.line(f"    commentaire {code} {text}")

    @__call__.register
    def _(self, lot: Lot):
        day = _day(lot.created) or lot.created_text
        told = f"{lot.answers} facture(s)" if lot.answers else "sans facture"
        if lot.rejections:
            told = "rejeté"
        self.line(f"  Lot {lot.number} du {day} : {told}")
        self._reasons(lot)

    @__call__.register
    def _(self, retained: Retained):
        layout = LAYOUTS["250"]
        nature = layout.label_of("nature", retained.nature) or retained.nature
        self.line(
            f"  Retenue {retained.reference} : {euros(retained.amount)} € ({nature}), "
            f"reste {euros(retained.balance)} €"
        )

    @__call__.register
    def _(self, lump: Lump):
        labels = "; ".join(detail.label for detail in lump.details)
        self.line(f"  Forfait {lump.code} : {euros(lump.amount)} € {labels}")

    @__call__.register
    def _(self, control: Control):
        self.line(f"  ! {say(control)}")

    @__call__.register
    def _(self, end: End):
        file, self.columns = end.file, None
        told = f"{KINDS.get(file.family, file.family)}, {file.answers} facture(s)"
        if file.payments:
            told += (
                f", {file.payments} virement(s), {euros(file.amount)} € "
                f"({euros(file.paid)} payés, {euros(file.retained)} retenus, "
                f"{euros(file.lump)} de forfaits)"
            )
        if file.family == ARL:
            told += f", {file.lots} lot(s)"
        faults = sum(file.faults.values())
        told += f", {file.passed} contrôle(s) justes, {faults} remarque(s)"
        self.line()
        order = LABELS.get(file.date_order)
        self.line(f"Fin : {told}" + (f", dates {order}" if order else ""))
        self.line()

    # --- what was sent -------------------------------------------------------------

    @__call__.register
    def _(self, lot: SentLot):
        self.columns = None
        self.line()
        self.line(
            f"Lot {lot.number} du {_day(lot.created)} : de {lot.sender} "
            f"{lot.sender_name} pour {lot.payer_body} ({lot.variant})"
        )

    @__call__.register
    def _(self, invoice: SentInvoice):
        acts = "+".join(line.ccam or line.act for line in invoice.lines)
        self.cells(
            SENT,
            invoice.number,
            invoice.nir + invoice.nir_key,
            _day(invoice.birth_date) or invoice.birth_text,
            invoice.mode,
            invoice.amc_number,
            invoice.member_number,
            _day(invoice.care_date),
            acts,
            euros(invoice.total),
            euros(invoice.amo),
            euros(invoice.amc),
            euros(invoice.patient),
        )

    @__call__.register
    def _(self, end: SentEnd):
        lot = end.lot
        self.line(
            f"  Lot {lot.number} : {lot.invoices} facture(s), {euros(lot.total)} €, "
            f"AMO {euros(lot.amo)} €, AMC {euros(lot.amc)} €"
        )


def _fitted(text, width):
    size = abs(width)
    return text[:size].rjust(size) if width < 0 else text[:size].ljust(size)


def _day(day):
    return day.strftime("%d/%m/%Y") if day else ""


def _named(row):
    """``field=value`` for what the row holds, fillers and blanks left out."""
    for each in row.layout.decoded:
        value = getattr(row, each.name, "")
        if value != "" and not each.is_filler:
            yield f"{each.name}={value}"

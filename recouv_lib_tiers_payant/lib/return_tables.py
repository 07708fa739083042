"""Reader of returns that come as a table: CSV in any encoding, and XLSX.

Software of practices, operators and payers' sites export their returns in columns of
their own: a `Profile` says once what each column is. What comes out are the objects of
`returns.objects`, as from a NOEMIE file: a `File`, `Payment`s with their `Answer`s and
`Retained` sums and their `PaymentEnd`, `Control`s for what could not be read, the
`End`. Money is cents. In a table of transfers a `Payment` has a sum and no answers.

Two kinds of tables: *answers*, a row per invoice and part (or per invoice with both),
and *transfers*, a row per transfer of the bank, without invoices.

`start` and `end` are bytes of a CSV file; of a workbook, `start` is the row and `end`
is equal to it. A `Control` is a code of MESSAGES over its `values`; the first of them
is the row. A row that cannot be read is told and given to nobody: it is never guessed.
"""

from __future__ import annotations

import codecs
import io
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain, islice, pairwise

from openpyxl.utils import get_column_letter

from odoo.addons.recouv_lib.lib.import_rows import fingerprint
from odoo.addons.recouv_lib.lib.table_file import (
    MAX_LINE,
    MAX_ROWS,
    FileError,
    TableFile,
    cell_text,
    header_words,
)
from odoo.addons.recouv_lib.lib.table_values import (
    AMBIGUOUS,
    AmountColumn,
    DateColumn,
    read_amount,
    read_date,
)

from ..returns.objects import (
    AMC,
    AMO,
    DEFERRED,
    PAID,
    REJECTED,
    TABLE,
    UNTREATED,
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
from .announced_transfers import kind_of_payer
from .identifiers import BadIdentifier, calendar_date, compact, read_birth, short_birth
from .rejection_labels import normalise_label

ANSWERS, TRANSFERS = "answers", "transfers"
KINDS = (ANSWERS, TRANSFERS)
RETAINED = "retained"
BOTH = "both"
#: of each kind of fault, how many are told one by one
TOLD = 50


def _(text):
    """Mark a sentence for translation; whoever shows it translates it."""
    return text


# What is shown for a `Control`, or for a `FileError` of this reader, by its code;
# `%(…)s` are filled from its `values`.
MESSAGES = {
    "fields_missing": _("Say which column is one of these: %(fields)s."),
    "column_missing": _("The column %(column)s is not in the file."),
    "row_broken": _("Row %(row)s: a quotation mark is never closed."),
    "row_too_wide": _("Row %(row)s has too many columns."),
    "date_bad": _("Row %(row)s, %(header)s: “%(found)s” is not a date."),
    "amount_bad": _("Row %(row)s, %(header)s: “%(found)s” is not an amount of money."),
    "state_unknown": _(
        "Row %(row)s: “%(found)s” says neither paid, rejected nor deferred."
    ),
    "part_unknown": _(
        "Row %(row)s: nothing says whether the caisse or the mutual fund answers."
    ),
    "part_both": _("Row %(row)s: one amount for both parts cannot be shared out."),
    "nothing_to_find": _("Row %(row)s: neither an invoice number nor a person."),
    "nothing_said": _("Row %(row)s: no amount, no state and no reason."),
    "transfer_total": _(
        "Row %(row)s: the transfer of %(announced)s is made of %(computed)s."
    ),
    "dates_dmy": _("%(header)s: dates were read as day/month/year."),
    "dates_mixed": _("%(header)s: dates are written in two orders."),
}

# Field → words of its headers, without accents or signs (see `header_words`).
_PERSON = {
    "nir": (
        "nir", "n ss", "n securite sociale", "n de securite sociale", "n secu",
        "matricule", "n immatriculation", "immatriculation", "n assure", "n insee",
    ),
    "nir_key": ("cle", "cle nir", "cle du nir"),
    "birth": ("date de naissance", "date naissance", "naissance", "ddn"),
    "name": (
        "nom", "patient", "beneficiaire", "assure", "nom patient", "nom du patient",
        "nom beneficiaire", "nombeneficiaire", "malade",
    ),
    "first_name": ("prenom", "prenom patient", "prenom beneficiaire",
                   "prenombeneficiaire"),
}  # fmt: skip
_TRANSFER = {
    "transfer_date": (
        "date virement", "date du virement", "date de virement", "date comptable",
        "date reglement", "date de reglement", "date paiement", "date de paiement",
    ),
    "label1": (
        "libelle virement ligne 1", "libellevir1", "libelle virement",
        "libelle du virement", "reference virement", "reference de virement",
        "reference du virement", "ref virement",
    ),
    "label2": ("libelle virement ligne 2", "libellevir2", "libelle virement 2"),
    "payer": (
        "organisme", "organisme payeur", "organismepayeur", "caisse", "destinataire",
        "mutuelle", "payeur", "organisme destinataire",
    ),
    "payer_code": ("code organisme", "code caisse", "n organisme", "code payeur"),
}  # fmt: skip
HEADERS = {
    ANSWERS: {
        "invoice_number": (
            "n facture", "n de facture", "facture", "nofacture", "n fse", "n dre",
            "n facturation", "nofacturation", "reference facture", "ref facture",
            "reference", "n fse dre", "invoice",
        ),
        "lot": ("n lot", "n de lot", "lot", "nolotnoemie", "n lot noemie"),
        "lot_date": ("date lot", "date du lot", "date de lot", "datelot"),
        **_PERSON,
        "care_date": (
            "date soins", "date des soins", "date de soins", "date acte",
            "date de l acte", "date des actes", "date transport", "date du transport",
        ),
        "invoice_date": (
            "date facture", "date de facture", "date facturation",
            "date de facturation", "date de la facture",
        ),
        "part": ("part", "part concernee", "ro rc", "amo amc"),
        "asked_amo": (
            "montant amo", "part amo", "tpamo", "tp amo", "facture amo",
            "montant facture amo", "montant ro", "part ro", "facture ro", "demande amo",
        ),
        "asked_amc": (
            "montant amc", "part amc", "tpamc", "tp amc", "facture amc",
            "montant facture amc", "montant rc", "part rc", "facture rc", "demande amc",
        ),
        "paid_amo": (
            "paye amo", "montant paye amo", "regle amo", "montant regle amo",
            "paye ro", "regle ro", "rembourse amo",
        ),
        "paid_amc": (
            "paye amc", "montant paye amc", "regle amc", "montant regle amc",
            "paye rc", "regle rc", "rembourse amc",
        ),
        "paid": (
            "montant paye", "montant regle", "montant rembourse", "paye", "regle",
            "rembourse", "montant payement", "montantpayement", "montant verse",
        ),
        "asked": (
            "montant facture", "montant demande", "montant attendu", "montantattendu",
            "montant total", "total facture", "total", "montant",
        ),
        "state_amo": ("etat amo", "etatamo", "statut amo"),
        "state_amc": ("etat amc", "etatamc", "statut amc"),
        "state": ("statut", "etat", "etat facture", "etatfacture", "type de retour",
                  "type retour", "resultat"),
        "code": (
            "code rejet", "code du rejet", "code motif", "code erreur",
            "code anomalie", "code retour", "rejet", "code",
        ),
        "reason": (
            "libelle rejet", "libelle du rejet", "motif", "motif rejet",
            "motif de rejet", "motif du rejet", "observation", "observations",
            "erreur", "anomalie", "retour", "libelle",
        ),
        "level": ("niveau", "niveau rejet", "niveau de rejet"),
        "amc_number": ("n amc", "n mutuelle", "code amc", "code mutuelle", "amc"),
        "member_number": ("n adherent", "adherent"),
        **_TRANSFER,
        "transfer_amount": ("montant virement", "montant du virement"),
    },
    TRANSFERS: {
        **_TRANSFER,
        "transfer_date": (*_TRANSFER["transfer_date"], "date"),
        "label1": (*_TRANSFER["label1"], "libelle", "reference"),
        "transfer_amount": ("montant virement", "montant du virement", "montant"),
    },
}  # fmt: skip
#: what a table of a kind must have, one field of each group
REQUIRED = {
    ANSWERS: (
        ("invoice_number", "nir"),
        ("paid", "paid_amo", "paid_amc", "state", "state_amo", "state_amc", "reason",
         "code"),
    ),
    TRANSFERS: (("transfer_date",), ("transfer_amount",), ("label1", "payer")),
}  # fmt: skip
DATES = ("lot_date", "care_date", "invoice_date", "transfer_date")
AMOUNTS = (
    "asked", "paid", "asked_amo", "asked_amc", "paid_amo", "paid_amc",
    "transfer_amount",
)  # fmt: skip

# Words of a column that says what became of an invoice.
STATES = {
    PAID: {
        "p", "paye", "payee", "paiement", "regle", "reglee", "accepte", "acceptee",
        "vir effectue", "virement effectue", "liquide", "liquidee", "ok", "a", "paid",
        "partiellement payee", "partiellement paye", "11", "12", "13",
    },
    REJECTED: {
        "r", "rejet", "rejete", "rejetee", "refuse", "refusee", "ko", "e", "erreur",
        "rejected", "21", "22", "23",
    },
    DEFERRED: {
        "d", "c", "differe", "differee", "en attente", "attente", "en cours",
        "en traitement", "en traitement caisse", "pending",
    },
    RETAINED: {"retenue", "retenu", "indu", "31", "32", "33"},
    UNTREATED: {"", "non traite", "non traitee"},
}  # fmt: skip
PARTS = {
    AMO: {"o", "ro", "amo", "obligatoire", "part obligatoire", "regime obligatoire",
          "caisse", "secu", "ss"},
    AMC: {"c", "rc", "amc", "complementaire", "part complementaire", "mutuelle",
          "regime complementaire"},
    BOTH: {"ro rc", "amo amc", "o c", "rorc", "amo et amc", "ro et rc"},
}  # fmt: skip
#: what a part is called in `Rejection.part`
PART_LETTERS = {AMO: "O", AMC: "C"}


@dataclass
class Profile:
    """How to read the tables of one program.

    :ivar kind: ANSWERS or TRANSFERS
    :ivar columns: {field: header}, the fields being those of HEADERS[kind]
    :ivar part: AMO or AMC, for tables that do not say it
    :ivar is_cents: amounts are whole cents
    :ivar encoding, delimiter, header_row, date_order: empty: found out
    """

    kind: str = ANSWERS
    columns: dict = field(default_factory=dict)
    part: str = ""
    is_cents: bool = False
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0
    date_order: str = ""

    def missing(self) -> list[tuple]:
        """The groups of fields of which one at least must be mapped, and is not."""
        return [
            group for group in REQUIRED[self.kind] if not set(group) & set(self.columns)
        ]

    def as_dict(self) -> dict:
        """The profile as plain values, to be kept and given back to `Profile(**…)`."""
        return asdict(self)


# --- what a table is ---------------------------------------------------------------


def looks_like_table(head: bytes, name: str = "") -> bool:
    """Say whether a file may be a table of returns, by its first bytes.

    A workbook is only told by reading it; a text must have a row of known headers.
    """
    if head.startswith(b"PK\x03\x04"):
        return str(name).lower().endswith((".xlsx", ".xlsm"))
    try:
        table = open_table(io.BytesIO(_whole_lines(head)))
    except FileError:
        return False
    return known_headers(table.headers) >= 2


def _whole_lines(head: bytes) -> bytes:
    """The first bytes of a text without its last line, which may be cut."""
    if head.count(0) * 3 > len(head):
        # UTF-16: a letter has two bytes, and so has the end of a line
        cut, whole = head.rfind(b"\n") // 2 * 2 + 2, len(head) // 2 * 2
        return head[: min(cut, whole)] or head[:whole]
    return head[: head.rfind(b"\n") + 1] or head


def open_table(stream, profile: Profile | None = None) -> TableFile:
    """Open a table, by what a profile says of it.

    :raise FileError: it is none, or too large
    """
    known = profile or Profile()
    return TableFile(
        stream,
        encoding=known.encoding,
        delimiter=known.delimiter,
        header_row=known.header_row,
        known=known_headers,
    )


def known_headers(cells) -> int:
    """How many cells are headers of the kind of table that knows most of them."""
    return max(len(guess_columns(kind, cells)) for kind in KINDS)


def guess_columns(kind: str, headers) -> dict:
    """{field: header} of the headers whose words are known, the likeliest first."""
    words = {}
    for header in headers:
        words.setdefault(header_words(header), header)
    found, taken = {}, set()
    for name, synonyms in HEADERS[kind].items():
        for synonym in synonyms:
            header = words.get(synonym)
            if header is not None and header not in taken:
                found[name] = header
                taken.add(header)
                break
    return found


def guess_profile(stream) -> Profile:
    """A first profile for an unknown table; see what is `missing()` in it.

    :raise FileError: the file is no table
    """
    table = open_table(stream)
    profiles = [Profile(kind, guess_columns(kind, table.headers)) for kind in KINDS]
    best = max(profiles, key=lambda one: (not one.missing(), len(one.columns)))
    best.encoding, best.delimiter = table.encoding, table.delimiter
    best.header_row = table.header_row
    return best


def table_key(stream, profile: Profile | None = None) -> str:
    """What recognises a table of the same program again, its columns in any order."""
    return fingerprint(open_table(stream, profile).headers)


def preview(stream, profile: Profile | None = None, limit: int = 5):
    """(headers, first rows as text), for a person to look at while mapping."""
    table, rows = open_table(stream, profile), []
    for row in table.rows():
        if len(rows) == limit:
            break
        rows.append([cell_text(cell) for cell in row.cells])
    return table.headers, rows


# --- reading -----------------------------------------------------------------------


def read(stream, profile: Profile, today: date | None = None) -> Iterator:
    """Yield the objects of a table: File, Control, Payment, Answer, Retained,
    PaymentEnd, End.

    Rows of one transfer come together, wherever they stand in the table.

    :param today: a birth after it cannot be
    :raise FileError: no table, a mapped column is missing, or fields are not mapped
    """
    yield from _Reading(stream, profile, today).objects()


class _Row:
    """The cells of one row, by field, and what was wrong with them."""

    def __init__(self, reading, row, start, end):
        self.reading, self.row = reading, row
        self.number, self.start, self.end = row.number, start, end
        self.faults = []

    def fault(self, code, **values):
        self.faults.append((code, {"row": self.number, **values}))

    def lack(self, code):
        """A fault of the row as a whole; one that a cell explains is not told twice."""
        if not self.faults:
            self.fault(code)

    def cell(self, name):
        rank = self.reading.index.get(name)
        if rank is None or rank >= len(self.row.cells):
            return ""
        return self.row.cells[rank]

    def text(self, name):
        return cell_text(self.cell(name))

    def words(self, name):
        return normalise_label(self.text(name))

    def day(self, name):
        """A date, None where the cell is empty; a fault where it is no date."""
        cell = self.cell(name)
        if cell == "" or not str(cell).strip("0/-. "):
            return None
        found = read_date(cell, self.reading.orders.get(name, "dmy"))
        if found is None:
            self._bad("date_bad", name)
        return found

    def cents(self, name):
        """Cents, None where the cell is empty; a fault where it is no amount."""
        cell = self.cell(name)
        if cell == "":
            return None
        decimal = self.reading.decimals.get(name, ",")
        found = money_cents(cell, decimal, self.reading.profile.is_cents)
        if found is None:
            self._bad("amount_bad", name)
        return found

    def _bad(self, code, name):
        header = self.reading.profile.columns[name]
        self.fault(code, header=header, found=self.text(name)[:60])


def money_cents(cell, decimal=",", is_cents=False) -> int | None:
    """Cents of a cell, None if it is no money: money has two decimals at most.

    :param decimal: the separator of decimals, where a text can be read in two ways
    """
    value = read_amount(cell, decimal)
    scaled = None if value is None else value * (1 if is_cents else 100)
    return None if scaled is None or scaled % 1 else int(scaled)


class _Reading:
    """One reading of a table: first a look at its dates, then its rows in order."""

    def __init__(self, stream, profile, today):
        self.stream, self.profile, self.today = stream, profile, today
        if profile.missing():
            raise FileError("fields_missing", fields=", ".join(profile.missing()[0]))
        self.table = open_table(stream, profile)
        self.index = self._ranks()
        self.file = File(
            index=1, family=TABLE, form="lines", date_order="", currency="U"
        )
        self.orders, self.order_controls = {}, []
        self.decimals, self.announced = {}, {}
        self.told = defaultdict(int)

    def _ranks(self):
        """{field: rank of its column}."""
        ranks = {
            header_words(name): rank for rank, name in enumerate(self.table.headers)
        }
        found = {}
        for name, header in self.profile.columns.items():
            if header_words(header) not in ranks:
                raise FileError("column_missing", column=header)
            found[name] = ranks[header_words(header)]
        return found

    def objects(self):
        keys = self._look()
        self.file.start, self.file.end = 0, self.stream.seek(0, io.SEEK_END)
        yield self.file
        yield from self.order_controls
        reader = self._answer if self.profile.kind == ANSWERS else self._transfer
        if self._is_grouped(keys):
            yield from self._in_order(reader)
        else:
            yield from self._together(reader)
        self.file.complete = True
        yield End(self.file)

    # --- the first look ------------------------------------------------------------

    def _look(self):
        """Find how dates and amounts are written; return the transfers of the rows, in
        their order."""
        dates = {name: DateColumn() for name in DATES if name in self.index}
        amounts = {name: AmountColumn() for name in AMOUNTS if name in self.index}
        keys = []
        for row in self.table.rows():
            cells = _Row(self, row, 0, 0)
            for name, column in (*dates.items(), *amounts.items()):
                column.look(cells.cell(name))
            key = self._key(cells)
            if not keys or keys[-1] != key:
                keys.append(key)
        self._choose_orders(dates)
        for name, column in amounts.items():
            found = column.decimal()
            self.decimals[name] = "," if found in ("", AMBIGUOUS) else found
        return keys

    def _choose_orders(self, columns):
        """The order of each column; one that leaves a doubt follows the others, else
        the French, who write the day first."""
        found = {name: column.order() for name, column in columns.items()}
        sure = {order for order in found.values() if order not in ("", AMBIGUOUS)}
        usual = sure.pop() if len(sure) == 1 else "dmy"
        for name, order in found.items():
            self.orders[name] = self.profile.date_order or (
                order if order in ("dmy", "mdy") else usual
            )
            seen = columns[name].seen
            if order == AMBIGUOUS and not self.profile.date_order:
                mixed = seen["dmy"] and seen["mdy"]
                if mixed or usual not in found.values():
                    self._tell_order(name, "dates_mixed" if mixed else "dates_dmy")
        self.file.date_order = next(iter(self.orders.values()), "").upper()

    def _tell_order(self, name, code):
        header = self.profile.columns[name]
        self.order_controls.append(Control(code, {"header": header}, 0, self.file))

    def _is_grouped(self, keys):
        return self.profile.kind == TRANSFERS or len(keys) == len(set(keys))

    def _key(self, row):
        """What makes two rows of one transfer, as it is written."""
        names = ("transfer_date", "label1", "label2", "payer_code")
        if not self._has_transfers():
            return ()
        return tuple(row.text(name) for name in names)

    def _has_transfers(self):
        """Whether rows say which transfer they came with; a payer alone does not."""
        return bool({"transfer_date", "label1"} & set(self.index))

    # --- rows in their order, or transfer by transfer --------------------------------

    def _in_order(self, reader):
        payment, key = None, None
        for row in self._rows():
            if self._has_transfers() and self._key(row) != key:
                key = self._key(row)
                yield from self._close(payment)
                payment = self._open(row)
                yield payment
            yield from self._checked(row, reader, payment)
        yield from self._close(payment)

    def _together(self, reader):
        """As `_in_order`; rows wait until those of their transfer are all there."""
        groups = {}
        for row in self._rows():
            groups.setdefault(self._key(row), []).append(row)
        for rows in groups.values():
            payment = self._open(rows[0])
            yield payment
            for row in rows:
                yield from self._checked(row, reader, payment)
            yield from self._close(payment)

    def _rows(self):
        """Each row with its place in the file."""
        offsets = None if self.table.is_xlsx else line_offsets(self.stream, self.table)
        waiting = None
        for row in self.table.rows():
            if waiting:
                yield self._placed(waiting, row.number, offsets)
            waiting = row
        if waiting:
            last = len(offsets) if offsets else 0
            yield self._placed(waiting, last, offsets)

    def _placed(self, row, following, offsets):
        if offsets is None:
            return _Row(self, row, row.number, row.number)
        return _Row(self, row, offsets[row.number - 1], offsets[following - 1])

    def _checked(self, row, reader, payment):
        """What a row gives, or only what is wrong with it."""
        found = None
        if row.row.problem:
            wide = row.row.problem == "too_many_columns"
            row.fault("row_too_wide" if wide else "row_broken")
        else:
            found = reader(row, payment)
        if not row.faults and found:
            self._count(found, payment)
            yield found
        for code, values in row.faults:
            yield from self._tell(code, values, row.start)

    def _tell(self, code, values, start):
        self.told[code] += 1
        if self.told[code] <= TOLD:
            yield Control(code, values, start, self.file)

    def _count(self, found, payment):
        if isinstance(found, Answer):
            self.file.answers += 1
            self.file.paid += found.paid
        elif isinstance(found, Retained):
            self.file.retained += found.amount
        if payment is None:
            return
        payment.end = max(payment.end, found.end)
        if isinstance(found, Retained):
            payment.retained += found.amount
            return
        payment.answers += 1
        for part in found.parts:
            payment.paid += part.paid
            name = "paid_amo" if part.kind == AMO else "paid_amc"
            setattr(payment, name, getattr(payment, name) + part.paid)

    # --- transfers -------------------------------------------------------------------

    def _open(self, row):
        self.file.payments += 1
        return Payment(
            file=self.file,
            number=self.file.payments,
            date=row.day("transfer_date"),
            date_text=row.text("transfer_date"),
            label1=row.text("label1"),
            label2=row.text("label2"),
            payer_body=row.text("payer_code") or row.text("payer"),
            start=row.start,
            end=row.end,
        )

    def _close(self, payment):
        if payment is None:
            return
        payment.is_closed = True
        announced = self.announced.pop(payment.number, None)
        if announced is not None and announced[1] != payment.amount:
            values = {
                "row": announced[0],
                "announced": euros(announced[1]),
                "computed": euros(payment.amount),
            }
            yield from self._tell("transfer_total", values, payment.start)
        elif announced is not None:
            self.file.passed += 1
        yield PaymentEnd(payment)

    def _transfer(self, row, payment):
        """A row of a table of transfers: its sum is all that is known of it."""
        amount = row.cents("transfer_amount")
        if amount is None and not row.faults:
            row.fault("amount_bad", header="", found="")
        if not row.faults:
            payment.paid += amount
            self.file.paid += amount

    # --- answers ---------------------------------------------------------------------

    def _answer(self, row, payment):
        """The `Answer` or `Retained` of a row; None with its faults in the row."""
        self._note_announced(row, payment)
        state = self._state(row, "state")
        if state == RETAINED:
            return self._retained(row, payment)
        answer = self._identity(row, payment)
        if not (answer.invoice_number or answer.nir):
            row.lack("nothing_to_find")
        answer.rejections = self._rejections(row)
        answer.parts = self._parts(row, state, bool(answer.rejections))
        if len(answer.parts) == 1:
            for rejection in answer.rejections:
                rejection.part = PART_LETTERS[answer.parts[0].kind]
        return answer

    def _note_announced(self, row, payment):
        amount = row.cents("transfer_amount")
        if payment and amount is not None:
            self.announced[payment.number] = (row.number, amount)

    def _identity(self, row, payment):
        nir = compact(row.text("nir"))
        birth = self._birth(row)
        return Answer(
            file=self.file,
            payment=payment,
            invoice_number=row.text("invoice_number"),
            lot_number=row.text("lot"),
            lot_date=row.day("lot_date"),
            invoice_date=row.day("invoice_date") or row.day("care_date"),
            nir=nir[:13],
            nir_key=nir[13:15] or row.text("nir_key"),
            birth_text=short_birth(birth) or row.text("birth"),
            birth_date=calendar_date(birth) if birth else None,
            name=row.text("name"),
            first_name=row.text("first_name"),
            start=row.start,
            end=row.end,
        )

    def _birth(self, row):
        """YYYYMMDD; a birth that cannot be read is no reason to refuse money."""
        try:
            return read_birth(row.cell("birth"), self.today)
        except BadIdentifier:
            return ""

    def _state(self, row, name):
        words, text = row.words(name), row.text(name)
        for state, known in STATES.items():
            if words in known and bool(words) == bool(text):
                return state
        row.fault("state_unknown", found=text[:60])
        return UNTREATED

    def _retained(self, row, payment):
        amount = row.cents("paid") or row.cents("asked")
        if amount is None:
            row.lack("nothing_said")
            return None
        return Retained(
            file=self.file,
            payment=payment,
            reference=row.text("code") or row.text("invoice_number"),
            nature=row.text("reason")[:60],
            amount=abs(amount),
            start=row.start,
            end=row.end,
        )

    def _rejections(self, row):
        code, label = row.text("code"), row.text("reason")
        if not code.strip("0") and not label:
            return []
        level = row.text("level").upper()[:1]
        return [
            Rejection(
                code=code if code.strip("0") else "",
                label=label,
                level=level if level in "FLA" else "",
                care_date=row.day("care_date"),
                start=row.start,
                end=row.end,
            )
        ]

    def _parts(self, row, state, is_rejected):
        """The parts that a row answers, by two columns each or by one for both."""
        parts = []
        for kind in (AMO, AMC):
            asked, paid = row.cents(f"asked_{kind}"), row.cents(f"paid_{kind}")
            own = self._state(row, f"state_{kind}")
            if own or paid is not None or (asked and not self._has_single()):
                part = self._part(row, kind, asked, paid, own or state, is_rejected)
                parts.append(part)
        if parts:
            return parts
        return self._single(row, state, is_rejected)

    def _has_single(self):
        return bool({"paid", "part"} & set(self.index))

    def _single(self, row, state, is_rejected):
        asked, paid = row.cents("asked"), row.cents("paid")
        kind = self._kind(row)
        if kind in ("", BOTH) and (whole := self._whole(row, paid, is_rejected)):
            return whole
        if kind == BOTH:
            row.lack("part_both")
        elif not kind:
            row.lack("part_unknown")
        elif not state and paid is None and not is_rejected:
            row.lack("nothing_said")
        else:
            if asked is None:
                asked = row.cents(f"asked_{kind}")
            return [self._part(row, kind, asked, paid, state, is_rejected)]
        return []

    def _whole(self, row, paid, is_rejected):
        """Both parts, where one sum pays both in full."""
        asked = {kind: row.cents(f"asked_{kind}") or 0 for kind in (AMO, AMC)}
        if not paid or is_rejected or paid != sum(asked.values()):
            return []
        return [
            self._part(row, kind, cents, cents, PAID, False)
            for kind, cents in asked.items()
            if cents
        ]

    def _paid_in_full(self, row, asked, kind):
        """What was asked, where the table has no column for what was paid."""
        if asked is None or {"paid", f"paid_{kind}"} & set(self.index):
            row.lack("nothing_said")
        return asked

    def _kind(self, row):
        words = row.words("part")
        for kind, known in PARTS.items():
            if words in known:
                return kind
        if row.text("amc_number").strip("0"):
            return AMC
        return kind_of_payer(row.text("payer")) or self.profile.part

    def _part(self, row, kind, asked, paid, state, is_rejected):
        derived = not state or bool(paid and state == REJECTED)
        if derived and paid:
            # money that came is money, whatever else was refused
            state = PAID
        elif derived and is_rejected:
            state = REJECTED
        elif state == PAID and paid is None:
            paid = self._paid_in_full(row, asked, kind)
        return Part(
            kind,
            state,
            asked,
            paid or 0,
            amc_number=row.text("amc_number") if kind == AMC else "",
            member_number=row.text("member_number") if kind == AMC else "",
            is_derived=derived,
            start=row.start,
            end=row.end,
        )


def euros(cents: int) -> str:
    """Cents as plain money: 1234 → 12.34."""
    return format(Decimal(cents).scaleb(-2), "f")


def places(stream) -> Iterator[dict]:
    """Yield what stands in a table, piece by piece, with its place.

    Of a CSV file its lines: ``start`` and ``end`` are bytes, nothing is left out. Of a
    workbook the rows of its sheet: ``start`` is the row, ``cells`` what each cell that
    is not empty holds, by its name (``B5``). ``sheet`` is empty for a CSV file.

    :raise FileError: no table
    """
    table = open_table(stream)
    if table.is_xlsx:
        for row in table.all_rows():
            cells = {
                f"{get_column_letter(rank)}{row.number}": cell_text(cell)
                for rank, cell in enumerate(row.cells, start=1)
                if cell != ""
            }
            yield {
                "row": row.number,
                "start": row.number,
                "end": row.number + 1,
                "sheet": table.sheet,
                "cells": cells,
                "text": "  ".join(f"{name}: {text}" for name, text in cells.items()),
            }
        return
    offsets = line_offsets(stream, table)
    encoding, _mark = piece_encoding(stream, table.encoding)
    stream.seek(0)
    # a mark of the encoding goes with the first line
    for number, (start, end) in enumerate(
        pairwise(chain((0,), islice(offsets, 1, None))), start=1
    ):
        yield {
            "row": number,
            "start": start,
            "end": end,
            "sheet": "",
            "cells": {},
            "text": stream.read(end - start)
            .decode(encoding, "replace")
            .removeprefix("\ufeff"),
        }


#: a mark before the first letter → how the letters after it are written
MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


def piece_encoding(stream, encoding: str) -> tuple[str, bytes]:
    """(encoding of any piece of a text, the mark before its first letter).

    :param encoding: of the text as a whole
    """
    name = codecs.lookup(encoding).name
    stream.seek(0)
    start = stream.read(3)
    for mark, plain in MARKS.items():
        if name in ("utf-16", "utf-8-sig") and start.startswith(mark):
            return plain, mark
    return {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(name, name), b""


def line_offsets(stream, table) -> array:
    """Where each line of a text starts, in bytes, and where the last one ends.

    :raise FileError: a line is longer than any table's, or there are more of them
    """
    plain, mark = piece_encoding(stream, table.encoding)
    stream.seek(len(mark))
    text = io.TextIOWrapper(stream, encoding=plain, newline="")
    found = array("Q", [len(mark)])
    try:
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise FileError("line_too_long", limit=MAX_LINE)
            if len(found) > MAX_ROWS:
                raise FileError("too_many_rows", limit=MAX_ROWS)
            found.append(found[-1] + len(line.encode(plain)))
    except UnicodeError as error:
        raise FileError("bad_encoding", encoding=table.encoding) from error
    finally:
        text.detach()
    return found

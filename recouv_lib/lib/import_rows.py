"""What the columns of a practice's exports mean, and the rows read by it.

Plain Python. Three kinds of tables: patients, invoices, payments. A header is known by
its words (`header_words`); which kind a file is follows from the headers it has.
"""

import hashlib
from dataclasses import dataclass, field

from .table_file import FileError, Row, cell_text, header_words
from .table_values import (
    AMBIGUOUS,
    ORDERS,
    AmountColumn,
    DateColumn,
    UnsureValue,
    read_amount,
    read_date,
)

PATIENT_NUMBERS = (
    "n patient", "n du patient", "code patient", "id patient", "patient id",
    "identifiant patient", "ref patient", "reference patient", "n dossier",
    "n de dossier", "dossier", "patient number", "n client", "code client",
)  # fmt: skip
INVOICE_NUMBERS = (
    "n facture", "n de facture", "facture", "ref facture", "reference facture",
    "facture n", "n piece", "id facture", "invoice number", "invoice",
    "n note d honoraires", "n note",
)  # fmt: skip
# Field → words of its headers, without accents or signs, by kind of table.
HEADERS = {
    "patients": {
        "number": (*PATIENT_NUMBERS, "identifiant", "n", "id", "code", "matricule"),
        "name": (
            "nom", "nom patient", "nom du patient", "nom de famille", "nom usuel",
            "nom d usage", "patient", "nom complet", "nom prenom", "nom et prenom",
            "last name", "name",
        ),
        "first_name": ("prenom", "prenom patient", "prenoms", "first name"),
        "street": (
            "adresse", "adresse 1", "adresse1", "rue", "voie", "adresse postale",
            "street", "address",
        ),
        "street2": ("adresse 2", "adresse2", "complement", "complement d adresse"),
        "zip": ("code postal", "cp", "zip", "npa", "postcode"),
        "city": ("ville", "commune", "localite", "city"),
        "country": ("pays", "country"),
        "phone": (
            "telephone", "tel", "tel fixe", "telephone fixe", "tel domicile",
            "telephone 1", "tel 1", "phone",
        ),
        "mobile": (
            "portable", "mobile", "tel portable", "telephone portable", "tel mobile",
            "telephone mobile", "gsm", "telephone 2", "tel 2",
        ),
        "email": ("email", "e mail", "mail", "courriel", "adresse mail"),
        "lang": ("langue", "language"),
        "birth_date": (
            "date de naissance", "date naissance", "ddn", "ne le", "naissance",
            "birth date", "birthdate",
        ),
        "debtor_kind": ("type", "type de debiteur", "type client", "categorie"),
        "guardian_number": (
            "n payeur", "n responsable", "responsable legal", "n representant",
            "code payeur", "n assure",
        ),
    },
    "invoices": {
        "number": (*INVOICE_NUMBERS, "n", "numero"),
        "patient_number": PATIENT_NUMBERS,
        "patient_name": (
            "nom", "nom patient", "nom du patient", "patient", "client", "nom prenom",
            "nom et prenom", "nom complet",
        ),
        "patient_first_name": ("prenom", "prenom patient"),
        "payer_number": ("n payeur", "code payeur", "n debiteur", "n responsable"),
        "date": (
            "date facture", "date de facture", "date de facturation",
            "date facturation",
            "date", "date d emission", "date emission", "invoice date",
        ),
        "due_date": (
            "date d echeance", "date echeance", "echeance", "date limite", "due date",
        ),
        "amount": (
            "montant", "montant facture", "montant ttc", "total", "total ttc",
            "montant total", "honoraires", "total facture", "amount",
        ),
        "residual": (
            "reste du", "reste a payer", "solde", "restant du", "solde du", "impaye",
            "montant du", "reste a charge", "du", "amount due",
        ),
        "paid": (
            "deja regle", "regle", "paye", "montant regle", "montant paye", "encaisse",
            "deja paye", "acompte", "paid",
        ),
        "label": ("libelle", "objet", "label"),
        "care_end": (
            "fin de soins", "fin des soins", "date de fin de soins", "date fin soins",
            "date des soins", "date de soins", "date soins",
        ),
        "practitioner": ("praticien", "medecin", "docteur", "intervenant", "dr"),
        "currency": ("devise", "currency", "monnaie"),
    },
    "payments": {
        "number": (
            "n reglement", "n paiement", "n encaissement", "id reglement",
            "id paiement", "n de reglement", "n de paiement", "reglement n",
        ),
        "invoice_number": INVOICE_NUMBERS,
        "patient_number": PATIENT_NUMBERS,
        "date": (
            "date reglement", "date de reglement", "date paiement", "date de paiement",
            "date encaissement", "date d encaissement", "regle le", "date",
        ),
        "amount": (
            "montant", "montant regle", "montant reglement", "montant du reglement",
            "montant paye", "montant encaisse", "montant paiement", "regle", "encaisse",
            "amount",
        ),
        "method": (
            "mode", "mode de reglement", "mode reglement", "moyen de paiement",
            "mode de paiement", "mode paiement", "type de reglement", "moyen",
        ),
    },
}  # fmt: skip
KINDS = tuple(HEADERS)
DATES = ("date", "due_date", "care_end", "birth_date")
AMOUNTS = ("amount", "residual", "paid")
# What a table must have, one of each group, to be of a kind.
REQUIRED = {
    "patients": (("name",),),
    "invoices": (
        ("number",),
        ("date",),
        ("amount", "residual"),
        ("patient_number", "patient_name"),
    ),
    "payments": (("date",), ("amount",), ("invoice_number", "patient_number")),
}
# Headers that only one kind of table has.
TELLING = {
    "patients": {"street", "zip", "city", "birth_date", "phone", "mobile", "email"},
    "invoices": {"residual", "due_date", "care_end"},
    "payments": {"method", "invoice_number"},
}


@dataclass
class Entry:
    """One row as it was read.

    `values`: field → text, date or Decimal, empty ones left out. `faults`: list of
    (header, code, found), what of it could not be read.
    """

    row: Row
    values: dict
    faults: list = field(default_factory=list)

    @property
    def cells(self):
        return [cell_text(cell) for cell in self.row.cells]


def known_headers(cells):
    """How many cells are headers of the kind of table that knows most of them."""
    return max(len(guess_columns(kind, cells)) for kind in KINDS)


def guess_columns(kind, headers):
    """{field: header} of the headers whose words are known, the likeliest first."""
    words = {}
    for header in headers:
        words.setdefault(header_words(header), header)
    found = {}
    for name, synonyms in HEADERS[kind].items():
        taken = set(found.values())
        for synonym in synonyms:
            if synonym in words and words[synonym] not in taken:
                found[name] = words[synonym]
                break
    return found


def missing_fields(kind, fields):
    """The groups of fields of which a table of this kind has none."""
    return [group for group in REQUIRED[kind] if not set(group) & set(fields)]


def guess_kind(headers):
    """The kind of table these headers belong to, "" where none fits."""

    def quality(kind):
        found = guess_columns(kind, headers)
        complete = not missing_fields(kind, found)
        return (complete, len(found) + 2 * len(TELLING[kind] & found.keys()))

    best = max(KINDS, key=quality)
    return best if guess_columns(best, headers) else ""


def fingerprint(headers):
    """What recognises an export of the same program again, columns in any order."""
    words = sorted(header_words(header) for header in headers)
    return digest("\x1f".join(words))


def digest(*parts):
    """A short key of some texts, for comparing them without keeping them."""
    text = "\x1e".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class ImportReader:
    """The rows of a table, read by a mapping of its columns.

    :param table: a `TableFile`
    :param columns: {field: header}
    :param orders: {field: order} of dates; "" in `date_order`: found out by `profile`
    :param pivot: two digits of a birth year above it mean the 1900s
    :param usual: order of dates in the practice's country; a column that leaves it open
        is read so where other dates of the file prove that order, and none another
    :raise FileError: a mapped column is not in the file
    """

    def __init__(self, table, columns, date_order="", decimal="", pivot=99, usual=""):
        self.table = table
        self.pivot, self.usual = pivot, usual
        self.headers = table.headers
        ranks = {header_words(name): rank for rank, name in enumerate(table.headers)}
        self.index = {}
        for name, header in columns.items():
            if header_words(header) not in ranks:
                raise FileError("column_missing", column=header)
            self.index[name] = ranks[header_words(header)]
        self.orders = {n: date_order for n in DATES if n in self.index}
        self.decimals = {n: decimal for n in AMOUNTS if n in self.index}

    def profile(self):
        """Look at the whole file once; return how many rows it has.

        Afterwards `orders` and `decimals` say how to read each column, as far as the
        mapping did not.
        """
        columns = {n: DateColumn() for n, order in self.orders.items() if not order}
        columns |= {n: AmountColumn() for n, sign in self.decimals.items() if not sign}
        count = 0
        for row in self.table.rows():
            count += 1
            for name, column in columns.items():
                column.look(self._cell(row, name))
        self._settle(columns)
        return count

    def _settle(self, columns):
        """Say how each column is read, from what was seen of all of them."""
        dates = {n: column for n, column in columns.items() if n in self.orders}
        proven = {o for column in dates.values() for o in ORDERS if column.seen[o]}
        is_usual = bool(self.usual) and proven == {self.usual}
        for name, column in columns.items():
            if name not in dates:
                self.decimals[name] = column.decimal()
            elif is_usual and column.is_silent:
                self.orders[name] = self.usual
            else:
                self.orders[name] = column.order()

    def reading(self):
        """What `profile` found, to be given back by `resume`."""
        return {"orders": self.orders, "decimals": self.decimals}

    def resume(self, reading):
        self.orders, self.decimals = reading["orders"], reading["decimals"]

    def unsure(self):
        """(code, header) of the columns that nobody can read without being told."""
        found = [("date_unsure", n) for n, o in self.orders.items() if o == AMBIGUOUS]
        found += [
            ("amount_unsure", n) for n, s in self.decimals.items() if s == AMBIGUOUS
        ]
        return [(code, self.headers[self.index[name]]) for code, name in found]

    def entries(self):
        """Yield an `Entry` for each row."""
        for row in self.table.rows():
            yield self._entry(row)

    def _cell(self, row, name):
        rank = self.index[name]
        return row.cells[rank] if rank < len(row.cells) else ""

    def _entry(self, row):
        entry = Entry(row, {})
        if row.problem:
            entry.faults.append(("", row.problem, ""))
            return entry
        for name in self.index:
            cell = self._cell(row, name)
            if cell != "":
                self._read(entry, name, cell)
        return entry

    def _read(self, entry, name, cell):
        header = self.headers[self.index[name]]
        kind = "date" if name in self.orders else "amount"
        try:
            value = self._value(name, cell)
        except UnsureValue:
            entry.faults.append((header, f"{kind}_unsure", cell_text(cell)))
            return
        if value is None:
            entry.faults.append((header, f"{kind}_bad", cell_text(cell)))
        else:
            entry.values[name] = value

    def _value(self, name, cell):
        if name in self.orders:
            order = "" if self.orders[name] == AMBIGUOUS else self.orders[name]
            born = name == "birth_date"
            return read_date(cell, order, self.pivot if born else 99)
        if name in self.decimals:
            sign = "" if self.decimals[name] == AMBIGUOUS else self.decimals[name]
            return read_amount(cell, sign)
        return cell_text(cell)


def batches(entries, size):
    """Yield lists of `size` entries, the last one shorter."""
    batch = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

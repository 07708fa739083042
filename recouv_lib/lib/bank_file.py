"""What every reader of bank files gives back, whatever the format.

Plain Python: a reader turns bytes into `BankStatement`s or raises `BankFileError`.
An error is a code and its values, never a sentence: whoever shows it to a user says it
in that user's language.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .table_file import FileError

# A year of a large practice's bank is below 20 MB; what is larger is not a statement.
MAX_BYTES = 50 * 1024 * 1024
MAX_MOVEMENTS = 200_000


class BankFileError(FileError):
    """A bank file that cannot be read."""


@dataclass
class BankMovement:
    """One line of a bank account, in the currency of that account.

    `amount` is positive when money came in. `reference` is what makes the line unique
    on its account, `entry_reference` what makes unique the bank's entry it comes from
    (a batch entry is cut into several lines). `references` are the structured
    references as written (ISO 11649, QRR), `text` the unstructured remittance.
    """

    date: date
    amount: Decimal
    value_date: date | None = None
    currency: str = ""
    foreign_amount: Decimal | None = None
    foreign_currency: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    references: list = field(default_factory=list)
    text: str = ""
    end_to_end_id: str = ""
    bank_text: str = ""
    bank_reference: str = ""
    is_reversal: bool = False
    reference: str = ""
    entry_reference: str = ""
    position: int = 0

    @property
    def label(self):
        """What the account statement shows for the line (never empty)."""
        # A structured reference comes first: it is what a reader looks for.
        parts = [*self.references, self.text or self.bank_text]
        if not any(parts):
            parts = [self.end_to_end_id, self.counterparty_name, self.bank_reference]
        return " ".join(part for part in parts if part).strip() or "/"


@dataclass
class BankStatement:
    """One statement of one account; balances are None where the file gives none.

    `warnings` is a list of (code, values): what a user should know though the file was
    read.
    """

    account: str = ""
    identifier: str = ""
    currency: str = ""
    date_from: date | None = None
    date_to: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    movements: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    not_booked: int = 0

    def warn(self, code, **values):
        self.warnings.append((code, {key: str(val) for key, val in values.items()}))

    def gap(self):
        """What is missing between opening and closing balance (0 if unknown)."""
        if self.opening is None or self.closing is None:
            return Decimal(0)
        total = sum((movement.amount for movement in self.movements), Decimal(0))
        return self.closing - self.opening - total


def check_size(data):
    """Refuse what is too large or empty before any parser sees it."""
    if not data or not data.strip(b"\0 \t\r\n"):
        raise BankFileError("empty_file")
    if len(data) > MAX_BYTES:
        raise BankFileError("file_too_large", limit=MAX_BYTES // (1024 * 1024))


def plain_amount(amount):
    """An amount as text that does not depend on its trailing zeros: 25.00 → 25."""
    return format(amount.normalize(), "f") if amount else "0"


def _content_hash(movement):
    """Fingerprint of a movement for which the bank gives no reference of its own.

    The label of the bank (`bank_text`) stays out: banks reword it between two exports
    of the same day.
    """
    parts = (
        movement.counterparty_iban,
        movement.counterparty_name.upper(),
        " ".join(movement.references),
        movement.text.upper(),
        movement.end_to_end_id,
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def _entry_key(entry):
    """Key of an entry: the bank's reference or its content, with day and amount.

    Day and amount are in it because some banks start their counters anew every day, or
    give a payment and its charges one reference.
    """
    total = sum((movement.amount for movement in entry), Decimal(0))
    first = entry[0]
    own = first.bank_reference or "|".join(_content_hash(part) for part in entry)
    if len(own) > 64:
        own = hashlib.sha256(own.encode()).hexdigest()[:40]
    return f"{own}|{first.date:%Y%m%d}|{plain_amount(total)}"


def identify(entries):
    """Give each movement of a statement its unique references.

    `entries` is a list of lists of movements, one list per entry of the bank. Twins on
    one day are numbered within the statement, so that the second of two equal cash
    deposits is not lost, and another export of that day finds the same numbers.
    """
    seen = Counter()
    for entry in entries:
        key = _entry_key(entry)
        seen[key] += 1
        if seen[key] > 1:
            key = f"{key}#{seen[key]}"
        for rank, movement in enumerate(entry, start=1):
            movement.entry_reference = key
            movement.reference = f"{key}/{rank}" if len(entry) > 1 else key
    return [movement for entry in entries for movement in entry]

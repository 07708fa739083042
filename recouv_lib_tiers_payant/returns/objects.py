"""What the readers of this package give back, whatever the format of the file.

Plain data. Money is whole cents, signed. A date is a ``datetime.date`` or None; where
the file's own text matters (dates that cannot exist, lunar months) it is kept beside
it. Codes are kept as written, without the spaces around them; ``layouts`` has their
French labels. ``start`` and ``end`` are offsets in the physical file: ``end`` is that
of the byte after the last one. Other readers (CSV profiles) give the same objects.
"""

from dataclasses import dataclass, field
from datetime import date as Day

AMO, AMC = "amo", "amc"
#: state of a part in an answer; "" when the sender did not treat that part
PAID, REJECTED, DEFERRED, UNTREATED = "P", "R", "D", ""
#: families of return files
NOEMIE580, NOEMIE576, ARL, B2_RETURN, TABLE, PYXVITAL = (
    "noemie580",
    "noemie576",
    "arl",
    "b2",
    "table",
    "pyxvital",
)


@dataclass(slots=True)
class Control:
    """Something a reader found out about a file: it never stops the reading.

    :ivar code: a key of ``messages.CONTROLS``, which says what `values` hold
    :ivar values: the figures, for example ``{"announced": 100, "counted": 99}``
    :ivar start: where in the physical file, when it is about one place
    """

    code: str
    values: dict
    start: int | None = None
    file: "File | None" = None


@dataclass(slots=True)
class File:
    """One transmission; a physical file may hold several, one after the other.

    Given when it opens. What is counted (from `family` on) is complete once its `End`
    was given: the family of a file is known by what is in it.

    :ivar reference: three digits such as 580 found in `reference_text`, else ""
    :ivar flow: "" or R real, T test, D demonstration
    :ivar form: chained (128 bytes without line ends), lines (one record a line),
        unfolded (one entity a line)
    :ivar date_order: YMD (AAMMJJ) or DMY (JJMMAA), see `dates`
    :ivar entities: number of entities by type; "" counts what has no readable type
    :ivar passed: controls of totals (990, 999, type 6) that agreed
    :ivar faults: number of controls by code: of each only the first ones are given
    """

    index: int = 0
    start: int = 0
    end: int | None = None
    sender_kind: str = ""
    sender: str = ""
    recipient_kind: str = ""
    recipient: str = ""
    identification: str = ""
    created: Day | None = None
    created_text: str = ""
    reference: str = ""
    reference_text: str = ""
    version: str = ""
    flow: str = ""
    currency: str = ""
    form: str = ""
    date_order: str = "YMD"
    family: str = ""
    complete: bool = False
    entities: dict = field(default_factory=dict)
    payments: int = 0
    answers: int = 0
    lots: int = 0
    paid: int = 0
    retained: int = 0
    lump: int = 0
    passed: int = 0
    faults: dict = field(default_factory=dict)

    @property
    def amount(self):
        """Cents that the file's payments come to."""
        return self.paid + self.lump - self.retained

    @property
    def is_real(self):
        return self.flow in ("", "R")


@dataclass(slots=True)
class End:
    """The end of a `File`: what it counts is complete now."""

    file: File


@dataclass(slots=True)
class Payment:
    """A transfer that the sender announces (entity 071), or a day's accounts (070).

    Given when it opens, before its answers; its sums are complete when its
    `PaymentEnd` is given.

    :ivar number: its rank in the file, from 1
    :ivar label1: what the bank statement should show
    :ivar payee: payee number (040); `mandatary`: that of the group (020)
    :ivar paid: sum of its answers, both parts
    :ivar retained: sum that lowers the transfer (250); `lump`: lump sums (261)
    """

    file: File
    number: int = 0
    date: Day | None = None
    date_text: str = ""
    label1: str = ""
    label2: str = ""
    payer_body: str = ""
    payee: str = ""
    mandatary: str = ""
    paid: int = 0
    paid_amo: int = 0
    paid_amc: int = 0
    retained: int = 0
    lump: int = 0
    answers: int = 0
    is_closed: bool = False
    start: int = 0
    end: int = 0

    @property
    def amount(self):
        """Cents that the bank statement should show."""
        return self.paid + self.lump - self.retained


@dataclass(slots=True)
class PaymentEnd:
    """The end of a `Payment`: its sums are complete now."""

    payment: Payment


@dataclass(slots=True)
class Lot:
    """A lot that the file names (080), given when it ends.

    In an ARL file this is the acknowledgment itself: refused when it has rejections.
    """

    file: File
    payment: Payment | None = None
    number: str = ""
    created: Day | None = None
    created_text: str = ""
    answers: int = 0
    rejections: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    start: int = 0
    end: int = 0

    @property
    def is_accepted(self):
        return not self.rejections


@dataclass(slots=True)
class Part:
    """What one payer answers on its part of an invoice.

    :ivar kind: AMO or AMC; "" where neither the file nor its sender tells
    :ivar asked: cents asked for, None where the file does not tell (576)
    :ivar state: PAID, REJECTED, DEFERRED or UNTREATED
    :ivar is_derived: the state is deduced from lines and rejections (576)
    """

    kind: str
    state: str = UNTREATED
    asked: int | None = None
    paid: int = 0
    amc_number: str = ""
    member_number: str = ""
    is_derived: bool = False
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Rejection:
    """A rejection or a mere signal (290, 294): code and label as the sender wrote them.

    :ivar level: F invoice, L line, A fine code, "" unknown
    :ivar part: O the AMO part (or both), C the AMC part, "" unknown
    """

    code: str
    label: str
    level: str = ""
    part: str = ""
    act: str = ""
    care_date: Day | None = None
    performer: str = ""
    line: int = 0
    rank: int = 0
    extra: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Line:
    """An act as the sender counted it (210)."""

    number: int = 0
    act: str = ""
    act_complement: str = ""
    care_date: Day | None = None
    care_end: Day | None = None
    quantity: int = 0
    coefficient: int = 0
    unit_price: int = 0
    base: int = 0
    rate: int = 0
    expense: int = 0
    amo: int = 0
    local: int = 0
    amc: int = 0
    qualifier: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Answer:
    """What the payers say about one invoice; given once it is whole.

    :ivar invoice_number: nine characters as sent, leading zeros kept
    :ivar invoice_kind: F FSE, D DRE, B B2 or degraded, P and C paper, A AMC, E recall
    :ivar return_kind: 01 electronic, 02 paper, 03 lump, 04 recall, 05 retained (081)
    :ivar amc_handling: how the AMC part was handled (102, position 37)
    :ivar insurance: nature of insurance as written (10, 30, 41… or AS, AM, AT)
    :ivar nir: thirteen characters of the insured; `own_nir` of the patient, if given
    :ivar birth_text: as written (AAMMJJ or lunar); `birth_date` only if it can exist
    :ivar name: of the patient; `insured_name` of the insured
    :ivar comments: (code, text) pairs
    :ivar is_cut: the file ends in the middle of it: no part is made of lines that may
        not all be there
    """

    file: File
    payment: Payment | None = None
    lot: Lot | None = None
    invoice_number: str = ""
    complement: str = ""
    lot_number: str = ""
    lot_date: Day | None = None
    invoice_kind: str = ""
    invoice_date: Day | None = None
    amc_handling: str = ""
    insurance: str = ""
    return_kind: str = ""
    place: str = ""
    nir: str = ""
    nir_key: str = ""
    own_nir: str = ""
    own_nir_key: str = ""
    birth_text: str = ""
    birth_date: Day | None = None
    birth_rank: str = ""
    name: str = ""
    first_name: str = ""
    insured_name: str = ""
    insured_first_name: str = ""
    unit: str = ""
    archive_number: str = ""
    parts: list = field(default_factory=list)
    rejections: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    is_cut: bool = False
    start: int = 0
    end: int = 0

    def part(self, kind):
        """The part of *kind* (AMO or AMC), or None."""
        return next((part for part in self.parts if part.kind == kind), None)

    @property
    def paid(self):
        return sum(part.paid for part in self.parts)

    @property
    def care_date(self):
        """First day of care that the answer names, if any."""
        days = [x.care_date for x in (*self.lines, *self.rejections) if x.care_date]
        return min(days, default=None)


@dataclass(slots=True)
class Retained:
    """A sum kept back from a payment, or given back to it (250).

    :ivar amount: as written: the sign of the file's own field
    :ivar balance: what remains of the debt
    :ivar nature: of the debt (IND, ODL…); `operation`: of the recovery (RPR…)
    """

    file: File
    payment: Payment | None = None
    reference: str = ""
    registered: Day | None = None
    nature: str = ""
    operation: str = ""
    amount: int = 0
    balance: int = 0
    line: int = 0
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class LumpDetail:
    """What a lump sum is made of (262)."""

    code: str = ""
    label: str = ""
    nir: str = ""
    nir_key: str = ""
    birth_text: str = ""
    birth_rank: str = ""
    period: str = ""
    date_from: Day | None = None
    date_to: Day | None = None
    amount: int = 0
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Lump:
    """A lump or one-off payment (261), given with its details."""

    file: File
    payment: Payment | None = None
    code: str = ""
    amount: int = 0
    details: list = field(default_factory=list)
    start: int = 0
    end: int = 0


# --- what was sent (B2) -------------------------------------------------------------


@dataclass(slots=True)
class SentLot:
    """A lot as the practice's software sent it; its totals come with its `SentEnd`.

    :ivar variant: PS (professionals) or CP (establishments)
    :ivar certification: "" not secured, S with Vitale, F without, D degraded
    """

    file: File
    variant: str = "PS"
    number: str = ""
    created: Day | None = None
    created_text: str = ""
    sender: str = ""
    sender_name: str = ""
    payer_body: str = ""
    certification: str = ""
    invoices: int = 0
    total: int = 0
    amo: int = 0
    amc: int = 0
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class SentLine:
    """An act of an invoice that was sent (type 3 or 4).

    :ivar coefficient: in hundredths
    :ivar ccam: CCAM code of its 4M record; `activity`, `phase` with it
    """

    act: str = ""
    care_date: Day | None = None
    quantity: int = 0
    coefficient: int = 0
    unit_price: int = 0
    base: int = 0
    rate: int = 0
    amo: int = 0
    amc: int = 0
    fee: int = 0
    qualifier: str = ""
    exemption: str = ""
    performer: str = ""
    place: str = ""
    ccam: str = ""
    activity: str = ""
    phase: str = ""
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class SentInvoice:
    """An invoice as it was sent, given once it is whole.

    :ivar mode: tiers payant (00 none, 05 AMO part, 15 both, 25 AMC part, 06, 10)
    :ivar exemption: 0 none, 4 ALD, 5 exempted, 3… (B2 type 2 position 79)
    :ivar regime: 2, `caisse`: 3, `centre`: 4 characters
    :ivar kind: F SESAM-Vitale (or degraded), "" other; `split`: E with DRE, F without
    :ivar before_amc: what the insured owes before the AMC part
    :ivar totals: False when type 5 is missing: sums are then those of the lines
    """

    lot: SentLot
    number: str = ""
    nir: str = ""
    nir_key: str = ""
    own_nir: str = ""
    own_nir_key: str = ""
    birth_text: str = ""
    birth_date: Day | None = None
    birth_rank: str = ""
    rank: str = ""
    regime: str = ""
    caisse: str = ""
    centre: str = ""
    sender: str = ""
    operation: str = ""
    date: Day | None = None
    date_text: str = ""
    kind: str = ""
    split: str = ""
    mode: str = ""
    insurance: str = ""
    exemption: str = ""
    contract: str = ""
    amc_number: str = ""
    member_number: str = ""
    prescriber: str = ""
    prescription_date: Day | None = None
    accident: str = ""
    total: int = 0
    amo: int = 0
    amc: int = 0
    before_amc: int = 0
    totals: bool = False
    lines: list = field(default_factory=list)
    start: int = 0
    end: int = 0

    @property
    def patient(self):
        """Cents that the patient owes: all that neither payer is asked for."""
        return self.total - self.amo - self.amc

    @property
    def care_date(self):
        days = [line.care_date for line in self.lines if line.care_date]
        return min(days, default=None)


@dataclass(slots=True)
class SentEnd:
    """The end of a `SentLot` (type 6)."""

    lot: SentLot

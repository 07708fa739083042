import hashlib
import re
from collections import Counter
from datetime import date

from odoo import api, fields, models

from ..returns import b2_return, noemie, objects, physical, pyxvital

#: lines of one commit while reading
READ_BATCH = 500
MAX_CONTROLS = 200
#: characters kept of what names something, and of what a payer writes: what is longer
#: is a damaged file, whose bytes are all kept
SHORT, LONG = 64, 500
WORDS = ("label", "beneficiary", "extra")
PART_CODES = {objects.AMO: "O", objects.AMC: "C"}
HEAD_BYTES = 64 * 1024
#: what a reader gives as part of a transfer
OF_TRANSFER = ("answer", "retained", "lump", "paymentend")
#: what was sent, by its first record; it is taken in with the lots
SENT = "b2_sent"
B2_SENT = re.compile(rb"000[A-Z]{2}[0-9]{14}")
#: records of 128 characters, "avis de règlement", of some concentrators
B2_BACK = re.compile(rb"2[^\r\n]{127}\r?\n(2[^\r\n]{127}|\r?\n|$)")


class RecouvReturnFile(models.Model):
    """Reading: from bytes to announced transfers and lines, in bounded pieces.

    The readers (``returns/`` and ``lib/return_tables.py``) give one object after the
    other, in bounded memory. Lines are kept by batches, with their place in the file.
    What a reader finds wrong is kept as a point to look at and stops nothing.
    """

    _inherit = "recouv.return.file"

    @api.model
    def _detect(self, stream, name, size):
        """Return (family, why it is refused) of a stream, left anywhere.

        :param str name: what the user calls the file
        """
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        if not head.strip():
            return None, self.env._("%s is empty: nothing was kept.", name)
        if head.startswith(b"%PDF"):
            return None, self.env._(
                "%s is a PDF. Fetch the return itself (NOEMIE, CSV or XLSX) from your "
                "software or the caisse's site: nothing was kept.",
                name,
            )
        family = self._family_of(head, name)
        if family == SENT:
            return None, self.env._(
                "%s is what was sent (B2), not what came back: nothing was kept.", name
            )
        if not family:
            return None, self.env._(
                "%s is no return that we can read: neither NOEMIE, nor B2, nor a "
                "table (CSV, XLSX). Nothing was kept.",
                name,
            )
        return family, None

    @api.model
    def _family_of(self, head, name):
        """Return the family that the first bytes of a file speak for, or None."""
        if physical.begins(head) and b"@" in head[:4096]:
            return objects.NOEMIE580
        if B2_SENT.match(head):
            return SENT
        if B2_BACK.match(head):
            return objects.B2_RETURN
        if pyxvital.looks_so(head):
            return objects.PYXVITAL
        return objects.TABLE if self._looks_like_table(head, name) else None

    # --- the work -----------------------------------------------------------------

    def _read_batches(self):
        """Read what is not read yet; yield how many lines each batch had.

        The caller commits after each. The file is gone through from its beginning
        every time, but of the transfers that an earlier start kept whole nothing is
        asked again: a large file, read in many slices, costs little more than once.
        The rest of what it kept is known by its key and left alone.
        """
        self.ensure_one()
        self.write({"controls": [], "offset_done": 0})
        reading = Reading(self)
        with self._open_file() as stream:
            for one in self._objects(stream):
                reading.take(one)
                # what an earlier start kept is passed by: each start goes further
                if len(reading.rows) >= READ_BATCH and (count := reading.keep()):
                    yield count
            count = reading.keep()
        reading.finish()
        yield count

    def _own_payments(self):
        """Return the transfers that the lines of this file came with."""
        groups = self.env["recouv.return.line"]._read_group(
            [("file_id", "=", self.id)], ["payment_id"]
        )
        payments = self.env["recouv.return.payment"]
        return payments.union(*(payment for (payment,) in groups))

    def _objects(self, stream):
        """Yield what the reader of the file's family gives."""
        today = fields.Date.context_today(self)
        if self.family == objects.TABLE:
            yield from self._objects_of_table(stream)
        elif self.family == objects.B2_RETURN:
            yield from b2_return.answers(stream, today)
        elif self.family == objects.PYXVITAL:
            yield from pyxvital.answers(stream, today)
        else:
            order = (self.date_order or "").upper() or None
            yield from noemie.answers(stream, today, order)


class Reading:
    """One pass over a file: what is under way between two commits."""

    def __init__(self, file):
        self.file = file
        self.env = file.env
        self.company = file.company_id
        self.head = objects.File()
        self.payment = self.env["recouv.return.payment"]
        self.payment_key = ""
        self.opened = None
        self.kept = {}
        self.tests = self.reals = 0
        self.payments = Counter()
        self.same = Counter()
        self.rows = []
        self.controls = []
        self.count_controls = 0
        self.passed = 0
        self.uncovered = 0
        self.last_end = 0
        resume = file.resume or {}
        #: transfers seen, and how many of them are kept whole already
        self.rank, self.skipped = 0, resume.get("payments", 0)
        self.is_skipping = False
        #: lines known from other files: of what is skipped, of each transfer
        self.known_before, self.known = resume.get("known", 0), Counter()

    def take(self, one):
        """Take one object of the reader."""
        name = type(one).__name__.lower()
        handler = getattr(self, f"_take_{name}", None)
        if handler and not (self.is_skipping and name in OF_TRANSFER):
            handler(one)
        self.last_end = max(self.last_end, getattr(one, "end", None) or 0)

    # --- head and controls --------------------------------------------------------

    def _take_file(self, head):
        self.is_skipping = False
        first = not self.file.sender and not self.file.reference
        self.head = head
        self.payments.clear()
        self._no_payment()
        if first:
            self.file.write(
                {
                    "sender": clean(head.sender),
                    "reference": clean(head.reference or head.reference_text),
                    "created_on": head.created,
                    "found_order": head.date_order,
                }
            )
        if head.is_real:
            self.reals += 1
        else:
            self.tests += 1

    def _take_control(self, control):
        self.count_controls += 1
        if len(self.controls) < MAX_CONTROLS:
            self.controls.append(
                {
                    "code": control.code,
                    "values": clean(
                        {name: _json(one) for name, one in control.values.items()}
                    ),
                    "start": control.start,
                }
            )
        if control.code == "junk":
            self.uncovered += control.values.get("size", 0)

    def _take_end(self, end):
        self._close_payment()
        self.passed += end.file.passed
        if end.file.family and end.file.family != self.file.family:
            self.file.family = end.file.family

    # --- transfers ----------------------------------------------------------------

    def _take_paymentend(self, end):
        """A table of transfers tells nothing of the invoices: the sum is a line."""
        payment = end.payment
        if self.file.family != objects.TABLE or payment.answers or not payment.paid:
            return
        self._add(
            {
                "kind": "transfer",
                "paid": payment.paid / 100,
                "label": " ".join(filter(None, (payment.label1, payment.label2))),
                "reference": payment.label2 or payment.label1,
                "offset": payment.start,
                "size": payment.end - payment.start,
            },
            ("transfer", payment.paid),
        )

    def _no_payment(self):
        self._close_payment()
        self.payment, self.payment_key = self.env["recouv.return.payment"], ""
        self.same.clear()

    def _close_payment(self):
        """The total of a transfer may say that sums kept back have the other sign.

        The sign of entity 250 is not proven; its reader lets the announced total
        decide, once the transfer is whole (`noemie`).
        """
        payment, self.opened = self.opened, None
        if not payment or not self.kept:
            return
        # what the reader says now, never the contrary of what an earlier start kept
        sign = 1 if payment.retained == sum(self.kept.values()) else -1
        paid = {key: -sign * cents / 100 for key, cents in self.kept.items()}
        for row in self.rows:
            row["paid"] = paid.get(row["key"], row.get("paid"))
        lines = self.env["recouv.return.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("file_id", "=", self.file.id),
                ("key", "in", list(paid)),
                ("outcome", "=", "new"),
            ]
        )
        for line in lines:
            line.paid = paid[line.key]

    def _take_payment(self, payment):
        self._no_payment()
        base = self._identity(payment)
        self.payments[base] += 1
        self.rank += 1
        self.is_skipping = self.rank <= self.skipped
        if self.is_skipping:
            return
        self.opened, self.kept = payment, {}
        self.payment_key = digest(*base, self.payments[base])
        self.payment = self._payment_record(
            {
                "date": payment.date,
                "date_text": clean(payment.date_text, SHORT),
                "label1": clean(payment.label1, LONG),
                "label2": clean(payment.label2, LONG),
                "payer_body": clean(payment.payer_body, LONG),
                "offset": payment.start,
            }
        )

    def _identity(self, payment):
        """What makes a transfer itself, in whatever file it comes.

        Its labels name it. Where there are none, only the transmission that announces
        it tells it from another one of the same day.
        """
        own = (
            self.head.sender,
            payment.date_text,
            payment.label1,
            payment.label2,
            payment.payer_body,
        )
        own = (*self._mark(), *own)
        if payment.label1 or payment.label2:
            return own
        return (*own, self.head.identification, self.head.created_text)

    def _payment_record(self, values):
        Payment = self.env["recouv.return.payment"]
        known = Payment.search(
            [("company_id", "=", self.company.id), ("key", "=", self.payment_key)],
            limit=1,
        )
        return known or Payment.create(
            {
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "file_id": self.file.id,
                "key": self.payment_key,
                "payer_id": self._payer(values["payer_body"]).id,
                "is_test": not self.head.is_real,
                **values,
            }
        )

    def _payer(self, code):
        """The payer known by the code or the name of the paying body, or by the
        sender's code."""
        Partner = self.env["res.partner"]
        sender = (self.head.sender or "")[-9:]
        for one in filter(None, (code, sender)):
            for kind in ("amo", "amc"):
                # a caisse has nine digits: fewer are no part of its number
                if kind == "amc" or len(one.strip()) == 9:
                    if found := Partner._recouv_find_payer(kind, one, self.company):
                        return found
        return self._payer_named(code)

    def _payer_named(self, name):
        """Tables tell the payer's name where NOEMIE has its code."""
        Partner = self.env["res.partner"]
        if not (name or "").strip():
            return Partner
        found = Partner.search(
            [
                ("recouv_payer_kind", "!=", False),
                ("name", "=ilike", name.strip()),
                ("company_id", "in", (False, self.company.id)),
            ],
            limit=2,
        )
        return found if len(found) == 1 else Partner

    def _needed_payment(self):
        """The transfer of a sum that the file ties to none: one for the whole file."""
        if not self.payment:
            self.payment_key = digest(
                self.head.sender,
                self.head.identification,
                self.head.created_text,
                self.file.digest,
                *self._mark(),
            )
            self.payment = self._payment_record(
                {
                    "date": self.head.created,
                    "label1": clean(self.file.name),
                    "payer_body": "",
                    "is_substitute": True,
                }
            )
        return self.payment

    # --- lines --------------------------------------------------------------------

    def _take_answer(self, answer):
        parts = answer.parts or [
            objects.Part(self._part_of(answer), self._state_of(answer), is_derived=True)
        ]
        for part in parts:
            self._add(self._answer_values(answer, part), self._answer_id(answer, part))

    def _state_of(self, answer):
        """The state of an answer that names no part: a file that was cut, or has lost
        an entity, rejects nothing that it does not say."""
        if answer.is_cut:
            return objects.UNTREATED
        if answer.rejections:
            return objects.REJECTED
        # an acknowledgment that only names an invoice says that it arrived
        is_ack = self.file.family == "arl"
        return objects.PAID if is_ack else objects.UNTREATED

    @staticmethod
    def _part_of(answer):
        """The part of an answer that holds only rejections."""
        only_amc = all(one.part == "C" for one in answer.rejections)
        return objects.AMC if answer.rejections and only_amc else objects.AMO

    @staticmethod
    def _answer_id(answer, part):
        codes = [f"{one.part}{one.code}{one.line}" for one in answer.rejections]
        return (
            "answer",
            answer.invoice_number,
            answer.complement,
            answer.lot_number,
            answer.nir,
            part.kind,
            part.state,
            part.asked,
            part.paid,
            *codes,
        )

    def _answer_values(self, answer, part):
        # an intermediary may not say whose answer it is
        code = PART_CODES.get(part.kind, False)
        rejections = _rejections_of(answer, part, code)
        first = rejections[0] if rejections else {}
        untreated = part.state == objects.UNTREATED and not part.paid
        return {
            "kind": "answer",
            "outcome": "info" if untreated else "new",
            "part": code,
            "status": part.state or ("P" if part.paid else False),
            "is_derived": part.is_derived,
            "invoice_number": answer.invoice_number,
            "invoice_kind": answer.invoice_kind,
            "lot": answer.lot_number,
            "lot_date": answer.lot_date,
            "invoice_date": answer.invoice_date,
            "care_date": answer.care_date,
            "nir": answer.nir or answer.own_nir,
            "own_nir": answer.own_nir,
            "birth": answer.birth_text,
            "beneficiary": f"{answer.name} {answer.first_name}".strip(),
            "amc_number": part.amc_number,
            "member_number": part.member_number,
            "asked": (part.asked or 0) / 100,
            "paid": part.paid / 100,
            "code": first.get("code"),
            "label": first.get("label") or _comment(answer.comments),
            "rejections": rejections or False,
            "offset": answer.start,
            "size": answer.end - answer.start,
        }

    def _take_retained(self, kept):
        """A sum kept back lowers the transfer; one given back raises it."""
        key = self._add(
            {
                "kind": "retained",
                "paid": -kept.amount / 100,
                "reference": kept.reference,
                "code": " ".join(filter(None, (kept.nature, kept.operation))),
                "invoice_date": kept.registered,
                "offset": kept.start,
                "size": kept.end - kept.start,
            },
            (
                "retained",
                kept.reference,
                str(kept.registered),
                kept.nature,
                kept.operation,
                kept.amount,
                kept.balance,
            ),
        )
        if self.opened:
            self.kept[key] = kept.amount

    def _take_lump(self, lump):
        labels = [one.label for one in lump.details if one.label]
        ends = [lump.end, *(one.end for one in lump.details)]
        self._add(
            {
                "kind": "lump",
                "paid": lump.amount / 100,
                "code": lump.code,
                "label": ", ".join(labels),
                "offset": lump.start,
                "size": max(ends) - lump.start,
            },
            ("lump", lump.code, lump.amount, *labels),
        )

    def _take_lot(self, lot):
        """A lot without answers is its own acknowledgment; else it is a heading."""
        if lot.answers and not lot.rejections:
            return
        rejections = [_rejection(one) for one in lot.rejections]
        first = rejections[0] if rejections else {}
        self._add(
            {
                "kind": "lot",
                "status": "R" if rejections else "P",
                "lot": lot.number,
                "lot_date": lot.created,
                "code": first.get("code"),
                "label": first.get("label") or _comment(lot.comments),
                "rejections": rejections or False,
                "offset": lot.start,
                "size": lot.end - lot.start,
            },
            (
                "lot",
                lot.number,
                lot.created_text,
                *(one.code for one in lot.rejections),
            ),
        )

    def _mark(self):
        """A test is no answer: the real one that follows it is not known by it."""
        return () if self.head.is_real else ("test",)

    def _add(self, values, identity):
        """Add one line under way; return its key."""
        if values.get("paid") and not self.payment:
            self._needed_payment()
        base = (self.payment_key, *identity)
        if not self.payment:
            base = (self.head.sender, self.head.identification,
                    self.head.created_text, *base)  # fmt: skip
        if not self.head.is_real:
            values = values | {"is_test": True, "outcome": "info", "issue": "test"}
        key = digest(*self._mark(), *base)
        self.same[key] += 1
        self.rows.append(
            {
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "file_id": self.file.id,
                "payment_id": self.payment.id,
                "key": digest(key, self.same[key]),
                **{
                    name: clean(value, LONG if name in WORDS else SHORT)
                    for name, value in values.items()
                },
            }
        )
        return self.rows[-1]["key"]

    # --- keeping ------------------------------------------------------------------

    def keep(self):
        """Keep the lines under way, but for those that are there; return how many
        are new."""
        rows, self.rows = self.rows, []
        Line = self.env["recouv.return.line"]
        known = {}
        if rows:
            found = Line.search_fetch(
                [
                    ("company_id", "=", self.company.id),
                    ("key", "in", [row["key"] for row in rows]),
                ],
                ["key", "file_id"],
            )
            known = {line.key: line.file_id for line in found}
        fresh = {row["key"]: row for row in rows if row["key"] not in known}
        Line.create(list(fresh.values()))
        for row in rows:
            if known.get(row["key"], self.file) != self.file:
                self.known[row["payment_id"]] += 1
        count_known = self.known_before + sum(self.known.values())
        self.file.write(
            {
                "count_known": count_known,
                "offset_done": self.last_end,
                "resume": {
                    # the one that is open is read again
                    "payments": max(self.rank - 1, self.skipped),
                    "known": count_known - self.known[self.payment.id],
                },
                "worked_on": fields.Datetime.now(),
            }
        )
        return len(fresh)

    def finish(self):
        """All is read: counts, controls, and the sums of the transfers."""
        Line = self.env["recouv.return.line"]
        self._close_payment()
        if any(control["code"] == "date_order" for control in self.controls):
            self._wait_for_a_look()
        self.file.write(
            {
                "state": "read",
                "resume": False,
                "is_test": bool(self.tests and not self.reals),
                "count_test": Line.search_count(
                    [("file_id", "=", self.file.id), ("is_test", "=", True)]
                ),
                "count_new": Line.search_count([("file_id", "=", self.file.id)]),
                "count_passed": self.passed,
                "count_controls": self.count_controls,
                "controls": self.controls,
                "uncovered": self.uncovered,
                "offset_done": self.file.size,
            }
        )
        self.file._own_payments()._add_up()

    def _wait_for_a_look(self):
        """Dates that may be read in two ways book on the wrong day: a person looks."""
        self.file.write(
            {
                "is_apply_wanted": False,
                "failure_message": self.env._(
                    "The order of the dates is uncertain. Look at the dates of the "
                    "transfers, choose the order and read again if they are wrong, "
                    "then apply."
                ),
            }
        )


def digest(*parts):
    """Return one short text that stands for these values."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def clean(value, size=LONG):
    """Return a value that the database takes: a file may hold any byte.

    :param size: how many characters of a text are kept; an index takes no more
    """
    if isinstance(value, str):
        return value.replace("\x00", " ")[:size]
    if isinstance(value, dict):
        return {
            str(name): clean(one, LONG if name in WORDS else size)
            for name, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [clean(one, size) for one in value]
    return value


def _json(value):
    """Return a cleaned value without dates, which JSON does not know."""
    return str(value) if isinstance(value, date) else value


def _comment(comments):
    return " ".join(text for _code, text in comments)[:500]


def _rejections_of(answer, part, code):
    """The rejections of one part: its own, or all when it has none of its own."""
    own = [one for one in answer.rejections if one.part in ("", code)]
    if not own and part.state == objects.REJECTED:
        own = answer.rejections
    return [_rejection(one) for one in own]


def _rejection(one):
    return {
        "code": one.code,
        "label": one.label,
        "level": one.level,
        "part": one.part,
        "act": one.act,
        "care_date": one.care_date and one.care_date.isoformat(),
        "performer": one.performer,
        "line": one.line,
        "rank": one.rank,
        "extra": one.extra,
        "offset": one.start,
        "length": one.end - one.start,
    }

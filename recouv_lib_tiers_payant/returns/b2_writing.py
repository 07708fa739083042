"""Writer of B2 files: for tests and demonstrations; what is written reads back.

::

    out = B2Writer(date(2026, 2, 27))
    lot = out.lot("001")
    lot.invoice("000000123", nir="1850735123456", lines=[("AMI", 1000, 600, 400)])
    data = out.bytes()
"""

from .b2_layouts import VARIANTS
from .dates import from_date


class B2Writer:
    """A file under construction; `variant` PS or CP."""

    def __init__(self, day, sender="351234567", variant="PS", identification="ENV001"):
        self.day = day
        self.sender = sender
        self.layouts = VARIANTS[variant]
        self.variant = variant
        self.identification = identification
        self.records = []
        self.lots = []

    def add(self, type_, **values):
        """Add any record; returns the writer."""
        self.records.append(self.layouts[type_].write(**values))
        return self

    def lot(self, number, day=None, payer_body="131", certification="S"):
        self._close()
        norm = "CP" if self.variant == "CP" else ""
        self.add(
            "1",
            sender=self.sender,
            payer_body=payer_body,
            lot=number,
            created=from_date(day or self.day),
            norm_code=norm,
            certification=certification,
            currency="U",
        )
        self.lots.append(LotWriter(self, number))
        return self.lots[-1]

    def _close(self):
        if self.lots and not self.lots[-1].is_closed:
            self.lots[-1].close()

    def bytes(self, line_end=b""):
        """The whole file."""
        self._close()
        address = {
            "sender_kind": "TP",
            "sender": self.sender,
            "recipient_kind": "CP",
            "identification": self.identification,
        }
        header = self.layouts["000"].write(
            **address,
            created=from_date(self.day),
            norm="CP" if self.variant == "CP" else "PS",
            record_length=128,
        )
        end = self.layouts["999"].write(
            **address, volume=len(self.records) + 2, lots=len(self.lots)
        )
        records = [header, *self.records, end]
        return b"".join(r.encode("latin-1", "replace") + line_end for r in records)


class LotWriter:
    """A lot of a `B2Writer`."""

    def __init__(self, writer, number):
        self.writer = writer
        self.number = number
        self.totals = dict.fromkeys(("total", "amo", "amc"), 0)
        self.counts = {"invoices": 0, "lines": 0, "headers": 0, "closings": 0}
        self.is_closed = False

    def invoice(self, number, lines=(), nir="", nir_key="", member="", **values):
        """An invoice.

        :param lines: (act, fee, amo, amc[, day]) in cents
        :param values: any field of type 2 (mode, regime, caisse, centre, birth…)
        """
        key = {
            "sender": self.writer.sender,
            "nir": nir,
            "nir_key": nir_key,
            "invoice_number": number,
        }
        day = from_date(self.writer.day)
        if self.writer.variant == "PS":
            values = {"date": day, "mode": "15", "invoice_kind": "F", **values}
        values = {"operation": "1", "insurance": "10", "exemption": "0", **values}
        self.writer.add("2", **key, **values)
        self.counts["headers"] += 1
        if member and "2M" in self.writer.layouts:
            amc = values.get("amc_number", "")
            self.writer.add("2M", **key, amc_number=amc, member_number=member)
            self.counts["headers"] += 1
        for line in lines:
            self._line(key, *line)
        self._total(key, lines)
        return self

    def _line(self, key, act, fee, amo, amc, day=None):
        self.writer.add(
            "4",
            **key,
            act=act,
            care_date=from_date(day or self.writer.day),
            quantity=1,
            coefficient=100,
            units=1,
            unit_price=fee,
            base=fee,
            fee=fee,
            amo=amo,
            amc=amc,
        )
        self.counts["lines"] += 1

    def _total(self, key, lines):
        total, amo, amc = (sum(line[i] for line in lines) for i in (1, 2, 3))
        parts = {"amo": amo, "amc": amc}
        if self.writer.variant == "CP":
            parts = {"fees": total, "fees_amo": amo, "fees_amc": amc}
        self.writer.add(
            "5",
            **key,
            lines=len(lines),
            total=total,
            before_amc=total - amo,
            **parts,
        )
        for name, amount in (("total", total), ("amo", amo), ("amc", amc)):
            self.totals[name] += amount
        self.counts["invoices"] += 1
        self.counts["closings"] += 1

    def close(self, **announced):
        """The lot's end (type 6); *announced* overrides what is computed."""
        values = {**self.totals, **self.counts, **announced}
        self.writer.add("6", sender=self.writer.sender, lot=self.number, **values)
        self.is_closed = True
        return self

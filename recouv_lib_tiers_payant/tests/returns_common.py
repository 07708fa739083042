"""Files to read, and what every reader promises about them."""

import io
from datetime import date

from odoo.tests import BaseCase

from ..returns import b2, entities, noemie
from ..returns.objects import Control
from ..returns.writing import NoemieWriter

DAY = date(2026, 3, 5)
MADE = date(2026, 3, 2)


class Chopped(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a pipe may."""

    def __init__(self, data, size):
        self.left, self.size = data, size

    def readable(self):
        return True

    def readinto(self, buffer):
        size = min(len(buffer), self.size)
        found, self.left = self.left[:size], self.left[size:]
        buffer[: len(found)] = found
        return len(found)


class ReturnsCase(BaseCase):
    def typed(self, data):
        return list(entities.typed(io.BytesIO(data)))

    def answers(self, data, day=DAY, order=None):
        return list(noemie.answers(io.BytesIO(data), day, order))

    def sent(self, data, day=DAY):
        return list(b2.sent(io.BytesIO(data), day))

    def of(self, kind, found):
        return [each for each in found if isinstance(each, kind)]

    def one(self, kind, found):
        some = self.of(kind, found)
        self.assertEqual(len(some), 1, some)
        return some[0]

    def codes(self, found):
        return [each.code for each in self.of(Control, found)]

    def assertCovers(self, rows, size):
        """No byte is left out and none is told twice."""
        at = 0
        for row in rows:
            self.assertEqual(row.start, at, row)
            self.assertGreaterEqual(row.end, row.start, row)
            at = row.end
        self.assertEqual(at, size)

    def writer(self, **values):
        return NoemieWriter(MADE, **values)

    def paid_file(self, **values):
        """Two invoices, one of them rejected, a retained sum and a lump sum."""
        out = self.writer(**values)
        transfer = out.transfer(MADE, "CPAM DE L AIN", "606100000012", "011")
        transfer.invoice(
            "000000123",
            amo=2500,
            amc=1000,
            lot="007",
            lot_date=date(2026, 2, 27),
            nir="1850735123456",
            nir_key="42",
            birth="850712",
            name="DUPONT",
            first_name="MARIE",
            amc_number="0012345678",
            member_number="ABC12345",
        )
        transfer.invoice(
            "000000124",
            amo=(1600, "R", 0),
            lot="007",
            lot_date=date(2026, 2, 27),
            rejections=[("0250", "ASSURE ABSENT DU REFERENTIEL", "O")],
        )
        transfer.retained(800, nature="IND", reference="DETTE 1", balance=200)
        transfer.lump(5000, "00012", "FORFAIT MEDECIN TRAITANT")
        return out

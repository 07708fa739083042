import io
from datetime import date

from hypothesis import given, settings, strategies as st

from odoo.tests import BaseCase, tagged

from ..returns import pyxvital
from ..returns.detect import PYXVITAL, detect
from ..returns.messages import say
from ..returns.objects import Answer, Control, End, File, Payment

DAY = date(2026, 6, 9)
ITEMS = [
    ("000000412", 1613, 740, ("TANGUY", "Yvonne")),
    ("000000413", "0250 050 Assuré absent du référentiel", None, ("LE GOFF", "Hervé")),
]


def read(data):
    return list(pyxvital.answers(io.BytesIO(data)))


@tagged("post_install", "-at_install")
class TestReturnsPyxvital(BaseCase):
    """Results of Pyxvital: read as one application was seen to read them."""

    def of(self, kind, data):
        return [one for one in read(data) if isinstance(one, kind)]

    def test_what_is_written_reads_back(self):
        data = pyxvital.write(DAY, "VIR CPAM 123", ITEMS)
        self.assertEqual(detect(data), PYXVITAL)
        paid, refused = self.of(Answer, data)
        self.assertEqual(paid.invoice_number, "000000412")
        self.assertEqual([(p.kind, p.paid) for p in paid.parts],
                         [("amo", 1613), ("amc", 740)])  # fmt: skip
        self.assertEqual((paid.name, paid.first_name), ("TANGUY", "Yvonne"))
        self.assertEqual(refused.parts[0].state, "R")
        rejection = refused.rejections[0]
        self.assertEqual(rejection.code, "0250 050")
        self.assertEqual(rejection.label, "Assuré absent du référentiel")

    def test_the_transfer_is_named(self):
        payment = self.of(Payment, pyxvital.write(DAY, "VIR CPAM 123", ITEMS))[0]
        self.assertEqual((payment.date, payment.label1), (DAY, "VIR CPAM 123"))
        self.assertEqual((payment.amount, payment.answers), (2353, 2))

    def test_it_says_first_that_nobody_verified_it(self):
        control = self.of(Control, pyxvital.write(DAY, "X", ITEMS))[0]
        self.assertIn("non vérifié", say(control))

    def test_the_place_of_an_answer_holds_its_text(self):
        data = pyxvital.write(DAY, "X", ITEMS)
        for answer in self.of(Answer, data):
            self.assertIn(
                answer.invoice_number, data[answer.start : answer.end].decode("cp1252")
            )

    def test_names_are_known_however_they_are_written(self):
        data = b"LISTE = 000000412=10.00-0.00\r\nR\xe9f. virement = ABC\r\n"
        payment = self.of(Payment, data)[0]
        self.assertEqual((payment.label1, payment.amount), ("ABC", 1000))
        self.assertEqual([p.kind for p in self.of(Answer, data)[0].parts], ["amo"])

    def test_each_section_is_a_transfer(self):
        data = pyxvital.write(DAY, "A", ITEMS) + pyxvital.write(DAY, "B", ITEMS[:1])
        self.assertEqual([p.label1 for p in self.of(Payment, data)], ["A", "B"])
        self.assertEqual(self.of(End, data)[0].file.answers, 3)

    def test_the_refusal_of_a_mutual_fund_is_told_by_its_number(self):
        data = b"Liste=000000412:E Droits fermes\nDestinataire=0035007777\n"
        answer = self.of(Answer, data)[0]
        self.assertEqual((answer.parts[0].kind, answer.rejections[0].part),
                         ("amc", "C"))  # fmt: skip

    def test_what_is_no_item_is_told(self):
        data = b"Liste=000000412:1.00-2.00+rubbish+00:E\nthis is nothing\n"
        told = [one for one in self.of(Control, data) if one.code == "junk"]
        self.assertEqual(len(told), 3)
        said = {data[c.start : c.start + c.values["size"]] for c in told}
        self.assertEqual(said, {b"rubbish", b"00:E", b"this is nothing\n"})

    @settings(max_examples=80, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes(self, data):
        for noise in (data, b"Liste=000000412:1.00-2.00+" + data):
            found = read(noise)
            self.assertIsInstance(found[0], File)
            self.assertIsInstance(found[-1], End)
            for one in found:
                if isinstance(one, Control):
                    self.assertTrue(say(one))
            rows = list(pyxvital.rows(io.BytesIO(noise)))
            ends = [0, *(row.end for row in rows)]
            self.assertEqual([row.start for row in rows], ends[:-1])
            self.assertEqual(ends[-1], len(noise))

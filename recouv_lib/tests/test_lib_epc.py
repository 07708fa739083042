import re
from decimal import Decimal
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.epc import EpcError, epc_payload, epc_svg
from odoo.addons.recouv_lib.lib.qr import TooLong, qr_matrix, qr_svg
from odoo.addons.recouv_lib.lib.reference import make_reference

NAME = "Cabinet du Docteur Martin"
IBAN = "FR76 3000 6000 0112 3456 7890 189"


@tagged("post_install", "-at_install")
class TestEpcPayload(BaseCase):
    def assertRefused(self, code, *args, **kwargs):
        with self.assertRaises(EpcError) as caught:
            epc_payload(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)

    def test_the_payload_has_its_lines_in_order(self):
        reference = make_reference(1234)
        payload = epc_payload(NAME, IBAN, "79.5", reference=reference)
        self.assertEqual(
            payload.split("\n"),
            [
                "BCD",
                "002",
                "1",
                "SCT",
                "",
                NAME,
                "FR7630006000011234567890189",
                "EUR79.50",
                "",
                reference,
            ],
        )

    def test_free_text_comes_after_an_empty_reference(self):
        payload = epc_payload(NAME, IBAN, 1, text="note 2026/117", bic="AGRIFRPP")
        lines = payload.split("\n")
        self.assertEqual(lines[4], "AGRIFRPP")
        self.assertEqual(lines[9:], ["", "note 2026/117"])

    def test_amounts_from_one_cent_to_nearly_a_billion(self):
        for amount, text in (
            (Decimal("0.01"), "EUR0.01"),
            (999999999.99, "EUR999999999.99"),
            ("12", "EUR12.00"),
            (0.1 + 0.2, "EUR0.30"),
        ):
            self.assertIn(text, epc_payload(NAME, IBAN, amount).split("\n"))
        for amount in (0, -5, 0.004, 10**9, "NaN", "inf", "abc", None, 1e30):
            self.assertRefused("amount", NAME, IBAN, amount)

    def test_only_euros(self):
        self.assertRefused("currency", NAME, IBAN, 5, currency="CHF")

    def test_a_wrong_iban_is_named(self):
        for iban in ("FR7630006000011234567890180", "", None, "12345"):
            self.assertRefused("iban", NAME, iban, 5)
        self.assertRefused("bic", NAME, IBAN, 5, bic="AGRI")

    def test_names_fit_in_seventy_characters(self):
        epc_payload("é" * 70, IBAN, 5)
        for name in ("é" * 71, "", "  ", None, "a\x00b"):
            self.assertRefused("name", name, IBAN, 5)

    def test_a_line_break_cannot_slip_in_another_payment(self):
        payload = epc_payload("Cabinet\nDE00\nEUR9999", IBAN, 5)
        self.assertEqual(payload.split("\n")[5], "Cabinet DE00 EUR9999")

    def test_a_reference_or_a_text_not_both(self):
        reference = make_reference(1)
        self.assertRefused(
            "both_references", NAME, IBAN, 5, reference=reference, text="x"
        )
        self.assertRefused("reference", NAME, IBAN, 5, reference="RF00123")
        self.assertRefused("text", NAME, IBAN, 5, text="x" * 141)

    def test_331_bytes_are_the_most(self):
        self.assertRefused("too_long", "é" * 70, IBAN, 5, text="é" * 140)


@tagged("post_install", "-at_install")
class TestQrCode(BaseCase):
    def test_the_smallest_version_is_taken(self):
        self.assertEqual(len(qr_matrix("x" * 106)), 41)  # version 6
        self.assertEqual(len(qr_matrix("x" * 107)), 45)  # version 7
        self.assertEqual(len(qr_matrix("x" * 331)), 69)  # version 13
        with self.assertRaises(TooLong):
            qr_matrix("x" * 332)

    def test_the_drawing_shows_each_module_once(self):
        random = Random(6)
        for _ in range(20):
            text = "".join(chr(random.randrange(32, 255)) for _ in range(60))
            matrix = qr_matrix(text)
            self.assertEqual(self._drawn(qr_svg(text)), self._dark(matrix))

    def _dark(self, matrix):
        return {
            (x + 4, y + 4)
            for y, row in enumerate(matrix)
            for x, dark in enumerate(row)
            if dark
        }

    def _drawn(self, svg):
        runs = re.findall(r"M(\d+) (\d+)\.5h(\d+)", svg)
        return {
            (int(x) + step, int(y))
            for x, y, width in runs
            for step in range(int(width))
        }

    def test_the_svg_says_its_size_in_millimetres(self):
        svg = epc_svg(NAME, IBAN, 5, reference=make_reference(1), size_mm=30)
        self.assertIn('width="30mm"', svg)
        self.assertIn('viewBox="0 0 49 49"', svg)

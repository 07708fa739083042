from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.iban import BadIban, validate_iban

IBANS = (
    "FR76 3000 6000 0112 3456 7890 189",
    "CH93 0076 2011 6238 5295 7",
    "DE89 3704 0044 0532 0130 00",
    "BE68 5390 0754 7034",
)


@tagged("post_install", "-at_install")
class TestIban(BaseCase):
    def test_an_iban_loses_its_separators(self):
        for iban in IBANS:
            plain = iban.replace(" ", "")
            self.assertEqual(validate_iban(iban), plain)
            self.assertEqual(validate_iban(plain.lower()), plain)

    def test_a_wrong_digit_is_found(self):
        random = Random(12)
        for _ in range(300):
            iban = random.choice(IBANS).replace(" ", "")
            place = random.randrange(4, len(iban))
            wrong = str((int(iban[place]) + random.randrange(1, 10)) % 10)
            with self.assertRaises(BadIban):
                validate_iban(iban[:place] + wrong + iban[place + 1 :])

    def test_what_is_no_iban_is_refused(self):
        for text in ("", None, "FR76", "US64SVBKUS6S3300958879", "é" * 27, "²" * 27):
            with self.assertRaises(BadIban):
                validate_iban(text)
        with self.assertRaises(BadIban):
            validate_iban("FR7630006000011234567890189²"[1:])

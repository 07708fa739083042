from datetime import date
from random import Random

from odoo.tests import BaseCase, tagged

from ..lib import identifiers
from ..lib.identifiers import BadIdentifier

# Invented: born in January 1900, in a town that does not exist.
NIR = "100019999900167"


@tagged("post_install", "-at_install")
class TestIdentifiers(BaseCase):
    def refused(self, code, validate, *args, **kwargs):
        with self.assertRaises(BadIdentifier) as caught:
            validate(*args, **kwargs)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(str(caught.exception))
        return caught.exception

    # --- NIR --------------------------------------------------------------------

    def test_the_key_of_a_number_is_computed_or_checked(self):
        number = "1000000000000"
        self.assertEqual(identifiers.nir_key(number), "47")
        self.assertEqual(identifiers.validate_nir(number), number + "47")
        self.assertEqual(identifiers.validate_nir(number + "47"), number + "47")
        self.assertEqual(identifiers.validate_nir(number, "47"), number + "47")

    def test_a_number_is_read_as_people_write_it(self):
        for text in (
            "2 95 10 99 126 111 93",
            "2.95.10.99.126.111.93",
            "2\u00a095\u202f10 99126111-93",
            "295109912611193",
        ):
            self.assertEqual(identifiers.validate_nir(text), "295109912611193")

    def test_births_in_corsica(self):
        self.assertEqual(identifiers.validate_nir("253072b073004"), "253072B07300470")
        self.assertEqual(identifiers.validate_nir("253072A073004"), "253072A07300443")
        self.refused("nir_format", identifiers.validate_nir, "253072C073004")

    def test_a_wrong_digit_is_seen_by_the_key(self):
        rng = Random(7)
        for _ in range(300):
            year, place = rng.randrange(100), rng.randrange(1, 95)
            number = f"{rng.choice('12')}{year:02}{rng.randrange(1, 13):02}{place:02}"
            number += f"{rng.randrange(1000):03}{rng.randrange(1, 1000):03}"
            full = identifiers.validate_nir(number)
            rank = rng.randrange(1, 13)
            other = rng.choice([d for d in "0123456789" if d != full[rank]])
            wrong = full[:rank] + other + full[rank + 1 :]
            self.refused("nir_key", identifiers.validate_nir, wrong)

    def test_a_provisional_number_is_taken_as_it_is(self):
        for first in "3478":
            read = identifiers.read_nir(f"{first}00019999900100")
            self.assertTrue(read.provisional)
            self.assertEqual(read.full[:1], first)
        self.assertFalse(identifiers.read_nir("700019999900100").key_fits)
        self.assertTrue(identifiers.read_nir("7000199999001").key_fits)

    def test_what_is_no_number_of_social_security(self):
        validate = identifiers.validate_nir
        self.refused("empty", validate, "")
        self.refused("empty", validate, None)
        self.assertEqual(
            self.refused("nir_length", validate, "1" * 14).values["length"], "14"
        )
        self.refused("nir_first", validate, "0000000000000")
        self.refused("nir_first", validate, "9" * 13)
        self.refused("nir_format", validate, "1ABC000000000")
        self.refused("nir_format", validate, "10000000000004A")
        # digits of another alphabet are no digits
        self.refused("nir_format", validate, "١" * 13)

    def test_an_error_never_tells_the_number(self):
        for text in (
            "295109912611199",
            "2951099126111",
            "9951099126111",
            "29510991261",
        ):
            try:
                identifiers.validate_nir(text)
            except BadIdentifier as error:
                self.assertNotIn(text[:6], str(error))
                self.assertNotIn(text[:6], repr(error.values))

    def test_the_root_compares_and_never_fails(self):
        self.assertEqual(identifiers.nir_root("2 95 10 99 126 111 93"), "2951099126111")
        self.assertEqual(identifiers.nir_root("2951099126111"), "2951099126111")
        for text in ("", None, "0" * 13, "0" * 15, "12", "?", "295109912611"):
            self.assertEqual(identifiers.nir_root(text), "")

    # --- births -----------------------------------------------------------------

    def test_a_birth_date_as_people_write_it(self):
        for text in (
            "31/12/1950", "1950-12-31", "31.12.1950", "19501231", "31121950",
            date(1950, 12, 31),
        ):  # fmt: skip
            self.assertEqual(identifiers.read_birth(text), "19501231", text)

    def test_lunar_months_are_kept(self):
        for text, stored in (
            ("00/00/1940", "19400000"),
            ("1940/31/12", "19403112"),
            ("12/20/1940", "19402012"),
            ("30/02/1950", "19500230"),
        ):
            read = identifiers.read_birth(text)
            self.assertEqual(read, stored)
            self.assertEqual(identifiers.validate_birth(read), stored)
            self.assertTrue(identifiers.is_lunar(read))
            self.assertIsNone(identifiers.calendar_date(read))
        self.assertFalse(identifiers.is_lunar("19501231"))

    def test_eight_digits_that_may_be_both_are_asked(self):
        self.refused("birth_unsure", identifiers.read_birth, "19122019")
        self.assertEqual(identifiers.read_birth("19/12/2019"), "20191219")
        # what is stored needs no reading, and most of it stands one
        self.assertEqual(identifiers.validate_birth("20012019"), "20012019")
        for stored in ("19403112", "20051305", "19501231", "19400000"):
            self.assertEqual(identifiers.read_birth(stored), stored)

    def test_what_is_no_birth_date(self):
        today = date(2026, 3, 2)
        self.refused("empty", identifiers.read_birth, " ")
        self.refused("birth_format", identifiers.read_birth, "hier")
        self.refused("birth_format", identifiers.read_birth, "31/12/50")
        self.refused("birth_format", identifiers.read_birth, "32/12/1950")
        self.refused("birth_year", identifiers.read_birth, "31/12/1750")
        self.refused("birth_year", identifiers.read_birth, "03/03/2026", today)
        self.refused("birth_year", identifiers.read_birth, "01/01/2027", today)
        self.assertEqual(identifiers.read_birth("02/03/2026", today), "20260302")

    def test_the_forms_of_a_birth_date(self):
        self.assertEqual(identifiers.short_birth("19501231"), "501231")
        self.assertEqual(identifiers.short_birth(""), "")
        self.assertEqual(identifiers.birth_text("19403112"), "12/31/1940")
        self.assertEqual(identifiers.birth_text(""), "")

    def test_a_birth_rank_is_one_digit(self):
        self.assertEqual(identifiers.validate_birth_rank("1"), "1")
        self.assertEqual(identifiers.validate_birth_rank("02"), "2")
        self.refused("birth_rank", identifiers.validate_birth_rank, "0")
        self.refused("birth_rank", identifiers.validate_birth_rank, "12")

    # --- professionals ----------------------------------------------------------

    def test_finess_numbers_of_corsica_have_two_forms(self):
        for digits, letters in (("200102689", "2A0002689"), ("200102168", "2A0002168")):
            self.assertEqual(identifiers.validate_finess(digits), digits)
            self.assertEqual(identifiers.validate_finess(letters.lower()), letters)
            self.assertEqual(identifiers.finess_digits(letters), digits)
            self.assertEqual(identifiers.finess_digits(digits), digits)
        self.refused("finess_key", identifiers.validate_finess, "200102688")
        self.refused("finess_format", identifiers.validate_finess, "20010268")
        self.refused("finess_format", identifiers.validate_finess, "2C0002689")

    def test_an_am_number_may_hold_letters(self):
        self.assertEqual(identifiers.validate_am("9DA005191"), "9DA005191")
        self.assertEqual(identifiers.validate_am("9da 005 191"), "9DA005191")
        self.refused("am_key", identifiers.validate_am, "9DA005192")
        self.refused("am_format", identifiers.validate_am, "9GA005191")
        self.refused("am_format", identifiers.validate_am, "9DA00519A")

    def test_an_rpps_number_has_eleven_digits_and_a_key(self):
        good = next(f"1000345678{d}" for d in range(10) if self._fits(f"1000345678{d}"))
        self.assertEqual(identifiers.validate_rpps(f" {good} "), good)
        wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
        self.refused("rpps_key", identifiers.validate_rpps, wrong)
        self.refused("rpps_format", identifiers.validate_rpps, good[:-1])
        self.assertEqual(identifiers.validate_professional(good), good)
        self.assertEqual(identifiers.validate_professional("9DA005191"), "9DA005191")
        self.refused("rpps_format", identifiers.validate_professional, "123")

    def _fits(self, number):
        digits = [int(d) for d in reversed(number)]
        doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
        return (sum(digits[::2]) + sum(doubled)) % 10 == 0

    def test_siret_and_siren(self):
        self.assertEqual(
            identifiers.validate_siret("732 829 320 00074"), "73282932000074"
        )
        self.assertEqual(identifiers.validate_siren("732 829 320"), "732829320")
        self.refused("siret", identifiers.validate_siret, "73282932000075")
        self.refused("siren", identifiers.validate_siren, "732829321")
        self.refused("empty", identifiers.validate_siret, "")

    # --- payers -----------------------------------------------------------------

    def test_a_caisse_is_regime_caisse_and_centre(self):
        code = identifiers.validate_caisse("01 751 0000")
        self.assertEqual(identifiers.split_caisse(code), ("01", "751", "0000"))
        self.assertEqual(identifiers.regime_name(code), "Régime général")
        self.assertEqual(identifiers.regime_name("779990000"), "")
        for text in ("01751", "0175100000", "01A510000", "000000000"):
            self.refused("caisse_format", identifiers.validate_caisse, text)

    def test_an_amc_has_eight_to_ten_digits(self):
        for text in ("75500017", "775685340", "0075500017"):
            self.assertEqual(identifiers.validate_amc(text), text)
        self.assertEqual(identifiers.amc_wire("75500017"), "0075500017")
        self.assertEqual(
            identifiers.amc_key("0075500017"), identifiers.amc_key("75500017 ")
        )
        self.assertEqual(identifiers.amc_key("0000000000"), "")
        for text in ("7550001", "75500017000", "0000000000", "7550001A"):
            self.refused("amc_format", identifiers.validate_amc, text)

    def test_the_code_of_a_payer_depends_on_its_kind(self):
        self.assertEqual(
            identifiers.validate_payer_code("amo", "017510000"), "017510000"
        )
        self.assertEqual(identifiers.validate_payer_code("amc", "75500017"), "75500017")
        self.refused(
            "caisse_format", identifiers.validate_payer_code, "amo", "75500017"
        )

    def test_a_member_number(self):
        self.assertEqual(identifiers.validate_member("ab-123 456"), "AB123456")
        self.refused("member_format", identifiers.validate_member, "1" * 16)
        self.refused("member_format", identifiers.validate_member, "n° 12")

    # --- what is sent -----------------------------------------------------------

    def test_invoices_and_lots_compare_without_their_zeros(self):
        self.assertEqual(identifiers.validate_invoice_number("1234"), "000001234")
        self.assertEqual(identifiers.invoice_key(" 000001234"), "1234")
        self.assertEqual(identifiers.invoice_key("000000000"), "")
        self.assertEqual(identifiers.validate_lot("7"), "007")
        self.assertEqual(identifiers.lot_key("007"), "7")
        self.refused("invoice_format", identifiers.validate_invoice_number, "000000000")
        self.refused("invoice_format", identifiers.validate_invoice_number, "F12")
        self.refused("lot_format", identifiers.validate_lot, "1000")
        self.refused("lot_format", identifiers.validate_lot, "000")

    def test_every_error_has_its_sentence(self):
        for code, text in identifiers.MESSAGES.items():
            values = dict.fromkeys(("length", "first", "value"), "x")
            self.assertNotIn("%(", text % values, code)

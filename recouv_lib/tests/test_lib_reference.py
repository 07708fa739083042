import time
from random import Random

from stdnum import iso11649

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.reference import (
    canonical,
    find_references,
    is_reference,
    make_reference,
    print_reference,
    split_reference,
)


@tagged("post_install", "-at_install")
class TestReference(BaseCase):
    def test_a_reference_is_valid_and_says_its_number(self):
        for number in (0, 1, 1234, 10**10 - 1):
            reference = make_reference(number)
            self.assertTrue(iso11649.is_valid(reference))
            self.assertEqual(split_reference(reference), ("1", number))
        self.assertEqual(split_reference(make_reference(7, "42")), ("42", 7))

    def test_a_number_that_does_not_fit_is_refused(self):
        for number, prefix in ((10**10, "1"), (-1, "1"), (1, ""), (1, "0"), (1, "A")):
            with self.assertRaises(ValueError):
                make_reference(number, prefix)

    def test_the_published_example_is_accepted(self):
        self.assertTrue(is_reference("RF18 5390 0754 7034"))
        self.assertTrue(is_reference("rf18539007547034"))
        self.assertFalse(is_reference("RF19 5390 0754 7034"))
        self.assertIsNone(split_reference("RF19 5390 0754 7034"))
        self.assertFalse(is_reference(""))

    def test_on_paper_it_stands_in_groups_of_four(self):
        self.assertEqual(print_reference(make_reference(1234)), "RF89 1000 0001 234")

    def test_zeros_that_a_bank_adds_do_not_matter(self):
        self.assertEqual(
            canonical("RF18 0000 0000 0539 0075 47034"), "RF18539007547034"
        )

    def test_one_wrong_digit_is_never_another_reference(self):
        random = Random(1)
        for _ in range(300):
            reference = make_reference(random.randrange(10**10))
            place = random.randrange(2, len(reference))
            wrong = str((int(reference[place]) + random.randrange(1, 10)) % 10)
            spoilt = reference[:place] + wrong + reference[place + 1 :]
            self.assertFalse(is_reference(spoilt), spoilt)


@tagged("post_install", "-at_install")
class TestFindReferences(BaseCase):
    def setUp(self):
        super().setUp()
        self.reference = make_reference(1234)

    def assertFinds(self, text, *references):
        self.assertEqual(find_references(text), list(references), text)

    def test_it_is_found_as_banks_write_it(self):
        body = self.reference[4:]
        for text in (
            self.reference,
            f"VIR SEPA {self.reference} DUPONT",
            f"/RFB/{print_reference(self.reference)}/",
            print_reference(self.reference).lower(),
            f"rf-89-{body}",
            "RF89 1000\r\n0001 234",
            f"REF{self.reference}MERCI",
            f"R F 8 9 {body[0]}.{body[1:]}",
            f"RF89 {body} 12/11/2026",
            f"RF89 {body} 2 RUE DES LILAS",
        ):
            self.assertFinds(text, self.reference)

    def test_another_issuer_s_reference_is_found_at_the_end_of_a_word(self):
        self.assertFinds("VIR RF18 5390 0754 7034 MERCI", "RF18539007547034")
        self.assertFinds("RF18000000000539007547034", "RF18539007547034")

    def test_several_are_found_each_once(self):
        other = make_reference(99)
        text = f"{self.reference} {other} / {self.reference}"
        self.assertFinds(text, self.reference, other)

    def test_what_is_no_reference_is_not_found(self):
        for text in (None, "", "RF", "RF12", "facture RF2026-001", "PERF 12 345"):
            self.assertFinds(text)
        self.assertFinds(self.reference[:-1])

    def test_noise_around_never_hides_it(self):
        random = Random(2)
        alphabet = "AEFR 0123456789-/.éß٣²"
        for _ in range(500):
            reference = make_reference(random.randrange(10**10))
            before, after = (
                "".join(random.choices(alphabet, k=random.randrange(30)))
                for _ in range(2)
            )
            # A separator on each side: glued digits make another number
            text = f"{before.rstrip('RF')} | {self._messed(reference, random)} | "
            self.assertIn(reference, find_references(text + after), text + after)

    def _messed(self, reference, random):
        chars = [
            random.choice([char, char.lower()]) + random.choice(["", "", " ", "-"])
            for char in reference
        ]
        return "".join(chars).strip()

    def test_anything_can_be_read_without_error(self):
        random = Random(4)
        for _ in range(1000):
            text = "".join(chr(random.randrange(1, 0x2FF)) for _ in range(60))
            for found in find_references(text + "RF12" + text):
                self.assertTrue(is_reference(found))

    def test_time_grows_with_the_length_only(self):
        text = "RF 1 2 " * 3_000
        start = time.perf_counter()
        find_references(text)
        # 21,000 characters of the worst kind; quadratic would take minutes
        self.assertLess(time.perf_counter() - start, 10)

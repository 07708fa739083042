from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.tracking import BadTracking, read_tracking
from odoo.addons.recouv_lib.lib.wording import forbidden_words


@tagged("post_install", "-at_install")
class TestTracking(BaseCase):
    def code(self, text):
        with self.assertRaises(BadTracking) as caught:
            read_tracking(text)
        return caught.exception.code

    def test_an_international_number_proves_itself(self):
        # the example of the UPU standard S10
        self.assertEqual(read_tracking("RA 473 124 829 FR"), "RA473124829FR")

    def test_a_wrong_digit_is_found(self):
        self.assertEqual(self.code("RA473124828FR"), "check")
        self.assertEqual(self.code("RA473124892FR"), "check")

    def test_home_numbers_are_known_by_their_shape(self):
        self.assertEqual(read_tracking("1a 123 456 7890 1"), "1A12345678901")
        self.assertEqual(read_tracking("98.00.123456.12345678"), "980012345612345678")

    def test_anything_else_is_none(self):
        for text in ("", "hello", "12345", "RF18100000000001X"):
            self.assertEqual(self.code(text), "shape", text)


@tagged("post_install", "-at_install")
class TestWording(BaseCase):
    def test_words_of_courts_and_officers(self):
        self.assertEqual(forbidden_words("Dernière SOMMATION"), ["sommation"])
        self.assertEqual(
            forbidden_words("un titre exécutoire du commissaire de justice"),
            ["commissaire de justice", "titre executoire"],
        )

    def test_parts_of_other_words_are_none(self):
        self.assertEqual(forbidden_words("médiateur de la consommation"), [])

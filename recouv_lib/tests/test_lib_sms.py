from odoo.tests import BaseCase, tagged

from ..lib import phone, sms_text


@tagged("post_install", "-at_install")
class TestLibPhone(BaseCase):
    def test_a_french_mobile_is_read_however_it_is_written(self):
        for text in (
            "06 12 34 56 78",
            "0612345678",
            "+33 6 12 34 56 78",
            "0033612345678",
            "06.12.34.56.78",
            "07 56 12 34 56",
        ):
            self.assertTrue(phone.mobile(text, "FR"), text)
        self.assertEqual(phone.mobile("06 12 34 56 78", "FR"), "+33612345678")

    def test_a_landline_takes_no_text(self):
        for text in (
            "02 99 00 00 00",
            "+33 1 42 68 53 00",
            "09 72 10 10 10",
            "0800 94 22 68",
        ):
            self.assertIsNone(phone.mobile(text, "FR"), text)

    def test_what_is_no_number_gives_nothing(self):
        for text in ("", None, "voir sa fille", "06 12", "++", "06 12 34 56 78 90 12"):
            self.assertIsNone(phone.mobile(text, "FR"), text)
            self.assertIsNone(phone.e164(text, "FR"), text)

    def test_the_debtors_country_reads_a_national_number(self):
        self.assertEqual(phone.mobile("079 123 45 67", "CH"), "+41791234567")
        self.assertIsNone(phone.mobile("022 312 34 56", "CH"))
        self.assertEqual(phone.e164("022 312 34 56", "CH"), "+41223123456")

    def test_numbers_kept_for_fiction_serve_demonstrations(self):
        self.assertEqual(phone.mobile("06 39 98 12 34", "FR"), "+33639981234")
        self.assertIsNone(phone.mobile("06 39 98 12 3", "FR"))

    def test_a_foreign_mobile_is_accepted_with_its_prefix(self):
        self.assertEqual(phone.mobile("+41 79 123 45 67", "FR"), "+41791234567")


@tagged("post_install", "-at_install")
class TestLibSmsText(BaseCase):
    def test_one_message_holds_160_characters_then_153_each(self):
        self.assertEqual(
            [sms_text.segments("a" * n) for n in (0, 1, 160, 161, 306, 307)],
            [0, 1, 1, 2, 2, 3],
        )

    def test_the_euro_sign_takes_two_characters(self):
        self.assertEqual(sms_text.segments("a" * 158 + "€"), 1)
        self.assertEqual(sms_text.segments("a" * 159 + "€"), 2)

    def test_a_character_outside_the_alphabet_costs_more_than_half(self):
        self.assertEqual(sms_text.segments("ê" * 70), 1)
        self.assertEqual(sms_text.segments("ê" + "a" * 70), 2)

    def test_no_break_spaces_of_amounts_do_not_cost_a_message(self):
        text = "Reste 1\u202f234,56\u00a0€ " + "a" * 100
        self.assertEqual(sms_text.shorten(text), "Reste 1 234,56 € " + "a" * 100)

    def test_accents_are_dropped_only_where_that_saves_a_message(self):
        self.assertEqual(sms_text.shorten("François"), "François")
        long = "François " + "a" * 100
        self.assertEqual(sms_text.shorten(long), "Francois " + "a" * 100)
        self.assertEqual(sms_text.shorten("Ω" * 71), "Ω" * 71)

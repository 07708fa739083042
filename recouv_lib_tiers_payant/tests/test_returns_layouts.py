from odoo.tests import BaseCase, tagged

from ..returns.b2_layouts import VARIANTS
from ..returns.layout import Field, read_table
from ..returns.noemie_layouts import LAYOUTS

#: total lengths of the norm, delimiter included
LENGTHS = {
    "000": 128, "020": 21, "040": 21, "070": 12, "071": 86, "080": 15, "081": 22,
    "100": 15, "102": 40, "103": 152, "110": 88, "120": 57, "150": 8, "160": 23,
    "198": 24, "199": 49, "210": 118, "250": 47, "261": 19, "262": 134, "290": 98,
    "294": 153, "295": 135, "990": 43, "999": 128,
}  # fmt: skip
#: what the source of the CP variant says nothing of
UNREAD = {"2S": 3, "3S": 1, "4": 2, "4E": 2, "5": 2}


@tagged("post_install", "-at_install")
class TestReturnsLayouts(BaseCase):
    def assertTiles(self, layout, length):
        """Each field begins where the one before ended, from 1 to *length*."""
        at = 1
        for each in layout.fields:
            self.assertEqual(each.first, at, f"{layout.type} {each.name}")
            self.assertGreaterEqual(each.last, each.first)
            at = each.last + 1
        self.assertEqual(at - 1, length, layout.type)

    def test_the_25_entities_have_the_lengths_of_the_norm(self):
        found = {key: layout.length for key, layout in LAYOUTS.items()}
        self.assertEqual(found, LENGTHS)

    def test_no_entity_has_a_gap_or_an_overlap(self):
        for key, layout in LAYOUTS.items():
            delimiter = key not in ("000", "999")
            self.assertTiles(layout, layout.length - delimiter)
            self.assertFalse([f for f in layout.fields if f.name.startswith("unread")])

    def test_no_record_of_b2_has_an_overlap_and_gaps_are_said(self):
        for variant, layouts in VARIANTS.items():
            unread = {}
            for key, layout in layouts.items():
                self.assertTiles(layout, 128)
                gaps = [f for f in layout.fields if f.name.startswith("unread")]
                if gaps:
                    unread[key] = len(gaps)
            self.assertEqual(unread, UNREAD if variant == "CP" else {})

    def test_the_invoice_number_stands_elsewhere_in_an_establishment(self):
        for variant, first in (("PS", 27), ("CP", 30)):
            for key in ("2", "4", "5"):
                number = VARIANTS[variant][key].by_name["invoice_number"]
                self.assertEqual((number.first, number.length), (first, 9))

    def test_a_code_has_its_french_label(self):
        self.assertEqual(LAYOUTS["198"].label_of("state", "R"), "Rejeté")
        self.assertEqual(LAYOUTS["250"].label_of("nature", "IND"), "Indu sur prestations")
        self.assertEqual(LAYOUTS["000"].label_of("sender_kind", "CP"), "CPAM")
        self.assertEqual(LAYOUTS["198"].label_of("state", "?"), "")
        mode = VARIANTS["PS"]["2"]
        self.assertIn("intégral", mode.label_of("mode", "15"))

    def test_every_field_has_a_label(self):
        for layouts in (LAYOUTS, *VARIANTS.values()):
            for layout in layouts.values():
                self.assertTrue(layout.label)
                self.assertTrue(all(field.label for field in layout.fields))

    def test_a_table_with_an_overlap_is_refused(self):
        with self.assertRaises(ValueError):
            read_table("9 10 X\n1-5 A one One\n5-10 A two Two")
        with self.assertRaises(ValueError):
            read_table("9 10 X\n1-11 A one One")

    def test_no_field_may_hide_what_every_row_has(self):
        for name in ("kind", "raw", "fault"):
            with self.assertRaises(ValueError):
                read_table(f"9 10 X\n1-5 A {name} One")

    def test_a_value_that_does_not_fit_is_refused(self):
        field = Field("paid", 1, 4, "M", "Payé")
        for value in (12345, -1, "x"):
            with self.assertRaises(ValueError):
                field.write(value)
        with self.assertRaises(KeyError):
            LAYOUTS["198"].write(nothing=1)

    def test_empty_numbers_are_zeros_and_empty_texts_blanks(self):
        raw = LAYOUTS["198"].write(depth=4)
        self.assertEqual(raw, "19804" + "0" * 8 + " " + "0" * 8 + " ")

    def test_what_is_decoded_fast_and_with_care_is_the_same(self):
        for layouts in (LAYOUTS, VARIANTS["PS"], VARIANTS["CP"]):
            for layout in layouts.values():
                raw = layout.write()
                fast = layout.decode(raw, 3, 9)
                self.assertEqual(fast, layout.decode_with_care(raw, 3, 9))

    def test_a_number_that_is_none_is_zero_and_told(self):
        for bad in ("12A45678", "1234_678", "-1234567", "٣٤٥٦٧٨٩١"):
            raw = f"19804{bad}P00000000P"
            row = LAYOUTS["198"].decode_with_care(raw, 0, 23)
            self.assertEqual((row.asked, row.fault), (0, "number:asked"))

    def test_a_blank_number_is_zero(self):
        row = LAYOUTS["198"].decode_with_care("19804        P    2500P", 0, 23)
        self.assertEqual((row.asked, row.paid, row.fault), (0, 2500, ""))

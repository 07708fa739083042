from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.letter_pages import Part, lines_of, make_up


@tagged("post_install", "-at_install")
class TestLetterPages(BaseCase):
    def kinds(self, parts, first=100, following=200):
        return [
            [part.kind for part in page] for page in make_up(parts, first, following)
        ]

    def test_what_fits_stays_on_one_page(self):
        parts = [Part("text", 40), Part("table", 10, rows=(1, 2), row_height=5)]
        self.assertEqual(self.kinds(parts), [["text", "table"]])

    def test_a_table_that_does_not_fit_leaves_for_its_own_page(self):
        parts = [
            Part("text", 40),
            Part("table", 10, rows=(1,) * 20, row_height=5),
            Part("contact", 20),
        ]
        self.assertEqual(self.kinds(parts), [["text", "contact"], ["table"]])

    def test_a_long_table_is_cut_between_rows_and_loses_none(self):
        rows = tuple(range(100))
        pages = make_up([Part("table", 10, rows=rows, row_height=5)], 100, 200)
        pieces = [part.rows for page in pages for part in page]
        self.assertEqual(sum(pieces, ()), rows)
        self.assertTrue(all(10 + 5 * len(piece) <= 200 for piece in pieces))

    def test_text_flows_onto_the_next_page(self):
        parts = [Part("text", 70), Part("text", 70), Part("contact", 20)]
        self.assertEqual(self.kinds(parts), [["text"], ["text", "contact"]])

    def test_lines_are_counted_with_the_printed_widths(self):
        self.assertEqual(lines_of("Un mot", 170, 10), 1)
        self.assertEqual(lines_of("a\nb\nc", 170, 10), 3)
        # 170 mm of Helvetica 10 hold about 95 letters
        self.assertEqual(lines_of("mot " * 50, 170, 10), 3)

    def test_a_word_longer_than_the_line_counts_whole(self):
        self.assertGreater(lines_of("x" * 400, 170, 10), 3)

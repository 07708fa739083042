from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.page_mark import (
    BadMark,
    BatchMismatch,
    find_marks,
    make_mark,
    page_ranges,
    read_scan,
)

KEY = b"a secret of the database"


@tagged("post_install", "-at_install")
class TestPageMark(BaseCase):
    def test_a_mark_says_notice_page_and_pages(self):
        mark = read_scan(make_mark(KEY, 1234, 2, 3), KEY)
        self.assertEqual((mark.notice_id, mark.page, mark.pages), (1234, 2, 3))
        self.assertTrue(mark.genuine)

    def test_it_is_fit_for_a_barcode(self):
        self.assertRegex(make_mark(KEY, 10**10 - 1, 999, 999), r"^RL[0-9]{24}$")

    def test_numbers_that_do_not_fit_are_refused(self):
        for notice, page, pages in (
            (0, 1, 1),
            (10**10, 1, 1),
            (1, 0, 1),
            (1, 2, 1),
            (1, 1, 1000),
        ):
            with self.assertRaises(ValueError):
                make_mark(KEY, notice, page, pages)

    def test_one_changed_digit_is_a_forgery(self):
        token = make_mark(KEY, 1234, 1, 1)
        for place in range(2, len(token)):
            changed = str((int(token[place]) + 1) % 10)
            altered = token[:place] + changed + token[place + 1 :]
            with self.assertRaises(BadMark) as caught:
                read_scan(altered, KEY)
            self.assertEqual(caught.exception.code, "forged")

    def test_another_database_s_mark_is_a_forgery(self):
        with self.assertRaises(BadMark):
            read_scan(make_mark(b"other", 1234, 1, 1), KEY)

    def test_a_scanner_on_a_french_keyboard_is_understood(self):
        token = make_mark(KEY, 1234567890, 1, 2)
        typed = token.lower().translate(str.maketrans("1234567890", "&é\"'(-è_çà"))
        self.assertEqual(read_scan(typed, KEY).notice_id, 1234567890)
        self.assertEqual(read_scan(f" {token[2:]}\n", KEY).page, 1)

    def test_what_is_no_mark_is_said(self):
        for scan in ("", "RL", "3401234567890", "RL" + "1" * 25, "hello"):
            with self.assertRaises(BadMark) as caught:
                read_scan(scan, KEY)
            self.assertEqual(caught.exception.code, "not_a_mark")

    def test_marks_are_found_in_extracted_text(self):
        token = make_mark(KEY, 5, 1, 2)
        spaced = " ".join(token)
        for text in (f"Lettre{token}12", f"x\n{spaced}\ny", f"{token}\n{token}"):
            (mark,) = find_marks(text, KEY)
            self.assertTrue(mark.genuine)
            self.assertEqual(mark.notice_id, 5)
            self.assertEqual(mark.token, token)

    def test_any_text_can_be_searched(self):
        random = Random(8)
        for _ in range(500):
            text = "".join(random.choices("RL 0123456789\nx", k=80))
            for mark in find_marks(text, KEY):
                self.assertFalse(mark.genuine)


@tagged("post_install", "-at_install")
class TestPageRanges(BaseCase):
    def _page(self, notice, page, pages):
        return f"Dear {notice}\n{make_mark(KEY, notice, page, pages)}\nfoot"

    def _letter(self, notice, pages):
        return [self._page(notice, page + 1, pages) for page in range(pages)]

    def assertRefused(self, problems, pages, expected=None):
        with self.assertRaises(BatchMismatch) as caught:
            page_ranges(pages, KEY, expected)
        self.assertEqual(caught.exception.problems, problems)

    def test_a_sound_batch_is_cut_into_letters(self):
        pages = self._letter(7, 2) + self._letter(8, 1) + self._letter(9, 3)
        ranges = page_ranges(pages, KEY, {7, 8, 9})
        self.assertEqual(ranges, [(7, 0, 1), (8, 2, 2), (9, 3, 5)])
        self.assertEqual(page_ranges([], KEY), [])

    def test_a_page_without_mark_stops_the_batch(self):
        self.assertRefused([(1, "no_mark")], [self._page(7, 1, 1), "blank"])

    def test_two_debtors_on_one_page_stop_the_batch(self):
        page = self._page(7, 1, 1) + self._page(8, 1, 1)
        self.assertRefused([(0, "several_marks")], [page])

    def test_an_altered_mark_stops_the_batch(self):
        page = self._page(7, 1, 1).replace("RL0000000007", "RL0000000008")
        self.assertRefused([(0, "forged")], [page])

    def test_another_debtor_s_page_inside_a_letter_stops_the_batch(self):
        pages = [self._page(7, 1, 2), self._page(8, 1, 1), self._page(7, 2, 2)]
        self.assertRefused([(1, "missing_page"), (2, "unexpected_page")], pages)

    def test_a_lost_last_page_stops_the_batch(self):
        self.assertRefused([(1, "missing_page")], [self._page(7, 1, 2)])

    def test_a_letter_printed_twice_stops_the_batch(self):
        pages = self._letter(7, 1) * 2
        self.assertRefused([(1, "repeated_notice")], pages)

    def test_a_letter_of_another_batch_stops_the_batch(self):
        self.assertRefused([(0, "unknown_notice")], self._letter(7, 1), {8})

    def test_a_letter_that_is_not_there_stops_the_batch(self):
        self.assertRefused([(None, "missing_notice")], self._letter(7, 1), [7, 8])

    def test_any_swap_of_pages_is_found(self):
        random = Random(9)
        letters = [self._letter(n, 1 + n % 3) for n in range(1, 9)]
        pages = [page for letter in letters for page in letter]
        for _ in range(200):
            i, j = random.sample(range(len(pages)), 2)
            swapped = list(pages)
            swapped[i], swapped[j] = pages[j], pages[i]
            if {self._single(pages[i]), self._single(pages[j])} == {True}:
                continue  # two letters of one page may change places
            with self.assertRaises(BatchMismatch):
                page_ranges(swapped, KEY)

    def _single(self, page):
        return find_marks(page, KEY)[0].pages == 1

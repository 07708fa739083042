import json
from datetime import date

from odoo.tests import BaseCase, tagged

from ..lib import solvency

TODAY = date(2026, 6, 15)


@tagged("post_install", "-at_install")
class TestReadAnswer(BaseCase):
    """An answer is read strictly: what is not understood is never a refusal."""

    def told(self, **told):
        return solvency.read_answer(json.dumps(told).encode(), TODAY)

    def test_a_clear_answer_is_read_with_its_number_and_day(self):
        answer = self.told(id="A-17", result="clear", date="2026-06-14")
        self.assertEqual(answer, solvency.Answer("clear", "A-17", date(2026, 6, 14)))

    def test_a_number_may_be_a_number_and_the_day_may_be_missing(self):
        answer = self.told(id=17, result="negative")
        self.assertEqual(answer, solvency.Answer("negative", "17", None))

    def test_garbage_is_no_answer(self):
        for content in (
            b"",
            b"<html>",
            b"[]",
            b'"clear"',
            b"null",
            b"\xff\xfe\x00",
            b"[" * 100000,
            b'{"id": 1}',
            b'{"result": "clear"}',
            b'{"id": "", "result": "clear"}',
            b'{"id": true, "result": "clear"}',
            b'{"id": {}, "result": "clear"}',
            b'{"id": 1, "result": "CLEAR"}',
            b'{"id": 1, "result": ["clear"]}',
        ):
            with self.subTest(content[:30]), self.assertRaises(solvency.AnswerError):
                solvency.read_answer(content, TODAY)

    def test_a_check_is_dated_neither_tomorrow_nor_long_ago(self):
        for day in ("2026-06-16", "1999-12-31", "15/06/2026", "x"):
            with self.subTest(day), self.assertRaises(solvency.AnswerError):
                self.told(id=1, result="clear", date=day)

    def test_words_of_a_table(self):
        for word, result in (
            ("Favorable", "clear"),
            ("RIEN À SIGNALER", "clear"),
            ("défavorable", "negative"),
            ("refusé", "negative"),
            ("indisponible", "unavailable"),
            ("positif", None),  # says both things
            ("", None),
            (None, None),
        ):
            with self.subTest(word):
                self.assertEqual(solvency.read_word(word), result)

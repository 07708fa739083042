from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.working_days import Calendar

from ..lib.announced_transfers import (
    Announced,
    BankLine,
    is_overdue,
    kind_of_payer,
    looks_like_payer,
    match,
    references,
    score,
)

FRANCE = Calendar("FR")
DAY = date(2026, 3, 4)
METZ = "VIR CPAM DE MOSELLE - METZ 152290010995 152290010995152290010995"
SAONE = "VIR CPAM SAONE ET LOIRE 262520005600"


def announced(id_=1, amount=10_000, **values):
    return Announced(id_, values.pop("date", DAY), amount, **values)


def line(id_=1, amount=10_000, text="VIREMENT", **values):
    return BankLine(id_, values.pop("date", DAY + timedelta(1)), amount, text, **values)


@tagged("post_install", "-at_install")
class TestAnnouncedTransfers(BaseCase):
    def match(self, transfers, lines):
        return match(transfers, lines, FRANCE)

    def pairs(self, result):
        return {(one.announced_id, one.line_id) for one in result.proposals}

    # --- signs ------------------------------------------------------------------

    def test_references_have_twelve_digits_repeated_or_not(self):
        self.assertEqual(references(METZ), {"152290010995"})
        self.assertEqual(references(SAONE, None), {"262520005600"})
        self.assertEqual(references("12345678901 1234567890123", "0" * 12), set())

    def test_each_sign_is_worth_what_the_recipe_says(self):
        for one, bank, expected, codes in (
            ({}, {}, 0, ["amount"]),
            ({"label2": "152290010995"}, {"text": METZ}, 90, ["reference", "label"]),
            ({"label1": "152290010995 X"}, {"text": METZ}, 60, ["reference"]),
            ({"label1": "CPAM DE METZ"}, {"text": METZ}, 30, ["label"]),
            ({"payer_names": ("CPAM Moselle",)}, {"text": METZ}, 15, ["payer"]),
            ({"payer_codes": ("015710000",)}, {"text": "A 015710000"}, 15, ["payer"]),
            ({}, {"date": DAY}, 10, ["same_day"]),
        ):
            found, reasons = score(announced(**one), line(**bank))
            self.assertEqual(found, expected)
            self.assertEqual([code for code, _values in reasons], codes)

    def test_all_signs_together_are_a_hundred(self):
        one = announced(label2="152290010995", payer_names=("CPAM Moselle",))
        found, reasons = score(one, line(text=METZ, date=DAY))
        self.assertEqual(found, 100)
        self.assertEqual(len(reasons), 4)

    def test_a_short_label_says_nothing(self):
        found, _reasons = score(announced(label1="VIR"), line(text="VIR CPAM"))
        self.assertEqual(found, 0)

    def test_the_name_of_the_bank_line_counts(self):
        one = announced(payer_names=("Mutuelle Exemple",))
        found, _reasons = score(one, line(name="MUTUELLE EXEMPLE"))
        self.assertEqual(found, 15)

    # --- amount and window ------------------------------------------------------

    def test_a_cent_more_is_another_transfer(self):
        result = self.match([announced()], [line(amount=10_001)])
        self.assertFalse(result.proposals)
        self.assertEqual([one.id for one in result.waiting], [1])
        self.assertEqual(result.unexplained, [1])

    def test_the_bank_has_five_working_days(self):
        last = date(2026, 3, 11)
        for day, found in ((DAY, 1), (last, 1), (last + timedelta(1), 0)):
            result = self.match([announced()], [line(date=day)])
            self.assertEqual(len(result.proposals), found, day)
        before = self.match([announced()], [line(date=DAY - timedelta(1))])
        self.assertFalse(before.proposals)

    def test_the_only_line_is_proposed_even_if_nothing_else_speaks_for_it(self):
        (one,) = self.match([announced()], [line()]).proposals
        self.assertEqual((one.score, one.is_certain), (0, False))
        self.assertEqual(one.reasons, (("amount", {}),))

    # --- the best, if there is only one -----------------------------------------

    def test_the_reference_decides_between_equal_amounts(self):
        transfers = [
            announced(1, label2="152290010995"),
            announced(2, label2="262520005600"),
        ]
        result = self.match(transfers, [line(1, text=SAONE), line(2, text=METZ)])
        self.assertEqual(self.pairs(result), {(1, 2), (2, 1)})
        self.assertTrue(all(one.is_certain for one in result.proposals))

    def test_two_equal_lines_are_left_to_a_person(self):
        result = self.match([announced()], [line(1), line(2)])
        self.assertFalse(result.proposals)
        self.assertEqual([one.line_id for one in result.unsure[1]], [1, 2])
        self.assertFalse(result.waiting or result.unexplained)

    def test_two_equal_announcements_are_left_to_a_person(self):
        result = self.match([announced(1), announced(2)], [line()])
        self.assertFalse(result.proposals)
        self.assertEqual(set(result.unsure), {1, 2})

    def test_a_worse_line_is_not_taken_because_two_better_ones_are_equal(self):
        good = [line(1, date=DAY), line(2, date=DAY)]
        result = self.match([announced()], [*good, line(3)])
        self.assertFalse(result.proposals)
        self.assertEqual([one.line_id for one in result.unsure[1]], [1, 2, 3])

    def test_what_is_certain_leaves_the_rest_to_the_other(self):
        transfers = [announced(1, label2="152290010995"), announced(2)]
        result = self.match(transfers, [line(1, text=METZ), line(2)])
        self.assertEqual(self.pairs(result), {(1, 1), (2, 2)})

    # --- two lists --------------------------------------------------------------

    def test_announced_and_not_received_received_and_not_announced(self):
        transfers = [announced(1), announced(2, 20_000)]
        result = self.match(transfers, [line(1), line(2, 30_000), line(3, -10_000)])
        self.assertEqual(self.pairs(result), {(1, 1)})
        self.assertEqual([one.id for one in result.waiting], [2])
        self.assertEqual(result.unexplained, [2])

    def test_a_transfer_of_which_all_was_retained_awaits_nothing(self):
        result = self.match([announced(1, 0), announced(2, -500)], [line(1, 0)])
        self.assertEqual([one.id for one in result.nothing_due], [1, 2])
        self.assertFalse(result.waiting or result.unexplained)

    def test_a_transfer_is_overdue_after_some_working_days(self):
        late = is_overdue(announced(), date(2026, 3, 12), FRANCE, 5)
        self.assertTrue(late)
        self.assertFalse(is_overdue(announced(), date(2026, 3, 11), FRANCE, 5))
        self.assertFalse(is_overdue(announced(amount=0), date(2027, 1, 1), FRANCE, 5))

    def test_payers_are_known_by_their_words(self):
        for text, kind in (
            (METZ, "amo"),
            ("VIR MSA DES CHARENTES", "amo"),
            ("VIREMENT VIAMEDIS 2026", "amc"),
            ("Mutuelle Exemple", "amc"),
            ("VIR M DUPONT", ""),
            ("", ""),
        ):
            self.assertEqual(kind_of_payer(text), kind, text)
        self.assertTrue(looks_like_payer(line(text=METZ)))
        self.assertFalse(looks_like_payer(line(amount=-1, text=METZ)))
        self.assertFalse(looks_like_payer(line(text="VIR M DUPONT")))

    def test_many_transfers_of_one_amount_stay_quick(self):
        days = [DAY + timedelta(days) for days in range(0, 700, 7)]
        transfers = [announced(rank, date=day) for rank, day in enumerate(days)]
        lines = [line(rank, date=day) for rank, day in enumerate(days)]
        result = self.match(transfers, lines)
        self.assertEqual(
            self.pairs(result), {(rank, rank) for rank in range(len(days))}
        )

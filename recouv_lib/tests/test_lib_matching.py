from datetime import date
from random import Random

from odoo.tests import BaseCase, tagged

from ..lib.matching import (
    Book,
    Evidence,
    Item,
    Line,
    choose,
    compare_names,
    compare_number,
    name_words,
    number_keys,
    propose,
    spread,
)

DUPONT, DURAND = 1, 2


def item(number, residual, partner=DUPONT, currency="EUR", day=1):
    return Item(number, partner, residual, currency, date(2026, 6, day))


@tagged("post_install", "-at_install")
class TestLibMatching(BaseCase):
    def best(self, amount, evidence, items, currency="EUR"):
        found = self.all(amount, evidence, items, currency)
        return found[0] if found else None

    def all(self, amount, evidence, items, currency="EUR"):
        return propose(Line(9, {currency: amount}), evidence, Book(items))

    def named(self, code, *item_ids, partner=DUPONT, **values):
        return Evidence(9, code, item_ids, partner, **values)

    def debtor(self, code, partner=DUPONT):
        return Evidence(9, code, partner_id=partner)

    # --- names ---------------------------------------------------------------------

    def test_a_name_in_any_order_without_accents_and_titles(self):
        for text in ("LEFEVRE ZOE", "Mme Zoé Lefèvre", "M OU MME LEFEVRE-ZOE"):
            self.assertEqual(compare_names("Zoé Lefèvre", name_words(text)), "name")

    def test_half_a_name_is_no_name(self):
        self.assertEqual(compare_names("Zoé Lefèvre", name_words("ZOE MARTIN")), "")
        self.assertEqual(compare_names("Zoé", name_words("ZOE")), "")
        self.assertEqual(compare_names("", name_words("ZOE")), "")

    def test_most_of_a_long_name_is_nearly_the_name(self):
        words = name_words("LEFEVRE ZOE")
        self.assertEqual(compare_names("Zoé Lefèvre Martin", words), "name_close")

    # --- numbers -------------------------------------------------------------------

    def test_a_number_as_written_or_nearly(self):
        for text in (
            "FAC/2026/00012",
            "facture fac 2026 00012 merci",
            "FAC-2026-00012",
            "FAC202600012",
            "FAC/2026/0 0012",
        ):
            self.assertEqual(compare_number("FAC/2026/00012", text), "number", text)
        for text in ("2026/00012", "202600012", "2026-12", "facture 2026 0012"):
            found = compare_number("FAC/2026/00012", text)
            self.assertEqual(found, "number_loose", text)

    def test_another_number_is_not_this_one(self):
        for text in ("FAC/2026/000123", "FAC/2026/0001", "", "FAC", "12", "2026"):
            self.assertEqual(compare_number("FAC/2026/00012", text), "", text)

    def test_a_short_number_needs_its_prefix(self):
        self.assertEqual(compare_number("F0012", "paiement F0012"), "number")
        self.assertEqual(compare_number("F0012", "paiement 0012"), "")

    def test_the_keys_of_a_long_text_stay_few(self):
        text = " ".join(str(number) for number in range(1000, 1400))
        self.assertLess(len(number_keys(text)), 400)

    # --- amounts -------------------------------------------------------------------

    def test_which_items_an_amount_is_made_of(self):
        items = [item(1, 6000), item(2, 4500), item(3, 3000), item(4, 1000)]
        self.assertEqual(choose(4500, items), ("one", [items[1]]))
        self.assertEqual(choose(14500, items)[0], "all")
        self.assertEqual(choose(7500, items), ("some", [items[1], items[2]]))
        self.assertEqual(choose(1234, items), ("", []))

    def test_two_ways_to_make_an_amount_are_none(self):
        items = [item(1, 3000), item(2, 2000), item(3, 1000), item(4, 4000)]
        self.assertEqual(choose(5000, items), ("", []))

    def test_a_credit_is_deducted(self):
        items = [item(1, 6000), item(2, -1500)]
        self.assertEqual(choose(4500, items), ("all", items))

    def test_equal_items_take_the_oldest(self):
        items = [item(1, 2500, day=1), item(2, 2500, day=2)]
        self.assertEqual(choose(2500, items), ("same_amount", items[:1]))

    def test_an_amount_is_spread_over_the_oldest(self):
        items = [item(1, 6000), item(2, -500), item(3, 4500)]
        self.assertEqual(spread(8000, items), ([(1, 6000), (3, 2000)], 0))
        self.assertEqual(spread(12000, items), ([(1, 6000), (3, 4500)], 1500))
        self.assertEqual(spread(-700, items), ([(2, -500)], -200))

    # --- proposals -----------------------------------------------------------------

    def test_an_exact_reference_and_amount_is_as_sure_as_can_be(self):
        found = self.best(6000, [self.named("notice", 1)], [item(1, 6000)])
        self.assertEqual(found.score, 100)
        self.assertEqual(found.allocations, [(1, 6000)])
        self.assertEqual(found.rest, 0)

    def test_nothing_else_reaches_a_hundred(self):
        evidence = [self.named("number", 1), self.debtor("iban"), self.debtor("name")]
        self.assertEqual(self.best(6000, evidence, [item(1, 6000)]).score, 99)

    def test_a_part_of_a_notice(self):
        items = [item(1, 6000, day=1), item(2, 4500, day=2)]
        found = self.best(8000, [self.named("notice", 1, 2)], items)
        self.assertEqual(found.allocations, [(1, 6000), (2, 2000)])
        self.assertLess(found.score, 100)
        self.assertIn("part", [code for code, _values in found.reasons])

    def test_too_much_stays_with_the_debtor(self):
        found = self.best(7000, [self.named("notice", 1)], [item(1, 6000)])
        self.assertEqual((found.rest, found.partner_id), (1000, DUPONT))
        self.assertLess(found.score, 100)

    def test_too_much_for_one_invoice_may_pay_the_debtors_next(self):
        items = [item(1, 6000), item(2, 1000)]
        found = self.best(7000, [self.named("number", 1)], items)
        self.assertEqual(found.allocations, [(1, 6000), (2, 1000)])
        self.assertEqual(found.rest, 0)

    def test_a_notice_that_is_paid_already(self):
        found = self.best(6000, [self.named("notice", 1)], [])
        self.assertEqual((found.allocations, found.rest), ([], 6000))
        self.assertEqual(found.partner_id, DUPONT)
        self.assertLess(found.score, 50)

    def test_someone_else_pays(self):
        evidence = [self.named("number", 1), self.debtor("iban", DURAND)]
        found = self.best(6000, evidence, [item(1, 6000)])
        self.assertEqual(found.partner_id, DUPONT)
        self.assertIn(("third_party", {}), found.reasons)
        self.assertLess(found.score, 90)

    def test_two_debtors_alike_are_not_decided(self):
        evidence = [self.debtor("name"), self.debtor("name", DURAND)]
        found = self.all(6000, evidence, [item(1, 6000), item(2, 6000, DURAND)])
        self.assertEqual([one.score for one in found], [50, 50])
        self.assertIn(("ambiguous", {}), found[0].reasons)

    def test_an_exact_number_beats_a_loose_one(self):
        evidence = [
            self.named("number_loose", 2, partner=DURAND),
            self.named("number", 1),
        ]
        found = self.all(6000, evidence, [item(1, 6000), item(2, 6000, DURAND)])
        self.assertEqual([one.allocations for one in found], [[(1, 6000)]])

    def test_several_numbers_are_paid_together(self):
        evidence = [self.named("number", 1), self.named("number", 2, partner=DURAND)]
        items = [item(1, 6000), item(2, 4500, DURAND)]
        found = self.best(10500, evidence, items)
        self.assertEqual(found.allocations, [(1, 6000), (2, 4500)])

    def test_an_amount_alone_says_little_and_only_alone(self):
        evidence = [self.named("amount", 1)]
        self.assertEqual(self.best(6000, evidence, [item(1, 6000)]).score, 30)
        evidence.append(self.debtor("name", DURAND))
        self.assertFalse(self.all(6000, evidence, [item(1, 6000)]))

    def test_a_refund_closes_a_credit(self):
        found = self.best(-3000, [self.named("number", 1)], [item(1, -3000)])
        self.assertEqual(found.allocations, [(1, -3000)])

    def test_money_out_never_pays_an_invoice(self):
        self.assertFalse(self.all(-6000, [self.named("number", 1)], [item(1, 6000)]))
        self.assertFalse(self.all(-6000, [self.debtor("iban")], [item(1, 6000)]))

    def test_another_currency_is_not_compared(self):
        items = [item(1, 6000, currency="CHF")]
        self.assertFalse(self.all(6000, [self.named("number", 1)], items))
        line = Line(9, {"EUR": 5500, "CHF": 6000})
        found = propose(line, [self.named("notice", 1)], Book(items))
        self.assertEqual((found[0].currency, found[0].score), ("CHF", 100))
        self.assertEqual(len(found), 1)

    def test_evidence_of_another_add_on_brings_its_own_weight(self):
        evidence = [self.named("payer_return", 1, 2, weight=85, certain=True)]
        found = self.best(10500, evidence, [item(1, 6000), item(2, 4500)])
        self.assertEqual((found.rule, found.score), ("payer_return", 100))

    # --- laws that always hold -------------------------------------------------------

    def test_what_is_given_never_exceeds_the_movement_nor_the_items(self):
        dice = Random(11)
        for _turn in range(500):
            items = [
                item(
                    n,
                    dice.choice((1, -1)) * dice.randint(1, 60) * 100,
                    dice.choice((DUPONT, DURAND)),
                )
                for n in range(1, dice.randint(2, 8))
            ]
            codes = dice.sample(["notice", "number", "iban", "name"], 2)
            evidence = [
                self.named(code, *(i.id for i in dice.sample(items, 1)))
                if code in ("notice", "number")
                else self.debtor(code)
                for code in codes
            ]
            amount = dice.choice((1, -1)) * dice.randint(1, 90) * 100
            for found in self.all(amount, evidence, items):
                given = dict(found.allocations)
                self.assertEqual(sum(given.values()) + found.rest, amount)
                for one in items:
                    part = given.get(one.id, 0)
                    self.assertLessEqual(abs(part), abs(one.residual))
                    self.assertGreaterEqual(part * one.residual, 0)
                self.assertTrue(1 <= found.score <= 100)

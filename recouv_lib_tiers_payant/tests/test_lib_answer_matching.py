from datetime import date
from random import Random
from time import process_time

from odoo.tests import BaseCase, tagged

from ..lib.answer_matching import Answer, Match, Share, match_answers

PAUL, JEANNE = "1000199999001", "2000299999002"
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


def share(id_=1, part="O", **values):
    known = {
        "number": "000000042", "lot": "007", "nir": PAUL + "67",
        "dates": (FIRST,), "amount": 1750,
    }  # fmt: skip
    return Share(id_, part, **(known | values))


def answer(id_=1, part="O", **values):
    known = {
        "number": "000000042", "lot": "007", "nir": PAUL,
        "dates": (FIRST,), "amount": 1750,
    }  # fmt: skip
    return Answer(id_, part, **(known | values))


@tagged("post_install", "-at_install")
class TestAnswerMatching(BaseCase):
    def one(self, wanted, *shares):
        (found,) = match_answers([wanted], shares)
        self.assertIsInstance(found, Match)
        self.assertEqual(found.answer_id, wanted.id)
        return found

    def found(self, wanted, *shares):
        match = self.one(wanted, *shares)
        return match.share_id, match.how

    def missed(self, wanted, *shares):
        match = self.one(wanted, *shares)
        self.assertIsNone(match.share_id)
        self.assertEqual(match.how, "none")
        return match.reason

    # --- the three ways ---------------------------------------------------------

    def test_number_lot_and_nir_name_one_share(self):
        others = [share(2, number="000000043"), share(3, lot="008"), share(4, "C")]
        self.assertEqual(self.found(answer(), share(), *others), (1, "number_lot_nir"))

    def test_a_number_alone_names_the_one_open_share_that_has_it(self):
        bare = answer(nir="", lot="", dates=(), amount=0)
        self.assertEqual(self.found(bare, share(), share(2, "C")), (1, "number"))
        closed = share(2, is_open=False)
        self.assertEqual(self.found(bare, share(), closed), (1, "number"))
        self.assertEqual(self.missed(bare, share(), share(2)), "ambiguous")
        self.assertEqual(self.missed(bare, share(is_open=False)), "unknown")

    def test_a_number_is_not_enough_where_the_answer_says_more(self):
        for more in ({"nir": JEANNE}, {"dates": (SECOND,)}, {"lot": "009"}):
            wanted = answer(**{"nir": "", "lot": "", "dates": (), **more})
            self.assertTrue(self.missed(wanted, share()), more)

    def test_zeros_in_front_and_the_key_do_not_matter(self):
        wanted = answer(number="42", lot="7", nir=PAUL + "67")
        self.assertEqual(self.found(wanted, share()), (1, "number_lot_nir"))

    def test_without_the_lot_number_and_date_do(self):
        self.assertEqual(self.found(answer(lot=""), share()), (1, "number_date"))
        self.assertEqual(self.found(answer(nir=""), share()), (1, "number_date"))

    def test_the_date_may_be_that_of_care_or_of_the_invoice(self):
        wanted = answer(lot="", dates=(None, SECOND))
        two_days = share(dates=(FIRST, SECOND))
        self.assertEqual(self.found(wanted, two_days), (1, "number_date"))
        self.assertEqual(self.missed(wanted, share()), "unknown")

    def test_without_a_number_person_date_and_amount_do(self):
        wanted = answer(number="", lot="")
        self.assertEqual(self.found(wanted, share()), (1, "nir_date_amount"))
        unnumbered = share(number="", lot="")
        self.assertEqual(self.found(answer(), unnumbered), (1, "nir_date_amount"))

    def test_the_number_of_a_paper_invoice_may_be_the_payers(self):
        wanted = answer(number="999000111", lot="")
        self.assertEqual(self.missed(wanted, share()), "other_number")
        paper = wanted._replace(is_paper=True)
        self.assertEqual(self.found(paper, share()), (1, "nir_date_amount"))

    # --- never a guess ----------------------------------------------------------

    def test_the_parts_are_kept_apart(self):
        wanted = answer(part="C")
        self.assertEqual(self.missed(wanted, share()), "unknown")
        self.assertEqual(
            self.found(wanted, share(), share(2, "C")), (2, "number_lot_nir")
        )

    def test_number_and_date_of_another_person_are_not_enough(self):
        match = self.one(answer(lot="", nir=JEANNE), share())
        self.assertEqual((match.share_id, match.reason), (None, "other_person"))
        self.assertEqual(match.candidates, (1,))

    def test_a_child_is_known_by_the_parents_number_or_its_own(self):
        wanted = answer(nir=JEANNE, own_nir=PAUL)
        self.assertEqual(self.found(wanted, share()), (1, "number_lot_nir"))
        mothers = share(nir=JEANNE)
        self.assertEqual(self.found(wanted, mothers), (1, "number_lot_nir"))

    def test_a_share_whose_person_is_unknown_may_be_found_by_number(self):
        self.assertEqual(self.found(answer(), share(nir="")), (1, "number_date"))

    def test_two_equal_shares_are_left_to_a_person(self):
        twins = [share(1, number=""), share(2, number="")]
        match = self.one(answer(number=""), *twins)
        self.assertEqual((match.share_id, match.reason), (None, "ambiguous"))
        self.assertEqual(match.candidates, (1, 2))

    def test_two_equal_answers_without_number_are_left_to_a_person(self):
        wanted = [answer(1, number=""), answer(2, number="")]
        found = match_answers(wanted, [share()])
        self.assertEqual([match.share_id for match in found], [None, None])
        self.assertEqual({match.reason for match in found}, {"ambiguous"})

    def test_a_share_with_a_better_answer_is_not_taken_by_a_weaker_one(self):
        good, weak = answer(1), answer(2, number="", lot="")
        for order in ([good, weak], [weak, good]):
            found = {m.answer_id: m for m in match_answers(order, [share()])}
            self.assertEqual(found[1].share_id, 1)
            self.assertEqual(found[2].reason, "claimed")

    def test_an_answer_that_names_nothing_is_told(self):
        empty = answer(number="000000000", nir="0" * 13)
        self.assertEqual(self.missed(empty, share()), "nothing_to_find")

    def test_at_most_five_candidates_are_given(self):
        twins = [share(rank, number="") for rank in range(9)]
        match = self.one(answer(number=""), *twins)
        self.assertEqual(match.candidates, (0, 1, 2, 3, 4))

    # --- numbers used again -----------------------------------------------------

    def test_a_number_used_again_is_told_apart_by_its_date(self):
        old = share(1, dates=(date(2024, 3, 2),))
        self.assertEqual(self.found(answer(), old, share(2)), (2, "number_lot_nir"))

    def test_an_attempt_is_told_apart_by_its_lot(self):
        shares = [share(1, nir="", lot="007"), share(2, nir="", lot="009")]
        self.assertEqual(self.found(answer(lot="009"), *shares), (2, "number_date"))

    def test_of_two_attempts_the_one_that_still_waits_is_meant(self):
        shares = [share(1, is_open=False), share(2)]
        self.assertEqual(self.found(answer(), *shares), (2, "number_lot_nir"))

    def test_a_second_answer_finds_the_share_that_was_settled(self):
        """A rejection, then a payment: both belong to one share."""
        wanted = [answer(1), answer(2)]
        found = match_answers(wanted, [share(is_open=False)])
        self.assertEqual([match.share_id for match in found], [1, 1])

    # --- much of it -------------------------------------------------------------

    def test_answers_keep_their_order(self):
        wanted = [answer(rank, number=str(rank)) for rank in (3, 1, 2)]
        shares = (share(rank, number=str(rank)) for rank in range(1, 9))
        found = match_answers(wanted, shares)
        self.assertEqual([match.share_id for match in found], [3, 1, 2])

    def test_no_wrong_share_among_many_like_it(self):
        """Whatever is missing in the answers, what is found is right."""
        rng = Random(11)
        shares, wanted = [], []
        for rank in range(3000):
            nir = f"1{rng.randrange(30):012}"
            day = date(2026, 1, 1 + rng.randrange(28))
            values = {
                "number": f"{rank % 2500:09}", "lot": f"{rank // 50:03}", "nir": nir,
                "dates": (day,), "amount": rng.choice((1613, 2500, 1750)),
            }  # fmt: skip
            shares.append(share(rank, rng.choice("OC"), **values))
            hidden = rng.choice(("number", "lot", "nir", "dates", ""))
            empty = {hidden: () if hidden == "dates" else ""} if hidden else {}
            wanted.append(answer(rank, shares[-1].part, **(values | empty)))
        found = match_answers(wanted, iter(shares))
        wrong = [m for m in found if m.share_id not in (None, m.answer_id)]
        self.assertFalse(wrong)
        missed = [m for m in found if m.share_id is None]
        self.assertLess(len(missed), 60)

    def test_time_grows_with_the_shares_not_with_their_square(self):
        def seconds(count):
            shares = [
                share(rank, number=f"{rank:09}", nir=f"1{rank:012}")
                for rank in range(count)
            ]
            wanted = [
                answer(rank, number=f"{rank:09}", nir=f"1{rank:012}")
                for rank in range(0, count, 10)
            ]
            start = process_time()
            match_answers(wanted, shares)
            return process_time() - start

        seconds(500)
        small, large = seconds(3000), seconds(24_000)
        self.assertLess(large, 30 * small)

import random
import unittest
from decimal import Decimal as D

from odoo.addons.recouv_lib_factoring.lib.indemnity import (
    BadTerms,
    Terms,
    Year,
    indemnity,
    settle,
    share_recovery,
)

NINETY = Terms(D(90))


class TestIndemnity(unittest.TestCase):
    """The account of a loss (law.md §9)."""

    def test_the_limit_then_the_insured_share(self):
        """The vector of the sources: 40,000 unpaid, 30,000 covered, 90 %."""
        account = indemnity(D(40000), D(30000), NINETY)
        self.assertEqual(account.loss, D(30000))
        self.assertEqual(account.payable, D(27000))

    def test_the_yearly_deductible_swallows_losses_until_it_is_used(self):
        """The vector of the sources: 50,000 and 20,000 count 45,000 and 18,000."""
        terms = Terms(D(90), annual_deductible=D(100000))
        one, two = settle([(D(50000), D(50000)), (D(20000), D(20000))], terms)
        self.assertEqual((one.counted, two.counted), (D(45000), D(18000)))
        self.assertEqual((one.payable, two.payable), (D(0), D(0)))

    def test_what_is_left_of_the_yearly_deductible_is_taken_once(self):
        terms = Terms(D(90), annual_deductible=D(50000))
        accounts = settle([(D(50000), D(50000)), (D(20000), D(20000))], terms)
        self.assertEqual([a.absorbed for a in accounts], [D(45000), D(5000)])
        self.assertEqual([a.payable for a in accounts], [D(0), D(13000)])

    def test_the_deductible_of_a_loss_comes_off_the_insured_share(self):
        account = indemnity(D(1000), D(5000), Terms(D(80), deductible=D(150)))
        self.assertEqual((account.gross, account.payable), (D(800), D(650)))

    def test_a_deductible_larger_than_the_share_leaves_nothing(self):
        account = indemnity(D(100), D(100), Terms(D(90), deductible=D(500)))
        self.assertEqual((account.deductible, account.payable), (D(90), D(0)))

    def test_a_loss_below_the_least_is_not_paid_and_counts_for_nothing(self):
        terms = Terms(D(90), least=D(500), annual_deductible=D(1000))
        account = indemnity(D("499.99"), D(5000), terms)
        self.assertEqual((account.counted, account.payable), (D(0), D(0)))
        self.assertEqual(indemnity(D(500), D(5000), terms).counted, D(450))

    def test_the_least_is_asked_of_what_is_unpaid_not_of_what_is_covered(self):
        terms = Terms(D(90), least=D(500))
        self.assertEqual(indemnity(D(600), D(100), terms).payable, D(90))

    def test_the_most_of_the_year_caps_and_says_so(self):
        terms = Terms(D(90), maximum=D(30000))
        one, two, three = settle([(D(30000), D(30000))] * 3, terms)
        self.assertEqual([a.payable for a in (one, two, three)], [27000, 3000, 0])
        self.assertEqual(two.capped, D(24000))

    def test_a_year_already_used_counts(self):
        year = Year(absorbed=D(900), payable=D(50))
        terms = Terms(D(100), annual_deductible=D(1000), maximum=D(250))
        account = indemnity(D(500), D(500), terms, year)
        self.assertEqual((account.absorbed, account.payable), (D(100), D(200)))

    def test_sums_are_rounded_as_the_currency_is(self):
        third = Terms(D("66.67"))
        self.assertEqual(indemnity(D("100.01"), D(999), third).gross, D("66.68"))
        yen = Terms(D("66.67"), unit=D(1))
        self.assertEqual(indemnity(D(101), D(999), yen).gross, D(67))
        rappen = Terms(D("66.67"), unit=D("0.05"))
        self.assertEqual(indemnity(D(100), D(999), rappen).gross, D("66.65"))

    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(indemnity(D("0.01"), D(1), Terms(D(50))).gross, D("0.01"))

    def test_what_no_policy_says_is_refused(self):
        for values in (
            {"share": D(-1)},
            {"share": D(101)},
            {"share": D(90), "deductible": D(-1)},
            {"share": D(90), "maximum": D(-1)},
            {"share": D(90), "unit": D(0)},
        ):
            with self.subTest(**values), self.assertRaises(BadTerms):
                Terms(**values)
        with self.assertRaises(BadTerms):
            indemnity(D(-1), D(1), NINETY)
        with self.assertRaises(BadTerms):
            indemnity(D(1), D(-1), NINETY)


class TestIndemnityProperties(unittest.TestCase):
    """What must hold for any policy and any year of losses."""

    def years(self):
        draw = random.Random(20260615)
        for _round in range(400):
            cents = draw.randrange
            terms = Terms(
                share=D(cents(1, 10001)) / 100,
                deductible=D(cents(0, 50000)) / 100,
                least=D(cents(0, 50000)) / 100,
                annual_deductible=D(draw.choice((0, cents(0, 10**6)))) / 100,
                maximum=draw.choice((None, D(cents(0, 10**7)) / 100)),
                unit=draw.choice((D("0.01"), D("0.05"), D(1))),
            )
            losses = [
                (D(cents(0, 10**6)) / 100, D(cents(0, 10**6)) / 100)
                for _one in range(draw.randrange(1, 8))
            ]
            yield terms, losses

    def test_the_account_adds_up(self):
        for terms, losses in self.years():
            for account in settle(losses, terms):
                parts = account.absorbed + account.capped + account.payable
                self.assertEqual(account.counted, parts)
                self.assertGreaterEqual(account.payable, 0)
                self.assertLessEqual(account.loss, account.unpaid)
                self.assertLessEqual(account.payable, account.gross)

    def test_a_year_never_exceeds_its_most_nor_its_deductible(self):
        for terms, losses in self.years():
            accounts = settle(losses, terms)
            absorbed = sum(account.absorbed for account in accounts)
            self.assertLessEqual(absorbed, terms.annual_deductible)
            if terms.maximum is not None:
                paid = sum(account.payable for account in accounts)
                self.assertLessEqual(paid, terms.maximum)

    def test_a_larger_loss_never_pays_less(self):
        for terms, losses in self.years():
            unpaid, limit = losses[0]
            less = indemnity(unpaid, limit, terms).payable
            self.assertLessEqual(less, indemnity(unpaid + 1, limit, terms).payable)
            self.assertLessEqual(less, indemnity(unpaid, limit + 1, terms).payable)


class TestRecovery(unittest.TestCase):
    """Money come after the indemnity is shared by what each one bore."""

    def test_in_proportion_of_what_each_bore_net_of_costs(self):
        shared = share_recovery(D(4200), D(200), (D(27000), D(13000)))
        self.assertEqual(shared.costs, D(200))
        self.assertEqual((shared.insurer, shared.insured), (D(2700), D(1300)))

    def test_many_small_sums_are_shared_as_one(self):
        borne, before = (D(27000), D(13000)), (D(0), D(0))
        for _time in range(300):
            one = share_recovery(D("1.01"), D(0), borne, before)
            before = (before[0] + D("1.01"), before[1] + one.insurer)
        whole = share_recovery(D(303), D(0), borne)
        self.assertEqual(before, (D(303), whole.insurer))

    def test_the_insurer_gets_back_no_more_than_it_paid(self):
        shared = share_recovery(D(50000), D(0), (D(27000), D(13000)))
        self.assertEqual((shared.insurer, shared.insured), (D(27000), D(23000)))

    def test_costs_are_never_more_than_what_came(self):
        shared = share_recovery(D(100), D(150), (D(90), D(10)))
        self.assertEqual((shared.costs, shared.insurer), (D(100), D(0)))

    def test_nobody_bore_anything(self):
        with self.assertRaises(BadTerms):
            share_recovery(D(1), D(0), (D(0), D(0)))
        with self.assertRaises(BadTerms):
            share_recovery(D(-1), D(0), (D(1), D(1)))

    def test_any_sequence_adds_up(self):
        draw = random.Random(7)
        for _round in range(300):
            borne = D(draw.randrange(0, 10**6)) / 100, D(draw.randrange(1, 10**6)) / 100
            before = D(0), D(0)
            for _one in range(6):
                amount = D(draw.randrange(0, 10**5)) / 100
                costs = D(draw.randrange(0, 10**4)) / 100
                one = share_recovery(amount, costs, borne, before)
                self.assertEqual(one.costs + one.insurer + one.insured, amount)
                self.assertGreaterEqual(min(one.insurer, one.insured), 0)
                net = one.insurer + one.insured
                before = before[0] + net, before[1] + one.insurer
            self.assertLessEqual(before[1], borne[0])

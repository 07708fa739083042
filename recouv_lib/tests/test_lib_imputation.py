import unittest
from datetime import date

from odoo.addons.recouv_lib.lib.imputation import Debt, impute

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


class TestImputation(unittest.TestCase):
    """Code civil, art. 1342-10."""

    def test_the_oldest_debt_is_paid_first(self):
        debts = [Debt(1, 6000, JUNE), Debt(2, 10000, MAY)]
        self.assertEqual(impute(12000, debts), {2: 10000, 1: 2000})

    def test_what_is_due_goes_before_what_is_not(self):
        debts = [Debt(1, 5000, MAY, is_due=False), Debt(2, 5000, JUNE)]
        self.assertEqual(impute(5000, debts), {2: 5000})

    def test_the_debt_that_presses_most_goes_before_an_older_one(self):
        debts = [Debt(1, 5000, MAY), Debt(2, 5000, JUNE, weight=1)]
        self.assertEqual(impute(6000, debts), {2: 5000, 1: 1000})

    def test_what_is_not_due_is_never_pressing_enough(self):
        debts = [Debt(1, 5000, JULY, is_due=False, weight=1), Debt(2, 5000, JUNE)]
        self.assertEqual(impute(5000, debts), {2: 5000})

    def test_equal_debts_share_in_proportion(self):
        debts = [Debt(1, 9000, MAY), Debt(2, 3000, MAY)]
        self.assertEqual(impute(4000, debts), {1: 3000, 2: 1000})

    def test_no_cent_is_lost_in_sharing(self):
        debts = [Debt(n, 1000, MAY) for n in (1, 2, 3)]
        given = impute(1000, debts)
        self.assertEqual(sum(given.values()), 1000)
        self.assertEqual(sorted(given.values()), [333, 333, 334])

    def test_more_than_is_owed_stays_over(self):
        self.assertEqual(impute(9000, [Debt(1, 5000, MAY)]), {1: 5000})

    def test_nothing_is_laid_of_nothing(self):
        self.assertEqual(impute(0, [Debt(1, 5000, MAY)]), {})
        self.assertEqual(impute(-5, [Debt(1, 5000, MAY)]), {})

    def test_credits_take_nothing(self):
        self.assertEqual(
            impute(100, [Debt(1, -5000, MAY), Debt(2, 100, MAY)]), {2: 100}
        )

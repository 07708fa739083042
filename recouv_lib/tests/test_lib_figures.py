from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import figures


@tagged("post_install", "-at_install")
class TestFigures(BaseCase):
    def test_dso_is_the_share_of_the_sales_still_owed_in_days(self):
        self.assertAlmostEqual(figures.dso(1000, 12000, 360), 30)

    def test_without_sales_there_is_no_dso(self):
        self.assertIsNone(figures.dso(1000, 0, 360))
        self.assertIsNone(figures.dso(1000, -5, 360))

    def test_count_back_eats_the_latest_months_first(self):
        months = [(100, 30), (200, 30), (500, 30)]
        self.assertAlmostEqual(figures.dso_count_back(200, months), 45)

    def test_count_back_passes_over_a_month_without_sales(self):
        self.assertAlmostEqual(figures.dso_count_back(50, [(0, 30), (100, 30)]), 45)

    def test_count_back_owns_that_the_months_are_too_few(self):
        self.assertIsNone(figures.dso_count_back(500, [(100, 30)]))
        self.assertEqual(figures.dso_count_back(0, []), 0)

    def test_all_that_fell_due_came_in(self):
        self.assertEqual(figures.collection_effectiveness(100, 900, 50, 50), 100)

    def test_half_of_what_fell_due_came_in(self):
        self.assertEqual(figures.collection_effectiveness(100, 900, 500, 0), 50)

    def test_nothing_to_collect_has_no_effectiveness(self):
        self.assertIsNone(figures.collection_effectiveness(0, 0, 0, 0))

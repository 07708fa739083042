"""Class set-ups that test classes share (setup/recouv_setup/grounds.py).

The classes run in this order: what one of them leaves, the next one would find.
"""

from datetime import date

from freezegun import freeze_time
from recouv_setup import pytest_grounds

from odoo.tests import tagged

from odoo.addons.recouv_lib.tests.common import RecouvCommon

LOGINS = ["accountman", "secretary", "simple_accountman"]


class GroundCommon(RecouvCommon):
    title = "Ground"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made_for, cls.made_on = cls.__name__, date.today()
        cls.ground = cls.make_patient(cls.title)
        cls.noted = []


class GroundTests:
    """What holds for every class on this ground, whoever came before."""

    def test_1_all_is_there_as_if_it_had_been_made_for_this_class(self):
        self.assertEqual(self.ground.name, self.title)
        self.assertEqual(self.patient.name, "Camille Martin")
        self.assertEqual(self.secretary.login, "secretary")
        self.assertEqual(self.env.user.login, "accountman")
        self.assertEqual(self.env.company, self.company)
        self.assertEqual(self.company.name, "company_1_data")
        self.assertEqual(self.noted, [])
        self.assertFalse(self.patient.ref)
        names = ["Left by a class", "Left by a test"]
        self.assertFalse(self.env["res.partner"].search([("name", "in", names)]))

    def test_2_nobody_is_there_twice(self):
        users = self.env["res.users"].sudo().with_context(active_test=False)
        found = users.search([("login", "in", LOGINS)], order="login")
        self.assertEqual(found.mapped("login"), LOGINS)

    def test_3_something_is_left_behind(self):
        self.make_patient("Left by a test")
        self.company.name = "Left by a test"
        self.noted.append("Left by a test")


@tagged("post_install", "-at_install")
class TestGroundFirst(GroundTests, GroundCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_patient("Left by a class", ref="LEFT")
        cls.company_data["left"] = cls.company

    def test_1_all_is_there_as_if_it_had_been_made_for_this_class(self):
        self.assertTrue(self.env["res.partner"].search([("ref", "=", "LEFT")]))


@tagged("post_install", "-at_install")
class TestGroundSecond(GroundTests, GroundCommon):
    def test_it_was_not_made_for_this_class(self):
        self.assertEqual(self.made_for, "GroundCommon")
        self.assertNotIn("ground", vars(type(self)))
        self.assertNotIn("left", self.company_data)
        self.assertNotEqual(self.made_on, date(2026, 3, 2))


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestGroundOnAnotherDay(GroundTests, GroundCommon):
    def test_it_is_made_on_the_day_of_the_class(self):
        self.assertEqual(self.made_for, "GroundCommon")
        self.assertEqual((self.made_on, date.today()), (date(2026, 3, 2),) * 2)


@tagged("post_install", "-at_install")
class TestGroundToday(GroundTests, GroundCommon):
    def test_who_lives_today_is_not_kept_on_another_day(self):
        self.assertNotEqual(self.made_on, date(2026, 3, 2))
        self.assertNotEqual(date.today(), date(2026, 3, 2))


@tagged("post_install", "-at_install")
class TestGroundOtherwise(GroundTests, GroundCommon):
    """Who changes what its ground reads makes it for itself."""

    title = "Otherwise"

    def test_it_was_made_for_this_class(self):
        self.assertEqual(self.made_for, "TestGroundOtherwise")


@tagged("post_install", "-at_install")
class TestGroundWithAnAttribute(GroundTests, GroundCommon):
    """Also who names otherwise what its ground makes."""

    ground = None

    def test_it_was_made_for_this_class(self):
        self.assertEqual(self.made_for, "TestGroundWithAnAttribute")


@tagged("post_install", "-at_install")
class TestGrounds(GroundCommon):
    def test_what_odoo_sets_up_is_no_ground_by_itself(self):
        modules = [ground.__module__ for ground in pytest_grounds.GROUNDS.known]
        self.assertIn(RecouvCommon.__module__, modules)
        self.assertFalse([m for m in modules if "recouv" not in m and "test_" not in m])

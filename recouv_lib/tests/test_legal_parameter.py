from datetime import date, time
from pathlib import Path

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_path, mute_logger

from odoo.addons.recouv_lib.lib.interest import (
    MissingRate,
    legal_interest,
    segments,
)
from odoo.addons.recouv_lib.lib.limitation import Case, limitation

TODAY = date(2026, 11, 21)


@tagged("post_install", "-at_install")
class TestLegalParameter(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        france = cls.env.ref("base.fr")
        companies = cls.env["res.company"].create(
            [
                {"name": "Practice A", "country_id": france.id},
                {"name": "Practice B", "country_id": france.id},
                {"name": "Cabinet suisse", "country_id": cls.env.ref("base.ch").id},
            ]
        )
        cls.practice, cls.other, cls.swiss = companies
        cls.branch = cls.env["res.company"].create(
            {"name": "Practice A, annex", "parent_id": cls.practice.id}
        )
        cls.secretary = cls._user("secretary", "recouv_lib.group_user")
        cls.manager = cls._user("manager", "recouv_lib.group_manager")
        cls.accountant = cls._user("accountant", "account.group_account_readonly")
        cls.parameters = cls.env["recouv.legal.parameter"]

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=cls.practice.id,
            company_ids=[(6, 0, cls.practice.ids)],
        )

    def _as(self, user):
        return self.parameters.with_user(user).with_company(self.practice)

    def _create(self, parameters=None, **values):
        model = self.parameters if parameters is None else parameters
        defaults = {"name": "Trial", "code": "trial", "source": "Art. 1"}
        return model.create({**defaults, **values})

    # --- values of the law ------------------------------------------------------

    def test_the_legal_rates_are_known_until_the_end_of_2026(self):
        parameters = self._as(self.secretary)
        rates = {
            (2023, 1): 2.06,
            (2023, 7): 4.22,
            (2024, 1): 5.07,
            (2024, 7): 4.92,
            (2025, 1): 3.71,
            (2025, 7): 2.76,
            (2026, 1): 2.62,
            (2026, 7): 2.75,
        }
        for (year, month), rate in rates.items():
            found = parameters._get("legal_rate", date(year, month, 1))
            self.assertAlmostEqual(found, rate)

    def test_a_missing_value_names_code_and_date_and_is_never_guessed(self):
        with self.assertRaisesRegex(UserError, r"legal_rate.*01/01/2027"):
            self._as(self.secretary)._get("legal_rate", date(2027, 1, 1))
        with self.assertRaisesRegex(UserError, "no_such_code"):
            self._as(self.secretary)._get("no_such_code", TODAY)

    def test_interest_of_the_law_by_its_own_rates(self):
        rates = self._as(self.secretary)._get_rates()
        owed = segments("1000.00", date(2026, 5, 15), date(2026, 9, 30))
        self.assertEqual(str(legal_interest(owed, rates).amount), "10.23")
        owed = segments("79.50", date(2025, 11, 20), date(2026, 11, 21))
        self.assertEqual(str(legal_interest(owed, rates).amount), "2.14")
        with self.assertRaises(MissingRate):
            legal_interest(segments(1, date(2026, 12, 1), date(2027, 2, 1)), rates)

    def test_swiss_default_interest_lasts(self):
        rates = self.parameters._get_rates("default_interest_rate", self.swiss)
        owed = segments(1000, date(2026, 6, 1), date(2026, 11, 21))
        interest = legal_interest(owed, rates, by_semester=False)
        self.assertEqual(str(interest.amount), "23.70")

    def test_limitation_by_the_values_of_the_law(self):
        parameters = self._as(self.secretary)
        durations = parameters._limitation_durations(TODAY)
        case = Case("practice", "patient", care_end=date(2025, 3, 10))
        result = limitation(case, (), durations)
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertEqual(result.possible_date, date(2030, 3, 10))

    def test_swiss_limitation_has_its_own_values(self):
        durations = self.parameters._limitation_durations(TODAY, self.swiss)
        self.assertNotIn("limitation_patient", durations)
        case = Case("practice", "patient", "CH", due_date=date(2025, 4, 9))
        self.assertEqual(limitation(case, (), durations).alarm_date, date(2030, 4, 9))

    def test_a_country_without_limitation_values_is_said_to_the_user(self):
        belgium = self.env.ref("base.be")
        durations = self.parameters._limitation_durations(TODAY, country=belgium)
        case = Case("practice", "patient", care_end=date(2025, 3, 10))
        with self.assertRaisesRegex(UserError, "limitation_patient"):
            limitation(case, (), durations)

    def test_an_order_is_served_within_the_delay_of_its_date(self):
        parameters = self._as(self.secretary)
        self.assertEqual(parameters._get("ip_service_delay", date(2026, 8, 31)), 6)
        self.assertEqual(parameters._get("ip_service_delay", date(2026, 9, 1)), 3)

    def test_contact_hours_are_a_text(self):
        windows = self._as(self.secretary)._windows(TODAY)
        self.assertEqual([w.start for w in windows], [time(10), time(14)])

    def test_every_value_says_where_it_was_read(self):
        shared = self.parameters.search([("company_id", "=", False)])
        self.assertGreater(len(shared), 40)
        self.assertTrue(all(shared.mapped("source")))
        self.assertFalse(any(shared.mapped("lawyer_validated")))
        unread = shared.filtered(lambda p: not p.checked_on)
        # what is the product's own choice was read nowhere
        known = {"general", "decision"}
        self.assertLessEqual(set(unread.mapped("confidence")), known)

    def test_every_code_is_read_by_the_product(self):
        """Who edits a value must change something."""
        text = "".join(
            path.read_text()
            for addon in self.env["ir.module.module"].search(
                [("name", "=like", "recouv_lib%"), ("state", "=", "installed")]
            )
            for folder in ("models", "lib", "wizards")
            for path in Path(file_path(f"{addon.name}/{folder}")).rglob("*.py")
        )
        shared = self.parameters.search([("company_id", "=", False)])
        unread = [
            code
            for code in set(shared.mapped("code"))
            if code not in text and f"{code.rpartition('_')[0]}_{{" not in text
        ]
        self.assertEqual(unread, [])

    def test_the_last_rate_is_flagged_to_be_read_again(self):
        rate = self.env.ref("recouv_lib.legal_parameter_legal_rate_2026_s2")
        self.assertTrue(rate.to_recheck)

    # --- which value counts -----------------------------------------------------

    def test_a_company_overrides_the_shared_value_for_itself_only(self):
        self._create(
            code="formal_notice_delay_min", value_float=12, company_id=self.practice.id
        )
        delay = "formal_notice_delay_min"
        self.assertEqual(self.parameters._get(delay, TODAY, self.practice), 12)
        self.assertEqual(self.parameters._get(delay, TODAY, self.branch), 12)
        self.assertEqual(self.parameters._get(delay, TODAY, self.other), 10)

    def test_the_branch_s_own_value_counts_before_its_parent_s(self):
        for company, days in ((self.practice, 12), (self.branch, 13)):
            self._create(
                code="formal_notice_delay_min", value_float=days, company_id=company.id
            )
        found = self.parameters._get("formal_notice_delay_min", TODAY, self.branch)
        self.assertEqual(found, 13)

    def test_the_country_decides(self):
        self.assertEqual(self.parameters._get("devis_threshold", TODAY, self.other), 70)
        with self.assertRaises(UserError):
            self.parameters._get("devis_threshold", TODAY, self.swiss)
        france = self.env.ref("base.fr")
        self.assertEqual(
            self.parameters._get("devis_threshold", TODAY, self.swiss, france), 70
        )

    def test_the_region_counts_before_the_country(self):
        self._create(value_float=1)
        self._create(value_float=2, region="GE")
        self.assertEqual(self.parameters._get("trial", TODAY), 1)
        self.assertEqual(self.parameters._get("trial", TODAY, region="GE"), 2)
        self.assertEqual(self.parameters._get("trial", TODAY, region="VD"), 1)

    def test_a_series_has_no_overlap_and_keeps_its_gaps(self):
        self._create(value_float=1, valid_to="2026-01-31")
        self._create(value_float=2, valid_from="2026-03-01")
        self._create(
            value_float=9,
            valid_from="2026-04-01",
            valid_to="2026-04-30",
            company_id=self.practice.id,
        )
        self.assertEqual(
            self.parameters._get_series("trial", self.practice),
            [
                (False, date(2026, 1, 31), 1),
                (date(2026, 3, 1), date(2026, 3, 31), 2),
                (date(2026, 4, 1), date(2026, 4, 30), 9),
                (date(2026, 5, 1), False, 2),
            ],
        )

    def test_a_corrected_value_counts_at_once(self):
        parameter = self._create(value_float=1)
        self.assertEqual(self.parameters._get("trial", TODAY), 1)
        parameter.value_float = 2
        self.assertEqual(self.parameters._get("trial", TODAY), 2)
        parameter.unlink()
        with self.assertRaises(UserError):
            self.parameters._get("trial", TODAY)

    def test_values_are_read_once(self):
        self.parameters._get("legal_rate", TODAY, self.practice)
        self.assertTrue(self.practice.account_fiscal_country_id)
        with self.assertQueryCount(0):
            for month in range(1, 12):
                self.parameters._get("legal_rate", date(2026, month, 1), self.practice)

    # --- what cannot be entered -------------------------------------------------

    def test_two_values_of_one_day_are_refused(self):
        self._create(valid_from="2026-01-01", valid_to="2026-06-30")
        self._create(valid_from="2026-07-01")
        with self.assertRaisesRegex(ValidationError, "trial overlap"):
            self._create(valid_from="2026-06-30", valid_to="2026-06-30")
        with self.assertRaisesRegex(ValidationError, "trial overlap"):
            self._create(valid_to="2026-01-01")

    def test_other_countries_and_companies_do_not_overlap(self):
        self._create()
        self._create(company_id=self.practice.id)
        self._create(country_id=self.env.ref("base.fr").id)
        self._create(region="GE")
        self.assertEqual(self.parameters.search_count([("code", "=", "trial")]), 4)

    @mute_logger("odoo.sql_db")
    def test_a_value_cannot_end_before_it_starts(self):
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._create(valid_from="2026-02-01", valid_to="2026-01-01")

    def test_a_text_must_be_there_and_readable(self):
        with self.assertRaises(ValidationError):
            self._create(unit="text")
        with self.assertRaisesRegex(ValidationError, "Mon 10h"):
            self._create(
                code="contact_windows",
                unit="text",
                value_char="Mon 10h",
                company_id=self.practice.id,
            )

    # --- who may do what --------------------------------------------------------

    def test_a_secretary_and_an_accountant_only_read(self):
        for user in (self.secretary, self.accountant):
            parameters = self._as(user)
            rate = parameters.search([("code", "=", "legal_rate")], limit=1)
            self.assertTrue(rate.name)
            with self.assertRaises(AccessError):
                rate.write({"value_float": 99})
            with self.assertRaises(AccessError):
                self._create(parameters, company_id=self.practice.id)

    def test_a_manager_writes_his_company_s_values(self):
        own = self._create(self._as(self.manager), company_id=self.practice.id)
        own.write({"value_float": 3})
        self.assertEqual(self._as(self.manager)._get("trial", TODAY), 3)

    def test_a_manager_changes_no_one_else_s_values(self):
        parameters = self._as(self.manager)
        shared = parameters.search([("code", "=", "devis_threshold")])
        with self.assertRaises(AccessError):
            shared.write({"value_float": 1})
        with self.assertRaises(AccessError):
            self._create(parameters, company_id=False)
        with self.assertRaises(AccessError):
            self._create(parameters, company_id=self.other.id)

    def test_another_company_s_values_are_not_read(self):
        theirs = self._create(company_id=self.other.id)
        self.assertNotIn(theirs, self._as(self.secretary).search([]))

    def test_a_settings_administrator_enters_the_next_rate_for_all(self):
        administrator = self._user(
            "administrator", "base.group_system,recouv_lib.group_manager"
        )
        self._create(
            self._as(administrator),
            code="legal_rate",
            unit="percent",
            value_float=2.5,
            country_id=self.env.ref("base.fr").id,
            valid_from="2027-01-01",
            valid_to="2027-06-30",
        )
        rate = self.parameters._get("legal_rate", date(2027, 1, 1), self.other)
        self.assertEqual(rate, 2.5)

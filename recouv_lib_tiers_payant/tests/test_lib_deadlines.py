from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.limitation import Case, limitation
from odoo.addons.recouv_lib.lib.working_days import Calendar

from ..lib import deadlines
from ..lib.deadlines import MissingDay, PenaltyTerms

FRANCE = Calendar("FR")
LAW = PenaltyTerms(delay=7, flat=100, percent=10.0, percent_from=10)
YEARS = {
    "limitation_payer_amo": 2.0,
    "limitation_payer_amc": 2.0,
    "tp_limitation_work_accident": 2.0,
}
MONDAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestSending(BaseCase):
    def test_eight_working_days_to_send(self):
        last = deadlines.transmission_deadline(MONDAY, FRANCE, 8)
        self.assertEqual(last, date(2026, 3, 12))

    def test_public_holidays_do_not_count(self):
        # Easter Monday is on 6 April
        last = deadlines.transmission_deadline(date(2026, 4, 1), FRANCE, 3.0)
        self.assertEqual(last, date(2026, 4, 7))

    def test_alsace_moselle_has_two_days_more(self):
        local = Calendar("FR", "Alsace-Moselle")
        last = deadlines.transmission_deadline(date(2026, 4, 1), local, 3)
        self.assertEqual(last, date(2026, 4, 8))

    def test_a_missing_acknowledgment_is_late_after_two_working_days(self):
        friday = date(2026, 3, 6)
        self.assertEqual(
            deadlines.acknowledgment_alert(friday, FRANCE, 2), date(2026, 3, 10)
        )
        late = deadlines.acknowledgment_is_late
        self.assertFalse(late(friday, date(2026, 3, 10), FRANCE, 2))
        self.assertTrue(late(friday, date(2026, 3, 11), FRANCE, 2))

    def test_two_working_days_to_send_again(self):
        last = deadlines.resend_deadline(date(2026, 3, 11), FRANCE, 2)
        self.assertEqual(last, date(2026, 3, 13))


@tagged("post_install", "-at_install")
class TestPayment(BaseCase):
    def penalty(self, paid_on, amount=2500, start=MONDAY, terms=LAW):
        return deadlines.penalty(start, paid_on, amount, FRANCE, terms)

    def test_the_delay_runs_from_the_day_that_was_chosen(self):
        sent, received = date(2026, 3, 2), date(2026, 3, 3)
        start = deadlines.payment_start
        self.assertEqual(start(sent, received, "transmission"), sent)
        self.assertEqual(start(sent, received, "acknowledgment"), received)
        self.assertEqual(start(sent, None, "acknowledgment"), sent)
        self.assertEqual(start(None, received), received)
        with self.assertRaises(MissingDay):
            start(None)
        with self.assertRaises(ValueError):
            start(sent, received, "someday")

    def test_seven_working_days_to_pay(self):
        expected = deadlines.payment_expected(MONDAY, FRANCE, 7)
        self.assertEqual(expected, date(2026, 3, 11))

    def test_the_worked_example_of_the_decree(self):
        """Received Monday 2 March 2026: expected on Wednesday 11."""
        for day, kind, cents in (
            (2, "none", 0),
            (11, "none", 0),
            (12, "flat", 100),
            (13, "flat", 100),
            (14, "flat", 100),  # a Saturday counts with Friday
            (16, "percent", 250),
            (31, "percent", 250),
        ):
            found = self.penalty(date(2026, 3, day))
            self.assertEqual((found.kind, found.amount), (kind, cents), day)
            self.assertEqual(found.expected, date(2026, 3, 11))
        self.assertEqual(self.penalty(date(2026, 3, 16)).working_day, 10)

    def test_half_a_cent_is_rounded_up(self):
        late = date(2026, 3, 20)
        self.assertEqual(self.penalty(late, 1235).amount, 124)
        self.assertEqual(self.penalty(late, 1234).amount, 123)

    def test_no_part_no_penalty(self):
        for amount in (0, -2500):
            self.assertEqual(self.penalty(date(2026, 3, 20), amount).amount, 0)
            self.assertEqual(self.penalty(date(2026, 3, 12), amount).amount, 0)

    def test_a_longer_delay_has_no_flat_days(self):
        terms = PenaltyTerms(30, 100, 10, 10)
        self.assertEqual(self.penalty(date(2026, 3, 20), terms=terms).kind, "none")
        self.assertEqual(self.penalty(date(2026, 5, 20), terms=terms).kind, "percent")

    def test_paid_before_it_was_sent_is_no_delay(self):
        self.assertEqual(self.penalty(date(2026, 2, 20)).kind, "none")

    def test_the_penalty_is_owed_in_the_next_half_year(self):
        self.assertEqual(deadlines.penalty_due(date(2026, 6, 30)), date(2026, 12, 31))
        self.assertEqual(deadlines.penalty_due(date(2026, 7, 1)), date(2027, 6, 30))


@tagged("post_install", "-at_install")
class TestForclusion(BaseCase):
    def test_the_amo_counts_from_the_next_quarter(self):
        for care, start in (
            (date(2026, 1, 1), date(2026, 4, 1)),
            (date(2026, 3, 31), date(2026, 4, 1)),
            (date(2026, 12, 24), date(2027, 1, 1)),
        ):
            found = deadlines.forclusion_amo(care, 2)
            self.assertEqual(found.start, start)
            self.assertEqual(found.last_day, start.replace(year=start.year + 2))

    def test_it_is_the_same_rule_as_that_of_claims(self):
        """One receivable must not have two dates on two screens."""
        for days in range(0, 730, 13):
            care = date(2025, 1, 1) + timedelta(days)
            for kind in ("amo", "amc"):
                case = Case("practice", f"payer_{kind}", care_end=care)
                other = limitation(case, [], YEARS | {"limitation_outer": 20} | {
                    "limitation_general": 5
                })  # fmt: skip
                found = deadlines.forclusion(kind, care, YEARS)
                self.assertEqual(found.last_day, other.alarm_date)

    def test_a_work_accident_counts_from_the_act(self):
        care = date(2026, 2, 10)
        found = deadlines.forclusion("amo", care, YEARS, exemption="at")
        self.assertEqual((found.rule, found.last_day), ("accident", date(2028, 2, 10)))

    def test_an_amc_may_have_a_shorter_contract(self):
        care = date(2026, 2, 28)
        find = deadlines.forclusion
        self.assertEqual(find("amc", care, YEARS).last_day, date(2028, 2, 28))
        short = find("amc", care, YEARS, payer_months=6)
        self.assertEqual((short.rule, short.last_day), ("payer", date(2026, 8, 28)))
        longer = find("amc", care, YEARS, payer_months=36)
        self.assertEqual((longer.rule, longer.last_day), ("amc", date(2028, 2, 28)))

    def test_only_the_number_that_is_needed_is_read(self):
        care = date(2026, 2, 10)
        self.assertTrue(deadlines.forclusion("amc", care, {"limitation_payer_amc": 2}))
        with self.assertRaises(KeyError):
            deadlines.forclusion("amo", care, {"limitation_payer_amc": 2})

    def test_no_care_date_is_said(self):
        with self.assertRaises(MissingDay):
            deadlines.forclusion("amo", None, YEARS)

    def test_the_alarm_starts_months_before(self):
        found = deadlines.forclusion_amo(date(2026, 2, 10), 2)  # until 1 April 2028
        self.assertEqual(found.level(date(2027, 12, 31), 3), "")
        self.assertEqual(found.level(date(2028, 1, 1), 3), "alarm")
        self.assertEqual(found.level(date(2028, 4, 1), 3), "alarm")
        self.assertEqual(found.level(date(2028, 4, 2), 3), "barred")
        self.assertEqual(found.days_left(date(2028, 3, 31)), 1)
        self.assertEqual(found.days_left(date(2028, 4, 2)), -1)


@tagged("post_install", "-at_install")
class TestUndue(BaseCase):
    def test_two_months_to_contest_even_on_a_sunday(self):
        last = deadlines.contest_deadline(date(2026, 1, 31), 2)
        self.assertEqual(last, date(2026, 3, 31))

    def test_a_caisse_has_three_years(self):
        self.assertEqual(deadlines.undue_limit(date(2026, 2, 10), 3), date(2029, 2, 10))

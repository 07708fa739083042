from datetime import date, timedelta
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.limitation import (
    EVENT_KINDS,
    Case,
    Event,
    MissingDuration,
    MissingStart,
    limitation,
    next_quarter,
)

DURATIONS = {
    "limitation_patient": 2.0,
    "limitation_patient_possible": 5.0,
    "limitation_general": 5.0,
    "limitation_payer_amo": 2.0,
    "limitation_payer_amc": 2.0,
    "limitation_public_hospital": 4.0,
    "limitation_title": 10.0,
    "limitation_outer": 20.0,
    "limitation_suspension_min": 6.0,
    "limitation_ch": 5.0,
    "limitation_ch_written": 10.0,
}
CARE_END = date(2025, 3, 10)
PATIENT = Case("practice", "patient", care_end=CARE_END)
SWISS = Case("practice", "patient", "CH", due_date=date(2025, 4, 9))


class LimitationCase(BaseCase):
    def _limitation(self, case, *events):
        return limitation(case, events, DURATIONS)

    def assertAlarm(self, expected, case, *events):
        self.assertEqual(self._limitation(case, *events).alarm_date, expected)

    def assertReason(self, code, result):
        self.assertIn(code, [reason.code for reason in result.reasons])


@tagged("post_install", "-at_install")
class TestLimitationRules(LimitationCase):
    def test_a_patient_owes_for_two_years_from_the_care(self):
        result = self._limitation(PATIENT)
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertEqual(result.possible_date, date(2030, 3, 10))
        self.assertEqual(result.rule, "limitation_patient")

    def test_the_earliest_of_care_invoice_and_due_date_counts(self):
        case = Case(
            "practice",
            "patient",
            care_end=date(2025, 5, 2),
            invoice_date=date(2025, 5, 1),
            due_date=date(2025, 5, 31),
        )
        self.assertAlarm(date(2027, 5, 1), case)

    def test_a_weekend_does_not_move_the_date(self):
        # 14 November 2026 is a Saturday
        case = Case("practice", "patient", care_end=date(2024, 11, 14))
        self.assertAlarm(date(2026, 11, 14), case)

    def test_a_professional_owes_for_five_years(self):
        for debtor in ("professional", "public_body"):
            case = Case("practice", debtor, invoice_date=date(2025, 3, 10))
            self.assertAlarm(date(2030, 3, 10), case)

    def test_a_caisse_owes_for_two_years_from_the_next_quarter(self):
        for care_end in (date(2026, 1, 1), date(2026, 2, 15), date(2026, 3, 31)):
            case = Case("practice", "payer_amo", care_end=care_end)
            self.assertAlarm(date(2028, 4, 1), case)
        self.assertEqual(next_quarter(date(2026, 12, 31)), date(2027, 1, 1))

    def test_a_mutuelle_owes_for_two_years(self):
        result = self._limitation(Case("practice", "payer_amc", care_end=CARE_END))
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertEqual(result.possible_date, date(2030, 3, 10))

    def test_a_public_hospital_has_four_years_from_its_title(self):
        case = Case(
            "public_hospital",
            "patient",
            care_end=CARE_END,
            title_date=date(2025, 6, 1),
        )
        self.assertAlarm(date(2029, 6, 1), case)

    def test_swiss_care_is_owed_for_five_years_from_the_due_date(self):
        result = self._limitation(SWISS)
        self.assertEqual(result.alarm_date, date(2030, 4, 9))
        self.assertEqual(result.possible_date, result.alarm_date)

    def test_without_any_date_it_says_so(self):
        with self.assertRaises(MissingStart):
            self._limitation(Case("practice", "patient"))

    def test_a_duration_that_is_not_known_is_named(self):
        with self.assertRaisesRegex(MissingDuration, "limitation_patient"):
            limitation(PATIENT, (), {})

    def test_the_last_day_is_still_good(self):
        result = self._limitation(PATIENT)
        self.assertFalse(result.barred(date(2027, 3, 10)))
        self.assertTrue(result.barred(date(2027, 3, 11)))

    def test_alarms_at_180_90_and_30_days(self):
        result = self._limitation(PATIENT)
        end = date(2027, 3, 10)
        for days, alarm in ((181, None), (180, 180), (91, 180), (90, 90), (30, 30)):
            on = end - timedelta(days=days)
            self.assertEqual(result.alarm(on), alarm, days)
        self.assertEqual(result.alarm(end), 30)
        self.assertIsNone(result.alarm(end + timedelta(days=1)))


@tagged("post_install", "-at_install")
class TestLimitationEvents(LimitationCase):
    def test_a_signed_plan_starts_two_new_years(self):
        signed = Event("acknowledgment", date(2026, 5, 2), written=True)
        self.assertAlarm(date(2028, 5, 2), PATIENT, signed)

    def test_letters_even_registered_change_nothing(self):
        for kind in ("registered_letter", "reminder", "agency_letter", "petition"):
            result = self._limitation(PATIENT, Event(kind, date(2026, 6, 1)))
            self.assertEqual(result.alarm_date, date(2027, 3, 10))
            self.assertReason(f"{kind}_no_effect", result)

    def test_a_part_payment_only_moves_the_possible_date(self):
        paid = Event("part_payment", date(2026, 6, 1))
        result = self._limitation(PATIENT, paid)
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertEqual(result.possible_date, date(2031, 6, 1))
        self.assertReason("part_payment_possible", result)

    def test_a_third_party_s_payment_moves_neither(self):
        paid = Event("part_payment", date(2026, 6, 1), by_debtor=False)
        result = self._limitation(PATIENT, paid)
        self.assertEqual(result.possible_date, date(2030, 3, 10))
        self.assertReason("part_payment_third_party", result)

    def test_a_court_claim_stops_the_clock_until_the_instance_ends(self):
        filed = date(2026, 6, 1)
        result = self._limitation(PATIENT, Event("court_claim", filed))
        self.assertIsNone(result.alarm_date)
        self.assertFalse(result.barred(date(2099, 1, 1)))
        ended = Event("court_claim", filed, end=date(2027, 9, 1))
        self.assertAlarm(date(2029, 9, 1), PATIENT, ended)

    def test_a_withdrawn_claim_never_interrupted(self):
        filed = Event("court_claim", date(2026, 6, 1), end=date(2026, 9, 1), void=True)
        result = self._limitation(PATIENT, filed)
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertReason("court_claim_void", result)

    def test_the_order_counts_from_its_service_not_from_the_petition(self):
        events = (
            Event("petition", date(2026, 5, 1)),
            Event("order_service", date(2026, 7, 1)),
        )
        self.assertAlarm(date(2028, 7, 1), PATIENT, *events)

    def test_a_seizure_starts_a_new_period(self):
        for kind in ("protective_measure", "enforcement_act"):
            self.assertAlarm(date(2028, 7, 1), PATIENT, Event(kind, date(2026, 7, 1)))

    def test_a_title_lasts_ten_years(self):
        events = (
            Event("court_claim", date(2026, 6, 1)),
            Event("title", date(2027, 1, 15)),
        )
        self.assertAlarm(date(2037, 1, 15), PATIENT, *events)

    def test_an_act_under_a_title_starts_ten_new_years(self):
        events = (
            Event("title", date(2027, 1, 15)),
            Event("enforcement_act", date(2030, 1, 15)),
        )
        self.assertAlarm(date(2040, 1, 15), PATIENT, *events)

    def test_a_mediation_lets_the_rest_run_afterwards(self):
        talks = Event("mediation", date(2026, 1, 1), end=date(2026, 2, 1))
        self.assertAlarm(date(2027, 4, 10), PATIENT, talks)

    def test_six_months_at_least_are_left_after_a_mediation(self):
        talks = Event("mediation", date(2027, 3, 1), end=date(2027, 4, 1))
        self.assertAlarm(date(2027, 10, 1), PATIENT, talks)

    def test_a_mediation_under_way_stops_the_clock(self):
        self.assertAlarm(None, PATIENT, Event("mediation", date(2026, 1, 1)))

    def test_an_acknowledgment_after_the_time_bar_does_nothing_by_itself(self):
        late = Event("acknowledgment", date(2027, 3, 11))
        result = self._limitation(PATIENT, late)
        self.assertEqual(result.alarm_date, date(2027, 3, 10))
        self.assertReason("acknowledgment_too_late", result)
        # If five years were to apply, it came in time
        self.assertEqual(result.possible_date, date(2032, 3, 11))

    def test_an_acknowledgment_on_the_last_day_is_in_time(self):
        on_time = Event("acknowledgment", date(2027, 3, 10))
        self.assertAlarm(date(2029, 3, 10), PATIENT, on_time)

    def test_only_a_public_hospital_s_accountant_interrupts_by_notice(self):
        notice = Event("accountant_notice", date(2026, 6, 1))
        self.assertAlarm(date(2027, 3, 10), PATIENT, notice)
        case = Case("public_hospital", "patient", title_date=date(2025, 6, 1))
        self.assertAlarm(date(2030, 6, 1), case, notice)

    def test_twenty_years_are_the_outer_limit(self):
        events = [Event("acknowledgment", date(2026 + n, 1, 1)) for n in range(20)]
        result = self._limitation(PATIENT, *events)
        self.assertEqual(result.alarm_date, date(2045, 3, 10))
        self.assertReason("outer_limit", result)

    def test_the_order_of_entry_does_not_matter(self):
        first = Event("acknowledgment", date(2026, 5, 2))
        second = Event("enforcement_act", date(2028, 1, 2))
        self.assertAlarm(date(2030, 1, 2), PATIENT, second, first)

    def test_a_swiss_written_acknowledgment_gives_ten_years(self):
        signed = Event("acknowledgment", date(2026, 5, 2), written=True)
        self.assertAlarm(date(2036, 5, 2), SWISS, signed)
        said = Event("acknowledgment", date(2026, 5, 2))
        self.assertAlarm(date(2031, 5, 2), SWISS, said)

    def test_a_swiss_part_payment_interrupts(self):
        paid = Event("part_payment", date(2026, 5, 2))
        self.assertAlarm(date(2031, 5, 2), SWISS, paid)

    def test_a_later_swiss_payment_does_not_shorten_ten_years(self):
        events = (
            Event("acknowledgment", date(2026, 5, 2), written=True),
            Event("part_payment", date(2026, 6, 2)),
        )
        self.assertAlarm(date(2036, 5, 2), SWISS, *events)

    def test_an_unknown_event_is_refused(self):
        with self.assertRaises(ValueError):
            self._limitation(PATIENT, Event("prayer", date(2026, 1, 1)))

    def test_whatever_happens_the_dates_never_move_back(self):
        random = Random(13)
        for _ in range(500):
            events = [self._random_event(random) for _ in range(random.randrange(6))]
            for case in (PATIENT, SWISS):
                bare, result = self._limitation(case), self._limitation(case, *events)
                if result.alarm_date:
                    self.assertGreaterEqual(result.alarm_date, bare.alarm_date)
                if result.alarm_date and result.possible_date:
                    self.assertGreaterEqual(result.possible_date, result.alarm_date)

    def _random_event(self, random):
        day = CARE_END + timedelta(days=random.randrange(3000))
        end = day + timedelta(days=random.randrange(400))
        return Event(
            random.choice(EVENT_KINDS),
            day,
            end=random.choice([None, end]),
            void=random.random() < 0.2,
            written=random.random() < 0.5,
            by_debtor=random.random() < 0.8,
        )

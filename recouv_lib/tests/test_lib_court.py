from datetime import date, timedelta
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import court, limitation
from odoo.addons.recouv_lib.lib.working_days import Calendar

FRANCE = Calendar("FR")


@tagged("post_install", "-at_install")
class TestCourtDeadlines(BaseCase):
    """law.md §4.1 J7 to J9, J14, §4.2; code de procédure civile 641 to 643."""

    def test_an_order_of_september_2026_is_served_within_three_months(self):
        # 12 December is a Saturday
        found = court.service_deadline(date(2026, 9, 12), 3, FRANCE)
        self.assertEqual(found, date(2026, 12, 14))

    def test_an_earlier_order_is_served_within_six_months(self):
        found = court.service_deadline(date(2026, 8, 31), 6, FRANCE)
        # February has no 31st, and its 28th is a Sunday
        self.assertEqual(found, date(2027, 3, 1))

    def test_opposition_lasts_a_month_from_service_in_person(self):
        # 15 November is a Sunday
        found = court.opposition_end(date(2026, 10, 15), True, 1, holidays=FRANCE)
        self.assertEqual(found, date(2026, 11, 16))

    def test_not_served_in_person_it_stays_open_until_the_debtor_is_reached(self):
        service = date(2026, 10, 15)
        self.assertIsNone(court.opposition_end(service, False, 1, holidays=FRANCE))
        found = court.opposition_end(
            service, False, 1, reached_on=date(2027, 1, 11), holidays=FRANCE
        )
        self.assertEqual(found, date(2027, 2, 11))

    def test_overseas_adds_a_month_and_abroad_two(self):
        service = date(2026, 10, 15)
        ends = [
            court.opposition_end(
                service, True, 1, distance_months=months, holidays=FRANCE
            )
            for months in (1, 2)
        ]
        self.assertEqual(ends, [date(2026, 12, 15), date(2027, 1, 15)])

    def test_new_orders_are_enforceable_two_months_after_service(self):
        found = court.enforceable_from(date(2026, 10, 15), 2, 1, holidays=FRANCE)
        self.assertEqual(found, date(2026, 12, 16))

    def test_old_orders_are_enforceable_when_the_opposition_is_over(self):
        found = court.enforceable_from(date(2026, 7, 15), 1, 1, holidays=FRANCE)
        # 15 August is a holiday, and a Saturday in 2026
        self.assertEqual(found, date(2026, 8, 18))

    def test_nothing_is_enforced_while_a_debtor_abroad_may_still_oppose(self):
        found = court.enforceable_from(
            date(2026, 10, 15), 2, 1, distance_months=2, holidays=FRANCE
        )
        self.assertEqual(found, date(2027, 1, 16))

    def test_a_lawyer_within_fifteen_days_of_the_notice_of_opposition(self):
        found = court.lawyer_deadline(date(2026, 11, 2), 15, FRANCE)
        self.assertEqual(found, date(2026, 11, 17))

    def test_a_month_to_answer_the_officers_letter(self):
        # 1 November is a holiday and a Sunday
        found = court.answer_deadline(date(2026, 10, 1), 1, FRANCE)
        self.assertEqual(found, date(2026, 11, 2))

    def test_a_title_lasts_ten_years_and_no_weekend_moves_it(self):
        title = date(2026, 12, 16)
        self.assertEqual(court.title_end(title, 10), date(2036, 12, 16))
        self.assertEqual(court.title_end(date(2026, 12, 20), 10).weekday(), 5)

    def test_an_enforcement_act_starts_ten_new_years_if_in_time(self):
        title = date(2026, 12, 16)
        acts = [date(2030, 1, 1), date(2055, 1, 1)]
        self.assertEqual(court.title_end(title, 10, acts), date(2040, 1, 1))
        chain = [date(2030, 1, 1), date(2039, 12, 31)]
        self.assertEqual(court.title_end(title, 10, chain), date(2049, 12, 31))
        self.assertEqual(
            court.title_end(title, 10, [date(2020, 1, 1)]), date(2036, 12, 16)
        )

    def test_the_rate_rises_two_months_after_the_title(self):
        self.assertEqual(court.increase_from(date(2026, 12, 31), 2), date(2027, 2, 28))

    def test_alarms_at_45_30_and_10_days(self):
        day, steps = date(2026, 12, 14), (45, 30, 10)
        left = {46: None, 45: 45, 31: 45, 30: 30, 11: 30, 10: 10, 0: 10, -1: -1}
        for days, expected in left.items():
            on = day - timedelta(days=days)
            self.assertEqual(court.alarm(day, on, steps), expected, days)

    def test_deadlines_hold_their_order_whatever_the_day(self):
        random = Random(411)
        for _turn in range(2000):
            day = date(2024, 1, 1) + timedelta(days=random.randrange(2000))
            months, far = random.randrange(1, 7), random.randrange(3)
            serve = court.service_deadline(day, months, FRANCE)
            opposed = court.opposition_end(
                day, True, 1, distance_months=far, holidays=FRANCE
            )
            free = court.enforceable_from(
                day, 2, 1, distance_months=far, holidays=FRANCE
            )
            self.assertTrue(FRANCE.is_working(serve) and FRANCE.is_working(opposed))
            self.assertGreater(serve, day)
            self.assertGreater(free, opposed)
            self.assertLess((serve - day).days, months * 31 + 6)
            later = day + timedelta(days=1)
            self.assertLessEqual(
                serve, court.service_deadline(later, months, FRANCE), day
            )
            acts = [day + timedelta(days=random.randrange(8000)) for _ in range(3)]
            self.assertGreaterEqual(
                court.title_end(day, 10, acts), court.title_end(day, 10)
            )


@tagged("post_install", "-at_install")
class TestCourtMachine(BaseCase):
    def test_an_order_that_nobody_opposes(self):
        acts = ["completed", "filed", "granted", "served", "no_opposition", "enforced"]
        self.assertEqual(court.replay(court.PAYMENT_ORDER, acts), "enforcing")

    def test_an_order_opposed_and_judged(self):
        acts = ["completed", "filed", "granted", "served", "opposed", "hearing"]
        acts += ["hearing", "judgment", "judgment_served", "enforced", "paid"]
        self.assertEqual(court.replay(court.PAYMENT_ORDER, acts), "paid")

    def test_a_late_opposition_takes_the_title_away(self):
        acts = ["completed", "filed", "granted", "served", "no_opposition", "opposed"]
        self.assertEqual(court.replay(court.PAYMENT_ORDER, acts), "opposed")
        self.assertEqual(court.voided("opposed", "enforceable"), ("title",))

    def test_small_claims_end_by_agreement_or_refusal(self):
        start = ["completed", "filed"]
        self.assertEqual(
            court.replay(court.SMALL_CLAIMS, [*start, "participates", "agreed"]),
            "enforceable",
        )
        self.assertEqual(
            court.replay(court.SMALL_CLAIMS, [*start, "refused"]), "refused"
        )

    def test_what_cannot_follow_says_what_could(self):
        with self.assertRaises(court.NotAllowed) as caught:
            court.after(court.PAYMENT_ORDER, "filed", "served")
        self.assertEqual(caught.exception.state, "filed")
        self.assertIn("granted", caught.exception.allowed)
        with self.assertRaises(court.NotAllowed):
            court.after(court.ORDINARY, "enforceable", "withdrawn")

    def test_every_walk_stays_among_the_states_and_every_end_is_final(self):
        random, seen = Random(1422), set()
        for turn in range(4000):
            route = court.ROUTES[turn % 4]
            acts, state = [], "draft"
            while court.allowed(route, state) and len(acts) < 40:
                acts.append(random.choice(court.allowed(route, state)))
                state = court.after(route, state, acts[-1])
                self.assertIn(state, court.STATES)
            self.assertEqual(court.replay(route, acts), state)
            seen.add(state)
            if state in court.ENDS:
                self.assertFalse(court.allowed(route, state))
        self.assertEqual(seen & set(court.ENDS), set(court.ENDS))

    def test_all_routes_and_states_can_end_and_no_running_state_is_a_trap(self):
        for route, states in court.MACHINE.items():
            for state, acts in states.items():
                self.assertIn(state, court.STATES)
                reached = set(acts.values())
                self.assertTrue(reached & {*court.ENDS, "ready", "draft"}, state)
                unknown = reached - states.keys() - set(court.ENDS)
                self.assertFalse(unknown, (route, state))

    def test_the_petition_does_not_interrupt_limitation(self):
        self.assertNotIn((court.PAYMENT_ORDER, "filed"), court.LIMITATION_MADE)
        for kind in court.LIMITATION_MADE.values():
            self.assertIn(kind, limitation.EVENT_KINDS)
            self.assertNotIn(kind, limitation.WITHOUT_EFFECT)

    def test_withdrawal_loses_the_interruption_but_not_a_title(self):
        self.assertIn("court_claim", court.voided("withdrawn", "hearing"))
        self.assertIn("order_service", court.voided("withdrawn", "served"))
        self.assertFalse(court.voided("settled", "enforceable"))
        self.assertFalse(court.voided("paid", "hearing"))


@tagged("post_install", "-at_install")
class TestNextDeadline(BaseCase):
    def dates(self, **dates):
        return dict.fromkeys(court.DEADLINE_KINDS) | dates

    def test_limitation_runs_on_until_the_order_is_served(self):
        dates = self.dates(limitation=date(2026, 10, 1), service=date(2026, 12, 14))
        for state in ("draft", "filed", "granted"):
            found = court.next_deadline(state, dates)
            self.assertEqual((found.kind, found.must_act), ("limitation", True))

    def test_after_the_title_only_the_title_counts(self):
        dates = self.dates(limitation=date(2020, 1, 1), title=date(2036, 12, 16))
        self.assertEqual(court.next_deadline("enforcing", dates).kind, "title")

    def test_a_delay_that_frees_is_no_deadline_to_meet(self):
        day = date(2026, 12, 16)
        found = court.next_deadline("served", self.dates(enforceable=day))
        self.assertEqual((found.day, found.must_act), (day, False))
        both = self.dates(enforceable=day, limitation=day)
        self.assertEqual(court.next_deadline("served", both).kind, "limitation")

    def test_nothing_counts_once_it_has_ended(self):
        dates = self.dates(limitation=date(2026, 10, 1), title=date(2036, 1, 1))
        for state in court.ENDS:
            self.assertIsNone(court.next_deadline(state, dates))
        self.assertIsNone(court.next_deadline("filed", self.dates()))


@tagged("post_install", "-at_install")
class TestCourtRules(BaseCase):
    def test_thresholds_are_met_to_the_cent(self):
        self.assertFalse(court.needs_lawyer(10000, 10000))
        self.assertTrue(court.needs_lawyer(10000.01, 10000))
        self.assertTrue(court.fits_small_claims(5000, 5000))
        self.assertFalse(court.fits_small_claims(5000.01, 5000))
        self.assertFalse(court.fits_small_claims(0, 5000))

    def test_an_amicable_attempt_before_an_ordinary_claim_only(self):
        for route, needed in (
            (court.ORDINARY, True),
            (court.INTERIM, True),
            (court.PAYMENT_ORDER, False),
            (court.SMALL_CLAIMS, False),
        ):
            self.assertEqual(
                court.needs_amicable_attempt(route, 5000, 5000), needed, route
            )
        self.assertFalse(court.needs_amicable_attempt(court.ORDINARY, 5000.01, 5000))

    def test_where_the_debtor_lives(self):
        self.assertEqual(court.distance("FR", "35000", "35000"), court.HERE)
        self.assertEqual(court.distance("FR", "97400", "75001"), court.OVERSEAS)
        self.assertEqual(court.distance("RE", "97400", "97400"), court.HERE)
        self.assertEqual(court.distance("PF", "98713", "75001"), court.OVERSEAS)
        self.assertEqual(court.distance("BE", "1000", "75001"), court.ABROAD)

    def test_the_longest_postcode_chooses_the_court(self):
        courts = {1: ("35",), 2: ("354", "35600"), 3: ("22",)}
        self.assertEqual(court.courts_of("35000", courts), [1])
        self.assertEqual(court.courts_of("35400", courts), [2])
        self.assertEqual(court.courts_of("35 600", courts), [2])
        self.assertEqual(court.courts_of("75001", courts), [])
        self.assertEqual(court.courts_of("", courts), [])

    def test_two_courts_that_fit_alike_are_both_told(self):
        self.assertEqual(court.courts_of("35000", {1: ("35",), 2: ("35",)}), [1, 2])

    def test_prefixes_as_people_write_them(self):
        self.assertEqual(
            court.read_prefixes("35, 22100;22110  35"), ("35", "22100", "22110")
        )
        self.assertEqual(court.read_prefixes(""), ())
        for bad in ("3", "35x", "350000", "２２"):
            with self.assertRaises(court.BadPrefixes):
                court.read_prefixes(bad)

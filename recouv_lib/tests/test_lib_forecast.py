"""The forecast of receipts, on histories whose law is known."""

import random
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import forecast
from odoo.addons.recouv_lib.lib.forecast import Debt, Open

TODAY = date(2026, 6, 15)


def true_rate(week, step):
    """The law of the simulated practice: fast at first, and after each reminder."""
    return (0.12 if week < 4 else 0.05 if week < 13 else 0.015) * (1 + 0.4 * step)


def simulate(seed, number=1500, weeks=52):
    """Return (history, open debts, receipts that then come in 26 weeks)."""
    chance = random.Random(seed)
    history, still_open, future = [], [], 0.0
    for _index in range(number):
        age_today = chance.randrange(1, weeks)
        due = TODAY - timedelta(weeks=age_today)
        amount = chance.choice((25, 50, 120, 400))
        paid_week, step_weeks = life(chance, age_today + 26)
        steps = tuple(due + timedelta(weeks=w) for w in step_weeks if w < age_today)
        paid_before = paid_week is not None and paid_week < age_today
        event = ((due + timedelta(weeks=paid_week or 0), 1.0, True),)
        history.append(Debt(due, event if paid_before else (), steps))
        if not paid_before:
            still_open.append(Open(age_today, len(steps), amount))
            future += amount if paid_week is not None else 0
    return history, still_open, future


def life(chance, weeks):
    """Return (week of payment or None, weeks of the reminders)."""
    steps = []
    for week in range(weeks):
        if week in (4, 8, 13):
            steps.append(week)
        reached = sum(1 for step in steps if step < week)
        if chance.random() < true_rate(week, reached):
            return week, steps
    return None, steps


@tagged("post_install", "-at_install")
class TestForecast(BaseCase):
    def rates(self, debts):
        return forecast.estimate(forecast.exposure(debts, TODAY))

    def total(self, debts, rates, weeks=26):
        return sum(p.expected for p in forecast.forecast(debts, rates, weeks))

    def test_it_finds_the_truth_on_many_simulated_practices(self):
        errors, inside = [], 0
        for seed in range(12):
            history, still_open, truth = simulate(seed)
            rates = self.rates(history)
            errors.append(self.total(still_open, rates) / truth - 1)
            (half_year,) = forecast.forecast(still_open, rates, 26, span=26)
            inside += half_year.low <= truth <= half_year.high
        self.assertLess(abs(sum(errors) / len(errors)), 0.06)
        self.assertLess(max(map(abs, errors)), 0.25)
        self.assertGreaterEqual(inside, 6)

    def test_the_rate_of_a_cell_is_what_was_paid_of_what_was_at_risk(self):
        due = TODAY - timedelta(weeks=10)
        debts = [Debt(due, ((due + timedelta(days=3), 1.0, True),))] * 500
        debts += [Debt(due)] * 500
        cells = forecast.exposure(debts, TODAY)
        self.assertEqual(cells[0, 0].at_risk, 1000)
        self.assertEqual(cells[0, 0].paid, 500)
        self.assertAlmostEqual(forecast.estimate(cells).pay[0, 0], 0.49, delta=0.01)

    def test_a_part_payment_counts_for_its_part(self):
        due = TODAY - timedelta(weeks=3)
        debt = Debt(due, ((due + timedelta(days=8), 0.25, True),))
        cells = forecast.exposure([debt], TODAY)
        self.assertEqual(cells[1, 0].paid, 0.25)
        self.assertEqual(cells[2, 0].at_risk, 0.75)

    def test_a_credit_note_is_not_a_payment(self):
        due = TODAY - timedelta(weeks=3)
        cells = forecast.exposure([Debt(due, ((due, 1.0, False),))], TODAY)
        self.assertEqual(sum(cell.paid for cell in cells.values()), 0)
        self.assertNotIn((1, 0), cells)

    def test_what_was_paid_before_its_due_date_was_never_late(self):
        due = TODAY - timedelta(weeks=3)
        paid = Debt(due, ((due - timedelta(days=2), 1.0, True),))
        self.assertEqual(forecast.exposure([paid], TODAY), {})

    def test_a_reminder_moves_the_debt_to_the_next_cell(self):
        due = TODAY - timedelta(weeks=4)
        cells = forecast.exposure([Debt(due, (), (due + timedelta(days=8),))], TODAY)
        self.assertEqual(cells[1, 0].advanced, 1)
        self.assertEqual(cells[2, 1].at_risk, 1)

    def test_a_history_read_in_stretches_says_what_each_week_says(self):
        due = TODAY - timedelta(weeks=60)
        days = [due + timedelta(weeks=week) for week in (2, 2, 11, 30)]
        events = ((days[0], 0.25, True), (days[2], 0.25, False), (days[3], 0.5, True))
        cells = forecast.exposure([Debt(due, events, (days[1], days[2]))], TODAY)
        weekly = {}
        for week in range(31):
            left = 1 if week < 3 else 0.75 if week < 12 else 0.5
            step = (week > 2) + (week > 11)
            key = (forecast.band_of(week), step)
            weekly[key] = weekly.get(key, 0) + left
        self.assertEqual({key: cell.at_risk for key, cell in cells.items()}, weekly)
        paid = {key: cell.paid for key, cell in cells.items() if cell.paid}
        self.assertEqual(paid, {(2, 0): 0.25, (forecast.band_of(30), 2): 0.5})

    def test_debts_of_one_age_and_step_walk_together(self):
        rates = self.rates(simulate(1)[0])
        few = [Open(age, step, 1.0) for age in range(100) for step in range(4)]
        once = forecast.forecast(few, rates, 26)
        many = forecast.forecast(few * 125, rates, 26)
        expected = [sum(p.expected for p in found) for found in (once, many)]
        self.assertAlmostEqual(expected[1] / 125, expected[0])

    def test_without_history_the_prior_speaks_and_says_how_little_it_knows(self):
        rates = self.rates([])
        self.assertEqual(set(rates.pay.values()), {forecast.PRIOR_RATE})
        (period,) = forecast.forecast([Open(2, 0, 100.0)], rates, 26, span=26)
        self.assertTrue(0 <= period.low < period.expected < period.high)

    def test_everything_paid_at_once_gives_a_high_rate_and_never_too_much(self):
        due = TODAY - timedelta(weeks=20)
        history = [Debt(due, ((due, 1.0, True),))] * 1000
        rates = self.rates(history)
        total = self.total([Open(0, 0, 1000.0)], rates)
        self.assertGreater(total, 950)
        self.assertLessEqual(total, 1000.0001)

    def test_nothing_open_expects_nothing(self):
        periods = forecast.forecast([], self.rates([]))
        self.assertEqual({p.expected for p in periods}, {0})
        self.assertEqual(len(periods), 26)

    def test_one_claim_never_brings_more_than_it_owes(self):
        rates = self.rates(simulate(1, number=100)[0])
        total = self.total([Open(1, 0, 70.0)], rates, weeks=104)
        self.assertTrue(0 < total <= 70)

    def test_odd_input_is_borne(self):
        rates = self.rates([Debt(TODAY + timedelta(days=30)), Debt(date(1990, 1, 1))])
        debts = [Open(-5, 0, 10.0), Open(9999, 99, 10.0), Open(1, 0, -5.0)]
        self.assertTrue(0 < self.total(debts, rates) < 20)

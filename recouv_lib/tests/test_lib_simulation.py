from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import ladder, simulation

START = date(2026, 6, 15)
LETTERS = [
    simulation.Step(ladder.Rung(1, "due_date", 10, "letter"), deadline_days=8),
    simulation.Step(ladder.Rung(2, "previous_step", 10, "letter"), deadline_days=8),
    simulation.Step(
        ladder.Rung(3, "previous_step", 10, "registered_letter", holds=True),
        deadline_days=15,
        is_formal=True,
    ),
    simulation.Step(ladder.Rung(4, "previous_step", 0, "handover")),
]


def item(number, due, amount=100, debtor="A", contacts=()):
    anchors = {"care_end": due, "invoice_date": due, "due_date": due}
    return simulation.Item(number, debtor, due, Decimal(amount), anchors, contacts)


@tagged("post_install", "-at_install")
class TestLibSimulation(BaseCase):
    def simulate(self, items, steps=None, **values):
        values = {"start": START, "until": START + timedelta(days=120)} | values
        return simulation.simulate(items, steps or LETTERS, **values)

    def days(self, events):
        return [(event.day, event.step_id) for event in events]

    def test_the_whole_schedule_of_one_invoice(self):
        events = self.simulate([item(1, date(2026, 6, 10))])
        self.assertEqual(
            self.days(events),
            [
                (date(2026, 6, 20), 1),
                (date(2026, 6, 30), 2),
                (date(2026, 7, 10), 3),
                # never before the presentation plus the delay it gave
                (date(2026, 7, 26), 4),
            ],
        )

    def test_twelve_sessions_are_one_conversation(self):
        sessions = [item(n, date(2026, 6, 1) + timedelta(days=n)) for n in range(1, 13)]
        events = self.simulate(sessions)
        gaps = [b.day - a.day for a, b in zip(events, events[1:], strict=False)]
        self.assertTrue(all(gap >= timedelta(days=7) for gap in gaps))
        self.assertEqual(events[0].amount, 1200)

    def test_an_invoice_not_named_before_stays_out_of_the_mise_en_demeure(self):
        late = item(2, date(2026, 7, 5))
        events = self.simulate([item(1, date(2026, 6, 10)), late])
        formal = next(event for event in events if event.step_id == 3)
        self.assertEqual(formal.item_ids, (1,))

    def test_a_credit_that_covers_all_leaves_nothing_to_send(self):
        events = self.simulate([item(1, date(2026, 6, 10))], credits={"A": 100})
        self.assertEqual(events, [])

    def test_a_credit_lowers_the_sum(self):
        events = self.simulate([item(1, date(2026, 6, 10))], credits={"A": 40})
        self.assertEqual(events[0].amount, 60)

    def test_a_small_debt_waits_for_the_minimum_of_the_step(self):
        steps = [
            simulation.Step(
                ladder.Rung(1, "due_date", 0, "letter"), min_amount=Decimal(150)
            )
        ]
        both = [item(1, date(2026, 6, 1)), item(2, date(2026, 7, 1))]
        events = self.simulate(both, steps)
        self.assertEqual(self.days(events), [(date(2026, 7, 2), 1)])
        self.assertEqual(events[0].amount, 200)

    def test_what_was_sent_already_is_not_sent_again(self):
        sent = ladder.Contact(
            1, "letter", ladder.PROVEN, date(2026, 6, 14), date(2026, 6, 14)
        )
        events = self.simulate([item(1, date(2026, 6, 1), contacts=(sent,))])
        self.assertEqual(self.days(events)[0], (date(2026, 6, 24), 2))

    def test_an_invoice_not_due_yet_leaves_after_its_due_date(self):
        events = self.simulate([item(1, date(2026, 8, 1))])
        self.assertEqual(events[0].day, date(2026, 8, 11))

    def test_nothing_leaves_after_the_last_day(self):
        events = self.simulate([item(1, date(2026, 6, 10))], until=date(2026, 6, 30))
        self.assertEqual(len(events), 2)

    def test_a_letter_only_if_the_call_failed_leaves_when_nobody_answers(self):
        steps = [
            simulation.Step(ladder.Rung(1, "due_date", 0, "call")),
            simulation.Step(
                ladder.Rung(2, "previous_step", 7, "letter", only_if_call_failed=True)
            ),
        ]
        events = self.simulate([item(1, date(2026, 6, 1))], steps)
        self.assertEqual([event.step_id for event in events], [1, 2])

    def test_an_empty_schedule_sends_nothing(self):
        self.assertEqual(
            simulation.simulate([item(1, START)], [], start=START, until=START), []
        )

    def test_two_debtors_are_two_conversations(self):
        events = self.simulate(
            [item(1, date(2026, 6, 5)), item(2, date(2026, 6, 5), debtor="B")],
            until=START,
        )
        self.assertEqual([event.debtor for event in events], ["A", "B"])

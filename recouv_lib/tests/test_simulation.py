from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSimulation(RecouvCommon):
    """A policy tried on today's invoices; nothing of the relance changes."""

    WATCHED = (
        "recouv_claim",
        "recouv_notice",
        "recouv_notice_line",
        "recouv_run",
        "recouv_run_skip",
        "recouv_hold",
        "account_move",
        "account_move_line",
        "res_partner",
        "mail_message",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.make_invoice(due=date(2026, 6, 1))
        cls.moves |= cls.make_invoice(
            cls.make_patient("Louise Bernard"), due=date(2026, 6, 10), amount=40.0
        )

    def simulate(self, **values):
        form = Form(self.env["recouv.simulation"].with_user(self.secretary))
        for name, value in ({"policy_id": self.policy} | values).items():
            setattr(form, name, value)
        wizard = form.save()
        wizard.action_simulate()
        return wizard

    def rows_of_the_database(self):
        """Every watched row with its version: any write shows."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL("SELECT id, xmin::text FROM %s ORDER BY id", SQL.identifier(table))
            )
            for table in self.WATCHED
        }

    def test_month_by_month_what_would_leave(self):
        wizard = self.simulate()
        found = [
            (str(line.month), line.step_id.name, line.notice_count, line.amount)
            for line in wizard.line_ids
        ]
        self.assertEqual(
            found,
            [
                ("2026-06-01", "Step 1", 2, 140.0),
                ("2026-06-01", "Step 2", 2, 140.0),
                ("2026-07-01", "Step 3", 2, 140.0),
                ("2026-07-01", "Step 4", 2, 140.0),
            ],
        )
        self.assertEqual((wizard.notice_count, wizard.debtor_count), (8, 2))

    def test_the_default_policy_is_tried_first_and_named(self):
        form = Form(self.env["recouv.simulation"].with_user(self.secretary))
        self.assertEqual(form.policy_id, self.company.recouv_policy_id)
        name = self.company.recouv_policy_id.name
        self.assertEqual(form.save().display_name, f"Simulation: {name}")
        empty = self.env["recouv.simulation"].new({"policy_id": False})
        self.assertEqual(empty.display_name, "Simulation")

    def test_who_when_and_how_much(self):
        events = self.simulate().event_ids
        first = events[0]
        self.assertEqual(first.partner_id, self.patient)
        self.assertEqual((first.date, first.amount), (TODAY, 100.0))

    def test_nothing_is_written(self):
        self.propose()
        before = self.rows_of_the_database()
        self.simulate()
        self.assertEqual(self.rows_of_the_database(), before)

    def test_what_was_sent_is_not_sent_again(self):
        self.prove(self.propose(), TODAY)
        steps = self.simulate(date_from=date(2026, 6, 16)).line_ids.step_id
        self.assertNotIn(self.policy._first_step(), self.first_of(steps))

    def first_of(self, steps):
        return steps.filtered(
            lambda step: (
                step == self.policy._first_step()
                and step not in self.patient.recouv_claim_ids.step_id
            )
        )

    def test_as_if_nothing_had_been_sent(self):
        self.prove(self.propose(), TODAY)
        wizard = self.simulate(from_scratch=True)
        patient = wizard.event_ids.filtered(lambda e: e.partner_id == self.patient)
        self.assertEqual(patient[0].step_id, self.policy._first_step())

    def test_a_suspended_debtor_stays_out(self):
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.claims_of(self.moves[0])._hold("other")
        self.assertNotIn(self.patient, self.simulate().event_ids.partner_id)

    def test_a_credit_note_lowers_the_sum(self):
        self.make_invoice(move_type="out_refund", amount=30.0)
        event = self.simulate().event_ids.filtered(
            lambda e: e.partner_id == self.patient
        )[0]
        self.assertEqual(event.amount, 70.0)

    def test_another_policy_starts_where_the_debtor_stands(self):
        self.prove(self.propose(), TODAY)
        other = self.make_policy(
            name="Other",
            steps=[
                {"channel": "sms", "delay_days": 1},
                {"channel": "letter", "delay_days": 9, "anchor": "previous_step"},
            ],
        )
        events = self.simulate(policy_id=other).event_ids.filtered(
            lambda e: e.partner_id == self.patient
        )
        self.assertEqual(events.mapped("channel"), ["letter"])

    def test_two_reminders_keep_their_distance(self):
        self.env["recouv.step"].search(
            [("policy_id", "=", self.policy.id), ("sequence", "=", 20)]
        ).delay_days = 0
        dates = (
            self.simulate()
            .event_ids.filtered(lambda e: e.partner_id == self.patient)
            .mapped("date")
        )
        gaps = [(b - a).days for a, b in zip(dates, dates[1:], strict=False)]
        self.assertGreaterEqual(min(gaps), self.company.recouv_min_days_between)

    def test_a_policy_without_steps_is_refused(self):
        empty = self.env["recouv.policy"].create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "no step"):
            self.simulate(policy_id=empty)

    def test_a_month_too_many_is_refused(self):
        with self.assertRaisesRegex(UserError, "36"):
            self.simulate(months=37)

    def test_other_companies_stay_out(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.env.user.company_ids |= other
        self.env["recouv.policy"].create(
            {
                "name": "Theirs",
                "company_id": other.id,
                "step_ids": [
                    Command.create({"name": "x", "channel": "letter", "sequence": 1})
                ],
            }
        )
        self.assertEqual(self.simulate().debtor_count, 2)

    def test_the_policy_opens_its_own_simulation(self):
        action = self.policy.with_user(self.secretary).action_simulate()
        wizard = self.env["recouv.simulation"].browse(action["res_id"])
        self.assertEqual(wizard.notice_count, 8)

    def test_queries_do_not_grow_with_the_invoices(self):
        self.simulate()
        few = self.count_queries()
        for number in range(10):
            self.make_invoice(self.make_patient(f"Patient {number}"))
        self.env.invalidate_all()
        self.assertLessEqual(self.count_queries(), few + 5)

    def count_queries(self):
        wizard = self.env["recouv.simulation"].create({"policy_id": self.policy.id})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        wizard._simulate()
        return self.env.cr.sql_log_count - before

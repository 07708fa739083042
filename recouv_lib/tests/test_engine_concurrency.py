"""Two real connections, real commits: what a run must never do to its neighbours."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .connections_common import ConnectionsCase

ADDRESS = {"street": "1 rue X", "zip": "35000", "city": "Rennes"}


@tagged("post_install", "-at_install")
class TestEngineConcurrency(ConnectionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(
            patch.object(
                cls.registry["recouv.notice"],
                "_deliver_letter",
                lambda notices: notices._prove(),
                create=True,
            )
        )

    @classmethod
    def build(cls, env):
        company = cls.make_company(
            env,
            "Concurrent practice",
            phone="1",
            recouv_professional_number="1",
            **ADDRESS,
        )
        cls.company_id = company.id
        cls.go_live(company)
        cls.move_ids = [
            cls.make_invoice(
                env, company.id, days=40, name=f"Debtor {number}", **ADDRESS
            ).id
            for number in range(4)
        ]

    @classmethod
    def put_aside(cls, env):
        runs = env["recouv.run"].search([("company_id", "in", cls.company_ids)])
        runs.heartbeat = False

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            runs = env["recouv.run"].search([("company_id", "=", self.company_id)])
            runs.write({"heartbeat": False})
            env["recouv.notice"].search([("company_id", "=", self.company_id)])._cancel(
                "test"
            )

    def practice(self, env):
        return env(context={"allowed_company_ids": [self.company_id]})

    def new_run(self, env):
        return self.practice(env)["recouv.run"].create({"company_id": self.company_id})

    def elsewhere(self, work):
        """Run ``work(env)`` on another connection of this practice."""
        return self.in_thread(work, self.company_id)

    # --- the tests ------------------------------------------------------------------

    def test_a_cashier_neither_waits_nor_fails_while_a_run_executes(self):
        with self.connection() as env:
            run = self.new_run(env)
            run.action_propose()
            run.notice_ids.action_approve()
            batch = run._next_batch()  # locked, as in the middle of an execution
            self.assertTrue(batch)
            leaving = batch._recheck()
            self.assertTrue(leaving)
            env.flush_all()

            def pay(other):
                move = other["account.move"].browse(self.move_ids[0])
                other["account.payment.register"].with_context(
                    active_model="account.move", active_ids=move.ids
                ).create({})._create_payments()
                return move.payment_state

            state = self.elsewhere(pay)
            self.assertIn(state, ("paid", "in_payment"))
            leaving._deliver()
            env.cr.commit()

    def test_two_users_executing_the_same_run_send_once(self):
        with self.connection() as env:
            run = self.new_run(env)
            run.action_propose()
            run_id, count = run.id, len(run.notice_ids)
            self.assertTrue(count)
            run._take()
            error = self.elsewhere(
                lambda other: other["recouv.run"].browse(run_id).action_execute()
            )
            self.assertIsInstance(error, UserError)
            run._release("proposed")
            run.action_execute()
            self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})
            self.assertEqual(len(run.notice_ids), count)

    def test_two_crons_send_what_was_approved_once(self):
        left, errors = [], []

        def deliver(notices):
            left.extend(notices.ids)
            errors.append(self.elsewhere(self.send_waiting))
            notices._prove()

        with self.connection() as env:
            run = self.new_run(env)
            run.action_propose()
            run.notice_ids.action_approve()
            self.run_id, waiting = run.id, run.notice_ids.ids
        kind = self.registry["recouv.notice"]
        with (
            patch.object(kind, "_deliver_letter", deliver),
            self.assertLogs("odoo.addons.recouv_lib", "WARNING") as log,
        ):
            self.assertIsNone(self.elsewhere(self.send_waiting))
        self.assertIn("already at work", log.output[0])
        self.assertEqual(errors, [None])
        self.assertEqual(self.elsewhere(self.send_waiting), None)
        self.assertEqual(sorted(left), sorted(waiting))

    def send_waiting(self, env):
        env["recouv.run"].browse(self.run_id)._execute_waiting()

    def test_one_run_at_a_time_survives_the_first_commit(self):
        with self.connection() as env:
            run = self.new_run(env)
            run._take()  # commits: a transaction's lock would be gone by now
            error = self.elsewhere(lambda other: self.new_run(other).action_propose())
            self.assertIsInstance(error, UserError)
            run._release("draft")

    def test_runs_of_two_companies_never_wait_for_each_other(self):
        with self.connection() as env:
            self.new_run(env)._take()
            company_id = self.make_company(env, "Neighbour", chart=None).id
            env.cr.commit()

            def take(other):
                neighbour = other["res.company"].browse(company_id)
                run = (
                    other["recouv.run"]
                    .with_context(allowed_company_ids=neighbour.ids)
                    .create({"company_id": company_id})
                )
                run._take()
                run._release("draft")
                return run.state

            self.assertEqual(self.elsewhere(take), "draft")

    def test_a_dead_run_frees_its_company_and_says_so(self):
        with self.connection() as env:
            run = self.new_run(env)
            run._take()
            run.heartbeat = fields.Datetime.now() - timedelta(hours=1)
            env.cr.commit()
            second = self.new_run(env)
            second._take()
            self.assertEqual(run.state, "failed")
            self.assertTrue(run.failure_message)
            second._release("draft")

"""Two real connections, real commits: what a run must never do to its neighbours.

These tests work on a practice of their own, committed, and clean up behind them.
"""

import threading
from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

WAIT = 30


@tagged("post_install", "-at_install")
class TestEngineConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.enterClassContext(
            patch.object(
                cls.registry["recouv.notice"],
                "_deliver_letter",
                lambda notices: notices._prove(),
                create=True,
            )
        )
        cls.addClassCleanup(cls.forget)
        with cls.connection() as env:
            cls.build(env)

    @classmethod
    @contextmanager
    def connection(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @classmethod
    def build(cls, env):
        company = env["res.company"].create(
            {
                "name": "Concurrent practice",
                "country_id": env.ref("base.fr").id,
                "street": "1 rue X",
                "zip": "35000",
                "city": "Rennes",
                "phone": "1",
                "recouv_professional_number": "1",
            }
        )
        env["account.chart.template"].try_loading("generic_coa", company, False)
        company.account_fiscal_country_id = env.ref("base.fr")
        env = env(context={"allowed_company_ids": company.ids})
        journal = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        )
        policy = env["recouv.policy"].create(
            {
                "name": "P",
                "company_id": company.id,
                "step_ids": [
                    Command.create(
                        {"name": "Letter", "sequence": 1, "channel": "letter"}
                    )
                ],
            }
        )
        company.write(
            {
                "recouv_live_on": date(2020, 1, 1),
                "recouv_policy_id": policy.id,
                "recouv_journal_ids": [Command.set(journal.ids)],
            }
        )
        cls.company_id = company.id
        cls.move_ids = [cls.invoice(env, journal, n).id for n in range(4)]

    @classmethod
    def invoice(cls, env, journal, number):
        partner = env["res.partner"].create(
            {
                "name": f"Debtor {number}",
                "company_id": env.company.id,
                "street": "2 rue Y",
                "zip": "35000",
                "city": "Rennes",
            }
        )
        due = fields.Date.today() - timedelta(days=40)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create({"name": "F", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        move.is_move_sent = True
        return move

    @classmethod
    def forget(cls):
        """Take the practice out of the way of other tests; its entries stay posted."""
        with cls.connection() as env:
            company = env["res.company"].search([("name", "=", "Concurrent practice")])
            env["recouv.run"].search([("company_id", "in", company.ids)]).write(
                {"heartbeat": False}
            )
            company.write({"recouv_live_on": False})

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

    def in_thread(self, work):
        """Run ``work(env)`` on a connection of its own; return [result or error]."""
        outcome = []

        def body():
            try:
                with self.connection() as env:
                    outcome.append(work(self.practice(env)))
            except Exception as error:  # handed to the test, which judges it
                outcome.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join(WAIT)
        self.assertFalse(thread.is_alive(), "it waited for the other connection")
        return outcome

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

            [state] = self.in_thread(pay)
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
            [error] = self.in_thread(
                lambda other: other["recouv.run"].browse(run_id).action_execute()
            )
            self.assertIsInstance(error, UserError)
            run._release("proposed")
            run.action_execute()
            self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})
            self.assertEqual(len(run.notice_ids), count)

    def test_one_run_at_a_time_survives_the_first_commit(self):
        with self.connection() as env:
            run = self.new_run(env)
            run._take()  # commits: a transaction's lock would be gone by now
            [error] = self.in_thread(lambda other: self.new_run(other).action_propose())
            self.assertIsInstance(error, UserError)
            run._release("draft")

    def test_runs_of_two_companies_never_wait_for_each_other(self):
        with self.connection() as env:
            self.new_run(env)._take()
            other_company = env["res.company"].create({"name": "Neighbour"})
            company_id = other_company.id
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

            self.assertEqual(self.in_thread(take), ["draft"])

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

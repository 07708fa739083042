"""Two real connections: a limit reached by two at once, one deed signed by two."""

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.connections_common import ConnectionsCase

ADDRESS = {"street": "2 place du Marché", "zip": "35000", "city": "Rennes"}


@tagged("post_install", "-at_install")
class TestOfferConnections(ConnectionsCase):
    @classmethod
    def build(cls, env):
        practice = cls.make_company(env, "Practice that offers")
        agency = cls.make_company(env, "Agency that decides")
        (practice | agency).currency_id = env.ref("base.EUR")
        cls.practice_id, cls.agency_id = practice.id, agency.id
        cls.go_live(practice)
        mandate = cls.make_mandate(env, practice.id, agency.id)
        contract = env["recouv.factoring.contract"].create(
            {
                "company_id": practice.id,
                "agency_id": agency.id,
                "mandate_id": mandate.id,
                "valid_from": "2020-01-01",
                "needs_check": False,
                "limit_total": 150.0,
                "state": "signed",
            }
        )
        cls.contract_id = contract.id

    @classmethod
    def put_aside(cls, env):
        env["recouv.factoring.contract"].browse(cls.contract_id).state = "ended"

    def practice(self):
        return self.connection(company=self.practice_id)

    def drafts(self, count):
        """Ids of drafts of one receivable of 100 each, committed."""
        with self.practice() as env:
            schedules = env["recouv.assignment"]
            for _rank in range(count):
                move = self.make_invoice(env, self.practice_id, days=40, **ADDRESS)
                item = move.line_ids.filtered(
                    lambda line: line.display_type == "payment_term"
                )
                draft = schedules.create(
                    {
                        "company_id": self.practice_id,
                        "contract_id": self.contract_id,
                        "currency_id": env.ref("base.EUR").id,
                    }
                )
                draft._add(item)
                schedules |= draft
            return schedules.ids

    def take_all_back(self):
        with self.practice() as env:
            lines = env["recouv.assignment.line"].search(
                [
                    ("company_id", "=", self.practice_id),
                    ("state", "in", ("submitted", "accepted")),
                ]
            )
            lines._withdraw("taken_out")

    def submit(self, env, schedule_id):
        return env["recouv.assignment"].browse(schedule_id)._submit()

    def exposure(self):
        with self.connection() as env:
            contract = env["recouv.factoring.contract"].browse(self.contract_id)
            return contract._exposure()

    def test_two_who_submit_at_once_do_not_both_fit(self):
        first, second = self.drafts(2)
        with self.practice() as env, mute_logger("odoo.sql_db"):
            # the other window opened before this one began
            with self.practice() as other:
                other.cr.execute("SELECT 1")
                self.submit(env, first)
                env.cr.commit()
                with self.assertRaises(SerializationFailure):
                    self.submit(other, second)
                other.cr.rollback()
        outcome = self.in_thread(
            lambda env: retrying(lambda: self.submit(env, second), env),
            self.practice_id,
        )
        self.assertIsInstance(outcome, UserError)
        self.assertIn("limit", str(outcome))
        self.assertEqual(self.exposure(), 100.0)
        self.take_all_back()
        self.assertEqual(self.exposure(), 0.0)

    def successor(self):
        """Id of a contract of the same parties, in force besides the other."""
        with self.connection() as env:
            first = env["recouv.factoring.contract"].browse(self.contract_id)
            return first.copy({"state": "signed", "limit_practice": 150.0}).id

    def test_two_contracts_of_one_pair_consume_one_limit_at_a_time(self):
        first, second = self.drafts(2)
        successor_id = self.successor()
        with self.practice() as env:
            env["recouv.assignment"].browse(second)._record(
                {"contract_id": successor_id}
            )
        with self.practice() as env, mute_logger("odoo.sql_db"):
            with self.practice() as other:
                other.cr.execute("SELECT 1")
                self.submit(env, first)
                env.cr.commit()
                with self.assertRaises(SerializationFailure):
                    self.submit(other, second)
                other.cr.rollback()
        outcome = self.in_thread(
            lambda env: retrying(lambda: self.submit(env, second), env),
            self.practice_id,
        )
        self.assertIsInstance(outcome, UserError)
        self.assertIn("limit of the practice", str(outcome))
        self.take_all_back()
        with self.connection() as env:
            env["recouv.factoring.contract"].browse(successor_id).state = "ended"

    def receivable(self):
        """Id of a receivable that is on no schedule yet, committed."""
        with self.practice() as env:
            move = self.make_invoice(env, self.practice_id, days=40, **ADDRESS)
            return move.line_ids.filtered("date_maturity").id

    def test_what_is_added_while_a_schedule_is_submitted_goes_on_another(self):
        (first,) = self.drafts(1)
        item_id = self.receivable()

        def offer(env):
            items = env["account.move.line"].browse(item_id)
            return env["recouv.assignment"]._offer(items).ids

        with self.practice() as env:
            self.submit(env, first)
            env.flush_all()
            # told by nobody and waiting for nobody: it is on a draft of its own
            ids = self.in_thread(offer, self.practice_id)
        self.assertNotIn(first, ids)
        with self.practice() as env:
            schedules = env["recouv.assignment"]
            self.assertEqual(schedules.browse(ids).stage, "draft")
            states = schedules.browse(first).line_ids.mapped("state")
            self.assertNotIn("draft", states)
        self.take_all_back()

    def test_a_schedule_to_which_somebody_adds_is_not_submitted_meanwhile(self):
        (first,) = self.drafts(1)
        item_id = self.receivable()
        with self.practice() as env:
            schedule = env["recouv.assignment"].browse(first)
            schedule._add(env["account.move.line"].browse(item_id))
            env.flush_all()
            outcome = self.in_thread(
                lambda env: self.submit(env, first), self.practice_id
            )
        self.assertIsInstance(outcome, UserError)
        self.assertIn("Someone else", str(outcome))
        with self.practice() as env:
            schedule = env["recouv.assignment"].browse(first)
            self.assertEqual((schedule.stage, len(schedule.line_ids)), ("draft", 2))

    def test_nobody_adds_by_hand_to_what_is_being_submitted(self):
        (first,) = self.drafts(1)
        item_id = self.receivable()

        def add(env):
            schedule = env["recouv.assignment"].browse(first)
            schedule.write({"line_ids": [Command.create({"origin_line_id": item_id})]})

        with self.practice() as env:
            self.submit(env, first)
            env.flush_all()
            outcome = self.in_thread(add, self.practice_id)
            self.assertIsInstance(outcome, UserError)
        self.take_all_back()

    def decided(self):
        (schedule_id,) = self.drafts(1)
        with self.practice() as env:
            self.submit(env, schedule_id)
        with self.connection(company=self.agency_id) as env:
            offers = env["recouv.purchase"].search(
                [("company_id", "=", self.agency_id), ("state", "=", "to_decide")]
            )
            offers._accept_checked()
        return schedule_id

    def sign(self, env, schedule_id):
        return env["recouv.assignment"].browse(schedule_id)._sign("Dr J. Morel")

    def test_a_deed_is_signed_by_one_of_two_at_once(self):
        schedule_id = self.decided()
        with self.practice() as env:
            env["recouv.assignment"].browse(schedule_id)._lock()
            other = self.in_thread(
                lambda other: self.sign(other, schedule_id), self.practice_id
            )
        self.assertIsInstance(other, UserError)
        self.assertIn("at this moment", str(other))
        self.take_all_back()

    def test_the_same_receivable_offered_in_two_windows_is_offered_once(self):
        first, second = self.drafts(2)
        with self.practice() as env:
            schedules = env["recouv.assignment"].browse((first, second))
            schedules[1].line_ids._record(
                {"origin_line_id": schedules[0].line_ids.origin_line_id.id}
            )
        with self.practice() as env:
            self.submit(env, first)
        outcome = self.in_thread(lambda env: self.submit(env, second), self.practice_id)
        self.assertIsInstance(outcome, UserError)
        self.take_all_back()

"""Two real connections, real commits: one receipt is booked once, whoever clicks
when."""

from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .connections_common import ConnectionsCase


@tagged("post_install", "-at_install")
class TestAgencyReceiptConcurrency(ConnectionsCase):
    @classmethod
    def build(cls, env):
        cls.practice_id = cls.make_company(env, "Practice of two clicks").id
        cls.agency_id = cls.make_agency(env, "Agency of two clicks").id

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            mirror = self.place(env)
            receipt = env["recouv.receipt"].create(
                {
                    "company_id": self.agency_id,
                    "partner_id": mirror.partner_id.id,
                    "amount": 100.0,
                    "date": fields.Date.today(),
                    "method": "card",
                    "currency_id": mirror.currency_id.id,
                }
            )
            receipt.action_lay_again()
            self.receipt_id, self.claim_id = receipt.id, mirror.id

    def place(self, env):
        """A mirror of 100 at the agency, accepted."""
        practice = env["res.company"].browse(self.practice_id)
        books = env(context={"allowed_company_ids": [practice.id]})
        move = self.make_invoice(env, practice.id)
        item = move.with_env(books)._recouv_receivable_items()
        claim = (
            books["recouv.claim"]
            .sudo()
            .create(
                {
                    "company_id": practice.id,
                    "move_line_id": item.id,
                    "move_id": move.id,
                    "partner_id": item.partner_id.id,
                    "reference": move.name,
                    "currency_id": move.currency_id.id,
                    "date_due": fields.Date.today(),
                }
            )
        )
        mandate = self.make_mandate(env, practice.id, self.agency_id)
        placement = books["recouv.placement"].create(
            {
                "mandate_id": mandate.id,
                "company_id": practice.id,
                "line_ids": [Command.create({"claim_id": claim.id})],
            }
        )
        placement.action_send()
        mirror = placement.line_ids.agency_claim_id
        mirror.action_accept_placement()
        return mirror

    def confirm(self, env):
        env = env(context={"allowed_company_ids": [self.agency_id]})
        env["recouv.receipt"].browse(self.receipt_id).action_confirm()

    def transfers(self):
        with self.connection() as env:
            return env["recouv.transfer"].search_count(
                [("receipt_line_id.receipt_id", "=", self.receipt_id)]
            )

    def test_a_second_user_meanwhile_is_told_and_books_nothing(self):
        with self.connection() as one:
            self.confirm(one)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(UserError, "Someone else"),
                self.connection() as two,
            ):
                self.confirm(two)
        self.assertEqual(self.transfers(), 1)

    def recall(self, env):
        env = env(context={"allowed_company_ids": [self.practice_id]})
        lines = env["recouv.placement.line"].search(
            [("agency_claim_id", "=", self.claim_id)]
        )
        lines.claim_id._recall("paid at the desk, says the patient")
        return lines.claim_id.suspension, lines.claim_id.amount_residual

    def recall_during_payment(self):
        """Recall while the receipt is being recorded, and again afterwards."""
        with self.connection() as one:
            self.confirm(one)
            told = self.in_thread(self.recall)
        self.assertIsInstance(told, UserError)
        with self.connection() as two:
            return self.recall(two)

    def test_a_recall_during_a_payment_reads_the_money_afterwards(self):
        self.assertEqual(self.recall_during_payment(), ("none", 0))
        self.assertEqual(self.transfers(), 1)

    def test_a_recall_while_a_cheque_is_recorded_waits_for_its_money(self):
        with self.connection() as env:
            env["recouv.receipt"].browse(self.receipt_id).method = "cheque"
        self.assertEqual(self.recall_during_payment(), ("hold", 100.0))
        self.assertEqual(self.transfers(), 0)

    def test_a_recall_that_read_before_the_payment_begins_again(self):
        with self.connection() as two:
            two.cr.execute("SELECT 1")
            with self.connection() as one:
                self.confirm(one)
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.recall(two)
            two.cr.rollback()

    def test_a_payment_during_a_recall_is_told_and_then_goes_to_the_practice(self):
        with self.connection() as one:
            self.recall(one)
            told = self.in_thread(self.confirm, self.agency_id)
            self.assertIsInstance(told, UserError)
        with self.connection() as two:
            self.confirm(two)
        self.assertEqual(self.transfers(), 1)

    def test_a_second_user_afterwards_changes_nothing(self):
        for _click in range(2):
            with self.connection() as env:
                self.confirm(env)
        self.assertEqual(self.transfers(), 1)

    def test_who_read_before_begins_again(self):
        """Odoo retries what the database could not serialize; nothing is booked."""
        with self.connection() as two:
            two.cr.execute("SELECT 1")
            with self.connection() as one:
                self.confirm(one)
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.confirm(two)
            two.cr.rollback()
        self.assertEqual(self.transfers(), 1)

    def test_what_dies_before_its_commit_is_in_no_books(self):
        with self.connection() as env:
            self.confirm(env)
            env.cr.rollback()
        self.assertEqual(self.transfers(), 0)
        with self.connection() as env:
            receipt = env["recouv.receipt"].browse(self.receipt_id)
            self.assertEqual((receipt.state, receipt.name), ("draft", False))
        with self.connection() as env:
            self.confirm(env)
        self.assertEqual(self.transfers(), 1)

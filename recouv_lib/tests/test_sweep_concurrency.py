"""Two real connections, real commits: fees are swept once, whoever clicks when."""

from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .connections_common import ConnectionsCase

FEES = 28.8


@tagged("post_install", "-at_install")
class TestSweepConcurrency(ConnectionsCase):
    @classmethod
    def build(cls, env):
        cls.agency_id = cls.make_agency(env, "Agency of two managers").id

    def setUp(self):
        super().setUp()
        with self.connection(company=self.agency_id) as env:
            self.keep_fees(env, env["res.company"].browse(self.agency_id))

    def keep_fees(self, env, agency):
        """An entry that keeps fees, as a net remittance leaves it."""
        setting = agency._recouv_transfer_setting
        journal = setting("recouv_collected_journal_id")
        kept = [
            ("recouv_sweep_account_id", -FEES),
            ("recouv_sweep_contra_account_id", FEES),
        ]
        env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": fields.Date.today(),
                "line_ids": [
                    Command.create({"account_id": setting(name).id, "balance": balance})
                    for name, balance in kept
                ],
            }
        ).action_post()

    def sweep(self, env):
        agency = env["res.company"].browse(self.agency_id)
        return env["recouv.sweep"]._sweep(agency).amount

    def sweeps(self):
        with self.connection() as env:
            domain = [("company_id", "=", self.agency_id)]
            found = env["recouv.sweep"].search(domain)
            agency = env["res.company"].browse(self.agency_id)
            return len(found), agency._recouv_funds_balance("recouv_sweep_account_id")

    def test_a_second_manager_meanwhile_is_told(self):
        with self.connection(company=self.agency_id) as one:
            self.assertEqual(self.sweep(one), FEES)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(UserError, "Someone else"),
                self.connection(company=self.agency_id) as two,
            ):
                self.sweep(two)
        self.assertEqual(self.sweeps()[1], 0.0)

    def test_who_has_read_the_books_before_starts_anew_and_finds_nothing(self):
        before = self.sweeps()[0]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(SerializationFailure),
            self.connection(company=self.agency_id) as late,
        ):
            late["recouv.sweep"].search_count([])  # reads the books as they stand
            with self.connection(company=self.agency_id) as one:
                self.sweep(one)
            self.sweep(late)
        self.assertEqual(self.sweeps(), (before + 1, 0.0))
        with (
            self.assertRaisesRegex(UserError, "nothing else"),
            self.connection(company=self.agency_id) as again,
        ):
            self.sweep(again)

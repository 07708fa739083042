"""Two real connections, real commits: money is taken once, whoever clicks when."""

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .connections_common import ConnectionsCase


@tagged("post_install", "-at_install")
class TestCollectConcurrency(ConnectionsCase):
    @classmethod
    def build(cls, env):
        cls.company_id = cls.make_company(env, "Desk").id

    def setUp(self):
        super().setUp()
        with self.connection(company=self.company_id) as env:
            move = self.make_invoice(env, self.company_id)
            self.move_id, self.partner_id = move.id, move.partner_id.id
            self.item_id = move._recouv_receivable_items().id
            self.first, self.second = self.dialog(env).id, self.dialog(env).id

    def dialog(self, env):
        return env["recouv.collect"].create(
            {
                "company_id": self.company_id,
                "partner_id": self.partner_id,
                "currency_id": env.company.currency_id.id,
                "amount": 100,
                "method": "card",
                "print_receipt": False,
                "line_ids": [
                    Command.create({"move_line_id": self.item_id, "amount": 100})
                ],
            }
        )

    def click(self, env, wizard_id):
        env = env(context={"allowed_company_ids": [self.company_id]})
        env["recouv.collect"].browse(wizard_id).action_collect()

    def payments(self):
        with self.connection() as env:
            domain = [("partner_id", "=", self.partner_id)]
            return env["account.payment"].search_count(domain)

    def test_a_second_click_meanwhile_is_told_and_takes_nothing(self):
        with self.connection() as one:
            self.click(one, self.first)
            with self.connection() as two, self.assertRaisesRegex(UserError, "already"):
                self.click(two, self.first)
        self.assertEqual(self.payments(), 1)

    def test_a_second_click_that_began_before_is_tried_again(self):
        """Odoo tries a request again after a serialization failure; then the money of
        the first click is found."""
        with self.connection() as two:
            two["res.users"].search_count([])  # its view of the data begins here
            with self.connection() as one:
                self.click(one, self.first)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(SerializationFailure),
            ):
                self.click(two, self.first)
            two.cr.rollback()
        with self.connection() as again:
            self.click(again, self.first)
        self.assertEqual(self.payments(), 1)

    def test_two_secretaries_at_one_invoice(self):
        with self.connection() as one:
            self.click(one, self.first)
            with (
                self.connection() as two,
                self.assertRaisesRegex(UserError, "Someone else"),
            ):
                self.click(two, self.second)
        with self.connection() as two, self.assertRaisesRegex(UserError, "meanwhile"):
            self.click(two, self.second)
        self.assertEqual(self.payments(), 1)

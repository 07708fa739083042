"""Two real connections, real commits: two secretaries at one call."""

from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .connections_common import ConnectionsCase


@tagged("post_install", "-at_install")
class TestCallConcurrency(ConnectionsCase):
    @classmethod
    def build(cls, env):
        company = cls.make_company(env, "Switchboard", chart=None)
        policy = env["recouv.policy"].create(
            {
                "name": "Calls",
                "company_id": company.id,
                "step_ids": [Command.create({"name": "Call", "channel": "call"})],
            }
        )
        company.recouv_policy_id = policy
        groups = env.ref("base.group_user") | env.ref("recouv_lib.group_user")
        users = env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"switchboard_{name}",
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(groups.ids)],
                }
                for name in ("sophie", "lea")
            ]
        )
        cls.company_id, cls.step_id = company.id, policy.step_ids.id
        cls.sophie, cls.lea = users.ids

    @classmethod
    def put_aside(cls, env):
        calls = env["recouv.notice"].search([("company_id", "=", cls.company_id)])
        calls._record({"state": "cancelled"})

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            debtor = env["res.partner"].create({"name": "Debtor"})
            # sudo, as superuser: nobody makes notices by hand
            self.call_id = (
                env["recouv.notice"]
                .create(
                    {
                        "company_id": self.company_id,
                        "partner_id": debtor.id,
                        "recipient_id": debtor.id,
                        "channel": "call",
                        "state": "printed",
                        "step_id": self.step_id,
                        "amount": 100,
                        "currency_id": env.ref("base.EUR").id,
                        "date_proposed": fields.Date.today(),
                    }
                )
                .id
            )

    def record(self, env, outcome="reached"):
        call = env["recouv.call.session"]._call(self.call_id)
        call._record_call(outcome)

    def recorded(self):
        with self.connection() as env:
            call = env["recouv.notice"].browse(self.call_id)
            return call.call_outcome, call.caller_id.id, call.state

    def test_a_second_user_meanwhile_is_told_and_records_nothing(self):
        with self.connection(self.sophie) as one:
            self.record(one)
            one.flush_all()
            with (
                self.connection(self.lea) as two,
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(UserError, "at this moment"),
            ):
                self.record(two, "refuses")
        self.assertEqual(self.recorded(), ("reached", self.sophie, "sent"))

    def test_a_second_user_afterwards_is_told_by_whom(self):
        with self.connection(self.sophie) as one:
            self.record(one)
        with (
            self.connection(self.lea) as two,
            self.assertRaisesRegex(UserError, "sophie already recorded"),
        ):
            self.record(two, "refuses")
        self.assertEqual(self.recorded(), ("reached", self.sophie, "sent"))

    def test_a_second_user_who_began_before_is_tried_again_then_told(self):
        """Odoo tries a request again after a serialization failure; then the outcome
        of the first is found."""
        with self.connection(self.lea) as two:
            two["res.users"].search_count([])  # her view of the data begins here
            with self.connection(self.sophie) as one:
                self.record(one)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(SerializationFailure),
            ):
                self.record(two, "refuses")
            two.cr.rollback()
        with (
            self.connection(self.lea) as again,
            self.assertRaisesRegex(UserError, "sophie already recorded"),
        ):
            self.record(again, "refuses")
        self.assertEqual(self.recorded(), ("reached", self.sophie, "sent"))

    def test_two_users_who_take_calls_get_two_calls_or_none(self):
        with self.connection(self.sophie) as one:
            taken = one["recouv.notice"].browse(self.call_id).try_lock_for_update()
            self.assertTrue(taken)
            taken._record_caller()
            one.flush_all()
            with self.connection(self.lea) as two:
                calls = two["recouv.call.session"]._calls()
                self.assertNotIn(self.call_id, calls._take_call().ids)

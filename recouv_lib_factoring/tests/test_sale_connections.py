"""Two real connections: the same schedule confirmed by two users at once."""

import base64
from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib.tests.connections_common import ConnectionsCase

from .factoring_common import PDF


@tagged("post_install", "-at_install")
class TestSaleConnections(ConnectionsCase):
    @classmethod
    def build(cls, env):
        practice = cls.make_company(env, "Practice that sells")
        agency = cls.make_company(env, "Agency that buys")
        (practice | agency).currency_id = env.ref("base.EUR")
        cls.practice_id, cls.agency_id = practice.id, agency.id
        cls.go_live(practice)
        mandate = cls.make_mandate(env, practice.id, agency.id)
        cls.contract_id = (
            env["recouv.factoring.contract"]
            .create(
                {
                    "company_id": practice.id,
                    "agency_id": agency.id,
                    "mandate_id": mandate.id,
                    "valid_from": "2020-01-01",
                    "commission_rate": 0.0,
                    "state": "signed",
                }
            )
            .id
        )

    @classmethod
    def put_aside(cls, env):
        env["recouv.factoring.contract"].browse(cls.contract_id).state = "ended"

    def practice(self):
        return self.connection(company=self.practice_id)

    def schedule(self, count=1):
        """A signed schedule that is not booked yet, committed."""
        with self.practice() as env:
            there = env["res.partner"].create(
                [
                    {"name": name, "company_id": self.agency_id}
                    for name in ("Debtor", "Practice")
                ]
            )
            lines = []
            for _rank in range(count):
                move = self.make_invoice(env, self.practice_id, days=40)
                item = move.line_ids.filtered("date_maturity")
                purchase = env["recouv.purchase"].create(
                    {
                        "company_id": self.agency_id,
                        "contract_id": self.contract_id,
                        "offered_on": date.today(),
                        "partner_id": there[0].id,
                        "creditor_partner_id": there[1].id,
                        "currency_id": item.currency_id.id,
                        "reference": item.move_name,
                        "date_due": item.date_maturity,
                        "amount": 100,
                        "state": "accepted",
                    }
                )
                lines.append(
                    {
                        "origin_line_id": item.id,
                        "state": "accepted",
                        "amount": 100,
                        "purchase_id": purchase.id,
                    }
                )
            schedule = env["recouv.assignment"].create(
                {
                    "company_id": self.practice_id,
                    "contract_id": self.contract_id,
                    "currency_id": item.currency_id.id,
                    "stage": "decided",
                    "line_ids": [Command.create(values) for values in lines],
                }
            )
            schedule._fix_price()
            schedule._record({"signed_on": fields.Datetime.now()})
            return schedule.id

    def confirm(self, env, schedule_id):
        return env["recouv.assignment"].browse(schedule_id)._transfer()

    def sold(self, schedule_id):
        with self.practice() as env:
            lines = env["recouv.assignment"].browse(schedule_id).line_ids
            transfers = env["recouv.transfer"].search(
                [("assignment_line_id", "in", lines.ids)]
            )
            claims = env["recouv.claim"].search_count(
                [("move_line_id", "in", transfers.counterpart_line_id.ids)]
            )
            return len(transfers), claims

    def test_two_users_who_confirm_at_once_sell_once(self):
        schedule_id = self.schedule()
        with self.practice() as env:
            self.confirm(env, schedule_id)
            env.flush_all()
            # the second is told at once, it does not wait for the first
            outcome = self.in_thread(
                lambda other: self.confirm(other, schedule_id), self.practice_id
            )
        self.assertIsInstance(outcome, UserError)
        self.assertIn("Someone else", str(outcome))
        with self.practice() as env:
            self.confirm(env, schedule_id)
        self.assertEqual(self.sold(schedule_id), (1, 1))

    def test_a_payment_under_way_is_not_sold(self):
        schedule_id = self.schedule()
        with self.practice() as env:
            item = env["recouv.assignment"].browse(schedule_id).line_ids.origin_line_id
            item.lock_for_update()
            outcome = self.in_thread(
                lambda other: self.confirm(other, schedule_id), self.practice_id
            )
        self.assertIsInstance(outcome, UserError)
        self.assertEqual(self.sold(schedule_id), (0, 0))

    # --- repurchase -------------------------------------------------------------------

    def asked(self):
        """A repurchase that waits for its answer, committed."""
        schedule_id = self.schedule()
        with self.practice() as env:
            self.confirm(env, schedule_id)
            line = env["recouv.assignment"].browse(schedule_id).line_ids
            file = base64.b64encode(PDF)
            return line._ask_buy_back("disputed", file, "lettre.pdf").id

    def accept(self, env, asked_id):
        repurchases = type(env["recouv.repurchase"])
        with patch.object(repurchases, "_print_deed", lambda *args: PDF):
            return env["recouv.repurchase"].sudo().browse(asked_id).action_accept()

    def returns_of(self, asked_id):
        with self.practice() as env:
            return env["recouv.assignment.return"].search_count(
                [("repurchase_id", "=", asked_id)]
            )

    def test_two_who_accept_at_once_book_once(self):
        asked_id = self.asked()
        with self.practice() as env:
            self.accept(env, asked_id)
            env.flush_all()
            outcome = self.in_thread(
                lambda other: self.accept(other, asked_id), self.practice_id
            )
        self.assertIsInstance(outcome, UserError)
        self.assertIn("Someone else", str(outcome))
        self.assertEqual(self.returns_of(asked_id), 1)
        with self.practice() as env, self.assertRaisesRegex(UserError, "decided"):
            self.accept(env, asked_id)

    def test_accepting_and_withdrawing_at_once_do_not_cross(self):
        asked_id = self.asked()
        with self.practice() as env:
            env["recouv.repurchase"].sudo().browse(asked_id).action_withdraw()
            env.flush_all()
            outcome = self.in_thread(
                lambda other: self.accept(other, asked_id), self.practice_id
            )
        self.assertIsInstance(outcome, UserError)
        self.assertEqual(self.returns_of(asked_id), 0)

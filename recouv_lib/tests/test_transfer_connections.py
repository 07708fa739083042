"""Two people, two connections, one receivable."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .connections_common import ConnectionsCase


@tagged("post_install", "-at_install")
class TestTransferConnections(ConnectionsCase):
    @classmethod
    def build(cls, env):
        """A company with what a transfer needs, and nothing of a chart."""
        company = cls.make_company(env, "Two connections", chart=None)
        env = env(context={"allowed_company_ids": company.ids})
        cls.company_id = company.id
        receivable, income = (
            env["account.account"].create(
                {
                    "name": name,
                    "code": code,
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                }
            )
            for name, code, kind in (
                ("Debtors", "411000", "asset_receivable"),
                ("Fees", "706000", "income"),
            )
        )
        company._recouv_create_transfer_settings()
        sales = env["account.journal"].create(
            {"name": "Old items", "code": "OLD", "type": "general"}
        )
        patient, cls.payer_id, cls.other_payer_id = (
            env["res.partner"]
            .create(
                {
                    "name": name,
                    "company_id": company.id,
                    "property_account_receivable_id": receivable.id,
                }
            )
            .id
            for name in ("Patient", "Payer", "Other payer")
        )
        move = env["account.move"].create(
            {
                "journal_id": sales.id,
                "date": date.today(),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": receivable.id,
                            "partner_id": patient,
                            "debit": 100,
                            "date_maturity": date.today(),
                        },
                    ),
                    (0, 0, {"account_id": income.id, "credit": 100}),
                ],
            }
        )
        move.action_post()
        cls.line_id = move.line_ids.filtered("debit").id

    def plan(self, env, amount, payer_id, key):
        transfers = env["recouv.transfer"].with_context(
            allowed_company_ids=[self.company_id]
        )
        return transfers._get_or_create(
            [
                {
                    "kind": "payer_share",
                    "origin_line_id": self.line_id,
                    "amount_currency": amount,
                    "target_partner_id": payer_id,
                    "idempotency_key": key,
                }
            ]
        )

    def test_two_people_never_transfer_more_than_what_is_owed(self):
        with self.connection() as one, self.connection() as two:
            first = self.plan(one, 70, self.payer_id, "connections:1")
            second = self.plan(two, 70, self.other_payer_id, "connections:2")
            first._post()
            one.flush_all()
            # the second is told at once, it does not wait for the first
            two.cr.execute("SET LOCAL statement_timeout = '5s'")
            with self.assertRaisesRegex(UserError, "Someone else is working"):
                second._post()
            two.cr.rollback()
            one.cr.commit()
            again = self.plan(two, 70, self.other_payer_id, "connections:2")
            with self.assertRaisesRegex(UserError, "still owed"):
                again._post()
            two.cr.rollback()
            # what fits is booked
            third = self.plan(two, 30, self.other_payer_id, "connections:3")
            third._post()
            line = two["account.move.line"].browse(self.line_id)
            self.assertTrue(line.reconciled)

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import TODAY
from .funds_common import FundsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyReceiptQueries(FundsCommon):
    """The cost of a receipt does not grow with the number of receipts."""

    def mirrors(self, count):
        env, cls = self.env, type(self)
        self.addCleanup(setattr, cls, "env", cls.env)
        cls.env = env(su=True)
        claims = self.env["recouv.claim"]
        moves = self.env["account.move"]
        for index in range(count):
            patient = self.make_patient(f"Patient {index}")
            moves |= self.make_invoice(patient, 50.0, date(2026, 1, 5))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claims = self.claims_of(moves)
        return self.place(claims)

    def queries(self, mirrors):
        """Queries that receiving on these mirrors takes, by the bank."""
        movements = [self.movement(50.0, f"VIR {index}") for index in mirrors.ids]
        receipts = self.env["recouv.receipt"].with_user(self.agent)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        made = receipts.create(
            [
                receipts._movement_values(movement)
                | {
                    "partner_id": mirror.partner_id.id,
                    "chosen_claim_ids": [Command.set(mirror.ids)],
                }
                for movement, mirror in zip(movements, mirrors, strict=True)
            ]
        )
        made._lay_out()
        made._confirm()
        self.env.flush_all()
        self.assertEqual(set(made.mapped("state")), {"cleared"})
        return self.env.cr.sql_log_count - before

    def test_a_receipt_costs_as_many_queries_among_many_as_among_few(self):
        self.queries(self.mirrors(2))  # what is read once
        few, many = self.mirrors(8), self.mirrors(24)
        of_few, of_many = self.queries(few), self.queries(many)
        self.assertLess(of_many / 24, of_few / 8 * 1.1)
        # Odoo's own register takes 77 a payment
        self.assertLess(of_many / 24, 77 / 3)

    def test_the_entries_are_as_few_as_they_can_be(self):
        moves = self.env["account.move"].sudo()
        mirrors = self.mirrors(30)
        before = moves.search_count([("move_type", "=", "entry")])
        movements = len(mirrors)
        self.queries(mirrors)
        made = moves.search_count([("move_type", "=", "entry")]) - before - movements
        # 30 transfers fill two entries of the practice, one of the agency
        self.assertEqual(made, 3)

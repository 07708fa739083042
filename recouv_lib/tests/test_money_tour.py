from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RecouvCommon


@tagged("post_install", "-at_install")
class TestMoneyTour(RecouvCommon, HttpCase):
    """Agreeing and collecting in a real browser, as a secretary."""

    def test_a_secretary_agrees_on_a_plan_then_collects(self):
        day = fields.Date.context_today(self.company)
        move = self.make_invoice(amount=90, due=fields.Date.subtract(day, days=10))
        self.env["recouv.engine"]._create_claims(self.company, day)
        claim = self.claims_of(move)
        self.start_tour("/odoo/recouv-claims", "recouv_money_tour", login="secretary")
        self.env.invalidate_all()
        self.assertEqual(claim.plan_ids.line_ids.mapped("amount"), [30, 30, 30])
        self.assertEqual(claim.plan_ids.standing, "kept")
        self.assertEqual(claim.settlement, "paid")
        act = self.env["recouv.collection"].search(
            [("partner_id", "=", self.patient.id)]
        )
        self.assertEqual((act.amount, act.create_uid), (90, self.secretary))

    def test_a_secretary_banks_cheques_and_one_bounces(self):
        day = fields.Date.context_today(self.company)
        due = fields.Date.subtract(day, days=10)
        other = self.make_patient("Louise Bernard")
        moves = self.make_invoice(amount=90, due=due)
        moves |= self.make_invoice(other, amount=45, due=due)
        cheques = self.env["recouv.cheque"]
        for move in moves:
            act = self.env["recouv.collection"]._take(
                {
                    "company": self.company,
                    "partner": move.partner_id,
                    "method": "cheque",
                    "amount": move.amount_total,
                    "currency": move.currency_id,
                    "date": day,
                    "lines": [(move._recouv_receivable_items(), move.amount_total)],
                }
            )
            cheques |= act.cheque_ids
        self.start_tour(
            "/odoo/recouv-cheques", "recouv_deposit_tour", login="secretary"
        )
        self.env.invalidate_all()
        slip = cheques.deposit_id
        self.assertEqual((slip.state, slip.total), ("done", 135))
        self.assertEqual(cheques.mapped("state"), ["deposited", "bounced"])
        printed = self.env["ir.attachment"].search(
            [("res_model", "=", "recouv.deposit"), ("res_id", "=", slip.id)]
        )
        self.assertEqual(printed.mimetype, "application/pdf")
        bounce = cheques.collection_id.bounce_ids
        self.assertEqual((bounce.amount, bounce.handled_by_id), (45, self.secretary))
        self.assertEqual(moves.mapped("amount_residual"), [0, 45])

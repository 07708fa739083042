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

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RecouvCommon


@tagged("post_install", "-at_install")
class TestRelanceTour(RecouvCommon, HttpCase):
    """The daily work in a real browser, as a secretary without any other right."""

    def test_a_secretary_explains_an_invoice_and_sends_a_run(self):
        policy = self.make_policy(steps=[{"channel": "call", "delay_days": 3}])
        self.company.recouv_policy_id = policy
        self.patient.phone = "+33 6 12 34 56 78"
        day = fields.Date.context_today(self.company)
        due = fields.Date.subtract(day, days=10)
        move = self.make_invoice(due=due)
        self.env["recouv.engine"]._create_claims(self.company, day)
        self.assertTrue(self.claims_of(move))
        self.start_tour("/odoo/recouv-claims", "recouv_relance_tour", login="secretary")
        run = self.env["recouv.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.create_uid, self.secretary)
        self.assertEqual(run.notice_ids.state, "printed")

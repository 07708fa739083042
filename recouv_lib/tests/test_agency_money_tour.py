from odoo import fields
from odoo.tests import HttpCase, tagged

from .agency_common import AgencyCommon


@tagged("post_install", "-at_install")
class TestAgencyMoneyTour(AgencyCommon, HttpCase):
    """From the agent's receipt to the practitioner's paid invoice, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        env, cls.env = cls.env, cls.env(su=True)
        due = fields.Date.subtract(cls.today, days=40)
        cls.invoice = cls.make_invoice(amount=120.0, due=due)
        cls.env["recouv.engine"]._create_claims(cls.company, cls.today)
        cls.env = env
        cls.mirror = cls.place(cls.claims_of(cls.invoice))

    def test_an_agent_receives_a_manager_remits_a_practitioner_sees_it(self):
        self.start_tour(
            "/odoo/recouv-receipts", "recouv_agency_receipt_tour", login="agent"
        )
        self.env.invalidate_all()
        self.assertEqual(self.invoice.amount_residual, 0)
        self.start_tour(
            "/odoo/recouv-remittances",
            "recouv_remittance_tour",
            login="agency_manager",
        )
        self.start_tour(
            "/odoo/recouv-received", "recouv_received_tour", login="practitioner"
        )
        self.env.invalidate_all()
        transfer = self.env["recouv.transfer"].search(
            [("invoice_id", "=", self.invoice.id)]
        )
        self.assertTrue(transfer.remitted_on)
        self.assertEqual(self.invoice.payment_state, "paid")

from odoo import fields
from odoo.tests import HttpCase, tagged

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
class TestInsuranceTour(InsuranceCommon, HttpCase):
    """A loss in a real browser: notified, declared, settled, paid."""

    @classmethod
    def make_insurance(cls, activate=True, **values):
        """EXTENDS: a browser lives today, and so does the policy; nothing to wait."""
        today = fields.Date.context_today(cls.company)
        values = {
            "date_from": fields.Date.subtract(today, days=200),
            "date_to": fields.Date.add(today, days=160),
            "waiting_months": 0,
        } | values
        return super().make_insurance(activate, **values)

    def test_a_loss_is_notified_declared_settled_and_paid(self):
        today = fields.Date.context_today(self.company)
        self.limit(self.clinic, 5000, start=fields.Date.subtract(today, days=150))
        sold = fields.Date.subtract(today, days=50)
        move = self.make_invoice(
            self.clinic, 1000, fields.Date.add(sold, days=30), invoice_date=sold
        )
        self.env["recouv.engine"]._create_claims(self.company, today)
        self.start_tour(
            "/odoo/recouv-insurance-cover",
            "recouv_insurance_declare_tour",
            login="secretary",
        )
        self.start_tour(
            "/odoo/recouv-insurance-losses",
            "recouv_insurance_indemnity_tour",
            login="insurance_manager",
        )
        self.env.invalidate_all()
        loss = self.env["recouv.insurance.loss"].search(
            [("partner_id", "=", self.clinic.id)]
        )
        self.assertEqual((loss.state, loss.invoice_count), ("paid", 1))
        self.assertEqual((loss.amount_payable, loss.amount_received), (900, 900))
        self.assertEqual(move.amount_residual, 100)
        self.assertEqual(loss.action_view_invoices()["res_id"], move.id)

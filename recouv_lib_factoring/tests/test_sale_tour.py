from odoo import fields
from odoo.tests import HttpCase, tagged

from .offer_common import OfferCommon


@tagged("post_install", "-at_install")
class TestSaleTour(OfferCommon, HttpCase):
    """From the list of invoices to the signed deed, each party in its own browser."""

    def test_an_invoice_is_offered_bought_signed_and_marked(self):
        today = fields.Date.context_today(self.company)
        move = self.make_invoice(due=fields.Date.subtract(today, days=20))
        for url, tour, user in (
            ("customer-invoices", "offer", self.secretary),
            ("recouv-purchases-decide", "decide", self.agent),
            ("recouv-sales", "sign", self.practitioner),
        ):
            name = f"recouv_sale_{tour}_tour"
            self.start_tour(f"/odoo/{url}", name, login=user.login)
        self.env.invalidate_all()
        self.assertEqual(move.recouv_sale, "sold")
        self.assertEqual(move.amount_residual, 0)
        line = move.sudo().recouv_assignment_line_ids
        self.assertEqual(line.state, "transferred")
        self.assertEqual(line.assignment_id.submitted_by_id, self.secretary)
        self.assertEqual(line.purchase_id.decided_by_id, self.agent)
        self.assertEqual(line.assignment_id.practice_signatory, self.practitioner.name)
        self.assertEqual(line.purchase_id.item_id.amount_residual, 100)

from odoo import fields
from odoo.tests import HttpCase, tagged

from .court_common import CourtCommon


@tagged("post_install", "-at_install")
class TestCourtTour(CourtCommon, HttpCase):
    """The main path of a court file in a real browser, as the practitioner."""

    def test_a_claim_is_taken_to_court_and_the_order_granted(self):
        today = fields.Date.context_today(self.company)
        claim = self.make_claim(due=fields.Date.subtract(today, days=200))
        claim.sudo().formal_notice_date = fields.Date.subtract(today, days=60)
        litigation = self.make_file(claim, ready=False)
        self.start_tour(
            "/odoo/recouv-claims", "recouv_court_tour", login="practitioner"
        )
        self.env.invalidate_all()
        self.assertEqual(litigation.state, "granted")
        self.assertEqual((litigation.filed_on, litigation.order_on), (today, today))
        self.assertEqual(litigation.granted_principal, 300)
        self.assertEqual(claim.holder, "court")
        self.assertEqual(litigation.act_ids.create_uid, self.manager)

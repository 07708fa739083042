from odoo import fields
from odoo.tests import HttpCase, tagged

from .write_off_common import WriteOffCommon


@tagged("post_install", "-at_install")
class TestWriteOffTour(WriteOffCommon, HttpCase):
    """A claim is given up, and taken back, in a real browser."""

    def test_a_manager_gives_a_claim_up_and_takes_it_back(self):
        self.start_tour(
            "/odoo/recouv-claims", "recouv_write_off_tour", login="practitioner"
        )
        self.env.invalidate_all()
        act = self.env["recouv.write.off"].search([])
        self.assertEqual((act.state, act.reason), ("undone", "insolvent"))
        self.assertEqual(act.undo_reason, "Found again")
        self.assertTrue(act.document_id.raw)
        self.assertEqual(act.date, fields.Date.context_today(act))
        self.assertEqual(self.claim.settlement, "open")
        self.assertEqual(self.claim.amount_residual, 120.0)

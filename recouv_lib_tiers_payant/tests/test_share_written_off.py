from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .rejection_common import RejectionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareWrittenOff(RejectionCommon):
    """The patient's part was given up: what is credited to a payer is not his."""

    def setUp(self):
        super().setUp()
        self.move = self.shared_invoice()
        self.env["recouv.engine"]._create_claims(self.company, date(2026, 6, 15))
        claims = self.claims_of(self.move)
        claim = claims.filtered(lambda one: one.partner_id == self.patient)
        self.assertEqual(claim.amount_residual, 10)
        acts = self.env["recouv.write.off"].with_user(self.boss)
        self.act = acts._prepare(claim, reason="too_small", explanation="Ten euros")
        self.act.action_decide()

    def refused(self, amount, part=None):
        told = self.assertRaisesRegex(UserError, f"{self.act.name}.*undone first")
        with told, self.env.cr.savepoint():
            self.credit_note(self.move, amount, part)

    def test_what_would_reach_the_patient_waits_for_the_undoing(self):
        self.refused(50)
        self.refused(10, "patient")
        self.refused(25, "amc")
        self.act.undo("Credited instead")
        self.credit_note(self.move, 100)
        self.assertEqual(self.move.amount_residual, 0)

    def test_what_stays_with_a_payer_goes_on(self):
        refund = self.credit_note(self.move, 20, "amc")
        self.assertEqual(refund.amount_residual, 0)
        self.move.recouv_share_ids.invalidate_recordset()
        self.assertEqual(self.share_of(self.move, "amc").amount_open, 0)
        self.assertEqual(self.share_of(self.move).amount_open, 70)
        self.assertFalse(self.act._open_credits())

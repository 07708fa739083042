from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import ShareCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareSettlement(ShareCommon):
    """What a practice remits to a patient is taken from the patient's part alone."""

    def test_a_settlement_of_the_patient_leaves_the_payers_parts(self):
        move = self.shared_invoice(care=date(2026, 5, 1))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.claims_of(move).filtered(lambda c: c.capacity == "creditor")
        self.assertEqual(claim.amount_residual, 10)
        plan = claim._agree("settlement", [(date(2026, 7, 1), 6)], source="call")
        plan.action_approve()
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=claim.move_line_id.ids
        ).create({"amount": 6, "payment_date": TODAY}).action_create_payments()
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["recouv.plan"]._cron_settle()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(plan.credit_ids.amount_total, 4)
        self.assertEqual((claim.settlement, claim.amount_residual), ("settled", 0))
        for kind, amount in (("amo", 70), ("amc", 20)):
            self.assertEqual(self.share_of(move, kind).amount_open, amount)

from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .rejection_common import SENT, RejectionCommon

AGREED, LATER = "2026-06-15", date(2026, 7, 20)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@tagged("post_install", "-at_install")
class TestRejectionPlan(RejectionCommon):
    """What a payer refuses comes back to the same debt: what was agreed on it, and
    what suspends it, goes along, though the claim between was the payer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(AGREED):
            cls.invoice = cls.make_invoice(
                invoice_date=SENT, due=SENT, recouv_care_end_date=SENT
            )
            cls.env["recouv.engine"]._create_claims(cls.company, date(2026, 6, 15))
        cls.claim = cls.claims_of(cls.invoice)
        cls.make_reason("5555", "bill_patient")

    def refused(self, payer=None):
        """The part of 70 goes to the payer, which refuses it; the patient owes it."""
        with freeze_time(AGREED):
            share = self.make_share(payer or self.mutual, invoice=self.invoice)
            rejection = self.reject(share, "5555", "plafond atteint")
            self.env["recouv.rejection.treat"].with_user(self.biller).create(
                {
                    "rejection_ids": [Command.set(rejection.ids)],
                    "action": "bill_patient",
                }
            ).action_apply()
        self.run = self.propose(LATER)
        self.env.invalidate_all()
        item = rejection.act_ids.transfer_id.target_line_id
        back = self.env["recouv.claim"].search([("move_line_id", "=", item.id)])
        self.assertEqual(back.origin_claim_id, share.claim_id, "the payer's")
        self.assertEqual(back.partner_id, self.patient)
        return back

    def mine(self):
        return self.run.notice_ids.filtered(lambda n: n.partner_id == self.patient)

    def agree(self):
        with freeze_time(AGREED):
            return self.claim.with_user(self.secretary)._agree(
                "plan", [(SEPTEMBER, 50), (OCTOBER, 50)], source="call"
            )

    @freeze_time(LATER)
    def test_a_plan_follows_what_a_payer_refused(self):
        plan = self.agree()
        back = self.refused()
        self.assertEqual(plan.claim_ids, self.claim | back)
        self.assertEqual((plan.standing, plan.amount_paid), ("running", 0))
        self.assertEqual(back.suspension, "plan")
        self.assertFalse(self.mine())

    @freeze_time(LATER)
    def test_money_for_what_came_back_fills_its_instalments(self):
        plan = self.agree()
        back = self.refused()
        with freeze_time("2026-08-20"):
            self.pay_item(back.move_line_id, 50)
        with freeze_time("2026-09-20"):
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual((plan.standing, plan.amount_paid), ("running", 50))
        with freeze_time("2026-10-20"):
            self.env.invalidate_all()
            self.assertEqual(plan.standing, "broken")

    def pay_item(self, item, amount):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move.line", active_ids=item.ids)
            .create({"amount": amount, "payment_date": date(2026, 8, 20)})
            ._create_payments()
        )

    @freeze_time(LATER)
    def test_a_suspension_follows_what_a_payer_refused(self):
        with freeze_time(AGREED):
            self.claim.with_user(self.secretary)._hold("hospitalised")
        back = self.refused()
        self.assertEqual(back.suspension, "hold")
        self.assertFalse(self.mine())

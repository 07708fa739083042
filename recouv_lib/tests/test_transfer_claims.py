from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferClaims(TransferCommon):
    """What the run makes of transferred receivables."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(due=date(2026, 5, 1))
        cls.move.recouv_care_end_date = date(2026, 4, 20)

    def brought_back(self, due=date(2026, 6, 1)):
        share = self.transfer(self.move, amount=100, date=date(2026, 5, 2))
        return share.action_reverse("Rejected", date=date(2026, 5, 20), date_due=due)

    def claim_on(self, line):
        return self.env["recouv.claim"].search([("move_line_id", "=", line.id)])

    def test_what_came_back_gets_a_claim_of_its_own_chained_to_the_first(self):
        self.propose(date(2026, 5, 20))
        first = self.claims_of(self.move)
        back = self.brought_back()
        self.propose()
        claim = self.claim_on(back.target_line_id)
        self.assertNotEqual(claim, first)
        self.assertEqual(claim.origin_claim_id, first)
        self.assertEqual(back.target_claim_id, claim)
        self.assertEqual(claim.partner_id, self.patient)
        self.assertEqual(claim.amount_residual, 100)

    def test_it_speaks_of_the_invoice_and_not_of_the_entry(self):
        back = self.brought_back()
        self.propose()
        claim = self.claim_on(back.target_line_id)
        self.assertEqual(claim.move_id, self.move)
        self.assertEqual(claim.display_name, self.move.name)
        self.assertEqual(claim.care_end_date, date(2026, 4, 20))
        self.assertEqual(claim.date_due, date(2026, 6, 1))

    def test_it_keeps_its_item_run_after_run(self):
        back = self.brought_back()
        for day in (date(2026, 6, 15), date(2026, 6, 16)):
            self.propose(day)
        claim = self.claim_on(back.target_line_id)
        self.assertEqual(len(claim), 1)
        self.assertFalse(claim.closed_on)

    def test_a_doubtful_claim_keeps_its_item_run_after_run(self):
        self.propose(date(2026, 5, 20))
        claim = self.claims_of(self.move)
        doubtful = self.transfer(self.move, "doubtful", partner=self.patient)
        for day in (date(2026, 6, 15), date(2026, 6, 16)):
            self.propose(day)
        self.assertEqual(claim.move_line_id, doubtful.target_line_id)
        self.assertEqual(self.claims_of(self.move), claim)

    def test_a_new_due_date_is_honoured(self):
        back = self.brought_back()
        self.propose()
        back.target_line_id.date_maturity = date(2026, 6, 10)
        claim = self.claim_on(back.target_line_id)
        self.assertEqual(claim.date_due, date(2026, 6, 10))

    def test_a_payers_item_is_not_relanced_as_a_patients(self):
        self.transfer(self.move, amount=100, date_due=date(2026, 6, 1))
        run = self.propose()
        self.assertNotIn(self.payer, run.notice_ids.partner_id)

    def test_a_doubtful_receivable_is_paid_as_any_other(self):
        self.propose(date(2026, 5, 20))
        claim = self.claims_of(self.move)
        doubtful = self.transfer(self.move, "doubtful", partner=self.patient)
        self.env["account.payment.register"].with_context(
            active_model="account.move.line",
            active_ids=doubtful.target_line_id.ids,
        ).create({"payment_date": TODAY})._create_payments()
        self.assertTrue(doubtful.target_line_id.reconciled)
        self.assertEqual(claim.settlement, "paid")

    def test_a_payment_never_writes_on_claims_or_transfers(self):
        self.propose(date(2026, 5, 20))
        back = self.brought_back()
        self.propose()
        stamps = self.env["recouv.transfer"].search([]).mapped("write_date")
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=back.target_line_id.ids
        ).create({"payment_date": TODAY})._create_payments()
        self.env.flush_all()
        self.assertEqual(
            self.env["recouv.transfer"].search([]).mapped("write_date"), stamps
        )
        self.assertEqual(self.claim_on(back.target_line_id).settlement, "paid")

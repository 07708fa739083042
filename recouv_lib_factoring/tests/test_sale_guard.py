from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon
from .sale_common import SaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleGuard(SaleCommon):
    """A sale is undone by its own acts alone, and followed on the right days."""

    def test_a_sold_receivable_does_not_come_back_by_the_general_button(self):
        line = self.sell(self.make_invoice(self.patient, 100.0)).line_ids
        transfer = line.transfer_id.with_user(self.practitioner)
        with self.assertRaisesRegex(UserError, "Take back"):
            transfer.action_reverse("By mistake")
        self.assertEqual(line.state, "transferred")
        marked = transfer.with_context(recouv_giving_back=True)
        with self.assertRaisesRegex(UserError, "Take back"):
            marked.action_reverse("By mistake")

    def test_a_credit_note_dated_before_the_sale_follows_on_its_day(self):
        move = self.make_invoice(self.patient, 100.0)
        line = self.sell(move).line_ids
        early = TODAY - timedelta(days=20)
        refund = move._reverse_moves([{"invoice_date": early, "date": early}])
        refund.action_post()
        owed = line.return_ids
        self.assertEqual(owed.date, line.transfer_id.date)
        self.assertEqual(owed.refund_id.invoice_date, line.transfer_id.date)

    def test_closed_books_of_the_buyer_keep_nobody_from_crediting(self):
        move = self.make_invoice(self.patient, 100.0, due=TODAY - timedelta(days=60))
        with freeze_time(TODAY - timedelta(days=40)):
            line = self.sell(move).line_ids
        self.agency.sudo().fiscalyear_lock_date = TODAY - timedelta(days=10)
        early = TODAY - timedelta(days=20)
        refund = move._reverse_moves([{"invoice_date": early, "date": early}])
        refund.action_post()
        self.assertEqual(refund.state, "posted")
        self.assertEqual(line.return_ids.date, TODAY)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleGates(OfferCommon):
    """What may not be offered, said at once."""

    def gate(self, move):
        draft = self.draft(move)
        (code,) = draft.line_ids._gate_codes().values()
        return code

    def test_a_loss_told_to_the_insurer_is_not_sold_too(self):
        move = self.make_invoice()
        policy = (
            self.env["recouv.insurance.policy"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "name": "P1",
                    "insurer_id": self.env["res.partner"]
                    .create({"name": "Assureur"})
                    .id,
                    "date_from": TODAY - timedelta(days=300),
                    "date_to": TODAY + timedelta(days=60),
                }
            )
        )
        loss = (
            self.env["recouv.insurance.loss"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "policy_id": policy.id,
                    "partner_id": self.patient.id,
                    "state": "declared",
                    "line_ids": [(0, 0, {"move_line_id": self.item(move).id})],
                }
            )
        )
        self.assertEqual(self.gate(move), "insured_loss")
        loss.state = "withdrawn"
        self.assertFalse(self.gate(move))

    def test_a_dispute_before_the_due_date_is_held_when_taken_back(self):
        self.set_terms(buyer_status="credit_institution")
        move = self.make_invoice()
        self.item(move).sudo().date_maturity = TODAY + timedelta(days=20)
        line = self.sell(move).sudo().line_ids
        evidence = self.env["ir.attachment"].create({"name": "a.pdf", "raw": b"x"})
        line.with_user(self.practitioner)._buy_back("disputed", evidence)
        transfer = line.return_ids.transfer_id
        self.assertEqual(transfer.target_claim_id.suspension, "dispute")

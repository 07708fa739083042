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

    # --- the buyer's own books --------------------------------------------------------

    def bought(self):
        """A bought receivable, its item as the buyer's accountant sees it."""
        line = self.sell(self.make_invoice(self.patient, 100.0)).line_ids
        return line, line.sudo().purchase_id.item_id

    def test_a_bought_item_is_not_edited_nor_its_entry_undone(self):
        line, item = self.bought()
        other = self.contact_there("Someone else")
        account = self.agency.sudo().recouv_assignors_account_id
        for values in ({"partner_id": other.id}, {"account_id": account.id}):
            with self.assertRaisesRegex(UserError, "belongs to"):
                item.write(values)
        with self.assertRaises(UserError):
            item.move_id.button_draft()
        with self.assertRaises(UserError):
            item.move_id._reverse_moves()
        self.assertEqual(line.transfer_id.state, "posted")

    def test_what_settled_it_when_it_went_back_is_not_undone_by_hand(self):
        line, item = self.bought()
        self.take_back(line)
        self.assertTrue(item.reconciled)
        with self.assertRaisesRegex(UserError, "undone"):
            item.remove_move_reconcile()
        partial = item.matched_credit_ids
        with self.assertRaisesRegex(UserError, "undone"):
            partial.write({"amount": 1})
        self.assertTrue(item.reconciled)

    def test_a_credit_note_that_followed_is_not_undone_by_hand_there(self):
        line, item = self.bought()
        refund = line.move_id._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.action_post()
        with self.assertRaisesRegex(UserError, "undone"):
            item.remove_move_reconcile()

    def test_a_payment_of_the_debtor_there_may_bounce(self):
        _line, item = self.bought()
        wizard = (
            self.books["account.payment.register"]
            .with_company(self.agency)
            .with_context(active_model="account.move.line", active_ids=item.ids)
        )
        wizard.create({"payment_date": TODAY})._create_payments()
        self.assertTrue(item.reconciled)
        item.remove_move_reconcile()
        self.assertEqual(item.amount_residual, 100)

    def test_a_bought_item_changed_past_the_guards_breaks_its_transfer(self):
        line, item = self.bought()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_currency = 60 WHERE id = %s", [item.id]
        )
        self.env.invalidate_all()
        broken = self.env["recouv.transfer"]._detect_broken()
        self.assertEqual(broken, line.transfer_id)

    # --- credit notes -----------------------------------------------------------------

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

    def test_why_not_is_told_as_a_sentence_of_its_own(self):
        move = self.make_invoice()
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.claims_of(move)._hold("dispute")
        draft = self.draft(move)
        self.assertEqual(draft.line_ids.code, "dispute")
        self.assertEqual(
            draft.line_ids.told_reason, "It is disputed: answer the dispute first."
        )
        # kept in lower case by an earlier version
        draft.sudo().line_ids._record({"reason": "it is disputed."})
        self.assertEqual(draft.line_ids.told_reason, "It is disputed.")

    def test_every_reason_begins_with_a_capital(self):
        messages = self.env["recouv.engine"]._sale_messages(
            self.company, self.company.currency_id
        )
        for code, message in messages.items():
            with self.subTest(code):
                self.assertFalse(message[:1].islower(), message)

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
        # what comes of the rest is shared with the insurer: it is not the practice's
        loss.state = "paid"
        self.assertEqual(self.gate(move), "indemnified")
        loss.state = "withdrawn"
        self.assertFalse(self.gate(move))

    def test_a_dispute_before_the_due_date_is_held_when_taken_back(self):
        self.set_terms(buyer_status="credit_institution")
        move = self.make_invoice()
        self.item(move).sudo().date_maturity = TODAY + timedelta(days=20)
        line = self.sell(move).sudo().line_ids
        transfer = self.take_back(line).transfer_id
        self.assertEqual(transfer.target_claim_id.suspension, "dispute")

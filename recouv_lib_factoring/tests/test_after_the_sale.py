from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAfterTheSale(AfterSaleCommon):
    """What happens to a sold receivable is carried through in both companies."""

    # --- paid to the buyer ----------------------------------------------------------

    def test_the_debtor_pays_the_buyer(self):
        self.pay_buyer()
        self.assertEqual(self.settlement(self.purchase.claim_id), "paid")
        self.assertBooks(self.agency, {"recouv_acquired_account_id": 0})

    def test_a_partial_payment_leaves_the_rest(self):
        self.pay_buyer(40.0)
        self.purchase.claim_id.invalidate_recordset()
        self.assertEqual(self.purchase.claim_id.amount_residual, 60)

    def test_a_bounced_payment_opens_the_claim_again(self):
        payment = self.pay_buyer()
        payment = payment.sudo().with_context(allowed_company_ids=self.agency.ids)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.settlement(self.purchase.claim_id), "open")
        self.assertEqual(self.purchase.claim_id.amount_residual, 100)

    # --- credit notes ---------------------------------------------------------------

    def test_a_credit_note_is_owed_back_to_the_buyer(self):
        self.sale._pay_price()
        self.credit_note(100.0)
        owed = self.line.return_ids
        self.assertEqual((owed.kind, owed.amount), ("credited", 100))
        # 5 % of 100 and its VAT come back with it
        self.assertEqual(owed.amount_given_back, 6.0)
        self.assertBooks(self.company, {"recouv_assignment_account_id": -94.0})
        self.assertBooks(
            self.agency,
            {"recouv_acquired_account_id": 0, "recouv_assignors_account_id": 94.0},
        )
        self.assertEqual(self.settlement(self.purchase.claim_id), "credited")
        self.assertBalanced(self.company, self.agency)

    def test_a_credit_note_in_part_leaves_the_rest_at_the_buyer(self):
        self.sale._pay_price()
        self.credit_note(30.0)
        self.purchase.claim_id.invalidate_recordset()
        self.assertEqual(self.purchase.claim_id.amount_residual, 70)
        self.assertEqual(self.line.return_ids.amount_due, 28.2)

    def test_what_is_owed_back_is_paid(self):
        self.sale._pay_price()
        self.credit_note(100.0)
        owed = self.line.return_ids
        owed.with_user(self.practitioner).action_pay()
        self.assertEqual(owed.state, "paid")
        self.assertBooks(self.company, {"recouv_assignment_account_id": 0})
        self.assertBooks(self.agency, {"recouv_assignors_account_id": 0})
        with self.assertRaises(UserError):
            owed.with_user(self.practitioner).action_pay()

    def test_a_contract_may_keep_the_commission(self):
        self.terms(refund_commission=False)
        self.credit_note(100.0)
        self.assertEqual(self.line.return_ids.amount_due, 100)

    # --- paid to the wrong party ----------------------------------------------------

    def test_a_payment_to_the_practice_is_owed_to_the_buyer(self):
        self.sale._pay_price()
        item = self.pay_practice()
        owed = self.line.with_user(self.secretary)._note_collected(item).sudo()
        self.assertEqual(owed.kind, "collected_by_assignor")
        self.assertTrue(owed.is_before_notice)
        self.assertTrue(item.reconciled)
        self.assertEqual(self.settlement(self.purchase.claim_id), "paid")
        self.assertBooks(self.company, {"recouv_assignment_account_id": -100})
        self.assertBooks(
            self.agency,
            {"recouv_acquired_account_id": 0, "recouv_assignors_account_id": 100},
        )

    def test_after_the_notification_it_is_owed_all_the_same(self):
        self.line.sudo().notified_on = date(2026, 6, 10)
        item = self.pay_practice(60.0)
        owed = self.line.with_user(self.secretary)._note_collected(item).sudo()
        self.assertFalse(owed.is_before_notice)
        self.purchase.claim_id.invalidate_recordset()
        self.assertEqual(self.purchase.claim_id.amount_residual, 40)

    def test_what_the_buyer_has_is_not_owed_to_it_again(self):
        self.pay_buyer(70.0)
        owed = self.line._note_collected(self.pay_practice())
        self.assertEqual(owed.amount, 30)

    def test_another_debtors_payment_is_refused(self):
        other = self.make_invoice(self.make_patient("Dominique"), 100.0)
        item = self.receivables(other)
        with self.assertRaisesRegex(UserError, "no open payment"):
            self.line._note_collected(item)

    def test_a_bounced_payment_is_undone_in_order(self):
        item = self.pay_practice()
        owed = self.line._note_collected(item)
        with self.assertRaisesRegex(UserError, "transfer"):
            item.remove_move_reconcile()
        owed.with_user(self.practitioner).undo("Bounced")
        self.assertEqual(owed.state, "undone")
        self.assertFalse(item.reconciled)
        self.assertEqual(self.settlement(self.purchase.claim_id), "open")
        self.assertBooks(self.agency, {"recouv_acquired_account_id": 100})
        self.assertBalanced(self.company, self.agency)
        item.move_id.origin_payment_id.action_draft()

    # --- repurchase -----------------------------------------------------------------

    def test_a_disputed_receivable_is_bought_back(self):
        self.sale._pay_price()
        owed = self.buy_back()
        back = owed.transfer_id
        self.assertEqual(self.line.state, "bought_back")
        self.assertEqual(self.purchase.state, "given_back")
        self.assertEqual(back.target_line_id.amount_residual, 100)
        self.assertEqual(back.target_line_id.partner_id, self.patient)
        self.assertEqual(owed.amount_due, 94)
        self.assertBooks(self.company, {"recouv_assignment_account_id": -94})
        self.assertBooks(
            self.agency,
            {"recouv_acquired_account_id": 0, "recouv_assignors_account_id": 94},
        )
        self.assertEqual(self.settlement(self.purchase.claim_id), "transferred")

    def test_its_new_claim_is_chained_and_suspended(self):
        old = self.line.claim_id
        claim = self.buy_back().transfer_id.target_claim_id
        self.assertEqual(claim.origin_claim_id, old)
        self.assertEqual((claim.holder, claim.suspension), ("practice", "dispute"))
        self.assertEqual(claim.amount_residual, 100)

    def test_only_what_is_left_is_bought_back(self):
        self.sale._pay_price()
        self.pay_buyer(60.0)
        owed = self.buy_back()
        self.assertEqual(owed.amount, 40)
        self.assertEqual(owed.transfer_id.target_line_id.amount_residual, 40)
        self.assertBooks(self.agency, {"recouv_acquired_account_id": 0})

    def test_not_paying_is_no_ground(self):
        with self.assertRaisesRegex(UserError, "1326"):
            self.buy_back("insolvent")

    def test_a_repurchase_needs_its_document(self):
        with self.assertRaisesRegex(UserError, "attach"):
            self.line.with_user(self.practitioner)._ask_buy_back("disputed", None, "")

    def test_a_secretary_buys_nothing_back(self):
        with self.assertRaises(AccessError):
            self.buy_back(user=self.secretary)

    def test_what_was_paid_to_the_buyer_is_not_bought_back(self):
        self.pay_buyer()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            self.buy_back()

    def test_a_repurchase_is_not_undone_by_one_party(self):
        self.terms(refund_commission=False)
        owed = self.buy_back()
        with self.assertRaisesRegex(UserError, "both companies agreed"):
            owed.with_user(self.practitioner).undo("Wrong receivable")
        self.assertEqual(self.line.state, "bought_back")

    def bounce(self, payment):
        payment = payment.sudo().with_context(allowed_company_ids=self.agency.ids)
        payment.move_id.line_ids.remove_move_reconcile()
        self.env.flush_all()
        self.env.invalidate_all()

    def bought_back_in_part(self):
        """40 paid to the buyer by cheque, 60 bought back, and the cheque bounces."""
        cheque = self.pay_buyer(40.0)
        owed = self.buy_back("care_not_performed")
        self.assertEqual(owed.amount, 60)
        self.assertEqual(
            (self.line.standing, self.purchase.standing), ("bought_back",) * 2
        )
        self.assertEqual(self.move.recouv_sale, "bought_back")
        self.bounce(cheque)
        return owed

    def test_what_bounces_after_a_partial_repurchase_is_owed_to_the_buyer(self):
        self.bought_back_in_part()
        self.assertEqual((self.line.standing, self.purchase.standing), ("open",) * 2)
        self.assertEqual(self.line.amount_open, 40)
        # the 60 that came back are the practice's
        self.assertEqual(self.move.recouv_sale, "part_sold")
        claim = self.purchase.claim_id
        self.assertEqual((claim.settlement, claim.amount_residual), ("open", 40))
        codes = {reason["code"] for reason in claim._explain()}
        self.assertNotIn("not_bought", codes)
        self.assertIn(self.purchase.state, self.purchase._exposed_states())

    def test_that_rest_is_bought_back_too(self):
        self.bought_back_in_part()
        owed = self.buy_back("already_paid")
        self.assertEqual(owed.amount, 40)
        self.assertEqual(self.line.state, "bought_back")
        self.assertEqual(self.purchase.state, "given_back")
        self.assertEqual(self.line.standing, "bought_back")
        self.assertTrue(self.purchase.item_id.reconciled)
        self.assertBalanced(self.company, self.agency)

    def test_that_rest_paid_to_the_practice_is_owed_to_the_buyer(self):
        self.bought_back_in_part()
        owed = self.line._note_collected(self.pay_practice(40.0))
        self.assertEqual(owed.amount, 40)
        self.assertTrue(self.purchase.item_id.reconciled)

    def test_that_rest_is_lost_by_the_buyer(self):
        self.bought_back_in_part()
        self.lose()
        self.env.invalidate_all()
        self.assertEqual((self.line.standing, self.line.amount_lost), ("lost", 40))

    def test_a_return_on_which_a_repurchase_stands_is_not_undone(self):
        self.terms(refund_commission=False)
        collected = self.line._note_collected(self.pay_practice(60.0))
        back = self.buy_back("care_not_performed")
        self.assertEqual(back.amount, 40)
        collected = collected.with_user(self.practitioner)
        with self.assertRaisesRegex(UserError, back.name):
            collected.undo("Bounced")

    def test_whatever_the_ground_nothing_is_asked_before_a_person_has_looked(self):
        claim = self.buy_back("care_not_performed").transfer_id.target_claim_id
        self.assertEqual(claim.suspension, "hold")

    # --- lost -----------------------------------------------------------------------

    def lose(self):
        purchase = self.purchase.with_user(self.agency_manager)
        return purchase._note_loss("insolvent", "Liquidated, nothing left")

    def test_a_loss_is_the_buyers_alone(self):
        self.sale._pay_price()
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        before = self.books["account.move"].search_count(domain)
        self.lose()
        self.assertEqual(self.books["account.move"].search_count(domain), before)
        self.assertEqual(self.settlement(self.purchase.claim_id), "written_off")
        self.assertBooks(self.agency, {"recouv_acquired_account_id": 0})
        self.assertFalse(self.line.return_ids)

    def test_the_loss_is_undone(self):
        self.lose().undo("Found him")
        self.assertEqual(self.settlement(self.purchase.claim_id), "open")

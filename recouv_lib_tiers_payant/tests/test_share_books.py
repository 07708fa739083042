from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .rejection_common import RejectionCommon

DAY = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestShareBooks(RejectionCommon):
    """A part that is paid without a return follows the books, there and back."""

    def states(self, share):
        return share.state, share.amount_paid, share.amount_open

    def undo(self, payments):
        payments.action_draft()
        payments.action_cancel()

    def test_an_ordinary_payment_pays_the_part(self):
        share = self.make_share()
        self.pay_payer(share)
        self.assertEqual(self.states(share), ("paid", 70.0, 0.0))

    def test_the_register_of_payments_pays_it_in_part(self):
        share = self.make_share()
        self.pay_item(self.item_of(share), 30.0)
        self.assertEqual(self.states(share), ("partial", 30.0, 40.0))
        self.pay_item(self.item_of(share), 40.0)
        self.assertEqual(self.states(share), ("paid", 70.0, 0.0))

    def test_a_payment_undone_leaves_it_owed_as_before(self):
        share = self.make_share()
        payment = self.pay_payer(share)
        self.undo(payment)
        self.assertEqual(self.states(share), ("transmitted", 0.0, 70.0))

    def test_one_of_two_payments_undone_leaves_it_paid_in_part(self):
        share = self.make_share()
        self.pay_item(self.item_of(share), 30.0)
        last = self.pay_item(self.item_of(share), 40.0)
        self.undo(last)
        self.assertEqual(self.states(share), ("partial", 30.0, 40.0))

    def test_what_was_acknowledged_is_acknowledged_again(self):
        share = self.make_share()
        share._set_state("acknowledged", ack_date=date(2026, 5, 6))
        payment = self.pay_payer(share)
        self.assertEqual(share.state, "paid")
        self.undo(payment)
        self.assertEqual(share.state, "acknowledged")

    def test_what_was_never_sent_waits_to_be_sent_again(self):
        share = self.share_of(self.shared_invoice())
        payment = self.pay_payer(share)
        self.assertEqual(share.state, "paid")
        self.undo(payment)
        self.assertEqual(share.state, "draft")

    def test_what_a_lot_brought_back_waits_for_another_one_again(self):
        share = self.share_of(self.shared_invoice())
        lot = self.make_lot(share, day=date(2026, 6, 10))
        lot._acknowledge("negative", day=date(2026, 6, 11), label="lot non conforme")
        self.assertEqual(share.state, "draft")
        payment = self.pay_payer(share)
        self.assertEqual(share.state, "paid")
        self.undo(payment)
        self.assertEqual(share.state, "draft")

    def test_the_bank_reconciled_by_hand_pays_it(self):
        share = self.make_share()
        item = self.item_of(share)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": DAY,
                "payment_ref": "VIR CPAM",
                "amount": 70.0,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.write(
            {"account_id": item.account_id.id, "partner_id": item.partner_id.id}
        )
        (suspense | item).reconcile()
        self.assertEqual(self.states(share), ("paid", 70.0, 0.0))
        suspense.remove_move_reconcile()
        self.assertEqual(self.states(share), ("transmitted", 0.0, 70.0))

    def test_the_secretary_who_collects_need_not_see_parts(self):
        share = self.make_share()
        item = self.item_of(share).with_user(self.secretary)
        self.pay_item(item)
        self.assertEqual(share.state, "paid")

    def test_money_recovers_a_rejection_and_takes_it_up_again_when_it_goes(self):
        share = self.make_share()
        rejection = self.reject(share)
        payment = self.pay_payer(share)
        self.assertEqual((share.state, rejection.state), ("paid", "recovered"))
        self.undo(payment)
        self.assertEqual((share.state, rejection.state), ("rejected", "to_do"))
        self.assertFalse(rejection.closed_on)

    def test_an_attempt_whose_money_goes_waits_for_its_answer(self):
        share = self.make_share()
        rejection = self.reject(share)
        rejection._treat_resend({rejection: "777000001"})
        attempt = share.next_share_ids
        payment = self.pay_payer(attempt)
        self.assertEqual((attempt.state, rejection.state), ("paid", "recovered"))
        self.assertEqual(share.state, "corrected")
        self.undo(payment)
        self.assertEqual((attempt.state, rejection.state), ("transmitted", "resent"))

    def test_what_is_brought_back_or_written_off_is_no_payment(self):
        billed = self.make_share(self.mutual)
        self.pay_item(self.item_of(billed), 30.0)
        rejection = self.reject(billed)
        self.make_reason("4444")
        rejection.write({"reason_id": self.make_reason("4445").id})
        rejection._treat_bill(date(2026, 7, 20), channel="letter")
        self.assertEqual((billed.state, rejection.state), ("to_patient", "to_patient"))
        given_up = self.make_share()
        self.pay_item(self.item_of(given_up), 30.0)
        rejection = self.reject(given_up)
        rejection.with_user(self.boss)._treat_give_up("too late")
        self.assertEqual((given_up.state, rejection.state), ("abandoned", "abandoned"))
        self.assertEqual(rejection.act_ids.state_before, "to_do")

    def test_money_with_a_loss_in_its_entry_is_money_all_the_same(self):
        share = self.make_share()
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=self.item_of(share).ids
        ).create(
            {
                "payment_date": DAY,
                "amount": 69.5,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": self.company_data["default_account_expense"].id,
            }
        )._create_payments()
        self.assertEqual(self.states(share), ("paid", 70.0, 0.0))

    def test_the_fee_of_the_bank_takes_no_money_from_the_part(self):
        share = self.make_share()
        item = self.item_of(share)
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": DAY,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (self.company_data["default_account_assets"], 68.0),
                        (self.company_data["default_account_expense"], 2.0),
                    )
                ]
                + [
                    Command.create(
                        {
                            "account_id": item.account_id.id,
                            "partner_id": item.partner_id.id,
                            "balance": -70.0,
                        }
                    )
                ],
            }
        )
        entry.action_post()
        paying = entry.line_ids.filtered(lambda x: x.account_id == item.account_id)
        (item + paying).reconcile()
        self.assertEqual(self.states(share), ("paid", 70.0, 0.0))

    def test_a_part_billed_to_the_patient_stays_theirs_when_they_pay(self):
        share = self.make_share(self.mutual)
        rejection = self.reject(share)
        rejection.write({"reason_id": self.make_reason("4446").id})
        act = rejection._treat_bill(date(2026, 7, 20), channel="letter")
        self.pay_item(act.sudo().transfer_id.target_line_id)
        self.assertEqual((share.state, share.amount_paid), ("to_patient", 0.0))

    def test_many_paid_at_once_are_heard_of_in_few_queries(self):
        def queries(count):
            shares = self.env["recouv.share"].union(
                *(self.make_share() for _one in range(count))
            )
            self.pay_item(self.item_of(shares))
            shares._set_state("transmitted")
            partials = self.item_of(shares).matched_credit_ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partials._recouv_shares_settled()._follow_books()
            self.env.flush_all()
            self.assertEqual(set(shares.mapped("state")), {"paid"})
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(2), queries(8)
        self.assertLessEqual(many, few + 1)

"""Sums that payers take back, settled by hand, and what is undone of them."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_common import ReturnCommon


class SettleCommon(ReturnCommon):
    """Files that answer one share each, and their lines settled by the biller."""

    def told(self, share, **values):
        """The line of a file of its own that answers this share."""
        self.numbers_of_files = getattr(self, "numbers_of_files", 0) + 1
        number = self.numbers_of_files
        writer = self.writer(identification=f"RET{number:03d}")
        transfer = self.transfer(writer, reference=f"2616{number:08d}")
        self.answer(transfer, share, **values)
        file, _told = self.take(writer.bytes(), f"{number}.rsp")
        self.assertFalse(file.failure_message)
        return file.sudo().line_ids.with_user(self.biller)

    def settle(self, line, choice, share=None, **values):
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        share = share and share.with_user(self.biller)
        return settlements._settle(line, choice, share=share, **values)

    def dialog(self, line):
        dialogs = self.env["recouv.return.settle"].with_user(self.biller)
        return dialogs.browse(line.action_settle()["res_id"])

    def billed(self, paid=4000):
        """A mutual fund's part of 70, paid in part; the patient was billed the rest."""
        share = self.sent_share(70.0, "amc")
        self.told(share, paid=paid)
        back = share._to_patient("the fund pays no more")
        return share, back.sudo()


@tagged("post_install", "-at_install")
class TestTakenBack(SettleCommon):
    """What a payer takes back by mistake, or of another part, leaves no trace."""

    def test_a_sum_taken_back_from_the_wrong_share_pays_it_again(self):
        share = self.sent_share(70.0)
        self.told(share)
        line = self.told(share, paid=-7000)
        self.assertEqual(self.amounts(share), ("acknowledged", 0.0, 70.0))
        self.settle(line, "taken_off", note="another patient")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual(self.balance("recouv_allot_account_id"), 70.0)

    def test_a_part_of_it_taken_back_from_the_wrong_share(self):
        share = self.sent_share(70.0)
        self.told(share)
        line = self.told(share, paid=-3000)
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        self.settle(line, "taken_off", note="another patient")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_what_was_taken_off_is_put_back(self):
        share = self.sent_share(70.0)
        self.told(share)
        line = self.told(share, paid=-7000)
        settlement = self.settle(line, "taken_off", note="another patient")
        settlement.undo("it was that one")
        self.assertEqual(self.amounts(share)[1:], (0.0, 70.0))
        self.assertEqual((line.outcome, line.share_id), ("done", share))
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_money_that_was_taken_off_is_put_back(self):
        share = self.sent_share(70.0)
        line = self.told(share)
        settlement = self.settle(line, "taken_off", note="another patient")
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        settlement.undo("it was that one")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual((line.outcome, line.share_id), ("done", share))

    def test_a_sum_taken_back_by_hand_is_undone(self):
        share, other = self.sent_share(70.0), self.sent_share(70.0)
        self.told(share)
        line = self.told(other, paid=-7000)
        self.assertEqual(line.issue, "nothing_to_recover")
        settlement = self.settle(line, "share", share)
        self.assertEqual(self.amounts(share)[1:], (0.0, 70.0))
        settlement.undo("not that one either")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual(line.outcome, "to_settle")

    def test_a_line_taken_off_a_part_that_was_corrected_since(self):
        share = self.sent_share(70.0)
        line = self.told(share, paid=3000)
        share._set_state("rejected")
        attempt = share._resend("777000001")
        self.settle(line, "taken_off", note="another patient")
        self.assertEqual(share.state, "corrected")
        self.assertEqual(self.amounts(attempt), ("transmitted", 0.0, 70.0))


@tagged("post_install", "-at_install")
class TestTakenBackOfBilled(SettleCommon):
    """The payer takes back its own part of what the patient was billed in part."""

    def test_it_is_booked_on_the_share_and_owed_by_the_payer_again(self):
        share, back = self.billed()
        line = self.told(share, paid=-4000)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "billed_back"))
        self.assertIn("the payer then owes it again", line.message)
        dialog = self.dialog(line)
        self.assertEqual((dialog.choice, dialog.share_id), ("share", share))
        dialog.action_settle()
        self.assertEqual(self.amounts(share), ("acknowledged", 0.0, 40.0))
        self.assertEqual(back.target_line_id.amount_residual, 30.0)
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)
        # the rest may come back to the patient too
        again = share._to_patient("the fund pays nothing").sudo()
        self.assertEqual(again.amount_currency, 40.0)
        self.assertEqual(share.state, "to_patient")

    def test_undone_the_patient_owes_what_they_were_billed_and_no_more(self):
        share, back = self.billed()
        line = self.told(share, paid=-4000)
        settlement = self.settle(line, "share", share)
        settlement.undo("of another patient")
        self.assertEqual(self.amounts(share), ("to_patient", 40.0, 0.0))
        self.assertEqual(back.target_line_id.amount_residual, 30.0)
        self.assertEqual(share.sudo().transfer_id.state, "reversed")
        self.assertEqual(line.issue, "billed_back")

    def test_a_sum_that_nobody_paid_is_for_another_account(self):
        share, _back = self.billed(paid=1000)
        line = self.told(share, paid=-4000)
        self.assertEqual(line.issue, "nothing_to_recover")
        with self.assertRaisesRegex(UserError, "another account"):
            self.settle(line, "share", share)
        self.assertEqual((share.state, line.outcome), ("to_patient", "to_settle"))

    def test_it_credits_nobody(self):
        share, _back = self.billed()
        line = self.told(share, paid=-4000)
        with self.assertRaisesRegex(UserError, "book it on the share"):
            self.settle(line, "patient", share)


@tagged("post_install", "-at_install")
class TestBillUndone(SettleCommon):
    """The patient was billed by mistake what a payer had not paid yet."""

    def test_what_the_payer_paid_before_stands(self):
        share, back = self.billed()
        transfer = share.sudo().transfer_id
        share._undo_bill(back)
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        self.assertEqual(share.sudo().transfer_id, transfer)
        self.assertEqual((transfer.state, back.state), ("posted", "taken_back"))
        self.assertEqual(back.target_line_id.amount_residual, 0.0)
        self.assertEqual(share._recouv_returned(), 4000)
        self.assertEqual(share._bears(), 70.0)
        self.assertEqual(share._received(), (0.0, 40.0))
        self.assertBooksBalance(share)

    def assertBooksBalance(self, share):
        """Patient and payer owe together what the invoice has left."""
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "in", (self.patient | self.mutual).ids),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        total = share.sudo().move_id.amount_total
        self.assertAlmostEqual(sum(items.mapped("amount_residual")), total - 40.0)

    def test_the_payer_takes_back_what_it_had_paid_before(self):
        share, back = self.billed()
        share._undo_bill(back)
        line = self.told(share, paid=-4000)
        self.assertEqual(line.outcome, "done")
        self.assertEqual(self.amounts(share), ("acknowledged", 0.0, 70.0))

    def test_the_rest_is_paid_or_billed_again(self):
        share, back = self.billed()
        share._undo_bill(back)
        again = share._to_patient("after all").sudo()
        self.assertEqual(again.amount_currency, 30.0)
        share._undo_bill(again)
        self.told(share, paid=3000)
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_nothing_is_booked_while_the_books_are_locked(self):
        share, back = self.billed()
        self.company.sudo().fiscalyear_lock_date = date(2026, 12, 31)
        with self.assertRaisesRegex(UserError, "locked"), self.env.cr.savepoint():
            share._undo_bill(back)
        self.assertEqual(back.state, "posted")


@tagged("post_install", "-at_install")
class TestAttempts(SettleCommon):
    """Answers to a part that was corrected, taken back and corrected again."""

    def corrected_twice(self):
        share = self.sent_share(70.0)
        self.told(share, state="R", rejections=[("0250", "INCONNU", "O")])
        rejections = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        rejection = rejections.with_user(self.biller)
        rejection._treat_resend({rejection: "777000001"}).undo("wrong number")
        act = rejection._treat_resend({rejection: "777000002"})
        return share, act.share_id

    def test_money_for_the_first_number_pays_the_attempt_that_left(self):
        share, attempt = self.corrected_twice()
        line = self.told(share)
        self.assertEqual(line.outcome, "done")
        self.assertEqual(self.amounts(attempt), ("paid", 70.0, 0.0))
        self.assertEqual(line.share_id, attempt.sudo())

    def test_a_line_settled_on_the_earlier_attempt_is_undone(self):
        share = self.sent_share(70.0)
        share._set_state("rejected")
        attempt = share._resend("777000001")
        line = self.told(self.sent_share(10.0), paid=7000)
        self.assertEqual(line.issue, "too_much")
        settlement = self.settle(line, "share", share)
        self.assertEqual(settlement.share_id, attempt.sudo())
        self.assertEqual(self.amounts(attempt), ("paid", 70.0, 0.0))
        settlement.undo("wrong person")
        self.assertEqual(self.amounts(attempt), ("transmitted", 0.0, 70.0))
        self.assertEqual(share.state, "corrected")

    def test_a_late_word_settled_by_hand_and_undone_tells_nothing(self):
        share = self.sent_share(70.0)
        share._set_state("rejected")
        attempt = share._resend("777000001")
        attempt._set_state("acknowledged")
        line = self.told(self.sent_share(10.0), paid=7000)
        line.sudo().write({"paid": 0, "status": "R", "item_id": False})
        settlement = self.settle(line, "share", share)
        settlement.undo("wrong person")
        self.assertEqual((share.state, attempt.state), ("corrected", "acknowledged"))

    def test_an_answer_of_nothing_pays_nothing(self):
        share = self.sent_share(70.0)
        line = self.told(share, paid=0)
        self.assertEqual((line.outcome, share.state), ("done", "transmitted"))

    def test_an_answer_of_nothing_with_its_reason_is_a_rejection(self):
        share = self.sent_share(70.0)
        self.told(share, paid=0, rejections=[("0250", "INCONNU", "O")])
        self.assertEqual(self.amounts(share), ("rejected", 0.0, 70.0))
        rejection = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        self.assertEqual(rejection.state, "to_do")

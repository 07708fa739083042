from unittest.mock import patch

from odoo import Command
from odoo.exceptions import LockError, UserError
from odoo.tests import Form, tagged

from .return_common import NIR, SENT, ReturnCommon


@tagged("post_install", "-at_install")
class TestReturnSettle(ReturnCommon):
    """What found no share, settled by a person, and taken back."""

    def lost(self, paid=7000, number="999999999", **values):
        """A line that found no share."""
        writer = self.writer()
        values = {"nir": NIR[:13], "date": SENT, **values}
        self.transfer(writer).invoice(number, amo=paid, **values)
        file = self.taken(writer.bytes())
        return file.line_ids.with_user(self.biller)

    def dialog(self, line):
        dialogs = self.env["recouv.return.settle"].with_user(self.biller)
        return dialogs.browse(line.action_settle()["res_id"])

    def settle(self, line, choice, **values):
        form = Form(self.dialog(line))
        form.choice = choice
        for name, value in values.items():
            setattr(form, name, value)
        form.save().action_settle()
        return line.settlement_ids[:1]

    def test_a_person_chooses_the_share(self):
        share, line = self.sent_share(70.0), self.lost()
        self.settle(line, "share", share_id=share.with_user(self.biller))
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual((line.outcome, line.match_how), ("settled", "manual"))
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_the_dialog_shows_what_resembles(self):
        share = self.sent_share(70.0, number="000000042")
        line = self.lost(number="42", nir="1850578006084")
        self.assertEqual(line.issue, "other_person")
        dialog = self.dialog(line)
        candidate = dialog.candidate_ids
        self.assertEqual(candidate.share_id, share)
        self.assertIn("number", candidate.why)
        candidate.action_choose()
        self.assertEqual(share.state, "paid")

    def test_undoing_puts_share_and_money_back(self):
        share, line = self.sent_share(70.0), self.lost()
        settlement = self.settle(line, "share", share_id=share.with_user(self.biller))
        settlement.undo("wrong person")
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        self.assertEqual(line.outcome, "to_settle")
        self.assertFalse(line.share_id)
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)
        with self.assertRaises(UserError):
            settlement.undo("again")

    def test_money_for_something_else_goes_to_its_account(self):
        line = self.lost()
        income = self.company_data["default_account_revenue"]
        settlement = self.settle(line, "account", account_id=income)
        self.assertEqual(line.outcome, "settled")
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)
        settlement.undo("it was a share after all")
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)

    def test_a_lump_sum_is_booked_where_a_person_says(self):
        writer = self.writer()
        self.transfer(writer).lump(15000, label="FORFAIT")
        line = self.taken(writer.bytes()).line_ids.with_user(self.biller)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "lump"))
        self.assertEqual(self.dialog(line).choice, "account")
        income = self.company_data["default_account_revenue"]
        self.settle(line, "account", account_id=income)
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_what_is_not_ours_waits_to_be_given_back(self):
        line = self.lost()
        settlement = self.settle(line, "not_ours", note="Dr Durand's")
        self.assertEqual(line.outcome, "settled")
        self.assertFalse(settlement.move_id)
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)
        settlement.undo("ours")
        self.assertEqual(line.outcome, "to_settle")

    def test_a_line_on_the_wrong_share_is_taken_off(self):
        share = self.sent_share(70.0)
        file = self.taken(self.return_of(share))
        line = file.line_ids.with_user(self.biller)
        self.settle(line, "taken_off", note="another patient")
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        self.assertEqual((line.outcome, line.issue), ("to_settle", "taken_off"))
        self.assertIn("another patient", line.message)
        other = self.sent_share(70.0)
        self.settle(line, "share", share_id=other.with_user(self.biller))
        self.assertEqual(self.amounts(other), ("paid", 70.0, 0.0))
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_a_rejection_settled_by_hand_opens_its_rejection(self):
        share = self.sent_share(70.0)
        line = self.lost(paid=(7000, "R", 0), rejections=[("0250", "INCONNU", "O")])
        self.settle(line, "share", share_id=share.with_user(self.biller))
        self.assertEqual(share.state, "rejected")
        rejection = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        self.assertEqual(rejection.line_id, line)

    def test_a_share_entered_later_is_found_by_searching_again(self):
        line = self.lost(number="000000077")
        share = self.sent_share(70.0, number="000000077")
        line.action_search_again()
        self.assertEqual((line.outcome, line.share_id), ("settled", share))
        self.assertEqual(line.match_how, "number_date")
        self.assertEqual(share.state, "paid")

    def test_another_practices_share_cannot_be_chosen(self):
        share, line = self.sent_share(70.0), self.lost()
        other = self.env["res.company"].create({"name": "Other practice"})
        self.env.cr.execute(
            "UPDATE recouv_share SET company_id = %s WHERE id = %s",
            [other.id, share.id],
        )
        self.env.invalidate_all()
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        with self.assertRaises(UserError):
            settlements._settle(line, "share", share=share.with_user(self.biller))
        self.assertEqual(line.outcome, "to_settle")

    def test_a_settled_line_is_not_settled_twice(self):
        line = self.lost()
        self.settle(line, "not_ours", note="no")
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        with self.assertRaises(UserError):
            settlements._settle(line, "not_ours")

    # --- what a person cannot settle so -----------------------------------------------

    def settled_on(self, line, share, **values):
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        share = share.with_user(self.biller)
        return settlements._settle(line, "share", share=share, **values)

    def second_payment(self, share, paid=7000):
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000099"), share, paid=paid)
        return self.taken(writer.bytes()).line_ids.with_user(self.biller)

    def test_a_contradiction_settled_by_hand_leaves_a_paid_part_paid(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000098"), share, state="R")
        line = self.taken(writer.bytes()).line_ids.with_user(self.biller)
        self.assertEqual(line.issue, "contradiction")
        self.settle(line, "share", share_id=share.with_user(self.biller))
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual(line.outcome, "settled")
        rejections = self.env["recouv.rejection"]
        self.assertFalse(rejections.search([("share_id", "=", share.id)]))

    def test_a_second_payment_is_booked_only_when_a_person_insists(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        line = self.second_payment(share)
        with self.assertRaisesRegex(UserError, "Paid in full already"):
            self.settled_on(line, share)
        self.assertEqual(line.outcome, "to_settle")
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)
        self.settle(
            line, "share", share_id=share.with_user(self.biller), is_anyway=True
        )
        self.assertEqual((line.outcome, share.state), ("settled", "paid"))
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_much_too_much_is_booked_only_when_a_person_insists(self):
        share = self.sent_share(70.0)
        line = self.second_payment(share, paid=17000)
        self.assertEqual(line.issue, "too_much")
        with self.assertRaisesRegex(UserError, "still owed"):
            self.settled_on(line, share)
        self.settled_on(line, share, is_anyway=True)
        self.assertEqual(share.state, "paid")

    def test_another_currency_is_never_booked_on_the_share(self):
        share, line = self.sent_share(70.0), self.lost()
        verdict = patch.object(
            self.registry["recouv.return.line"],
            "_verdict",
            lambda *_all: ("other_currency", {}),
        )
        with verdict, self.assertRaisesRegex(UserError, "another account"):
            self.settled_on(line, share, is_anyway=True)
        self.assertEqual(line.outcome, "to_settle")

    def test_whoever_settles_is_told_of_a_lock(self):
        share, line = self.sent_share(70.0), self.lost()
        busy = patch.object(
            self.registry["recouv.return.line"],
            "_lock_afresh",
            side_effect=LockError("at work"),
        )
        with busy, self.assertRaisesRegex(UserError, "Someone else"):
            self.settled_on(line, share)

    # --- paid after the patient was billed --------------------------------------------

    def billed(self, patient_pays=0):
        """A mutual fund's part billed to the patient, then paid by the fund.

        :return: (share, the patient's item, the line that waits)
        """
        share = self.sent_share(70.0, "amc")
        back = share._to_patient("rejected").sudo()
        item = back.target_line_id
        if patient_pays:
            self.pay(item, patient_pays)
        writer = self.writer()
        self.answer(self.transfer(writer), share)
        line = self.taken(writer.bytes()).line_ids.with_user(self.biller)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "patient_billed"))
        return share, item, line

    def pay(self, item, amount):
        bank = self.company_data["default_account_revenue"]
        move = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create({"account_id": bank.id, "balance": amount}),
                    Command.create(
                        {
                            "account_id": item.account_id.id,
                            "partner_id": item.partner_id.id,
                            "balance": -amount,
                        }
                    ),
                ],
            }
        )
        move.action_post()
        paid = move.line_ids.filtered(lambda one: one.balance < 0)
        (item | paid).reconcile()

    def test_money_of_a_part_billed_to_the_patient_is_not_booked_on_it(self):
        share, item, line = self.billed()
        with self.assertRaisesRegex(UserError, "Credit the patient"):
            self.settled_on(line, share, is_anyway=True)
        self.assertEqual(share.state, "to_patient")
        self.assertEqual(item.amount_residual, 70.0)

    def test_the_patient_is_credited(self):
        share, item, line = self.billed()
        dialog = self.dialog(line)
        self.assertEqual((dialog.choice, dialog.share_id), ("patient", share))
        dialog.action_settle()
        self.assertTrue(item.reconciled)
        self.assertEqual((line.outcome, share.state), ("settled", "to_patient"))
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)

    def test_what_the_patient_paid_already_stays_theirs(self):
        share, item, line = self.billed(patient_pays=30.0)
        settlement = self.settle(line, "patient", share_id=share)
        self.assertTrue(item.reconciled)
        credit = settlement.sudo().move_id.line_ids.filtered(
            lambda one: one.account_id == item.account_id and one.balance < 0
        )
        self.assertEqual(credit.partner_id, item.partner_id)
        self.assertEqual(credit.amount_residual, -30.0)

    def test_a_credit_to_the_patient_is_taken_back(self):
        share, item, line = self.billed(patient_pays=30.0)
        settlement = self.settle(line, "patient", share_id=share)
        with self.assertRaisesRegex(UserError, "undo that settlement"):
            self.settle(line, "taken_off", note="wrong")
        settlement.undo("not theirs")
        self.assertEqual(item.amount_residual, 40.0)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "patient_billed"))
        self.assertEqual(share.state, "to_patient")
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)

    def test_a_patient_who_was_billed_nothing_gets_no_credit(self):
        share, line = self.sent_share(70.0), self.lost()
        with self.assertRaisesRegex(UserError, "was not billed"):
            self.settle(line, "patient", share_id=share.with_user(self.biller))

    def test_an_answer_without_money_credits_nobody(self):
        share = self.billed()[0]
        line = self.lost(paid=(7000, "R", 0), rejections=[("0250", "INCONNU", "O")])
        with self.assertRaisesRegex(UserError, "no money"):
            self.settle(line, "patient", share_id=share.with_user(self.biller))

    def test_money_of_a_part_given_up_is_not_booked_on_it(self):
        share, line = self.sent_share(70.0), self.lost()
        share._set_state("abandoned")
        with self.assertRaisesRegex(UserError, "given up"):
            self.settled_on(line, share)

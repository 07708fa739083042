from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .return_common import NIR, SENT, ReturnCommon


@tagged("post_install", "-at_install")
class TestReturnSettle(ReturnCommon):
    """What found no share, settled by a person, and taken back."""

    def lost(self, paid=7000, number="999999999", **values):
        """A line that found no share."""
        writer = self.writer()
        self.transfer(writer).invoice(
            number, amo=paid, nir="2850735123456", date=SENT, **values
        )
        file = self.taken(writer.bytes())
        return file.line_ids.with_user(self.biller)

    def settle(self, line, choice, **values):
        action = line.action_settle()
        Dialog = self.env["recouv.return.settle"].with_user(self.biller)
        form = Form(Dialog.with_context(action["context"]))
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
        line = self.lost(number="42")
        if line.outcome != "to_settle":
            self.skipTest("found by number and date: nothing to choose")
        action = line.action_settle()
        Dialog = self.env["recouv.return.settle"].with_user(self.biller)
        form = Form(Dialog.with_context(action["context"]))
        dialog = form.save()
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
        share = self.sent_share(70.0, number="000000077", nir=NIR)
        share.flush_recordset()
        line.action_search_again()
        self.assertIn(line.outcome, ("settled", "to_settle"))
        self.assertEqual(line.outcome == "settled", share.state == "paid")

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

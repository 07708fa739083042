from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_common import ReturnCommon

FIRST, SECOND = "261600000012", "261600000013"


@tagged("post_install", "-at_install")
class TestInduBooks(ReturnCommon):
    """A sum that a payer keeps back leaves its account once it is explained."""

    def retained(self, amount, transfer_reference=FIRST, reference="DETTE1"):
        """The line of a file that pays 70 and keeps ``amount`` cents back."""
        writer = self.writer()
        transfer = self.transfer(writer, reference=transfer_reference)
        self.answer(transfer, self.sent_share(70.0))
        transfer.retained(amount, reference=reference)
        name = f"{transfer_reference}.rsp"
        lines = self.taken(writer.bytes(), name=name).line_ids
        return lines.filtered(lambda line: line.kind == "retained")

    def found(self):
        self.env["recouv.indu"]._cron_find()
        return self.env["recouv.indu"].search([]).with_user(self.biller)

    def by_letter(self, amount=8.0, **values):
        return (
            self.env["recouv.indu"]
            .with_user(self.biller)
            .create(
                {
                    "payer_id": self.caisse.id,
                    "reference": "DETTE1",
                    "amount": amount,
                    "notified_on": date(2026, 6, 1),
                    **values,
                }
            )
        )

    def kept(self):
        return self.balance("recouv_payer_debt_account_id")

    def test_accepted_it_leaves_the_account_of_sums_kept_back(self):
        line = self.retained(800)
        indu = self.found()
        self.assertEqual(self.kept(), 8.0)
        indu.action_accept()
        self.assertEqual(self.kept(), 0.0)
        self.assertTrue(line.item_id.reconciled)
        given = self.company.recouv_given_back_account_id
        self.assertEqual(self.balance("recouv_given_back_account_id"), 8.0)
        self.assertEqual(given.account_type, "expense")
        self.assertEqual(sum(indu.sudo().move_id.line_ids.mapped("balance")), 0.0)

    def test_for_a_known_part_it_lowers_the_income_of_its_invoice(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share, reference=SECOND), name="paid.rsp")
        self.retained(800)
        indu = self.found()
        indu.share_id = share
        indu.action_accept()
        income = share.move_id.invoice_line_ids.account_id
        bearing = indu.sudo().move_id.line_ids.filtered(lambda item: item.balance > 0)
        self.assertEqual(bearing.account_id, income)

    def test_upheld_by_the_board_it_is_booked_too(self):
        self.retained(800)
        indu = self.found()
        indu.grounds = "Paid once only."
        indu.sudo()._record({"state": "contested"})
        self.assertEqual(self.kept(), 8.0)
        indu.action_lost()
        self.assertEqual(self.kept(), 0.0)

    def test_given_back_it_settles_what_was_kept(self):
        line = self.retained(800)
        indu = self.found()
        indu.sudo()._record({"state": "contested"})
        indu.action_won()
        self.assertEqual(self.kept(), 8.0)
        back = self.retained(-800, SECOND)
        self.assertEqual(self.found(), indu)
        self.assertEqual(self.kept(), 0.0)
        self.assertTrue(line.item_id.reconciled)
        self.assertTrue(back.item_id.reconciled)

    def test_what_was_accepted_by_letter_is_owed_until_it_is_kept_back(self):
        indu = self.by_letter()
        indu.action_accept()
        self.assertEqual(self.kept(), -8.0)
        self.retained(800)
        self.assertEqual(self.found(), indu)
        self.assertEqual(self.kept(), 0.0)
        with self.assertRaisesRegex(UserError, "kept it back"):
            indu.undo("wrong file")

    def test_another_reference_is_another_sum(self):
        self.by_letter(reference="OTHER").action_accept()
        self.retained(800)
        self.assertEqual(len(self.found()), 2)
        self.assertEqual(self.kept(), 0.0)
        self.assertEqual(
            len(self.env["account.move.line"].search(self.open_domain())), 2
        )

    def open_domain(self):
        indus = self.env["recouv.indu"].with_user(self.biller)
        return indus.action_open_kept_back()["domain"]

    def test_the_list_shows_what_is_not_explained(self):
        line = self.retained(800)
        items = self.env["account.move.line"].with_user(self.biller)
        self.assertEqual(items.search(self.open_domain()), line.item_id)
        self.found().action_accept()
        self.assertFalse(items.search(self.open_domain()))

    def test_undone_it_waits_again(self):
        line = self.retained(800)
        indu = self.found()
        indu.action_accept()
        indu.undo("the caisse was wrong")
        self.assertEqual(indu.state, "notified")
        self.assertEqual(self.kept(), 8.0)
        self.assertFalse(line.item_id.reconciled)
        self.assertFalse(indu.sudo().move_id)
        indu.action_accept()
        self.assertEqual(self.kept(), 0.0)

    def test_more_than_was_kept_is_refused(self):
        self.retained(800)
        indu = self.found()
        indu.amount = 9.0
        with (
            self.assertRaisesRegex(UserError, "kept back, correct"),
            self.env.cr.savepoint(),
        ):
            indu.action_accept()
        self.env.invalidate_all()
        self.assertEqual((indu.state, self.kept()), ("notified", 8.0))

    def test_locked_books_are_said(self):
        self.retained(800)
        indu = self.found()
        self.company.sudo().fiscalyear_lock_date = date(2026, 12, 31)
        with self.assertRaisesRegex(UserError, "locked"):
            indu.action_accept()

    def test_its_entry_is_not_reset_by_hand(self):
        self.retained(800)
        indu = self.found()
        indu.action_accept()
        with self.assertRaisesRegex(UserError, "undo what was decided"):
            indu.sudo().move_id.button_draft()

    def test_it_was_counted_once_in_the_receipts_book(self):
        self.retained(800)
        book = self.env["recouv.receipt.book"]
        before = sum(book.search([]).mapped("amount"))
        self.found().action_accept()
        self.assertEqual(sum(book.search([]).mapped("amount")), before)

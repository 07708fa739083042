from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferGuard(TransferCommon):
    """A transfer is undone only through itself, whatever the button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice()
        cls.share = cls.transfer(cls.move, amount=70)
        cls.entry = cls.share.move_id

    def assertRefused(self, call, *args, **kwargs):
        with self.assertRaisesRegex(UserError, "Payer's share"):
            call(*args, **kwargs)
        self.assertEqual(self.entry.state, "posted")
        self.assertEqual(self.move.amount_residual, 30)

    # --- by hand --------------------------------------------------------------------

    def test_the_invoices_own_widget_does_not_undo_it(self):
        partial = self.share.settling_line_id.matched_debit_ids
        self.assertRefused(
            self.move.with_user(self.biller).js_remove_outstanding_partial, partial.id
        )

    def test_not_even_in_a_locked_year(self):
        self.company.fiscalyear_lock_date = date(2026, 12, 31)
        partial = self.share.settling_line_id.matched_debit_ids
        self.assertRefused(
            self.move.with_user(self.biller).js_remove_outstanding_partial, partial.id
        )

    def test_unreconciling_the_items_does_not_undo_it(self):
        lines = self.share.settling_line_id | self.share.origin_line_id
        for line in lines:
            self.assertRefused(line.with_user(self.biller).remove_move_reconcile)
        self.assertRefused(
            lines.with_context(active_ids=lines.ids).action_unreconcile_match_entries
        )

    def test_the_partial_is_not_pointed_elsewhere(self):
        partial = self.share.settling_line_id.matched_debit_ids
        self.assertRefused(partial.write, {"amount": 1})

    def test_the_entry_is_not_reset_cancelled_reversed_or_deleted(self):
        entry = self.entry.with_user(self.biller)
        self.assertRefused(entry.button_draft)
        self.assertRefused(entry.button_cancel)
        self.assertRefused(entry.write, {"state": "draft"})
        self.assertRefused(entry._reverse_moves)
        self.assertRefused(entry.with_context(force_delete=True).unlink)
        self.assertRefused(entry.sudo().button_draft)

    def test_the_reversal_wizard_is_refused(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.entry.ids)
            .create({"journal_id": self.entry.journal_id.id, "date": TODAY})
        )
        self.assertRefused(wizard.reverse_moves)

    def test_the_new_receivable_is_not_given_to_another(self):
        line = self.share.target_line_id.with_user(self.biller)
        self.assertRefused(line.write, {"partner_id": self.other_payer.id})
        self.assertRefused(
            line.write, {"account_id": self.company.recouv_doubtful_account_id.id}
        )

    def test_the_new_receivable_is_not_deleted_nor_taken_from_its_entry(self):
        line = self.share.target_line_id.with_user(self.biller)
        forced = line.with_context(force_delete=True, dynamic_unlink=True)
        self.assertRefused(forced.unlink)
        self.assertRefused(
            self.entry.with_user(self.biller)
            .with_context(skip_readonly_check=True)
            .write,
            {"line_ids": [(1, line.id, {"partner_id": self.other_payer.id})]},
        )

    def test_its_due_date_may_change(self):
        line = self.share.target_line_id.with_user(self.biller)
        line.date_maturity = date(2026, 8, 1)
        self.assertEqual(line.date_maturity, date(2026, 8, 1))

    def test_the_transferred_invoice_is_not_reset(self):
        invoice = self.move.with_user(self.biller)
        self.assertRefused(invoice.button_draft)
        self.assertRefused(invoice.button_cancel)

    def test_cancel_and_replace_of_the_invoice_is_refused(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.move.ids)
            .create({"journal_id": self.move.journal_id.id, "date": TODAY})
        )
        self.assertRefused(wizard.modify_moves)

    def test_a_return_is_guarded_too(self):
        back = self.share.action_reverse("Rejected")
        for transfer in self.share | back:
            with self.assertRaisesRegex(UserError, "brought|bringing|transferred"):
                transfer.move_id.button_draft()
            with self.assertRaisesRegex(UserError, "bringing"):
                transfer.settling_line_id.remove_move_reconcile()

    def test_a_payment_on_the_new_receivable_stays_free(self):
        line = self.share.target_line_id
        other = self.make_invoice(partner=self.payer, amount=70, move_type="out_refund")
        (line | self.receivable(other)).reconcile()
        self.assertTrue(line.reconciled)
        line.remove_move_reconcile()
        self.assertFalse(line.reconciled)

    def test_an_ordinary_entry_is_not_hindered(self):
        move = self.make_invoice()
        move.button_draft()
        move.action_post()
        payment = self.pay(move)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(move.amount_residual, 100)

    @mute_logger("odoo.sql_db")
    def test_the_journal_and_the_account_outlive_their_entries(self):
        journal = self.entry.journal_id
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            journal.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.share.target_account_id.reconcile = False
            self.env.flush_all()

    # --- past the guards ------------------------------------------------------------

    def break_it(self):
        """What only a database administrator can do."""
        partial = self.share.settling_line_id.matched_debit_ids
        self.env.cr.execute(
            "DELETE FROM account_partial_reconcile WHERE id = %s", [partial.id]
        )
        self.env.invalidate_all()

    def test_what_is_undone_past_the_guards_is_found(self):
        self.assertFalse(self.env["recouv.transfer"]._detect_broken())
        self.break_it()
        self.env["recouv.transfer"]._cron_detect_broken()
        self.assertEqual(self.share.state, "broken")
        self.assertEqual(self.share.broken_on, TODAY)
        self.assertTrue(self.move.activity_ids, "someone is asked to mend the books")
        self.assertFalse(self.env["recouv.transfer"]._detect_broken())

    def test_an_entry_unposted_in_the_database_is_found(self):
        self.env.cr.execute(
            "UPDATE account_move SET state = 'draft' WHERE id = %s", [self.entry.id]
        )
        self.env.invalidate_all()
        found = self.env["recouv.transfer"]._detect_broken(self.company)
        self.assertEqual(found, self.share)

    def test_a_deleted_entry_is_found(self):
        self.env.cr.execute(
            "DELETE FROM account_partial_reconcile WHERE id = %s",
            [self.share.settling_line_id.matched_debit_ids.id],
        )
        self.env.cr.execute(
            "DELETE FROM account_move_line WHERE move_id = %s", [self.entry.id]
        )
        self.env.cr.execute("DELETE FROM account_move WHERE id = %s", [self.entry.id])
        self.env.invalidate_all()
        found = self.env["recouv.transfer"]._detect_broken(self.company)
        self.assertEqual(found, self.share)
        self.assertFalse(self.share.move_id)
        self.assertIn(self.move.name, self.share.display_name)

    def test_a_broken_transfer_blocks_its_claim(self):
        move = self.make_invoice(partner=self.make_patient("Rose Petit"))
        self.propose()
        claim = self.claims_of(move)
        self.share = self.transfer(move, amount=70)
        self.break_it()
        self.env["recouv.transfer"]._detect_broken()
        codes = [reason["code"] for reason in claim._explain()]
        self.assertIn("transfer_broken", codes)
        self.share.action_handled()
        codes = [reason["code"] for reason in claim._explain()]
        self.assertNotIn("transfer_broken", codes)

    def test_a_run_finds_it_before_it_relances(self):
        self.break_it()
        self.propose()
        self.assertEqual(self.share.state, "broken")

    def test_it_is_whole_again_once_the_books_are(self):
        lines = self.share.settling_line_id | self.share.origin_line_id
        self.break_it()
        self.env["recouv.transfer"]._detect_broken()
        with self.assertRaisesRegex(UserError, "still broken"):
            self.share.with_user(self.manager).action_recheck()
        self.env.add_to_compute(lines._fields["amount_residual"], lines)
        lines.reconcile()
        self.share.with_user(self.manager).action_recheck()
        self.assertEqual(self.share.state, "posted")
        self.assertFalse(self.move.activity_ids)

    def test_a_broken_transfer_does_not_come_back(self):
        self.break_it()
        self.env["recouv.transfer"]._detect_broken()
        with self.assertRaisesRegex(UserError, "not posted"):
            self.share.action_reverse("Rejected")

    def test_broken_says_nothing_of_other_companies(self):
        self.break_it()
        other = self.setup_other_company()["company"]
        self.assertFalse(self.env["recouv.transfer"]._detect_broken(other))
        self.assertEqual(self.share.state, "posted")

    # --- another company's user -----------------------------------------------------

    def test_a_user_of_another_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        self.manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        transfers = self.env["recouv.transfer"].with_user(self.manager)
        self.assertFalse(transfers.search([]))
        with self.assertRaises(AccessError):
            self.share.with_user(self.manager).read(["amount"])
        with self.assertRaises(AccessError):
            self.share.with_user(self.manager).action_reverse("Not mine")
        with self.assertRaises(AccessError):
            self.plan(self.receivable(self.move), user=self.manager)

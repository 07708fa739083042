import io
import zipfile
from datetime import date

import openpyxl
from freezegun import freeze_time

from odoo.tests import tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

OWNERS = "3-dedicated-account/owners.xlsx"
RECEIPTS = "4-receipts/receipts.xlsx"
REMITTANCES = "5-remittances/remittances.xlsx"
DELAYS = "5-remittances/delays.xlsx"
LATE = date(2026, 7, 28)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInspectorMoney(RemittanceCommon):
    """Receipts, remittances and owners of the account, as of any day (B14)."""

    mode = "net"

    def export(self, day=TODAY):
        wizard = self.env["recouv.inspector.file"].with_user(self.agency_manager)
        dialog = wizard.create({"date": day, "company_id": self.agency.id})
        self.env.invalidate_all()
        archive = zipfile.ZipFile(io.BytesIO(dialog._archive()))
        names = (OWNERS, RECEIPTS, REMITTANCES, DELAYS)
        return {name: self.rows(archive.read(name)) for name in names}

    def rows(self, content):
        """Return the rows of a sheet; an empty cell is None."""
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return [
            tuple(None if value == "" else value for value in row)
            for row in sheet.iter_rows(values_only=True)
        ]

    def owners(self, day=TODAY):
        """(practices, unidentified, overpayments, fees, total, balance, difference)."""
        return [row[1] for row in self.export(day)[OWNERS][1:8]]

    def test_each_receipt_tells_debtor_claim_and_sum(self):
        receipt = self.bank_receipt(150.0, self.mirror | self.other_mirror)
        rows = self.export()[RECEIPTS][1:]
        self.assertEqual(len(rows), 2)
        debtor = self.mirror.sudo().partner_id.name
        self.assertEqual(rows[0][0], receipt.name)
        expected = (debtor, self.creditor.name, self.mirror.reference)
        self.assertEqual(rows[0][3:6], expected)
        self.assertEqual([row[8] for row in rows], [120, 30])
        self.assertEqual(rows[0][10], "Cashed")

    def test_what_is_owed_back_stands_on_its_own_row(self):
        receipt = self.bank_receipt(250.0, self.mirror | self.other_mirror)
        with freeze_time(LATE):
            receipt.with_user(self.agency_manager).action_refund()
            later = self.export(LATE)[RECEIPTS]
        row = self.export()[RECEIPTS][3]
        self.assertEqual((row[5], row[8], row[12]), ("Overpayment", 50, None))
        self.assertEqual(later[3][12].date(), LATE)

    def test_a_bounce_had_not_happened_yet_on_an_earlier_day(self):
        receipt = self.bank_receipt(120.0)
        with freeze_time(LATE):
            receipt._bounce(LATE, "funds")
        before, after = self.export(TODAY), self.export(LATE)
        self.assertEqual(before[RECEIPTS][1][10], "Cashed")
        self.assertEqual(after[RECEIPTS][1][10], "Bounced payment")
        self.assertEqual(len(before[DELAYS]), 2)
        self.assertEqual(len(after[DELAYS]), 1)

    def test_a_cheque_that_waits_is_not_cashed(self):
        self.receive(120.0, method="cheque")
        files = self.export()
        self.assertEqual(files[RECEIPTS][1][2], None)
        self.assertEqual(files[RECEIPTS][1][10], "Waits to be cashed")
        self.assertEqual(len(files[DELAYS]), 1)

    def test_a_remittance_within_its_month_is_not_late(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        row = self.export()[REMITTANCES][1]
        self.assertEqual(row[:2], (remittance.name, self.creditor.name))
        self.assertEqual(row[3:8], (120, 0, 28.8, 0, 91.2))
        self.assertEqual((row[10], row[11]), (0, None))

    def test_a_late_remittance_is_flagged_with_its_days(self):
        self.bank_receipt(120.0)
        draft = self.prepare()
        with freeze_time(LATE):
            waiting = self.export(LATE)
            draft.action_remit()
            done = self.export(LATE)
        self.assertEqual(waiting[REMITTANCES][1:], [])
        self.assertEqual(waiting[DELAYS][1][6:], ("Waits", None, 43, "LATE"))
        self.assertEqual(done[REMITTANCES][1][10:], (43, "LATE"))
        self.assertEqual(done[DELAYS][1][7].date(), LATE)
        self.assertEqual(done[DELAYS][1][8:], (43, "LATE"))
        # on the day of the receipt it was neither remitted nor late
        self.assertEqual(self.export()[DELAYS][1][6:], ("Waits", None, 0, None))

    def test_a_remittance_is_of_the_day_on_which_it_is_ordered(self):
        self.bank_receipt(120.0)
        draft = self.prepare()
        with freeze_time(LATE):
            draft.action_remit()
        self.assertEqual(draft.date, LATE)
        self.assertEqual(draft.sudo().move_id.date, LATE)

    def test_the_four_lines_equal_the_ledger_on_any_day(self):
        self.bank_receipt(120.0)
        self.bank_receipt(100.0, self.other_mirror)
        self.movement(10.0)
        self.assertEqual(self.owners(), [200, 10, 20, 0, 230, 230, 0])
        with freeze_time(LATE):
            self.remit(LATE)
        self.assertEqual(self.owners(), [200, 10, 20, 0, 230, 230, 0])
        self.assertEqual(self.owners(LATE), [152, 10, 20, 48, 230, 230, 0])

    def test_an_entry_that_does_not_belong_there_is_named(self):
        charge = self.movement(-7.0, "BANK CHARGES")
        _bank, waiting = charge.sudo().move_id.line_ids.sorted("debit")
        expense = self.agency.sudo().recouv_fee_account_id
        charge.sudo().move_id.button_draft()
        waiting.account_id = expense
        charge.sudo().move_id.action_post()
        rows = self.export()[OWNERS]
        self.assertEqual(rows[7][1], -7)
        self.assertIn(charge.sudo().move_id.name, rows[-1][0])

    def test_the_screen_of_a_past_day_counts_what_was_late_then(self):
        self.bank_receipt(120.0)
        with freeze_time(LATE):
            self.remit(LATE)
        self.assertEqual(self.screen(date(2026, 7, 20)).late_amount, 120)
        self.assertEqual(self.screen(LATE).late_amount, 0)
        self.assertEqual(self.screen(TODAY).late_amount, 0)

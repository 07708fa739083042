import base64
import io
from datetime import date
from unittest.mock import patch

import openpyxl
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.models.recouv_depreciation import DEPRECIATION_ACCOUNTS
from odoo.addons.recouv_lib.models.recouv_fec import FEC_WIZARD

from .common import TODAY
from .transfer_common import TransferCommon

CLOSING = date(2026, 5, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDoubtfulBatch(TransferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls.make_invoice(due=date(2025, 10, 1), amount=300)
        cls.young = cls.make_invoice(due=date(2026, 5, 1), amount=50)
        cls.propose()
        cls.claim = cls.claims_of(cls.old)
        kinds = {"681740": "expense", "491000": "asset_current", "781740": "income"}
        for fname, code in DEPRECIATION_ACCOUNTS.items():
            account = cls.env["account.account"].create(
                {"name": code, "code": f"9{code}", "account_type": kinds[code]}
            )
            cls.company[fname] = account

    def batch(self, **values):
        batch = self.env["recouv.doubtful.batch"].create({"date": CLOSING, **values})
        batch = batch.with_user(self.manager)
        batch.action_propose()
        return batch

    def booked(self, **values):
        batch = self.batch(**values)
        batch.action_post()
        return batch

    def pay_claim(self, amount=None):
        values = {"payment_date": TODAY} | ({"amount": amount} if amount else {})
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=self.claim.move_line_id.ids
        ).create(values)._create_payments()

    def balance(self, fname):
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.company[fname].id),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(lines.mapped("balance"))

    # --- what is proposed -----------------------------------------------------------

    def test_what_is_old_enough_is_proposed(self):
        self.assertEqual(self.batch().line_ids.claim_id, self.claim)

    def test_the_age_asked_for_is_kept(self):
        claims = self.batch(min_age_days=10).line_ids.claim_id
        self.assertEqual(claims, self.claim | self.claims_of(self.young))

    def test_only_after_a_mise_en_demeure(self):
        self.assertFalse(self.batch(only_formal_notice=True).line_ids)
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        batch = self.env["recouv.doubtful.batch"].search([("state", "=", "draft")])
        batch.action_propose()
        self.assertEqual(batch.line_ids.claim_id, self.claim)

    def test_a_claim_before_a_court_is_proposed_whatever_its_age(self):
        young = self.claims_of(self.young)
        young.sudo().holder = "court"
        self.assertIn(young, self.batch().line_ids.claim_id)

    def test_the_default_date_is_the_last_closing(self):
        batch = self.env["recouv.doubtful.batch"].create({})
        self.assertEqual(batch.date, date(2025, 12, 31))

    def test_two_drafts_of_one_closing_are_refused(self):
        self.batch()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.batch()

    # --- booking --------------------------------------------------------------------

    def test_the_claim_lives_on_where_it_stood(self):
        step, due = self.claim.next_step_id, self.claim.date_due
        batch = self.booked()
        self.assertEqual(batch.state, "posted")
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.company.recouv_doubtful_account_id)
        self.assertEqual(self.claim.settlement, "open")
        self.assertEqual((self.claim.next_step_id, self.claim.date_due), (step, due))
        self.assertEqual(self.claim.amount_residual, 300)
        self.assertFalse(self.claim.closed_on)

    def test_the_same_closing_twice_moves_nothing_twice(self):
        self.booked()
        self.assertFalse(self.batch().line_ids)

    def test_what_was_paid_since_the_proposal_is_left_out(self):
        batch = self.batch(min_age_days=10)
        self.pay(self.young)
        batch.action_post()
        self.assertEqual(batch.line_ids.claim_id, self.claim)

    def test_nothing_listed_cannot_be_booked(self):
        batch = self.batch(min_age_days=4000)
        with self.assertRaisesRegex(UserError, "Propose first"):
            batch.action_post()

    def test_a_secretary_does_not_book(self):
        batch = self.batch().with_user(self.secretary)
        with self.assertRaises(AccessError):
            batch.action_post()

    def test_a_doubtful_claim_is_paid_as_any_other(self):
        batch = self.booked()
        self.pay_claim()
        self.assertEqual(self.claim.settlement, "paid")
        self.assertEqual(batch.line_ids.amount_open, 0)

    def test_reminders_go_on_unless_the_practice_stops_them(self):
        self.env["recouv.notice"].search([("state", "=", "proposed")]).action_remove()
        self.booked()
        self.assertIn(self.claim, self.propose().notice_ids.line_ids.claim_id)
        self.env["recouv.notice"].search([("state", "=", "proposed")]).action_remove()
        self.company.recouv_doubtful_reminders = False
        run = self.propose(date(2026, 6, 16))
        self.assertNotIn(self.claim, run.notice_ids.line_ids.claim_id)
        codes = [reason["code"] for reason in self.claim._explain()]
        self.assertIn("doubtful", codes)

    # --- undoing --------------------------------------------------------------------

    def test_undoing_brings_the_claim_back(self):
        batch = self.booked()
        batch.undo("closed too early")
        self.assertEqual(batch.state, "undone")
        receivable = self.receivable(self.old).account_id
        self.assertEqual(self.claim.move_line_id.account_id, receivable)
        self.assertEqual(self.claim.amount_residual, 300)
        self.propose(date(2026, 6, 16))
        self.assertEqual(self.claims_of(self.old), self.claim)

    def test_after_an_undo_it_can_be_done_again(self):
        self.booked().undo("closed too early")
        again = self.env["recouv.doubtful.batch"].create({"date": TODAY})
        again.action_propose()
        self.assertEqual(again.line_ids.claim_id, self.claim)
        again.action_post()
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.company.recouv_doubtful_account_id)

    def test_undoing_leaves_what_was_paid(self):
        batch = self.booked()
        self.pay_claim()
        batch.undo("closed too early")
        self.assertEqual(self.claim.settlement, "paid")

    def test_one_receivable_is_brought_back_by_hand(self):
        batch = self.booked()
        action = batch.line_ids.action_bring_back()
        self.assertEqual(
            action["context"]["default_transfer_ids"], batch.line_ids.transfer_id.ids
        )
        batch.line_ids.transfer_id.action_reverse("It will be paid")
        receivable = self.receivable(self.old).account_id
        self.assertEqual(self.claim.move_line_id.account_id, receivable)

    # --- depreciation ---------------------------------------------------------------

    def test_a_depreciation_is_booked_and_released_with_the_payment(self):
        batch = self.booked(depreciation_percent=50)
        self.assertEqual(batch.amount_depreciated, 150)
        self.assertEqual(self.balance("recouv_depreciation_account_id"), -150)
        self.assertEqual(batch.depreciation_move_ids.date, CLOSING)
        self.pay_claim(100)
        batch.action_release()
        self.assertEqual(self.balance("recouv_depreciation_account_id"), -100)
        self.assertEqual(self.balance("recouv_depreciation_income_account_id"), -50)
        batch.action_release()
        self.assertEqual(self.balance("recouv_depreciation_account_id"), -100)

    def test_undoing_releases_the_whole_depreciation(self):
        batch = self.booked(depreciation_percent=50)
        batch.undo("closed too early")
        self.assertEqual(self.balance("recouv_depreciation_account_id"), 0)

    def test_an_entry_of_depreciation_names_nobody(self):
        batch = self.booked(depreciation_percent=50)
        items = batch.sudo().depreciation_move_ids.line_ids
        self.assertFalse(items.partner_id)
        self.assertNotIn(self.patient.name, " ".join(items.mapped("name")))

    def test_a_practice_on_receipts_books_no_loss(self):
        self.company.recouv_cash_basis = True
        with self.assertRaisesRegex(UserError, "no loss"), self.env.cr.savepoint():
            self.batch(depreciation_percent=50)
        self.assertFalse(self.booked().depreciation_move_ids)

    def test_a_line_stays_in_its_batch(self):
        batch = self.batch()
        other = batch.copy({"date": date(2024, 12, 31), "line_ids": False})
        with self.assertRaisesRegex(UserError, "stays in its batch"):
            batch.line_ids.batch_id = other

    def test_the_sums_of_a_line_are_those_of_the_books(self):
        batch = self.batch()
        line = batch.line_ids
        with self.assertRaisesRegex(UserError, "sums of the books"):
            batch.line_ids = [Command.update(line.id, {"amount": 1.0})]
        with self.assertRaisesRegex(UserError, "sums of the books"):
            batch.line_ids = [
                Command.create({"claim_id": line.claim_id.id, "amount": 1.0})
            ]
        batch.line_ids = [Command.update(line.id, {"percent": 30})]
        batch.action_post()
        with self.assertRaisesRegex(UserError, "sums of the books"):
            line.transfer_id = False
        with self.assertRaisesRegex(UserError, "part of the history"):
            line.unlink()

    def test_a_missing_account_is_named_before_anything_is_booked(self):
        self.company.recouv_depreciation_account_id = False
        codes = self.env["account.account"].search([("code", "=", "491000")])
        codes.with_company(self.company).write({"code": "499999"})
        batch = self.batch(depreciation_percent=50)
        with self.assertRaisesRegex(UserError, "Account of depreciation"):
            batch.action_post()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptBook(TransferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(due=date(2026, 4, 1), amount=120)

    def rows(self):
        return self.env["recouv.receipt.book"].search(
            [("company_id", "=", self.company.id), ("date", ">=", date(2026, 1, 1))]
        )

    def wizard(self, **values):
        return (
            self.env["recouv.receipt.book.wizard"]
            .with_user(self.secretary)
            .create({"date_from": date(2026, 5, 1), "date_to": TODAY, **values})
        )

    def downloaded(self):
        last = self.env["recouv.download"].sudo().search([], order="id desc", limit=1)
        return base64.b64decode(last.with_context(bin_size=False).content)

    def test_only_money_enters_the_book(self):
        self.transfer(self.move, amount=20)
        self.pay(self.move, 60, day=date(2026, 5, 10))
        self.credit_note(self.move, 10)
        row = self.rows()
        self.assertEqual((row.amount, row.date), (60, date(2026, 5, 10)))
        self.assertEqual(row.payer, self.patient.name)

    def test_the_means_is_that_of_the_journal(self):
        cash = self.company_data["default_journal_cash"]
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        ).create({"payment_date": TODAY, "journal_id": cash.id})._create_payments()
        self.assertEqual(self.rows().mode, "cash")

    def test_the_means_is_read_from_the_method(self):
        methods = self.company_data["default_journal_bank"]
        method = methods.inbound_payment_method_line_ids[0]
        for name, mode in (("Chèque", "cheque"), ("Carte bancaire", "card"),
                           ("Virement", "transfer"), ("CB", "card")):  # fmt: skip
            method.name = name
            self.pay(self.move, 10)
            self.assertEqual(self.rows().sorted("id")[-1].mode, mode, name)

    def test_a_bounced_payment_leaves_the_book_or_is_negative(self):
        payment = self.pay(self.move, day=date(2026, 5, 10))
        bounce = payment.move_id._reverse_moves([{"date": date(2026, 5, 20)}])
        bounce.action_post()
        self.assertEqual(sum(self.rows().mapped("amount")), 0)

    def test_a_neutral_book_names_nobody(self):
        self.company.recouv_neutral_labels = True
        self.patient.ref = "P0042"
        self.pay(self.move)
        row = self.rows()
        self.assertEqual(row.payer, "P0042")
        self.assertNotIn(self.patient.name, row.reference)

    def test_the_spreadsheet_has_the_rows_and_the_totals(self):
        self.pay(self.move, 50, day=date(2026, 5, 10))
        self.pay(self.move, 70, day=date(2026, 6, 10))
        self.patient.name = "=1+1"
        wizard = self.wizard()
        wizard.action_xlsx()
        book = openpyxl.load_workbook(io.BytesIO(self.downloaded()))
        rows = list(book.worksheets[0].values)
        self.assertEqual([row[7] for row in rows[1:]], [50, 70, 120])
        self.assertEqual(rows[1][2], "=1+1")
        totals = list(book.worksheets[1].values)
        self.assertEqual([row[0] for row in totals[1:]], ["2026-05", "2026-06"])
        self.assertEqual(totals[1][-1], 50)

    def test_the_pdf_has_the_rows_and_no_act(self):
        self.pay(self.move, 50, day=date(2026, 5, 10))
        printed = []
        with patch.object(
            html_pdf,
            "print_html",
            lambda _program, html, **_o: printed.append(str(html)) or b"%PDF %%EOF",
        ):
            self.wizard().action_pdf()
        self.assertIn(self.patient.name, printed[0])
        self.assertIn("50", printed[0])

    def test_an_empty_period_is_said(self):
        with self.assertRaisesRegex(UserError, "Nothing was received"):
            self.wizard().action_xlsx()

    def test_a_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(ValidationError):
            self.wizard(date_to=date(2026, 4, 1))

    def test_the_screen_shows_the_period(self):
        self.pay(self.move, 50, day=date(2026, 5, 10))
        action = self.wizard().action_view()
        book = self.env["recouv.receipt.book"].with_user(self.secretary)
        self.assertEqual(book.search(action["domain"]), self.rows())

    def test_another_practices_money_is_not_seen(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.pay(self.move)
        self.secretary.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        book = self.env["recouv.receipt.book"].with_user(self.secretary)
        self.assertFalse(book.search([("company_id", "=", self.company.id)]))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFec(TransferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if FEC_WIZARD not in cls.env:
            cls.skipTest(cls, "l10n_fr_account is not installed")
        cls.move = cls.make_invoice(due=date(2026, 4, 1), amount=120)
        cls.move.invoice_line_ids.name = "Detartrage"
        cls.pay(cls.move)
        cls.bill = cls.make_invoice(
            cls.payer,
            move_type="in_invoice",
            journal=cls.company_data["default_journal_purchase"],
        )

    def fec(self):
        wizard = self.env[FEC_WIZARD].create(
            {
                "date_from": date(2026, 1, 1),
                "date_to": date(2026, 12, 31),
                "test_file": True,
            }
        )
        content = wizard.generate_fec()["file_content"].decode()
        return [line.split("|") for line in content.split("\r\n")]

    def test_without_the_setting_the_file_is_odoos_own(self):
        text = str(self.fec())
        self.assertIn(self.patient.name, text)
        self.assertIn("Detartrage", text)

    def test_with_the_setting_neither_name_nor_act_is_left(self):
        self.company.recouv_neutral_labels = True
        text = str(self.fec())
        self.assertNotIn(self.patient.name, text)
        self.assertNotIn("Detartrage", text)
        self.assertIn(f"Honoraires {self.move.name}", text)

    def test_sums_accounts_dates_and_numbers_are_untouched(self):
        before = self.fec()
        self.company.recouv_neutral_labels = True
        after = self.fec()
        self.assertEqual(len(before), len(after))
        for old, new in zip(before, after, strict=True):
            self.assertEqual(len(new), 18)
            kept = [i for i in range(18) if i not in (7, 8, 10)]
            self.assertEqual([old[i] for i in kept], [new[i] for i in kept])

    def test_a_suppliers_entry_keeps_its_names(self):
        self.company.recouv_neutral_labels = True
        self.assertIn(self.payer.name, str(self.fec()))

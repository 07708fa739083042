"""What an accountant tries on the books: the doubtful batch, receipts, the FEC."""

import io
from datetime import date

import openpyxl

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged

from . import test_books
from .common import TODAY
from .money_common import MoneyCommon
from .test_books import CLOSING
from .test_in_payment import InPayment


def without_tests(case):
    """Return the class without its tests: only its ground is wanted here."""
    names = {name: None for name in dir(case) if name.startswith("test_")}
    return type(f"{case.__name__}Ground", (case,), names | {"test_tags": set()})


DoubtfulGround = without_tests(test_books.TestDoubtfulBatch)
ReceiptGround = without_tests(test_books.TestReceiptBook)
FecGround = without_tests(test_books.TestFec)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDoubtfulCases(DoubtfulGround):
    def test_what_was_paid_in_part_since_the_proposal_is_taken_for_what_is_left(self):
        batch = self.batch(depreciation_percent=50)
        self.pay(self.old, 100)
        batch.action_post()
        self.assertEqual((batch.amount, batch.amount_depreciated), (200, 100))
        self.assertEqual(self.claim.amount_residual, 200)

    def test_a_rate_set_after_the_proposal_counts_for_what_is_listed(self):
        batch = self.batch()
        batch.depreciation_percent = 40
        batch.action_post()
        self.assertEqual(batch.amount_depreciated, 120)

    def test_a_rate_on_one_line_is_refused_to_a_practice_on_receipts(self):
        self.company.recouv_cash_basis = True
        batch = self.batch()
        batch.line_ids.percent = 50
        with self.assertRaisesRegex(UserError, "no loss"):
            batch.action_post()
        self.assertFalse(batch.line_ids.transfer_id, "nothing was booked")

    def test_without_an_account_not_even_the_transfers_are_booked(self):
        self.company.recouv_depreciation_account_id = False
        codes = self.env["account.account"].search([("code", "=", "491000")])
        codes.with_company(self.company).write({"code": "499999"})
        batch = self.batch(depreciation_percent=50)
        with self.assertRaisesRegex(UserError, "Account of depreciation"):
            batch.action_post()
        self.assertFalse(batch.line_ids.transfer_id)

    def test_what_is_settled_since_the_proposal_stays_where_it_is(self):
        batch = self.batch(min_age_days=10)
        plan = self.env["recouv.plan"].sudo()._recording().create(
            {
                "kind": "settlement",
                "company_id": self.company.id,
                "partner_id": self.patient.id,
                "claim_ids": [Command.set(self.claim.ids)],
                "currency_id": self.claim.currency_id.id,
                "amount_start": 300,
                "amount_total": 200,
                "date_agreed": TODAY,
                "date_end": date(2026, 7, 1),
                "source": "counter",
                "line_ids": [
                    Command.create(
                        {
                            "date": date(2026, 7, 1),
                            "amount": 200,
                            "amount_cumulated": 200,
                        }
                    )
                ],
            }
        )  # fmt: skip
        plan._record({"state": "agreed"})
        batch.action_post()
        self.assertNotIn(self.claim, batch.line_ids.claim_id)

    def test_a_payment_that_bounces_is_depreciated_again(self):
        batch = self.booked(depreciation_percent=50)
        self.pay_claim(100)
        batch.action_release()
        payment = self.env["account.payment"].search(
            [("partner_id", "=", self.patient.id)], order="id desc", limit=1
        )
        payment.move_id.line_ids.remove_move_reconcile()
        batch.action_release()
        self.assertEqual(self.balance("recouv_depreciation_account_id"), -150)
        self.assertEqual(batch.line_ids.amount_released, 0)

    def test_a_booked_batch_is_not_rewritten(self):
        batch = self.booked()
        for values in ({"date": TODAY}, {"state": "draft"}, {"min_age_days": 1}):
            with self.assertRaises(UserError):
                batch.write(values)

    def test_its_entries_are_not_taken_back_by_hand(self):
        batch = self.booked(depreciation_percent=50)
        self.pay_claim(100)
        batch.action_release()
        booked, released = batch.sudo().depreciation_move_ids.sorted("id")
        undone = self.booked_and_undone()
        for entry in (booked, released, *undone):
            for act in (entry.button_draft, entry._reverse_moves):
                with self.assertRaisesRegex(UserError, "books the depreciation"):
                    act()
        self.assertEqual(set((booked | released).mapped("state")), {"posted"})

    def booked_and_undone(self):
        """The entries of another batch, undone since."""
        self.make_invoice(due=date(2025, 9, 1), amount=80)
        self.propose()
        batch = self.booked(depreciation_percent=25)
        batch.undo("closed too early")
        return batch.sudo().depreciation_move_ids

    def test_a_locked_year_refuses_the_whole_batch(self):
        batch = self.batch(depreciation_percent=50)
        self.company.sudo().fiscalyear_lock_date = CLOSING
        with self.assertRaisesRegex(UserError, "locked"):
            batch.action_post()
        self.assertEqual(batch.state, "draft")
        self.assertFalse(batch.line_ids.transfer_id)
        self.assertFalse(batch.depreciation_move_ids)

    def test_another_currency_goes_and_comes_back_to_the_cent(self):
        francs = self.setup_other_currency("CHF", rates=[("2025-01-01", 3.0)])
        move = self.make_invoice(
            due=date(2025, 9, 1), amount=100, currency_id=francs.id
        )
        self.propose()
        claim, owed = self.claims_of(move), self.receivable(move).amount_residual
        batch = self.booked()
        self.assertIn(claim, batch.line_ids.claim_id)
        line = batch.line_ids.filtered(lambda line: line.claim_id == claim)
        self.assertEqual(line.amount, owed)
        self.assertEqual(claim.amount_residual_currency, 100)
        batch.undo("closed too early")
        self.assertEqual(claim.amount_residual_currency, 100)
        self.assertEqual(claim.amount_residual, owed)

    def test_a_credit_note_on_a_doubtful_receivable_lowers_it(self):
        batch = self.booked(depreciation_percent=50)
        self.credit_note(self.old, 100)
        self.assertEqual(self.claim.amount_residual, 200)
        batch.action_release()
        self.assertEqual(self.balance("recouv_depreciation_account_id"), -100)

    def test_an_accountant_reads_the_batch_and_books_nothing(self):
        batch = self.batch()
        accountant = new_test_user(
            self.env,
            "books_accountant",
            groups="base.group_user,account.group_account_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        seen = batch.with_user(accountant)
        self.assertEqual(seen.amount, 300)
        arch = seen.get_view(view_type="form")["arch"]
        for name in ("action_post", "action_propose", "action_bring_back"):
            self.assertNotIn(name, arch)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDoubtfulInPayment(InPayment, DoubtfulGround):
    def test_what_a_payment_under_way_pays_is_left_out_without_stopping_the_rest(self):
        batch = self.batch(min_age_days=10)
        self.pay(self.young)
        batch.action_post()
        self.assertEqual(batch.line_ids.claim_id, self.claim)
        self.assertEqual(self.batch(min_age_days=10).line_ids.claim_id.ids, [])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptCases(ReceiptGround):
    def test_what_a_payment_writes_off_is_no_receipt(self):
        account = self.company_data["default_account_expense"]
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        ).create(
            {
                "payment_date": TODAY,
                "amount": 115,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": account.id,
                "writeoff_label": "Rounding",
            }
        )._create_payments()
        self.assertEqual(self.move.amount_residual, 0)
        self.assertEqual(self.rows().mapped("amount"), [115])

    def test_a_payment_sent_back_is_negative_under_its_own_means(self):
        bank = self.company_data["default_journal_bank"]
        bank.inbound_payment_method_line_ids[0].name = "Chèque"
        payment = self.pay(self.move, day=date(2026, 5, 10))
        bounce = payment.move_id._reverse_moves([{"date": date(2026, 5, 20)}])
        bounce.action_post()
        rows = self.rows()
        self.assertEqual(rows.mapped("amount"), [120, -120])
        self.assertEqual(rows.mapped("mode"), ["cheque", "cheque"])

    def test_a_refund_paid_to_the_patient_is_negative(self):
        refund = self.credit_note(self.move, 30)
        refund.line_ids.remove_move_reconcile()
        self.pay(refund, day=date(2026, 6, 1))
        self.assertEqual(self.rows().mapped("amount"), [-30])

    def test_another_currency_enters_as_the_books_have_it(self):
        francs = self.setup_other_currency("CHF", rates=[("2025-01-01", 4.0)])
        move = self.make_invoice(amount=100, currency_id=francs.id)
        self.pay(move, day=date(2026, 6, 2))
        self.assertEqual(self.rows().mapped("amount"), [25])

    def test_a_doubtful_receivable_paid_is_a_receipt_once(self):
        self.transfer(self.move, kind="doubtful", partner=self.patient)
        target = self.env["recouv.transfer"].search([]).target_line_id[:1]
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=target.ids
        ).create({"payment_date": TODAY})._create_payments()
        self.assertEqual(self.rows().mapped("amount"), [120])

    def test_a_draft_is_no_receipt(self):
        payment = self.pay(self.move)
        payment.action_draft()
        self.assertFalse(self.rows())

    def test_an_accountant_without_our_groups_takes_the_book(self):
        self.pay(self.move, 50, day=date(2026, 5, 10))
        accountant = new_test_user(
            self.env,
            "book_accountant",
            groups="base.group_user,account.group_account_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        wizard = self.wizard().with_user(accountant).create(
            {"date_from": date(2026, 5, 1), "date_to": TODAY}
        )  # fmt: skip
        wizard.action_xlsx()
        book = openpyxl.load_workbook(io.BytesIO(self.downloaded()))
        self.assertEqual(next(book.worksheets[0].values)[7], "Received")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptCheques(MoneyCommon):
    """Cheques: received one day, at the bank another."""

    def rows(self):
        return self.env["recouv.receipt.book"].search(
            [("company_id", "=", self.company.id), ("amount", "!=", 0)]
        )

    def wizard(self, date_to):
        return (
            self.env["recouv.receipt.book.wizard"]
            .with_user(self.secretary)
            .create({"date_from": date(2026, 6, 1), "date_to": date_to})
        )

    def test_a_cheque_says_when_it_came_and_when_it_went_to_the_bank(self):
        cheque = self.collect_later("2026-07-10", amount=100)
        self.assertFalse(self.rows(), "it is no money yet")
        self.assertEqual(self.wizard(TODAY)._held(), cheque)
        with freeze_time("2026-07-10"):
            slip = self.deposit(cheque, "2026-07-10")
            slip.action_done()
            row = self.rows()
            self.assertEqual((row.amount, row.mode), (100, "cheque"))
            self.assertEqual(row.date, date(2026, 7, 10))
            self.assertEqual(row.cheque_received_on, TODAY)
            self.assertEqual((row.deposit_name, row.banked_on), (slip.name, row.date))
            wizard = self.wizard(date(2026, 7, 31))
            self.assertFalse(wizard._held())
            self.assertIn("received on", wizard._banked(row))
            self.assertEqual(self.wizard(date(2026, 6, 30))._held(), cheque)

    def test_the_book_names_the_cheques_still_held(self):
        self.collect(amount=60, method="cash")
        self.collect_later("2026-07-10", amount=100)
        values = self.wizard(TODAY)._pdf_values()
        self.assertEqual(len(values["held_lines"]), 1)
        self.assertIn("tax office", values["held_sentence"])
        self.assertEqual(values["total"], 60)

    def test_the_printed_totals_are_sums(self):
        self.collect(amount=60, method="cash")
        values = self.wizard(TODAY)._pdf_values()
        page = self.env["ir.qweb"]._render("recouv_lib.receipt_book", values)
        self.assertNotIn("built-in", page)
        for total in values["months"][0]["sums"]:
            self.assertIn(f">{total}</td>", page)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFecCases(FecGround):
    def test_what_the_bank_writes_of_a_payer_does_not_leak(self):
        """A cheque's way to the bank, and a transfer that nobody has matched yet."""
        self.company.recouv_neutral_labels = True
        bank = self.company_data["default_journal_bank"]
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": TODAY,
                "payment_ref": "VIR CAMILLE MARTIN SOINS",
                "amount": 120,
            }
        )
        self.assertNotIn("CAMILLE MARTIN", str(self.fec()))
        _liquidity, suspense, _other = line._seek_for_lines()
        on_the_way = bank.inbound_payment_method_line_ids.payment_account_id[:1]
        if not on_the_way:
            self.skipTest("this chart has no account of receipts on their way")
        suspense.account_id = on_the_way
        self.assertNotIn("CAMILLE MARTIN", str(self.fec()))

    def test_what_the_practice_pays_keeps_its_label(self):
        self.company.recouv_neutral_labels = True
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": TODAY,
                "payment_ref": "LOYER SCI DU PORT",
                "amount": -900,
            }
        )
        self.assertIn("LOYER SCI DU PORT", str(self.fec()))

    def test_an_opening_balance_names_suppliers_and_no_debtor(self):
        self.make_invoice(due=date(2025, 3, 1))
        self.make_invoice(
            self.payer,
            move_type="in_invoice",
            due=date(2025, 3, 1),
            journal=self.company_data["default_journal_purchase"],
        )
        self.company.recouv_neutral_labels = True
        opening = [row for row in self.fec() if row[0] == "OUV"]
        names = {row[7] for row in opening}
        self.assertIn(self.payer.name, names)
        self.assertNotIn(self.patient.name, names)
        self.assertIn(f"Client {self.patient.id}", names)

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferCurrency(TransferCommon):
    """The receivable changes hands, it is not revalued."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls.setup_other_currency(
            "EUR", rates=[("2026-01-01", 3.0), ("2026-06-10", 2.0)]
        )
        cls.exchanges = cls.env["account.move"].search_count(cls.exchange_domain())

    @classmethod
    def exchange_domain(cls):
        journal = cls.company.currency_exchange_journal_id
        return [("journal_id", "=", journal.id)]

    def assertNoExchange(self):
        count = self.env["account.move"].search_count(self.exchange_domain())
        self.assertEqual(count, self.exchanges)

    def test_a_part_is_taken_pro_rata_of_the_item_not_at_the_days_rate(self):
        move = self.make_invoice(amount=300, currency_id=self.gold.id)
        line = self.receivable(move)
        self.assertEqual(line.balance, 100)
        share = self.transfer(move, amount=210)
        self.assertEqual((share.amount, share.amount_currency), (70, 210))
        self.assertEqual(share.target_line_id.balance, 70)
        self.assertEqual(share.target_line_id.amount_residual_currency, 210)
        self.assertEqual(line.amount_residual, 30)
        self.assertNoExchange()

    def test_the_rest_leaves_no_cent(self):
        move = self.make_invoice(amount=100, currency_id=self.gold.id)
        line = self.receivable(move)
        self.assertEqual(line.balance, 33.33)
        for amount in (33.33, 33.33):
            self.transfer(move, "collected", amount, self.buyer)
        self.transfer(move, amount=33.34)
        self.assertTrue(line.reconciled)
        self.assertEqual(line.amount_residual, 0)
        self.assertNoExchange()

    def test_shares_booked_together_leave_no_cent(self):
        move = self.make_invoice(amount=100, currency_id=self.gold.id)
        line = self.receivable(move)
        drafts = self.plan(line, "collected", 33.33, self.buyer)
        drafts += self.plan(line, amount=33.33)
        drafts += self.plan(line, amount=33.34, partner=self.other_payer)
        drafts._post()
        self.assertTrue(line.reconciled)
        self.assertAlmostEqual(sum(drafts.mapped("amount")), 33.33)
        self.assertNoExchange()

    def test_it_comes_back_at_the_same_value(self):
        move = self.make_invoice(amount=300, currency_id=self.gold.id)
        back = self.transfer(move, amount=210).action_reverse("Rejected")
        self.assertEqual(back.target_line_id.balance, 70)
        self.assertEqual(back.target_line_id.amount_currency, 210)
        self.assertNoExchange()

    def test_a_currency_without_decimals(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        yen.rate_ids = [Command.create({"name": "2026-01-01", "rate": 150})]
        move = self.make_invoice(amount=10001, currency_id=yen.id)
        share = self.transfer(move, amount=3333)
        self.assertEqual(share.target_line_id.amount_currency, 3333)
        self.transfer(move, "assignment", 6668, self.buyer)
        self.assertTrue(self.receivable(move).reconciled)
        self.assertNoExchange()
        with self.assertRaisesRegex(UserError, "not an amount"):
            self.plan(
                self.receivable(self.make_invoice(amount=9, currency_id=yen.id)),
                amount=3.5,
            )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferMoney(TransferCommon):
    # --- tax on payment -------------------------------------------------------------

    def test_a_transfer_does_not_make_tax_due(self):
        self.company.tax_exigibility = True
        transition = self.company_data["default_account_tax_sale"].copy()
        transition.reconcile = True
        tax = self.company_data["default_tax_sale"].copy(
            {
                "name": "VAT on receipts",
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        move = self.make_invoice()
        move.button_draft()
        move.invoice_line_ids.tax_ids = tax
        move.action_post()
        before = self.env["account.move"].search_count([])
        for kind in ("payer_share", "doubtful"):
            draft = self.plan(self.receivable(move), kind, amount=50)
            with self.assertRaisesRegex(UserError, "VAT on receipts"):
                draft.action_post()
        self.assertEqual(self.env["account.move"].search_count([]), before)

    # --- payments -------------------------------------------------------------------

    def test_a_payment_under_way_is_not_transferred(self):
        """Where a registered payment has no entry, the item still shows it all."""
        self.inbound_payment_method_line.payment_account_id = False
        invoices = type(self.env["account.move"])
        with patch.object(
            invoices, "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            move = self.make_invoice()
            self.pay(move, amount=40)
            line = self.receivable(move)
            self.assertEqual(move.payment_state, "in_payment")
            self.assertEqual(line.amount_residual, 100)
            with self.assertRaisesRegex(UserError, "under way"):
                self.transfer(move, amount=70)
            share = self.transfer(move, amount=60, partner=self.other_payer)
            self.assertEqual(share.state, "posted")

    def test_a_transfer_in_an_in_payment_database(self):
        invoices = type(self.env["account.move"])
        with patch.object(
            invoices, "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            move = self.make_invoice()
            self.transfer(move, amount=70)
            self.pay(move, amount=30)
            self.assertEqual(move.payment_state, "in_payment")
            self.assertEqual(self.receivable(move).amount_residual, 0)

    def test_an_invoice_paid_by_transfer_is_no_payment(self):
        move = self.make_invoice()
        self.propose()
        self.transfer(move, "assignment", partner=self.buyer)
        self.assertEqual(self.claims_of(move).settlement, "transferred")

    # --- locked books ---------------------------------------------------------------

    def test_a_locked_period_is_named_and_nothing_is_booked(self):
        move = self.make_invoice()
        draft = self.plan(self.receivable(move), amount=70, date=TODAY)
        self.company.fiscalyear_lock_date = date(2026, 6, 30)
        with self.assertRaisesRegex(UserError, "06/30/2026|30/06/2026"):
            draft.action_post()
        self.assertFalse(draft.move_id)
        draft.date = date(2026, 7, 1)
        draft.action_post()
        self.assertEqual(draft.move_id.date, date(2026, 7, 1))

    def test_an_invoice_of_a_locked_year_can_be_transferred_now(self):
        move = self.make_invoice(due=date(2026, 3, 1))
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        share = self.transfer(move, amount=70)
        self.assertEqual(share.move_id.date, TODAY)

    def test_a_lock_exception_granted_to_the_user_is_honoured(self):
        move = self.make_invoice()
        self.company.fiscalyear_lock_date = date(2026, 6, 30)
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "fiscalyear_lock_date": date(2026, 5, 31),
                "end_datetime": "2026-12-31 00:00:00",
            }
        )
        share = self.transfer(move, amount=70, user=self.manager)
        self.assertEqual(share.move_id.date, TODAY)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferCreditNote(TransferCommon):
    """A credit note posted later follows the receivable to whoever holds it."""

    def credit_of(self, refund):
        return self.receivable(refund)

    def test_a_credit_note_goes_first_to_what_the_patient_still_owes(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=70)
        self.credit_note(move, 20)
        self.assertEqual(move.amount_residual, 10)
        self.assertEqual(share.target_line_id.amount_residual, 70)

    def test_it_then_follows_to_the_payer(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=70)
        refund = self.credit_note(move, 50)
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(share.target_line_id.amount_residual, 50)
        self.assertTrue(self.credit_of(refund).reconciled)
        credit = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertEqual((credit.amount, credit.followed_id), (20, share))
        self.assertTrue(credit.target_line_id.reconciled)

    def test_it_follows_to_the_buyer_of_the_invoice(self):
        move = self.make_invoice()
        sold = self.transfer(move, "assignment", partner=self.buyer)
        self.credit_note(move, 20)
        self.assertEqual(sold.target_line_id.amount_residual, 80)

    def test_a_buyer_who_has_paid_is_owed_it_back(self):
        move = self.make_invoice()
        sold = self.transfer(move, "assignment", partner=self.buyer)
        self.settle(sold.target_line_id)
        refund = self.credit_note(move, 20)
        credit = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertEqual(credit.target_line_id.amount_residual, -20)
        self.assertEqual(credit.target_line_id.partner_id, self.buyer)
        self.assertTrue(self.credit_of(refund).reconciled)

    def test_it_never_exceeds_what_the_buyer_took(self):
        move = self.make_invoice()
        self.transfer(move, amount=60)
        sold = self.transfer(move, "assignment", 40, self.buyer)
        self.settle(sold.target_line_id)
        self.credit_note(move, 100)
        credits = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertEqual(
            {t.kind: t.amount for t in credits}, {"payer_share": 60, "assignment": 40}
        )

    def test_two_payers_are_credited_in_turn(self):
        move = self.make_invoice()
        first = self.transfer(move, amount=70)
        second = self.transfer(move, amount=30, partner=self.other_payer)
        self.credit_note(move, 80)
        self.assertEqual(first.target_line_id.amount_residual, 0)
        self.assertEqual(second.target_line_id.amount_residual, 20)

    def test_what_came_back_is_netted_where_it_is(self):
        move = self.make_invoice()
        back = self.transfer(move, amount=100).action_reverse("Rejected")
        refund = self.credit_note(move, 25)
        self.assertEqual(back.target_line_id.amount_residual, 75)
        self.assertTrue(self.credit_of(refund).reconciled)
        self.assertFalse(self.env["recouv.transfer"].search([("is_credit", "=", True)]))

    def test_it_follows_to_the_doubtful_account(self):
        move = self.make_invoice()
        doubtful = self.transfer(move, "doubtful", partner=self.patient)
        self.credit_note(move, 25)
        self.assertEqual(doubtful.target_line_id.amount_residual, 75)

    def test_what_the_agency_collected_is_the_debtors_own_credit(self):
        move = self.make_invoice()
        self.transfer(move, "collected", partner=self.buyer)
        refund = self.credit_note(move, 25)
        self.assertEqual(self.credit_of(refund).amount_residual, -25)
        self.assertEqual(self.credit_of(refund).partner_id, self.patient)

    def test_a_payer_who_has_paid_is_not_credited(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=100)
        self.settle(share.target_line_id)
        refund = self.credit_note(move, 25)
        self.assertEqual(self.credit_of(refund).amount_residual, -25)

    def test_a_credit_note_of_an_ordinary_invoice_is_left_alone(self):
        move = self.make_invoice()
        refund = self.credit_note(move, 25)
        self.assertEqual(move.amount_residual, 75)
        self.assertTrue(self.credit_of(refund).reconciled)

    def test_an_accountant_without_our_rights_posts_it(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=100)
        refund = move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.invoice_line_ids.price_unit = 25
        refund.with_user(self.biller).action_post()
        self.assertEqual(share.target_line_id.amount_residual, 75)

    def test_a_transferred_credit_note_is_not_reset(self):
        move = self.make_invoice()
        self.transfer(move, amount=100)
        refund = self.credit_note(move, 25)
        with self.assertRaisesRegex(UserError, "is transferred"):
            refund.button_draft()

    def test_it_is_dated_as_the_credit_note(self):
        move = self.make_invoice()
        self.transfer(move, amount=100)
        self.credit_note(move, 25, day=date(2026, 6, 14))
        credit = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertEqual(credit.date, date(2026, 6, 14))

    def settle(self, line):
        bank = self.company_data["default_journal_bank"]
        move = self.env["account.move"].create(
            {
                "journal_id": bank.id,
                "date": TODAY,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": bank.default_account_id.id,
                            "debit": line.amount_residual,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": line.account_id.id,
                            "credit": line.amount_residual,
                            "partner_id": line.partner_id.id,
                        }
                    ),
                ],
            }
        )
        move.action_post()
        (line + move.line_ids[1]).reconcile()

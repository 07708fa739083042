from datetime import date, timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .funds_common import FundsCommon

IBAN = "FR1420041010050500013M02606"


class RemittanceCommon(FundsCommon):
    """A mandate in net mode, taxed at 20 %, and what a manager does with money."""

    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env, cls.env = cls.env, cls.env(su=True)
        cls.tax = cls.make_tax(cls.agency, "sale", 20.0)
        cls.env = env

    @classmethod
    def make_tax(cls, company, use, rate):
        country = company.account_fiscal_country_id
        group = cls.env["account.tax.group"].sudo().create(
            {"name": "VAT", "company_id": company.id, "country_id": country.id}
        )  # fmt: skip
        return cls.env["account.tax"].sudo().create(
            {
                "name": f"VAT {rate} %",
                "amount": rate,
                "type_tax_use": use,
                "company_id": company.id,
                "country_id": country.id,
                "tax_group_id": group.id,
            }
        )  # fmt: skip

    @classmethod
    def make_mandate(cls, **values):
        return super().make_mandate(remit_mode=cls.mode, **values)

    def prepare(self, day=TODAY):
        model = self.env["recouv.remittance"].with_user(self.agency_manager)
        return model.with_company(self.agency)._prepare(self.agency, day, force=True)

    def remit(self, day=TODAY):
        remittance = self.prepare(day)
        remittance.action_remit()
        return remittance

    def screen(self, day=TODAY):
        return (
            self.env["recouv.dedicated.account"]
            .with_user(self.agency_manager)
            .create({"company_id": self.agency.id, "date": day})
        )

    def sums(self, day=TODAY):
        screen = self.screen(day)
        self.assertEqual(screen.difference, 0)
        self.assertFalse(screen.foreign_move_ids)
        return (
            screen.practices,
            screen.unidentified,
            screen.overpayments,
            screen.fees,
        )

    def bank_receipt(self, amount, mirrors=None, day=TODAY):
        """Money by a movement of the dedicated account, identified by an agent."""
        movement = self.movement(amount, day=day)
        return self.receive(
            amount,
            mirrors,
            statement_line_id=movement.id,
            method="transfer",
            date=day,
        )

    def bank(self, movement):
        """Match a movement with the best of what was proposed."""
        match = movement._recouv_propose(automatic=False)[:1]
        match._apply()
        return match


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDedicatedAccountScreen(RemittanceCommon):
    """What a director reads in ten seconds."""

    def lines(self):
        screen = self.screen()
        return screen.practices, screen.to_identify, screen.on_its_way, screen.balance

    def test_money_on_its_way_is_deducted_in_a_line_of_its_own(self):
        self.receive(120.0, method="cash")
        self.assertEqual(self.lines(), (120, 0, -120, 0))

    def test_what_the_bank_shows_and_nobody_knows_is_to_identify(self):
        self.movement(50.0)
        self.receive(120.0, method="cash")
        self.assertEqual(self.lines(), (120, 50, -120, 50))

    def test_the_screen_has_a_name(self):
        self.assertEqual(self.screen().display_name, "Dedicated account")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNetRemittance(RemittanceCommon):
    def test_net_the_fee_is_kept_and_the_rest_remitted_to_the_cent(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        # 20 % of 120 = 24, and 20 % of VAT on it
        self.assertEqual(remittance.amount_received, 120.0)
        self.assertEqual(remittance.amount_fee, 28.8)
        self.assertEqual(remittance.amount, 91.2)
        self.assertEqual(self.books(), (0, 0))
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), -91.2)
        self.assertEqual(self.balance(self.agency, "recouv_sweep_account_id"), -28.8)
        practice = self.company.sudo()
        self.assertEqual(self.balance(practice, "transfer_account_id"), 91.2)
        self.assertEqual(self.balance(practice, "recouv_fee_account_id"), 28.8)
        self.assertEqual(remittance.line_ids.receipt_id.state, "remitted")
        self.assertEntriesBalanced()

    def test_everything_that_was_settled_is_reconciled_in_both_books(self):
        self.bank_receipt(120.0)
        remittance = self.remit().sudo()
        transfer = remittance.line_ids.transfer_id
        self.assertTrue(transfer.target_line_id.reconciled)
        self.assertTrue(remittance.line_ids.funds_item_id.reconciled)
        invoice = remittance.fee_move_ids
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(invoice.recouv_fee_twin_id.amount_residual, 0)
        self.assertFalse(transfer._detect_broken(self.company))
        self.assertEqual(transfer.remitted_on, TODAY)

    def test_the_fee_is_billed_once_with_the_same_number(self):
        self.bank_receipt(120.0)
        invoice = self.remit().sudo().fee_move_ids
        bill = invoice.recouv_fee_twin_id
        self.assertEqual((bill.ref, bill.company_id), (invoice.name, self.company))
        self.assertEqual(bill.amount_total, invoice.amount_total)
        self.assertEqual(bill.partner_id, self.agency.partner_id)
        self.assertFalse(self.mandate.sudo()._invoice_fees(TODAY))

    def electronic(self, invoice, **values):
        """The same invoice, as an import of an electronic one drafts it."""
        return (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "in_invoice",
                    "company_id": self.company.id,
                    "partner_id": self.agency.sudo().partner_id.id,
                    "ref": invoice.name,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        (0, 0, {"name": "Fee", "price_unit": 28.8, "tax_ids": []})
                    ],
                    **values,
                }
            )
        )

    def test_the_electronic_invoice_of_the_fee_is_not_billed_again(self):
        self.bank_receipt(120.0)
        invoice = self.remit().sudo().fee_move_ids
        again = self.electronic(invoice)
        self.assertEqual(again.recouv_fee_original_id, invoice.recouv_fee_twin_id)
        with self.assertRaisesRegex(UserError, "billed already"):
            again.action_post()

    def test_the_electronic_invoice_is_merged_with_its_file(self):
        self.bank_receipt(120.0)
        invoice = self.remit().sudo().fee_move_ids
        again = self.electronic(invoice, ref=f" {invoice.name.lower()} ")
        file = self.env["ir.attachment"].sudo().create(
            {
                "name": "fee.xml",
                "raw": b"<Invoice/>",
                "res_model": "account.move",
                "res_id": again.id,
            }
        )  # fmt: skip
        again.action_recouv_merge_fee()
        self.assertEqual(again.state, "cancel")
        self.assertEqual(file.res_id, invoice.recouv_fee_twin_id.id)

    def test_another_invoice_of_the_agency_is_billed_as_any(self):
        self.bank_receipt(120.0)
        invoice = self.remit().sudo().fee_move_ids
        other = self.electronic(invoice, ref="OTHER/1")
        other.action_post()
        self.assertEqual(other.state, "posted")

    # --- the dedicated account ------------------------------------------------------

    def test_the_account_always_equals_its_four_lines(self):
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.movement(10.0)
        self.assertEqual(self.sums(), (0, 10.0, 0, 0))
        self.bank_receipt(150.0)
        self.assertEqual(self.sums(), (150.0, 10.0, 0, 0))
        self.bank_receipt(80.0, self.other_mirror)
        self.assertEqual(self.sums(), (200.0, 10.0, 30.0, 0))
        self.remit()
        # 20 % and VAT of 200 is kept; the rest is ordered, not debited yet
        self.assertEqual(self.sums(), (152.0, 10.0, 30.0, 48.0))
        self.assertEqual(self.screen().balance, 240.0)

    def test_the_banks_debit_takes_the_remittance_from_the_account(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        self.assertFalse(remittance.is_paid)
        self.bank(self.movement(-91.2, f"VIR SEPA {remittance.name}"))
        remittance.invalidate_recordset()
        self.assertTrue(remittance.is_paid)
        self.assertEqual(self.sums(), (0, 0, 0, 28.8))

    def test_the_practices_bank_shows_the_remittance(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        bank = self.company_data["default_journal_bank"]
        movement = self.movement(91.2, f"AGENCE {remittance.name}", journal=bank)
        self.assertEqual(self.bank(movement).rule, "funds")
        self.assertEqual(self.balance(self.company.sudo(), "transfer_account_id"), 0)

    def test_fees_are_swept_by_an_act_of_their_own(self):
        self.bank_receipt(120.0)
        self.remit()
        self.screen().action_sweep()
        self.assertEqual(self.sums()[3], 28.8)  # ordered, not debited yet
        self.bank(self.movement(-28.8, "Fees swept"))
        self.assertEqual(self.sums(), (91.2, 0, 0, 0))
        with self.assertRaisesRegex(UserError, "nothing else is swept"):
            self.screen().action_sweep()

    def test_an_overpayment_is_refunded_once(self):
        receipt = self.bank_receipt(250.0, self.mirror | self.other_mirror)
        with self.assertRaises(AccessError):
            receipt.action_refund()
        receipt.with_user(self.agency_manager).action_refund()
        self.assertEqual(self.sums(), (200.0, 0, 50.0, 0))
        self.bank(self.movement(-50.0, f"Refund {receipt.name}"))
        self.assertEqual(self.sums(), (200.0, 0, 0, 0))
        with self.assertRaisesRegex(UserError, "owed back"):
            receipt.with_user(self.agency_manager).action_refund()

    def test_an_entry_that_does_not_belong_there_is_shown(self):
        bank = self.funds.default_account_id
        other = self.agency.sudo().transfer_account_id
        move = self.env["account.move"].sudo().with_company(self.agency).create(
            {
                "move_type": "entry",
                "company_id": self.agency.id,
                "journal_id": self.agency.sudo().recouv_collected_journal_id.id,
                "date": TODAY,
                "line_ids": [
                    (0, 0, {"account_id": bank.id, "balance": -15.0}),
                    (0, 0, {"account_id": other.id, "balance": 15.0}),
                ],
            }
        )  # fmt: skip
        move._post(soft=False)
        screen = self.screen()
        self.assertEqual(screen.difference, -15.0)
        self.assertEqual(screen.foreign_move_ids.ids, move.ids)

    def test_the_account_can_be_seen_on_any_past_day(self):
        self.bank_receipt(120.0, day=date(2026, 6, 10))
        self.assertEqual(self.sums(date(2026, 6, 9)), (0, 0, 0, 0))
        self.assertEqual(self.sums(date(2026, 6, 10)), (120.0, 0, 0, 0))

    def test_an_agent_does_not_see_the_account(self):
        with self.assertRaises(AccessError):
            self.env["recouv.dedicated.account"].with_user(self.agent).create({})

    # --- a bounce after the remittance ----------------------------------------------

    def test_what_bounced_after_its_remittance_is_deducted_from_the_next(self):
        first = self.bank_receipt(120.0)
        self.remit()
        first._bounce(TODAY, "funds")
        self.assertEqual(self.old.amount_residual, 120.0)
        self.assertEqual(self.books(), (-120.0, 120.0))
        self.bank_receipt(80.0, self.other_mirror)
        self.receive(120.0, self.mirror)
        second = self.remit()
        # 200 received, 120 deducted; the fee of 40 less the 24 given back, and VAT
        self.assertEqual((second.amount_received, second.amount_back), (200.0, 120.0))
        self.assertEqual(second.amount_fee, 19.2)
        self.assertEqual(second.amount, 60.8)
        self.assertEqual(self.books(), (0, 0))
        self.assertTrue(first.line_ids.back_item_id.reconciled)
        self.assertTrue(first.sudo().line_ids.back_held_item_id.reconciled)
        self.assertEntriesBalanced()

    def test_more_bounced_than_received_waits(self):
        first = self.bank_receipt(120.0)
        self.remit()
        first._bounce(TODAY, "funds")
        self.bank_receipt(80.0, self.other_mirror)
        with self.assertRaisesRegex(UserError, "wait for the next receipts"):
            self.remit()

    # --- refusals -------------------------------------------------------------------

    def test_a_locked_practice_stops_the_remittance_in_both(self):
        self.bank_receipt(120.0)
        draft = self.prepare()
        self.company.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        moves = self.env["account.move"].sudo().search_count([])
        with self.assertRaisesRegex(UserError, self.company.name):
            draft.action_remit()
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)

    def test_an_agent_does_not_remit(self):
        self.bank_receipt(120.0)
        with self.assertRaises(AccessError):
            self.prepare().with_user(self.agent).action_remit()

    def test_remitting_twice_changes_nothing(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        remittance.action_remit()
        self.assertEqual(self.books(), (0, 0))

    def test_a_draft_that_is_given_up_leaves_its_receipts(self):
        self.bank_receipt(120.0)
        self.prepare().action_void()
        self.assertEqual(self.remit().amount_received, 120.0)

    # --- the delay ------------------------------------------------------------------

    def test_the_last_day_is_a_month_after_cashing_at_most(self):
        receipt = self.bank_receipt(120.0)
        self.assertLessEqual(receipt.line_ids.remit_due, date(2026, 7, 15))
        draft = self.prepare()
        self.assertEqual(draft.date_due, receipt.line_ids.remit_due)
        self.assertFalse(draft.is_late)
        with freeze_time(date(2026, 7, 20)):
            draft.invalidate_recordset(["is_late"])
            self.assertTrue(draft.is_late)
            self.assertEqual(self.screen(date(2026, 7, 20)).late_amount, 120.0)

    def test_the_frequency_of_the_mandate_decides_when(self):
        self.bank_receipt(120.0)
        model = self.env["recouv.remittance"].sudo()
        self.assertFalse(model._prepare(self.agency, TODAY + timedelta(days=3)))
        draft = model._prepare(self.agency, date(2026, 7, 1))
        self.assertEqual(draft.line_ids.amount, 120.0)

    # --- papers and the bank --------------------------------------------------------

    def test_the_file_for_the_bank_pays_what_is_remitted(self):
        self.set_terms(remit_iban=IBAN, remit_holder="Cabinet")
        bank = self.env["res.partner.bank"].sudo().create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": self.agency.sudo().partner_id.id,
            }
        )  # fmt: skip
        self.funds.sudo().bank_account_id = bank
        self.bank_receipt(120.0)
        remittance = self.remit()
        action = remittance.action_export_transfers()
        self.assertIn("pain001", action["url"])
        root = etree.fromstring(
            self.agency._recouv_order_file([remittance._transfer()])
        )
        texts = [node.text for node in root.iter() if node.text]
        self.assertIn("91.20", texts)
        self.assertIn(IBAN, texts)
        self.assertTrue(remittance.exported_on)

    def test_a_practice_without_an_account_is_named(self):
        self.bank_receipt(120.0)
        with self.assertRaisesRegex(UserError, "no valid IBAN"):
            self.remit().action_export_transfers()

    def test_the_statement_names_each_receipt_and_the_balance(self):
        receipt = self.bank_receipt(120.0)
        values = self.remit()._statement_values()
        self.assertEqual(values["rows"][0]["receipt"], receipt.name)
        self.assertIn("120", values["received"])
        self.assertIn("91", values["amount"])
        self.assertTrue(values["fee_numbers"])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestGrossRemittance(RemittanceCommon):
    mode = "gross"

    def test_gross_everything_is_remitted_and_the_fee_is_paid_apart(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        self.assertEqual((remittance.amount, remittance.amount_fee), (120.0, 0))
        self.assertEqual(self.sums(), (120.0, 0, 0, 0))
        invoice = self.mandate.sudo()._invoice_fees(TODAY)
        self.assertEqual(invoice.amount_total, 28.8)
        self.assertEqual(invoice.recouv_fee_twin_id.amount_residual, 28.8)
        self.assertEntriesBalanced()

    def test_a_fee_is_due_on_what_was_paid_straight_to_the_practice(self):
        self.pay(self.old, 50.0, TODAY)
        found = self.env["recouv.direct.payment"].sudo()._find(self.agency)
        self.assertEqual((found.date, found.amount), (TODAY, 50.0))
        self.assertFalse(self.env["recouv.direct.payment"].sudo()._find(self.agency))
        invoice = self.mandate.sudo()._invoice_fees(TODAY)
        self.assertEqual(invoice.amount_untaxed, 10.0)
        self.assertFalse(self.mandate.sudo()._invoice_fees(TODAY))

    def test_what_the_agency_received_is_not_found_as_paid_to_the_practice(self):
        self.bank_receipt(120.0)
        self.assertFalse(self.env["recouv.direct.payment"].sudo()._find(self.agency))

    def test_without_a_tax_of_the_mandates_rate_nothing_is_invoiced(self):
        self.bank_receipt(120.0)
        taxes = self.env["account.tax"].sudo()
        taxes.search(
            [("company_id", "=", self.agency.id), ("amount", "=", 20.0)]
        ).active = False
        with self.assertRaisesRegex(UserError, "no sales tax of 20"):
            self.mandate.sudo()._invoice_fees(TODAY)

    def test_a_practice_that_deducts_vat_bills_it(self):
        tax = self.make_tax(self.company, "purchase", 20.0)
        self.company.sudo().recouv_fee_tax_id = tax
        self.bank_receipt(120.0)
        bill = self.mandate.sudo()._invoice_fees(TODAY).recouv_fee_twin_id
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (24.0, 4.8))

    def test_a_deductible_vat_of_another_rate_is_refused_by_name(self):
        tax = self.make_tax(self.company, "purchase", 10.0)
        self.company.sudo().recouv_fee_tax_id = tax
        self.bank_receipt(120.0)
        with self.assertRaisesRegex(UserError, "deductible VAT"):
            self.mandate.sudo()._invoice_fees(TODAY)

    def test_the_month_that_ended_is_invoiced_by_the_job_once(self):
        self.bank_receipt(120.0, day=date(2026, 5, 20))
        self.bank_receipt(80.0, self.other_mirror)
        mandates = self.env["recouv.mandate"].sudo()
        for _day in range(2):
            mandates._cron_invoice_fees()
        invoices = self.env["recouv.receipt.line"].sudo().search([]).fee_move_id
        self.assertEqual(invoices.amount_untaxed, 24.0)

    def test_what_the_agency_received_is_not_brought_back_by_hand(self):
        transfer = self.bank_receipt(120.0).sudo().line_ids.transfer_id
        with self.assertRaisesRegex(UserError, "the payment bounced"):
            transfer.with_user(self.practitioner).action_reverse("By mistake")

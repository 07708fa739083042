from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon


class BounceCommon(RemittanceCommon):
    """What both books say of money that came and went."""

    def owed(self):
        """What the agency owes each practice, from its open items."""
        account = self.agency.sudo().recouv_principals_account_id
        items = self.env["account.move.line"].sudo().search(
            [("account_id", "=", account.id), ("reconciled", "=", False)]
        )  # fmt: skip
        return sum(items.mapped("amount_residual"))

    def held(self):
        """What the agency holds for the practice, from its open items."""
        account = self.company.sudo().recouv_collected_account_id
        items = self.env["account.move.line"].sudo().search(
            [("account_id", "=", account.id), ("reconciled", "=", False)]
        )  # fmt: skip
        return sum(items.mapped("amount_residual"))

    def assertBothBooks(self, amount):
        """The practice is to get ``amount``, the agency owes it: balance and items."""
        self.assertEqual(self.books(), (amount, -amount))
        self.assertEqual((self.held(), self.owed()), (amount, -amount))
        self.assertEntriesBalanced()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBounceOfADraft(BounceCommon):
    """A payment bounces after its remittance was prepared, before it was ordered."""

    def test_it_leaves_the_draft_and_the_rest_is_remitted(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertBothBooks(80.0)
        self.assertEqual(draft.amount_received, 80.0)
        draft.action_remit()
        self.assertEqual((draft.state, draft.amount_received), ("posted", 80.0))
        # the fee of 80 only: 16 and VAT
        self.assertEqual((draft.amount_fee, draft.amount), (19.2, 60.8))
        self.assertEqual(gone.state, "bounced")
        self.assertFalse(gone.line_ids.owed_back_on or gone.line_ids.remittance_id)
        self.assertBothBooks(0)

    def test_a_draft_of_nothing_else_is_given_up(self):
        gone = self.bank_receipt(120.0)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertEqual(draft.state, "void")
        self.assertBothBooks(0)
        self.assertFalse(self.prepare())

    def test_what_bounced_in_a_draft_that_is_given_up_is_not_deducted_later(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        draft.action_void()
        self.bank_receipt(100.0)
        again = self.remit()
        self.assertEqual((again.amount_received, again.amount_back), (180.0, 0))
        self.assertBothBooks(0)

    def test_one_of_two_sums_of_a_day_leaves_the_other(self):
        receipts = self.receipt(100.0) | self.receipt(80.0, self.other_mirror)
        receipts.action_confirm()
        self.assertEqual(len(receipts.sudo().line_ids.funds_item_id), 1)
        self.prepare()
        receipts[0]._bounce(TODAY, "funds")
        self.assertBothBooks(80.0)
        self.remit()
        self.assertBothBooks(0)

    def test_interest_goes_back_too(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = "2026-03-01"
        gone = self.receive(50.0)
        self.assertTrue(gone.line_ids.amount_interest)
        self.prepare()
        gone._bounce(TODAY, "funds")
        self.assertBothBooks(0)
        self.assertEqual(self.balance(self.company, "recouv_interest_account_id"), 0)

    def test_what_is_in_a_draft_may_be_undone(self):
        wrong = self.bank_receipt(80.0)
        self.prepare()
        wrong.undo("It was for the other note")
        self.assertEqual(wrong.state, "undone")
        self.assertBothBooks(0)

    def test_what_was_ordered_is_not_undone(self):
        receipt = self.receive(200.0, self.mirror | self.other_mirror)
        self.remit()
        with self.assertRaisesRegex(UserError, "remitted"):
            receipt.undo("It was for the other note")

    def stuck(self, draft, gone):
        """As earlier versions left it: deducted from the draft that it never left."""
        item = gone.sudo().line_ids.back_item_id
        with patch.object(type(item), "_recouv_is_settled_funds", lambda _items: False):
            item.remove_move_reconcile()
        self.env.cr.execute(
            "UPDATE recouv_receipt_line SET remittance_id = %s, deducted_in_id = %s,"
            " owed_back_on = %s WHERE receipt_id = %s",
            (draft.id, draft.id, TODAY, gone.id),
        )
        self.env.invalidate_all()

    def test_what_an_earlier_version_left_in_a_draft_is_freed(self):
        gone = self.bank_receipt(120.0)
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        gone._bounce(TODAY, "funds")
        self.stuck(draft, gone)
        self.assertEqual((draft.amount_back, self.owed()), (120.0, -80.0))
        draft.action_remit()
        self.assertEqual((draft.amount_received, draft.amount_back), (80.0, 0))
        self.assertEqual(gone.state, "bounced")
        self.assertBothBooks(0)


class BackCommon(BounceCommon):
    """A payment that bounced after its remittance; nothing more is received."""

    def bounced(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        receipt._bounce(TODAY, "funds")
        return receipt

    def invoice_fees(self, until=TODAY):
        return self.mandate.sudo()._invoice_fees(until)

    def claim_back(self, day=TODAY):
        draft = self.prepare(day)
        draft.action_claim_back()
        return draft

    def assertFeeGivenBack(self, credit, amount):
        """Both books: the fee and its VAT are owed no more."""
        twin = credit.recouv_fee_twin_id
        self.assertEqual(
            (credit.move_type, twin.move_type), ("out_refund", "in_refund")
        )
        self.assertEqual((credit.amount_total, twin.amount_total), (amount, amount))
        self.assertEqual((twin.ref, twin.company_id), (credit.name, self.company))
        self.assertEqual(self.balance(self.company, "recouv_fee_account_id"), 0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNothingMoreIsReceivedNet(BackCommon):
    """Net: the fee was kept on the dedicated account."""

    def test_the_fee_is_given_back_in_both_books(self):
        receipt = self.bounced()
        credit = self.invoice_fees()
        self.assertFeeGivenBack(credit, 28.8)
        self.assertEqual((credit.amount_untaxed, credit.amount_tax), (24.0, 4.8))
        self.assertEqual(receipt.sudo().line_ids.fee_credit_move_id, credit)
        self.assertFalse(self.invoice_fees())
        self.assertBothBooks(-120.0)

    def test_the_job_gives_it_back_once_the_month_ended(self):
        self.bounced()
        mandates = self.env["recouv.mandate"].sudo()
        mandates._cron_invoice_fees()
        lines = self.env["recouv.receipt.line"].sudo().search([])
        self.assertFalse(lines.fee_credit_move_id)
        with freeze_time(date(2026, 7, 1)):
            for _day in range(2):
                mandates._cron_invoice_fees()
        self.assertFeeGivenBack(lines.fee_credit_move_id, 28.8)
        self.assertEqual(lines.fee_credit_move_id.invoice_date, date(2026, 6, 30))

    def test_the_practice_pays_back_exactly_what_it_got(self):
        self.bounced()
        claim = self.claim_back()
        # 120 bounced less the fee of 24 and its VAT, which the agency still holds
        self.assertEqual((claim.amount_back, claim.amount_fee), (120.0, -28.8))
        self.assertEqual((claim.state, claim.amount), ("posted", -91.2))
        self.assertBothBooks(0)
        self.assertEqual(self.balance(self.agency, "recouv_sweep_account_id"), 0)
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), 0)
        practice = self.company.sudo()
        self.assertEqual(self.balance(practice, "transfer_account_id"), 0)
        self.assertFeeGivenBack(claim.sudo().fee_move_ids, 28.8)
        self.assertEqual(claim.sudo().fee_move_ids.amount_residual, 0)
        self.assertEqual(
            claim.sudo().fee_move_ids.recouv_fee_twin_id.amount_residual, 0
        )
        # of the four lines only the practice's debt and the bounce are left
        self.sums()

    def test_of_what_was_swept_no_other_practice_pays(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        self.screen().action_sweep()
        receipt._bounce(TODAY, "funds")
        claim = self.claim_back()
        self.assertEqual((claim.amount, claim.amount_fee), (-120.0, 0))
        credit = receipt.sudo().line_ids.fee_credit_move_id
        self.assertFeeGivenBack(credit, 28.8)
        self.assertEqual(credit.amount_residual, 28.8)
        self.assertEqual(self.balance(self.agency, "recouv_sweep_account_id"), 0)
        self.assertBothBooks(0)

    def test_the_next_fee_is_set_off_against_what_was_given_back(self):
        self.bounced()
        credit = self.invoice_fees()
        self.bank_receipt(200.0, self.mirror | self.other_mirror)
        again = self.remit()
        # 20 % and VAT of 200 is 48, less the 28.80 given back
        self.assertEqual((again.amount_fee, again.amount), (19.2, 60.8))
        self.assertEqual(credit.amount_residual, 0)
        self.assertEqual(credit.recouv_fee_twin_id.amount_residual, 0)
        self.assertBothBooks(0)

    def test_a_small_receipt_does_not_leave_the_rest_waiting(self):
        self.bounced()
        self.bank_receipt(80.0, self.other_mirror)
        with self.assertRaisesRegex(UserError, "claim it back"):
            self.remit()
        claim = self.claim_back()
        self.assertEqual((claim.amount_received, claim.amount_back), (80.0, 120.0))
        # 40 less 20 % and VAT of it
        self.assertEqual((claim.amount_fee, claim.amount), (-9.6, -30.4))
        self.assertBothBooks(0)

    # --- the banks ------------------------------------------------------------------

    def test_both_banks_show_what_is_paid_back(self):
        receipt = self.bank_receipt(120.0)
        sent = self.remit()
        self.bank(self.movement(-91.2, f"VIR SEPA {sent.name}"))
        own = self.company_data["default_journal_bank"]
        self.bank(self.movement(91.2, f"AGENCE {sent.name}", journal=own))
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-120.0, "REJET"))
        claim = self.claim_back()
        movement = self.movement(91.2, f"REMBOURSEMENT {claim.name}")
        self.assertEqual(self.bank(movement).rule, "funds")
        claim.invalidate_recordset()
        self.assertTrue(claim.is_paid)
        self.bank(self.movement(-91.2, f"AGENCE {claim.name}", journal=own))
        practice = self.company.sudo()
        self.assertEqual(self.balance(practice, "transfer_account_id"), 0)
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertEqual(self.screen().balance, 0)

    def test_it_is_in_no_file_for_the_bank(self):
        self.bounced()
        claim = self.claim_back()
        with self.assertRaises(UserError):
            claim.action_export_transfers()
        self.assertFalse(claim.exported_on)

    # --- who is told ----------------------------------------------------------------

    def test_the_statement_asks_the_practice_for_it(self):
        self.bounced()
        claim = self.claim_back()
        values = claim._statement_values()
        self.assertTrue(values["is_claim"] and values["is_fee_back"])
        self.assertIn("91", values["amount"])
        html = str(self.env["ir.qweb"]._render(
            "recouv_lib.remittance_statement", values
        ))  # fmt: skip
        self.assertIn("pay back", html)
        self.assertIn(claim.name, html)
        advice = self.env["recouv.remittance.advice"].sudo().search(
            [("remittance_id", "=", claim.id)]
        )  # fmt: skip
        self.assertEqual((advice.amount, advice.company_id), (-91.2, self.company))

    def alarm(self, day):
        days = self.env["recouv.day"].with_user(self.agency_manager)
        with freeze_time(day):
            sections = days.with_company(self.agency)._sections(day)
        section = next(one for one in sections if one.code == "owed_back")
        lines = self.env["recouv.receipt.line"].with_user(self.agency_manager)
        return lines.search(section.domain)

    def test_after_days_it_is_an_alarm_until_it_is_paid_back(self):
        receipt, later = self.bounced(), TODAY + timedelta(days=15)
        self.assertFalse(self.alarm(TODAY))
        self.assertEqual(self.alarm(later), receipt.line_ids)
        claim = self.claim_back()
        self.assertEqual(self.alarm(later), receipt.line_ids)
        self.bank(self.movement(91.2, f"REMBOURSEMENT {claim.name}"))
        self.assertFalse(self.alarm(later))

    def test_the_alarms_open_the_sums_themselves(self):
        receipt = self.bounced()
        later = TODAY + timedelta(days=15)
        days = self.env["recouv.day"].with_user(self.agency_manager)
        with freeze_time(later):
            for code in ("owed_back", "late_remittances"):
                action = days.with_company(self.agency).open_section(code)
                self.assertEqual(action["res_model"], "recouv.receipt.line")
        self.assertTrue(receipt.line_ids)

    # --- refusals -------------------------------------------------------------------

    def test_the_job_prepares_it_and_a_manager_decides(self):
        self.bounced()
        model = self.env["recouv.remittance"].sudo()
        self.assertFalse(model._prepare(self.agency, TODAY + timedelta(days=3)))
        draft = model._prepare(self.agency, date(2026, 7, 1))
        self.assertEqual((draft.state, draft.amount_back), ("draft", 120.0))
        self.assertEqual(draft.creditor_partner_id, self.creditor)
        with self.assertRaises(AccessError):
            draft.with_user(self.agent).sudo(False).action_claim_back()

    def test_what_is_given_up_is_claimed_by_the_next(self):
        self.bounced()
        self.prepare().action_void()
        self.assertEqual(self.prepare().amount_back, 120.0)

    def test_a_locked_practice_stops_it_in_both(self):
        self.bounced()
        draft = self.prepare()
        self.company.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        with self.assertRaisesRegex(UserError, self.company.name):
            draft.action_claim_back()
        self.assertEqual(draft.state, "draft")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNothingMoreIsReceivedGross(BackCommon):
    """Gross: the fee was invoiced apart."""

    mode = "gross"

    def test_an_unpaid_fee_is_set_off_with_its_credit_note(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        invoice = self.invoice_fees()
        receipt._bounce(TODAY, "funds")
        credit = self.invoice_fees()
        self.assertFeeGivenBack(credit, 28.8)
        for document in (invoice, credit):
            self.assertEqual(document.amount_residual, 0)
            self.assertEqual(document.recouv_fee_twin_id.amount_residual, 0)

    def test_a_fee_that_one_side_has_paid_is_left_to_both(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        invoice = self.invoice_fees()
        self.pay(invoice.recouv_fee_twin_id, 28.8, TODAY)
        receipt._bounce(TODAY, "funds")
        credit = self.invoice_fees()
        self.assertEqual(
            (invoice.amount_residual, credit.amount_residual), (28.8, 28.8)
        )
        self.assertEqual(credit.recouv_fee_twin_id.amount_residual, 28.8)

    def test_everything_is_claimed_back(self):
        self.bounced()
        claim = self.claim_back()
        self.assertEqual((claim.amount, claim.amount_fee), (-120.0, 0))
        self.assertBothBooks(0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDayOfCashing(BounceCommon):
    """The day on which money counts is in two books and in the law's delay."""

    def test_once_booked_it_is_not_changed(self):
        receipt = self.bank_receipt(120.0)
        for day in (False, TODAY - timedelta(days=3)):
            with self.subTest(day), self.assertRaisesRegex(UserError, "not edited"):
                receipt.write({"cleared_on": day})
        self.remit()
        with self.assertRaisesRegex(UserError, "not edited"):
            receipt.write({"cleared_on": False})
        self.assertEqual(receipt.cleared_on, TODAY)

    def test_of_several_one_that_is_booked_is_enough(self):
        waiting = self.receive(80.0, self.other_mirror, method="cheque")
        booked = self.bank_receipt(120.0)
        with self.assertRaisesRegex(UserError, "not edited"):
            (waiting | booked).write({"cleared_on": TODAY})

    def test_of_a_held_cheque_it_is_said_until_it_is_cashed(self):
        cheque = self.receive(120.0, method="cheque", date=date(2026, 6, 10))
        cheque.write({"cleared_on": date(2026, 6, 12)})
        cheque.action_clear()
        self.assertEqual(cheque.sudo().move_id.date, date(2026, 6, 12))

    def test_a_cheque_is_not_cashed_before_it_came_nor_in_the_future(self):
        cheque = self.receive(120.0, method="cheque", date=date(2026, 6, 10))
        for day in (date(2026, 6, 9), TODAY + timedelta(days=1)):
            cheque.write({"cleared_on": day})
            with self.subTest(day), self.assertRaisesRegex(UserError, "is cashed"):
                cheque.action_clear()
        self.assertEqual(cheque.state, "received")
        self.assertBothBooks(0)

    def test_it_bounces_after_it_was_cashed(self):
        cheque = self.receive(120.0, method="cheque", date=date(2026, 6, 10))
        cheque.write({"cleared_on": date(2026, 6, 12)})
        cheque.action_clear()
        with self.assertRaisesRegex(UserError, "after it was received"):
            cheque._bounce(date(2026, 6, 11), "funds")
        cheque._bounce(date(2026, 6, 12), "funds")
        self.assertBothBooks(0)

    def test_one_that_never_was_cashed_bounces_from_the_day_it_came(self):
        cheque = self.receive(120.0, method="cheque", date=date(2026, 6, 10))
        cheque.write({"cleared_on": TODAY})
        cheque._bounce(date(2026, 6, 11), "funds")
        self.assertEqual(cheque.state, "bounced")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRefundedThenBounced(BounceCommon):
    """What a debtor got back of a payment that bounces is paid by no other debtor."""

    def overpaid(self):
        """250 for two notes of 200, received on the dedicated account."""
        return self.bank_receipt(250.0, self.mirror | self.other_mirror)

    def refunded(self):
        receipt = self.overpaid()
        receipt.with_user(self.agency_manager).action_refund()
        return receipt

    def debtor_owes(self):
        account = self.mirror.sudo().partner_id.with_company(
            self.agency
        ).property_account_receivable_id  # fmt: skip
        items = self.env["account.move.line"].sudo().search(
            [
                ("account_id", "=", account.id),
                ("company_id", "=", self.agency.id),
                ("partner_id", "=", self.mirror.sudo().partner_id.id),
                ("parent_state", "=", "posted"),
            ]
        )  # fmt: skip
        return sum(items.mapped("amount_residual"))

    def alarms(self):
        days = self.env["recouv.day"].with_user(self.agency_manager)
        sections = days.with_company(self.agency)._sections(TODAY)
        section = next(one for one in sections if one.code == "owed_by_debtors")
        receipts = self.env["recouv.receipt"].with_user(self.agency_manager)
        return receipts.search(section.domain)

    def test_not_refunded_it_is_owed_no_more(self):
        receipt = self.overpaid()
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-250.0, "REJET"))
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), 0)
        self.assertEqual(self.debtor_owes(), 0)
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertBothBooks(0)

    def test_a_refund_that_has_not_left_is_given_up(self):
        receipt = self.refunded()
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-250.0, "REJET"))
        self.assertFalse(receipt.refunded_on)
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), 0)
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), 0)
        self.assertEqual(self.debtor_owes(), 0)
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertFalse(self.alarms())
        with self.assertRaisesRegex(UserError, "order its refund"):
            receipt.with_user(self.agency_manager).action_export_refunds()

    def test_a_refund_that_left_is_owed_by_the_debtor_to_the_agency(self):
        # another debtor's overpayment, which is not to pay for this one
        self.old_overpayment = self.receive(30.0, self.mirror, method="cash")
        receipt = self.refunded()
        self.bank(self.movement(-receipt.overpaid_booked, f"Refund {receipt.name}"))
        gone = receipt.overpaid_booked
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-250.0, "REJET"))
        self.assertEqual(self.debtor_owes(), gone)
        self.assertEqual(receipt.sudo().owed_item_id.amount_residual, gone)
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), 0)
        self.assertEqual(self.alarms(), receipt)
        # the agency owes the dedicated account what is missing on it
        self.assertEqual(self.sums()[2:], (0, -gone))
        self.assertEntriesBalanced()

    def test_the_agency_makes_the_dedicated_account_good(self):
        receipt = self.refunded()
        self.bank(self.movement(-50.0, f"Refund {receipt.name}"))
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-250.0, "REJET"))
        self.assertEqual(self.sums(), (0, 0, 0, -50.0))
        movement = self.movement(50.0, f"APPORT {receipt.name}")
        self.assertEqual(self.bank(movement).rule, "funds")
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertEqual(self.screen().balance, 0)

    def test_once_the_debtor_has_paid_it_is_no_alarm(self):
        receipt = self.refunded()
        self.bank(self.movement(-50.0, f"Refund {receipt.name}"))
        receipt._bounce(TODAY, "funds")
        item = receipt.sudo().owed_item_id
        bank = self.agency.sudo().transfer_account_id
        move = self.env["account.move"].sudo().with_company(self.agency).create(
            {
                "move_type": "entry",
                "company_id": self.agency.id,
                "journal_id": self.agency.sudo().recouv_collected_journal_id.id,
                "date": TODAY,
                "line_ids": [
                    (0, 0, {"account_id": item.account_id.id, "balance": -50.0,
                            "partner_id": item.partner_id.id}),
                    (0, 0, {"account_id": bank.id, "balance": 50.0}),
                ],
            }
        )  # fmt: skip
        move._post(soft=False)
        (item + move.line_ids[0]).reconcile()
        self.assertFalse(self.alarms())

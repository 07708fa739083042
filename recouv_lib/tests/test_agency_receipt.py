from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .funds_common import FundsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyReceipt(FundsCommon):
    """What the agency receives is settled in both companies' books, or nowhere."""

    def test_a_payment_settles_the_invoice_in_the_practices_books(self):
        receipt = self.receive(120.0)
        self.assertEqual(receipt.state, "cleared")
        self.assertTrue(receipt.name.startswith("QT/2026/"))
        self.assertEqual(self.old.amount_residual, 0)
        self.assertEqual(self.claim.settlement, "paid")
        self.mirror.invalidate_recordset()
        self.assertEqual(self.mirror.amount_residual_currency, 0)
        self.assertEqual(self.books(), (120.0, -120.0))
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), 120.0)
        self.assertEntriesBalanced()

    def test_a_part_leaves_the_rest_owed_on_both_sides(self):
        receipt = self.receive(50.0)
        self.mirror.invalidate_recordset()
        self.assertEqual(self.mirror.amount_residual_currency, 70.0)
        self.assertEqual(receipt.line_ids.residual_after, 70.0)
        self.assertEqual(self.old.payment_state, "partial")

    def test_several_claims_are_paid_the_oldest_first(self):
        receipt = self.receipt(150.0, self.mirror | self.other_mirror)
        laid = {line.claim_id: line.amount for line in receipt.line_ids}
        self.assertEqual(laid, {self.mirror: 120.0, self.other_mirror: 30.0})

    def test_the_debtors_choice_goes_before_the_legal_order(self):
        receipt = self.receipt(100.0, self.other_mirror)
        laid = {line.claim_id: line.amount for line in receipt.line_ids}
        self.assertEqual(laid, {self.other_mirror: 80.0, self.mirror: 20.0})

    def test_what_is_too_much_is_owed_back_to_the_debtor(self):
        receipt = self.receive(250.0, self.mirror | self.other_mirror)
        self.assertEqual(receipt.overpaid_booked, 50.0)
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), -50.0)
        self.assertEqual(self.books(), (200.0, -200.0))
        self.assertEntriesBalanced()

    def test_a_cheque_counts_when_it_is_cashed(self):
        receipt = self.receive(120.0, method="cheque", cheque_number="0042")
        self.assertEqual(receipt.state, "received")
        self.assertEqual(self.books(), (0, 0))
        self.assertEqual(self.old.amount_residual, 120.0)
        receipt.action_clear()
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual(receipt.cleared_on, TODAY)
        self.assertEqual(self.books(), (120.0, -120.0))

    def test_confirming_twice_changes_nothing(self):
        receipt = self.receive(120.0)
        name = receipt.name
        receipt.action_confirm()
        self.assertEqual((receipt.name, self.books()), (name, (120.0, -120.0)))

    def test_paid_at_the_practice_meanwhile_the_rest_is_owed_back(self):
        receipt = self.receipt(120.0)
        self.pay(self.old, 100.0, TODAY)
        receipt.action_confirm()
        self.assertEqual(receipt.line_ids.amount, 20.0)
        self.assertEqual(receipt.overpaid_booked, 100.0)
        self.assertIn("meanwhile", receipt.note)
        self.assertEqual(self.old.amount_residual, 0)
        self.assertEntriesBalanced()

    def test_the_entries_of_a_day_are_grouped(self):
        receipts = self.receipt(10.0) | self.receipt(20.0) | self.receipt(30.0)
        receipts.action_confirm()
        self.assertEqual(len(receipts.move_id), 1)
        transfers = receipts.sudo().line_ids.transfer_id
        self.assertEqual(len(transfers.move_id), 1)
        self.assertEqual(transfers.counterpart_move_id, receipts.sudo().move_id)
        self.assertEqual(self.books(), (60.0, -60.0))
        self.assertFalse(transfers._detect_broken(self.company))

    def grouped(self):
        """Two payments of a day, one of them interest too, on one item."""
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        receipts = self.receipt(50.0) | self.receipt(30.0, self.other_mirror)
        receipts.action_confirm()
        lines = receipts.sudo().line_ids
        self.assertEqual(len(lines.funds_item_id), 1)
        self.assertTrue(any(lines.mapped("amount_interest")))
        return lines

    def tamper(self, item, amount):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = %(sum)s, amount_currency = %(sum)s,"
            " credit = -(%(sum)s) WHERE id = %(item)s",
            {"sum": amount, "item": item.id},
        )
        self.env.invalidate_all()

    def test_an_item_of_several_payments_is_compared_with_their_sum(self):
        lines = self.grouped()
        transfers = lines.transfer_id
        self.assertFalse(transfers._detect_broken())
        item = lines.funds_item_id
        # the sum of one of its payments is not enough
        self.tamper(item, -50.0)
        self.assertEqual(transfers._detect_broken(), transfers)
        self.assertEqual(set(transfers.mapped("state")), {"broken"})
        with self.assertRaisesRegex(UserError, "still broken"):
            transfers.action_recheck()
        self.tamper(item, -80.0)
        transfers.action_recheck()
        self.assertEqual(set(transfers.mapped("state")), {"posted"})

    def test_the_item_that_a_bounce_left_partly_owed_is_whole(self):
        lines = self.grouped()
        lines[:1].receipt_id._bounce(TODAY, "funds")
        self.assertFalse(lines.transfer_id._detect_broken())

    # --- the bank -------------------------------------------------------------------

    def test_a_movement_that_waits_is_not_identified_yet(self):
        self.movement(120.0)
        waiting = self.balance(self.agency, "recouv_receipts_account_id")
        self.assertEqual(waiting, -120.0)

    def test_a_movement_identified_by_an_agent_is_settled(self):
        movement = self.movement(120.0)
        self.receive(120.0, statement_line_id=movement.id, method="transfer")
        self.assertTrue(movement.is_reconciled)
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), 0)
        self.assertEqual(self.books(), (120.0, -120.0))

    def test_a_reference_of_a_letter_identifies_the_movement(self):
        notice = self.agency_run().notice_ids
        movement = self.movement(120.0, f"VIREMENT {notice.payment_reference}")
        movement._recouv_propose()
        receipt = (
            self.env["recouv.receipt"]
            .sudo()
            .search([("statement_line_id", "=", movement.id)])
        )
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual(receipt.line_ids.claim_id, self.mirror.sudo())
        movement._recouv_propose()
        self.assertEqual(self.books(), (120.0, -120.0))

    def test_a_movement_is_received_once(self):
        movement = self.movement(120.0)
        self.receive(120.0, statement_line_id=movement.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.receive(120.0, self.other_mirror, statement_line_id=movement.id)

    def test_the_movement_must_be_of_that_sum(self):
        movement = self.movement(100.0)
        with self.assertRaisesRegex(UserError, "another sum"):
            self.receive(120.0, statement_line_id=movement.id)

    # --- refusals -------------------------------------------------------------------

    def test_another_currency_is_refused(self):
        other = self.env.ref("base.CHF")
        other.active = True
        with self.assertRaises(UserError):
            self.receive(120.0, currency_id=other.id)

    def assertNothingBooked(self, receipt, pattern):
        moves = self.env["account.move"].sudo().search_count([])
        with self.assertRaisesRegex(UserError, pattern), self.env.cr.savepoint():
            receipt.action_confirm()
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)

    def test_a_locked_year_of_the_practice_stops_both(self):
        receipt = self.receipt(120.0)
        self.company.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        self.assertNothingBooked(receipt, f"books of {self.company.name}")

    def test_a_locked_year_of_the_agency_stops_both(self):
        receipt = self.receipt(120.0)
        self.agency.sudo().fiscalyear_lock_date = date(2026, 6, 30)
        self.assertNothingBooked(receipt, f"books of {self.agency.name}")

    def test_a_missing_journal_is_named_with_its_company(self):
        receipt = self.receipt(120.0)
        self.company.sudo().recouv_collected_journal_id = False
        self.assertNothingBooked(
            receipt, f"{self.company.name} has no “Journal of sums"
        )

    def test_a_missing_account_of_the_agency_is_named(self):
        receipt = self.receipt(120.0)
        self.agency.sudo().recouv_principals_account_id = False
        wanted = f"{self.agency.name} has no “Account of funds"
        self.assertNothingBooked(receipt, wanted)

    def test_without_a_dedicated_account_nothing_is_received(self):
        receipt = self.receipt(120.0)
        self.agency.sudo().recouv_dedicated_journal_id = False
        self.assertNothingBooked(receipt, "no dedicated account")

    def test_a_failure_in_the_agency_leaves_nothing_in_the_practice(self):
        receipt = self.receipt(120.0)
        moves = self.env["account.move"].sudo().search_count([])
        Receipt = type(self.env["recouv.receipt"])
        with (
            patch.object(Receipt, "_settle_waiting", side_effect=UserError("killed")),
            self.assertRaisesRegex(UserError, "killed"),
            self.env.cr.savepoint(),
        ):
            receipt.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)
        self.assertEqual(receipt.state, "draft")

    # --- mandates and claims that end -----------------------------------------------

    def test_money_for_a_revoked_mandate_still_goes_to_the_practice(self):
        receipt = self.receipt(120.0)
        self.mandate._record({"state": "revoked", "ended_on": TODAY})
        receipt.action_confirm()
        self.assertEqual(self.books(), (120.0, -120.0))

    def test_a_recalled_claim_keeps_the_money_held_for_it(self):
        receipt = self.receive(50.0)
        line = self.mirror._placed_lines()[self.mirror]
        line._take_back("recalled", "Settled among us")
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual(self.books(), (50.0, -50.0))
        late = self.receipt(70.0)
        self.assertEqual(late.line_ids.amount, 70.0)
        late.action_confirm()
        self.assertEqual(self.old.amount_residual, 0)

    # --- interest -------------------------------------------------------------------

    def test_interest_is_paid_first_and_is_income_of_the_practice(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        interest, principal = self.mirror._collectable(TODAY)[self.mirror]
        self.assertGreater(interest, 0)
        self.assertEqual(principal, 120.0)
        receipt = self.receive(50.0)
        line = receipt.line_ids
        self.assertEqual((line.amount_interest, line.amount), (interest, 50.0))
        self.assertEqual(
            self.balance(self.company, "recouv_interest_account_id"), -interest
        )
        self.assertAlmostEqual(self.old.amount_residual, 70.0 + interest, 2)
        self.assertEqual(self.books(), (50.0, -50.0))
        self.assertEqual(self.mirror._collectable(TODAY)[self.mirror][0], 0)
        self.assertEntriesBalanced()

    # --- rights ---------------------------------------------------------------------

    def test_the_practice_reads_its_transfer_and_not_the_receipt(self):
        receipt = self.receive(120.0)
        transfer = receipt.sudo().line_ids.transfer_id.with_user(self.practitioner)
        self.assertEqual(transfer.receipt_number, receipt.name)
        with self.assertRaises(AccessError):
            transfer.read(["receipt_line_id"])
        with self.assertRaises(AccessError):
            receipt.with_user(self.practitioner).read(["amount"])

    def test_the_agent_reads_nothing_of_the_practices_books(self):
        receipt = self.receive(120.0)
        with self.assertRaises(AccessError):
            receipt.line_ids.read(["transfer_id"])
        mine = self.env["account.move"].with_user(self.agent).search([])
        self.assertEqual(mine.company_id, self.agency)
        words = " ".join(mine.line_ids.mapped(lambda item: item.name or ""))
        self.assertNotIn(self.old.name, words)

    def test_a_recorded_receipt_is_not_edited(self):
        receipt = self.receive(120.0)
        with self.assertRaisesRegex(UserError, "undo it"):
            receipt.amount = 10.0
        with self.assertRaisesRegex(UserError, "undo it"):
            receipt.line_ids.amount_principal = 1.0
        with self.assertRaisesRegex(UserError, "undo it"):
            receipt.state = "draft"
        with self.assertRaises(UserError):
            receipt.unlink()

    # --- what counts no more --------------------------------------------------------

    def test_a_bounce_before_the_remittance_reopens_everything(self):
        receipt = self.receive(120.0)
        receipt._bounce(TODAY, "funds")
        self.assertEqual(receipt.state, "bounced")
        self.assertEqual(self.old.amount_residual, 120.0)
        self.mirror.invalidate_recordset()
        self.assertEqual(self.mirror.settlement, "open")
        self.assertEqual(self.books(), (0, 0))
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), 0)
        self.assertTrue(receipt.sudo().line_ids.funds_item_id.reconciled)
        self.assertEntriesBalanced()

    def test_after_a_bounce_the_claim_is_paid_again(self):
        self.receive(120.0)._bounce(TODAY, "funds")
        self.receive(120.0)
        self.assertEqual(self.old.amount_residual, 0)
        self.assertEqual(self.books(), (120.0, -120.0))

    def test_a_bounced_transfer_is_no_broken_one(self):
        receipt = self.receive(120.0)
        receipt._bounce(TODAY, "funds")
        transfer = receipt.sudo().line_ids.transfer_id
        self.assertEqual(transfer.state, "taken_back")
        self.assertFalse(transfer._detect_broken(self.company))

    def test_an_undone_receipt_waits_to_be_identified_again(self):
        movement = self.movement(80.0)
        wrong = self.receive(80.0, statement_line_id=movement.id, method="transfer")
        self.assertFalse(wrong.is_to_identify)
        wrong.undo("It was for the other note")
        self.assertEqual(wrong.state, "undone")
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), -80.0)
        self.assertEqual(self.to_identify(), wrong)
        self.identify(wrong, self.other_mirror).action_confirm()
        self.assertFalse(self.to_identify())
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), 0)
        self.assertEqual(self.old.amount_residual, 120.0)
        self.assertEqual(self.young.amount_residual, 0)
        self.assertEntriesBalanced()

    def to_identify(self):
        """What the agent's day asks to identify anew."""
        self.env.invalidate_all()
        day = self.env["recouv.day"].with_user(self.agent)
        [section] = [
            s for s in day.read_day()["sections"] if s["code"] == "receipts_to_identify"
        ]
        receipts = self.env["recouv.receipt"].with_user(self.agent)
        found = receipts.search([("is_to_identify", "=", True)])
        self.assertEqual(section["count"], len(found))
        return found

    def identify(self, receipt, mirrors):
        """Press the button as the agent, say what it is for, save."""
        action = receipt.with_user(self.agent).action_identify_anew()
        receipts = self.env["recouv.receipt"].with_user(self.agent)
        if action["res_id"]:
            return receipts.browse(action["res_id"])
        made = receipts.with_context(**action["context"]).create(
            {"chosen_claim_ids": [Command.set(mirrors.ids)]}
        )
        made.action_lay_again()
        return made

    def test_identified_anew_a_movement_is_received_once(self):
        movement = self.movement(80.0)
        wrong = self.receive(80.0, statement_line_id=movement.id, method="transfer")
        wrong.undo("It was for the other note")
        begun = self.identify(wrong, self.other_mirror)
        self.assertEqual(
            (begun.statement_line_id, begun.amount, begun.partner_id),
            (movement.with_user(self.agent), 80.0, wrong.partner_id),
        )
        # a second click opens what was begun
        self.assertEqual(self.identify(wrong, self.other_mirror), begun)
        begun.action_confirm()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, wrong.name):
            wrong.action_identify_anew()
        self.assertEqual(self.books(), (80.0, -80.0))
        # and once more: what was identified anew is undone too
        begun.undo("It was the first note after all")
        self.assertEqual(self.to_identify(), begun)
        self.identify(begun, self.mirror).action_confirm()
        self.assertFalse(self.to_identify())
        self.assertEqual(self.balance(self.agency, "recouv_receipts_account_id"), 0)
        self.assertEqual(self.old.amount_residual, 40.0)
        self.assertEntriesBalanced()

    def test_money_recorded_by_hand_is_not_identified_anew(self):
        receipt = self.receive(120.0)
        receipt.undo("Typed twice")
        self.assertFalse(self.to_identify())
        with self.assertRaisesRegex(UserError, receipt.name):
            receipt.action_identify_anew()

    def test_interest_goes_back_with_a_bounce(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        self.receive(50.0)._bounce(TODAY, "funds")
        self.assertEqual(self.balance(self.company, "recouv_interest_account_id"), 0)
        self.assertEqual(self.books(), (0, 0))
        self.assertGreater(self.mirror._collectable(TODAY)[self.mirror][0], 0)

    def test_the_cheque_that_never_was_cashed_bounces_without_an_entry(self):
        receipt = self.receive(120.0, method="cheque")
        moves = self.env["account.move"].sudo().search_count([])
        receipt._bounce(TODAY, "funds")
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)
        self.assertEqual(receipt.state, "bounced")

    def test_a_bounce_of_one_payment_for_two_claims_reopens_both(self):
        receipt = self.receive(150.0, self.mirror | self.other_mirror)
        receipt._bounce(TODAY, "funds")
        self.assertEqual(self.item(self.old).amount_residual, 120.0)
        self.assertEqual(self.item(self.young).amount_residual, 80.0)
        self.assertEqual(self.books(), (0, 0))
        self.assertEntriesBalanced()

    # --- two practices --------------------------------------------------------------

    def test_one_payment_for_two_practices_is_split(self):
        other = self.second_practice()
        receipt = self.receipt(100.0, other | self.mirror)
        laid = {line.claim_id: line.amount for line in receipt.line_ids}
        self.assertEqual(laid, {other: 40.0, self.mirror: 60.0})
        receipt.action_confirm()
        self.assertEqual(len(receipt.sudo().line_ids.transfer_id.company_id), 2)
        self.assertEqual(
            self.balance(self.agency, "recouv_principals_account_id", self.creditor),
            -60.0,
        )
        self.assertEntriesBalanced()

    # --- what nobody undoes by hand -------------------------------------------------

    def test_the_entries_are_not_undone_by_hand(self):
        receipt = self.receive(120.0)
        for move in (
            receipt.sudo().move_id,
            receipt.sudo().line_ids.transfer_id.move_id,
        ):
            with self.assertRaises(UserError):
                move.button_draft()

    def test_the_banks_screen_does_not_take_a_receipt_apart(self):
        movement = self.movement(120.0)
        self.receive(120.0, statement_line_id=movement.id, method="transfer")
        with self.assertRaisesRegex(UserError, "undo the receipt"):
            movement.action_undo_reconciliation()

    def test_more_than_the_legal_interest_is_not_received(self):
        receipt = self.receipt(50.0)
        receipt.line_ids.write({"amount_interest": 10.0, "amount_principal": 40.0})
        with self.assertRaisesRegex(UserError, "of legal interest"):
            receipt.action_confirm()

    def test_a_movement_without_a_reference_waits_for_an_agent(self):
        movement = self.movement(120.0, f"note {self.old.name} merci")
        movement._recouv_propose()
        match = movement.recouv_match_ids
        self.assertEqual((match.state, match.is_waiting), ("nothing", True))
        action = match.with_user(self.agent).action_choose()
        context = action["context"]
        self.assertEqual(context["default_partner_id"], self.mirror.partner_id.id)
        self.assertEqual(context["default_statement_line_id"], movement.id)

    def test_collect_on_a_mirror_opens_a_receipt(self):
        action = self.mirror.action_collect()
        self.assertEqual(action["res_model"], "recouv.receipt")
        self.assertEqual(action["context"]["default_chosen_claim_ids"], self.mirror.ids)

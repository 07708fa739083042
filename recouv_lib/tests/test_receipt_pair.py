from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

LATER = TODAY + timedelta(days=4)


class PairCommon(RemittanceCommon):
    mode = "gross"

    def matches(self, movement):
        return movement.recouv_match_ids.sorted("rank")

    def on_its_way(self):
        return -self.screen(LATER).on_its_way

    def bring(self, amount, label="REMISE", day=LATER, automatic=True, **values):
        """A movement of the dedicated account, as an import brings it."""
        movement = self.movement(amount, label, day)
        if values:
            movement.write(values)
        movement._recouv_propose(automatic=automatic)
        return movement

    def receipts(self):
        return self.env["recouv.receipt"].sudo().search(
            [("company_id", "=", self.agency.id)]
        )  # fmt: skip


@tagged("post_install", "-at_install")
@freeze_time(LATER)
class TestReceiptPaired(PairCommon):
    """Money recorded by hand, and the movement that brings it days later."""

    def test_a_movement_that_names_the_receipt_is_paired_by_itself(self):
        receipt = self.receive(120.0)
        self.assertEqual(self.on_its_way(), 120.0)
        movement = self.bring(120.0, f"CB {receipt.name}")
        match = self.matches(movement)
        self.assertEqual((match.state, match.is_automatic), ("applied", True))
        self.assertEqual(match.score, 100)
        self.assertEqual(self.on_its_way(), 0)
        self.assertEqual(self.receipts(), receipt)
        self.assertEqual(receipt.bank_date, LATER)
        self.assertEqual(self.sums(LATER), (120.0, 0, 0, 0))
        self.assertEqual(self.screen(LATER).balance, 120.0)
        self.assertEntriesBalanced()

    def test_the_reference_of_a_letter_is_not_received_twice(self):
        receipt = self.receive(120.0, method="transfer")
        notice = self.letter()
        movement = self.bring(120.0, f"VIR {notice.payment_reference}")
        self.assertEqual(self.matches(movement).state, "applied")
        self.assertEqual(self.receipts(), receipt)
        self.assertEqual(self.books(), (120.0, -120.0))

    def letter(self):
        notices = self.env["recouv.notice"].sudo()
        return notices.create(
            {
                "company_id": self.agency.id,
                "partner_id": self.mirror.partner_id.id,
                "capacity": "mandatary",
                "channel": "letter",
                "currency_id": self.agency.currency_id.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "claim_id": self.mirror.id,
                            "company_id": self.agency.id,
                            "kind": "claim",
                            "currency_id": self.agency.currency_id.id,
                            "amount": 120,
                        },
                    )
                ],
            }
        )

    def test_a_reference_and_another_sum_are_new_money(self):
        self.receive(80.0, method="transfer")
        notice = self.letter()
        self.bring(40.0, f"VIR {notice.payment_reference}")
        self.assertEqual(sorted(self.receipts().mapped("amount")), [40.0, 80.0])
        self.assertEqual(self.on_its_way(), 80.0)

    def test_the_same_sum_of_another_debtors_letter_is_new_money(self):
        other = self.other_debtor()
        self.receive(80.0, other)
        notice = self.letter()
        movement = self.bring(80.0, f"VIR {notice.payment_reference}")
        made = self.receipts().filtered("statement_line_id")
        self.assertEqual(made.statement_line_id, movement)
        self.assertEqual(made.partner_id, self.mirror.partner_id)

    def other_debtor(self, amount=80.0):
        invoice = self.make_invoice(self.make_patient("Zoé Leroy"), amount=amount)
        self.env["recouv.engine"].sudo()._create_claims(self.company, TODAY)
        return self.place(self.claims_of(invoice))

    def test_the_payers_name_is_proposed_with_its_reason(self):
        receipt = self.receive(120.0)
        name = self.mirror.partner_id.name
        movement = self.bring(120.0, "VIR", partner_name=name)
        match = self.matches(movement)
        self.assertEqual((match.state, match.score), ("proposed", 85))
        self.assertIn(f"{receipt.name} was recorded by hand", match.reason)
        self.assertIn("the amount is exact", match.reason)
        self.assertEqual(match.invoices, receipt.name)

    def test_one_click_pairs_what_was_proposed(self):
        receipt = self.receive(120.0)
        movement = self.bring(120.0)
        self.assertEqual(self.on_its_way(), 120.0)
        self.matches(movement).with_user(self.agent).action_apply()
        self.assertEqual(self.on_its_way(), 0)
        receipt.invalidate_recordset(["bank_date"])
        self.assertEqual(receipt.bank_date, LATER)

    def test_a_company_that_trusts_names_pairs_them_by_itself(self):
        self.agency.sudo().recouv_bank_auto_score = 80
        self.receive(120.0)
        name = self.mirror.partner_id.name
        movement = self.bring(120.0, partner_name=name)
        self.assertEqual(self.matches(movement).state, "applied")

    def test_a_pair_is_undone_and_the_money_is_on_its_way_again(self):
        receipt = self.receive(120.0)
        movement = self.bring(120.0, receipt.name)
        with self.assertRaisesRegex(UserError, "undo that match first"):
            receipt.undo("wrong debtor")
        self.matches(movement).with_user(self.agent).action_undo()
        self.assertEqual(self.on_its_way(), 120.0)
        best = self.matches(movement).filtered(lambda m: m.state == "proposed")
        self.assertTrue(best)
        receipt.undo("wrong debtor")
        self.assertEqual(self.books(), (0, 0))
        self.assertEntriesBalanced()

    def test_what_a_person_took_apart_is_not_paired_by_itself_again(self):
        receipt = self.receive(120.0)
        movement = self.bring(120.0, receipt.name)
        self.matches(movement).with_user(self.agent).action_undo()
        movement._recouv_propose()
        self.assertEqual(self.on_its_way(), 120.0)
        self.assertEqual(self.receipts(), receipt)

    def test_two_debtors_of_the_same_sum_wait_for_a_person(self):
        self.agency.sudo().recouv_bank_auto_score = 60
        self.receive(80.0, self.other_mirror)
        self.receive(80.0, self.other_debtor())
        movement = self.bring(80.0)
        matches = self.matches(movement)
        self.assertEqual(matches.mapped("state"), ["proposed", "proposed"])
        self.assertIn("another debtor is as likely", matches[0].reason)

    def test_of_two_receipts_of_one_debtor_the_older_is_meant(self):
        first = self.receive(50.0, date=TODAY - timedelta(days=1))
        self.receive(50.0)
        movement = self.bring(50.0)
        match = self.matches(movement)
        self.assertEqual(match.invoices, first.name)

    def test_a_second_movement_of_the_sum_is_new_money(self):
        receipt = self.receive(120.0)
        self.bring(120.0, receipt.name)
        again = self.bring(120.0)
        self.assertEqual(self.matches(again).state, "nothing")

    def test_two_movements_at_once_pair_a_receipt_once(self):
        receipt = self.receive(120.0)
        both = self.movement(120.0, receipt.name, LATER)
        both |= self.movement(120.0, receipt.name, LATER)
        both._recouv_propose()
        states = sorted(both.recouv_match_ids.mapped("state"))
        self.assertEqual(states, ["applied", "nothing"])

    def test_a_deposit_of_cheques_is_paired_by_its_sum(self):
        values = {"method": "cheque", "cleared_on": TODAY}
        self.receive(120.0, **values)
        self.receive(80.0, self.other_mirror, **values)
        movement = self.bring(200.0, "REMISE CHEQUES")
        match = self.matches(movement)
        self.assertEqual((match.state, len(match.line_ids)), ("proposed", 2))
        self.assertIn("the 2 receipts of", match.reason)
        match.with_user(self.agent).action_apply()
        self.assertEqual(self.on_its_way(), 0)
        self.assertEqual(self.sums(LATER), (200.0, 0, 0, 0))

    def test_money_seen_long_after_is_not_taken_for_the_receipt(self):
        receipt = self.receive(120.0)
        day = TODAY + timedelta(days=60)
        with freeze_time(day):
            movement = self.bring(120.0, receipt.name, day)
            self.assertEqual(self.matches(movement).state, "nothing")

    def test_a_cheque_not_cashed_yet_is_not_paired(self):
        self.receive(120.0, method="cheque")
        movement = self.bring(120.0)
        self.assertEqual(self.matches(movement).state, "nothing")

    def test_a_paired_receipt_that_bounces_waits_for_the_banks_debit(self):
        receipt = self.receive(120.0, method="cheque", cleared_on=TODAY)
        self.bring(120.0, receipt.name)
        receipt._bounce(LATER, "other")
        self.assertEqual(self.books(), (0, 0))
        debit = self.movement(-120.0, f"REJET {receipt.name}", LATER)
        self.bank(debit)
        self.assertEqual(self.sums(LATER), (0, 0, 0, 0))
        self.assertEntriesBalanced()

    def test_what_was_paired_is_remitted_like_any_other_money(self):
        receipt = self.receive(120.0)
        self.bring(120.0, receipt.name)
        remittance = self.remit(LATER)
        self.assertEqual(remittance.amount, 120.0)
        self.assertEqual(self.sums(LATER), (120.0, 0, 0, 0))

    def test_receipts_by_the_bank_still_cannot_be_taken_apart(self):
        receipt = self.bank_receipt(120.0)
        with self.assertRaisesRegex(UserError, "undo the receipt"):
            receipt.sudo().statement_line_id.action_undo_reconciliation()

    def test_movements_are_paired_in_a_flat_number_of_queries(self):
        def count(movements):
            matcher = self.env["recouv.bank.matcher"].sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            matcher._propose(movements, ["_evidence_hand_receipts"])
            return self.cr.sql_log_count - before

        for _rank in range(6):
            self.receive(10.0)
        lines = self.env["account.bank.statement.line"].sudo()
        for _rank in range(12):
            lines |= self.movement(10.0, "CB", LATER)
        count(lines[:1])
        self.assertLessEqual(count(lines), count(lines[:2]) + 1)

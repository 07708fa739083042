from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_common import PAID_ON, SENT, ReturnCommon


@tagged("post_install", "-at_install")
class TestReturnApply(ReturnCommon):
    """What payers answer, on the right share and in the books."""

    def test_a_paid_share_is_paid_and_waits_for_the_bank(self):
        share = self.sent_share(70.0)
        file = self.taken(self.return_of(share))
        self.assertEqual(file.state, "applied")
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        line = file.line_ids
        self.assertEqual(line.outcome, "done")
        self.assertEqual(line.share_id, share)
        self.assertEqual(line.match_how, "number_date")
        self.assertEqual(self.balance("recouv_announced_account_id"), 70.0)

    def test_amo_and_amc_parts_are_kept_apart(self):
        amo = self.sent_share(70.0)
        amc = self.sent_share(30.0, "amc", number=amo.invoice_number, move=amo.move_id)
        writer = self.writer()
        self.transfer(writer).invoice(
            amo.invoice_number,
            nir=amo.nir[:13],
            date=amo.care_date,
            amo=7000,
            amc=(3000, "R", 0),
            rejections=[("0460", "ADHERENT INCONNU", "C")],
        )
        file = self.taken(writer.bytes())
        self.assertEqual(self.amounts(amo), ("paid", 70.0, 0.0))
        self.assertEqual(self.amounts(amc), ("rejected", 0.0, 30.0))
        self.assertEqual(file.line_ids.mapped("part"), ["O", "C"])

    def test_a_child_with_a_number_of_its_own_is_found_by_its_parents(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, own_nir="2150135238101")
        file = self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertEqual(file.line_ids.own_nir, "2150135238101")

    def test_the_payer_is_found_by_its_code_or_its_name(self):
        self.caisse.name = "CPAM 35"
        for body in ("013510000", "cpam 35"):
            writer = self.writer(identification=body[:6])
            transfer = writer.transfer(PAID_ON, "VIR", body[:12], body)
            self.answer(transfer, self.sent_share(70.0))
            self.assertEqual(
                self.taken(writer.bytes()).payment_ids.payer_id, self.caisse
            )

    def test_a_partial_payment_leaves_the_rest_open(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, paid=5000)
        self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("partial", 50.0, 20.0))

    def test_a_rejection_opens_a_rejection(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(
            self.transfer(writer),
            share,
            state="R",
            rejections=[("0250", "ASSURE ABSENT DU REFERENTIEL", "O")],
        )
        file = self.taken(writer.bytes())
        self.assertEqual(share.state, "rejected")
        rejection = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        self.assertEqual(rejection.line_id, file.line_ids)
        self.assertEqual(rejection.code, "0250")

    def test_a_deferred_part_goes_on_waiting(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, state="D")
        file = self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        self.assertEqual(file.line_ids.status, "D")
        self.assertEqual(file.line_ids.outcome, "done")

    def test_money_taken_back_reopens_the_share(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000013"), share, paid=-3000)
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.outcome, "done")
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 40.0)

    def test_cancelled_and_paid_anew_in_one_file(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share)
        self.answer(transfer, share, paid=-7000)
        self.answer(transfer, share, paid=6000)
        self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("partial", 60.0, 10.0))

    def test_more_taken_back_than_was_paid_is_a_persons(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, paid=-3000)
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.outcome, "to_settle")
        self.assertEqual(file.line_ids.issue, "nothing_to_recover")
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))

    def test_retained_and_lump_sums_have_their_accounts(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share)
        transfer.retained(800, reference="DETTE1").lump(15000, label="FORFAIT")
        file = self.taken(writer.bytes())
        payment = file.payment_ids
        self.assertEqual(
            (payment.amount_amo, payment.amount_retained, payment.amount_lump),
            (70.0, 8.0, 150.0),
        )
        self.assertEqual(payment.amount, 212.0)
        self.assertEqual(payment.amount_waiting, 212.0)
        self.assertEqual(self.balance("recouv_payer_debt_account_id"), 8.0)
        self.assertEqual(self.balance("recouv_allot_account_id"), -150.0)
        self.assertEqual(payment.payer_id, self.caisse)

    def test_an_unknown_invoice_waits_for_a_person_and_its_money_too(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share)
        transfer.invoice("999999999", amo=1200, nir="1850735123456", date=SENT)
        file = self.taken(writer.bytes())
        lost = file.line_ids.filtered(lambda line: line.outcome == "to_settle")
        self.assertEqual(lost.invoice_number, "999999999")
        self.assertEqual(lost.issue, "unknown")
        self.assertTrue(lost.message)
        self.assertEqual(self.balance("recouv_allot_account_id"), -12.0)
        self.assertEqual(file.payment_ids.amount_waiting, 82.0)

    def test_the_share_of_another_practice_is_never_found(self):
        share = self.sent_share(70.0)
        # sudo: as if the share were in the books of the neighbour
        other = self.env["res.company"].create({"name": "Other practice"})
        self.env.cr.execute(
            "UPDATE recouv_share SET company_id = %s WHERE id = %s",
            [other.id, share.id],
        )
        self.env.invalidate_all()
        file = self.taken(self.return_of(share))
        self.assertEqual(file.line_ids.outcome, "to_settle")
        self.assertFalse(file.line_ids.share_id)

    def test_a_second_payment_is_a_persons(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        file = self.taken(self.return_of(share, reference="261700000099"))
        line = file.line_ids
        self.assertEqual((line.outcome, line.issue), ("to_settle", "already_paid"))
        self.assertEqual(self.balance("recouv_allot_account_id"), -70.0)
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_paid_then_rejected_is_a_contradiction(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000098"), share, state="R")
        file = self.taken(writer.bytes())
        line = file.line_ids
        self.assertEqual((line.outcome, line.issue), ("to_settle", "contradiction"))
        self.assertEqual(share.state, "paid")

    def test_an_answer_for_a_cancelled_invoice_is_a_persons(self):
        share = self.sent_share(70.0)
        share._set_state("cancelled")
        file = self.taken(self.return_of(share))
        line = file.line_ids
        self.assertEqual((line.outcome, line.issue), ("to_settle", "cancelled"))
        self.assertIn(share.move_id.name, line.message)

    def test_a_payer_that_pays_a_cent_too_much_is_believed(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, paid=7001)
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.outcome, "done")
        self.assertEqual(file.line_ids.issue, "excess")
        self.assertEqual(share.state, "paid")

    def test_much_too_much_is_a_persons(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, paid=17000)
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.issue, "too_much")
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))

    def test_entries_have_at_most_fifty_items_and_balance(self):
        shares = [self.sent_share(10.0) for _each in range(60)]
        file = self.taken(self.return_of(*shares))
        moves = file.payment_ids.move_ids
        self.assertEqual(sorted(len(move.line_ids) for move in moves), [12, 50])
        for move in moves:
            self.assertEqual(move.state, "posted")
            self.assertFalse(round(sum(move.line_ids.mapped("balance")), 2))
        self.assertEqual(file.payment_ids.amount_waiting, 600.0)

    def test_locked_books_are_told_before_anything_is_booked(self):
        share = self.sent_share(70.0)
        data = self.return_of(share)
        self.company.fiscalyear_lock_date = "2026-06-30"
        file, _told = self.take(data)
        self.assertEqual(file.state, "read")
        self.assertIn("locked", file.failure_message)
        self.assertFalse(file.sudo().payment_ids.move_ids)
        file.accounting_date = "2026-07-01"
        file.action_apply()
        self.assertEqual(file.state, "applied")
        move = file.sudo().payment_ids.move_ids
        self.assertEqual(str(move.date), "2026-07-01")

    def test_a_missing_account_is_told_before_anything_is_booked(self):
        share = self.sent_share(70.0)
        self.company.recouv_allot_account_id = False
        file, _told = self.take(self.return_of(share))
        self.assertEqual(file.state, "read")
        self.assertTrue(file.failure_message)
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))

    def test_an_error_of_the_program_is_told_in_the_log_only(self):
        file = self.env["recouv.return.file"].sudo().create({"name": "RSP-9"})
        with (
            patch.object(type(self.env["recouv.engine"]), "_abandon"),
            patch.object(type(self.env["recouv.engine"]), "_checkpoint"),
            self.assertLogs("odoo.addons.recouv_lib_tiers_payant", "ERROR"),
        ):
            file._record_failure(ValueError("DUPONT 185057800608436"))
        self.assertEqual(file.state, "failed")
        self.assertNotIn("DUPONT", file.failure_message)
        self.assertIn("server's log", file.failure_message)

    def test_a_test_file_is_read_and_never_applied(self):
        share = self.sent_share(70.0)
        file = self.taken(self.return_of(share, flow="T"))
        self.assertTrue(file.is_test)
        self.assertEqual(file.state, "read")
        self.assertEqual(share.state, "transmitted")

    def test_an_entry_of_a_return_is_not_edited(self):
        share = self.sent_share(70.0)
        file = self.taken(self.return_of(share))
        with self.assertRaises(UserError):
            file.payment_ids.move_ids.button_draft()

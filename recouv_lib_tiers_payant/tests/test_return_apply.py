from unittest.mock import patch

from odoo.exceptions import LockError, UserError
from odoo.tests import tagged

from .return_common import NIR, PAID_ON, SENT, ReturnCommon

READING = "odoo.addons.recouv_lib_tiers_payant.models.recouv_return_file_read"


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

    def test_the_reason_of_what_was_not_paid_is_kept_where_nothing_tells_the_sum(self):
        share = self.sent_share(70.0)
        writer = self.writer(family="noemie576")
        self.old_answer(writer, share, amo=4000, rejections=[("0290", "TARIF")])
        self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        rejection = share.rejection_ids
        self.assertEqual((rejection.code, rejection.amount), ("0290", 30.0))

    def test_a_signal_on_what_is_paid_in_full_opens_no_rejection(self):
        share = self.sent_share(70.0)
        writer = self.writer(family="noemie576")
        self.old_answer(writer, share, amo=7000, rejections=[("S1", "NOTE")])
        self.taken(writer.bytes())
        self.assertEqual(share.state, "paid")
        self.assertFalse(share.rejection_ids)

    def old_answer(self, writer, share, **values):
        """An answer of the 576 family about the invoice of a share."""
        person = {"nir": share.nir[:13], "nir_key": share.nir[13:], "date": SENT}
        lot = {"lot": "001", "lot_date": SENT}
        transfer = self.transfer(writer)
        transfer.invoice(share.invoice_number, **person, **lot, **values)
        return transfer

    def old_rejection(self, sender_kind, share):
        """The line of what a sender of that kind rejects; it pays another part."""
        writer = self.writer(family="noemie576", sender_kind=sender_kind)
        rejections = [("0460", "ADHERENT INCONNU")]
        transfer = self.old_answer(writer, share, rejections=rejections)
        other = self.sent_share(10.0, "amc")
        transfer.invoice(other.invoice_number, amc=1000, date=SENT, nir=NIR[:13])
        file = self.taken(writer.bytes())
        self.assertEqual(other.state, "paid")
        return file.line_ids.filtered("rejections")

    def both_parts(self):
        amo = self.sent_share(70.0)
        amc = self.sent_share(30.0, "amc", number=amo.invoice_number, move=amo.move_id)
        return amo, amc

    def test_the_rejection_of_a_mutual_fund_is_that_of_its_own_part(self):
        amo, amc = self.both_parts()
        self.old_rejection("OC", amo)
        self.assertEqual(self.amounts(amo), ("transmitted", 0.0, 70.0))
        self.assertEqual(self.amounts(amc), ("rejected", 0.0, 30.0))
        self.assertEqual(amc.rejection_ids.code, "0460")

    def test_what_a_concentrator_rejects_of_two_parts_waits_for_a_person(self):
        amo, amc = self.both_parts()
        line = self.old_rejection("OT", amo)
        self.assertEqual((line.outcome, line.issue), ("to_settle", "part_unknown"))
        self.assertIn("intermediary", line.message)
        self.assertEqual((amo | amc).mapped("state"), ["transmitted", "transmitted"])
        line = line.with_user(self.biller)
        # both are proposed first
        self.assertEqual({share for share, _why in line._resembling()[:2]}, {amo, amc})
        line.action_search_again()
        self.assertEqual(line.outcome, "to_settle")
        self.env["recouv.return.settlement"].with_user(self.biller)._settle(
            line, "share", share=amc
        )
        self.assertEqual(amc.state, "rejected")
        self.assertEqual(amc.rejection_ids.code, "0460")

    def test_what_a_concentrator_rejects_of_one_part_is_that_part_s(self):
        share = self.sent_share(30.0, "amc")
        line = self.old_rejection("OT", share)
        self.assertEqual((line.outcome, line.share_id), ("done", share))
        self.assertEqual(share.state, "rejected")

    def test_a_deferred_part_goes_on_waiting(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        self.answer(self.transfer(writer), share, state="D")
        file = self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        self.assertEqual(file.line_ids.status, "D")
        self.assertEqual(file.line_ids.outcome, "done")

    def test_a_deferral_that_says_why_is_no_rejection(self):
        share = self.sent_share(70.0)
        writer = self.writer()
        said = [("294", "TRAITEMENT CAISSE", "O")]
        self.answer(self.transfer(writer), share, state="D", rejections=said)
        file = self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
        self.assertFalse(share.rejection_ids)
        line = file.line_ids.with_user(self.biller)
        self.assertEqual((line.status, line.outcome), ("D", "done"))
        # what the caisse said can be read on the line
        self.assertEqual((line.code, line.label), ("294", "TRAITEMENT CAISSE"))
        # and its second return decides
        writer = self.writer(identification="RET002")
        transfer = self.transfer(writer, reference="261700000013")
        self.answer(transfer, share, state="R", rejections=[("0250", "ABSENT", "O")])
        self.taken(writer.bytes())
        self.assertEqual((share.state, share.rejection_ids.code), ("rejected", "0250"))

    def test_money_taken_back_reopens_the_share(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share))
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000013"), share, paid=-3000)
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.outcome, "done")
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 40.0)

    def test_what_came_otherwise_stays_when_the_return_is_taken_back(self):
        share = self.sent_share(70.0)
        register = self.env["account.payment.register"].with_context(
            active_model="account.move.line",
            active_ids=share._recouv_target().ids,
        )
        register.create({"payment_date": PAID_ON, "amount": 30.0})._create_payments()
        writer = self.writer()
        self.answer(self.transfer(writer), share, paid=4000)
        self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        writer = self.writer(identification="RET002")
        self.answer(self.transfer(writer, reference="261700000013"), share, paid=-4000)
        self.taken(writer.bytes())
        self.assertEqual(self.amounts(share), ("partial", 30.0, 40.0))

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

    # --- late and repeated answers ----------------------------------------------------

    def rejected(self, share, number):
        """A return that rejects a share, told apart from others by its number."""
        writer = self.writer(identification=f"REJ{number:03d}")
        transfer = self.transfer(writer, reference=f"2618000{number:05d}")
        self.answer(
            transfer, share, state="R", rejections=[("0250", "ASSURE ABSENT", "O")]
        )
        return self.taken(writer.bytes()).line_ids

    def rejections_of(self, shares):
        return self.env["recouv.rejection"].search([("share_id", "in", shares.ids)])

    def test_a_late_rejection_leaves_the_next_attempt_alone(self):
        share = self.sent_share(70.0)
        self.rejected(share, 1)
        following = share._resend("900000001")
        line = self.rejected(share, 2)
        self.assertEqual((share.state, following.state), ("corrected", "transmitted"))
        self.assertEqual((line.outcome, line.issue), ("info", "superseded"))
        self.assertEqual(line.share_id, share)
        self.assertIn("sent again", line.message)
        self.assertFalse(self.rejections_of(following))

    def test_a_deferred_earlier_attempt_is_no_news(self):
        share = self.sent_share(70.0)
        self.rejected(share, 1)
        share._resend("900000001")
        writer = self.writer(identification="DEF001")
        self.answer(self.transfer(writer, reference="261800000077"), share, state="D")
        self.assertEqual(self.taken(writer.bytes()).line_ids.outcome, "info")

    def test_money_for_an_earlier_attempt_pays_the_next_one(self):
        share = self.sent_share(70.0)
        self.rejected(share, 1)
        following = share._resend("900000001")
        file = self.taken(self.return_of(share, reference="261800000078"))
        self.assertEqual(file.line_ids.share_id, following)
        self.assertEqual(self.amounts(following), ("paid", 70.0, 0.0))

    # --- locks ------------------------------------------------------------------------

    def test_a_lock_makes_a_return_wait_and_never_fail(self):
        share = self.sent_share(70.0)
        busy = patch.object(
            self.registry["recouv.return.line"],
            "_lock_targets",
            side_effect=LockError("at work"),
        )
        with busy:
            file, _told = self.take(self.return_of(share))
        self.assertTrue(file.is_queued)
        self.assertFalse(file.failure_message)
        self.assertEqual(share.state, "transmitted")
        for _done in file._run_batches():
            pass
        self.assertEqual((file.state, share.state), ("applied", "paid"))
        self.assertFalse(file.is_queued)

    # --- tests in a file --------------------------------------------------------------

    def test_only_the_test_of_a_file_is_left_out(self):
        tried, real = self.sent_share(70.0), self.sent_share(70.0)
        data = self.return_of(tried, flow="T", identification="TEST01")
        file = self.taken(data + self.return_of(real, reference="261800000079"))
        self.assertFalse(file.is_test)
        self.assertEqual((file.count_test, file.state), (1, "applied"))
        self.assertEqual((tried.state, real.state), ("transmitted", "paid"))
        test = file.line_ids.filtered("is_test")
        self.assertEqual((test.outcome, test.issue), ("info", "test"))
        self.assertTrue(test.payment_id.is_test)

    def test_what_a_test_said_is_applied_when_it_comes_for_real(self):
        share = self.sent_share(70.0)
        self.taken(self.return_of(share, flow="T"))
        file = self.taken(self.return_of(share))
        self.assertEqual((file.count_new, file.count_known), (1, 0))
        self.assertEqual(share.state, "paid")

    # --- sums kept back ---------------------------------------------------------------

    def other_sign(self):
        """A return whose total says that the sum kept back has the other sign."""
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, self.sent_share(70.0))
        transfer.retained(800, reference="DETTE1").close(announced=7800)
        return writer.bytes()

    def kept(self, file):
        return file.line_ids.filtered(lambda line: line.kind == "retained")

    def test_the_total_gives_a_sum_kept_back_its_sign(self):
        file = self.taken(self.other_sign())
        self.assertEqual(self.kept(file).paid, 8.0)
        self.assertEqual(file.payment_ids.amount_waiting, 78.0)

    def test_reading_again_never_turns_the_sign_back(self):
        self.company.recouv_return_auto_apply = False
        file, _told = self.take(self.other_sign())
        for _each in range(2):
            file.sudo().write({"offset_done": 0, "state": "failed"})
            for _done in file.sudo()._read_batches():
                pass
            self.assertEqual(self.kept(file).paid, 8.0)

    def test_lines_kept_before_the_total_get_its_sign_too(self):
        # each line is a batch of its own: the sum is stored before the total is read
        batch = patch(f"{READING}.READ_BATCH", 1)
        with batch:
            file = self.taken(self.other_sign())
        self.assertEqual(self.kept(file).paid, 8.0)

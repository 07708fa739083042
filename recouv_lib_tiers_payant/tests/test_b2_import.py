import base64
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from ..returns.b2_writing import B2Writer
from .share_common import CARE, ShareCommon

NIR = "1850578006084"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestB2Import(ShareCommon):
    """The billing software's file makes the parts of the invoices that are here."""

    def b2(self, *invoices, lot="031", day=date(2026, 6, 2)):
        """A file with one lot; invoices are (number, fee, amo, amc, values)."""
        writer = B2Writer(day)
        lot = writer.lot(lot)
        for number, fee, amo, amc, values in invoices:
            lot.invoice(
                number,
                lines=[("AMK", fee, amo, amc, CARE)],
                **{
                    "nir": NIR,
                    "regime": "01",
                    "caisse": "351",
                    "centre": "0000",
                    "amc_number": "0012345678",
                    **values,
                },
            )
        return writer.bytes()

    def take_in(self, data, user=None):
        form = Form(self.env["recouv.b2.import"].with_user(user or self.biller))
        form.file = base64.b64encode(data)
        opened = form.save().action_import()
        return self.env["recouv.sent.file"].browse(opened["res_id"])

    def invoice(self, ref="FA-000123", amount=100.0, **values):
        move = self.make_draft(amount, ref=ref, **values)
        move.action_post()
        return move

    def test_an_invoice_found_by_its_number_gets_its_parts(self):
        move = self.invoice()
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.assertEqual((file.invoice_count, file.waiting_count), (1, 0))
        self.assertEqual(
            {s.kind: (s.payer_id, s.amount) for s in move.recouv_share_ids},
            {"amo": (self.caisse, 70), "amc": (self.mutual, 20)},
        )
        self.assertEqual(move.amount_residual, 10)

    def test_they_left_with_their_lot(self):
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        share = self.share_of(move)
        self.assertEqual(share.state, "transmitted")
        self.assertEqual(
            (share.lot_id.name, share.lot_id.date), ("031", date(2026, 6, 2))
        )
        self.assertEqual(share.invoice_number, "000000123")
        self.assertEqual(share.nir[:13], NIR)
        self.assertEqual(share.care_date, CARE)

    def test_the_part_of_a_mutual_fund_left_as_a_request_of_its_own(self):
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {"split": "E"})))
        kinds = {share.kind: share.fse_kind for share in move.recouv_share_ids}
        self.assertEqual(kinds["amc"], "D")
        self.assertNotEqual(kinds["amo"], "D")

    def sent_again(self, amo=7000, before="rejected", **values):
        """A part as the caisse answered it, then the file with the corrected one."""
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        share = self.share_of(move)
        share._set_state(before)
        self.patient.recouv_nir = NIR
        data = self.b2(
            ("000000999", 10000, amo, 0, values), lot="032", day=date(2026, 6, 12)
        )
        return share, self.take_in(data)

    def test_what_the_software_sends_again_is_the_next_attempt(self):
        share, file = self.sent_again()
        attempt = share.next_share_ids
        self.assertEqual(file.waiting_count, 0, file.invoice_ids.mapped("message"))
        self.assertEqual(share.state, "corrected")
        self.assertEqual((attempt.attempt, attempt.state), (2, "transmitted"))
        self.assertEqual(attempt.invoice_number, "000000999")
        self.assertEqual(attempt.lot_id.name, "032")
        self.assertEqual(attempt.sent_on, date(2026, 6, 12))
        self.assertEqual(attempt.transfer_id, share.transfer_id)

    def test_what_is_sent_again_to_another_caisse_is_owed_by_that_one(self):
        other = self.make_payer("CPAM de la Loire", "amo", "014210000")
        share, file = self.sent_again(caisse="421")
        attempt = share.next_share_ids
        self.assertEqual(file.waiting_count, 0, file.invoice_ids.mapped("message"))
        self.assertEqual((attempt.payer_id, attempt.amount_open), (other, 70.0))
        self.assertEqual((attempt.state, attempt.attempt), ("transmitted", 2))
        self.assertEqual(self.item_of(attempt).partner_id, other)
        self.assertEqual(share.sudo().transfer_id.target_line_id.amount_residual, 0)
        self.assertEqual(attempt.move_id.amount_residual, 10)
        self.assertTrue(attempt.claim_id)

    def test_another_centre_of_the_same_caisse_is_the_same_payer(self):
        share, _file = self.sent_again(centre="0123")
        self.assertEqual(share.next_share_ids.payer_id, self.caisse)
        self.assertEqual(share.next_share_ids.transfer_id, share.transfer_id)

    def test_what_one_payer_paid_in_part_is_not_sent_to_another(self):
        self.make_payer("CPAM de la Loire", "amo", "014210000")
        share, file = self.sent_again(before="partial", caisse="421")
        self.assertEqual((share.state, file.waiting_count), ("partial", 1))
        self.assertIn("another payer", file.invoice_ids.message)

    def test_it_treats_the_rejection(self):
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        share = self.share_of(move)
        rejection = (
            self.env["recouv.rejection"]
            .with_user(self.biller)
            .create({"share_id": share.id, "label": "droits fermés"})
        )
        self.patient.recouv_nir = NIR
        self.take_in(self.b2(("000000999", 10000, 7000, 0, {}), lot="032"))
        self.assertEqual(rejection.state, "resent")
        self.assertEqual(rejection.act_ids.share_id, share.next_share_ids)

    def test_a_resend_to_the_wrong_caisse_is_undone(self):
        other = self.make_payer("CPAM de la Loire", "amo", "014210000")
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        share = self.share_of(move)
        rejection = (
            self.env["recouv.rejection"]
            .with_user(self.biller)
            .create({"share_id": share.id, "label": "droits fermés"})
        )
        self.patient.recouv_nir = NIR
        wrong = ("000000999", 10000, 7000, 0, {"caisse": "421"})
        self.take_in(self.b2(wrong, lot="032", day=date(2026, 6, 12)))
        attempt = share.next_share_ids
        self.assertEqual(self.item_of(attempt).partner_id, other)
        lost = self.item_of(attempt)
        rejection.act_ids.undo("the first caisse was right")
        self.assertEqual((share.state, rejection.state), ("rejected", "to_do"))
        self.assertEqual((attempt.state, attempt.amount_open), ("abandoned", 0))
        self.env.invalidate_all()
        # the debt is the first caisse's again, whole, with its claim; nobody else's
        self.assertEqual(share.amount_open, 70)
        self.assertEqual(self.item_of(share).partner_id, self.caisse)
        self.assertEqual(self.item_of(share).amount_residual, 70)
        self.assertEqual(lost.amount_residual, 0)
        self.assertEqual(share.sudo().claim_id.move_line_id, self.item_of(share))
        self.assertFalse(
            move.sudo()._recouv_patient_items() - move._recouv_open_receivables()
        )
        self.assertEqual(move.amount_residual, 10)

    def test_what_a_caisse_paid_in_part_before_it_refused_goes_to_no_other(self):
        self.make_payer("CPAM de la Loire", "amo", "014210000")
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        share = self.share_of(move)
        self.pay_item(self.item_of(share), 40)
        share._set_state("rejected")
        self.patient.recouv_nir = NIR
        wrong = ("000000999", 10000, 7000, 0, {"caisse": "421"})
        file = self.take_in(self.b2(wrong, lot="032", day=date(2026, 6, 12)))
        self.assertEqual((share.state, file.waiting_count), ("rejected", 1))
        self.assertIn("another payer", file.invoice_ids.message)

    # --- transmitted once more --------------------------------------------------------

    def left_again(self, lot="032", day=date(2026, 6, 9), **values):
        """An invoice transmitted on 2 June in the lot 031, and once more as it was."""
        move = self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.share_of(move)._record(values)
        if values.get("state") == "acknowledged":
            self.share_of(move).lot_id._record({"ack_state": "positive"})
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {}), lot=lot, day=day))
        return move

    def test_a_lot_without_an_acknowledgment_that_left_again_is_a_new_one(self):
        move = self.left_again()
        lot = move.recouv_share_ids.lot_id
        self.assertEqual((lot.name, lot.sent_on), ("032", date(2026, 6, 9)))
        for share in move.recouv_share_ids:
            self.assertEqual((share.state, share.attempt), ("transmitted", 2))
            self.assertEqual(share.past_lot_ids.name, "031")
            self.assertEqual(share.sent_on, date(2026, 6, 9))
        lots = self.env["recouv.lot"]
        self.assertNotIn(
            share.past_lot_ids, lots.search(lots._late_domain(date(2026, 7, 1)))
        )
        row = {"lot": "032", "date": date(2026, 6, 9), "state": "positive"}
        self.assertEqual(lots._record_ack(row), lot)
        self.assertEqual(set(move.recouv_share_ids.mapped("state")), {"acknowledged"})

    def test_the_same_lot_number_again_after_its_time_is_a_new_lot(self):
        share = self.share_of(self.left_again(lot="031"))
        self.assertEqual((share.lot_id.date, share.attempt), (date(2026, 6, 9), 2))

    def test_a_lot_entered_by_hand_the_day_before_is_the_same_one(self):
        share = self.share_of(self.left_again(lot="031", day=date(2026, 6, 3)))
        self.assertEqual((share.lot_id.date, share.attempt), (date(2026, 6, 2), 1))

    def test_an_older_file_taken_in_late_moves_nothing(self):
        share = self.share_of(self.left_again(day=date(2026, 6, 1)))
        self.assertEqual((share.lot_id.name, share.attempt), ("031", 1))

    def test_what_was_acknowledged_has_arrived_once(self):
        share = self.share_of(self.left_again(state="acknowledged"))
        self.assertEqual(share.state, "acknowledged")
        self.assertEqual((share.lot_id.name, share.attempt), ("031", 1))

    def test_what_was_said_by_hand_to_have_left_finds_its_lot(self):
        share = self.share_of(self.left_again(lot_id=False))
        self.assertEqual((share.lot_id.name, share.attempt), ("032", 1))
        self.assertEqual(share.sent_on, date(2026, 6, 2))
        share.lot_id.action_acknowledged()
        self.assertEqual(share.state, "acknowledged")

    def test_another_sum_sent_again_waits_for_a_person(self):
        share, file = self.sent_again(amo=5000)
        self.assertEqual((share.state, file.waiting_count), ("rejected", 1))
        self.assertIn("the file says", file.invoice_ids.message)

    def test_what_is_not_answered_is_not_sent_again(self):
        share, _file = self.sent_again(before="transmitted")
        self.assertFalse(share.next_share_ids)
        self.assertEqual(share.invoice_number, "000000123")

    def test_two_mutual_funds_on_one_invoice(self):
        move = self.invoice()
        second = self.make_payer("Seconde mutuelle", "amc", "0087654321")
        self.plan_share(move, self.mutual, 20)._book()
        self.plan_share(move, second, 5)._book()
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.assertEqual(file.waiting_count, 0, file.invoice_ids.mapped("message"))
        sent = move.recouv_share_ids.filtered("lot_id")
        self.assertEqual(sent.payer_id, self.caisse | self.mutual)

    def test_two_that_nothing_tells_apart_wait_for_a_person(self):
        move = self.invoice()
        for code in ("0087654321", "0087654322"):
            payer = self.make_payer(f"Mutuelle {code}", "amc", code)
            self.plan_share(move, payer, 20)
        file = self.take_in(self.b2(("000000123", 10000, 4000, 2000, {})))
        self.assertEqual(file.waiting_count, 1)
        self.assertIn("several parts", file.invoice_ids.message)

    def test_the_same_file_twice_changes_nothing(self):
        move = self.invoice()
        data = self.b2(("000000123", 10000, 7000, 2000, {}))
        first = self.take_in(data)
        shares, lot = move.recouv_share_ids, move.recouv_share_ids.lot_id
        self.assertEqual(self.take_in(data), first)
        self.assertEqual(move.recouv_share_ids, shares)
        self.assertEqual(move.recouv_share_ids.lot_id, lot)

    def test_an_overlapping_file_takes_in_what_is_new(self):
        first, second = self.invoice(), self.invoice("FA-000124")
        one = ("000000123", 10000, 7000, 2000, {})
        self.take_in(self.b2(one))
        file = self.take_in(self.b2(one, ("000000124", 10000, 7000, 2000, {})))
        self.assertEqual((file.known_count, file.invoice_count), (1, 1))
        self.assertEqual(len(first.recouv_share_ids), 2)
        self.assertEqual(second.recouv_share_ids.lot_id, first.recouv_share_ids.lot_id)

    def test_what_is_not_found_is_kept_until_it_is(self):
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        waiting = file.invoice_ids
        self.assertEqual(waiting.state, "waiting")
        self.assertIn("No invoice", waiting.message)
        move = self.invoice()
        file.with_user(self.biller).action_apply()
        self.assertEqual((waiting.state, waiting.move_id), ("applied", move))

    def test_a_person_may_say_which_invoice_it_is(self):
        move = self.invoice(ref="Elsewhere", invoice_date=date(2026, 6, 5), care=None)
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        sent = file.invoice_ids.with_user(self.biller)
        sent.move_id = move
        sent.action_apply()
        self.assertEqual((sent.state, sent.match_how), ("applied", "manual"))
        with self.assertRaises(UserError):
            sent.move_id = False

    def test_the_number_of_the_software_is_known_from_the_import(self):
        move = self.invoice(ref="Elsewhere")
        self.env["recouv.import.key"].sudo().create(
            {
                "company_id": self.company.id,
                "kind": "invoices",
                "number": "777",
                "move_id": move.id,
            }
        )
        file = self.take_in(self.b2(("000000777", 10000, 7000, 0, {})))
        self.assertEqual(file.invoice_ids.match_how, "software")
        self.assertEqual(move.recouv_share_ids.amount, 70)

    def test_person_day_and_sum_find_it_too(self):
        self.patient.recouv_nir = NIR
        move = self.invoice(ref="Elsewhere")
        file = self.take_in(self.b2(("000000888", 10000, 7000, 0, {})))
        self.assertEqual(file.invoice_ids.match_how, "nir_date_amount")
        self.assertEqual(file.invoice_ids.move_id, move)

    def test_two_that_fit_are_nobodys(self):
        self.patient.recouv_nir = NIR
        self.invoice(ref="One"), self.invoice(ref="Two")
        file = self.take_in(self.b2(("000000888", 10000, 7000, 0, {})))
        self.assertEqual(file.waiting_count, 1)

    def test_a_number_of_another_person_is_not_taken(self):
        self.patient.recouv_nir = "2840578006084"
        self.invoice()
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.assertEqual(file.waiting_count, 1)

    def test_another_sum_is_not_taken(self):
        self.invoice(amount=99)
        file = self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.assertEqual(file.waiting_count, 1)

    def test_an_unknown_payer_is_made_and_flagged(self):
        move = self.invoice()
        self.take_in(
            self.b2(("000000123", 10000, 7000, 0, {"regime": "02", "caisse": "291"}))
        )
        payer = move.recouv_share_ids.payer_id
        self.assertEqual(payer.recouv_payer_code, "022910000")
        self.assertTrue(payer.recouv_payer_to_check)

    def test_the_patient_receives_the_identity_of_the_file(self):
        self.invoice()
        self.take_in(self.b2(("000000123", 10000, 7000, 2000, {})))
        self.assertEqual(self.patient.recouv_nir[:13], NIR)

    def test_exemptions_and_modes_are_understood(self):
        ald, alone = self.invoice(), self.invoice("FA-000124")
        self.take_in(
            self.b2(
                ("000000123", 10000, 10000, 0, {"exemption": "4"}),
                ("000000124", 10000, 7000, 2000, {"mode": "05"}),
            )
        )
        self.assertEqual(ald.recouv_share_ids.exemption, "ald")
        self.assertEqual(alone.recouv_share_ids.kind, "amo")

    def test_what_the_file_leaves_to_who_has_c2s_waits_for_a_person(self):
        self.make_rights(exemption="c2s")
        by_rights, fine = self.invoice(), self.invoice("FA-000124")
        by_file = self.invoice("FA-000125", care=date(2027, 1, 4))
        file = self.take_in(
            self.b2(
                ("000000123", 10000, 7000, 0, {"mode": "05"}),
                ("000000124", 10000, 7000, 3000, {}),
                ("000000125", 10000, 6000, 0, {"mode": "05", "contract": "89"}),
            )
        )
        self.assertEqual(file.waiting_count, 2)
        first, _second, last = file.invoice_ids.sorted("number")
        self.assertIn(by_rights.name, first.message)
        self.assertIn("30.00", first.message)
        self.assertIn("40.00", last.message)
        self.assertFalse((by_rights | by_file).recouv_share_ids)
        self.assertEqual(len(fine.recouv_share_ids), 2)
        # a person says that the rest is not covered: the parts are made
        by_rights.recouv_not_covered = True
        first.action_apply()
        self.assertEqual(by_rights.recouv_share_ids.amount, 70)
        # or shares the whole
        self.plan_share(by_file, self.mutual, 40).action_book()
        self.plan_share(by_file, self.caisse, 60).action_book()
        last.action_apply()
        self.assertEqual(file.waiting_count, 0)

    def test_what_a_second_lot_leaves_to_nobody_is_made_with_the_first(self):
        self.make_rights(exemption="c2s")
        move = self.invoice()
        caisse = self.take_in(self.b2(("000000123", 10000, 7000, 0, {"mode": "05"})))
        self.assertEqual(caisse.waiting_count, 1)
        self.assertIn("30.00", caisse.invoice_ids.message)
        mutual = self.take_in(
            self.b2(("000000123", 10000, 0, 3000, {"mode": "25"}), lot="032")
        )
        self.assertEqual((caisse.waiting_count, mutual.waiting_count), (0, 0))
        self.assertEqual(sum(move.recouv_share_ids.mapped("amount")), 100)
        self.assertEqual(len(move.recouv_share_ids.lot_id), 2)

    def test_parts_that_were_planned_are_completed(self):
        move = self.invoice()
        share = self.plan_share(move)
        share.action_book()
        self.take_in(self.b2(("000000123", 10000, 7000, 0, {})))
        self.assertEqual(move.recouv_share_ids, share.sudo())
        self.assertEqual(share.invoice_number, "000000123")
        self.assertEqual(share.state, "transmitted")

    def test_one_that_the_books_refuse_does_not_stop_the_others(self):
        paid, fine = self.invoice(), self.invoice("FA-000124")
        self.pay(paid)
        file = self.take_in(
            self.b2(
                ("000000123", 10000, 7000, 2000, {}),
                ("000000124", 10000, 7000, 2000, {}),
            )
        )
        self.assertEqual(file.waiting_count, 1)
        self.assertIn("no instalment", file.invoice_ids[0].message)
        self.assertTrue(fine.recouv_share_ids.lot_id)
        self.assertFalse(paid.recouv_share_ids)

    def test_what_does_not_agree_in_the_file_is_said(self):
        data = bytearray(self.b2(("000000123", 10000, 7000, 2000, {})))
        file = self.take_in(bytes(data[:-128]))
        self.assertIn("999", file.controls)

    def test_other_files_are_refused_by_name(self):
        for data in (b"%PDF-1.4 nothing", b"", b"Lot;Etat\n1;ok\n"):
            with self.assertRaisesRegex(UserError, "no B2 file"):
                self.env["recouv.sent.file"]._import(data, "x", self.company)

    def test_the_secretary_imports_nothing(self):
        with self.assertRaises(AccessError):
            self.take_in(b"x", self.secretary)

    def test_any_byte_is_traced(self):
        self.invoice()
        data = self.b2(("000000123", 10000, 7000, 2000, {}))
        file = self.take_in(data)
        sent = file.invoice_ids
        kept = base64.b64decode(file.content)
        self.assertEqual(kept, data)
        self.assertIn(b"000000123", kept[sent.offset : sent.offset + sent.size])

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import ShareCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareCredit(ShareCommon):
    """A credit note of a shared invoice lowers every part, or the one that is named."""

    def open_sums(self, move):
        move.recouv_share_ids.invalidate_recordset()
        amo, amc = self.share_of(move), self.share_of(move, "amc")
        return amo.amount_open, amc.amount_open, move.amount_residual

    def test_it_is_shared_out_over_the_parts(self):
        move = self.shared_invoice()
        refund = self.credit_note(move, 50)
        self.assertEqual(self.open_sums(move), (35, 10, 5))
        self.assertEqual(refund.amount_residual, 0)

    def test_to_the_cent(self):
        move = self.shared_invoice()
        self.credit_note(move, 33.33)
        amo, amc, patient = self.open_sums(move)
        self.assertAlmostEqual(amo + amc + patient, 66.67)
        self.assertAlmostEqual(amo, 46.67)

    def test_the_whole_invoice_takes_its_parts_back(self):
        move = self.shared_invoice()
        self.credit_note(move, 100)
        self.assertEqual(self.open_sums(move), (0, 0, 0))
        self.assertEqual(set(move.recouv_share_ids.mapped("state")), {"cancelled"})
        self.assertEqual(
            set(move.recouv_share_ids.claim_id.mapped("settlement")), {"credited"}
        )

    def test_a_second_credit_note_takes_what_is_left(self):
        move = self.shared_invoice()
        self.credit_note(move, 50)
        self.credit_note(move, 50)
        self.assertEqual(self.open_sums(move), (0, 0, 0))

    def test_it_may_be_for_one_part_alone(self):
        for part, left in (
            ("amo", (60, 20, 10)),
            ("amc", (70, 10, 10)),
            ("patient", (70, 20, 0)),
        ):
            move = self.shared_invoice()
            self.credit_note(move, 10, part)
            self.assertEqual(self.open_sums(move), left)

    def test_what_exceeds_the_named_part_is_the_patients(self):
        move = self.shared_invoice()
        refund = self.credit_note(move, 25, "amc")
        self.assertEqual(self.open_sums(move), (70, 0, 5))
        self.assertEqual(refund.amount_residual, 0)

    def test_a_payer_that_has_paid_is_owed_it_back(self):
        move = self.shared_invoice()
        self.pay_item(self.item_of(self.share_of(move)))
        self.credit_note(move, 100)
        credit = self.env["recouv.transfer"].search(
            [("is_credit", "=", True), ("target_partner_id", "=", self.caisse.id)]
        )
        self.assertEqual(credit.target_line_id.amount_residual, -70)
        self.assertEqual(move.amount_residual, 0)

    def test_a_patient_who_has_paid_keeps_their_part_of_the_credit(self):
        move = self.shared_invoice()
        self.pay(move)
        refund = self.credit_note(move, 50)
        self.assertEqual(self.open_sums(move)[:2], (35, 10))
        self.assertEqual(refund.amount_residual, 5)

    def test_parts_do_not_say_what_is_paid_of_a_credit(self):
        move = self.shared_invoice()
        self.credit_note(move, 50)
        self.assertEqual(self.share_of(move).amount_paid, 0)

    def test_the_ledger_balances(self):
        move = self.shared_invoice()
        refund = self.credit_note(move, 33.33)
        entries = self.env["recouv.transfer"].search([]).move_id
        self.assertBalanced(move, refund, *entries)

    def test_a_shared_invoice_is_not_reversed_and_replaced_in_one_go(self):
        move = self.shared_invoice()
        with self.assertRaises(UserError):
            move._reverse_moves(cancel=True)

    def test_an_ordinary_invoice_is_credited_as_ever(self):
        move = self.make_invoice()
        self.credit_note(move, 40)
        self.assertEqual(move.amount_residual, 60)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareCorrection(ShareCommon):
    """A part that is corrected goes on, or is booked anew."""

    def test_another_number_keeps_the_item(self):
        share = self.share_of(self.shared_invoice())
        following = share._next_attempt({"invoice_number": "000000099"})
        self.assertEqual(share.state, "corrected")
        self.assertEqual((following.attempt, following.state), (2, "draft"))
        self.assertEqual(following.origin_share_id, share)
        self.assertEqual(following.transfer_id, share.transfer_id)
        self.assertEqual(following.amount_open, 70)
        self.assertEqual(share.amount_open, 0)

    def test_another_payer_is_booked_anew(self):
        move = self.shared_invoice()
        share = self.share_of(move)
        other = self.make_payer("MSA", "amo", "023510000")
        following = share._next_attempt({"payer_id": other.id}, "Wrong caisse")
        self.assertTrue(following.is_booked)
        self.assertEqual(self.item_of(following).partner_id, other)
        self.assertTrue(self.item_of(share).reconciled)
        self.assertEqual(move.amount_residual, 10)
        self.assertEqual(following.claim_id.partner_id, other)

    def test_the_exempted_compulsory_part_never_comes_back_to_the_patient(self):
        move = self.make_draft()
        share = self.plan_share(move, exemption="ald", amount=100)
        move.action_post()
        with self.assertRaisesRegex(UserError, "never asked"):
            share.sudo().transfer_id.action_reverse("Rejected")
        with self.assertRaisesRegex(UserError, "never asked"):
            share._check_patient_may_owe()

    def test_no_part_of_c2s_or_ame_comes_back_to_the_patient(self):
        move = self.make_draft()
        share = self.plan_share(move, self.mutual, exemption="c2s", amount=30)
        move.action_post()
        with self.assertRaisesRegex(UserError, "never asked"):
            share.transfer_id.with_user(self.biller).action_reverse("Rejected")

    def test_rights_known_apart_from_the_part_count_too(self):
        share = self.share_of(self.shared_invoice(), "amc")
        self.make_rights(exemption="ame")
        with self.assertRaisesRegex(UserError, "never asked"):
            share.transfer_id.with_user(self.biller).action_reverse("Rejected")

    def test_no_caller_from_outside_skips_that_check(self):
        share = self.share_of(self.shared_invoice())
        self.make_rights(exemption="ald")
        forged = share.transfer_id.with_user(self.biller).with_context(
            recouv_share_moving=True
        )
        with self.assertRaisesRegex(UserError, "never asked"):
            forged.action_reverse("Rejected")
        self.assertEqual(share.state, "draft")

    def test_what_a_button_brings_back_is_said_on_the_part(self):
        share = self.share_of(self.shared_invoice(), "amc")
        share.transfer_id.with_user(self.biller).action_reverse("No rights")
        self.assertEqual(share.state, "to_patient")
        self.assertEqual(share.amount_open, 0)

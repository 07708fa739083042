from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import CARE, ShareCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShare(ShareCommon):
    """The parts of payers in the books."""

    def test_the_invoice_stays_whole_and_the_patient_owes_only_their_part(self):
        move = self.shared_invoice()
        self.assertEqual(move.amount_total, 100)
        self.assertEqual(move.amount_residual, 10)
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(move.recouv_patient_amount, 10)

    def test_each_payer_owes_its_part(self):
        move = self.shared_invoice()
        for kind, payer, amount in (
            ("amo", self.caisse, 70),
            ("amc", self.mutual, 20),
        ):
            item = self.item_of(self.share_of(move, kind))
            self.assertEqual(item.partner_id, payer)
            self.assertEqual(item.amount_residual, amount)
            self.assertEqual(item.account_id.account_type, "asset_receivable")

    def test_the_ledger_balances(self):
        move = self.shared_invoice()
        transfers = move.recouv_share_ids.transfer_id
        self.assertBalanced(*transfers.move_id)
        self.assertEqual(set(transfers.mapped("kind")), {"payer_share"})

    def test_each_part_gets_a_claim_on_its_payer(self):
        move = self.shared_invoice()
        claim = self.share_of(move).claim_id
        self.assertEqual(claim.capacity, "payer_followup")
        self.assertEqual(claim.partner_id, self.caisse)
        self.assertEqual(claim.move_line_id, self.item_of(self.share_of(move)))
        self.assertEqual(claim.reference, "000000012")
        self.assertEqual(claim.policy_id, self.payers_policy)
        self.assertEqual(claim.amount_residual, 70)

    def test_a_second_booking_changes_nothing(self):
        move = self.shared_invoice()
        transfers = move.recouv_share_ids.transfer_id
        self.assertFalse(move.recouv_share_ids._book())
        self.assertEqual(move.recouv_share_ids.transfer_id, transfers)

    def test_the_biller_shares_an_invoice_that_is_posted(self):
        move = self.make_invoice(due=CARE)
        share = self.plan_share(move)
        share.action_book()
        self.assertTrue(share.is_booked)
        self.assertEqual(move.amount_residual, 30)

    def test_paid_and_open_are_read_from_the_books(self):
        share = self.share_of(self.shared_invoice())
        self.assertEqual((share.amount_paid, share.amount_open), (0, 70))
        self.pay_item(self.item_of(share), 50)
        share.invalidate_recordset()
        self.assertEqual((share.amount_paid, share.amount_open), (50, 20))
        found = share.search([("amount_open", "=", 20), ("kind", "=", "amo")])
        self.assertEqual(found, share)

    def test_a_plan_owes_its_amount_before_it_is_booked(self):
        share = self.plan_share(self.make_draft())
        self.assertEqual(share.amount_open, 70)

    # --- dates --------------------------------------------------------------------

    def test_the_caisse_has_seven_working_days_from_the_transmission(self):
        share = self.share_of(self.shared_invoice())
        self.make_lot(share, day=date(2026, 3, 2))
        # Monday 2 March 2026: the seventh working day is Wednesday 11
        self.assertEqual(share.expected_date, date(2026, 3, 11))
        self.assertEqual(self.item_of(share).date_maturity, date(2026, 3, 11))
        self.assertEqual(share.claim_id.date_due, date(2026, 3, 11))

    def test_a_mutual_fund_has_the_days_of_its_contract(self):
        self.mutual.recouv_payer_delay_days = 2
        share = self.share_of(self.shared_invoice(), "amc")
        self.make_lot(share, day=date(2026, 6, 2))
        self.assertEqual(share.expected_date, date(2026, 6, 4))

    def test_the_delay_may_run_from_the_acknowledgment(self):
        parameters = self.env["recouv.legal.parameter"]
        parameters.search(
            [("code", "=", "tp_payment_start")]
        ).value_char = "acknowledgment"
        share = self.share_of(self.shared_invoice())
        lot = self.make_lot(share, day=date(2026, 3, 2))
        lot._acknowledge("positive", date(2026, 3, 3))
        self.assertEqual(share.expected_date, date(2026, 3, 12))

    def test_the_compulsory_part_is_lost_two_years_after_the_next_quarter(self):
        share = self.share_of(self.shared_invoice())
        self.assertEqual(share.limitation_date, date(2028, 7, 1))
        self.assertEqual(share.claim_id.limitation_date, share.limitation_date)

    def test_a_contract_may_give_less(self):
        self.mutual.recouv_payer_limitation_months = 6
        share = self.share_of(self.shared_invoice(), "amc")
        self.assertEqual(share.limitation_date, date(2026, 12, 1))

    def test_the_claims_own_refresh_keeps_the_payers_limitation(self):
        share = self.share_of(self.shared_invoice())
        share.sudo().claim_id._refresh_limitation()
        self.assertEqual(share.claim_id.limitation_date, date(2028, 7, 1))

    def test_a_corrected_day_of_care_moves_the_limitation(self):
        move = self.shared_invoice()
        move.recouv_care_end_date = date(2026, 3, 31)
        self.assertEqual(self.share_of(move).limitation_date, date(2028, 4, 1))
        self.assertEqual(self.share_of(move).claim_id.limitation_date, date(2028, 4, 1))

    def test_an_invoice_of_a_closed_period_is_shared_today(self):
        move = self.make_invoice(due=date(2026, 3, 1))
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        share = self.plan_share(move)
        share.action_book()
        self.assertEqual(share.sudo().transfer_id.date, TODAY)

    # --- what is refused ------------------------------------------------------------

    def test_parts_never_exceed_the_invoice(self):
        move = self.make_draft()
        self.plan_share(move, amount=70)
        with self.assertRaisesRegex(ValidationError, "exceed the invoice"):
            self.plan_share(move, self.mutual, 40)

    def test_a_payer_has_one_part_of_an_invoice(self):
        move = self.make_draft()
        self.plan_share(move, amount=10)
        with self.assertRaisesRegex(ValidationError, "already has a part"):
            self.plan_share(move, amount=20)

    def test_a_patient_is_no_payer(self):
        with self.assertRaisesRegex(ValidationError, "not known as a payer"):
            self.plan_share(self.make_draft(), kind="amo", payer=self.patient)

    def test_a_credit_note_is_not_shared(self):
        refund = self.credit_note(self.make_invoice(), 10)
        with self.assertRaisesRegex(ValidationError, "not an invoice"):
            self.plan_share(refund, amount=5)

    def test_what_was_paid_already_is_not_shared(self):
        move = self.make_invoice()
        self.pay(move, 50)
        share = self.plan_share(move)
        with self.assertRaisesRegex(UserError, "no instalment"):
            share._book()
        self.assertFalse(share.is_booked)

    def test_a_part_of_a_draft_is_not_moved(self):
        share = self.plan_share(self.make_draft())
        with self.assertRaisesRegex(UserError, "posted"):
            share.action_book()

    def test_nobody_types_a_state(self):
        share = self.share_of(self.shared_invoice())
        with self.assertRaisesRegex(UserError, "not edited"):
            share.write({"state": "paid"})
        with self.assertRaisesRegex(UserError, "not edited"):
            share.write({"amount": 60})

    def test_a_plan_is_changed_and_deleted_freely(self):
        share = self.plan_share(self.make_draft())
        share.amount = 60
        share.unlink()
        self.assertFalse(share.exists())

    def test_a_booked_part_is_never_deleted(self):
        share = self.share_of(self.shared_invoice())
        with self.assertRaisesRegex(UserError, "history"):
            share.unlink()

    def test_a_shared_invoice_is_not_reset_to_draft(self):
        move = self.shared_invoice()
        with self.assertRaisesRegex(UserError, "credit note"):
            move.button_draft()
        self.assertEqual(move.state, "posted")

    def test_a_draft_that_is_cancelled_has_no_plan(self):
        move = self.make_draft()
        share = self.plan_share(move)
        move.button_cancel()
        self.assertFalse(share.exists())

    def test_a_draft_that_is_deleted_takes_its_plan_along(self):
        move = self.make_draft()
        share = self.plan_share(move)
        move.unlink()
        self.assertFalse(share.exists())

    # --- who sees what --------------------------------------------------------------

    def test_the_secretary_sees_parts_and_never_the_number_of_the_insured(self):
        self.patient.recouv_nir = "1850578006084"
        move = self.shared_invoice()
        share = self.share_of(move).with_user(self.secretary)
        self.assertEqual(share.amount, 70)
        self.assertNotIn("nir", share.read()[0])
        with self.assertRaises(AccessError):
            share.read(["nir"])
        with self.assertRaises(AccessError):
            share.write({"invoice_number": "1"})

    def test_the_secretary_posts_a_shared_invoice(self):
        move = self.make_draft()
        self.plan_share(move)
        move.with_user(self.secretary).action_post()
        self.assertTrue(move.recouv_share_ids.is_booked)

    def test_no_part_is_moved_past_its_record(self):
        """Who books the parts of payers moves no other debt to one, nor elsewhere."""
        move = self.shared_invoice()
        item = move._recouv_patient_items()
        other = self.make_payer("CPAM de Paris", "amo", "017510000")
        for payer in (other, self.make_patient("Cousin")):
            transfer = self.env["recouv.transfer"].with_user(self.biller).create(
                {"kind": "payer_share", "origin_line_id": item.id,
                 "amount_currency": 5.0, "target_partner_id": payer.id}
            )  # fmt: skip
            with self.subTest(payer.name), self.assertRaises(AccessError):
                transfer.action_post()
        self.assertEqual(move.amount_residual, 10)

    def test_another_company_sees_nothing(self):
        share = self.share_of(self.shared_invoice())
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.biller.company_ids = [(4, other.id)]
        here = self.env["recouv.share"].with_user(self.biller)
        self.assertFalse(
            here.with_context(allowed_company_ids=other.ids).search(
                [("id", "=", share.id)]
            )
        )
        with self.assertRaisesRegex(ValidationError, "one company"):
            self.plan_share(self.make_draft(), company_id=other.id)

    def test_the_invoice_form_opens_for_all_who_may(self):
        move = self.shared_invoice()
        for user in (self.biller, self.secretary):
            with Form(move.with_user(user)) as form:
                self.assertEqual(form.recouv_share_count, 2)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareQueries(ShareCommon):
    """Booking many parts costs a bounded number of queries for each."""

    def test_claims_and_links_are_set_based(self):
        self.shared_invoice()
        counts = []
        for number in (3, 13):
            moves = self.make_draft()
            for _rank in range(number - 1):
                moves |= self.make_draft()
            shares = self.env["recouv.share"]
            for move in moves:
                shares |= self.plan_share(move)
            with self.with_no_sharing():
                moves._post()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            shares._book()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        marginal = (counts[1] - counts[0]) / 10
        self.assertLess(marginal, 25, f"queries: {counts}")

    def with_no_sharing(self):
        shares = type(self.env["recouv.share"])
        return patch.object(shares, "_book", lambda self: self.browse())

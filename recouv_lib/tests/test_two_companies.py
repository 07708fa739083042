from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

EXPIRED = TODAY + timedelta(days=20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTwoCompanies(RemittanceCommon):
    """What goes wrong between a practice and its agency goes wrong on neither side."""

    mode = "gross"

    # --- a mandate that ended -------------------------------------------------------

    def expire(self):
        """The mandate ends between the placement and the money; nobody renews it."""
        self.set_terms(tacit_renewal=False, valid_to=TODAY + timedelta(days=10))

    def test_money_under_an_expired_mandate_still_goes_to_the_practice(self):
        self.expire()
        with freeze_time(EXPIRED):
            self.bank_receipt(120.0, day=EXPIRED)
            self.assertEqual(self.item(self.old).amount_residual, 0)
            self.assertEqual(self.books(), (120.0, -120.0))
            remittance = self.remit(EXPIRED)
            self.assertEqual(remittance.amount, 120.0)
            self.assertEqual(self.books(), (0, 0))
        self.assertEntriesBalanced()

    def test_the_fee_of_it_is_that_of_the_mandate(self):
        self.expire()
        with freeze_time(EXPIRED):
            self.bank_receipt(120.0, day=EXPIRED)
            invoice = self.mandate.sudo()._invoice_fees(EXPIRED)
        self.assertEqual(invoice.amount_untaxed, 24.0)

    def test_nothing_more_is_written_under_it(self):
        self.expire()
        with freeze_time(EXPIRED):
            self.assertFalse(self.agency_run(EXPIRED).notice_ids)

    # --- books locked on one side ---------------------------------------------------

    def test_a_bounce_in_locked_books_changes_neither(self):
        receipt = self.bank_receipt(120.0)
        for company in (self.company, self.agency):
            with self.subTest(company.name):
                company.sudo().fiscalyear_lock_date = TODAY
                with self.assertRaisesRegex(UserError, company.name):
                    receipt._bounce(TODAY, "other")
                self.assertEqual(self.books(), (120.0, -120.0))
                self.assertEqual(receipt.state, "cleared")
                company.sudo().fiscalyear_lock_date = False

    def test_a_fee_is_not_invoiced_where_the_practice_is_locked(self):
        self.bank_receipt(120.0)
        self.company.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, self.company.name):
            self.mandate.sudo()._invoice_fees(TODAY)
        self.assertFalse(self.env["recouv.receipt.line"].sudo().search([]).fee_move_id)

    # --- another currency -----------------------------------------------------------

    def test_a_practice_in_another_currency_is_named_before_anything_is_booked(self):
        receipt = self.receipt(120.0)
        other = self.env.ref("base.CHF").sudo()
        other.active = True
        self.env.cr.execute(
            "UPDATE res_company SET currency_id = %s WHERE id = %s",
            (other.id, self.company.id),
        )
        self.company.invalidate_recordset(["currency_id"])
        with self.assertRaisesRegex(UserError, "keeps its books in CHF"):
            receipt.action_confirm()
        self.assertEqual(self.books(), (0, 0))

    # --- the other side's methods, by RPC -------------------------------------------

    def test_a_practitioner_reaches_no_act_of_the_agencys_money(self):
        receipt = self.receipt(120.0)
        cleared = self.bank_receipt(80.0, self.other_mirror)
        remittance = self.prepare()
        for record, methods in (
            (receipt, ("action_confirm", "action_lay_again", "action_refund")),
            (cleared, ("action_clear", "action_export_refunds")),
            (
                remittance,
                (
                    "action_remit",
                    "action_void",
                    "action_print_statement",
                    "action_export_transfers",
                ),
            ),
        ):
            mine = record.with_user(self.practitioner).with_company(self.company)
            for method in methods:
                with self.subTest(method), self.assertRaises(AccessError):
                    getattr(mine, method)()
            with self.assertRaises(AccessError):
                mine.read(["amount"])
        self.assertEqual((receipt.state, remittance.state), ("draft", "draft"))

    def test_a_practitioner_makes_no_receipt_for_the_agency(self):
        with self.assertRaises(AccessError):
            self.receipt(120.0, user=self.practitioner)

    def test_an_agency_manager_recalls_sends_and_reviews_nothing_of_a_practice(self):
        # sudo: the practice's own hand-over, whose id somebody guessed
        placement = self.claim.sudo().placement_line_ids.placement_id
        transfer = self.bank_receipt(120.0).sudo().line_ids.transfer_id
        dialogs = self.env["recouv.placement.recall"].with_user(self.agency_manager)
        with self.assertRaises(AccessError):
            dialogs.create({"claim_ids": self.claim.ids}).action_recall()
        for record, method in ((placement, "action_send"), (transfer, "action_post")):
            theirs = record.sudo(False).with_user(self.agency_manager)
            with self.subTest(method), self.assertRaises(UserError):
                getattr(theirs, method)()
        self.assertEqual(self.claim.holder, "agency")

    # --- companies ------------------------------------------------------------------

    def test_an_agency_that_holds_claims_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.agency.sudo().unlink()
        self.assertTrue(self.agency.exists())

    def test_who_holds_money_of_others_is_not_archived_nor_ceases_to_be_an_agency(self):
        self.bank_receipt(200.0, self.mirror | self.other_mirror)
        for company in (self.agency, self.company):
            with (
                self.subTest(company.name),
                self.assertRaisesRegex(UserError, "2 sums"),
            ):
                company.sudo().active = False
        with self.assertRaisesRegex(UserError, "2 sums"):
            self.agency.sudo().recouv_is_agency = False
        self.remit()
        (self.agency | self.company)._check_no_claim_held()

    def test_an_overpayment_that_waits_keeps_the_agency(self):
        self.bank_receipt(230.0, self.mirror | self.other_mirror)
        self.remit()
        with self.assertRaisesRegex(UserError, "1 sums"):
            self.agency.sudo().active = False

    # --- bounced after the remittance -----------------------------------------------

    def test_a_bounce_after_the_remittance_comes_back_with_its_fee(self):
        receipt = self.bank_receipt(120.0)
        self.remit()
        fee = self.mandate.sudo()._invoice_fees(TODAY)
        receipt._bounce(TODAY, "other")
        later = date(2026, 7, 20)
        with freeze_time(later):
            self.assertEqual(self.item(self.old).amount_residual, 120.0)
            self.bank_receipt(200.0, self.mirror | self.other_mirror, day=later)
            again = self.remit(later)
            self.assertEqual((again.amount_received, again.amount_back), (200.0, 120.0))
            second = self.mandate.sudo()._invoice_fees(later)
        self.assertEqual((fee.amount_untaxed, second.amount_untaxed), (24.0, 16.0))
        self.assertEqual(self.books(), (0, 0))
        self.assertEntriesBalanced()

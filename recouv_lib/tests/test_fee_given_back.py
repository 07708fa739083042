"""A fee that was swept before its payment bounced: the agency pays it back."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .test_agency_bounce import BackCommon
from .test_funds_transfer import DEDICATED, OWN, TransferFileCommon

FEE = 28.8


class GivenBackCommon(BackCommon):
    """120 received, remitted net, its fee swept; then it bounced."""

    def swept_and_bounced(self):
        receipt = self.bank_receipt(120.0)
        remittance = self.remit()
        self.bank(self.movement(-91.2, f"Remittance {remittance.name}"))
        self.screen().action_sweep()
        self.bank(self.movement(-FEE, "Fees swept"))
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        receipt._bounce(TODAY, "funds")
        self.bank(self.movement(-120.0, "REJET"))
        return receipt

    def credit_note(self):
        """The credit note of the fee, posted by the month's job."""
        return self.mandate.sudo()._invoice_fees(TODAY)

    def pay_back(self):
        self.screen().action_pay_back()
        sweeps = self.env["recouv.sweep"].with_user(self.agency_manager)
        return sweeps.search([("is_return", "=", True)], limit=1)

    def arrived(self):
        """The bank shows what the agency paid back."""
        match = self.bank(self.movement(FEE, "Fees paid back"))
        self.assertEqual(match.rule, "funds")

    def assertNothingOpen(self, *notes):
        """Neither of the two books owes a fee, and the account is explained."""
        for note in notes:
            twin = note.recouv_fee_twin_id
            self.assertEqual((note.amount_residual, twin.amount_residual), (0, 0))
        for name in ("sweep", "sweep_contra", "ordered"):
            balance = self.balance(self.agency, f"recouv_{name}_account_id")
            self.assertEqual(balance, 0, name)
        self.assertEqual(self.sums(), (0, 0, 0, 0))
        self.assertBothBooks(0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeGivenBack(GivenBackCommon):
    def test_the_agency_pays_it_back_and_the_practice_gets_it(self):
        self.swept_and_bounced()
        note = self.credit_note()
        screen = self.screen()
        self.assertEqual((screen.fees_owed, screen.fees_missing), (FEE, FEE))
        self.pay_back()
        # on its way: in no line until the bank shows it
        self.assertEqual(self.sums(), (-120.0, 0, 0, 0))
        self.assertEqual(self.screen().fees_missing, 0)
        self.arrived()
        self.assertEqual(self.sums(), (-120.0, 0, 0, FEE))
        claim = self.claim_back()
        # 120 less the fee, as if it had never been swept
        self.assertEqual((claim.amount_fee, claim.amount), (-FEE, -91.2))
        self.bank(self.movement(91.2, f"Remittance {claim.name}"))
        self.assertNothingOpen(note)

    def test_after_the_claim_it_is_remitted_by_itself(self):
        self.swept_and_bounced()
        claim = self.claim_back()
        self.assertEqual(claim.amount, -120.0)
        self.bank(self.movement(120.0, f"Remittance {claim.name}"))
        note = self.env["recouv.remittance"]._open_credit_notes(self.agency)
        self.pay_back()
        self.arrived()
        draft = self.prepare()
        self.assertEqual((len(draft), draft.creditor_partner_id), (1, self.creditor))
        self.assertFalse(draft.line_ids | draft.back_line_ids)
        draft.action_remit()
        self.assertEqual((draft.state, draft.amount, draft.amount_fee),
                         ("posted", FEE, -FEE))  # fmt: skip
        practice = self.company.sudo()
        self.assertEqual(self.balance(practice, "transfer_account_id"), 0)
        self.bank(self.movement(-FEE, f"Remittance {draft.name}"))
        self.assertNothingOpen(note)
        self.assertFalse(self.prepare())

    def test_until_the_bank_shows_it_nobody_elses_money_pays(self):
        self.swept_and_bounced()
        self.claim_back()
        self.pay_back()
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "Pay fees back"):
            draft.action_remit()
        self.assertEqual(draft.state, "draft")
        self.bank_receipt(80.0, self.other_mirror)
        remittance = self.remit()
        self.assertEqual(remittance.state, "posted")

    def test_fees_that_lie_there_pay_it_and_are_not_swept(self):
        self.swept_and_bounced()
        self.credit_note()
        self.keep_fees(50.0)
        sweeps = self.env["recouv.sweep"].with_user(self.agency_manager)
        self.assertEqual(sweeps._sweep(self.agency).amount, 50.0 - FEE)
        with self.assertRaisesRegex(UserError, "given back"):
            sweeps._sweep(self.agency)
        with self.assertRaisesRegex(UserError, "Nothing is to be paid back"):
            sweeps._pay_back(self.agency)
        claim = self.claim_back()
        self.assertEqual(claim.amount_fee, -FEE)

    def keep_fees(self, amount):
        """Fees of another practice, as a net remittance leaves them."""
        agency = self.agency.sudo()
        setting = agency._recouv_transfer_setting
        move = self.env["account.move"].sudo().create(
            {
                "company_id": agency.id,
                "journal_id": setting("recouv_collected_journal_id").id,
                "date": TODAY,
                "line_ids": [
                    (0, 0, {"account_id": setting(name).id, "balance": balance})
                    for name, balance in (
                        ("recouv_sweep_account_id", -amount),
                        ("recouv_sweep_contra_account_id", amount),
                    )
                ],
            }
        )  # fmt: skip
        move._post(soft=False)

    def test_the_next_fee_takes_it_up_before(self):
        self.swept_and_bounced()
        note = self.credit_note()
        self.bank_receipt(200.0, self.mirror | self.other_mirror)
        remittance = self.remit()
        # 20 % and VAT of 200 is 48, less the 28.80 given back
        self.assertEqual(remittance.amount_fee, 19.2)
        self.assertEqual(note.amount_residual, 0)
        self.assertFalse(self.screen().fees_owed)

    def test_it_is_paid_back_once(self):
        self.swept_and_bounced()
        self.credit_note()
        sweep = self.pay_back()
        self.assertEqual((sweep.amount, sweep.is_return), (FEE, True))
        with self.assertRaisesRegex(UserError, "Nothing is to be paid back"):
            self.pay_back()
        with self.assertRaisesRegex(UserError, "nothing else"):
            self.screen().action_sweep()

    def test_an_agent_orders_nothing(self):
        self.swept_and_bounced()
        self.credit_note()
        sweeps = self.env["recouv.sweep"].with_user(self.agent)
        with self.assertRaises(AccessError):
            sweeps._pay_back(self.agency)

    def test_a_missing_account_is_named_and_nothing_is_booked(self):
        self.swept_and_bounced()
        self.credit_note()
        self.agency.sudo().transfer_account_id = False
        with self.assertRaisesRegex(UserError, self.agency.name):
            self.pay_back()
        self.assertEqual(self.screen().fees_missing, FEE)

    def test_a_locked_agency_orders_nothing(self):
        self.swept_and_bounced()
        self.credit_note()
        self.agency.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, self.agency.name):
            self.pay_back()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeOfADirectPaymentGivenBack(GivenBackCommon):
    """Nothing was ever remitted: the credit note of its fee is paid all the same."""

    mode = "gross"

    def settle(self, document):
        wizard = self.env["account.payment.register"].sudo()
        wizard.with_context(
            active_model="account.move",
            active_ids=document.ids,
            allowed_company_ids=document.company_id.ids,
        ).create({"payment_date": TODAY})._create_payments()

    def test_a_practice_that_paid_its_fee_gets_it_back(self):
        payment = self.pay(self.old, 100.0, TODAY)
        invoice = self.invoice_fees()
        for document in (invoice, invoice.recouv_fee_twin_id):
            self.settle(document)
        self.env["recouv.bounce"].sudo()._bounce(payment, TODAY, "funds")
        note = self.invoice_fees()
        self.assertEqual(note.amount_residual, 24.0)
        self.screen().action_pay_back()
        self.bank(self.movement(24.0, "Fees paid back"))
        model = self.env["recouv.remittance"].with_user(self.agency_manager)
        draft = model.with_company(self.agency)._prepare(self.agency, TODAY)
        draft.action_remit()
        self.assertEqual(draft.amount, 24.0)
        self.bank(self.movement(-24.0, f"Remittance {draft.name}"))
        self.assertNothingOpen(note)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeePaidBackByFile(TransferFileCommon):
    """The order leaves the agency's own account, for the dedicated one."""

    def setUp(self):
        super().setUp()
        self.profile.sudo().own_bank_id = self.account_of(OWN)

    def test_the_file_pays_from_the_agencys_own_account(self):
        sweep = self.swept()
        receipt = sweep.env["recouv.receipt"].search([("state", "=", "remitted")])
        receipt._bounce(TODAY, "funds")
        self.mandate.sudo()._invoice_fees(TODAY)
        back = sweep._pay_back(self.agency)
        self.assertIn("paid back", back.display_name)
        with self.captured() as files:
            back.action_export_transfers()
        self.assertLess(files[0].index(OWN), files[0].index(DEDICATED))
        self.assertIn("28.80", files[0])
        self.assertTrue(back.exported_on)
        with self.assertRaisesRegex(UserError, "one file for each"):
            (sweep | back).action_export_transfers()

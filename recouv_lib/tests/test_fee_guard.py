from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

ACCOUNTANT = "base.group_user,account.group_account_manager"


class FeeGuardCommon(RemittanceCommon):
    """Accountants of both sides, who may reset whatever else they see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_accountant("acc_practice", cls.company)
        cls.agency_accountant = cls.make_accountant("acc_agency", cls.agency)

    @classmethod
    def make_accountant(cls, login, company):
        return new_test_user(
            cls.env,
            login,
            groups=ACCOUNTANT,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def seen_by(self, user, document):
        return self.env["account.move"].with_user(user).browse(document.id)

    def refusal(self, act):
        with self.assertRaises(UserError) as refused:
            act()
        return str(refused.exception)

    def assertStands(self, document, user, *words):
        """Neither reset, cancelled nor credited by this user; the refusal says why."""
        document = self.seen_by(user, document)
        acts = (document.button_draft, document.button_cancel, document._reverse_moves)
        for act in acts:
            said = self.refusal(act)
            for word in (document.name, *words):
                self.assertIn(word, said)
        self.assertEqual(document.state, "posted")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAKeptFeeStands(FeeGuardCommon):
    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.bank_receipt(120.0)
        self.remittance = self.remit().sudo()
        self.invoice = self.remittance.fee_move_ids
        self.bill = self.invoice.recouv_fee_twin_id

    def test_the_agencys_accountant_is_told_the_remittance_and_the_way(self):
        self.assertStands(
            self.invoice,
            self.agency_accountant,
            f"The remittance {self.remittance.name} kept it back.",
            "Undo the receipt",
        )

    def test_the_practices_accountant_is_told_the_remittance_and_whom_to_ask(self):
        self.assertStands(
            self.bill,
            self.accountant,
            f"The remittance {self.remittance.name} kept it back.",
            "Ask the agency",
        )

    def test_what_the_remittance_settled_is_not_taken_apart(self):
        for document, user in (
            (self.bill, self.accountant),
            (self.invoice, self.agency_accountant),
        ):
            items = self.seen_by(user, document).line_ids
            said = self.refusal(items.remove_move_reconcile)
            self.assertIn(self.remittance.name, said)
            self.assertEqual(document.amount_residual, 0)

    def test_what_awaits_the_banks_may_be_taken_apart(self):
        """A match with the wrong movement is undone as before."""
        movement = self.movement(-91.2, f"VIR SEPA {self.remittance.name}")
        self.bank(movement)
        self.assertTrue(self.remittance.is_paid)
        self.remittance.ordered_item_id.remove_move_reconcile()
        self.remittance.invalidate_recordset()
        self.assertFalse(self.remittance.is_paid)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAFeeApartStands(FeeGuardCommon):
    mode = "gross"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.bank_receipt(120.0)
        self.invoice = self.mandate.sudo()._invoice_fees(TODAY)
        self.bill = self.invoice.recouv_fee_twin_id

    def test_the_other_side_would_not_hear_of_it(self):
        for document, user, remedy in (
            (self.invoice, self.agency_accountant, "Undo the receipt"),
            (self.bill, self.accountant, "Ask the agency"),
        ):
            self.assertStands(document, user, "together", remedy)
            self.assertNotIn("remittance", self.refusal(document.button_draft))

    def test_a_payment_of_the_bill_may_be_undone(self):
        bank = self.company_data["default_journal_bank"]
        pay = self.env["account.payment.register"].with_user(self.accountant)
        pay = pay.with_context(active_model="account.move", active_ids=self.bill.ids)
        payment = pay.create({"journal_id": bank.id})._create_payments()
        self.assertTrue(payment)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.bill.amount_residual, 28.8)

    def test_another_bill_of_the_agency_is_reset_as_any(self):
        other = self.bill.copy({"ref": "OTHER/1", "invoice_date": TODAY})
        other.action_post()
        other = other.with_user(self.accountant)
        other.button_draft()
        self.assertEqual(other.state, "draft")

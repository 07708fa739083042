from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY
from .test_agency_remittance import IBAN, RemittanceCommon

DEDICATED = "FR7630006000011234567890189"
OWN = "FR7612345987650123456789014"


class TransferFileCommon(RemittanceCommon):
    """A dedicated account that pays, and who looks at the files."""

    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.funds.sudo().bank_account_id = cls.account_of(DEDICATED)

    @classmethod
    def account_of(cls, number):
        return cls.env["res.partner.bank"].sudo().create(
            {"acc_number": number, "partner_id": cls.agency.sudo().partner_id.id}
        )  # fmt: skip

    @contextmanager
    def captured(self):
        """Keep the texts of the files that are made."""
        model, files = type(self.env["res.company"]), []
        make = model._recouv_order_file

        def made(company, payments, *account):
            content = make(company, payments, *account)
            root = etree.fromstring(content)
            files.append([node.text for node in root.iter() if node.text])
            return content

        with patch.object(model, "_recouv_order_file", made):
            yield files

    def order(self, receipts):
        """The texts of the file of these refunds, as the bank receives it."""
        with self.captured() as files:
            receipts.with_user(self.agency_manager).action_export_refunds()
        return files[0]

    def overpaid(self, **values):
        movement = self.movement(230.0)
        movement.write(values)
        return self.receive(
            230.0, statement_line_id=movement.id, method="transfer", date=TODAY
        )

    def refunded(self, **values):
        receipt = self.overpaid(**values).with_user(self.agency_manager)
        receipt.action_refund()
        return receipt

    def swept(self):
        self.bank_receipt(120.0)
        self.remit()
        sweeps = self.env["recouv.sweep"].with_user(self.agency_manager)
        return sweeps._sweep(self.agency)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFundsTransfer(TransferFileCommon):
    """What leaves the dedicated account leaves by a file for the bank."""

    # --- refunds --------------------------------------------------------------------

    def test_a_refund_goes_back_where_it_came_from(self):
        receipt = self.refunded(account_number=IBAN, partner_name="Camille's mother")
        texts = self.order(receipt)
        for text in ("30.00", IBAN, DEDICATED, "Camille's mother", receipt.name):
            self.assertIn(text, texts)
        self.assertTrue(receipt.refund_exported_on)

    def test_the_agent_enters_the_account_of_the_debtor(self):
        receipt = self.overpaid()
        receipt.refund_iban = IBAN
        receipt.with_user(self.agency_manager).action_refund()
        texts = self.order(receipt)
        self.assertIn(IBAN, texts)
        self.assertIn(receipt.partner_id.name, texts)

    def test_a_wrong_iban_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "IBAN"):
            self.overpaid().refund_iban = "FR76 1234"

    def test_without_an_account_the_debtor_is_named(self):
        receipt = self.refunded()
        with self.assertRaisesRegex(UserError, receipt.partner_id.name):
            receipt.action_export_refunds()
        self.assertFalse(receipt.refund_exported_on)

    def test_what_was_not_ordered_is_not_transferred(self):
        receipt = self.overpaid(account_number=IBAN)
        with self.assertRaisesRegex(UserError, "order its refund first"):
            receipt.with_user(self.agency_manager).action_export_refunds()

    def test_an_agent_neither_transfers_nor_redirects_a_refund(self):
        receipt = self.refunded(account_number=IBAN)
        with self.assertRaises(AccessError):
            receipt.with_user(self.agent).action_export_refunds()
        with self.assertRaises(AccessError):
            receipt.with_user(self.agent).refund_iban = OWN
        receipt.action_export_refunds()
        with self.assertRaisesRegex(UserError, "was made already"):
            receipt.refund_iban = OWN

    def test_an_account_of_the_movement_that_is_no_iban_is_not_taken(self):
        receipt = self.refunded(account_number="1234567")
        self.assertFalse(receipt.refund_iban)

    # --- fees -----------------------------------------------------------------------

    def test_fees_go_to_the_agencys_own_account(self):
        self.profile.sudo().own_bank_id = self.account_of(OWN)
        sweep = self.swept()
        with self.captured() as files:
            sweep.action_export_transfers()
        for text in ("28.80", OWN, DEDICATED, f"SWEEP-{sweep.id}"):
            self.assertIn(text, files[0])
        self.assertTrue(sweep.exported_on)

    def test_the_account_of_the_other_bank_journal_serves_too(self):
        bank = self.env["account.journal"].sudo().search(
            [("company_id", "=", self.agency.id), ("type", "=", "bank"),
             ("id", "!=", self.funds.id)], limit=1
        )  # fmt: skip
        bank.bank_account_id = self.account_of(OWN)
        with self.captured() as files:
            self.swept().action_export_transfers()
        self.assertIn(OWN, files[0])

    def test_without_an_own_account_nothing_is_swept_by_file(self):
        with self.assertRaisesRegex(UserError, "no valid IBAN of its own"):
            self.swept().action_export_transfers()

    def test_the_dedicated_account_is_no_own_account(self):
        self.profile.sudo().own_bank_id = self.funds.sudo().bank_account_id
        with self.assertRaisesRegex(UserError, "dedicated one"):
            self.swept().action_export_transfers()

    def test_an_agent_orders_nothing(self):
        sweep = self.swept()
        with self.assertRaises(AccessError):
            sweep.with_user(self.agent).action_export_transfers()

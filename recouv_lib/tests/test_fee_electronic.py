from unittest import SkipTest

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

UBL, FACTURX = "account.edi.xml.ubl_bis3", "account.edi.xml.cii"
VAT = "FR23334175221"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestElectronicFee(RemittanceCommon):
    """The agency's fee invoice comes back as a file that Odoo itself wrote and reads:
    it is billed once."""

    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.sudo().partner_id.write({"vat": VAT})
        cls.creditor.write({"vat": "FR83404833048"})
        if UBL not in cls.env:
            raise SkipTest("Odoo's electronic invoices are not installed")
        cls.make_once(cls.begin)

    def begin(self):
        self.bank_receipt(120.0)
        self.invoice = self.remit().sudo().fee_move_ids
        self.bill = self.invoice.recouv_fee_twin_id

    def imported(self, model=UBL, change=None):
        """The draft that Odoo makes, in the practice, of the file that it wrote at the
        agency.

        :param change: what to replace in the file, as another program writes it
        """
        books = self.env[model].sudo().with_company(self.agency)
        content, _errors = books._export_invoice(self.invoice)
        for old, new in (change or {}).items():
            self.assertIn(old, content.decode())
            content = content.replace(old.encode(), new.encode())
        env = self.env(user=self.secretary.id, su=False)
        file = env["ir.attachment"].create(
            {"name": "fee.xml", "raw": content, "mimetype": "application/xml"}
        )
        journals = env["account.journal"].with_company(self.company)
        journal = journals.search(
            [("type", "=", "purchase"), ("company_id", "=", self.company.id)], limit=1
        )
        upload = journal.with_context(default_move_type="in_invoice")
        return upload._create_document_from_attachment(file.ids)

    def assertBilledOnce(self, draft):
        self.assertEqual((draft.move_type, draft.state), ("in_invoice", "draft"))
        self.assertEqual(draft.company_id, self.company)
        self.assertEqual(draft.recouv_fee_original_id, self.bill)
        with self.assertRaisesRegex(UserError, "billed already"):
            draft.action_post()

    def test_the_ubl_file_is_recognised(self):
        draft = self.imported()
        self.assertEqual(draft.ref, self.invoice.name)
        self.assertEqual(draft.invoice_date, self.invoice.invoice_date)
        self.assertBilledOnce(draft)

    def test_the_facturx_file_is_recognised(self):
        if FACTURX not in self.env:
            self.skipTest("Odoo's Factur-X is not installed")
        self.assertBilledOnce(self.imported(FACTURX))

    def test_a_contact_of_the_practices_own_hides_nothing(self):
        """The supplier is another contact, without the number of the agency."""
        draft = self.imported()
        contact = self.env["res.partner"].sudo().create(
            {"name": self.agency.name.upper(), "company_id": self.company.id}
        )  # fmt: skip
        draft.sudo().partner_id = contact
        self.assertBilledOnce(draft)

    def test_a_supplier_that_was_not_found_hides_nothing(self):
        draft = self.imported()
        draft.sudo().partner_id = False
        self.assertEqual(draft.recouv_fee_original_id, self.bill)

    def test_the_secretary_merges_it_and_its_file_stays(self):
        draft = self.imported()
        draft.action_recouv_merge_fee()
        self.assertEqual(draft.state, "cancel")
        files = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", "account.move"), ("res_id", "=", self.bill.id)]
        )  # fmt: skip
        self.assertIn("fee.xml", files.mapped("name"))
        bills = self.env["account.move"].sudo().search(
            [("company_id", "=", self.company.id), ("state", "=", "posted"),
             ("move_type", "=", "in_invoice")]
        )  # fmt: skip
        self.assertEqual(bills, self.bill)
        self.assertEqual(self.balance(self.company, "recouv_fee_account_id"), 28.8)

    def test_the_same_file_twice_is_refused_twice(self):
        self.imported().action_recouv_merge_fee()
        self.assertBilledOnce(self.imported())

    def test_another_number_of_the_agency_is_a_bill_of_its_own(self):
        name = self.invoice.name
        draft = self.imported(change={name: "OTHER/2026/1"})
        self.assertFalse(draft.recouv_fee_original_id)

    def test_another_suppliers_bill_of_the_same_number_is_its_own(self):
        draft = self.imported()
        other = self.env["res.partner"].sudo().create({"name": "Plombier"})
        draft.sudo().partner_id = other
        self.assertFalse(draft.recouv_fee_original_id)

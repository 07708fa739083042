"""The fee's tax and the locks of the books in which invoice and bill are made."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import TODAY
from .test_agency_remittance import RemittanceCommon

MAY = date(2026, 5, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeBooks(RemittanceCommon):
    """Core would move the date of a document in silence; a person decides instead."""

    mode = "gross"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.bank_receipt(120.0, day=date(2026, 5, 20))

    def assertLocked(self, company, lock):
        company.sudo()[lock] = MAY
        with self.assertRaisesRegex(UserError, f"{company.name} are locked on {MAY}"):
            self.mandate.sudo()._invoice_fees(MAY)

    def test_the_lock_of_purchases_of_the_practice_is_told(self):
        self.assertLocked(self.company, "purchase_lock_date")

    def test_the_lock_of_sales_of_the_agency_is_told(self):
        self.assertLocked(self.agency, "sale_lock_date")

    def test_a_return_of_vat_that_was_made_is_told(self):
        self.assertLocked(self.agency, "tax_lock_date")

    def test_the_practice_s_return_counts_where_the_bill_bears_tax(self):
        self.company.sudo().tax_lock_date = MAY
        tax = self.make_tax(self.company, "purchase", 20.0)
        self.company.sudo().recouv_fee_tax_id = tax
        with self.assertRaisesRegex(UserError, "are locked"), self.cr.savepoint():
            self.mandate.sudo()._invoice_fees(MAY)
        self.company.sudo().recouv_fee_tax_id = False
        bill = self.mandate.sudo()._invoice_fees(MAY).recouv_fee_twin_id
        self.assertEqual((bill.date, bill.invoice_date), (MAY, MAY))

    def test_the_job_says_which_and_invoices_the_others(self):
        self.company.sudo().purchase_lock_date = MAY
        jobs = self.env["recouv.mandate"].sudo()
        with self.assertLogs("odoo.addons.recouv_lib", "WARNING") as logs:
            jobs._cron_invoice_fees()
        self.assertIn(self.company.name, logs.output[0])
        self.assertFalse(self.env["recouv.receipt.line"].sudo().search([]).fee_move_id)

    # --- the tax --------------------------------------------------------------------

    def scoped(self, scope, name):
        tax = self.make_tax(self.agency, "sale", 5.5)
        tax.write({"tax_scope": scope, "name": name})
        return tax

    def test_a_fee_is_a_service(self):
        self.scoped("consu", "Goods")
        anything = self.scoped(False, "Anything")
        self.assertEqual(self.agency._recouv_fee_tax(5.5, "M"), anything)
        service = self.scoped("service", "Service")
        self.assertEqual(self.agency._recouv_fee_tax(5.5, "M"), service)

    def test_the_tax_of_the_profile_comes_first_where_it_has_the_rate(self):
        self.scoped("service", "Service")
        chosen = self.scoped("consu", "Chosen")
        self.profile.sudo().fee_tax_id = chosen
        self.assertEqual(self.agency._recouv_fee_tax(5.5, "M"), chosen)
        self.assertEqual(self.agency._recouv_fee_tax(20.0, "M"), self.tax)

    def test_a_tax_that_is_no_rate_on_top_is_no_tax_on_fees(self):
        wrong = self.scoped("service", "Included")
        wrong.price_include_override = "tax_included"
        with self.assertRaisesRegex(ValidationError, "Included"):
            self.profile.sudo().fee_tax_id = wrong


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeOnTheFrenchChart(RemittanceCommon):
    """Two taxes of 20 %: goods on the invoice, services when they are paid."""

    mode = "net"

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    @AccountTestInvoicingCommon.setup_chart_template("fr")
    def setUpClass(cls):
        super().setUpClass()

    @classmethod
    def make_tax(cls, company, use, rate):
        """The chart has its own."""
        charts = cls.env["account.chart.template"].with_company(company)
        return charts.ref("tva_normale_encaissement")

    def test_the_fee_bears_the_tax_of_services(self):
        self.assertEqual(self.agency._recouv_fee_tax(20.0, "M"), self.tax)
        self.bank_receipt(120.0)
        remittance = self.remit()
        invoice = remittance.fee_move_ids.sudo()
        self.assertEqual(invoice.invoice_line_ids.tax_ids, self.tax)
        self.assertEqual((remittance.amount_fee, remittance.amount), (28.8, 91.2))

    def test_its_tax_is_due_when_it_is_kept(self):
        """CGI 269-2 c: what is kept of a remittance is paid."""
        self.bank_receipt(120.0)
        invoice = self.mandate.sudo()._invoice_fees(TODAY)
        due = self.env["account.move"].sudo().with_company(self.agency)
        made = [("tax_cash_basis_origin_move_id", "=", invoice.id)]
        self.assertFalse(due.search(made))
        self.remit()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(sum(due.search(made).mapped("amount_total")), 28.8)
        self.assertEntriesBalanced()

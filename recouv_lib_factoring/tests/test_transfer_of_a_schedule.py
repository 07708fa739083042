from datetime import date

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .sale_common import SaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferOfASchedule(SaleCommon):
    """A schedule is booked in both companies, at once and once."""

    def invoices(self, *amounts, **values):
        moves = self.env["account.move"]
        for rank, amount in enumerate(amounts):
            moves |= self.make_invoice(
                self.make_patient(f"Patient {rank}"), amount, **values
            )
        return moves

    def test_the_price_is_the_nominal_less_what_it_costs(self):
        self.terms(holdback_rate=10.0)
        sale = self.sell(self.invoices(100.0, 57.77))
        self.assertEqual(sale.amount_nominal, 157.77)
        self.assertEqual(sale.amount_commission, 7.89)
        self.assertEqual(sale.amount_vat, 1.58)
        self.assertEqual(sale.amount_holdback, 15.78)
        self.assertEqual(sale.amount_price, 132.52)

    def test_both_books_say_the_same_to_the_cent(self):
        self.terms(holdback_rate=10.0)
        self.sell(self.invoices(100.0, 57.77))
        agency = self.agency.partner_id
        self.assertBooks(
            self.company,
            {
                "recouv_assignment_account_id": 132.52,
                "recouv_holdback_account_id": 15.78,
                "recouv_commission_account_id": 9.47,
            },
        )
        self.assertEqual(
            self.balance(self.company, agency.property_account_payable_id, agency), 0
        )
        self.assertBooks(
            self.agency,
            {
                "recouv_acquired_account_id": 157.77,
                "recouv_assignors_account_id": -148.30,
            },
        )
        self.assertBalanced(self.company, self.agency)

    def test_the_invoice_is_paid_by_transfer_and_untouched(self):
        move = self.invoices(100.0)
        self.sell(move)
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(self.claims_of(move).settlement, "transferred")
        self.assertEqual(self.claims_of(move).holder, "buyer")

    def test_the_buyer_has_its_own_item_and_claim(self):
        move = self.invoices(100.0)
        line = self.sell(move).line_ids
        purchase = line.sudo().purchase_id
        claim = purchase.claim_id
        self.assertEqual(purchase.state, "bought")
        self.assertEqual(claim.capacity, "assignee")
        self.assertEqual(claim.company_id, self.agency)
        self.assertEqual(claim.move_line_id, purchase.item_id)
        self.assertEqual(claim.amount_residual, 100)
        self.assertEqual(purchase.item_id.date_maturity, date(2026, 6, 1))
        self.assertFalse(purchase.item_id.no_followup)
        self.assertEqual(claim.partner_id, purchase.partner_id)

    def test_a_second_confirmation_changes_nothing(self):
        sale = self.sell(self.invoices(100.0))
        moves = self.books["account.move"].search_count([])
        sale.with_user(self.practitioner)._transfer()
        self.assertEqual(self.books["account.move"].search_count([]), moves)

    def test_a_secretary_sells_nothing(self):
        sale = self.decided(self.invoices(100.0))
        with self.assertRaises(AccessError):
            sale.with_user(self.secretary)._transfer()

    def test_financing_counts_the_days_to_the_due_date(self):
        self.terms(
            financing_rate=7.3,
            commission_rate=0.0,
            buyer_status="credit_institution",
        )
        sale = self.sell(
            self.invoices(1000.0, due=date(2026, 7, 15), invoice_date=TODAY)
        )
        self.assertEqual(sale.amount_financing, 6.0)
        self.assertEqual(sale.amount_vat, 0)
        self.assertEqual(sale.amount_price, 994)
        self.assertBooks(self.company, {"recouv_financing_account_id": 6.0})

    def test_what_is_due_bears_no_financing(self):
        self.terms(financing_rate=7.3)
        self.assertEqual(self.sell(self.invoices(1000.0)).amount_financing, 0)

    def test_the_price_is_paid_in_both_books(self):
        sale = self.sell(self.invoices(100.0))
        self.assertEqual(sale.state, "transferred")
        price = self.books["recouv.price"].search([("assignment_id", "=", sale.id)])
        price.with_user(self.agency_manager).action_pay()
        self.assertEqual(sale.state, "paid")
        self.assertEqual(price.state, "paid")
        self.assertBooks(self.company, {"recouv_assignment_account_id": 0})
        self.assertBooks(self.agency, {"recouv_assignors_account_id": 0})
        self.assertIn(sale, sale.search([("state", "=", "paid")]))

    def test_the_holdback_is_released(self):
        self.terms(holdback_rate=10.0)
        sale = self.sell(self.invoices(100.0))
        sale._pay_price()
        self.assertBooks(self.company, {"recouv_holdback_account_id": 10})
        sale._release_holdback()
        self.assertBooks(self.company, {"recouv_holdback_account_id": 0})
        self.assertBooks(self.agency, {"recouv_assignors_account_id": 0})

    def test_thirty_receivables_make_two_entries_in_each_company(self):
        sale = self.sell(self.invoices(*[10.0 + i for i in range(30)]))
        transfers = sale.line_ids.transfer_id
        self.assertEqual(len(transfers.move_id), 2)
        self.assertEqual(len(transfers.sudo().counterpart_move_id), 2)
        self.assertTrue(all(transfers.target_line_id.mapped("reconciled")))

    def test_the_same_receivable_is_not_sold_twice(self):
        move = self.invoices(100.0)
        self.sell(move)
        again = self.decided(self.invoices(5.0))
        item = self.receivables(move)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            again.line_ids.sudo().write({"origin_line_id": item.id})
            again.line_ids.flush_recordset()

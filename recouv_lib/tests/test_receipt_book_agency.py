from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .funds_common import FundsCommon

LATER = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptBookAgency(FundsCommon):
    """What the agency collects is the practice's receipt (CGI 99), on that day."""

    def book(self, company=None):
        return (
            self.env["recouv.receipt.book"]
            .sudo()
            .search([("company_id", "=", (company or self.company).id)])
        )

    def told(self, company=None):
        return [(row.date, row.amount) for row in self.book(company)]

    def test_what_the_agency_received_is_in_the_book_whole(self):
        self.receive(120.0)
        row = self.book().with_user(self.practitioner)
        self.assertEqual((row.date, row.amount), (TODAY, 120.0))
        self.assertEqual(row.payer, self.patient.name)
        self.assertEqual((row.mode, row.nature), ("agency", "fees"))

    def test_the_remittance_adds_nothing_to_it(self):
        self.receive(200.0, self.mirror | self.other_mirror)
        remittances = self.env["recouv.remittance"].with_user(self.agency_manager)
        remittance = remittances._prepare(self.agency, TODAY, force=True)
        remittance.action_remit()
        self.assertEqual(remittance.amount_received, 200.0)
        self.assertEqual(sum(amount for _day, amount in self.told()), 200.0)

    def test_money_held_by_the_agency_as_a_cheque_is_no_receipt_yet(self):
        receipt = self.receive(120.0, method="cheque")
        self.assertFalse(self.told())
        with freeze_time(LATER):
            receipt.action_clear()
        self.assertEqual(self.told(), [(LATER, 120.0)])

    def test_what_bounced_is_negative_on_its_day(self):
        receipt = self.receive(120.0)
        with freeze_time(LATER):
            receipt._bounce(LATER, "funds")
        self.assertEqual(self.told(), [(TODAY, 120.0), (LATER, -120.0)])
        self.assertEqual(set(self.book().mapped("mode")), {"agency"})

    def test_interest_is_a_receipt_of_its_own_nature(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        receipt = self.receive(50.0)
        owed = receipt.line_ids.amount_interest
        self.assertGreater(owed, 0)
        rows = self.book()
        self.assertEqual(sum(rows.mapped("amount")), 50.0)
        interest = rows.filtered(lambda row: row.nature == "interest")
        self.assertEqual((interest.amount, interest.mode), (owed, "agency"))
        with freeze_time(LATER):
            receipt._bounce(LATER, "funds")
        rows = self.book()
        self.assertEqual(len(rows), 4)
        self.assertEqual(round(sum(rows.mapped("amount")), 2), 0.0)

    def test_what_was_laid_on_the_wrong_debt_leaves_nothing(self):
        self.receive(120.0).undo("wrong debtor")
        self.assertEqual(sum(amount for _day, amount in self.told()), 0.0)

    def test_a_payment_at_the_desk_stands_beside_it(self):
        self.pay(self.young, 80.0)
        self.receive(120.0)
        rows = self.book()
        self.assertEqual(sum(rows.mapped("amount")), 200.0)
        self.assertEqual(len(set(rows.ids)), 2)

    def test_the_agencys_own_book_has_none_of_it(self):
        self.movement(120.0)
        self.receive(120.0)
        self.assertFalse(self.told(self.agency))

    def test_the_printed_book_has_its_column(self):
        self.receive(120.0)
        wizard = (
            self.env["recouv.receipt.book.wizard"]
            .with_user(self.practitioner)
            .create({"company_id": self.company.id, "date_from": TODAY})
        )
        totals = wizard._book()["totals"]
        self.assertEqual(totals["2026-06"]["agency"], 120.0)

    def test_the_accountants_reader_sees_the_rows_of_his_company_only(self):
        self.receive(120.0)
        book = self.env["recouv.receipt.book"].with_user(self.agent)
        self.assertFalse(book.search([]))

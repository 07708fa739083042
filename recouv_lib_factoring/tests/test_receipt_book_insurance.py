from datetime import date

from odoo.tests import freeze_time, tagged

from .test_insurance_advance import DAY, AdvanceCase
from .test_insurance_costs import CostsCase

LATER = date(2026, 4, 10)


class BookMixin:
    """The receipts book as the secretary reads it."""

    def book(self):
        self.env.flush_all()
        books = self.env["recouv.receipt.book"].with_user(self.secretary)
        books.invalidate_model()
        return books.search([("company_id", "=", self.company.id)])

    def told(self):
        """Return {day: what was received}: one row for each item of a money entry."""
        days = self.book().grouped("date")
        return {day: round(sum(rows.mapped("amount")), 2) for day, rows in days.items()}

    def total(self):
        return round(sum(self.told().values()), 2)


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestReceiptBookIndemnity(BookMixin, AdvanceCase):
    """An indemnity that takes the place of a fee is a receipt (CGI 93)."""

    def test_an_indemnity_is_received_when_its_money_comes(self):
        self.loss._settle()
        self.assertEqual(self.told(), {})
        self.receive(self.loss, day=DAY)
        self.assertEqual(self.told(), {DAY: 1350.0})
        rows = self.book()
        self.assertEqual(set(rows.mapped("payer")), {self.insurer.name})
        self.assertEqual(set(rows.mapped("nature")), {"fees"})
        self.assertEqual(set(rows.mapped("mode")), {"transfer"})

    def test_by_the_banks_movement_it_is_received_once(self):
        self.loss._settle()
        came = self.movement(1350, "INDEMNITE")
        self.loss.env["recouv.insurance.payment"]._take(
            self.loss, 1350, DAY, movement=came
        )
        self.assertEqual(self.told(), {DAY: 1350.0})
        self.loss.payment_ids.undo("Autre sinistre")
        self.assertEqual(self.told(), {})

    def test_one_undone_is_taken_off_on_the_day_it_is(self):
        self.loss._settle()
        self.receive(self.loss, day=DAY)
        with freeze_time(LATER):
            self.loss.payment_ids.undo("Autre sinistre")
        self.assertEqual(self.told(), {DAY: 1350.0, LATER: -1350.0})

    def test_an_advance_is_received_and_its_repayment_is_negative(self):
        self.advance(945)
        self.assertEqual(self.told(), {DAY: 945.0})
        self.loss._reject("Hors garantie")
        with freeze_time(LATER):
            self.loss.payment_ids._repay(LATER, journal=self.bank)
        self.assertEqual(self.told(), {DAY: 945.0, LATER: -945.0})

    def test_an_advance_set_against_the_indemnity_is_counted_once(self):
        self.advance(945)
        self.loss._settle()
        self.receive(self.loss, 405, DAY)
        self.assertEqual(self.told(), {DAY: 1350.0})

    def test_a_premium_is_no_receipt(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.insurer.id,
                "invoice_date": DAY,
                "invoice_line_ids": [
                    (0, 0, {"name": "Prime", "price_unit": 60, "tax_ids": []})
                ],
            }
        )
        bill.action_post()
        self.pay(bill)
        self.assertEqual(self.told(), {})


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestReceiptBookRecovery(BookMixin, CostsCase):
    """Money of the debtor after an indemnity of 1,350."""

    def test_the_insurers_part_is_negative_when_it_is_remitted(self):
        one = self.share(self.paid(1500), 50)
        self.assertEqual(self.told(), {DAY: 2850.0})
        with freeze_time(LATER):
            one._remit(LATER, journal=self.bank)
        self.assertEqual(self.told(), {DAY: 2850.0, LATER: -1305.0})

    def test_a_dividend_too(self):
        one = self.dividend(1500, 0)
        one._remit(DAY, journal=self.bank)
        self.assertEqual(self.total(), 1500.0)

    def test_what_the_service_collected_is_counted_once(self):
        one = self.collect(600, 50)
        # 105 of the practice's claims, on the day they were collected
        self.assertEqual(self.told(), {DAY: 1455.0})
        with freeze_time(LATER):
            one.undo("Erreur")
        self.assertEqual(self.told(), {DAY: 1455.0, LATER: -105.0})

    def test_what_the_service_sends_for_costs_is_received(self):
        self.collect(750, 50)
        self.collect(750, 0)
        self.assertEqual(self.total(), 1350.0 + 150.0 + 45.0)

    def test_it_says_what_the_bank_says(self):
        one = self.share(self.paid(1500), 0)
        one._remit(DAY, journal=self.bank)
        self.assertEqual(self.total(), self.balance(self.bank_account))

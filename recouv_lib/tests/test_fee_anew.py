"""An earlier payment of a claim bounces: what follows it is priced anew."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_bounce import BackCommon


class AnewCommon(BackCommon):
    mode = "gross"
    terms = {}

    @classmethod
    def make_mandate(cls, **values):
        """As if it had been signed with these terms."""
        mandate = super().make_mandate(**values)
        mandate._record({"state": "draft"})
        mandate.sudo().write(cls.terms)
        mandate._record({"state": "signed"})
        return mandate

    @classmethod
    def make_placed(cls):
        """One large claim, and another that is invoiced with it."""
        cls.old = cls.make_invoice(due=date(2026, 1, 5), amount=1200.0)
        cls.young = cls.make_invoice(due=date(2026, 2, 5), amount=400.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.old)
        cls.other_claim = cls.claims_of(cls.young)
        cls.mirror = cls.place(cls.claim)
        cls.other_mirror = cls.place(cls.other_claim)
        cls.creditor = cls.mirror.creditor_partner_id.sudo()

    def net_fees(self, fname="amount_untaxed_signed"):
        """What the agency invoiced less what it gave back, of all claims."""
        documents = self.env["account.move"].sudo().search(
            [("company_id", "=", self.agency.id), ("recouv_fee_twin_id", "!=", False)]
        )  # fmt: skip
        return round(sum(documents.mapped(fname)), 2)

    def fees_of(self, mirror):
        """The fee of each sum of a claim that stands."""
        lines = self.env["recouv.receipt.line"].sudo().search(
            [("claim_id", "=", mirror.id), ("receipt_id.state", "!=", "bounced")],
            order="id",
        )  # fmt: skip
        return lines.mapped("fee_amount")

    def assertFees(self, amount):
        """Both books: the fee before tax, and with its VAT the practice's cost."""
        self.assertEqual(self.net_fees(), amount)
        cost = round(self.balance(self.company, "recouv_fee_account_id"), 2)
        self.assertEqual(cost, round(amount * 1.2, 2))
        self.assertEntriesBalanced()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMost(AnewCommon):
    """20 %, 50 at most: whoever pays again after a bounce owes the 50."""

    terms = {"fee_max": 50.0}

    def received_twice(self):
        """300 at a fee of 50 and 300 at none, both invoiced."""
        first = self.receive(300.0)
        self.invoice_fees()
        self.receive(300.0)
        self.receive(100.0, self.other_mirror)
        self.invoice_fees()
        self.assertEqual(self.fees_of(self.mirror), [50.0, 0.0])
        self.assertFees(70.0)  # 20 of it is of the other claim
        return first

    def test_the_fee_moves_to_what_stands(self):
        first = self.received_twice()
        first._bounce(TODAY, "funds")
        self.assertFalse(self.invoice_fees(), "50 given back and 50 due: nothing")
        self.assertFees(70.0)

    def test_paid_again_it_costs_once(self):
        first = self.received_twice()
        first._bounce(TODAY, "funds")
        self.receive(300.0)
        self.receive(50.0, self.other_mirror)
        document = self.invoice_fees()
        self.assertEqual(document.amount_untaxed, 10.0)  # of the other claim alone
        self.assertEqual(self.fees_of(self.mirror), [50.0, 0.0])
        self.assertFees(80.0)
        self.assertFalse(self.invoice_fees())

    def test_the_document_says_why(self):
        first = self.received_twice()
        first._bounce(TODAY, "funds")
        self.receive(50.0, self.other_mirror)
        document = self.invoice_fees()
        anew = document.invoice_line_ids.filtered(lambda row: "anew" in row.name)
        self.assertEqual(anew.price_subtotal, 50.0)
        line = self.env["recouv.receipt.line"].sudo().search(
            [("fee_change_move_id", "=", document.id)]
        )  # fmt: skip
        self.assertEqual((line.claim_id, line.fee_amount), (self.mirror.sudo(), 50.0))

    def test_the_second_bounces_too_and_nothing_is_due(self):
        first = self.received_twice()
        first._bounce(TODAY, "funds")
        self.receive(50.0, self.other_mirror)
        self.invoice_fees()
        second = self.env["recouv.receipt"].with_user(self.agent).search(
            [("line_ids.claim_id", "=", self.mirror.id), ("state", "=", "cleared")]
        )  # fmt: skip
        second._bounce(TODAY, "funds")
        credit = self.invoice_fees()
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 50))
        self.assertFees(30.0)

    def test_what_an_earlier_version_gave_back_is_invoiced(self):
        first = self.received_twice()
        first._bounce(TODAY, "funds")
        # as it was: the fee given back, nothing computed anew
        with patch.object(type(self.mandate), "_fee_changes", lambda *_args: {}):
            self.invoice_fees()
        self.assertFees(20.0)
        document = self.invoice_fees()
        self.assertEqual(document.amount_untaxed, 50.0)
        self.assertFees(70.0)
        notes = self.env["recouv.remittance"].with_user(self.agency_manager)
        shown = notes.with_company(self.agency)._fee_invoices(self.mandate)
        self.assertIn(document, shown.sudo())

    def test_a_bounce_of_a_later_month_changes_nothing_before(self):
        first = self.received_twice()
        july = date(2026, 7, 10)
        with freeze_time(july):
            first._bounce(july, "funds")
            self.assertFalse(self.invoice_fees(date(2026, 6, 30)))
            self.receive(100.0, self.other_mirror, date=july)
            document = self.invoice_fees(july)
        self.assertEqual(document.amount_untaxed, 20.0)
        self.assertFees(90.0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFixed(AnewCommon):
    """10 % and 15 once."""

    terms = {
        "fee_line_ids": [Command.clear(), Command.create({"rate": 10.0, "fixed": 15.0})]
    }

    def test_the_fixed_sum_is_due_again(self):
        first = self.receive(50.0)
        self.invoice_fees()
        self.receive(50.0)
        self.invoice_fees()
        self.assertFees(25.0)
        first._bounce(TODAY, "funds")
        self.invoice_fees()
        self.assertFees(20.0)  # of 50
        self.receive(50.0)
        self.invoice_fees()
        self.assertFees(25.0)  # of 100

    def test_what_was_paid_to_the_practice_moves_it_too(self):
        payment = self.pay(self.old, 50.0, TODAY)
        self.invoice_fees()
        self.receive(50.0)
        self.invoice_fees()
        self.assertFees(25.0)
        self.env["recouv.bounce"].sudo()._bounce(payment, TODAY, "funds")
        self.invoice_fees()
        self.assertFees(20.0)
        later = TODAY + timedelta(days=1)
        with freeze_time(later):
            self.pay(self.old, 50.0, later)
            self.invoice_fees(later)
        self.assertFees(25.0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLeast(AnewCommon):
    """10 %, 15 at least: what stands may cost less than what was invoiced of it."""

    terms = {
        "fee_line_ids": [Command.clear(), Command.create({"rate": 10.0})],
        "fee_min": 15.0,
    }

    def test_what_was_too_much_is_given_back(self):
        self.receive(100.0)
        self.invoice_fees()
        second = self.receive(100.0)
        self.invoice_fees()
        self.receive(100.0)
        self.invoice_fees()
        self.assertEqual(self.fees_of(self.mirror), [15.0, 5.0, 10.0])
        second._bounce(TODAY, "funds")
        credit = self.invoice_fees()
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 10))
        self.assertEqual(self.fees_of(self.mirror), [15.0, 5.0])
        self.assertFees(20.0)  # of 200

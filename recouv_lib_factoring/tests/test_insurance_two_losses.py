from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)
TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInsuranceTwoLosses(InsuranceCommon):
    """Two losses of one debtor under one limit of 1,000: it is granted once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer.lang = "en_US"
        with freeze_time(SOLD):
            cls.agreed = cls.limit(cls.clinic, 1000)
            cls.first_sale = cls.invoice(cls.clinic, 800, SOLD)
            cls.second_sale = cls.invoice(cls.clinic, 700, date(2026, 2, 5))
        cls.first = cls.declared(cls.first_sale)
        cls.second = cls.declared(cls.second_sale)

    def expected(self):
        """The indemnities that the two may expect, as the books stand."""
        self.env.invalidate_all()
        return self.first.amount, self.second.amount

    def covered(self, *moves):
        return sum(self.cover(*moves).mapped("amount_covered"))

    # --- once -------------------------------------------------------------------------

    def test_the_second_has_what_the_first_leaves(self):
        self.assertEqual(self.expected(), (720, 180))
        self.assertEqual(self.second.amount_limit, 1000)
        self.assertEqual(self.second.amount_limit_left, 200)
        # the dossier says of the invoice what the account says of the loss
        self.assertEqual(self.second.line_ids.amount_covered, 200)
        self.first._settle()
        self.second._settle()
        self.assertEqual((self.first.amount_loss, self.second.amount_loss), (800, 200))
        self.assertEqual(self.expected(), (720, 180))

    def test_in_whatever_order_they_are_settled(self):
        self.second._settle()
        self.first._settle()
        self.assertEqual(self.expected(), (720, 180))

    def test_an_advance_does_not_exceed_it_either(self):
        payments = self.second.env["recouv.insurance.payment"]
        with self.assertRaisesRegex(UserError, "180"), self.cr.savepoint():
            payments._take_advance(self.second, 180.01, TODAY, journal=self.bank)
        payments._take_advance(self.second, 180, TODAY, journal=self.bank)
        self.assertEqual(self.second.amount_provisional, 180)

    def test_the_deductible_of_the_year_is_taken_of_what_is_left(self):
        self.policy_2026._record({"annual_deductible": 800, "maximum_sum": 90})
        self.first._settle()
        self.assertEqual((self.first.amount_absorbed, self.first.amount_payable),
                         (720, 0))  # fmt: skip
        self.second._settle()
        # of 180, 80 are the year's deductible; the most of the year is 90
        self.assertEqual((self.second.amount_absorbed, self.second.amount_capped),
                         (80, 10))  # fmt: skip
        self.assertEqual(self.second.amount_payable, 90)

    def test_the_paper_and_the_dialog_say_what_is_left(self):
        third_sale = self.invoice(self.clinic, 50, date(2026, 2, 6))
        third = self.loss_of(third_sale)
        third.action_notify()
        self.printed.clear()
        third.action_declare()
        [front] = self.printed
        self.assertIn("Limit left by other losses", front)
        dialogs = self.env["recouv.insurance.settle"].with_user(self.practitioner)
        with Form(dialogs.with_context(default_loss_id=self.second.id)) as form:
            self.assertEqual((form.amount_limit_left, form.amount), (200, 180))

    # --- what frees it ----------------------------------------------------------------

    def test_what_was_settled_does_not_free_the_limit(self):
        self.first._settle()
        self.receive(self.first)
        self.assertEqual(self.first.amount_limit_used, 800)
        self.assertEqual(self.covered(self.second_sale), 200)
        self.agreed.invalidate_recordset()
        self.assertEqual((self.agreed.amount_used, self.agreed.amount_left), (1000, 0))
        said = self.policy_2026._debtor_message(self.clinic, TODAY, 1)
        self.assertIn("0.00", said)

    def test_what_the_insurer_gets_back_frees_it(self):
        self.first._settle()
        self.receive(self.first)
        self.pay(self.first_sale, 80, TODAY)
        recoveries = self.first.env["recouv.insurance.recovery"]
        one = recoveries._take_payment(
            self.first, self.first._payments_since(), 0, TODAY
        )
        self.assertEqual(one.amount_insurer, 72)
        self.assertEqual(self.first.amount_limit_used, 720)
        self.assertEqual(self.covered(self.second_sale), 280)
        one.undo("Erreur")
        self.assertEqual(self.first.amount_limit_used, 800)

    def test_what_was_paid_meanwhile_and_is_given_back_frees_it(self):
        self.first._settle()
        self.pay(self.first_sale)
        self.receive(self.first)
        self.assertEqual(self.first.amount_owed_back, 720)
        self.assertEqual(self.first.amount_limit_used, 0)
        self.assertEqual(self.covered(self.second_sale), 700)

    def test_a_loss_that_is_refused_leaves_it_to_the_other(self):
        self.first._reject("Hors police")
        self.assertEqual(self.second._account().payable, 630)

    def test_a_settlement_undone_leaves_it_too(self):
        self.first._settle()
        self.first.undo("Erreur")
        self.assertEqual(self.first.amount_limit_used, 0)
        self.first.action_withdraw()
        self.assertEqual(self.second._account().payable, 630)

    def test_a_limit_agreed_since_is_a_new_one(self):
        self.policy_2026._record({"stops_on_overdue": False})
        self.first._settle()
        self.second._settle()
        later = date(2026, 4, 10)
        with freeze_time(later):
            new = self.limit(self.clinic, 1000, start=later)
            sale = self.invoice(self.clinic, 500, later)
            self.assertEqual(self.covered(sale), 500)
            self.assertEqual((new.amount_used, new.amount_left), (500, 500))
        with freeze_time("2026-05-20"):
            self.assertEqual(self.declared(sale)._account().loss, 500)

    def test_one_payment_for_both_is_shared_in_its_parts(self):
        for loss in (self.first, self.second):
            loss._settle()
            self.receive(loss)
        sales = self.first_sale | self.second_sale
        self.assertEqual(sales.mapped("amount_residual"), [80, 520])
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.clinic.id,
                "amount": 600,
                "date": TODAY,
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        items = (sales | payment.move_id).line_ids
        items.filtered(
            lambda one: one.account_type == "asset_receivable" and not one.reconciled
        ).reconcile()
        recoveries = self.first.env["recouv.insurance.recovery"]
        item = self.first._payments_since()
        one = recoveries._take_payment(self.first, item, 0, TODAY)
        self.assertEqual((one.amount, one.amount_insurer), (80, 72))
        self.assertEqual(self.second._payments_since(), item)
        with self.assertRaisesRegex(UserError, "520.00"), self.cr.savepoint():
            recoveries._take_payment(self.second, item, 0, TODAY, 520.01)
        two = recoveries._take_payment(self.second, item, 0, TODAY)
        # 180 of 700 were the insurer's
        self.assertEqual((two.amount, two.amount_insurer), (520, 133.71))
        self.assertEqual(self.insurer_balance(), -205.71)
        self.assertEqual(sales.mapped("amount_residual"), [72, 133.71])
        self.assertFalse(self.first._payments_since() | self.second._payments_since())
        for recovery in (one, two):
            recovery.undo("Erreur")
        self.assertEqual(self.insurer_balance(), 0)

    def test_another_debtor_has_its_own(self):
        with freeze_time(SOLD):
            self.limit(self.gym, 1000)
            sale = self.invoice(self.gym, 900, SOLD)
        self.first._settle()
        self.assertEqual(self.covered(sale), 900)
        self.assertEqual(self.declared(sale)._account().payable, 810)

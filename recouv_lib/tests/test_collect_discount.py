"""A payment in time of the discounted sum closes the invoice, at the desk."""

from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .money_common import MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCollectDiscount(MoneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loss = cls.env["account.account"].create(
            {"name": "Discounts", "code": "9665", "account_type": "expense"}
        )
        cls.company.account_journal_early_pay_discount_loss_account_id = cls.loss
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "2 % within ten days",
                "early_discount": True,
                "discount_days": 10,
                "discount_percentage": 2,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        cls.early = cls.discounted(date(2026, 6, 10))
        cls.late = cls.discounted(date(2026, 6, 1))

    @classmethod
    def discounted(cls, day, amount=100):
        return cls.make_invoice(
            amount=amount, invoice_date=day, invoice_payment_term_id=cls.term.id
        )

    def balance(self, account):
        items = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return sum(items.mapped("balance"))

    def test_the_discounted_sum_is_proposed_and_closes_the_invoice(self):
        form = self.dialog(self.early)
        self.assertEqual(form.amount, 98)
        self.assertIn("2.00", form.discount)
        self.assertEqual(form.rest, 0)
        wizard = form.save()
        wizard.action_collect()
        act = wizard.collection_id
        self.assertEqual(self.owed(self.early), [0])
        self.assertIn(self.early.payment_state, ("paid", "in_payment"))
        self.assertEqual((act.payment_id.amount, self.balance(self.loss)), (98, 2))
        self.assertBalanced(act.payment_id)
        [line] = act.line_ids
        self.assertEqual((line.amount, line.discount, line.residual_after), (98, 2, 0))

    def test_after_its_day_the_whole_is_asked(self):
        form = self.dialog(self.late)
        self.assertEqual((form.amount, form.discount), (100, False))
        act = self.collect(self.late, amount=98)
        self.assertEqual(self.owed(self.late), [2])
        self.assertFalse(act.line_ids.discount)

    def test_another_sum_is_a_part(self):
        act = self.collect(self.early, amount=50)
        self.assertEqual(self.owed(self.early), [50])
        self.assertFalse(act.line_ids.discount)
        self.assertEqual(self.dialog(self.early).amount, 50, "and no discount after")

    def test_with_others_in_one_sum(self):
        act = self.collect(self.early | self.old)
        self.assertEqual(act.amount, 198)
        self.assertEqual(self.owed(self.early, self.old), [0, 0])
        self.assertEqual(self.paid(act), {self.old: 100, self.early: 98})
        self.assertBalanced(act.payment_id)

    def test_a_cheque_to_bank_later_asks_for_the_whole(self):
        form = self.dialog(self.early, method="cheque_later")
        self.assertFalse(form.discount)

    def test_undone_the_whole_is_owed_again(self):
        act = self.collect(self.early)
        act.with_user(self.secretary).undo("Wrong patient")
        self.assertEqual(self.owed(self.early), [100])
        self.assertEqual(self.balance(self.loss), 0)

    def test_bounced_the_whole_is_owed_again(self):
        act = self.collect(self.early, method="cheque", cheque_number="7")
        bounce = self.env["recouv.bounce"]._bounce(act.payment_id, TODAY, "funds")
        self.assertEqual(self.owed(self.early), [100])
        self.assertEqual(self.balance(self.loss), 0)
        bounce.undo("The bank was wrong")
        self.assertEqual(self.owed(self.early), [0])
        self.assertEqual(self.balance(self.loss), 2)

    def test_its_tax_is_lowered_too(self):
        france = self.env.ref("base.fr").id
        group = self.env["account.tax.group"].create(
            {"name": "VAT", "country_id": france, "company_id": self.company.id}
        )
        tax = self.env["account.tax"].create(
            {
                "name": "VAT 20",
                "amount": 20,
                "type_tax_use": "sale",
                "country_id": france,
                "tax_group_id": group.id,
            }
        )
        move = self.make_invoice(
            invoice_date=date(2026, 6, 10),
            invoice_payment_term_id=self.term.id,
            invoice_line_ids=[
                Command.create({"name": "Fees", "price_unit": 100, "tax_ids": [tax.id]})
            ],
        )
        act = self.collect(move)
        self.assertEqual((act.amount, self.owed(move)), (117.6, [0]))
        self.assertEqual(self.balance(self.loss), 2)
        self.assertBalanced(act.payment_id)

    def test_without_an_account_for_it_the_whole_is_asked(self):
        self.company.account_journal_early_pay_discount_loss_account_id = False
        self.assertEqual(self.dialog(self.early).amount, 100)

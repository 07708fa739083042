from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .test_insurance_advance import DAY, AdvanceCase


class CostsCase(AdvanceCase):
    """Of 1,500 the insurer paid 1,350; 150 are still owed to the practice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(DAY):
            cls.loss._settle()
            cls.receive(cls.loss, day=DAY)
        cls.cost = cls.company._recouv_insurance_account(
            "recouv_insurance_cost_account_id"
        )
        cls.bank_account = cls.loss.payment_ids.sudo()._bank_account()
        cls.receivable = cls.clinic.property_account_receivable_id

    def books(self):
        """Return (debtor, insurer, costs, bank) as the ledger has them."""
        return (
            self.balance(self.receivable, self.clinic),
            self.insurer_balance(),
            self.balance(self.cost),
            self.balance(self.bank_account),
        )

    def since(self, before):
        pairs = zip(self.books(), before, strict=True)
        return tuple(round(now - then, 2) for now, then in pairs)

    def open_items(self):
        """The open items of the debtor; none is left of one who paid everything."""
        return self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.clinic.id),
                ("account_id", "=", self.receivable.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )

    def collect(self, amount, costs, **way):
        recoveries = self.loss.env["recouv.insurance.recovery"]
        way = way or {"journal": self.bank}
        return recoveries._take_from_insurer(self.loss, amount, costs, DAY, **way)

    def paid(self, amount):
        """A payment of the debtor on what it owes, as a cashier books it."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=self.open_items().ids
        )
        payment = register.create(
            {"payment_date": DAY, "amount": amount, "journal_id": self.bank.id}
        )._create_payments()
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )

    def share(self, item, costs, amount=None):
        recoveries = self.loss.env["recouv.insurance.recovery"]
        return recoveries._take_payment(self.loss, item, costs, DAY, amount)

    def dividend(self, amount, costs, **way):
        recoveries = self.loss.env["recouv.insurance.recovery"]
        way = way or {"journal": self.bank}
        return recoveries._take_dividend(self.loss, amount, costs, DAY, **way)


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestCostsOfTheService(CostsCase):
    """The insurer's service collects everything, and keeps its costs."""

    def test_the_insurers_share_of_the_costs_is_no_cost_of_the_practice(self):
        before = self.books()
        one = self.collect(1500, 50)
        self.assertEqual((one.amount_insurer, one.amount_insured), (1305, 145))
        self.assertEqual(one.costs_covered, 45)
        # 150 settled: 145 in the bank, 5 of costs
        self.assertEqual(self.money(one), 145)
        self.assertEqual(self.since(before), (-150, 0, 5, 145))
        self.assertFalse(self.open_items())

    def test_undone_everything_is_as_before(self):
        before = self.books()
        self.collect(1500, 50).undo("Autre débiteur")
        self.assertEqual(self.since(before), (0, 0, 0, 0))
        self.assertEqual(sum(self.open_items().mapped("amount_residual")), 150)
        one = self.collect(1500, 50)
        self.assertEqual(
            (one.costs_covered, self.since(before)), (45, (-150, 0, 5, 145))
        )

    def test_on_the_banks_statement(self):
        before = self.books()
        came = self.movement(145, "SERVICE")
        dialogs = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(dialogs.with_context(default_loss_id=self.loss.id)) as form:
            form.received_by = "insurer"
            form.amount = 1500
            form.costs = 50
            form.movement_id = came
            self.assertEqual(form.amount_due, 145)
        form.record.action_confirm()
        self.assertTrue(came.is_reconciled)
        self.assertEqual(self.since(before)[:3], (-150, 0, 5))

    def test_costs_of_an_earlier_part_come_back_with_the_last_one(self):
        before = self.books()
        first = self.collect(750, 50)
        # 700 net: 630 and 70; the debtor owes 30 still
        self.assertEqual((first.amount_insurer, first.costs_covered), (630, 0))
        self.assertEqual(self.since(before), (-120, 0, 50, 70))
        second = self.collect(750, 0)
        self.assertEqual((second.amount_insurer, second.costs_covered), (675, 45))
        self.assertEqual(self.money(second), 75)
        self.assertEqual(self.since(before), (-150, 0, 5, 145))
        second.undo("Erreur")
        self.assertEqual(self.since(before), (-120, 0, 50, 70))

    def test_more_than_debtor_and_costs_explain_is_refused(self):
        before = self.books()
        for amount, costs in ((1600, 50), (1510, 0), (1500.01, 50)):
            with self.subTest(amount), self.cr.savepoint():
                with self.assertRaisesRegex(UserError, "still owed"):
                    self.collect(amount, costs)
        self.assertEqual(self.since(before), (0, 0, 0, 0))

    def test_a_part_bears_its_costs_as_before(self):
        before = self.books()
        one = self.collect(600, 50)
        self.assertEqual((one.amount_insurer, one.costs_covered), (495, 0))
        self.assertEqual(self.since(before), (-105, 0, 50, 55))

    def test_a_secretary_records_none_of_it(self):
        recoveries = self.env["recouv.insurance.recovery"].with_user(self.secretary)
        with self.assertRaises(UserError):
            recoveries._take_from_insurer(
                self.loss.with_user(self.secretary), 1500, 50, DAY, journal=self.bank
            )


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestCostsOfThePractice(CostsCase):
    """The practice received everything itself, and had bills of its own for it."""

    def test_a_debtor_who_paid_what_was_owed_keeps_no_credit(self):
        before = self.books()
        one = self.share(self.paid(1500), 50)
        self.assertEqual((one.amount_insurer, one.amount_insured), (1305, 145))
        self.assertEqual(one.costs_covered, 45)
        self.assertFalse(self.open_items())
        # 45 of its bills are paid by what the insurer goes without
        self.assertEqual(self.since(before)[:3], (-150, -1305, -45))
        one._remit(DAY, journal=self.bank)
        self.assertEqual(self.since(before)[:3], (-150, 0, -45))

    def test_undone_the_whole_payment_is_the_debtors(self):
        item = self.paid(1500)
        before = self.books()
        one = self.share(item, 50)
        one.undo("Erreur")
        self.assertEqual(self.since(before)[1:3], (0, 0))
        self.assertEqual(self.balance(self.receivable, self.clinic), before[0])
        self.assertEqual(self.share(item, 50).costs_covered, 45)

    def test_a_payment_that_nobody_matched_is_shared_alike(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.clinic.id,
                "amount": 1500,
                "date": DAY,
                "journal_id": self.bank.id,
            }
        )
        payment.action_post()
        item = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        one = self.share(item, 50)
        self.assertEqual(one.costs_covered, 45)
        self.assertEqual(item.amount_residual, -150)
        self.assertEqual(self.balance(self.receivable, self.clinic), 0)

    def test_what_was_paid_by_mistake_stays_the_debtors(self):
        one = self.share(self.paid(1700), 50)
        # 1,650 net: the insurer has all it paid, and bears none of the costs
        self.assertEqual((one.amount_insurer, one.costs_covered), (1350, 0))
        self.assertEqual(sum(self.open_items().mapped("amount_residual")), -200)

    def test_without_costs_nothing_is_booked_on_them(self):
        before = self.books()
        one = self.share(self.paid(1500), 0)
        self.assertEqual((one.amount_insurer, one.costs_covered), (1350, 0))
        self.assertEqual(self.since(before)[:3], (-150, -1350, 0))

    def test_a_dividend_of_everything_leaves_no_credit_either(self):
        before = self.books()
        one = self.dividend(1500, 50)
        self.assertEqual((one.amount_insurer, one.costs_covered), (1305, 45))
        self.assertFalse(self.open_items())
        self.assertEqual(self.since(before), (-150, -1305, -45, 1500))
        one.undo("Erreur")
        self.assertEqual(self.since(before), (0, 0, 0, 0))
        self.assertEqual(sum(self.open_items().mapped("amount_residual")), 150)

    def test_a_dividend_on_the_banks_statement(self):
        before = self.books()
        came = self.movement(1500, "DIVIDENDE")
        one = self.dividend(1500, 50, movement=came)
        self.assertFalse(self.open_items())
        self.assertEqual(self.since(before)[:3], (-150, -1305, -45))
        one.undo("Erreur")
        self.assertFalse(came.is_reconciled)
        self.assertEqual(self.since(before)[:3], (0, 0, 0))

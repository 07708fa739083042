from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)
DAY = date(2026, 3, 20)


class AdvanceCase(InsuranceCommon):
    """A declared loss of 1,500: the policy gives 1,350."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-02-02"):
            cls.limit(cls.clinic, 10000)
            cls.sale = cls.invoice(cls.clinic, 1000, SOLD)
            cls.other_sale = cls.invoice(cls.clinic, 500, date(2026, 2, 5))
        cls.loss = cls.declared(cls.sale, cls.other_sale)

    def advance(self, amount=945, day=DAY, **way):
        payments = self.loss.env["recouv.insurance.payment"]
        way = way or {"journal": self.bank}
        return payments._take_advance(self.loss, amount, day, **way)

    def movement(self, amount, label="ACOMPTE"):
        return self.env["account.bank.statement.line"].create(
            {"journal_id": self.bank.id, "date": DAY, "amount": amount,
             "payment_ref": label}
        )  # fmt: skip

    def cost_of_cover(self):
        self.env.flush_all()
        rows = self.env["recouv.report.insurance"].with_user(self.secretary)
        rows.invalidate_model()
        [[cost]] = rows._read_group([], [], ["amount_cost:sum"])
        return cost


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestInsuranceAdvance(AdvanceCase):
    """The insurer pays before the loss is settled: provisionally."""

    def test_an_advance_is_owed_to_the_insurer_until_the_loss_is_settled(self):
        one = self.advance()
        self.assertEqual((one.kind, one.display_name[:7]), ("advance", "Advance"))
        self.assertEqual(self.loss.state, "declared")
        self.assertEqual(self.loss.amount_provisional, 945)
        self.assertEqual(self.loss.amount_received, 0)
        # nothing of the invoices leaves before
        self.assertEqual(self.sale.amount_residual, 1000)
        self.assertEqual(self.insurer_balance(), -945)
        self.assertEqual(self.money(one), 945)
        self.assertEqual(one.amount_owed_back, 0)

    def test_it_is_deducted_from_the_indemnity(self):
        one = self.advance()
        self.loss._settle()
        self.assertEqual(self.loss.amount_payable, 1350)
        self.assertEqual((one.amount_applied, one.amount_subrogated), (945, 945))
        self.assertEqual((self.loss.state, self.loss.amount_received), ("settled", 945))
        self.assertEqual(self.sale.amount_residual, 55)
        self.assertEqual(self.insurer_balance(), 0)
        with self.assertRaisesRegex(UserError, "to come"):
            self.receive(self.loss, 405.01)
        self.receive(self.loss, 405)
        self.assertEqual(self.loss.state, "paid")
        self.assertEqual((self.sale.amount_residual, self.insurer_balance()), (0, 0))
        self.assertEqual(self.other_sale.amount_residual, 150)
        self.assertEqual(self.cost_of_cover(), -1350)

    def test_two_advances_that_are_the_whole_indemnity_pay_the_loss(self):
        self.advance(945)
        self.advance(405)
        self.loss._settle()
        self.assertEqual(self.loss.state, "paid")
        self.assertEqual(self.insurer_balance(), 0)

    def test_what_the_debtor_paid_meanwhile_is_given_back(self):
        one = self.advance()
        self.pay(self.sale)
        self.loss._settle()
        self.assertEqual(self.loss.amount_payable, 450)
        self.assertEqual(self.loss.state, "paid")
        self.assertEqual((one.amount_applied, one.amount_excess), (450, 495))
        self.assertEqual(self.loss.amount_owed_back, 495)
        back = one._repay(DAY, journal=self.bank)
        self.assertEqual((back.kind, back.amount, self.money(back)),
                         ("repayment", 495, -495))  # fmt: skip
        self.assertEqual((self.loss.amount_owed_back, self.insurer_balance()), (0, 0))
        self.assertEqual(self.cost_of_cover(), -450)

    def test_a_refused_loss_gives_the_advance_back(self):
        one = self.advance()
        self.assertEqual(self.cost_of_cover(), -945)
        self.loss._reject("Exclusion")
        self.assertEqual(self.loss.amount_owed_back, 945)
        self.assertEqual(self.cost_of_cover(), 0)
        found = self.env["recouv.insurance.loss"].search([("amount_owed_back", ">", 0)])
        self.assertEqual(found, self.loss.sudo())
        day = self.env["recouv.day"].with_user(self.practitioner).read_day()
        counts = {s["code"]: s["count"] for s in day["sections"]}
        self.assertEqual(counts["insurance_owed_back"], 1)
        one._repay(DAY, journal=self.bank)
        self.assertEqual((self.loss.amount_owed_back, self.insurer_balance()), (0, 0))
        self.assertEqual(self.sale.amount_residual, 1000)
        with self.assertRaisesRegex(UserError, "nothing is to pay back"):
            one._repay(DAY, journal=self.bank)

    def test_a_withdrawn_loss_gives_it_back_and_may_go_on(self):
        one = self.advance()
        by_secretary = self.loss.with_user(self.secretary)
        by_secretary.action_withdraw()
        self.assertEqual(one.amount_owed_back, 945)
        by_secretary.undo("Le débiteur n'a pas payé")
        self.assertEqual(self.loss.state, "declared")
        self.assertEqual((one.amount_owed_back, self.loss.amount_provisional), (0, 945))
        self.loss._settle()
        self.assertEqual(self.loss.amount_received, 945)

    def test_a_repayment_recorded_by_mistake_is_undone(self):
        one = self.advance()
        self.loss._reject("Exclusion")
        back = one._repay(DAY, journal=self.bank)
        with self.assertRaisesRegex(UserError, "paid back"):
            one.undo("Erreur")
        back.undo("Erreur")
        self.assertEqual((one.amount_owed_back, self.insurer_balance()), (945, -945))

    def test_what_was_paid_back_is_not_set_against_a_later_indemnity(self):
        one = self.advance()
        self.loss._reject("Exclusion")
        one._repay(DAY, journal=self.bank)
        self.loss.undo("Recours accepté")
        self.loss._settle()
        self.assertEqual((one.amount_applied, self.loss.amount_received), (0, 0))
        self.receive(self.loss)
        self.assertEqual((self.loss.state, self.insurer_balance()), ("paid", 0))

    # --- going back -------------------------------------------------------------------

    def test_the_settlement_goes_back_with_its_advance_and_is_made_again(self):
        one = self.advance()
        self.loss._settle()
        with self.assertRaisesRegex(UserError, "undo the settlement first"):
            one.undo("Erreur")
        self.loss.undo("Mauvais calcul")
        self.assertEqual((self.loss.state, self.insurer_balance()), ("declared", -945))
        self.assertEqual((one.amount_applied, one.amount_owed_back), (0, 0))
        self.loss._settle(1200, "Geste")
        self.assertEqual(self.loss.amount_received, 945)
        self.assertEqual(self.insurer_balance(), 0)
        open_items = self.loss._open_items()
        self.assertEqual(sum(open_items.mapped("amount_residual")), 555)

    def test_a_loss_paid_by_its_advance_alone_goes_back_too(self):
        self.advance(1350)
        self.loss._settle()
        self.assertEqual(self.loss.state, "paid")
        with self.assertRaises(UserError):
            self.loss.with_user(self.secretary).undo("Erreur")
        self.loss.undo("Erreur")
        self.assertEqual((self.loss.state, self.insurer_balance()), ("declared", -1350))

    def test_an_advance_recorded_by_mistake_is_undone(self):
        one = self.advance()
        with self.assertRaisesRegex(UserError, "undo that first"):
            self.loss.undo("Erreur")
        one.undo("Autre sinistre")
        self.assertEqual((self.loss.amount_provisional, self.insurer_balance()), (0, 0))
        self.loss.undo("Erreur")
        self.assertEqual(self.loss.state, "noticed")

    # --- the bank's statement, dialogs ------------------------------------------------

    def test_it_comes_and_goes_on_the_banks_statement(self):
        came = self.movement(945)
        dialogs = self.env["recouv.insurance.receive"].with_user(self.practitioner)
        self.loss.insolvency_on = date(2026, 3, 18)
        with Form(dialogs.with_context(default_loss_id=self.loss.id)) as form:
            self.assertEqual((form.is_advance, form.amount), (True, 945))
            form.movement_id = came
        form.record.action_confirm()
        self.assertTrue(came.is_reconciled)
        self.assertEqual(self.insurer_balance(), -945)
        self.loss._reject("Exclusion")
        went = self.movement(-945, "RESTITUTION")
        action = self.loss.payment_ids.action_repay()
        with Form(dialogs.with_context(**action["context"])) as form:
            self.assertEqual(form.amount, 945)
            form.movement_id = went
        form.record.action_confirm()
        self.assertTrue(went.is_reconciled)
        self.assertEqual(self.insurer_balance(), 0)

    def test_what_exceeds_an_indemnity_on_the_statement_is_owed_to_the_insurer(self):
        self.loss._settle()
        self.pay(self.sale)
        payment = self.loss.env["recouv.insurance.payment"]._take(
            self.loss, 1350, DAY, movement=self.movement(1350)
        )
        self.assertEqual((payment.amount_excess, self.insurer_balance()), (850, -850))
        payment._repay(DAY, journal=self.bank)
        self.assertEqual(self.insurer_balance(), 0)

    # --- faults -----------------------------------------------------------------------

    def refused(self, said, *args, **way):
        with self.assertRaisesRegex(UserError, said), self.cr.savepoint():
            self.advance(*args, **way)

    def test_it_is_refused_where_it_cannot_be(self):
        for amount in (0, -1, 1350.01):
            self.refused("lies between", amount)
        self.advance(945)
        self.refused("405", 405.01)
        self.refused("before the declaration", 1, date(2026, 3, 19))
        self.refused("once it has come", 1, date(2026, 3, 21))
        self.refused("how it came", 1, journal=None)
        self.refused("no open movement", 1, movement=self.movement(2))
        self.loss._settle()
        self.refused("not for it", 1)

    def test_locked_books_take_none_and_set_none_against(self):
        one = self.advance()
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        self.refused("locked", 1)
        with self.assertRaisesRegex(UserError, "locked"), self.cr.savepoint():
            self.loss._settle()
        self.company.fiscalyear_lock_date = False
        self.assertFalse(one.applied_on)

    def test_a_secretary_books_none(self):
        payments = self.env["recouv.insurance.payment"].with_user(self.secretary)
        loss = self.loss.with_user(self.secretary)
        with self.assertRaises(UserError):
            payments._take_advance(loss, 10, DAY, journal=self.bank)
        one = self.advance()
        self.loss._reject("Non")
        with self.assertRaises(UserError):
            one.with_user(self.secretary)._repay(DAY, journal=self.bank)

    def test_another_currency_leaves_to_the_cent(self):
        other = self.setup_other_currency("GBP", rates=[("2020-01-01", 3.0)])
        self.limit(self.gym, 1000, start=SOLD)
        self.loss = self.declared(
            self.invoice(self.gym, 100, SOLD, currency_id=other.id)
        )
        one = self.advance(20)
        self.loss._settle()
        self.assertEqual((one.amount_subrogated, self.insurer_balance()), (20, 0))
        self.receive(self.loss, 10)
        self.assertEqual((self.loss.state, self.insurer_balance()), ("paid", 0))

    def test_a_movement_of_another_company_is_refused(self):
        movement = self.movement(945)
        other = self.setup_other_company()["company"]
        movement.sudo().flush_recordset()
        one = self.env["recouv.insurance.payment"].new({"company_id": other.id})
        with self.assertRaisesRegex(UserError, "no open movement"):
            one._check_movement(945, movement)


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestInsuranceDividend(AdvanceCase):
    """The liquidator pays a dividend after the indemnity: it is shared."""

    def dividend(self, amount=300, costs=0, day=DAY, **way):
        recoveries = self.loss.env["recouv.insurance.recovery"]
        way = way or {"journal": self.bank}
        return recoveries._take_dividend(self.loss, amount, costs, day, **way)

    def indemnified(self, **terms):
        self.policy_2026._record(terms)
        self.loss._settle()
        self.receive(self.loss)

    def test_it_is_shared_as_the_indemnity_and_settles_what_is_left(self):
        self.indemnified()
        one = self.dividend()
        self.assertTrue(one.is_dividend)
        self.assertEqual((one.amount_insurer, one.amount_insured), (270, 30))
        self.assertEqual(self.insurer_balance(), -270)
        self.assertEqual(self.other_sale.amount_residual, 120)
        self.assertEqual(self.loss.amount_to_remit, 270)
        one._remit(DAY, journal=self.bank)
        self.assertEqual(self.insurer_balance(), 0)

    def test_by_the_share_where_the_policy_says_so(self):
        # 90 % of 1,500, less a deductible of 350: by what each bore it would be 2/3
        self.indemnified(recovery_basis="share", deductible=350)
        one = self.dividend()
        self.assertEqual((one.amount_insurer, one.amount_insured), (270, 30))
        one.undo("Erreur")
        self.policy_2026._record({"recovery_basis": "indemnity"})
        one = self.dividend()
        self.assertEqual((one.amount_insurer, one.amount_insured), (200, 100))

    def test_costs_are_taken_first(self):
        self.indemnified()
        one = self.dividend(300, 50)
        self.assertEqual((one.amount_insurer, one.amount_insured), (225, 25))

    def test_it_comes_on_the_banks_statement_and_is_undone_whole(self):
        self.indemnified()
        came = self.movement(300, "SELARL MJ DIVIDENDE")
        dialogs = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(dialogs.with_context(default_loss_id=self.loss.id)) as form:
            form.received_by = "dividend"
            form.amount = 300
            form.movement_id = came
            self.assertEqual(form.amount_due, 30)
        form.record.action_confirm()
        self.assertTrue(came.is_reconciled)
        self.assertEqual(self.other_sale.amount_residual, 120)
        self.loss.recovery_ids.undo("Autre dossier")
        self.assertFalse(came.is_reconciled)
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(self.other_sale.amount_residual, 150)

    def test_undone_it_is_offered_to_nobody_as_a_payment(self):
        self.indemnified()
        one = self.dividend()
        one.undo("Erreur")
        self.assertEqual(self.other_sale.amount_residual, 150)
        self.assertFalse(self.loss._payments_since())

    def test_what_came_while_the_advance_was_provisional_is_not_shared(self):
        self.advance()
        self.pay(self.other_sale, 100, date(2026, 3, 20))
        with freeze_time("2026-03-25"):
            self.loss._settle()
            self.assertEqual(self.loss.amount_settled, 1400)
            self.assertFalse(self.loss._payments_since())
            with self.assertRaisesRegex(UserError, "lessens the loss"):
                self.dividend(10, day=DAY)

    def test_faults_are_named_and_nothing_is_booked(self):
        with self.assertRaisesRegex(UserError, "no indemnity"):
            self.dividend()
        self.indemnified()
        before = self.env["account.move"].search_count([])
        for amount, costs, day, way, said in (
            (0, 0, DAY, {"journal": self.bank}, "more than nothing"),
            (10, 11, DAY, {"journal": self.bank}, "costs"),
            (10, 0, date(2026, 3, 19), {"journal": self.bank}, "lessens the loss"),
            (10, 0, date(2026, 3, 21), {"journal": self.bank}, "once it has come"),
            (10, 0, DAY, {"journal": None}, "how it came"),
        ):
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                with self.cr.savepoint():
                    self.dividend(amount, costs, day, **way)
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        with self.assertRaisesRegex(UserError, "locked"), self.cr.savepoint():
            self.dividend()
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.company.fiscalyear_lock_date = False
        with self.assertRaises(UserError):
            self.loss.with_user(self.secretary).env[
                "recouv.insurance.recovery"
            ]._take_dividend(self.loss.with_user(self.secretary), 10, 0, DAY,
                             journal=self.bank)  # fmt: skip

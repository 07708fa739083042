from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
class TestInsuranceScenario(InsuranceCommon):
    """One insured loss from the limit to the last recovery, to the cent."""

    def test_an_insured_loss_from_the_limit_to_the_last_recovery(self):
        loss = self.step_declare()
        payment = self.step_indemnity(loss)
        self.step_tell(loss)
        self.step_recover(loss)
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(payment.amount_excess, 0)

    def step_declare(self):
        """Limit 30,000 partly agreed; 40,000 unpaid; notice, then declaration."""
        with freeze_time("2026-02-02"):
            self.limit(self.clinic, 50000, 30000)
            first = self.invoice(self.clinic, 25000, date(2026, 2, 2))
            second = self.invoice(self.clinic, 15000, date(2026, 2, 10))
        with freeze_time("2026-03-20"):
            rows = self.cover(first, second)
            self.assertEqual(rows.mapped("code"), ["covered", "partly"])
            self.assertEqual(rows.mapped("amount_covered"), [25000, 5000])
            loss = self.loss_of(first, second)
            self.assertEqual(loss.notice_by, date(2026, 4, 3))
            loss.action_notify()
        with freeze_time("2026-05-04"):
            loss.action_declare()
            self.assertEqual(loss.amount_limit, 30000)
            self.assertEqual(loss.payable_from, date(2026, 10, 4))
            self.assertTrue(loss.document_id)
        self.first, self.second = first, second
        return loss.with_user(self.practitioner)

    def step_indemnity(self, loss):
        """27,000 received: the oldest invoice leaves, 2,000 of the next one too."""
        with freeze_time("2026-10-05"):
            loss._settle()
            self.assertEqual(loss.amount_payable, 27000)
            payment = self.receive(loss)
        self.assertEqual(loss.state, "paid")
        self.assertEqual(self.first.amount_residual, 0)
        self.assertEqual(self.second.amount_residual, 13000)
        self.assertEqual(self.claim(self.first).settlement, "transferred")
        self.assertEqual(self.claim(self.second).settlement, "open")
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(self.money(payment), 27000)
        return payment

    def step_tell(self, loss):
        """The debtor is told whom to pay (C. civ. 1346-5); no care in the letter."""
        self.printed.clear()
        with freeze_time("2026-10-06"):
            loss.with_user(self.secretary).action_tell_debtor()
        letter = self.printed[0]
        self.assertIn("1346-5", letter)
        self.assertIn("Assurance Cr", letter)
        self.assertIn(self.first.name, letter)
        self.assertNotIn("Fees", letter)
        self.assertEqual(loss.subrogation_on, date(2026, 10, 6))

    def step_recover(self, loss):
        """The debtor pays 4,200 to the practice; 200 of costs; 2,700 are remitted."""
        with freeze_time("2026-11-02"):
            payment = self.pay(self.second, 4200, date(2026, 11, 2))
            self.assertEqual(self.second.amount_residual, 8800)
            credit = loss._payments_since()
            self.assertEqual(credit.move_id, payment.move_id)
            recovery = loss.env["recouv.insurance.recovery"]._take_payment(
                loss, credit, 200, date(2026, 11, 2)
            )
            self.assertEqual(recovery.amount_insurer, 2700)
            self.assertEqual(recovery.amount_insured, 1300)
            # the insurer's part never was the practice's: it is still owed that much
            self.assertEqual(self.second.amount_residual, 11500)
            self.assertEqual(self.insurer_balance(), -2700)
            self.assertEqual(loss.amount_to_remit, 2700)
            recovery._remit(date(2026, 11, 2), journal=self.bank)
        self.assertEqual(loss.amount_to_remit, 0)
        self.assertEqual(self.money(recovery), -2700)

    def test_the_figures_of_the_year(self):
        loss = self.step_declare()
        self.step_indemnity(loss)
        self.env.flush_all()
        report = self.env["recouv.report.insurance"].with_user(self.secretary)
        [(lost, covered, got, cost)] = report._read_group(
            [("policy_id", "=", self.policy_2026.id)],
            [],
            ["amount_loss:sum", "amount_covered:sum", "amount_indemnity:sum",
             "amount_cost:sum"],
        )  # fmt: skip
        self.assertEqual((lost, covered), (40000, 30000))
        self.assertEqual((got, cost), (27000, -27000))

    def test_the_indemnity_is_taken_back_and_received_again(self):
        loss = self.step_declare()
        payment = self.step_indemnity(loss)
        with freeze_time("2026-10-08"):
            payment.undo("Wrong loss")
            self.assertEqual(loss.state, "settled")
            self.assertEqual(self.insurer_balance(), 0)
            self.assertEqual(loss.amount_unpaid, 40000)
            again = self.receive(loss, day=date(2026, 10, 8))
        self.assertEqual(loss.state, "paid")
        self.assertEqual(again.amount_subrogated, 27000)
        self.assertEqual(loss.amount_unpaid, 13000)
        with self.assertRaises(UserError):
            payment.undo("Twice")

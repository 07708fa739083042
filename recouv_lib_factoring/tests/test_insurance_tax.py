from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.models.res_company_write_off import WRITE_OFF_ACCOUNTS
from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.tax_common import PaymentTaxMixin

from .insurance_common import InsuranceCommon
from .offer_common import OfferCommon


class InsuredTaxCommon(PaymentTaxMixin, InsuranceCommon):
    """One invoice of 100 and 20 of tax due on payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_payment_tax()
        for fname, code in WRITE_OFF_ACCOUNTS.items():
            if not cls.company[fname]:
                kind = "income" if code[0] == "7" else "expense"
                cls.company[fname] = cls.env["account.account"].create(
                    {"name": code, "code": f"9{code}", "account_type": kind}
                )
        cls.limit(cls.clinic, 1000)
        cls.sale = cls.taxed_invoice(
            100, partner=cls.clinic, invoice_date=date(2026, 1, 5), due=date(2026, 2, 4)
        )
        cls.env["recouv.engine"]._create_claims(cls.company, date(2026, 12, 31))

    def write_off(self, claim):
        acts = self.env["recouv.write.off"].with_user(self.practitioner)
        act = acts._prepare(claim, reason="insolvent", explanation="Nothing left")
        act.action_decide()
        return act


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01")
class TestInsuranceTax(InsuredTaxCommon):
    """An indemnity is no payment: tax due on payment never falls due by it."""

    def settled_now(self):
        loss = self.declared(self.sale)
        self.assertIn("written off", loss.tax_note)
        loss._settle()
        return loss

    def test_it_is_told_from_the_start_and_stops_no_delay(self):
        loss = self.loss_of(self.sale)
        self.assertIn(self.sale.name, loss.tax_note)
        loss.action_notify()
        loss.action_declare()
        self.assertEqual(loss.state, "declared")
        self.assertIn(self.sale.name, loss.tax_note)

    def test_other_losses_have_no_such_note(self):
        self.limit(self.gym, 1000)
        other = self.invoice(self.gym, 100, date(2026, 1, 5))
        self.assertFalse(self.loss_of(other).tax_note)

    def test_an_indemnity_waits_for_the_write_off_and_is_income(self):
        loss = self.settled_now()
        told = self.assertRaisesRegex(UserError, f"{self.sale.name}.*written off first")
        with told, self.env.cr.savepoint():
            self.receive(loss)
        self.assertEqual(self.insurer_balance(), 0)
        self.write_off(self.claim(self.sale))
        self.env.invalidate_all()
        self.assertFalse(loss.tax_note)
        payment = self.receive(loss)
        self.assertEqual(payment.amount_subrogated, 0)
        self.assertEqual(payment.amount_income, loss.amount_payable)
        income = self.company._recouv_insurance_account(
            "recouv_insurance_income_account_id"
        )
        self.assertEqual(self.balance(income), -loss.amount_payable)
        self.assertEqual(self.balance(self.company.recouv_loss_account_id), 100)
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(self.taxes(), (0, 0))


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01")
class TestInsuranceServiceTax(InsuredTaxCommon):
    """What the insurer's service collected came from the debtor: the tax is due."""

    def taken(self, amount=60, costs=9):
        claim = self.claim(self.sale)
        claim.with_user(self.practitioner).action_give_to_insurer()
        service = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        service = service.search([], order="id desc", limit=1)
        service.action_send()
        recovery = service.env["recouv.insurance.recovery"]._take_from_insurer(
            service, amount, costs, date(2026, 3, 1), journal=self.bank
        )
        return service, recovery

    def test_it_makes_its_share_due(self):
        _service, recovery = self.taken()
        self.assertEqual(self.sale.amount_residual, 60)
        self.assertEqual(self.taxes(), (10, 10))
        self.assertEqual(self.money(recovery), 51)
        self.assertEqual(self.insurer_balance(), 0)

    def test_undone_the_invoice_is_owed_again_and_the_tax_waits(self):
        service, recovery = self.taken(120, 0)
        claim = self.claim(self.sale)
        self.assertEqual(self.taxes(), (0, 20))
        recovery.undo("Erreur")
        self.assertEqual(self.sale.amount_residual, 120)
        self.assertEqual(self.taxes(), (20, 0))
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(self.claims_of(self.sale), claim)
        self.assertEqual((claim.settlement, claim.holder), ("open", "insurer"))
        self.assertEqual(service.claim_ids, claim.with_user(self.practitioner))
        again = service.env["recouv.insurance.recovery"]._take_from_insurer(
            service, 120, 0, date(2026, 3, 1), journal=self.bank
        )
        self.assertEqual(self.taxes(), (0, 20))
        self.assertEqual(self.money(again), 120)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleTax(PaymentTaxMixin, OfferCommon):
    """A sale is no payment of the debtor: told when it is offered, not once signed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_payment_tax()

    def test_what_bears_tax_due_on_payment_is_not_offered(self):
        line = self.draft(self.taxed_invoice() | self.make_invoice()).line_ids
        taxed = line.filtered("code")
        self.assertEqual(taxed.code, "tax_on_payment")
        self.assertIn("tax due on payment", taxed.told_reason)
        self.assertEqual(len(line - taxed), 1)

    def test_one_that_was_accepted_before_is_named_and_taken_out(self):
        plain = self.make_invoice()
        schedule = self.offer(plain)
        self.accept(schedule)
        line = schedule.sudo().line_ids
        fees = plain.invoice_line_ids
        # as an earlier version took it: its tax was looked at by nobody
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO account_move_line_account_tax_rel VALUES (%s, %s)",
            (fees.id, self.payment_tax.id),
        )
        self.env.invalidate_all()
        reason = line._sale_obstacle(line.currency_id, TODAY)
        self.assertIn("VAT paid", reason)
        with self.assertRaisesRegex(UserError, "Withdraw it from the schedule"):
            line._check_sellable(line.currency_id, TODAY)

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .funds_common import FundsCommon
from .money_common import MoneyCommon
from .write_off_common import WriteOffCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffHeldHere(WriteOffCommon, MoneyCommon):
    """A cheque in the practice's drawer may pay what somebody gives up."""

    def test_a_cheque_that_is_held_comes_first(self):
        claim = self.claims_of(self.old)
        act = self.draft(claim).with_user(self.practitioner)
        cheque = self.collect_later(records=self.old, cheque_number="0042")
        with self.assertRaisesRegex(UserError, "0042.*bank it or give it back"):
            act.action_decide()
        self.assertEqual((act.state, claim.amount_residual), ("draft", 100.0))
        cheque.with_user(self.secretary).action_give_back()
        act.action_decide()
        self.assertEqual(claim.settlement, "written_off")

    def test_nor_is_a_write_off_prepared_meanwhile(self):
        self.collect_later(records=self.old, cheque_number="0042")
        claim = self.claims_of(self.old).with_user(self.secretary)
        with self.assertRaisesRegex(UserError, "0042"):
            claim.action_prepare_write_off()

    def test_a_cheque_for_another_invoice_is_no_matter(self):
        self.collect_later(records=self.old)
        act = self.written_off(self.claims_of(self.young))
        self.assertEqual(act.state, "decided")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffHeldThere(WriteOffCommon, FundsCommon):
    """A cheque that the agency has not cashed yet is the debtor's money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.placed = self.claims_of(self.old)
        self.held = self.receive(120.0, method="cheque", cheque_number="0042")
        self.assertEqual(self.held.state, "received")

    def refused(self):
        with self.assertRaisesRegex(UserError, f"the agency holds.*{self.held.name}"):
            self.written_off(self.placed)
        self.assertEqual(self.placed.settlement, "open")
        self.assertEqual(self.old.amount_residual, 120.0)

    def test_while_the_agency_holds_it(self):
        self.refused()
        self.held.action_clear()
        self.env.invalidate_all()
        self.assertEqual(self.placed.settlement, "paid")
        self.assertFalse(self.held.overpaid_booked)

    def test_also_once_the_claim_was_recalled(self):
        self.placed.with_user(self.practitioner)._recall("No result")
        self.refused()

    def test_a_cheque_given_back_is_no_matter(self):
        self.held.undo("Given back to the debtor")
        self.assertEqual(self.written_off(self.placed).state, "decided")

    def test_the_agency_cannot_propose_it_meanwhile(self):
        with self.assertRaisesRegex(UserError, self.held.name):
            self.mirror.with_user(self.agent)._give_opinion("insolvent", "Nothing")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffCredit(WriteOffCommon):
    """A credit note on what was given up is a credit that nobody paid."""

    def credit_note(self, amount=120.0):
        refund = self.invoice._reverse_moves(
            [{"invoice_date": TODAY, "date": TODAY, "ref": "Too much"}]
        )
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def open_credit(self):
        """A credit note of no invoice: a credit of the debtor, no money."""
        return self.make_invoice(amount=30.0, due=TODAY, move_type="out_refund")

    def money_to_see(self):
        found = self.env["recouv.write.off"].with_user(self.secretary)
        return found._with_money_since(self.company)

    def test_it_waits_until_the_write_off_is_undone(self):
        act = self.written_off()
        with self.assertRaisesRegex(UserError, f"{act.name}.*undone first"):
            self.credit_note()
        act.undo("A credit note is due")
        refund = self.credit_note()
        self.assertEqual(refund.state, "posted")
        self.assertEqual((self.invoice.amount_residual, refund.amount_residual), (0, 0))
        self.assertEqual(self.balance(self.company.recouv_loss_account_id), 0)

    def test_nor_after_a_part_was_paid(self):
        self.pay(self.invoice, 45.0, TODAY)
        self.written_off()
        with self.assertRaisesRegex(UserError, "nobody paid"):
            self.credit_note(10.0)

    def test_another_invoice_is_credited_as_ever(self):
        self.written_off()
        other = self.make_invoice(due=date(2026, 6, 1), amount=20.0)
        refund = other._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.action_post()
        self.assertEqual(other.amount_residual, 0)

    def test_a_settlement_of_the_other_term_is_credited_all_the_same(self):
        """Its credit note is netted with its own item: no credit is left open."""
        term = self.env["account.payment.term"].create(
            {
                "name": "In two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 10)
                ],
            }
        )
        move = self.make_invoice(
            amount=100.0, invoice_payment_term_id=term.id, invoice_date=date(2026, 6, 1)
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        lost, kept = self.claims_of(move).sorted("maturity_rank")
        self.written_off(lost)
        plan = kept.with_user(self.secretary)._agree(
            "settlement", [(date(2026, 7, 1), 30)], source="call"
        )
        plan.with_user(self.practitioner).action_approve()
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=kept.move_line_id.ids
        ).create({"amount": 30, "payment_date": TODAY}).action_create_payments()
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["recouv.plan"]._cron_settle()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(plan.sudo().credit_ids.amount_total, 20)
        self.assertEqual(kept.settlement, "settled")

    def test_a_credit_note_is_no_money_that_came(self):
        act = self.written_off()
        self.open_credit()
        self.assertFalse(act._open_credits())
        self.assertFalse(self.money_to_see())
        payment = self.money(20.0)
        self.assertEqual(act._open_credits().move_id, payment.move_id)
        self.assertEqual(self.money_to_see(), act.with_user(self.secretary))

    def test_a_movement_of_the_bank_is_money(self):
        act = self.written_off()
        bank = self.company_data["default_journal_bank"]
        movement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": TODAY,
                "amount": 30.0,
                "payment_ref": "VIR",
                "partner_id": self.patient.id,
            }
        )
        receivable = self.patient.property_account_receivable_id
        own = movement.move_id.line_ids
        own.filtered(
            lambda line: line.account_id == bank.suspense_account_id
        ).account_id = receivable
        self.assertEqual(act._open_credits().move_id, movement.move_id)
        self.assertEqual(self.money_to_see(), act.with_user(self.secretary))

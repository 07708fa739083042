from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_plan import AUGUST, JULY, PlanCommon


class SettlementCommon:
    """A settlement that runs, and the cron that credits."""

    def settlement(self, lines=((JULY, 70),), claims=None, **values):
        plan = self.agree("settlement", lines, claims, **values)
        plan.with_user(self.manager).action_approve()
        self.look()
        return plan

    def settle(self):
        self.look()
        self.env["recouv.plan"]._cron_settle()
        self.look()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanSettlement(SettlementCommon, PlanCommon):
    """A reduced sum by a date: approved, credited once paid, void if late or short."""

    def test_a_settlement_waits_for_the_manager(self):
        plan = self.agree("settlement", [(JULY, 70)])
        self.assertEqual((plan.standing, self.claim.suspension), ("proposed", "none"))
        with self.assertRaises(AccessError):
            plan.action_approve()
        plan.with_user(self.manager).action_approve()
        self.look()
        self.assertEqual((plan.standing, self.claim.suspension), ("running", "plan"))
        with self.assertRaisesRegex(UserError, "decided already"):
            plan.with_user(self.manager).action_approve()

    def test_an_approval_that_comes_too_late_is_refused(self):
        plan = self.agree("settlement", [(JULY, 70)]).with_user(self.manager)
        with freeze_time("2026-07-02"), self.assertRaisesRegex(UserError, "past"):
            plan.action_approve()

    def test_it_asks_for_less_than_what_is_owed(self):
        with self.assertRaisesRegex(UserError, "less"):
            self.agree("settlement", [(JULY, 100)])

    def test_paid_in_time_the_rest_is_credited_and_counted_apart(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        self.settle()
        credit = plan.credit_ids
        self.assertEqual((credit.amount_total, credit.state), (30, "posted"))
        self.assertEqual(credit.reversed_entry_id, self.move)
        self.assertEqual(self.move.amount_residual, 0)
        self.assertEqual(self.claim.settlement, "settled")
        self.assertEqual((plan.standing, plan.amount_paid), ("kept", 70))
        self.assertEqual(plan.settled_on, TODAY)
        self.settle()
        self.assertEqual(len(plan.credit_ids), 1, "once")
        with self.assertRaisesRegex(UserError, "credited already"):
            plan.undo("Mistake")

    def test_a_payment_wakes_the_cron_only_where_a_settlement_waits(self):
        before = self.triggers()
        self.pay(self.make_invoice())
        self.assertEqual(self.triggers(), before)
        self.settlement()
        self.pay(self.move, 70)
        self.assertGreater(self.triggers(), before)

    def triggers(self):
        cron = self.env.ref("recouv_lib.ir_cron_settle")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def test_one_cent_short_is_void_and_the_whole_is_due_again(self):
        plan = self.settlement()
        self.pay(self.move, 69.99)
        self.settle()
        self.assertFalse(plan.credit_ids)
        with self.assertRaisesRegex(UserError, "69.99 of.*70.00"):
            plan.action_settle()
        with freeze_time("2026-07-02"):
            self.look()
            self.assertEqual(plan.standing, "broken")
            self.assertEqual(self.claim.suspension, "none")
            self.assertAlmostEqual(self.claim.amount_residual_currency, 30.01)

    def test_paid_a_day_late_it_is_void(self):
        plan = self.settlement()
        with freeze_time("2026-07-02"):
            self.pay(self.move, 70)
            self.settle()
            self.assertFalse(plan.credit_ids)
            self.assertEqual((plan.standing, plan.amount_paid), ("broken", 0))

    def test_paid_on_its_last_day_and_booked_later_it_is_kept(self):
        plan = self.settlement()
        with freeze_time("2026-07-06"):
            self.pay(self.move, 70, day=JULY)
            self.settle()
            self.assertEqual(
                (plan.standing, plan.credit_ids.amount_total), ("kept", 30)
            )

    def test_a_credit_note_is_no_payment(self):
        plan = self.settlement()
        refund = self.make_invoice(amount=70, move_type="out_refund", due=TODAY)
        (refund + self.move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.settle()
        self.assertEqual((plan.amount_paid, plan.standing), (0, "running"))
        self.assertFalse(plan.credit_ids)

    def test_more_than_agreed_leaves_less_to_credit(self):
        plan = self.settlement()
        self.pay(self.move, 75)
        self.settle()
        self.assertEqual(plan.credit_ids.amount_total, 25)

    def test_a_settlement_in_two_parts(self):
        plan = self.settlement([(JULY, 40), (AUGUST, 30)])
        self.pay(self.move, 40)
        self.settle()
        self.assertFalse(plan.credit_ids)
        self.pay(self.move, 30)
        self.settle()
        self.assertEqual(plan.credit_ids.amount_total, 30)

    def test_several_invoices_are_credited_each_for_its_rest(self):
        other = self.make_invoice(amount=50, due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        both = self.claim | self.claims_of(other)
        plan = self.settlement([(JULY, 110)], both)
        self.pay(self.move)
        self.pay(other, 10)
        self.settle()
        self.assertEqual(plan.credit_ids.mapped("amount_total"), [40])
        self.assertEqual(plan.credit_ids.reversed_entry_id, other)
        self.assertEqual(set(both.mapped("settlement")), {"paid", "settled"})

    def test_taxes_are_credited_pro_rata_and_to_the_cent(self):
        taxes = self.french_tax()
        move = self.make_invoice(
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Fees",
                        "price_unit": price,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for price, tax in ((33.33, taxes), (17.77, taxes.browse()))
            ]
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        total = move.amount_total
        plan = self.settlement([(JULY, 20.01)], self.claims_of(move))
        self.pay(move, 20.01)
        self.settle()
        credit = plan.credit_ids
        self.assertAlmostEqual(credit.amount_total, total - 20.01)
        self.assertGreater(credit.amount_tax, 0)
        self.assertEqual(move.amount_residual, 0)

    def french_tax(self):
        france = self.env.ref("base.fr").id
        group = self.env["account.tax.group"].create(
            {"name": "VAT", "country_id": france, "company_id": self.company.id}
        )
        return self.env["account.tax"].create(
            {
                "name": "VAT 20",
                "amount": 20,
                "type_tax_use": "sale",
                "country_id": france,
                "tax_group_id": group.id,
            }
        )

    def test_an_instalment_of_the_invoice_is_credited_alone(self):
        self.settle_instalment(0)

    def test_the_last_instalment_is_credited_alone_too(self):
        """Odoo would net the oldest with a credit note of the invoice."""
        self.settle_instalment(1)

    def settle_instalment(self, rank):
        term = self.env["account.payment.term"].create(
            {
                "name": "In two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": d}
                    )
                    for d in (0, 10)
                ],
            }
        )
        move = self.make_invoice(
            invoice_payment_term_id=term.id, invoice_date=date(2026, 6, 1)
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        first = self.claims_of(move).sorted("maturity_rank")[rank]
        self.assertEqual(first.amount_residual_currency, 50)
        plan = self.settlement([(JULY, 30)], first)
        item = first.move_line_id
        payment = self.pay_item(item, 30)
        self.assertTrue(payment)
        self.settle()
        self.assertEqual(plan.credit_ids.amount_total, 20)
        self.assertEqual((first.settlement, move.amount_residual), ("settled", 50))

    def pay_item(self, item, amount):
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move.line", active_ids=item.ids)
            .create({"amount": amount, "payment_date": TODAY})
            ._create_payments()
        )

    def test_a_locked_period_is_told_once_and_stops_no_other(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        model = type(self.env["recouv.plan"])
        with patch.object(model, "_remit", side_effect=UserError("Locked")):
            self.settle()
            self.settle()
        self.assertEqual(plan.failure_message, "Locked")
        told = self.claim.activity_ids.filtered(lambda a: "settlement" in a.summary)
        self.assertEqual(len(told), 1)
        self.settle()
        self.assertEqual(
            (plan.failure_message, plan.credit_ids.state), (False, "posted")
        )

    # --- not kept after all ---------------------------------------------------------

    def bounced(self):
        """A settlement paid, credited, and then its payment comes back."""
        plan = self.settlement()
        self.payment = self.pay(self.move, 70)
        self.settle()
        self.bounce = self.env["recouv.bounce"]._bounce(self.payment, TODAY, "funds")
        self.look()
        return plan

    def test_what_bounced_may_be_paid_again_in_time(self):
        plan = self.bounced()
        self.assertEqual((plan.standing, self.move.amount_residual), ("running", 70))
        with self.assertRaisesRegex(UserError, "its last day being over"):
            plan.with_user(self.manager).action_take_credit_back()
        self.pay(self.move, 70)
        self.settle()
        self.assertEqual((plan.standing, len(plan.credit_ids)), ("kept", 1))

    @freeze_time("2026-07-20")
    def test_a_settlement_whose_payment_came_back_is_void(self):
        with freeze_time(TODAY):
            plan = self.bounced()
        self.look()
        self.assertEqual(plan.standing, "broken")
        self.assertEqual(self.void_on_the_day(self.manager), plan)
        with self.assertRaises(AccessError):
            plan.with_user(self.secretary).action_take_credit_back()
        plan.with_user(self.manager).action_take_credit_back()
        self.look()
        self.assertEqual(self.move.amount_residual, 100, "as if it had never been")
        self.assertEqual((self.claim.settlement, plan.settled_on), ("open", False))
        self.assertEqual(plan.credit_ids.state, "posted", "both entries stay")
        self.assertEqual(plan.credit_ids.reversal_move_ids.state, "posted")
        self.assertFalse(self.void_on_the_day(self.manager))
        self.assertIn("owed again", self.claim.message_ids[0].body)

    def void_on_the_day(self, user):
        day = self.env["recouv.day"].with_user(user)
        [section] = [
            s
            for s in day._sections(fields.Date.context_today(day))
            if s.code == "settlement_void"
        ]
        return self.env["recouv.plan"].with_user(user).search(section.domain)

    @freeze_time("2026-07-20")
    def test_the_bank_was_wrong_and_the_rest_is_credited_anew(self):
        with freeze_time(TODAY):
            plan = self.bounced()
        self.look()
        plan.with_user(self.manager).action_take_credit_back()
        self.bounce.undo("the bank was wrong")
        self.settle()
        self.assertEqual((plan.standing, self.move.amount_residual), ("kept", 0))
        self.assertEqual(len(plan.credit_ids), 2)

    def test_a_settlement_that_is_kept_is_not_taken_back(self):
        plan = self.settlement()
        self.pay(self.move, 70)
        self.settle()
        with self.assertRaisesRegex(UserError, "no longer paid"):
            plan.with_user(self.manager).action_take_credit_back()

    def test_nobody_says_by_hand_that_a_settlement_remitted_a_credit_note(self):
        plan = self.settlement()
        moves = self.env["account.move"].with_user(self.secretary)
        values = {"move_type": "out_refund", "partner_id": self.patient.id}
        with self.assertRaisesRegex(UserError, "written by the settlement itself"):
            moves.create({**values, "recouv_plan_id": plan.id})
        with self.assertRaisesRegex(UserError, "written by the settlement itself"):
            moves.with_context(default_recouv_plan_id=plan.id).create(values)
        with self.assertRaisesRegex(UserError, "written by the settlement itself"):
            self.move.with_user(self.secretary).write({"recouv_plan_id": plan.id})
        mark = {"recouv_recording": True}  # no value from outside is the mark
        with self.assertRaisesRegex(UserError, "written by the settlement itself"):
            self.move.with_user(self.secretary).with_context(**mark).write(
                {"recouv_plan_id": plan.id}
            )

    @freeze_time("2026-07-20")
    def test_only_a_manager_lets_the_discount_stand(self):
        with freeze_time(TODAY):
            plan = self.bounced()
        self.look()
        with self.assertRaises(AccessError):
            plan.with_user(self.secretary).action_cancel()
        plan.with_user(self.manager).action_cancel()
        self.look()
        self.assertEqual((plan.standing, self.move.amount_residual), ("cancelled", 70))
        self.assertFalse(self.void_on_the_day(self.manager))

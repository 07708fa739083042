from datetime import date

from odoo.tests import freeze_time, tagged

from .agency_common import AgencyCommon
from .common import TODAY
from .test_plan import PlanCommon

JULY, AUGUST, END = date(2026, 7, 1), date(2026, 8, 1), date(2026, 7, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanCredit(PlanCommon):
    """300 owed, 100 of it disputed: the credit note of that part pays nothing of the
    rest, which the debtor promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(amount=300, due=date(2026, 6, 1))
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)

    def dispute(self):
        hold = self.claim.with_user(self.secretary)._hold(
            "dispute", amount_disputed=100
        )
        self.look()
        return hold

    def founded(self, hold, amount=100):
        hold.with_user(self.secretary).action_close_case("founded")
        self.credit(amount)

    def credit(self, amount, move=None):
        credit = self.make_invoice(
            amount=amount,
            move_type="out_refund",
            reversed_entry_id=(move or self.move).id,
        )
        self.look()
        return credit

    def promise(self):
        plan = self.agree("promise", [(END, None)])
        self.assertEqual((plan.amount_start, plan.amount_total), (300, 200))
        return plan

    def test_the_disputed_part_credited_pays_nothing_of_the_promise(self):
        hold = self.dispute()
        plan = self.promise()
        self.founded(hold)
        self.assertEqual(self.move.amount_residual, 200)
        self.assertEqual((plan.amount_paid, plan.standing), (0, "running"))
        self.assertEqual(plan.next_due_amount, 200)

    def test_a_credit_note_prepared_before_counts_when_it_is_posted(self):
        self.dispute().with_user(self.secretary).action_close_case("founded")
        credit = self.move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        credit.invoice_line_ids.price_unit = 100
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET create_date = create_date - interval '1 day' "
            "WHERE id = %s",
            [credit.id],
        )
        plan = self.agree("plan", [(JULY, 100), (AUGUST, 100)])
        credit.action_post()
        self.look()
        self.assertEqual(self.move.amount_residual, 200)
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [0, 0])

    def test_made_doubtful_since_it_still_pays_nothing(self):
        hold = self.dispute()
        plan = self.promise()
        self.founded(hold)
        item = self.claim.move_line_id
        transfer = self.env["recouv.transfer"].create(
            {
                "kind": "doubtful",
                "origin_line_id": item.id,
                "amount_currency": item.amount_residual_currency,
                "target_partner_id": self.patient.id,
            }
        )
        transfer.action_post()
        self.look()
        self.assertNotEqual(self.claim.move_line_id, item)
        self.assertEqual((plan.amount_paid, plan.standing), (0, "running"))

    def test_who_keeps_his_word_is_not_relanced_early(self):
        hold = self.dispute()
        plan = self.promise()
        self.founded(hold)
        with freeze_time("2026-07-10"):
            self.pay(self.move, 100)
            self.look()
            self.assertEqual((plan.amount_paid, plan.standing), (100, "running"))
            self.assertEqual(self.claim.suspension, "hold")
            asked = self.propose(date(2026, 7, 10)).notice_ids.line_ids.claim_id
            self.assertTrue(asked, "his other invoice, on which he promised nothing")
            self.assertNotIn(self.claim, asked)
            self.pay(self.move, 100)
            self.look()
            self.assertEqual((plan.amount_paid, plan.standing), (200, "kept"))
            self.assertEqual(self.move.amount_residual, 0)

    def test_it_fills_no_instalment(self):
        hold = self.dispute()
        plan = self.agree("plan", [(JULY, 100), (AUGUST, 100)])
        self.founded(hold)
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [0, 0])
        self.assertEqual(self.standing(plan, date(2026, 7, 20)), "broken")

    def test_what_is_credited_beyond_lowers_what_is_to_be_paid(self):
        hold = self.dispute()
        plan = self.promise()
        self.founded(hold, 150)
        self.assertEqual((self.move.amount_residual, plan.amount_paid), (150, 50))
        self.pay(self.move, 150)
        self.assertEqual(self.standing(plan), "kept")

    def test_of_an_agreement_on_all_a_credit_note_lowers_what_is_to_be_paid(self):
        plan = self.agree("plan", [(JULY, 100), (AUGUST, 200)])
        self.credit(100)
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [100, 0])
        self.pay(self.move, 200)
        self.assertEqual(self.standing(plan), "kept")

    def test_a_credit_of_another_invoice_is_his_own_money(self):
        self.dispute()
        plan = self.promise()
        other = self.make_invoice(amount=50, due=TODAY)
        self.pay(other)
        credit = self.credit(50, other)
        (credit | self.move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.look()
        self.assertEqual((self.move.amount_residual, plan.amount_paid), (250, 50))

    def test_what_it_replaced_still_fits_after_the_credit_note(self):
        hold = self.dispute()
        first = self.promise()
        second = self.agree("plan", [(JULY, 100), (AUGUST, 100)], replace=True)
        self.founded(hold)
        second.undo("Wrong dates")
        self.look()
        self.assertEqual((first.standing, first.amount_paid), ("running", 0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyPlanCredit(AgencyCommon):
    """The practice credits what was disputed of a claim that its agency collects."""

    def test_the_practices_credit_note_pays_nothing_of_the_promise(self):
        move = self.make_invoice(due=date(2026, 1, 5), amount=120.0)
        self.propose()
        claim = self.claims_of(move)
        mirror = self.place(claim)
        claim.with_user(self.secretary)._hold("dispute", amount_disputed=50)
        self.env.invalidate_all()
        plan = mirror._agree("promise", [(END, None)], source="call")
        self.assertEqual((plan.amount_start, plan.amount_total), (120, 70))
        self.make_invoice(amount=50, move_type="out_refund", reversed_entry_id=move.id)
        self.env.invalidate_all()
        self.assertEqual((move.amount_residual, plan.amount_paid), (70, 0))
        self.pay(move, 70, TODAY)
        self.env.invalidate_all()
        self.assertEqual((plan.amount_paid, plan.standing), (70, "kept"))

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .agency_common import AgencyCommon
from .common import TODAY
from .test_in_payment import InPayment


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMirrorPlan(AgencyCommon):
    """What an agency agrees with a debtor: paid as the practice's books say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.mirror = cls.place(cls.claims_of(cls.invoice))
        days = (TODAY + timedelta(days=10), TODAY + timedelta(days=40))
        cls.plan = cls.mirror._agree(
            "plan", [(day, 60.0) for day in days], source="call"
        )

    def test_a_plan_suspends_the_agencys_relance(self):
        self.assertEqual(self.mirror.suspension, "plan")
        self.assertFalse(self.agency_run().notice_ids)

    def test_the_debtor_acknowledges_to_the_practice_not_to_its_agency(self):
        values = self.plan._acknowledgment_values()
        self.assertIn(self.company.name, values["recognition"])
        self.assertNotIn(self.agency.name, values["recognition"] + values["creditor"])
        self.assertIn(self.agency.name, values["agent"])
        self.assertFalse(values["number"])

    def test_an_agency_holds_no_cheque_on_an_instalment(self):
        line = self.plan.line_ids[:1]
        self.assertFalse(line.takes_cheque)
        with self.assertRaisesRegex(UserError, "under Receipts"):
            line.action_receive_cheque()

    def test_what_the_practice_received_pays_the_plan(self):
        self.pay(self.invoice, 60.0, TODAY)
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.amount_paid, 60.0)
        self.assertEqual(self.plan.standing, "running")
        self.pay(self.invoice, 60.0, TODAY)
        self.plan.invalidate_recordset()
        self.assertEqual(self.plan.standing, "kept")

    def test_a_broken_plan_lets_the_agency_go_on(self):
        day = TODAY + timedelta(days=30)
        with freeze_time(day):
            self.plan.invalidate_recordset()
            self.mirror.invalidate_recordset()
            self.assertEqual(self.plan.standing, "broken")
            run = self.agency_run(day)
            self.assertEqual(run.notice_ids.line_ids.claim_id, self.mirror.sudo())

    def test_a_recall_ends_the_plan_and_says_not_why(self):
        claim = self.claims_of(self.invoice).with_user(self.practitioner)
        claim._recall("Related to the mayor: out of regard", "tact")
        plan = self.plan.with_user(self.agent)
        self.env.invalidate_all()
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(plan.cancel_reason, "The practice has called it back.")
        said = " ".join(str(row) for row in plan.message_ids.mapped("body"))
        said += " ".join(str(row) for row in self.mirror.message_ids.mapped("body"))
        self.assertNotIn("mayor", said)
        line = self.env["recouv.placement.line"].with_user(self.practitioner)
        line = line.search([("claim_id", "=", claim.id)])
        self.assertIn("mayor", line.answer_reason)

    def test_a_part_disputed_with_the_agency_is_not_asked(self):
        self.plan.sudo()._cancel("x")
        self.env["recouv.hold"].with_user(self.agent).create(
            {
                "company_id": self.agency.id,
                "claim_ids": [(6, 0, self.mirror.ids)],
                "reason": "dispute",
                "amount_disputed": 50.0,
            }
        )
        self.mirror.invalidate_recordset()
        self.assertEqual(self.agency_run().notice_ids.amount, 70.0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMirrorPlanInPayment(InPayment, TestMirrorPlan):
    """Where a registered payment has no entry until the bank confirms it."""

    def test_what_the_practice_takes_at_its_desk_pays_the_plan(self):
        item = self.invoice._recouv_receivable_items()
        act = self.env["recouv.collection"]._take(
            {
                "company": self.company,
                "partner": self.invoice.partner_id,
                "method": "card",
                "amount": 60.0,
                "currency": self.company.currency_id,
                "date": TODAY,
                "lines": [(item, 60.0)],
            }
        )
        self.assertFalse(act.payment_id.move_id)
        with freeze_time(TODAY + timedelta(days=30)):
            self.env.invalidate_all()
            self.assertEqual(self.plan.amount_paid, 60.0)
            self.assertEqual(self.plan.standing, "running")

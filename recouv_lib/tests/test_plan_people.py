"""Agreements meeting the rest: cheques held, replies, forecast, careful people."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlanPeople(RecouvCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(amount=90)
        cls.propose()
        cls.claim = cls.claims_of(cls.move).with_user(cls.secretary)

    def plan(self):
        lines = [(date(2026, month, 20), 30) for month in (6, 7, 8)]
        return self.claim._agree("plan", lines, source="counter")

    def receive_cheque(self, line):
        """Take the cheque of an instalment with the button of its line."""
        context = line.action_receive_cheque()["context"]
        dialog = Form(
            self.env["recouv.collect"].with_user(self.secretary).with_context(**context)
        )
        dialog.print_receipt = False
        wizard = dialog.save()
        wizard.action_collect()
        return wizard.collection_id.cheque_ids

    # --- cheques held ---------------------------------------------------------------

    def test_a_cheque_is_held_until_the_day_of_its_instalment(self):
        line = self.plan().line_ids[1]
        cheque = self.receive_cheque(line)
        self.assertEqual((cheque.amount, cheque.deposit_on), (30, line.date))
        self.assertTrue(line.has_cheque)
        self.assertEqual(line.amount_paid, 0)

    def test_three_cheques_of_a_plan_are_banked_one_after_the_other(self):
        plan = self.plan()
        cheques = self.env["recouv.cheque"]
        for line in plan.line_ids:
            cheques |= self.receive_cheque(line)
        for day, paid in (("2026-06-20", 30), ("2026-07-20", 60), ("2026-08-20", 90)):
            with freeze_time(day):
                slip = self.env["recouv.deposit"].with_user(self.secretary).create({})
                slip.action_add_due()
                slip.action_done()
                plan.invalidate_recordset()
                self.assertEqual(plan.amount_paid, paid)
        self.assertEqual(plan.standing, "kept")

    # --- replies --------------------------------------------------------------------

    def test_a_reply_becomes_a_plan_and_is_handled(self):
        reply = (
            self.env["recouv.inbound"]
            .with_user(self.secretary)
            ._keep(self.company, "sms", "+33612345678", "En deux fois ?", self.patient)
        )
        action = reply.action_plan()
        wizard = Form(
            self.env["recouv.plan.wizard"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        wizard.count = 2
        wizard.save().action_agree()
        self.assertEqual(reply.state, "handled")
        self.assertEqual(self.claim.plan_ids.source, "sms")
        self.assertEqual(self.claim.suspension, "plan")

    def test_a_promise_set_as_a_suspension_is_an_agreement(self):
        self.env["recouv.hold.wizard"].with_user(self.secretary).create(
            {
                "claim_ids": [(6, 0, self.claim.ids)],
                "reason": "promise",
                "date_to": date(2026, 6, 25),
            }
        ).action_apply()
        self.assertEqual(self.claim.plan_ids.kind, "promise")

    # --- forecast -------------------------------------------------------------------

    def test_what_is_agreed_is_known_to_the_forecast(self):
        self.plan()
        known = self.env["recouv.forecast"]._known_receipts(self.company, TODAY)
        self.assertEqual(sum(amount for _claim, _day, amount in known), 90)
        self.assertEqual(known[0][:2], (self.claim.id, date(2026, 6, 20)))

    # --- careful people -------------------------------------------------------------

    def test_the_guardian_signs_for_a_protected_adult(self):
        guardian = self.make_patient("Guardian")
        self.patient.write(
            {"recouv_protection": "tutelle", "recouv_guardian_id": guardian.id}
        )
        self.assertEqual(self.plan().signatory_id, guardian)

    def test_nobody_signs_for_a_protected_adult_without_guardian(self):
        self.patient.recouv_protection = "tutelle"
        with self.assertRaisesRegex(UserError, "Nobody can sign"):
            self.plan()

    def test_a_person_created_as_deceased_is_suspended(self):
        person = self.make_patient("Gone", recouv_deceased_on=date(2026, 6, 1))
        self.assertEqual(person.recouv_hold_ids.reason, "deceased")

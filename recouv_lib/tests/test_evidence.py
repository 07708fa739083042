from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .money_common import MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMoneyEvidence(MoneyCommon):
    """Who paid what is recorded by what was done, and typed by nobody: also not by
    who speaks to the server past the screens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.env(user=cls.secretary)

    def assertNotEdited(self, record, **values):
        for name, value in values.items():
            with (
                self.subTest(record=record, name=name),
                self.assertRaisesRegex(UserError, f"{name}|is part of the history"),
            ):
                record.with_user(self.secretary).write({name: value})

    def test_a_collection_is_not_rewritten(self):
        act = self.collect(amount=100, parts={"old": 100})
        self.assertNotEdited(
            act,
            amount=1,
            partner_id=self.make_patient("Louise Bernard").id,
            payment_id=False,
            receipt_prints=0,
            undone_on=False,
            line_ids=[Command.clear()],
            cheque_ids=[Command.create({})],
        )
        self.assertNotEdited(act.line_ids, amount=1, residual_after=0)

    def test_nothing_of_it_is_made_or_deleted_by_hand(self):
        cheque = self.collect(method="cheque").cheque_ids
        self.bounce(cheque.payment_id)
        act = cheque.collection_id
        for record in (act, act.line_ids[:1], cheque, act.bounce_ids):
            mine = record.with_user(self.secretary)
            with self.subTest(record._name), self.assertRaisesRegex(UserError, "hand"):
                mine.create({"company_id": self.company.id})
            with self.subTest(record._name), self.assertRaises(UserError):
                mine.copy()
            with self.assertRaises(UserError):
                mine.unlink()
        with self.assertRaisesRegex(UserError, "part of the history"):
            act.line_ids[:1].with_user(self.secretary).unlink()

    def bounce(self, payment):
        return self.desk["recouv.bounce"]._bounce(
            payment.with_user(self.secretary), TODAY, "funds"
        )

    def test_a_way_round_through_its_neighbours_is_closed(self):
        act = self.collect()
        payment = act.payment_id.with_user(self.secretary)
        for command in (
            Command.update(act.id, {"amount": 1}),
            Command.unlink(act.id),
            Command.create({"amount": 5}),
        ):
            with self.subTest(command=command), self.assertRaises(UserError):
                payment.write({"recouv_collection_ids": [command]})

    def test_no_context_from_outside_opens_the_door(self):
        act = self.collect().with_user(self.secretary)
        for word in (True, 1, "RECORDING", {"__class__": "object"}):
            with self.subTest(word=word), self.assertRaises(UserError):
                act.with_context(recouv_recording=word).write({"amount": 1})

    def test_what_an_act_makes_does_not_carry_the_right_to_record(self):
        act = self.collect()
        made = self.desk["recouv.collection"]._take(
            {
                "company": self.company,
                "partner": self.patient.with_user(self.secretary),
                "method": "cash",
                "amount": 5,
                "currency": act.currency_id,
                "date": TODAY,
            }
        )
        with self.assertRaises(UserError):
            made.amount = 1
        with self.assertRaises(UserError):
            made.payment_id.recouv_collection_ids.amount = 1

    def test_a_held_cheque_is_completed_a_banked_one_is_not(self):
        cheque = self.collect(method="cheque").cheque_ids.with_user(self.secretary)
        with Form(cheque) as form:
            form.number = "0012345"
            form.note = "signed by her mother"
        self.assertEqual((cheque.number, cheque.state), ("0012345", "held"))
        self.assertNotEdited(
            cheque, state="deposited", amount=1, hold_id=False, received_on="2026-01-01"
        )
        self.deposit(cheque).action_done()
        self.assertNotEdited(cheque, number="1", drawer="x", deposit_id=False)
        with Form(cheque) as form:
            form.note = "called her"
        self.assertEqual(cheque.note, "called her")

    def test_a_slip_is_prepared_by_a_person_then_evidence(self):
        cheque = self.collect(method="cheque").cheque_ids
        form = Form(self.desk["recouv.deposit"])
        form.journal_id = self.bank
        form.cheque_ids.add(cheque)
        slip = form.save()
        with Form(slip) as form:
            form.date = "2026-06-14"
            form.date = TODAY
        self.assertNotEdited(slip, state="done", name="REM/1")
        slip.action_done()
        self.assertNotEdited(
            slip, date="2026-06-01", cheque_ids=[Command.clear()], state="draft"
        )

    def test_no_default_from_outside_makes_a_slip_that_was_never_banked(self):
        Deposit = self.desk["recouv.deposit"]
        with self.assertRaisesRegex(UserError, "state"):
            Deposit.create({"state": "done"})
        slip = Deposit.with_context(default_state="done", default_name="X").create({})
        self.assertEqual(slip.state, "draft")
        self.assertTrue(slip.name.startswith("REM/"))
        with self.assertRaises(UserError):
            slip.state = "done"

    def test_a_cheque_is_not_slipped_into_what_is_banked(self):
        slip = self.deposit(self.collect(self.old, method="cheque").cheque_ids)
        slip.action_done()
        late = self.collect(self.young, method="cheque").cheque_ids
        with self.assertRaisesRegex(UserError, "not being prepared"):
            late.with_user(self.secretary).write({"deposit_id": slip.id})

    def test_a_bounce_keeps_its_day_and_reason(self):
        bounce = self.bounce(self.collect().payment_id)
        self.assertNotEdited(
            bounce, date="2026-01-01", reason="closed", handled_on=TODAY, move_id=False
        )
        with Form(bounce.with_user(self.secretary)) as form:
            form.note = "rang her"
        bounce.with_user(self.secretary).action_handled()
        self.assertTrue(bounce.handled_on)

    def test_an_agreement_is_not_taken_off_its_claim(self):
        claim = self.claims_of(self.old).with_user(self.secretary)
        plan = claim._agree("promise", [(TODAY, None)], source="call")
        with self.assertRaisesRegex(UserError, "never edited"):
            claim.write({"plan_ids": [Command.clear()]})
        with self.assertRaisesRegex(UserError, "date_end"):
            plan.date_end = "2030-01-01"
        with self.assertRaisesRegex(UserError, "hand"):
            plan.line_ids.create({"plan_id": plan.id, "date": TODAY, "amount": 1})

from datetime import date

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHold(RecouvCommon):
    """Suspensions as a secretary sets and lifts them, and what the run does of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_patient = cls.make_patient("Louise Bernard")
        cls.move = cls.make_invoice()
        cls.other_move = cls.make_invoice(cls.other_patient)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)
        cls.other_claim = cls.claims_of(cls.other_move)
        cls.both = cls.claim | cls.other_claim

    def wizard(self, records, method="action_suspend", **values):
        """The dialog as a secretary opens it from ``records``."""
        action = getattr(records.with_user(self.secretary), method)()
        model = self.env[action["res_model"]].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def suspend(self, records, method="action_suspend", **values):
        self.wizard(records, method, **values).action_apply()

    def test_several_claims_are_suspended_in_one_go(self):
        self.suspend(self.both, reason="hospitalised", note="Until summer")
        self.assertEqual(set(self.both.mapped("suspension")), {"hold"})
        self.assertFalse(self.propose().notice_ids)

    def test_a_contact_of_the_debtor_stands_for_the_debtor(self):
        contact = self.env["res.partner"].create(
            {"name": "Luc", "parent_id": self.patient.id}
        )
        hold = self.env["recouv.hold"].create(
            {
                "partner_id": contact.id,
                "reason": "deceased",
                "company_id": self.company.id,
            }
        )
        self.assertEqual(hold.partner_id, self.patient)
        self.assertEqual(self.claim.suspension, "hold")

    def test_a_dispute_of_the_whole_suspends_and_says_so(self):
        self.suspend(self.claim, reason="dispute")
        self.assertEqual(self.claim.suspension, "dispute")
        self.assertEqual(self.claim.amount_disputed, 0.0)

    def test_a_promise_expires_and_the_schedule_resumes(self):
        self.suspend(self.claim, reason="promise", date_to=date(2026, 6, 20))
        self.assertFalse(self.propose().notice_ids.filtered(self.is_mine))
        with freeze_time("2026-06-23"):  # the promise has two days of grace
            self.env.invalidate_all()
            self.assertEqual(self.claim.suspension, "none")
            run = self.propose(day=date(2026, 6, 23))
            self.assertTrue(run.notice_ids.filtered(self.is_mine))

    def is_mine(self, notice):
        return notice.partner_id == self.patient

    def test_a_suspended_person_is_suspended_for_what_comes_later(self):
        self.suspend(self.claim, reason="over_indebted", whole_debtor=True)
        later = self.make_invoice(due=date(2026, 6, 3))
        self.propose()
        self.assertEqual(self.claims_of(later).suspension, "hold")

    def test_the_person_is_suspended_from_the_contact(self):
        self.suspend(self.patient, "action_recouv_suspend", reason="deceased")
        hold = self.patient.recouv_hold_ids
        self.assertEqual(hold.reason, "deceased")
        self.assertEqual(self.claim.suspension, "hold")

    def test_invoices_are_suspended_from_their_list(self):
        moves = self.move | self.other_move
        self.suspend(moves, "action_recouv_suspend", reason="other")
        self.assertEqual(set(self.both.mapped("suspension")), {"hold"})
        self.assertEqual(self.move.recouv_suspension, "hold")

    def test_contacts_are_suspended_from_their_list(self):
        chosen = self.patient | self.other_patient
        wizard = Form(
            self.env["recouv.hold.wizard"]
            .with_user(self.secretary)
            .with_context(active_model="res.partner", active_ids=chosen.ids)
        ).save()
        wizard.action_apply()
        self.assertEqual(set(self.both.mapped("suspension")), {"hold"})

    def test_lifting_for_one_claim_leaves_the_other_suspended(self):
        self.suspend(self.both, reason="other")
        self.suspend(self.claim, "action_lift", lift_note="Called")
        self.assertEqual(self.claim.suspension, "none")
        self.assertEqual(self.other_claim.suspension, "hold")
        past = self.claim.all_hold_ids
        self.assertEqual(past.lifted_by_id, self.secretary)
        self.assertEqual(past.lift_note, "Called")

    def test_lifting_in_bulk_lifts_all(self):
        self.suspend(self.both, reason="other")
        self.suspend(self.both, "action_lift")
        self.assertEqual(set(self.both.mapped("suspension")), {"none"})
        self.assertEqual(len(self.propose().notice_ids), 2)

    def test_lifting_from_the_contact_lifts_the_person(self):
        self.suspend(self.patient, "action_recouv_suspend", reason="other")
        self.suspend(self.patient, "action_recouv_lift")
        self.assertEqual(self.claim.suspension, "none")

    def test_a_lifted_suspension_leaves_again_the_same_day(self):
        self.suspend(self.claim, reason="other")
        self.claim._active_holds().with_user(self.secretary).action_lift()
        self.assertTrue(self.propose().notice_ids.filtered(self.is_mine))

    def test_nothing_to_lift_is_said(self):
        with self.assertRaisesRegex(UserError, "Nothing suspends"):
            self.suspend(self.claim, "action_lift")

    def test_a_suspension_between_proposal_and_sending_stops_the_notice(self):
        run = self.propose()
        self.suspend(self.claim, reason="other")
        notice = run.notice_ids.filtered(self.is_mine)
        notice.action_approve()
        self.assertFalse(notice._recheck())
        self.assertEqual((notice.state, notice.cancel_code), ("cancelled", "hold"))

    def test_a_suspension_says_what_it_suspends(self):
        with self.assertRaises(ValidationError):
            self.env["recouv.hold"].with_user(self.secretary).create(
                {"reason": "other", "company_id": self.company.id}
            )

    def test_the_reason_never_relance_is_kept_for_ever(self):
        self.suspend(self.claim, reason="never")
        with freeze_time("2030-01-01"):
            self.env.invalidate_all()
            self.assertEqual(self.claim.suspension, "hold")

    def test_a_suspension_in_another_company_does_not_reach_this_one(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.env["recouv.hold"].create(
            {"company_id": other.id, "partner_id": self.patient.id, "reason": "other"}
        )
        self.assertEqual(self.claim.suspension, "none")

    def test_a_suspension_of_two_claims_shows_on_both_screens(self):
        self.suspend(self.both, reason="complaint")
        self.assertEqual(self.claim.all_hold_ids, self.other_claim.all_hold_ids)

    def test_the_explanation_tells_the_end_of_the_suspension(self):
        self.suspend(self.claim, reason="promise", date_to=date(2026, 6, 20))
        reason = self.claim.with_user(self.secretary)._explain()[0]
        # the promised day and its two days of grace
        self.assertEqual((reason["code"], reason["until"]), ("hold", date(2026, 6, 22)))

    def test_a_claim_cannot_be_suspended_in_another_company(self):
        other = self.setup_other_company(name="Other practice")["company"]
        with self.assertRaises(UserError):
            self.env["recouv.hold"].create(
                {
                    "company_id": other.id,
                    "claim_ids": [Command.set(self.claim.ids)],
                    "reason": "other",
                }
            )

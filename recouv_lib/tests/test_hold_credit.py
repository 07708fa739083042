from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .agency_common import AgencyCommon
from .common import TODAY
from .test_hold_case import CaseCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFounded(CaseCommon):
    """A founded case suspends until the credit note that it promises is posted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.other_move = self.make_invoice(due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.other = self.claims_of(self.other_move)
        self.both = self.claim | self.other

    def whole_debtor(self, **values):
        person = {"claim_ids": False, "partner_id": self.patient.id}
        return self.hold(**person, **values)

    def credit(self, move, amount=30.0):
        return self.make_invoice(
            amount=amount, move_type="out_refund", reversed_entry_id=move.id
        )

    def suspensions(self):
        self.env.invalidate_all()
        return self.both.mapped("suspension")

    def test_a_dispute_of_the_whole_debtor_opens_the_credit_notes(self):
        hold = self.whole_debtor()
        action = hold.action_close_case("founded")
        self.assertEqual(action["res_model"], "account.move.reversal")
        invoices = self.move | self.other_move
        self.assertEqual(set(action["context"]["active_ids"]), set(invoices.ids))
        self.assertFalse(hold.lifted_by_id)
        self.assertFalse(self.propose().notice_ids)

    def test_it_ends_with_the_last_of_them(self):
        hold = self.whole_debtor()
        hold.action_close_case("partly_founded")
        self.credit(self.move)
        self.assertFalse(hold.lifted_by_id, "the other invoice still asks the old sum")
        self.credit(self.other_move)
        self.assertTrue(hold.lifted_by_id)

    def test_an_invoice_paid_meanwhile_is_waited_for_no_more(self):
        hold = self.whole_debtor()
        hold.action_close_case("founded")
        self.pay(self.other_move)
        self.env.invalidate_all()
        self.credit(self.move)
        self.assertTrue(hold.lifted_by_id)

    def test_a_credit_note_from_before_the_dispute_is_not_its_own(self):
        hold = self.whole_debtor()
        hold.action_close_case("founded")
        earlier = self.credit(self.move)
        self.env.cr.execute(
            SQL(
                "UPDATE account_move SET create_date = create_date - interval '1 day' "
                "WHERE id = %s",
                earlier.id,
            )
        )
        self.env.invalidate_all()
        self.credit(self.other_move)
        self.assertFalse(hold.lifted_by_id)

    def test_who_owes_nothing_has_nothing_to_be_credited(self):
        self.pay(self.move)
        self.pay(self.other_move)
        self.env.invalidate_all()
        hold = self.whole_debtor()
        self.assertTrue(hold.action_close_case("founded"))
        self.assertEqual(hold.lift_note, "Founded")

    def test_where_nothing_can_be_credited_it_stays_suspended_and_says_so(self):
        hold = self.hold()
        self.claim.sudo().move_id = False
        action = hold.action_close_case("founded")
        self.assertIn("stays suspended", action["params"]["message"])
        self.assertEqual(self.suspensions()[0], "dispute")

    def test_each_invoice_waits_for_its_own_credit_note(self):
        hold = self.hold(claim_ids=[Command.set(self.both.ids)])
        hold.action_close_case("founded")
        self.credit(self.move)
        self.assertEqual(self.suspensions(), ["none", "dispute"])
        self.assertEqual((hold.claim_ids, hold.outcome), (self.other, "founded"))
        ended = self.claim.hold_ids
        self.assertEqual((ended.split_from_id, ended.outcome), (hold, "founded"))
        self.assertIn("Credit note", ended.lift_note)
        self.credit(self.other_move)
        self.assertEqual(self.suspensions(), ["none", "none"])

    def test_a_complaint_keeps_its_number_when_one_of_its_invoices_is_credited(self):
        hold = self.hold(claim_ids=[Command.set(self.both.ids)], reason="complaint")
        hold.action_close_case("founded")
        self.credit(self.move)
        complaints = self.both.hold_ids.filtered(lambda h: h.reason == "complaint")
        self.assertEqual(len(complaints), 2)
        self.assertEqual(set(complaints.mapped("number")), {hold.number})

    def undo(self, hold, reason="Wrong case"):
        action = hold.action_ask_undo()
        model = self.env["recouv.undo"].with_user(self.secretary)
        dialog = model.with_context(**action["context"]).create({"reason": reason})
        summary = dialog.summary
        dialog.action_undo()
        return summary

    def test_founded_by_mistake_is_undone_and_the_case_is_open_again(self):
        hold = self.hold()
        hold.action_close_case("founded")
        self.assertIn("without the outcome “Founded”", self.undo(hold))
        self.assertFalse(hold.outcome or hold.outcome_on or hold.undone_on)
        self.assertIn("“Founded” taken back: Wrong case", hold.history)
        self.assertEqual(self.suspensions()[0], "dispute")
        self.assertNotIn(self.claim, self.propose().notice_ids.line_ids.claim_id)
        self.credit(self.move)
        self.assertFalse(hold.lifted_by_id, "it waits for no credit note any more")
        hold.action_close_case("unfounded")
        self.assertEqual(self.suspensions()[0], "none")

    def test_of_a_part_the_part_is_still_not_asked(self):
        hold = self.hold(amount_disputed=30.0)
        hold.action_close_case("partly_founded")
        self.undo(hold)
        lines = self.propose().notice_ids.line_ids
        asked = lines.filtered(lambda line: line.claim_id == self.claim)
        self.assertEqual((asked.amount, self.claim.amount_disputed), (70.0, 30.0))

    def test_undone_a_second_time_the_case_itself_is_void(self):
        hold = self.hold()
        hold.action_close_case("founded")
        self.undo(hold)
        self.assertNotIn("outcome", self.undo(hold, "Wrong debtor"))
        self.assertEqual(hold.undo_reason, "Wrong debtor")
        self.assertEqual(self.suspensions()[0], "none")

    def test_lifted_by_hand_after_founded_it_stands_again(self):
        hold = self.hold()
        hold.action_close_case("founded")
        hold.action_lift_selected()
        self.undo(hold)
        self.assertFalse(hold.outcome or hold.lifted_by_id or hold.undone_on)
        self.assertEqual(self.suspensions()[0], "dispute")

    def test_a_credit_note_of_another_invoice_ends_nothing(self):
        hold = self.hold()
        hold.action_close_case("founded")
        self.credit(self.other_move)
        self.assertFalse(hold.lifted_by_id)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFoundedAtTheAgency(AgencyCommon):
    """An agency credits nothing: it asks the practice, and asks the debtor nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.mirror = cls.place(cls.claims_of(cls.invoice))

    def close(self, outcome="founded", **values):
        hold = (
            self.env["recouv.hold"]
            .with_user(self.agent)
            .create(
                {
                    "company_id": self.agency.id,
                    "claim_ids": [Command.set(self.mirror.ids)],
                    "reason": "dispute",
                    **values,
                }
            )
        )
        return hold, hold.action_close_case(outcome)

    def asked(self):
        return self.env["recouv.agent.request"].sudo().search([])

    def test_it_asks_the_practice_and_stays_suspended(self):
        hold, action = self.close()
        self.assertIn("practice was asked", action["params"]["message"])
        request = self.asked()
        self.assertEqual(request.sudo().agency_claim_id, self.mirror)
        self.assertEqual((request.kind, request.standing), ("other", "waiting"))
        self.assertIn("Founded", request.words)
        self.assertFalse(hold.lifted_by_id)
        self.assertFalse(self.agency_run().notice_ids)

    def test_of_a_part_it_says_which_sum(self):
        self.close("partly_founded", amount_disputed=50.0)
        self.assertIn("50", self.asked().words)

    def test_undone_the_practice_is_asked_no_more(self):
        hold, _action = self.close("partly_founded", amount_disputed=50.0)
        asked = self.asked()
        own_words = (
            self.env["recouv.agent.request"]
            .with_user(self.agent)
            ._ask(self.mandate, self.mirror, "other", words="Please call us.")
        )
        hold.undo("Wrong case")
        self.assertEqual((hold.outcome, hold.undone_on), (False, False))
        self.assertEqual(asked.standing, "withdrawn")
        self.assertEqual(own_words.standing, "waiting")

    def test_undone_after_the_sum_was_corrected_too(self):
        hold, _action = self.close("partly_founded", amount_disputed=100.0)
        asked = self.asked()
        hold.amount_disputed = 40.0
        hold.undo("Wrong case")
        self.assertEqual(asked.standing, "withdrawn")

    def test_a_practice_credits_its_own_claim_that_is_with_an_agency(self):
        claim = self.claims_of(self.invoice)
        self.assertEqual(claim.holder, "agency")
        hold = (
            self.env["recouv.hold"]
            .with_user(self.secretary)
            .create(
                {
                    "company_id": self.company.id,
                    "claim_ids": [Command.set(claim.ids)],
                    "reason": "dispute",
                }
            )
        )
        action = hold.action_close_case("founded")
        self.assertEqual(action["res_model"], "account.move.reversal")
        self.assertEqual(action["context"]["active_ids"], self.invoice.ids)
        self.assertFalse(self.asked())

    def test_a_dispute_of_the_whole_debtor_asks_for_what_he_owes(self):
        self.close(claim_ids=False, partner_id=self.mirror.partner_id.id)
        self.assertEqual(self.asked().sudo().agency_claim_id, self.mirror)

    def test_the_practices_credit_note_ends_it_and_names_nobody(self):
        hold, _action = self.close()
        self.make_invoice(
            amount=30.0, move_type="out_refund", reversed_entry_id=self.invoice.id
        )
        self.assertEqual(hold.lifted_by_id, self.env.ref("base.user_root"))
        self.assertEqual(hold.lift_note, "The practice has credited it.")

    def test_the_agency_goes_on_by_hand_when_the_practice_refuses(self):
        hold, _action = self.close()
        hold.action_lift_selected()
        self.assertTrue(self.agency_run().notice_ids)

    def test_without_a_mandate_in_force_the_case_stays_open(self):
        self.mandate._record({"state": "draft"})
        with self.assertRaisesRegex(UserError, "not in force"):
            self.close()

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY
from .placement_common import PlacementCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacement(PlacementCommon):
    """Handing over by hand: what goes, what stays, why, and who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claim = cls.open_claim()

    # --- the dialog -----------------------------------------------------------------

    def test_the_dialog_says_what_goes_what_stays_and_why(self):
        disputed = self.open_claim(50.0)
        disputed._hold("dispute")
        overrun = self.open_claim(30.0, recouv_overrun_amount=10.0)
        wizard = self.examine(self.claim | disputed | overrun)
        self.assertEqual((wizard.goes_count, wizard.goes_amount), (1, 120.0))
        self.assertEqual((wizard.review_count, wizard.review_amount), (1, 30.0))
        self.assertEqual(wizard.stays_count, 1)
        self.assertIn("answer the dispute first", wizard.why_they_stay)
        fates = {line.claim_id: (line.fate, line.code) for line in wizard.line_ids}
        self.assertEqual(fates[disputed], ("stays", "dispute"))

    def test_handing_over_now_leaves_what_is_to_review_in_a_draft(self):
        overrun = self.open_claim(30.0, recouv_overrun_amount=10.0)
        self.examine(self.claim | overrun).action_send()
        self.assertEqual(self.claim.placement_state, "proposed")
        self.assertEqual(overrun.placement_state, "draft")
        self.assertEqual(overrun.holder, "practice")

    def test_preparing_twice_extends_the_same_draft(self):
        self.examine(self.claim).action_propose()
        other = self.open_claim(40.0)
        self.examine(other).action_propose()
        placement = self.env["recouv.placement"].search([("state", "=", "draft")])
        self.assertEqual(placement.line_ids.claim_id, self.claim | other)
        again = self.examine(self.claim)
        self.assertEqual(again.line_ids.code, "in_draft")
        with self.assertRaisesRegex(UserError, "None of these claims may leave"):
            again.action_send()

    def test_without_a_mandate_the_dialog_says_what_to_do(self):
        self.mandate._record({"state": "revoked", "ended_on": TODAY})
        with self.assertRaisesRegex(UserError, "have one signed by the agency"):
            self.examine(self.claim)

    def test_a_secretary_hands_nothing_over_but_reads(self):
        with self.assertRaises(AccessError):
            self.claim.with_user(self.secretary).action_place()
        self.place(self.claim)
        lines = self.claim.with_user(self.secretary).placement_line_ids
        self.assertEqual(lines.mapped("state"), ["accepted"])
        with self.assertRaises(AccessError):
            lines.placement_id.action_send()
        with self.assertRaises(AccessError):
            self.claim.with_user(self.secretary)._recall("no")

    def test_claims_of_two_practices_are_handed_over_apart(self):
        of_the_agency = self.place(self.open_claim(20.0))
        both = self.claim.sudo() | of_the_agency.sudo()
        with self.assertRaisesRegex(UserError, "one practice at a time"):
            both.action_place()

    # --- sending --------------------------------------------------------------------

    def test_what_was_paid_meanwhile_stays_behind_with_its_reason(self):
        paid = self.open_claim(60.0)
        placement = self.draft(self.claim | paid)
        self.pay(paid.move_id, 60.0, TODAY)
        placement.action_send()
        line = placement.line_ids.filtered(lambda line: line.claim_id == paid)
        self.assertEqual((line.state, line.removed_code), ("removed", "settled"))
        self.assertIn("Nothing is owed", line.answer_reason)
        self.assertEqual(paid.holder, "practice")
        self.assertEqual(self.claim.holder, "agency")

    def test_when_nothing_may_leave_the_reason_is_told(self):
        placement = self.draft(self.claim)
        self.pay(self.claim.move_id, 120.0, TODAY)
        with self.assertRaisesRegex(UserError, "nothing is owed on it any more"):
            placement.action_send()

    def test_a_mandate_revoked_meanwhile_stops_the_sending(self):
        placement = self.draft(self.claim)
        self.mandate._record({"state": "revoked", "ended_on": TODAY})
        with self.assertRaisesRegex(UserError, "not in force"):
            placement.action_send()

    def test_a_placement_is_sent_once(self):
        placement = self.draft(self.claim)
        placement.action_send()
        with self.assertRaisesRegex(UserError, "was sent already"):
            placement.action_send()

    def test_an_empty_placement_is_not_sent(self):
        with self.assertRaisesRegex(UserError, "no claim to hand over"):
            self.draft(self.claim.browse()).action_send()

    def test_own_relances_stop_at_once(self):
        run = self.propose()
        self.assertEqual(run.notice_ids.state, "proposed")
        self.place(self.claim)
        self.assertEqual(run.notice_ids.state, "cancelled")
        self.assertEqual(run.notice_ids.cancel_code, "placed")
        self.assertFalse(self.propose(date(2026, 7, 30)).notice_ids)

    def test_the_schedule_fixes_principal_interest_and_basis(self):
        self.company.recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        placement = self.draft(self.claim)
        placement.action_send()
        line = placement.line_ids
        self.assertEqual(line.amount_principal, 120.0)
        self.assertGreater(line.amount_interest, 0)
        self.assertEqual(line.amount_total, 120.0 + line.amount_interest)
        self.assertIn(self.claim.reference, line.basis)
        self.assertIn("mise en demeure", line.basis)
        fixed = line.amount_interest
        self.pay(self.claim.move_id, 20.0, TODAY)
        self.assertEqual((line.amount_principal, line.amount_interest), (120.0, fixed))

    def test_what_may_not_be_asked_is_not_placed(self):
        self.claim.move_id.invoice_line_ids.recouv_exclusion = "missed_appointment"
        self.assertEqual(self.verdict(self.claim).code, "not_collectable")

    def test_the_bordereau_is_kept_and_says_nothing_of_care(self):
        placement = self.draft(self.claim)
        with patch.object(
            type(self.env["recouv.document"]), "_pdf", lambda *args: b"%PDF-1.4"
        ):
            placement.action_send()
        self.assertEqual(placement.document_id.res_id, placement.id)
        document = placement.document_id
        placement.action_print_schedule()
        self.assertEqual(placement.document_id, document)
        row = placement.line_ids._schedule_row()
        self.assertEqual(
            set(row),
            {"debtor", "reference", "due", "basis", "principal", "interest", "total"},
        )
        with self.assertRaises(AccessError):
            document.with_user(self.agent).read(["name"])

    def test_a_printer_that_is_missing_delays_the_paper_only(self):
        placement = self.draft(self.claim)

        def fails(*args):
            raise UserError(placement.name)

        documents = type(self.env["recouv.document"])
        with patch.object(documents, "_pdf", fails):
            placement.action_send()
        self.assertEqual(placement.state, "sent")
        self.assertFalse(placement.document_id)
        with patch.object(documents, "_pdf", lambda *args: b"%PDF-1.4"):
            self.env["recouv.placement"]._cron_print_schedules()
        self.assertTrue(placement.document_id)

    def test_a_draft_has_no_schedule_to_print(self):
        with self.assertRaisesRegex(UserError, "fixed when the claims are sent"):
            self.draft(self.claim).action_print_schedule()

    # --- what may not leave -----------------------------------------------------------

    def test_a_promise_that_runs_keeps_the_claim(self):
        self.claim._agree("promise", [(date(2026, 7, 1), None)], source="call")
        self.assertEqual(self.verdict(self.claim).code, "plan")
        with self.assertRaisesRegex(UserError, "agreement with the debtor runs"):
            self.draft(self.claim).action_send()

    def test_a_suspension_and_a_review_keep_the_claim(self):
        other = self.open_claim(20.0)
        other._hold("hospitalised")
        self.assertEqual(self.verdict(other).code, "hold")
        self.claim.in_review = True
        self.assertEqual(self.verdict(self.claim).code, "in_review")

    def test_money_not_allocated_keeps_the_claim(self):
        self.make_invoice(amount=10.0, move_type="out_refund")
        self.assertEqual(self.verdict(self.claim).code, "creditor_credit")

    def test_another_currency_than_the_agencys_stays(self):
        other = self.setup_other_currency("CHF")
        claim = self.open_claim(currency_id=other.id)
        self.assertEqual(self.verdict(claim).code, "currency")
        with self.assertRaisesRegex(UserError, "the agency collects in"):
            self.draft(claim).action_send()

    def test_an_unsigned_overrun_stays_until_a_manager_confirms_it(self):
        claim = self.open_claim(recouv_overrun_amount=50.0)
        self.assertEqual(self.verdict(claim).code, "unsigned_overrun")
        claim.with_user(self.practitioner).action_confirm_overrun()
        self.assertEqual(self.verdict(claim).code, "")
        self.assertEqual(self.verdict(claim).reviews, ("overrun",))

    # --- evidence ---------------------------------------------------------------------

    def test_what_was_handed_over_is_not_edited(self):
        placement = self.draft(self.claim)
        with self.assertRaises(UserError):
            placement.line_ids.write({"state": "accepted"})
        with self.assertRaises(UserError):
            placement.write({"state": "sent"})
        placement.action_send()
        with self.assertRaises(UserError):
            placement.line_ids.write({"amount_principal": 1})
        with self.assertRaises(UserError):
            placement.write({"date": date(2026, 1, 1)})
        with self.assertRaises(UserError):
            placement.unlink()
        with self.assertRaises(UserError):
            placement.line_ids.unlink()

    def test_nobody_makes_a_line_that_is_accepted_already(self):
        placement = self.draft(self.claim.browse())
        lines = placement.line_ids
        values = {"placement_id": placement.id, "claim_id": self.claim.id}
        with self.assertRaisesRegex(UserError, "not made by hand"):
            lines.create({**values, "state": "accepted"})
        line = lines.with_context(
            default_state="accepted", default_amount_principal=9999.0
        ).create(values)
        self.assertEqual((line.state, line.amount_principal), ("draft", 120.0))

    # --- undo -------------------------------------------------------------------------

    def test_a_placement_not_yet_accepted_is_undone(self):
        before = self.claim.next_step_id, self.claim.next_date
        placement = self.draft(self.claim)
        placement.action_send()
        mirror = placement.sudo().line_ids.agency_claim_id
        placement.undo("wrong list")
        self.assertEqual(self.claim.holder, "practice")
        self.assertEqual((self.claim.next_step_id, self.claim.next_date), before)
        self.assertEqual(mirror.close_reason, "recalled")
        self.assertEqual(placement.state, "closed")
        self.assertEqual(placement.undo_reason, "wrong list")
        self.assertEqual(placement.line_ids.state, "recalled")

    def test_what_the_agency_accepted_is_recalled_not_undone(self):
        self.place(self.claim)
        placement = self.claim.placement_line_ids.placement_id
        with self.assertRaisesRegex(UserError, "recall them instead"):
            placement.with_user(self.practitioner).undo("too late")

    def test_a_draft_has_nothing_to_undo(self):
        with self.assertRaisesRegex(UserError, "was not sent"):
            self.draft(self.claim).undo("no")

    # --- companies and users ----------------------------------------------------------

    def test_an_agency_that_holds_claims_is_not_archived(self):
        self.place(self.claim)
        with self.assertRaisesRegex(UserError, "1 claims are with an agency"):
            self.agency.sudo().active = False
        self.claim.with_user(self.practitioner)._recall("end of the mandate")
        self.agency._check_no_claim_held()

    def test_nobody_belongs_to_a_practice_and_to_its_agency(self):
        with self.assertRaisesRegex(ValidationError, "make two logins"):
            self.agent.company_ids = [Command.link(self.company.id)]
        with self.assertRaisesRegex(ValidationError, "make two logins"):
            self.practitioner.company_ids = [Command.link(self.agency.id)]

    def test_users_of_both_are_named_before_anything_is_sent(self):
        self.env.cr.execute(
            "INSERT INTO res_company_users_rel (cid, user_id) VALUES (%s, %s)",
            (self.agency.id, self.secretary.id),
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, self.secretary.login):
            self.draft(self.claim).action_send()

from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from .agency_common import AgencyCommon
from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClaimDocument(TransferCommon):
    """What stands on an entry by now is still judged by its invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.child = cls.make_patient("Zoé Martin")

    def confidential(self, **values):
        move = self.make_invoice(recouv_patient_id=self.child.id, **values)
        move.recouv_confidential = True
        move.with_user(self.manager).recouv_confidential_decision = "never"
        return move

    def doubtful(self, move):
        return self.transfer(move, "doubtful", partner=self.patient)

    def brought_back(self, move):
        share = self.transfer(move, date=date(2026, 6, 1))
        return share.action_reverse(
            "Rejected", date=date(2026, 6, 2), date_due=date(2026, 6, 3)
        )

    def day_after(self, days):
        return self.propose(TODAY + timedelta(days=days))

    # --- confidential care ----------------------------------------------------------

    def assertWaits(self, move, item):
        """No notice before the practitioner says so, whatever is owed; then one."""
        run = self.day_after(1)
        self.assertFalse(run.notice_ids)
        self.assertIn("confidential", run.skip_ids.mapped("code"))
        claim = item.recouv_claim_ids
        self.assertEqual((claim.move_id, claim.amount_residual), (move, 100))
        self.assertEqual(claim._explain()[0]["code"], "confidential")
        move.recouv_confidential_decision = "contact"
        self.assertEqual(self.day_after(2).notice_ids.amount, 100)

    def test_no_contact_holds_for_what_is_doubtful(self):
        move = self.confidential()
        self.propose(TODAY - timedelta(days=9))
        self.assertWaits(move, self.doubtful(move).target_line_id)

    def test_no_contact_holds_for_what_came_back(self):
        move = self.confidential()
        self.propose(TODAY - timedelta(days=9))
        self.assertWaits(move, self.brought_back(move).target_line_id)

    def test_the_practitioner_still_finds_it_in_his_day(self):
        move = self.confidential()
        move.recouv_confidential_decision = False
        self.doubtful(move)
        self.propose()
        day = self.env["recouv.day"].with_user(self.manager)
        section = {s.code: s for s in day._sections(TODAY)}["confidential"]
        moves = self.env["account.move"].with_user(self.manager)
        self.assertIn(move, moves.search(section.domain))

    def test_no_statement_and_no_thanks_tell_of_it(self):
        moves = self.confidential() | self.confidential()
        shown = self.make_invoice(amount=30)
        items = self.doubtful(moves[0]).target_line_id
        items |= self.brought_back(moves[1]).target_line_id
        lines = self.env["account.move.line"].with_user(self.cashier)
        found = self.patient.with_user(self.cashier)._recouv_open_items(
            self.company, lines._recouv_not_confidential()
        )
        self.assertEqual(found.move_id, shown)
        self.company.recouv_courtesy_thanks = True
        self.propose()
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=items.ids
        ).create({"payment_date": TODAY, "group_payment": True})._create_payments()
        self.assertFalse(self.env["recouv.courtesy"]._thanks(self.company, TODAY))

    # --- Odoo's own marks -----------------------------------------------------------

    def test_what_was_never_sent_is_not_relanced_as_doubtful(self):
        move = self.make_invoice(sent=False)
        self.doubtful(move)
        self.assertEqual(self.propose().skip_ids.code, "not_sent")
        move.is_move_sent = True
        notice = self.day_after(1).notice_ids
        self.assertEqual((notice.partner_id, notice.amount), (self.patient, 100))

    def test_what_came_back_was_told_in_a_letter_of_its_own(self):
        move = self.make_invoice(sent=False)
        self.brought_back(move)
        self.assertEqual(self.propose().notice_ids.amount, 100)

    def test_an_invoice_marked_as_blocked_stays_so(self):
        move = self.make_invoice()
        move.action_toggle_block_payment()
        self.doubtful(move)
        self.assertEqual(move.payment_state, "blocked")
        self.assertEqual(self.propose().skip_ids.code, "blocked")
        move.action_toggle_block_payment()
        self.assertEqual(self.day_after(1).notice_ids.amount, 100)

    # --- what may not be collected --------------------------------------------------

    def test_what_may_not_be_collected_is_not_asked_for_on_the_new_item(self):
        lines = [
            Command.create({"name": name, "price_unit": price, "tax_ids": [], **more})
            for name, price, more in (
                ("Fees", 100.0, {}),
                ("Missed", 30.0, {"recouv_exclusion": "missed_appointment"}),
            )
        ]
        move = self.make_invoice(invoice_line_ids=lines)
        doubtful = self.doubtful(move).target_line_id
        notice = self.propose().notice_ids
        self.assertEqual((doubtful.amount_residual, notice.amount), (130.0, 100.0))
        move.invoice_line_ids[1].recouv_exclusion = "remote_advice"
        self.assertEqual(doubtful.recouv_claim_ids.amount_excluded, 30.0)

    def test_a_part_that_came_back_is_asked_for_whole(self):
        lines = [
            Command.create({"name": name, "price_unit": price, "tax_ids": [], **more})
            for name, price, more in (
                ("Fees", 100.0, {}),
                ("Missed", 30.0, {"recouv_exclusion": "missed_appointment"}),
            )
        ]
        move = self.make_invoice(invoice_line_ids=lines)
        share = self.transfer(move, amount=70, date=date(2026, 6, 1))
        share.action_reverse("No", date=date(2026, 6, 2), date_due=date(2026, 6, 3))
        notices = self.propose().notice_ids
        # 60 of their own, 30 of it not collectable, and the 70 that came back
        self.assertEqual(sum(notices.mapped("amount")), 100.0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMirrorOfDoubtful(TransferCommon, AgencyCommon):
    """The agency collects what stands on an entry of the practice."""

    def test_confidential_care_is_suspended_for_the_agency_too(self):
        move = self.make_invoice(due=date(2026, 1, 5))
        self.propose()
        self.transfer(move, "doubtful", partner=self.patient)
        claim = self.claims_of(move)
        mirror = self.place(claim)
        self.assertEqual(self.agency_run().notice_ids.amount, 100)
        self.env["recouv.notice"].search([])._cancel("test")
        move.recouv_confidential = True
        self.assertEqual(mirror.sudo()._explain()[0]["code"], "practice_hold")

    def test_the_practitioner_is_told_before_it_is_handed_over(self):
        move = self.make_invoice(due=date(2026, 1, 5))
        self.propose()
        self.transfer(move, "doubtful", partner=self.patient)
        claim = self.claims_of(move)
        move.write(
            {"recouv_confidential": True, "recouv_confidential_decision": "contact"}
        )
        [verdict] = claim._placement_verdicts(self.agency).values()
        self.assertIn("confidential", verdict.reviews)

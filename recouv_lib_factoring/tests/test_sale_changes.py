from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon

#: states in which something is on offer
STATES = ("submitted", "waiting_due", "accepted")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleChanges(OfferCommon):
    """What happens to an invoice while it is on offer, in each state."""

    def on_offer(self, state, amount=100.0):
        """A schedule whose one line is in ``state``; its invoice and offer."""
        patient = self.make_patient(f"Patient {state}")
        values = {}
        if state == "waiting_due":
            values = {"due": TODAY + timedelta(days=5), "invoice_date": TODAY}
        move = self.make_invoice(patient, amount=amount, **values)
        schedule = self.offer(move)
        if state == "accepted":
            self.accept(schedule)
        self.assertEqual(schedule.line_ids.state, state)
        return schedule, move, self.offers_of(schedule)

    def assertWithdrawn(self, schedule, offer, code):
        line = schedule.line_ids
        line.invalidate_recordset()
        offer.invalidate_recordset()
        self.assertEqual((line.state, line.code), ("withdrawn", code))
        self.assertTrue(line.reason)
        self.assertEqual(offer.state, "withdrawn")
        self.assertNotIn("disput", offer.reason)
        self.assertEqual(schedule.stage, "cancelled")

    def test_what_was_refused_whole_is_not_looked_at_every_night(self):
        schedule = self.offer(self.make_invoice())
        self.offers_of(schedule)._refuse("Too old.")
        other = self.offer(self.make_invoice(amount=60.0))
        self.assertEqual(self.nightly(), other.ids)
        self.offers_of(schedule).action_reopen()
        self.assertEqual(self.nightly(), sorted((schedule | other).ids))

    def nightly(self, fault=None):
        """Return the ids of the schedules that the night's job goes through."""
        seen = []

        def live(schedule, today):
            if schedule.company_id != self.company:
                return  # what tests of two connections have committed
            seen.append(schedule.id)
            if fault and len(seen) == 1:
                raise fault

        with patch.object(type(self.env["recouv.assignment"]), "_live_a_day", live):
            self.night()
        return sorted(seen)

    def test_a_collision_with_somebody_at_work_does_not_end_the_night(self):
        schedules = self.offer(self.make_invoice()) | self.offer(
            self.make_invoice(amount=60.0)
        )
        path = "odoo.addons.recouv_lib_factoring.models.recouv_assignment_submit"
        with self.assertLogs(path, "WARNING"):
            seen = self.nightly(SerializationFailure("concurrent update"))
        self.assertEqual(seen, sorted(schedules.ids))

    def night(self):
        self.env["recouv.assignment"]._cron_sell()

    def test_a_partial_payment_lowers_the_sum_of_both(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                self.pay(move, 40.0)
                self.night()
                self.assertEqual(schedule.line_ids.amount, 60.0)
                self.assertEqual((offer.amount, offer.state), (
                    60.0,
                    {"submitted": "to_decide"}.get(state, state),
                ))  # fmt: skip

    def test_a_full_payment_ends_the_offer(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                self.pay(move)
                self.night()
                self.assertWithdrawn(schedule, offer, "settled")
                self.assertIn("Nothing is owed", offer.reason)

    def test_a_reset_to_draft_takes_it_back_at_once(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                move.button_draft()
                self.assertWithdrawn(schedule, offer, "not_posted")

    def test_a_cancelled_invoice_is_taken_back_at_once(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                move.button_draft()
                move.button_cancel()
                self.assertWithdrawn(schedule, offer, "not_posted")

    def test_a_credit_note_takes_it_back_at_once(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                move._reverse_moves(cancel=True)
                self.assertWithdrawn(schedule, offer, "settled")

    def test_a_dispute_takes_it_back_at_once_and_the_buyer_reads_no_reason(self):
        for state in STATES:
            with self.subTest(state):
                schedule, move, offer = self.on_offer(state)
                self.env["recouv.hold"].create(
                    {"partner_id": move.partner_id.id, "reason": "dispute"}
                )
                line = schedule.line_ids
                self.assertIn(line.code, ("hold", "dispute"))
                self.assertWithdrawn(schedule, offer, line.code)

    def test_a_dispute_on_its_claim_takes_it_back_too(self):
        move = self.make_invoice(due=TODAY - timedelta(days=40))
        self.propose()
        schedule = self.offer(move)
        offer = self.offers_of(schedule)
        self.claims_of(move)._hold("dispute", "Never came")
        self.assertWithdrawn(schedule, offer, schedule.line_ids.code)

    def test_the_end_of_the_contract_takes_all_back(self):
        for state in STATES:
            with self.subTest(state):
                schedule, _move, offer = self.on_offer(state)
                self.contract._record({"ended_on": TODAY})
                self.night()
                self.assertWithdrawn(schedule, offer, "contract_ended")
                self.contract._record({"ended_on": False, "state": "signed"})

    def test_the_end_of_the_mandate_takes_all_back(self):
        schedule, _move, offer = self.on_offer("submitted")
        self.mandate._record({"ended_on": TODAY, "state": "revoked"})
        self.night()
        self.assertWithdrawn(schedule, offer, "mandate_ended")

    def test_nothing_that_changed_is_accepted(self):
        schedule, move, offer = self.on_offer("submitted")
        self.pay(move)
        told = offer.action_accept()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertWithdrawn(schedule, offer, "settled")

    def test_a_contract_that_ended_between_offer_and_decision_accepts_nothing(self):
        schedule, _move, offer = self.on_offer("submitted")
        self.contract._record({"ended_on": TODAY})
        offer.action_accept()
        self.assertWithdrawn(schedule, offer, "contract_ended")

    def test_a_later_due_date_makes_it_wait_again(self):
        schedule, move, offer = self.on_offer("submitted")
        self.item(move).date_maturity = TODAY + timedelta(days=9)
        self.night()
        self.assertEqual(schedule.line_ids.state, "waiting_due")
        self.assertEqual(offer.state, "waiting_due")
        self.assertEqual(offer.date_due, TODAY + timedelta(days=9))

    def test_an_item_that_is_gone_leaves_its_trace(self):
        schedule, move, _offer = self.on_offer("submitted")
        reference = schedule.line_ids.reference
        move.button_draft()
        move.invoice_line_ids.unlink()
        move.line_ids.unlink()
        self.assertEqual(schedule.line_ids.reference, reference)
        self.assertFalse(schedule.line_ids.origin_line_id)

    def test_it_may_be_offered_again_afterwards(self):
        _schedule, move, _offer = self.on_offer("submitted")
        move.button_draft()
        move.action_post()
        again = self.offer(move)
        self.assertEqual(again.line_ids.state, "submitted")

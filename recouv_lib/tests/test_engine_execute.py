from contextlib import suppress
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEngineExecute(RecouvCommon):
    """The last look before a notice leaves. Channels have tests of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.left = []

        def deliver(notices):
            cls.left += notices.ids
            notices._prove()

        cls.enterClassContext(
            patch.multiple(
                type(cls.env["recouv.notice"]),
                create=True,
                _deliver_letter=deliver,
                _deliver_registered_letter=deliver,
            )
        )

    def setUp(self):
        super().setUp()
        self.left.clear()

    def codes(self, run):
        return run.skip_ids.mapped("code") + [
            code for code in run.notice_ids.mapped("cancel_code") if code
        ]

    def test_an_approved_run_sends_and_the_step_is_reached(self):
        move = self.make_invoice(due=date(2026, 6, 1))
        run = self.propose()
        run.with_user(self.secretary).action_execute()
        claim = self.claims_of(move)
        self.assertEqual(run.state, "done")
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertEqual(claim.step_id, self.policy.step_ids.sorted()[0])
        self.assertEqual(claim.step_date, TODAY)
        self.assertEqual(claim.next_date, date(2026, 6, 25))
        self.assertEqual(run.notice_ids.deadline_date, date(2026, 6, 23))

    def test_what_was_paid_since_does_not_leave(self):
        move = self.make_invoice()
        run = self.propose()
        self.pay(move)
        run.action_execute()
        self.assertFalse(self.left)
        self.assertEqual(run.notice_ids.state, "cancelled")
        self.assertIn("paid", self.codes(run))
        self.assertEqual(move.recouv_claim_ids.settlement, "paid")

    def test_what_was_partly_paid_leaves_with_the_rest(self):
        move = self.make_invoice(amount=100)
        run = self.propose()
        self.pay(move, amount=60)
        run.action_execute()
        self.assertEqual(run.notice_ids.amount, 40)
        self.assertEqual(run.notice_ids.line_ids.amount, 40)

    def test_what_was_credited_since_is_netted(self):
        self.make_invoice(amount=100)
        run = self.propose()
        self.make_invoice(amount=25, move_type="out_refund")
        run.action_execute()
        self.assertEqual(run.notice_ids.amount, 75)

    def test_a_credit_that_covers_all_cancels_the_notice(self):
        self.make_invoice(amount=100)
        run = self.propose()
        self.make_invoice(amount=100, move_type="out_refund")
        run.action_execute()
        self.assertFalse(self.left)
        self.assertIn("net_credit", self.codes(run))

    def test_what_was_suspended_since_does_not_leave(self):
        move = self.make_invoice()
        run = self.propose()
        self.claims_of(move)._hold("dispute")
        run.action_execute()
        self.assertFalse(self.left)
        self.assertIn("hold", self.codes(run))

    def test_what_was_re_dated_since_does_not_leave(self):
        move = self.make_invoice()
        run = self.propose()
        move._recouv_receivable_items().date_maturity = date(2026, 6, 12)
        run.action_execute()
        self.assertFalse(self.left)
        self.assertTrue(self.codes(run))

    def test_a_rider_paid_since_drops_out_alone(self):
        self.make_invoice(amount=100, due=date(2026, 5, 1))
        young = self.make_invoice(amount=50, due=date(2026, 6, 1))
        run = self.propose()
        self.pay(young)
        run.action_execute()
        self.assertEqual(run.notice_ids.amount, 100)
        self.assertEqual(len(run.notice_ids.line_ids), 1)
        self.assertIn("paid", self.codes(run))

    def test_what_was_reset_to_draft_does_not_leave(self):
        move = self.make_invoice()
        run = self.propose()
        move.button_draft()
        run.action_execute()
        self.assertFalse(self.left)
        self.assertIn("not_posted", self.codes(run))

    def test_a_removed_notice_does_not_leave_and_comes_back_next_time(self):
        self.make_invoice()
        run = self.propose()
        run.notice_ids.with_user(self.secretary).action_remove()
        run.action_execute()
        self.assertFalse(self.left)
        self.assertEqual(len(self.propose().notice_ids), 1)

    def test_executing_twice_sends_once(self):
        self.make_invoice()
        run = self.propose()
        run.action_execute()
        with self.assertRaisesRegex(UserError, "propose first"):
            run.action_execute()
        self.assertEqual(len(self.left), 1)

    def test_undo_takes_the_claim_back_to_where_it_stood(self):
        move = self.make_invoice()
        run = self.propose()
        run.action_execute()
        run.notice_ids.with_user(self.secretary).action_undo("wrong person")
        claim = self.claims_of(move)
        self.assertFalse(claim.step_id)
        self.assertEqual(run.notice_ids.cancel_code, "wrong person")

    def crash(self, run):
        """Stop dead in the middle of a delivery, as a killed worker does."""
        notices = type(self.env["recouv.notice"])
        for name in ("_deliver_letter", "_deliver_email"):
            self.enterContext(patch.object(notices, name, side_effect=SystemExit))
        with suppress(SystemExit):  # assertRaises would roll the state back
            run.action_execute()
        self.assertEqual(run.notice_ids.state, "sending")

    def test_what_a_crash_left_leaving_is_never_sent_again_by_itself(self):
        self.patient.email = "camille@example.com"
        self.policy.step_ids[0].channel = "email"
        self.make_invoice()
        run = self.propose()
        self.crash(run)
        secretary_s = run.notice_ids.with_user(self.secretary)
        with self.assertRaisesRegex(UserError, "still sending"):
            secretary_s.action_retry()
        with freeze_time("2026-06-15 01:00:00"):
            self.env["recouv.run"]._bury_dead_runs()
        self.assertEqual(run.state, "failed")
        self.assertEqual(run.notice_ids.state, "sending")
        self.assertTrue(run.notice_ids.line_ids.claim_id.activity_ids)
        run.action_resume()
        self.assertEqual(run.notice_ids.state, "sending")
        secretary_s.action_confirm_left()
        self.assertEqual(run.notice_ids.state, "sent")

    def test_a_letter_a_crash_left_leaving_surely_did_not_and_is_made_anew(self):
        self.make_invoice()
        run = self.propose()
        self.crash(run)
        with freeze_time("2026-06-15 01:00:00"):
            self.env["recouv.run"]._bury_dead_runs()
        self.assertEqual(run.notice_ids.state, "queued")

    def test_stop_means_that_nothing_leaves_any_more(self):
        self.make_invoice()
        run = self.propose()
        run.notice_ids.action_approve()
        self.company.recouv_live_on = False
        with self.assertRaisesRegex(UserError, "not live"):
            run._execute()
        self.assertFalse(self.left)

    def test_a_company_whose_run_crashes_does_not_stop_the_others(self):
        run_class = type(self.env["recouv.run"])
        with patch.object(run_class, "_propose", side_effect=KeyError("boom")):
            with mute_logger("odoo.addons.recouv_lib.models.recouv_run"):
                self.env["recouv.run"]._run_company(self.company)
        failed = self.env["recouv.run"].search([("state", "=", "failed")])
        self.assertIn("boom", failed.failure_message)
        self.make_invoice()
        self.env["recouv.run"]._run_company(self.company)
        self.assertTrue(self.claims_of(self.env["account.move"].search([])))

    def test_a_step_with_a_history_is_not_deleted(self):
        self.make_invoice()
        run = self.propose()
        run.action_execute()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception):  # noqa: B017
            self.policy.step_ids.sorted()[0].unlink()
            self.env.flush_all()

    def test_a_failing_batch_is_said_on_the_run_which_can_be_resumed(self):
        self.make_invoice()
        run = self.propose()
        notices = type(self.env["recouv.notice"])
        with patch.object(notices, "_recheck", side_effect=ValueError("boom")):
            with suppress(ValueError):
                run.action_execute()
        self.assertEqual((run.state, run.heartbeat), ("failed", False))
        self.assertEqual(run.failure_message, "boom")
        run.action_resume()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.left), 1)

    def test_who_had_no_mise_en_demeure_does_not_ride_into_the_hand_over(self):
        old = self.make_invoice(amount=100, due=date(2026, 4, 1))
        for day in (date(2026, 4, 15), date(2026, 5, 1)):
            self.prove(self.propose(day), day)
        formal = self.propose(date(2026, 5, 15)).notice_ids
        formal._prove(on=date(2026, 5, 16))
        # its presentation is awaited: a younger invoice goes its own way meanwhile
        young = self.make_invoice(amount=60, due=date(2026, 5, 10))
        self.prove(self.propose(date(2026, 5, 25)), date(2026, 5, 25))
        self.assertTrue(self.claims_of(young).step_id)
        with freeze_time("2026-06-01"):
            formal._record_presentation(date(2026, 5, 20))
        handover = self.propose(date(2026, 6, 15)).notice_ids
        self.assertEqual(handover.channel, "handover")
        self.assertEqual(handover.line_ids.claim_id, self.claims_of(old))
        self.assertEqual(handover.amount, 100)

    def test_a_handover_never_comes_before_the_presentation_and_the_delay(self):
        move = self.make_invoice(due=date(2026, 4, 1))
        for day in (date(2026, 4, 15), date(2026, 5, 1)):
            self.prove(self.propose(day), day)
        run = self.propose(date(2026, 5, 15))
        run.notice_ids._prove(on=date(2026, 5, 16))
        claim = self.claims_of(move)
        self.assertEqual(claim.next_step_id.channel, "handover")
        self.assertFalse(claim.next_date)
        self.assertFalse(self.propose(date(2026, 9, 1)).notice_ids)
        run.notice_ids._record({"date_presented": date(2026, 5, 20)})
        deadline = run.notice_ids._deadline_from(None)
        run.notice_ids._record({"deadline_date": deadline})
        run.notice_ids._refresh_claims()
        self.assertEqual(claim.next_date, date(2026, 6, 5))
        self.assertEqual(self.propose(date(2026, 6, 5)).notice_ids.channel, "handover")

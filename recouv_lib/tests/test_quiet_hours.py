from contextlib import suppress
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .channel_common import ChannelCommon, for_real

SMS = {"channel": "sms", "max_attempts": 2}


@tagged("post_install", "-at_install")
class TestQuietHours(ChannelCommon):
    """Texts leave Monday to Friday, 10–13 and 14–19 local time, never on a holiday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(SMS, {"channel": "letter"})

    def waits_until(self, moment, **invoice):
        """Execute at ``moment`` (UTC); return the moment for which the text waits."""
        self.make_invoice(**invoice)
        notice = self.relance(moment)
        self.assertFalse(self.provider.sent)
        self.assertEqual(notice.state, "queued")
        return notice.not_before

    def send_waiting(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode(), for_real():
            self.env.ref("recouv_lib.ir_cron_waiting_notices").method_direct_trigger()

    @freeze_time("2026-06-14 18:00:00")
    def test_a_run_on_sunday_evening_sends_on_monday_at_ten(self):
        self.assertEqual(
            self.waits_until("2026-06-14 18:00:00"), datetime(2026, 6, 15, 8, 0)
        )
        self.send_waiting("2026-06-15 07:55:00")
        self.assertFalse(self.provider.sent)
        self.send_waiting("2026-06-15 08:05:00")
        self.assertEqual(len(self.provider.sent), 1)
        self.assertEqual(self.run.state, "done")

    def test_the_servers_time_zone_changes_nothing(self):
        with patch.dict("os.environ", {"TZ": "America/New_York"}):
            self.secretary.tz = "Asia/Tokyo"
            self.assertEqual(
                self.waits_until("2026-06-14 18:00:00"), datetime(2026, 6, 15, 8, 0)
            )

    def test_in_winter_ten_oclock_is_an_hour_later_in_utc(self):
        self.assertEqual(
            self.waits_until("2026-12-06 18:00:00"), datetime(2026, 12, 7, 9, 0)
        )

    def test_the_practices_own_time_zone_counts(self):
        self.company.partner_id.tz = "Indian/Reunion"
        self.assertEqual(
            self.waits_until("2026-06-14 18:00:00"), datetime(2026, 6, 15, 6, 0)
        )

    def test_the_first_of_may_is_a_holiday(self):
        self.assertEqual(  # a Friday: the next working day is Monday
            self.waits_until("2026-05-01 09:00:00", due="2026-04-20"),
            datetime(2026, 5, 4, 8, 0),
        )

    def test_noon_is_a_pause(self):
        self.assertEqual(
            self.waits_until("2026-06-15 11:30:00"), datetime(2026, 6, 15, 12, 0)
        )

    def test_in_the_evening_a_text_waits_for_the_morning(self):
        self.assertEqual(
            self.waits_until("2026-06-15 17:01:00"), datetime(2026, 6, 16, 8, 0)
        )

    def test_good_friday_is_a_holiday_in_alsace_only(self):
        due = {"due": "2026-03-20"}
        self.relance_at = "2026-04-03 09:00:00"
        self.company.recouv_holiday_region = "Alsace-Moselle"
        self.assertEqual(
            self.waits_until(self.relance_at, **due), datetime(2026, 4, 7, 8, 0)
        )
        self.company.recouv_holiday_region = False
        self.run.notice_ids._record({"not_before": False})
        with freeze_time(self.relance_at), for_real():
            self.run._execute()
        self.assertEqual(len(self.provider.sent), 1)

    def test_the_practice_chooses_narrower_hours(self):
        self.company.recouv_contact_windows = "2 15:00-16:00"
        self.assertEqual(
            self.waits_until("2026-06-15 09:00:00"), datetime(2026, 6, 16, 13, 0)
        )

    def test_what_was_paid_while_it_waited_does_not_leave(self):
        self.waits_until("2026-06-14 18:00:00")
        self.pay(self.run.notice_ids.lead_claim_id.move_id, day="2026-06-14")
        self.send_waiting("2026-06-15 08:05:00")
        self.assertFalse(self.provider.sent)
        self.assertEqual(self.run.notice_ids.cancel_code, "paid")

    def test_an_email_waits_for_no_hour(self):
        self.policy = self.use_steps({"channel": "email"})
        self.make_invoice()
        notice = self.relance("2026-06-14 18:00:00")
        self.assertEqual(notice.state, "sent")

    def test_a_run_at_work_is_left_alone_and_its_texts_leave_later(self):
        self.waits_until("2026-06-14 18:00:00")
        other = self.env["recouv.run"].create({"company_id": self.company.id})
        with freeze_time("2026-06-15 08:04:00"):
            other._take()
        self.send_waiting("2026-06-15 08:05:00")
        self.assertFalse(self.provider.sent)
        with freeze_time("2026-06-15 08:06:00"):
            other._release("done")
        self.send_waiting("2026-06-15 08:35:00")
        self.assertEqual(len(self.provider.sent), 1)

    def test_a_company_whose_run_fails_does_not_stop_another(self):
        self.waits_until("2026-06-14 18:00:00")
        first = self.run
        second = first.copy({"company_id": self.company.id})
        with (
            patch.object(
                type(first), "_execute", side_effect=[ValueError("boom"), None]
            ),
            self.assertLogs("odoo.addons.recouv_lib", "ERROR"),
        ):
            (first | second)[0]._execute_waiting()
            (first | second)[1]._execute_waiting()

    def test_a_message_tells_why_a_waiting_run_could_not_leave(self):
        self.waits_until("2026-06-14 18:00:00")
        with patch.object(type(self.run), "_execute", side_effect=UserError("busy")):
            with self.assertLogs("odoo.addons.recouv_lib", "WARNING") as log:
                self.run._execute_waiting()
        self.assertIn("busy", log.output[0])


@tagged("post_install", "-at_install")
class TestApprovedWaiting(ChannelCommon):
    """What was approved in a list, or was left by a run that stopped, leaves too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps({"channel": "email"})

    def proposed(self, moment="2026-06-15 09:00:00"):
        with freeze_time(moment):
            self.make_invoice()
            run = self.env["recouv.run"].with_user(self.secretary).create({})
            run.action_propose()
        return run

    def cron(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode(), for_real():
            self.env.ref("recouv_lib.ir_cron_waiting_notices").method_direct_trigger()

    def test_what_is_approved_in_the_list_leaves_once(self):
        run = self.proposed()
        self.cron("2026-06-15 09:30:00")
        self.assertFalse(self.mail_sink.messages, "nobody approved it")
        run.notice_ids.with_user(self.secretary).action_approve()
        for moment in ("2026-06-16 09:30:00", "2026-06-16 10:00:00"):
            self.cron(moment)
        self.assertEqual(len(self.mail_sink.messages), 1)
        self.assertEqual((run.notice_ids.state, run.state), ("sent", "done"))

    def test_the_rest_of_the_list_stays_to_be_approved(self):
        with freeze_time("2026-06-15"):
            other = self.make_patient("Other", email="other@example.com")
            self.make_invoice(other)
        run = self.proposed()
        first, second = run.notice_ids
        first.action_approve()
        self.cron("2026-06-15 09:30:00")
        self.assertEqual((first.state, second.state), ("sent", "proposed"))
        with freeze_time("2026-06-15 10:00:00"), for_real():
            run.action_execute()
        self.assertEqual((second.state, run.state), ("sent", "done"))

    def test_texts_still_wait_for_their_hour(self):
        self.policy = self.use_steps(SMS)
        self.proposed("2026-06-14 18:00:00").notice_ids.action_approve()
        self.cron("2026-06-14 18:30:00")
        self.assertFalse(self.provider.sent)
        self.cron("2026-06-15 08:05:00")
        self.assertEqual(len(self.provider.sent), 1)

    def test_what_a_run_left_that_stopped_leaves_and_its_failure_is_over(self):
        self.policy.step_ids.approval = "automatic"
        run = self.proposed()
        self.assertEqual(run.notice_ids.state, "queued")
        run.sudo().write({"state": "failed", "failure_message": "killed"})
        self.cron("2026-06-15 09:30:00")
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertEqual((run.state, run.failure_message), ("done", False))

    def test_a_proposal_that_was_not_finished_is_resumed_not_done(self):
        self.policy.step_ids.approval = "automatic"
        run = self.proposed()
        run.sudo().write(
            {
                "state": "failed",
                "failure_message": "killed",
                "is_half_proposed": True,
            }
        )
        with freeze_time("2026-06-14"):
            late = self.make_invoice(
                self.make_patient("Late", email="late@example.com")
            )
        self.cron("2026-06-15 09:30:00")
        self.assertEqual(run.notice_ids.state, "sent")
        self.assertEqual((run.state, run.failure_message), ("failed", "killed"))
        with freeze_time("2026-06-15 10:00:00"), for_real():
            run.with_user(self.secretary).action_resume()
        self.assertIn(late, run.notice_ids.line_ids.claim_id.move_id)
        self.assertEqual((run.state, run.is_half_proposed), ("done", False))
        self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})

    def test_a_proposal_that_fails_says_that_it_is_not_finished(self):
        self.make_invoice()
        run = self.env["recouv.run"].with_user(self.secretary).create({})
        engine = type(self.env["recouv.engine"])
        with (
            patch.object(engine, "_propose", side_effect=ValueError("bad row")),
            suppress(ValueError),  # what it wrote stays
            mute_logger("odoo.addons.recouv_lib.models.recouv_run"),
        ):
            run.action_propose()
        self.assertEqual((run.state, run.is_half_proposed), ("failed", True))
        run.action_propose()
        self.assertEqual((run.state, run.is_half_proposed), ("proposed", False))

    def test_a_dead_run_is_buried_and_goes_on(self):
        self.policy.step_ids.approval = "automatic"
        run = self.proposed()
        run.sudo().write(
            {"state": "executing", "heartbeat": datetime(2026, 6, 15, 9, 0)}
        )
        self.cron("2026-06-15 09:20:00")
        self.assertFalse(self.mail_sink.messages, "it still seems to live")
        self.cron("2026-06-15 09:40:00")
        self.assertEqual(len(self.mail_sink.messages), 1)

    def test_what_was_paid_since_the_approval_does_not_leave(self):
        run = self.proposed()
        run.notice_ids.action_approve()
        self.pay(run.notice_ids.lead_claim_id.move_id, day="2026-06-15")
        self.cron("2026-06-16 09:30:00")
        self.assertFalse(self.mail_sink.messages)
        self.assertEqual(run.notice_ids.cancel_code, "paid")

    def test_a_stopped_company_sends_nothing(self):
        self.proposed().notice_ids.action_approve()
        self.company.recouv_live_on = False
        with self.assertLogs("odoo.addons.recouv_lib", "WARNING"):
            self.cron("2026-06-15 09:30:00")
        self.assertFalse(self.mail_sink.messages)

    def test_what_may_have_left_is_asked_about_once(self):
        run = self.proposed()
        run.notice_ids._record({"state": "sending"})
        for _again in range(2):
            run.sudo()._report_stranded()
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(run.notice_ids.state, "sending")

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_open

from .channel_common import WORKING_HOUR, ChannelCommon, for_real


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestNeutralize(ChannelCommon):
    """``neutralize.sql`` on a staging copy: nothing leaves, the queue stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps({"channel": "sms"}, {"channel": "email"})

    def neutralize(self):
        with file_open("recouv_lib/data/neutralize.sql") as script:
            self.env.flush_all()
            self.cr.execute(script.read())
            self.env.invalidate_all()
        self.env.registry.clear_cache()

    def test_odoo_finds_the_script(self):
        from odoo.modules.neutralize import get_neutralization_queries

        queries = "".join(get_neutralization_queries(["recouv_lib"]))
        self.assertIn("recouv.neutralized", queries)

    def test_every_cron_of_ours_is_off(self):
        self.neutralize()
        ours = self.env["ir.model.data"].search(
            [("module", "=", "recouv_lib"), ("model", "=", "ir.cron")]
        )
        crons = (
            self.env["ir.cron"]
            .with_context(active_test=False)
            .browse(ours.mapped("res_id"))
        )
        self.assertTrue(crons)
        self.assertFalse(any(crons.mapped("active")))

    def test_executing_a_run_is_refused_and_the_queue_stays(self):
        self.make_invoice()
        run = self.propose(day="2026-06-15")
        run.notice_ids.action_approve()
        self.neutralize()
        with self.assertRaisesRegex(UserError, "copy for tests"), for_real():
            run.with_user(self.secretary).action_execute()
        self.assertEqual(run.notice_ids.state, "queued")
        self.assertFalse(self.provider.calls or self.mail_sink.messages)

    def test_the_relance_cron_sends_nothing_either(self):
        self.policy.step_ids.approval = "automatic"
        self.make_invoice()
        self.neutralize()
        with for_real():
            self.env["recouv.run"]._run_company(self.company)
        notice = self.env["recouv.notice"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(notice.state, "queued")
        self.assertFalse(self.provider.calls)

    def test_deleting_the_parameter_lets_things_leave_again(self):
        self.neutralize()
        self.env["ir.config_parameter"].sudo().set_param("recouv.neutralized", False)
        self.make_invoice()
        self.assertEqual(self.relance().state, "sent")

    def test_running_it_twice_is_harmless(self):
        self.neutralize()
        self.neutralize()
        self.assertTrue(self.company._recouv_is_neutralized())

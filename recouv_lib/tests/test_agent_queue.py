from datetime import date

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .agency_common import AgencyCommon
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgentQueue(AgencyCommon):
    """What an agent sees of all the practices' claims, and what waits for him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.mirror = cls.place(cls.claims_of(cls.invoice))

    def idle(self):
        return self.mirror.search(Domain("has_next_action", "=", False))

    def section(self, code):
        sections = self.env["recouv.day"].with_user(self.agent)._sections(TODAY)
        found = next(section for section in sections if section.code == code)
        return self.mirror.search(found.domain)

    def test_a_claim_with_a_schedule_has_a_next_action(self):
        self.assertFalse(self.idle())
        self.assertFalse(self.section("idle_claims"))

    def test_a_claim_whose_schedule_is_over_waits_for_the_agent(self):
        self.mirror.sudo().write({"next_step_id": False, "next_date": False})
        self.assertEqual(self.idle(), self.mirror)
        self.assertEqual(self.section("idle_claims"), self.mirror)
        self.mirror.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self.assertFalse(self.idle())

    def test_the_practices_own_claims_are_in_no_agents_queue(self):
        self.assertEqual(self.mirror.search([]), self.mirror)

    def test_a_portfolio_is_of_somebody_of_the_agency(self):
        self.mirror.agent_id = self.agent
        self.assertEqual(self.mirror.agent_id, self.agent)
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self.mirror.sudo().agent_id = self.secretary

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .agency_common import AgencyCommon
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgentPowers(AgencyCommon):
    """What an agent grants alone, and what only with the practice's yes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        invoice = cls.make_invoice(due=date(2026, 1, 5), amount=600.0)
        cls.propose()
        cls.mirror = cls.place(cls.claims_of(invoice))

    def plan(self, count, amount=None):
        amount = amount or 600.0 / count
        lines = [
            (TODAY + timedelta(days=28 * rank), amount) for rank in range(1, count)
        ]
        rest = round(600.0 - amount * (count - 1), 2)
        lines.append((TODAY + timedelta(days=28 * count), rest))
        return self.mirror._agree("plan", lines, source="call", replace=True)

    def test_a_plan_within_the_powers_needs_nobody(self):
        self.assertEqual(self.plan(6).standing, "running")

    def test_a_longer_plan_is_refused_until_the_practice_says_yes(self):
        with self.assertRaisesRegex(UserError, "ask the practice"):
            self.plan(12)
        request = self.env["recouv.agent.request"].with_user(self.agent)
        request = request._ask(
            self.mandate.with_user(self.agent), self.mirror, "plan", duration=12
        )
        with self.assertRaisesRegex(UserError, "ask the practice"):
            self.plan(12)
        request.with_user(self.practitioner).action_grant()
        self.assertEqual(self.plan(12).standing, "running")
        self.assertEqual(request.sudo().used_on, TODAY)

    def test_a_smaller_instalment_is_refused(self):
        with self.assertRaisesRegex(UserError, "instalments of"):
            self.plan(3, amount=10.0)

    def test_a_promise_needs_no_power(self):
        lines = [(TODAY + timedelta(days=200), None)]
        plan = self.mirror._agree("promise", lines, source="call")
        self.assertEqual(plan.standing, "running")

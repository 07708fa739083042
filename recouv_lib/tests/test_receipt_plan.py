"""What the practice is told of payments under an agreement of its agency."""

from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .funds_common import FundsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestKnownInstalments(FundsCommon):
    """Every payment is told, save instalments of a plan that the practice knows
    (CPCE R124-5)."""

    def days(self, *delays):
        return [TODAY + timedelta(days=delay) for delay in delays]

    def agree(self, kind="plan", amounts=(40.0, 40.0, 40.0), **named):
        days = self.days(10, 40, 70)
        lines = list(zip(days, amounts, strict=False))
        return self.mirror._agree(kind, lines, source="call", **named)

    def told(self, user=None):
        """What waits in the practice's day, the latest first."""
        user = user or self.secretary
        days = self.env["recouv.day"].with_user(user)
        sections = {section.code: section for section in days._sections(TODAY)}
        domain = sections["received_by_agency"].domain
        transfers = self.env["recouv.transfer"].with_user(user)
        return transfers.search(domain, order="id desc")

    def test_the_first_payment_says_the_plan(self):
        self.agree()
        self.receive(40.0)
        words = self.told().plan_words
        for part in ("instalments: 3", "06/25/2026", "08/24/2026", "120.00"):
            self.assertIn(part, words)

    def test_until_it_was_seen_each_is_told(self):
        self.agree()
        self.receive(40.0)
        self.receive(40.0)
        self.assertEqual(len(self.told()), 2)

    def test_once_seen_the_next_instalments_are_not_told(self):
        plan = self.agree()
        self.receive(40.0)
        self.told().action_seen()
        receipt = self.receive(40.0)
        self.assertEqual(receipt.line_ids.plan_id, plan)
        self.assertTrue(receipt.line_ids.is_known_instalment)
        self.assertTrue(receipt.sudo().line_ids.transfer_id.is_known_instalment)
        self.assertFalse(self.told())

    def test_more_than_the_plan_has_due_is_told(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        self.receive(40.01)
        self.assertEqual(self.told().amount_currency, 40.01)

    def test_what_is_overdue_is_paid_with_the_next(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        day = TODAY + timedelta(days=41)
        with freeze_time(day):
            self.env.invalidate_all()
            # not a second instalment on top of what was due by then
            self.receive(80.0, date=day)
            self.assertEqual(self.told().amount_currency, 80.0)

    def test_two_of_one_day_are_counted_together(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        both = self.receipt(40.0, date=TODAY) | self.receipt(30.0, date=TODAY)
        both.action_confirm()
        self.assertEqual(self.told().amount_currency, 30.0)

    def test_a_cheque_that_waits_is_counted_too(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        self.receive(40.0, method="cheque")
        self.receive(40.0)
        self.assertEqual(self.told().amount_currency, 40.0)

    def test_a_promise_is_no_plan(self):
        self.agree("promise", (120.0,))
        for _time in range(2):
            self.receive(40.0)
            told = self.told()
            self.assertEqual((told.amount_currency, told.plan_words), (40.0, False))
            told.action_seen()

    def test_what_replaces_it_is_told_anew(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        self.agree(amounts=(40.0, 40.0), replace=True)
        self.receive(40.0)
        self.assertIn("instalments: 2", self.told().plan_words)

    def test_another_claim_is_told(self):
        self.agree()
        self.receive(40.0)
        self.told().action_seen()
        self.receive(40.0, self.other_mirror)
        self.assertEqual(self.told().amount_currency, 40.0)

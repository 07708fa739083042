from datetime import date

from odoo.tests import freeze_time, tagged

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20")
class TestInsuranceScreens(InsuranceCommon):
    """What stands on a policy is one click away."""

    def test_a_policy_counts_and_opens_its_limits_and_losses(self):
        self.limit(self.clinic, 10000)
        self.ask(self.gym, 500)
        sale = self.invoice(self.clinic, 1000, date(2026, 2, 2))
        loss = self.loss_of(sale)
        policy = self.policy_2026.with_user(self.secretary)
        self.assertEqual((policy.limit_count, policy.loss_count), (2, 1))
        limits = self.env["recouv.insurance.limit"]
        found = limits.search(policy.action_view_limits()["domain"])
        self.assertEqual(found.partner_id, self.clinic + self.gym)
        losses = self.env["recouv.insurance.loss"]
        self.assertEqual(losses.search(policy.action_view_losses()["domain"]), loss)
        cover = self.env["recouv.insurance.cover"].with_user(self.secretary)
        rows = cover.search(policy.action_view_cover()["domain"])
        self.assertEqual(rows.move_id, sale)

    def test_an_overdue_notice_of_one_debtor_opens_as_a_form(self):
        self.limit(self.clinic, 10000)
        sale = self.invoice(self.clinic, 1000, date(2026, 2, 2))
        action = self.cover(sale).action_prepare_loss()
        loss = self.env["recouv.insurance.loss"].browse(action["res_id"])
        self.assertEqual(loss.line_ids.move_id, sale)
        self.assertEqual(loss.invoice_count, 1)

    def test_the_overdue_notice_names_policy_debtor_and_sums(self):
        self.limit(self.clinic, 10000)
        sale = self.invoice(self.clinic, 1000, date(2026, 2, 2))
        other = self.invoice(self.clinic, 234.5, date(2026, 2, 3))
        loss = self.loss_of(sale, other)
        self.pay(other)
        self.printed.clear()
        action = loss.action_print_notice()
        self.assertIn("url", action)
        [page] = self.printed
        for told in (self.policy_2026.name, self.clinic.name, sale.name):
            self.assertIn(told, page)
        # what was paid meanwhile is no business of the insurer
        self.assertNotIn(other.name, page)
        self.assertEqual(loss._notice_values()["total"], loss._money(1000))
        self.assertNotIn("Fees", page)

from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReports(TransferCommon):
    """Aged claims, recovery by contact, dashboard and forecast."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(due=date(2026, 4, 1), amount=200)
        cls.first_run = cls.propose(date(2026, 5, 1))
        cls.claim = cls.claims_of(cls.move)

    def aging(self, *domain):
        return self.env["recouv.report.aging"].search(
            [("claim_id", "in", self.claim.ids), *domain]
        )

    def recovery(self):
        return self.env["recouv.report.recovery"].search(
            [("claim_id", "=", self.claim.id)], order="date, id"
        )

    def contact(self, on):
        run = self.first_run if on == date(2026, 5, 1) else self.propose(on)
        return self.prove(run, on).filtered(
            lambda notice: self.claim in notice.line_ids.claim_id
        )

    def suspend(self, reason):
        return self.env["recouv.hold"].create(
            {
                "claim_ids": [Command.set(self.claim.ids)],
                "reason": reason,
                "company_id": self.company.id,
                "date_from": date(2026, 6, 1),
            }
        )

    # --- aged claims ----------------------------------------------------------------

    def test_a_claim_stands_in_the_bucket_of_its_age(self):
        row = self.aging()
        self.assertEqual(row.age_days, 75)
        self.assertEqual(row.bucket, "b061")
        self.assertEqual(row.amount_residual, 200)

    def test_what_was_paid_in_part_is_owed_for_the_rest(self):
        self.pay(self.move, 50)
        self.assertEqual(self.aging().amount_residual, 150)

    def test_a_paid_claim_is_not_owed(self):
        self.pay(self.move)
        self.assertFalse(self.aging())

    def test_a_contested_claim_leaves_the_list_of_unpaid_sums(self):
        self.suspend("dispute")
        self.assertFalse(self.aging(("is_contested", "=", False)))
        self.assertEqual(self.aging().suspension, "dispute")

    def test_a_suspended_claim_stays_in_the_list(self):
        self.suspend("hospitalised")
        row = self.aging(("is_contested", "=", False))
        self.assertEqual(row.suspension, "hold")

    def test_a_doubtful_claim_is_marked(self):
        self.transfer(self.move, "doubtful", partner=self.patient)
        self.assertTrue(self.aging().is_doubtful)
        self.assertEqual(self.aging().amount_residual, 200)

    def test_the_buckets_follow_the_day(self):
        expected = [("2026-04-30", "b000"), ("2026-05-02", "b031"),
                    ("2026-07-01", "b091"), ("2027-01-15", "b181"),
                    ("2027-04-15", "b366")]  # fmt: skip
        for day, bucket in expected:
            with freeze_time(day):
                self.assertEqual(self.aging().bucket, bucket, day)
                self.env.invalidate_all()

    def test_sums_by_age_and_step_come_from_one_query_each(self):
        groups = self.env["recouv.report.aging"]._read_group(
            [("company_id", "=", self.company.id)],
            ["bucket", "step_id"],
            ["amount_residual:sum", "__count"],
        )
        self.assertEqual(sum(group[2] for group in groups), 200)

    def test_a_secretary_reads_her_practice_only(self):
        other = self.setup_other_company(name="Other practice")["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,recouv_lib.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("recouv.report.aging", "recouv.report.recovery"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
            self.env[model].with_user(self.secretary).search([])
        self.assertTrue(
            self.env["recouv.report.aging"].with_user(self.secretary).search([])
        )

    # --- recovery -------------------------------------------------------------------

    def test_money_belongs_to_the_last_contact_before_it(self):
        self.contact(date(2026, 5, 1))
        self.contact(date(2026, 5, 20))
        self.pay(self.move, 80, day=date(2026, 5, 10))
        self.pay(self.move, 120, day=date(2026, 5, 25))
        first, second = self.recovery()
        self.assertEqual(first.amount_recovered, 80)
        self.assertEqual(second.amount_recovered, 120)
        self.assertEqual(first.amount_asked, 200)

    def test_money_before_any_contact_belongs_to_none(self):
        self.first_run.notice_ids.action_remove()
        self.pay(self.move, 80, day=date(2026, 4, 20))
        self.contact(date(2026, 5, 20))
        self.assertEqual(self.recovery().amount_recovered, 0)
        self.assertEqual(self.recovery().amount_asked, 120)

    def test_money_after_the_days_set_is_counted_apart(self):
        self.company.recouv_recovery_days = 10
        self.contact(date(2026, 5, 1))
        self.pay(self.move, day=date(2026, 5, 12))
        row = self.recovery()
        self.assertEqual((row.amount_recovered, row.amount_late), (0, 200))

    def test_a_credit_note_is_no_recovery(self):
        self.contact(date(2026, 5, 1))
        refund = self.credit_note(self.move, 200, day=date(2026, 5, 10))
        lines = self.receivable(self.move) + self.receivable(refund)
        if not self.receivable(self.move).reconciled:
            lines.reconcile()
        row = self.recovery()
        self.assertEqual((row.amount_recovered, row.amount_credited), (0, 200))

    def test_a_transfer_is_no_recovery(self):
        self.contact(date(2026, 5, 1))
        self.transfer(self.move, amount=60, date=date(2026, 5, 10))
        row = self.recovery()
        self.assertEqual((row.amount_recovered, row.amount_other), (0, 60))

    def test_a_doubtful_claim_keeps_what_its_contacts_brought(self):
        self.contact(date(2026, 5, 1))
        self.pay(self.move, 50, day=date(2026, 5, 5))
        move = self.transfer(
            self.move, "doubtful", partner=self.patient, date=date(2026, 5, 10)
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=move.target_line_id.ids
        ).create({"payment_date": date(2026, 5, 20)})._create_payments()
        row = self.recovery()
        self.assertEqual(row.amount_recovered, 200)
        self.assertEqual(row.amount_other, 0)

    def test_an_undone_contact_brought_nothing(self):
        notice = self.contact(date(2026, 5, 1))
        notice.action_undo("mistake")
        self.assertFalse(self.recovery())

    def test_the_rate_of_a_group_is_that_of_its_sums(self):
        self.contact(date(2026, 5, 1))
        self.pay(self.move, 50, day=date(2026, 5, 5))
        [(rate,)] = self.env["recouv.report.recovery"]._read_group(
            [("company_id", "=", self.company.id)], [], ["recovery_rate:avg"]
        )
        self.assertAlmostEqual(rate, 25)

    def test_a_contact_needs_a_day_to_bring_money(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.company.recouv_recovery_days = 0
            self.env.flush_all()

    # --- dashboard ------------------------------------------------------------------

    def figures(self, user=None):
        dashboard = self.env["recouv.dashboard"]
        if user:
            dashboard = dashboard.with_user(user)
        return dashboard.get_figures()

    def test_the_dashboard_says_what_is_owed_by_age(self):
        figures = self.figures(self.secretary)
        self.assertIn("200", figures["tiles"][0]["value"])
        by_age = figures["charts"][0]
        self.assertEqual(by_age["datasets"][0]["data"], [0, 0, 200, 0, 0, 0])

    def test_the_dashboard_counts_recovery_by_step_and_channel(self):
        self.contact(date(2026, 5, 1))
        self.pay(self.move, 50, day=date(2026, 5, 5))
        by_step, by_channel = self.figures()["charts"][2:4]
        self.assertEqual(by_step["datasets"][0]["data"], [25])
        self.assertEqual(by_channel["datasets"][0]["data"], [25])

    def test_the_dashboard_counts_each_kind_of_settlement_apart(self):
        self.pay(self.move)
        settled = self.figures()["charts"][5]
        self.assertEqual(settled["labels"], ["Paid"])

    def test_the_dashboard_converts_the_sums_of_another_currency(self):
        other = self.setup_other_company(name="Swiss practice")["company"]
        other.currency_id = self.setup_other_currency("CHF")
        figures = (
            self.env["recouv.dashboard"]
            .with_context(allowed_company_ids=(self.company + other).ids)
            .get_figures()
        )
        self.assertIn(self.company.currency_id.name, figures["note"])

    def test_a_plain_employee_sees_no_figures(self):
        plain = new_test_user(self.env, "plain_employee", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.figures(plain)

    def test_an_empty_practice_has_a_dashboard(self):
        other = self.setup_other_company(name="New practice")["company"]
        board = self.env["recouv.dashboard"].with_company(other)
        figures = board.with_context(allowed_company_ids=other.ids).get_figures()
        self.assertEqual(figures["tiles"][2]["value"], "–")

    # --- forecast -------------------------------------------------------------------

    def test_the_forecast_never_expects_more_than_is_owed(self):
        rows = self.env["recouv.forecast"]._compute_now(self.company)
        self.assertEqual(len(rows), 26)
        self.assertTrue(0 < sum(rows.mapped("amount_expected")) <= 200)

    def test_a_contested_claim_is_not_expected(self):
        self.suspend("dispute")
        rows = self.env["recouv.forecast"]._compute_now(self.company)
        self.assertEqual(sum(rows.mapped("amount_expected")), 0)

    def test_what_debtors_agreed_is_taken_at_its_date(self):
        known = [(self.claim.id, date(2026, 6, 24), 90.0)]
        forecast = self.env["recouv.forecast"]
        with patch.object(type(forecast), "_known_receipts", lambda *args: known):
            rows = forecast._compute_now(self.company)
        self.assertEqual(rows.mapped("amount_expected")[:3], [0, 90, 0])

    def test_a_practice_that_is_paid_fast_expects_more(self):
        slow = sum(
            self.env["recouv.forecast"]
            ._compute_now(self.company)
            .mapped("amount_expected")
        )
        for _index in range(6):
            move = self.make_invoice(due=date(2026, 3, 1))
            self.pay(move, day=date(2026, 5, 20))
        fast = sum(
            self.env["recouv.forecast"]
            ._compute_now(self.company)
            .mapped("amount_expected")
        )
        self.assertGreater(fast, slow)

    def test_the_secretary_opens_the_forecast(self):
        action = self.env["recouv.forecast"].with_user(self.secretary).action_open()
        self.assertEqual(action["res_model"], "recouv.forecast")
        chart = self.env["recouv.dashboard"].with_user(self.secretary).get_forecast()
        self.assertEqual(len(chart["labels"]), 26)

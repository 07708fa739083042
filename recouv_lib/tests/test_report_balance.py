from datetime import date

from odoo import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY
from .transfer_common import TransferCommon

YEAR_END = date(2025, 12, 31)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReportBalance(TransferCommon):
    """The aged balance of a past day ties to the ledger of that day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls.make_invoice(due=date(2025, 10, 1), amount=300)
        cls.late = cls.make_invoice(
            due=date(2026, 1, 15), invoice_date=date(2025, 12, 20), amount=80
        )
        cls.young = cls.make_invoice(due=date(2026, 5, 1), amount=50)

    def rows(self, day=YEAR_END, user=None):
        self.env.invalidate_all()  # a row of another day has the same id
        report = self.env["recouv.report.balance"].with_user(user or self.env.user)
        return report.with_context(recouv_at=str(day)).search(
            [("company_id", "=", self.company.id)]
        )

    def ledger(self, day):
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
            ]
        )
        return sum(items.mapped("balance"))

    def by_move(self, day=YEAR_END):
        return {row.move_id: row.amount for row in self.rows(day)}

    def test_what_was_open_then_is_listed_by_age(self):
        rows = {row.move_id: row for row in self.rows()}
        self.assertEqual(set(rows), {self.old, self.late})
        self.assertEqual(rows[self.old].bucket, "b091")
        self.assertEqual(rows[self.old].age_days, 91)
        self.assertEqual(rows[self.late].bucket, "not_due")

    def test_a_payment_of_the_next_year_changes_nothing_of_the_last(self):
        self.pay(self.old, 100, day=date(2025, 11, 1))
        self.pay(self.old, 200, day=date(2026, 2, 1))
        self.assertEqual(self.by_move()[self.old], 200)
        self.assertNotIn(self.old, self.by_move(date(2026, 2, 1)))

    def test_the_sum_is_the_balance_of_the_ledger(self):
        self.pay(self.old, 100, day=date(2025, 11, 1))
        self.pay(self.late, 80, day=date(2026, 1, 3))
        self.credit_note(self.old, 30, day=date(2026, 3, 1))
        self.transfer(self.old, kind="doubtful", partner=self.patient, amount=150)
        for day in (date(2025, 10, 31), YEAR_END, date(2026, 3, 1), TODAY):
            amounts = self.rows(day).mapped("amount")
            self.assertAlmostEqual(sum(amounts), self.ledger(day), 2, day)

    def test_a_payment_laid_on_nothing_is_a_credit(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.patient.id,
                "amount": 40,
                "date": date(2025, 12, 1),
            }
        )
        payment.action_post()
        self.assertIn(-40, self.rows().mapped("amount"))

    def test_the_doubtful_are_told_apart(self):
        self.transfer(
            self.old, kind="doubtful", partner=self.patient, date=date(2025, 12, 31)
        )
        rows = self.rows()
        self.assertEqual(rows.filtered("is_doubtful").mapped("amount"), [300])
        self.assertEqual(sum(rows.mapped("amount")), 380)

    def test_a_draft_is_not_in_the_books(self):
        self.late.button_draft()
        self.assertNotIn(self.late, self.by_move())

    def test_the_dialog_opens_it_at_the_last_closing(self):
        wizard = self.env["recouv.report.balance.wizard"].create({})
        self.assertEqual(wizard.date, YEAR_END)
        action = wizard.action_view()
        self.assertEqual(action["context"], {"recouv_at": "2025-12-31"})
        self.assertIn("2025", action["display_name"])
        groups = (
            self.env["recouv.report.balance"]
            .with_context(**action["context"])
            ._read_group([], ["bucket"], ["amount:sum"])
        )
        self.assertIn(("b091", 300), groups)

    def test_an_accountant_reads_it_and_no_other_practice(self):
        accountant = new_test_user(
            self.env,
            "balance_accountant",
            groups="base.group_user,account.group_account_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertEqual(len(self.rows(user=accountant)), 2)
        other = self.setup_other_company(name="Other practice")["company"]
        accountant.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.rows(user=accountant))

from datetime import date

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import BoughtCommon

#: setting -> (code, type): what the French chart has of its own
ACCOUNTS = {
    "recouv_depreciation_expense_account_id": ("681740", "expense"),
    "recouv_depreciation_income_account_id": ("781740", "income"),
    "recouv_depreciation_account_id": ("491000", "asset_current"),
    "recouv_impairment_account_id": ("496700", "asset_current"),
}
KEPT = "recouv_impairment_account_id"
EXPENSE = "recouv_depreciation_expense_account_id"
INCOME = "recouv_depreciation_income_account_id"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImpairment(BoughtCommon):
    """What the buyer may lose of what it bought is in its books before it is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.books["account.account"].with_company(cls.agency)
        for fname, (code, kind) in ACCOUNTS.items():
            cls.agency.sudo()[fname] = accounts.create(
                {
                    "name": code,
                    "code": code,
                    "account_type": kind,
                    "company_ids": [Command.set(cls.agency.ids)],
                }
            )
        cls.rate(60, 25.0)
        cls.rate(180, 60.0)
        # 105 days and 14 days past due
        cls.old = cls.sold(cls.old_invoice(120.0))
        cls.young = cls.sold(cls.make_invoice(amount=80.0, due=date(2026, 6, 1)))

    @classmethod
    def rate(cls, days, percent, company=None):
        rates = cls.env["recouv.impairment.rate"].sudo()
        return rates.create(
            {
                "company_id": (company or cls.agency).id,
                "age_days": days,
                "percent": percent,
            }
        )

    def batch(self, day=TODAY, user=None, **values):
        batches = self.env["recouv.doubtful.batch"].with_user(
            user or self.agency_manager
        )
        batches = batches.with_company(self.agency)
        batch = batches.with_context(default_kind="impairment").create(
            {"company_id": self.agency.id, "date": day, **values}
        )
        batch.action_propose()
        return batch

    def booked(self, day=TODAY, **values):
        batch = self.batch(day, **values)
        batch.action_post()
        return batch

    def listed(self, batch):
        return {line.claim_id: line for line in batch.line_ids}

    def claim(self, line):
        return line.purchase_id.claim_id

    # --- proposing ------------------------------------------------------------------

    def test_the_table_proposes_by_age(self):
        batch = self.batch(min_age_days=0)
        lines = self.listed(batch.sudo())
        old, young = (lines[self.claim(one)] for one in (self.old, self.young))
        self.assertEqual((old.percent, old.amount_wanted), (25, 30))
        self.assertEqual((young.percent, young.amount_wanted), (0, 0))
        self.assertEqual(batch.amount_change, 30)

    def test_the_next_age_counts_from_its_first_day(self):
        # 2 March and 180 days
        lines = self.listed(self.batch(date(2026, 8, 28)).sudo())
        self.assertEqual(lines[self.claim(self.old)].percent, 25)
        reached = self.batch(date(2026, 8, 29))
        lines = self.listed(reached.sudo())
        self.assertEqual(lines[self.claim(self.old)].percent, 60)

    def test_without_an_age_said_the_table_s_first_one_is_taken(self):
        batches = self.env["recouv.doubtful.batch"].with_user(self.agency_manager)
        batches = batches.with_context(default_kind="impairment")
        values = batches.with_company(self.agency).default_get(["kind", "min_age_days"])
        self.assertEqual(values, {"kind": "impairment", "min_age_days": 60})

    def test_another_company_s_table_is_its_own(self):
        self.rate(0, 99.0, company=self.company)
        self.assertEqual(self.batch().sudo().line_ids.percent, 25)

    def test_what_the_practice_is_owed_is_not_in_it(self):
        own = self.old_invoice(50.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        batch = self.batch(min_age_days=0).sudo()
        self.assertNotIn(own, batch.line_ids.move_line_id.move_id)
        doubtful = self.env["recouv.doubtful.batch"].sudo().with_company(self.agency)
        doubtful = doubtful.create({"company_id": self.agency.id, "min_age_days": 0})
        doubtful.action_propose()
        self.assertFalse(doubtful.line_ids)

    def test_both_kinds_are_prepared_for_one_closing(self):
        self.batch()
        plain = self.env["recouv.doubtful.batch"].with_user(self.agency_manager)
        plain = plain.create({"company_id": self.agency.id, "date": TODAY})
        self.assertEqual(plain.kind, "doubtful")

    # --- booking --------------------------------------------------------------------

    def test_it_is_one_entry_on_its_own_accounts(self):
        self.sold(self.old_invoice(40.0))
        batch = self.booked()
        self.assertEqual(len(batch.sudo().depreciation_move_ids), 1)
        self.assertBooks(self.agency, {EXPENSE: 40, KEPT: -40, INCOME: 0})
        self.assertBooks(self.agency, {"recouv_depreciation_account_id": 0})
        self.assertBalanced(self.agency)

    def test_what_was_bought_stays_and_is_asked_for(self):
        before = self.balance(
            self.agency, self.agency.sudo().recouv_acquired_account_id
        )
        self.booked()
        self.assertBooks(self.agency, {"recouv_acquired_account_id": before})
        claim = self.claim(self.old)
        self.assertEqual(claim.move_line_id, self.old.purchase_id.item_id)
        self.assertEqual((claim.settlement, claim.amount_residual), ("open", 120))

    def test_the_practice_s_books_know_nothing_of_it(self):
        self.env.flush_all()
        moves = self.books["account.move"]
        before = moves.search_count([("company_id", "=", self.company.id)])
        self.booked()
        after = moves.search_count([("company_id", "=", self.company.id)])
        self.assertEqual(after, before)

    def test_by_hand(self):
        batch = self.batch(min_age_days=0)
        lines = self.listed(batch)
        lines[self.claim(self.old).with_user(self.agency_manager)].percent = 50.0
        lines[self.claim(self.young).with_user(self.agency_manager)].percent = 10.0
        batch.action_post()
        self.assertBooks(self.agency, {KEPT: -68})

    def test_the_next_one_books_the_difference(self):
        first = self.booked()
        second = self.booked(date(2026, 9, 30))
        self.assertEqual(second.amount_change, 72 - 30 + 20)
        # 120 at 60 %, and 80, now 121 days old, at 25 %
        self.assertBooks(self.agency, {EXPENSE: 92, KEPT: -92, INCOME: 0})
        self.assertEqual(first.sudo().line_ids.next_line_id.batch_id, second.sudo())
        self.assertBalanced(self.agency)

    def test_the_same_day_again_changes_nothing(self):
        self.booked()
        again = self.booked()
        self.assertFalse(again.sudo().depreciation_move_ids)
        self.assertBooks(self.agency, {EXPENSE: 30, KEPT: -30})

    def test_what_was_paid_is_released_by_the_next_one(self):
        self.booked()
        self.receive(self.old, 60.0)
        self.booked(date(2026, 6, 30))
        self.assertBooks(self.agency, {EXPENSE: 30, INCOME: -15, KEPT: -15})
        self.receive(self.old)
        last = self.booked(date(2026, 7, 15))
        self.assertEqual(last.sudo().line_ids.amount_change, -15)
        self.assertBooks(self.agency, {EXPENSE: 30, INCOME: -30, KEPT: 0})

    def test_up_and_down_are_in_one_entry(self):
        self.booked()
        self.receive(self.old)
        self.rate(10, 50.0)
        batch = self.booked(date(2026, 6, 30), min_age_days=10)
        entry = batch.sudo().depreciation_move_ids
        self.assertEqual(len(entry.line_ids), 4)
        self.assertBooks(self.agency, {EXPENSE: 70, INCOME: -30, KEPT: -40})

    def test_what_was_paid_is_released_on_demand(self):
        batch = self.booked()
        self.receive(self.old)
        batch.action_release()
        self.assertBooks(self.agency, {INCOME: -30, KEPT: 0})
        batch.action_release()
        self.assertBooks(self.agency, {INCOME: -30, KEPT: 0})

    def test_what_a_later_one_took_over_is_released_there_alone(self):
        first = self.booked()
        second = self.booked(date(2026, 9, 30))
        self.receive(self.old)
        first.action_release()
        self.assertBooks(self.agency, {INCOME: 0})
        second.action_release()
        self.assertBooks(self.agency, {INCOME: -72, KEPT: -20})

    def test_a_loss_releases_its_impairment(self):
        self.booked()
        self.lose(self.old)
        self.assertBooks(self.agency, {INCOME: -30, KEPT: 0})
        again = self.batch(date(2026, 7, 15))
        self.assertNotIn(self.claim(self.old), again.sudo().line_ids.claim_id)

    def test_a_repurchase_is_released_by_the_next_one(self):
        self.booked()
        self.take_back(self.old)
        self.booked(date(2026, 7, 15))
        self.assertBooks(self.agency, {INCOME: -30, KEPT: 0})

    # --- undoing --------------------------------------------------------------------

    def test_undone_it_is_out_of_the_books(self):
        batch = self.booked()
        batch.undo("Too early")
        self.assertEqual(batch.state, "undone")
        self.assertBooks(self.agency, {KEPT: 0})
        self.assertBalanced(self.agency)

    def test_undone_the_earlier_one_stands_again(self):
        first = self.booked()
        second = self.booked(date(2026, 9, 30))
        second.undo("Too much")
        self.assertBooks(self.agency, {KEPT: -30})
        self.assertFalse(first.sudo().line_ids.next_line_id)
        third = self.booked(date(2026, 9, 30))
        self.assertEqual(third.amount_change, 62)
        self.assertBooks(self.agency, {KEPT: -92})

    def test_undone_after_a_payment_the_earlier_one_carries_what_is_open(self):
        self.booked()
        second = self.booked(date(2026, 9, 30))
        self.receive(self.old)
        second.undo("Too much")
        self.assertBooks(self.agency, {KEPT: 0})

    def test_the_last_one_is_undone_first(self):
        first = self.booked()
        self.booked(date(2026, 9, 30))
        with self.assertRaisesRegex(UserError, "Impairment at .* started from it"):
            first.undo("Wrong order")

    # --- what stands against it -----------------------------------------------------

    def test_an_agent_books_nothing(self):
        batch = self.batch()
        with self.assertRaises(AccessError):
            batch.with_user(self.agent).action_post()

    def test_a_missing_account_is_named(self):
        kept = self.agency.sudo()[KEPT].with_company(self.agency)
        kept.code = "496999"
        self.agency.sudo()[KEPT] = False
        batch = self.batch()
        with self.assertRaisesRegex(UserError, "Impairment of bought"):
            batch.action_post()
        self.assertEqual(batch.state, "draft")

    def test_a_locked_year_refuses_it(self):
        batch = self.batch()
        self.agency.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, "are locked on 2026-06-15"):
            batch.action_post()
        self.assertEqual(batch.state, "draft")
        self.assertBooks(self.agency, {EXPENSE: 0, KEPT: 0})

    def test_a_locked_day_refuses_a_release(self):
        batch = self.booked()
        self.receive(self.old)
        self.agency.sudo().fiscalyear_lock_date = TODAY
        for book in (batch.action_release, lambda: batch.undo("Too early")):
            with self.assertRaisesRegex(UserError, "locked"):
                book()
        self.assertBooks(self.agency, {INCOME: 0, KEPT: -30})

    def test_a_rate_is_a_rate(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.rate(90, 101.0)

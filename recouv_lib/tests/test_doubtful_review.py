"""A depreciation is estimated anew at each closing: up, down, undone."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_books_cases import DoubtfulGround
from .write_off_common import WriteOffCommon

KEPT = "recouv_depreciation_account_id"
EXPENSE = "recouv_depreciation_expense_account_id"
INCOME = "recouv_depreciation_income_account_id"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDoubtfulReview(DoubtfulGround):
    def review(self, percent=0.0, day=TODAY):
        return self.batch(date=day, depreciation_percent=percent)

    def reviewed(self, percent=0.0):
        batch = self.review(percent)
        batch.action_post()
        return batch

    def make_doubtful(self):
        wizard = self.env["recouv.transfer.doubtful"].with_context(
            active_model="recouv.claim", active_ids=self.claim.ids
        )
        wizard.create({"reason": "It is old"}).action_confirm()

    def assertDepreciated(self, kept, expense, income=0):
        sums = [self.balance(fname) for fname in (KEPT, EXPENSE, INCOME)]
        self.assertEqual(sums, [-kept, expense, -income])

    # --- listing --------------------------------------------------------------------

    def test_what_is_depreciated_is_listed_with_what_is_carried(self):
        self.booked(depreciation_percent=50)
        batch = self.review(100)
        line = batch.line_ids
        self.assertEqual((line.claim_id, line.is_depreciation_only), (self.claim, True))
        sums = (line.amount, line.amount_carried, line.amount_change)
        self.assertEqual(sums, (300, 150, 150))
        self.assertEqual(batch.amount_change, 150)

    def test_a_rate_set_after_the_proposal_raises_and_never_lowers(self):
        self.booked(depreciation_percent=50)
        batch = self.review()
        self.assertEqual((batch.line_ids.percent, batch.amount_change), (50, 0))
        batch.depreciation_percent = 80
        self.assertEqual(batch.line_ids.percent, 80)
        batch.depreciation_percent = 20
        self.assertEqual((batch.line_ids.percent, batch.amount_change), (50, 0))

    def test_what_was_never_depreciated_waits_for_a_rate(self):
        self.make_doubtful()
        self.assertFalse(self.review().line_ids)
        batch = self.env["recouv.doubtful.batch"].search([("state", "=", "draft")])
        batch.depreciation_percent = 50
        batch.action_propose()
        self.assertEqual(batch.line_ids.claim_id, self.claim)

    def test_a_closing_before_is_not_estimated_again(self):
        self.booked(depreciation_percent=50)
        self.assertFalse(self.review(100, date(2026, 4, 30)).line_ids)

    # --- booking --------------------------------------------------------------------

    def test_from_a_half_to_the_whole(self):
        first = self.booked(depreciation_percent=50)
        item = self.claim.move_line_id
        second = self.reviewed(100)
        self.assertDepreciated(300, 300)
        entry = second.sudo().depreciation_move_ids
        self.assertEqual((len(entry.line_ids), entry.date), (2, TODAY))
        self.assertEqual(first.line_ids.next_line_id, second.line_ids)
        self.assertEqual(self.claim.move_line_id, item, "it stays where it is")
        self.assertFalse(second.line_ids.transfer_id)

    def test_by_hand_it_goes_down(self):
        self.booked(depreciation_percent=50)
        batch = self.review()
        batch.line_ids.percent = 20
        batch.action_post()
        self.assertDepreciated(60, 150, 90)

    def test_what_changes_nothing_stays_where_it_was(self):
        first = self.booked(depreciation_percent=50)
        second = self.reviewed(30)
        self.assertFalse(second.line_ids)
        self.assertFalse(first.line_ids.next_line_id)
        self.assertDepreciated(150, 150)

    def test_what_the_wizard_moved_is_depreciated(self):
        self.make_doubtful()
        self.reviewed(50)
        self.assertDepreciated(150, 150)
        transfers = self.env["recouv.transfer"].search([("kind", "=", "doubtful")])
        self.assertEqual(len(transfers), 1)

    def test_what_was_paid_is_released(self):
        self.booked(depreciation_percent=50)
        self.pay_claim(100)
        self.reviewed()
        self.assertDepreciated(100, 150, 50)

    def test_what_was_wholly_paid_is_released(self):
        self.booked(depreciation_percent=50)
        self.pay_claim()
        line = self.reviewed(100).line_ids
        self.assertEqual((line.amount, line.amount_change), (0, -150))
        self.assertDepreciated(0, 150, 150)

    def test_what_is_paid_after_the_proposal_counts_for_what_is_left(self):
        self.booked(depreciation_percent=50)
        batch = self.review(100)
        self.pay_claim(200)
        batch.action_post()
        self.assertDepreciated(100, 150, 50)

    def test_it_is_released_where_it_was_taken_over(self):
        first = self.booked(depreciation_percent=50)
        second = self.reviewed(100)
        self.pay_claim(100)
        first.action_release()
        self.assertDepreciated(300, 300)
        second.action_release()
        self.assertDepreciated(200, 300, 100)

    def test_brought_back_and_moved_again_it_is_depreciated_once(self):
        first = self.booked(depreciation_percent=50)
        first.line_ids.transfer_id.action_reverse(
            "It will be paid", date_due=date(2025, 10, 1)
        )
        second = self.reviewed(50)
        self.assertFalse(second.line_ids.is_depreciation_only)
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.company.recouv_doubtful_account_id)
        self.assertDepreciated(150, 150)

    def test_brought_back_and_left_there_it_is_released(self):
        first = self.booked(depreciation_percent=50)
        first.line_ids.transfer_id.action_reverse("It will be paid")
        self.batch(date=TODAY, min_age_days=4000).action_post()
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.receivable(self.old).account_id)
        self.assertDepreciated(0, 150, 150)

    def test_books_on_receipts_only_release(self):
        self.booked(depreciation_percent=50)
        self.company.recouv_cash_basis = True
        self.pay_claim(100)
        batch = self.review()
        batch.line_ids.percent = 100
        with self.assertRaisesRegex(UserError, "no loss"):
            batch.action_post()
        batch.line_ids.percent = 50
        batch.action_post()
        self.assertDepreciated(100, 150, 50)

    def test_a_locked_year_refuses_it(self):
        first = self.booked(depreciation_percent=50)
        batch = self.review(100)
        self.pay_claim(100)
        self.company.sudo().fiscalyear_lock_date = TODAY
        for book in (batch.action_post, first.action_release):
            with self.assertRaisesRegex(UserError, "locked"):
                book()
        self.assertDepreciated(150, 150)
        self.assertEqual(batch.state, "draft")

    # --- undoing --------------------------------------------------------------------

    def test_undone_the_earlier_one_stands_again(self):
        first = self.booked(depreciation_percent=50)
        second = self.reviewed(100)
        with self.assertRaisesRegex(UserError, f"{second.display_name} started"):
            first.undo("Wrong order")
        second.undo("Too much")
        self.assertDepreciated(150, 300, 150)
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.company.recouv_doubtful_account_id)
        first.undo("Wrong too")
        self.assertDepreciated(0, 300, 300)
        account = self.claim.move_line_id.account_id
        self.assertEqual(account, self.receivable(self.old).account_id)

    def test_undone_after_a_payment_what_is_open_stays_depreciated(self):
        self.booked(depreciation_percent=50)
        second = self.reviewed(100)
        self.pay_claim(100)
        second.undo("Too much")
        self.assertEqual(self.balance(KEPT), -100)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReviewedWriteOff(WriteOffCommon):
    def booked(self, percent, day):
        batch = self.env["recouv.doubtful.batch"].create(
            {"date": day, "min_age_days": 10, "depreciation_percent": percent}
        )
        batch.action_propose()
        batch.action_post()
        return batch

    def kept(self):
        return self.balance(self.company[KEPT])

    def test_a_loss_releases_all_that_was_reviewed(self):
        self.booked(50, date(2026, 5, 31))
        self.booked(100, TODAY)
        act = self.written_off()
        self.assertEqual((act.amount_released, self.kept()), (120, 0))
        act.undo("Found again")
        self.assertEqual(self.kept(), -120)

    def test_undone_after_its_batch_a_loss_depreciates_nothing_again(self):
        batch = self.booked(50, date(2026, 5, 31))
        act = self.written_off()
        batch.undo("Too early")
        act.undo("Found again")
        self.assertEqual(self.kept(), 0)
        self.booked(50, TODAY)
        self.assertEqual(self.kept(), -60, "and it can be depreciated again")

from datetime import date

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .rejection_common import RejectionCommon
from .return_common import PAID_ON, ReturnCommon


@tagged("post_install", "-at_install")
class TestForclusion(RejectionCommon):
    """Money that a payer need not pay any more after a day, and the alarms before."""

    def section(self, code, user=None):
        day = self.env["recouv.day"].with_user(user or self.biller)
        found = {s.code: s for s in day._sections(fields.Date.context_today(day))}
        return (
            self.env[found[code].model]
            .with_user(user or self.biller)
            .search(found[code].domain)
        )

    def test_the_amo_is_lost_two_years_after_the_quarter_of_the_care(self):
        share = self.make_share()
        # care of 4 May 2026: from 1 July 2026
        self.assertEqual(share.limitation_date, date(2028, 7, 1))
        with freeze_time("2028-03-01"):
            self.assertNotIn(share, self.section("tp_lost_90"))
        with freeze_time("2028-04-10"):
            self.assertIn(share, self.section("tp_lost_90"))
            self.assertNotIn(share, self.section("tp_lost_30"))
        with freeze_time("2028-06-10"):
            self.assertNotIn(share, self.section("tp_lost_90"))
            self.assertIn(share, self.section("tp_lost_30"))

    def test_what_is_paid_raises_no_alarm(self):
        share = self.make_share()
        share.sudo()._set_state("paid")
        with freeze_time("2028-06-10"):
            self.assertNotIn(share, self.section("tp_lost_30"))

    def test_a_rejection_past_its_deadline_is_an_alarm(self):
        rejection = self.reject(self.make_share())
        with freeze_time("2028-05-01"):
            self.assertNotIn(rejection, self.section("tp_deadline"))
        with freeze_time("2028-06-05"):
            self.assertIn(rejection, self.section("tp_deadline"))

    def test_rejections_of_a_colleague_are_not_in_my_day(self):
        rejection = self.reject(self.make_share())
        self.assertIn(rejection, self.section("tp_rejections"))
        self.assertNotIn(rejection, self.section("tp_rejections", self.boss))

    def test_money_at_risk_is_summed_by_month(self):
        self.make_share()
        self.make_share(self.mutual)
        action = self.env.ref("recouv_lib_tiers_payant.recouv_share_action_at_risk")
        groups = (
            self.env["recouv.share"]
            .with_user(self.biller)
            ._read_group(
                [("company_id", "=", self.company.id), ("state", "=", "transmitted")],
                ["limitation_date:month"],
                ["amount:sum"],
            )
        )
        self.assertTrue(action.domain)
        self.assertEqual([amount for _month, amount in groups], [70.0, 70.0])


@tagged("post_install", "-at_install")
class TestPenalty(RejectionCommon):
    """A caisse that pays after seven working days owes one euro, then ten per cent."""

    def paid_on(self, *days):
        shares = self.env["recouv.share"]
        for day in days:
            share = self.make_share()
            self.pay_payer(share, day)
            share.sudo()._set_state("paid")
            shares |= share
        return shares

    def find(self):
        return self.env["recouv.penalty"]._find(self.company)

    def test_one_euro_on_the_eighth_day_ten_per_cent_from_the_tenth(self):
        # sent on Monday 4 May 2026; 8 and 14 May are holidays: the 7th working day
        # is Thursday 15 May
        in_time, eighth, tenth = self.paid_on(
            date(2026, 5, 15), date(2026, 5, 18), date(2026, 5, 29)
        )
        self.assertEqual(eighth.expected_date, date(2026, 5, 15))
        penalties = {one.share_id: one for one in self.find()}
        self.assertNotIn(in_time, penalties)
        self.assertEqual(penalties[eighth].amount, 1.0)
        self.assertEqual(penalties[eighth].kind, "flat")
        self.assertEqual(penalties[tenth].amount, 7.0)
        self.assertEqual(penalties[tenth].kind, "percent")
        self.assertEqual(penalties[tenth].half_year, "2026 S2")

    def test_what_was_credited_of_a_part_bears_no_penalty(self):
        share = self.make_share()
        self.credit_note(share.move_id, 35, "amo", day=date(2026, 5, 20))
        self.pay_payer(share, date(2026, 5, 29))
        penalty = self.find()
        self.assertEqual(penalty.share_id, share)
        self.assertEqual((penalty.amount, penalty.amount_share), (3.5, 35.0))

    def test_finding_twice_changes_nothing(self):
        self.paid_on(date(2026, 5, 29))
        self.assertEqual(len(self.find()), 1)
        self.assertFalse(self.find())

    def test_a_mutual_fund_owes_no_penalty(self):
        share = self.make_share(self.mutual)
        self.pay_payer(share, date(2026, 6, 29))
        share.sudo()._set_state("paid")
        self.assertFalse(self.find())

    def test_what_was_sent_on_paper_has_no_delay(self):
        share = self.make_share(fse_kind="P")
        self.pay_payer(share, date(2026, 5, 29))
        share.sudo()._set_state("paid")
        self.assertFalse(self.find())

    def test_penalties_of_a_payer_and_half_year_are_one_letter(self):
        self.paid_on(date(2026, 5, 28), date(2026, 5, 29))
        penalties = self.find().with_user(self.biller)
        moves = self.env["account.move"].search_count([])
        penalties.action_claim()
        self.assertEqual(set(penalties.mapped("state")), {"claimed"})
        self.assertEqual(len(penalties.document_id), 1)
        # nothing is booked before it comes
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        with self.assertRaisesRegex(UserError, "Claimed"):
            penalties.action_claim()
        penalties.undo("wrong day of transmission")
        self.assertEqual(set(penalties.mapped("state")), {"to_claim"})
        penalties.action_drop()
        self.assertEqual(set(penalties.mapped("state")), {"dropped"})


@tagged("post_install", "-at_install")
class TestPenaltyOfReturns(ReturnCommon):
    """The day that counts is the announced transfer's, whenever the rest was booked."""

    def awaited(self):
        """A part sent on 2 June 2026, to be paid by the 11th."""
        share = self.sent_share(70.0)
        share._date_payment()
        self.assertGreaterEqual(share.expected_date, PAID_ON)
        return share

    def answered(self, share, paid=7000, day=PAID_ON, **values):
        writer = self.writer()
        transfer = self.transfer(writer, day)
        self.answer(transfer, share, paid, **values)
        return self.taken(writer.bytes()).line_ids

    def found(self):
        return self.env["recouv.penalty"]._find(self.company)

    def settle_late(self, share, day):
        """An answer that found no share, settled by hand at the end of the month."""
        line = self.answered(
            share, day=day, number="999999999", nir="1850578006084", nir_key="36"
        )
        self.assertEqual(line.outcome, "to_settle")
        with freeze_time("2026-06-29"):
            self.env["recouv.return.settlement"]._settle(line, "share", share=share)
        self.assertEqual(share.state, "paid")

    def test_a_gap_settled_later_is_no_late_payment(self):
        share = self.awaited()
        self.answered(share, 6998)
        self.company.recouv_tp_gap_account_id = self.company_data[
            "default_account_expense"
        ]
        with freeze_time("2026-06-29"):
            self.env["recouv.gap"].search(
                [("company_id", "=", self.company.id)]
            ).action_settle()
        self.assertEqual(share.state, "paid")
        self.assertFalse(self.found())

    def test_a_line_settled_late_by_hand_was_paid_in_time(self):
        self.settle_late(self.awaited(), PAID_ON)
        self.assertFalse(self.found())

    def test_a_transfer_announced_late_is_late_by_whatever_hand(self):
        share = self.awaited()
        self.settle_late(share, date(2026, 6, 15))
        penalty = self.found()
        self.assertEqual(penalty.share_id, share)
        self.assertEqual(penalty.paid_on, date(2026, 6, 15))

    def test_a_late_credit_note_is_no_late_payment(self):
        share = self.awaited()
        self.answered(share, 6000)
        move = share.move_id
        with freeze_time("2026-06-29"):
            refund = move._reverse_moves([{"invoice_date": date(2026, 6, 29)}])
            refund.invoice_line_ids.price_unit = 10.0
            refund.invoice_line_ids.tax_ids = False
            refund.recouv_credit_part = "amo"
            refund.action_post()
        self.assertEqual(share._recouv_target().amount_residual, 0)
        share._set_state("paid")
        self.assertFalse(self.found())

from datetime import date

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .rejection_common import SENT, RejectionCommon
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


@tagged("post_install", "-at_install")
class TestTwicePaid(RejectionCommon):
    """Patient and payer have both paid: the patient gets it back."""

    def billed_and_paid(self):
        share = self.make_share(self.mutual)
        self.make_reason("5555")
        rejection = self.reject(share, "5555", "plafond")
        with freeze_time("2026-06-15"):
            act = rejection._treat_bill(date(2026, 7, 15), channel="email")
        item = act.transfer_id.target_line_id
        self.pay_item(item)
        return share

    def late_answer(self, share, paid=70.0, **values):
        return self.answer(
            share,
            status="P",
            paid=paid,
            outcome="to_settle",
            issue="patient_billed",
            **values,
        )

    def test_what_a_payer_pays_after_the_patient_is_refunded(self):
        share = self.billed_and_paid()
        # the patient's own 30 is paid too
        self.pay_item(
            share.move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
        )
        refund = self.env["recouv.refund"]._find(self.late_answer(share))
        self.assertEqual(refund.amount, 70.0)
        self.assertEqual(refund.partner_id, self.patient)
        refund = refund.with_user(self.biller)
        refund.action_tell()
        self.assertEqual(refund.state, "told")
        refund.action_pay()
        self.assertEqual(refund.payment_id.amount, 70.0)
        self.assertEqual(refund.payment_id.state, "draft")
        # not refunded before the money leaves
        self.assertEqual(refund.state, "told")
        refund.undo("kept for the next invoice")
        self.assertEqual(refund.state, "proposed")
        self.assertFalse(refund.payment_id)

    def test_only_what_was_received_beyond_the_invoice_is_refunded(self):
        share = self.billed_and_paid()
        # 70 of the patient, 50 of the payer, for an invoice of 100
        refund = self.env["recouv.refund"]._find(self.late_answer(share, 50.0))
        self.assertEqual(refund.amount, 20.0)

    def proposed(self):
        return self.env["recouv.refund"]._find(self.late_answer(self.billed_and_paid()))

    def test_it_is_refunded_once_its_payment_is_posted(self):
        refund = self.proposed()
        refund.action_pay()
        self.assertEqual(refund.state, "proposed")
        payment = refund.payment_id
        refund.action_pay()
        self.assertEqual(refund.payment_id, payment)
        payment.action_post()
        self.assertEqual(refund.state, "refunded")
        with self.assertRaisesRegex(UserError, "its payment has left"):
            refund.undo("too fast")
        with self.assertRaises(UserError):
            refund.action_drop()
        payment.action_draft()
        self.assertEqual(refund.state, "proposed")

    def test_refunds_are_found_and_grouped_by_their_state(self):
        refund = self.proposed()
        own = [("id", "=", refund.id)]
        refunds = self.env["recouv.refund"]
        self.assertTrue(refunds.search([*own, ("state", "=", "proposed")]))
        refund.action_drop()
        self.assertFalse(refunds.search([*own, ("state", "!=", "dropped")]))
        self.assertEqual(
            refunds._read_group(own, ["state"], ["__count"]), [("dropped", 1)]
        )
        refund.undo("it is owed after all")
        self.assertTrue(refunds.search([*own, ("state", "in", ("proposed", "told"))]))

    def test_a_deleted_payment_makes_it_proposed_again(self):
        refund = self.proposed()
        refund.action_pay()
        refund.payment_id.unlink()
        self.assertEqual((refund.state, refund.payment_id.id), ("proposed", False))
        refund.action_pay()
        self.assertEqual(refund.payment_id.state, "draft")

    def test_what_is_dropped_leaves_no_payment(self):
        refund = self.proposed()
        refund.action_pay()
        payment = refund.payment_id
        refund.action_drop()
        self.assertEqual(refund.state, "dropped")
        self.assertFalse(payment.exists())

    def test_two_answers_about_one_invoice_refund_it_once(self):
        share = self.billed_and_paid()
        both = self.late_answer(share) + self.late_answer(share)
        refund = self.env["recouv.refund"]._find(both)
        # 70 of the patient and 70 of the payer for 100
        self.assertEqual(refund.mapped("amount"), [40.0])
        self.assertFalse(self.env["recouv.refund"]._find(self.late_answer(share)))
        refund.action_drop()
        again = self.env["recouv.refund"]._find(self.late_answer(share))
        self.assertEqual(again.amount, 40.0)

    def test_who_has_not_paid_gets_nothing(self):
        share = self.make_share(self.mutual)
        self.make_reason("5555")
        with freeze_time("2026-06-15"):
            self.reject(share, "5555", "x")._treat_bill(
                date(2026, 7, 15), channel="email"
            )
        self.assertFalse(self.env["recouv.refund"]._find(self.late_answer(share)))

    def test_an_answer_is_proposed_once(self):
        line = self.late_answer(self.billed_and_paid())
        self.assertTrue(self.env["recouv.refund"]._find(line))
        self.assertFalse(self.env["recouv.refund"]._find(line))


@tagged("post_install", "-at_install")
class TestGap(RejectionCommon):
    """Cents that payers round are settled in bulk."""

    def short(self, by):
        share = self.make_share()
        item = share.sudo().transfer_id.target_line_id
        self.pay_item(item, 70.0 - by)
        share.sudo()._set_state("partial")
        return share

    def gaps(self):
        self.env.flush_all()
        return (
            self.env["recouv.gap"]
            .with_user(self.biller)
            .search([("company_id", "=", self.company.id)])
        )

    def set_account(self):
        self.company.recouv_tp_gap_account_id = self.company_data[
            "default_account_expense"
        ]

    def test_cents_are_settled_and_the_part_is_paid(self):
        self.set_account()
        first, second = self.short(0.02), self.short(0.05)
        gaps = self.gaps()
        self.assertEqual(sorted(gaps.mapped("amount")), [0.02, 0.05])
        move = gaps.action_settle()
        self.assertEqual(move.state, "posted")
        self.assertEqual((first.state, second.state), ("paid", "paid"))
        self.env.invalidate_all()
        self.assertEqual(first.amount_open, 0.0)
        self.assertFalse(self.gaps())

    def test_more_than_the_threshold_is_no_gap(self):
        self.short(0.06)
        self.assertFalse(self.gaps())
        self.company.recouv_tp_gap = 0.10
        self.assertTrue(self.gaps())

    def test_cents_paid_too_much_are_settled_too(self):
        self.set_account()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.caisse.id,
                "amount": 0.03,
                "date": SENT,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        gaps = self.gaps()
        self.assertEqual(gaps.mapped("amount"), [-0.03])
        gaps.action_settle()
        self.assertFalse(self.gaps())

    def test_without_an_account_nothing_is_booked(self):
        self.short(0.02)
        with self.assertRaisesRegex(UserError, "no account for rounding gaps"):
            self.gaps().action_settle()

    def test_a_secretary_sees_no_gap(self):
        self.assertFalse(
            self.env["recouv.gap"].with_user(self.secretary).has_access("read")
        )

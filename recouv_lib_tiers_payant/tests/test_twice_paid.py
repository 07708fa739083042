"""Patient and payer have both paid: the patient gets it back, and it may come back."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .rejection_common import SENT, RejectionCommon


class TwicePaidCommon(RejectionCommon):
    """An invoice that patient and payer have both paid."""

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

    def proposed(self):
        return self.env["recouv.refund"]._find(self.late_answer(self.billed_and_paid()))


@tagged("post_install", "-at_install")
class TestTwicePaid(TwicePaidCommon):
    """Patient and payer have both paid: the patient gets it back."""

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

    def test_what_was_credited_is_no_part_of_what_was_owed(self):
        share = self.make_share(self.mutual)
        self.make_reason("5555")
        rejection = self.reject(share, "5555", "plafond")
        with freeze_time("2026-06-15"):
            act = rejection._treat_bill(date(2026, 7, 15), channel="email")
        self.credit_note(share.move_id, 20, "patient")
        back = act.transfer_id.target_line_id
        own = share.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(sum((back | own).mapped("amount_residual")), 80)
        for item in back | own:
            self.pay_item(item)
        # 80 of the patient and 70 of the payer, for 80
        refund = self.env["recouv.refund"]._find(self.late_answer(share))
        self.assertEqual(refund.amount, 70.0)

    def test_what_was_credited_to_another_payer_counts_too(self):
        share = self.make_share(self.mutual, amount=30.0)
        other = self.make_share(amount=70.0, invoice=share.move_id)
        self.credit_note(share.move_id, 20, "amo")
        self.make_reason("5555")
        with freeze_time("2026-06-15"):
            act = self.reject(share, "5555", "plafond")._treat_bill(
                date(2026, 7, 15), channel="email"
            )
        self.pay_item(act.transfer_id.target_line_id)
        self.pay_item(self.item_of(other))
        # 30 of the patient, 50 of the caisse, 30 of the fund, for 80
        refund = self.env["recouv.refund"]._find(self.late_answer(share, 30.0))
        self.assertEqual(refund.amount, 30.0)

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


@tagged("post_install", "-at_install")
class TestPatientRefundBack(TwicePaidCommon):
    """A refund to a patient that the bank sends back leaves anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        methods = cls.bank.outbound_payment_method_line_ids
        methods.payment_account_id = cls.env["account.account"].create(
            {
                "name": "Payments on the way",
                "code": "511990",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )

    def paid(self):
        """A refund whose payment was posted, and nothing of it at the bank yet."""
        refund = self.proposed()
        refund.with_user(self.biller).action_pay()
        refund.payment_id.journal_id = self.bank
        refund.payment_id.date = date(2026, 6, 20)
        with freeze_time("2026-06-20"):
            refund.payment_id.action_post()
        self.assertEqual(refund.state, "refunded")
        return refund

    def banked(self, refund, sign=-1, day=date(2026, 6, 22)):
        """The movement of the bank, matched by what our own matcher proposes."""
        movement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": day,
                "amount": sign * refund.amount,
                "payment_ref": f"VIR {refund.payment_id.name}",
            }
        )
        movement._recouv_propose(automatic=False)
        match = movement.recouv_match_ids.filtered(lambda m: m.rule == "payment")[:1]
        match._apply()
        return movement

    def came_back(self, refund, day="2026-06-25", user=None):
        refund = refund.with_user(user or self.biller)
        with freeze_time(day):
            dialog = refund.action_ask_refund_back()
            model = self.env[dialog["res_model"]].with_user(user or self.biller)
            form = Form(model.with_context(**dialog["context"]))
            form.reason = "Account closed"
            form.save().action_record()

    def owed(self):
        """What the patient has to get back, in the books."""
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.patient.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(items.mapped("balance"))

    def test_it_is_owed_to_the_patient_again_and_leaves_anew(self):
        refund = self.paid()
        before = self.owed() - refund.amount
        self.banked(refund)
        first = refund.payment_id
        self.came_back(refund)
        self.assertEqual((refund.state, first.state), ("proposed", "rejected"))
        self.assertEqual(self.owed(), before)
        self.assertIn("Account closed", refund.refund_history)
        self.assertEqual(refund.refund_back_on, date(2026, 6, 25))
        self.assertEqual(refund.refund_back_ordered_on, date(2026, 6, 20))
        refund.with_user(self.biller).action_pay()
        self.assertNotEqual(refund.payment_id, first)
        self.assertEqual(refund.payment_id.amount, refund.amount)

    def test_what_the_bank_returns_is_awaited_on_the_way(self):
        refund = self.paid()
        self.banked(refund)
        way = refund.payment_id.outstanding_account_id
        self.came_back(refund)
        waiting = self.env["account.move.line"].search(
            [("account_id", "=", way.id), ("reconciled", "=", False)]
        )
        self.assertEqual(waiting.mapped("amount_residual"), [refund.amount])

    def test_a_refund_that_the_bank_does_not_show_has_not_left(self):
        refund = self.paid()
        with self.assertRaisesRegex(UserError, "the bank shows no payment"):
            self.came_back(refund)
        self.assertEqual(refund.state, "refunded")

    def test_what_was_not_paid_does_not_come_back(self):
        refund = self.proposed()
        with self.assertRaisesRegex(UserError, "no refund of it was paid"):
            self.came_back(refund)

    def test_it_comes_back_once_after_it_left_and_not_in_locked_books(self):
        refund = self.paid()
        self.banked(refund)
        with self.assertRaisesRegex(UserError, "comes back after"):
            self.came_back(refund, "2026-06-19")
        self.company.fiscalyear_lock_date = date(2026, 6, 30)
        with self.assertRaisesRegex(UserError, self.company.name):
            self.came_back(refund)
        self.company.fiscalyear_lock_date = False
        self.came_back(refund)
        with self.assertRaisesRegex(UserError, "no refund of it was paid"):
            self.came_back(refund)

    def test_who_only_reads_payments_does_not_say_so(self):
        refund = self.paid()
        self.banked(refund)
        reader = new_test_user(
            self.env,
            "reader-of-refunds",
            groups="base.group_user,account.group_account_readonly",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            refund.with_user(reader).refund_came_back(date(2026, 6, 25), "Closed")

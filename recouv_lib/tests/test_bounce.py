from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .money_common import MoneyCommon


class BounceCommon:
    """The dialog of a payment that came back, as a secretary fills it."""

    def bounce(self, payment, **values):
        action = payment.with_user(self.secretary).action_recouv_bounce()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.secretary)
            .with_context(**action["context"])
            .create(values)
        )
        done = wizard.action_bounce()
        return self.env["recouv.bounce"].browse(done["res_id"])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBounce(BounceCommon, MoneyCommon):
    """What the bank sends back is owed again, where it stood."""

    def test_a_bounced_payment_opens_its_invoices_again(self):
        act = self.collect()
        bounce = self.bounce(act.payment_id)
        self.assertEqual(self.owed(self.old, self.young), [100, 60])
        self.assertEqual(act.state, "bounced")
        self.assertEqual(act.payment_id.state, "rejected")
        self.assertEqual(bounce.amount, 160)

    def test_the_books_keep_both_entries(self):
        payment = self.collect().payment_id
        bounce = self.bounce(payment)
        if payment.move_id:  # else nothing was in the books
            self.assertEqual(payment.move_id.state, "posted")
            self.assertEqual(bounce.move_id.state, "posted")
            lines = (payment.move_id | bounce.move_id).line_ids
            open_lines = lines.filtered(
                lambda line: line.account_id.reconcile and not line.reconciled
            )
            self.assertFalse(open_lines)

    def test_the_schedule_resumes_where_it_stood(self):
        self.prove(self.propose(date(2026, 6, 12)), date(2026, 6, 12))
        step = self.claims_of(self.old).step_id
        act = self.collect(date=TODAY)
        self.bounce(act.payment_id)
        self.assertEqual(self.claims_of(self.old).step_id, step)
        self.assertEqual(self.claims_of(self.old).settlement, "open")
        with freeze_time("2026-07-15"):
            self.env.invalidate_all()
            notice = self.propose(day=date(2026, 7, 15)).notice_ids
            self.assertEqual(notice.amount, 160)

    def test_a_deposited_cheque_bounces(self):
        cheque = self.collect(method="cheque").cheque_ids
        slip = self.deposit(cheque)
        slip.action_done()
        cheque.with_user(self.secretary).action_bounce()
        self.bounce(cheque.payment_id, reason="funds")
        self.assertEqual(cheque.state, "bounced")
        with self.assertRaisesRegex(UserError, "one of its cheques bounced"):
            slip.undo("late")

    def test_a_held_cheque_does_not_bounce(self):
        cheque = self.collect_later()
        with self.assertRaisesRegex(UserError, "was not deposited"):
            cheque.action_bounce()

    def test_a_bounce_is_undone(self):
        act = self.collect(amount=120, parts={"old": 70, "young": 50})
        bounce = self.bounce(act.payment_id)
        bounce.undo("the bank was wrong")
        self.assertEqual(self.owed(self.old, self.young), [30, 10])
        self.assertEqual(act.state, "taken")
        self.assertIn(act.payment_id.state, ("in_process", "paid"))

    def test_a_bounce_is_undone_where_a_credit_paid_a_part(self):
        self.credit = self.make_invoice(amount=30, move_type="out_refund")
        act = self.collect(amount=70, parts={"old": 100, "credit": -30})
        bounce = self.bounce(act.payment_id)
        self.assertEqual(self.owed(self.old, self.credit), [70, 0])
        bounce.undo("the bank was wrong")
        self.assertEqual(self.owed(self.old, self.credit), [0, 0])
        self.assertEqual(act.state, "taken")

    def test_a_credit_that_paid_an_invoice_whole_stands_in_nobodys_way(self):
        self.credit = self.make_invoice(amount=60, move_type="out_refund")
        parts = {"old": 100, "young": 60, "credit": -60}
        bounce = self.bounce(self.collect(amount=100, parts=parts).payment_id)
        self.assertEqual(sum(self.owed(self.old, self.young)), 100)
        bounce.undo("the bank was wrong")
        self.assertEqual(self.owed(self.old, self.young), [0, 0])

    def test_a_bounce_beside_a_credit_is_not_undone_once_paid_another_way(self):
        self.credit = self.make_invoice(amount=30, move_type="out_refund")
        act = self.collect(amount=70, parts={"old": 100, "credit": -30})
        bounce = self.bounce(act.payment_id)
        self.collect(self.old, method="cash", amount=20)
        with self.assertRaisesRegex(UserError, "was paid meanwhile"):
            bounce.undo("late")

    def test_a_bounce_is_not_undone_once_the_money_came_another_way(self):
        act = self.collect()
        bounce = self.bounce(act.payment_id)
        self.collect(self.old, method="cash")
        with self.assertRaisesRegex(UserError, "was paid meanwhile"):
            bounce.undo("late")

    def test_what_is_held_says_that_nothing_can_bounce(self):
        held = self.collect_later().collection_id
        self.assertFalse(held.payment_id)
        with self.assertRaisesRegex(UserError, "none can bounce"):
            held.action_bounce()

    def test_a_payment_bounces_once(self):
        act = self.collect()
        self.bounce(act.payment_id)
        with self.assertRaisesRegex(UserError, "counts no more"):
            self.bounce(act.payment_id)

    def test_a_payment_undone_does_not_bounce(self):
        act = self.collect()
        act.undo("wrong")
        with self.assertRaisesRegex(UserError, "counts no more"):
            self.bounce(act.payment_id)

    def test_it_does_not_bounce_before_it_came_nor_tomorrow(self):
        act = self.collect()
        for day in (date(2026, 6, 14), date(2026, 6, 16)):
            with self.assertRaisesRegex(UserError, "after it was received"):
                self.bounce(act.payment_id, date=day)

    def test_a_payment_registered_elsewhere_bounces_too(self):
        payment = self.pay(self.old)
        self.bounce(payment)
        self.assertEqual(self.owed(self.old), [100])

    def test_the_day_shows_it_until_it_is_handled(self):
        bounce = self.bounce(self.collect().payment_id).with_user(self.secretary)
        day = self.env["recouv.day"].with_user(self.secretary)
        section = next(s for s in day._sections(TODAY) if s.code == "bounced")
        Bounce = self.env["recouv.bounce"].with_user(self.secretary)
        self.assertEqual(Bounce.search(section.domain), bounce)
        bounce.action_handled()
        self.assertFalse(Bounce.search(section.domain))
        self.assertEqual(bounce.handled_by_id, self.secretary)

    def test_it_is_told_where_the_debtor_is_met(self):
        self.bounce(self.collect().payment_id)
        patient = self.patient.with_user(self.secretary)
        self.assertIn("a payment bounced", patient.recouv_owes)

    def test_the_money_is_taken_again_another_way(self):
        bounce = self.bounce(self.collect().payment_id)
        action = bounce.with_user(self.secretary).action_collect()
        self.assertEqual(
            set(action["context"]["default_move_ids"]), {self.old.id, self.young.id}
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBounceBooks(MoneyCommon):
    """Where the books are locked, or the bank had confirmed the payment."""

    def test_in_a_locked_period_it_is_reversed_today(self):
        act = self.collect(date=date(2026, 5, 20), parts={"old": 100}, amount=100)
        self.company.fiscalyear_lock_date = date(2026, 5, 31)
        act.undo("wrong patient")
        payment = act.payment_id
        self.assertEqual(payment.move_id.state, "posted")
        reversal = payment.move_id.reversal_move_ids
        self.assertEqual((reversal.date, reversal.state), (TODAY, "posted"))
        self.assertEqual(self.owed(self.old), [100])

    def movement(self, amount):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": TODAY,
                "payment_ref": "REMISE",
                "amount": amount,
            }
        )

    def test_what_the_bank_confirmed_is_not_undone_but_bounces(self):
        act = self.collect()
        line = self.movement(160)
        match = line._recouv_propose(automatic=False).filtered(lambda m: m.rank == 1)
        match._apply()
        self.assertTrue(act.payment_id._recouv_is_banked())
        with self.assertRaisesRegex(UserError, "the bank confirmed it"):
            act.undo("wrong")
        bounce = self.env["recouv.bounce"]._bounce(act.payment_id, TODAY, "funds")
        self.assertEqual(self.owed(self.old, self.young), [100, 60])
        waiting = bounce.move_id.line_ids.filtered(lambda line: line.balance < 0)
        self.assertFalse(waiting.reconciled, "it awaits the bank's own debit")

    def test_a_deposit_is_matched_by_its_total(self):
        other = self.make_patient("Louise Bernard")
        move = self.make_invoice(other, amount=45)
        cheques = self.collect(method="cheque").cheque_ids
        cheques |= self.collect(move, method="cheque").cheque_ids
        slip = self.deposit(cheques)
        slip.action_done()
        line = self.movement(205)
        match = line._recouv_propose(automatic=False).filtered(lambda m: m.rank == 1)
        self.assertIn(slip.name, match.reason)
        match._apply()
        self.assertTrue(line.is_reconciled)
        self.assertEqual(set(cheques.mapped("is_cleared")), {True})
        # the money has come: none of the payments may lower what is owed once more
        under_way = cheques.payment_id.filtered(
            lambda payment: payment.state == "in_process" and not payment.move_id
        )
        self.assertFalse(under_way)
        with self.assertRaisesRegex(UserError, "the bank confirmed it"):
            slip.undo("late")

import io
from datetime import date
from unittest.mock import patch

from pypdf import PdfReader

from odoo.tests import freeze_time, tagged

from .channel_common import ChannelCommon, for_real, html_of
from .common import TODAY
from .money_common import MoneyCommon

SOON = date(2026, 6, 17)
LATER = [(date(2026, 6, 25), 100), (date(2026, 7, 1), 100), (date(2026, 7, 10), 100)]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesyAsked(MoneyCommon, ChannelCommon):
    """What was given or agreed before the due date is not asked for once more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.courtesies = cls.env["recouv.courtesy"].sudo()  # as the cron does
        cls.company.recouv_courtesy_due_days = 3
        cls.debtor = cls.make_patient("Léa Roy", email="lea.roy@example.com")
        cls.soon = cls.make_invoice(cls.debtor, 300, due=SOON)

    def send(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with for_real():
            return self.courtesies._send_of(self.company)

    def meanwhile(self, act):
        """Do ``act`` between the noting of a batch and its sending."""
        done = []

        def once(engine):
            engine.env.flush_all()
            if not done:
                done.append(act())
                engine.env.flush_all()
                engine.env.invalidate_all()

        return patch.object(type(self.env["recouv.engine"]), "_checkpoint", once)

    # --- a cheque in the drawer -----------------------------------------------------

    def test_what_a_cheque_in_the_drawer_will_pay_is_not_asked_for(self):
        cheque = self.collect_later(records=self.soon)
        self.assertEqual(cheque.amount, 300)
        self.assertEqual(self.owed(self.soon), [300], "a cheque held is no money")
        self.assertFalse(self.send())
        cheque.with_user(self.secretary).action_give_back()
        self.assertEqual(self.send().amount, 300)

    def test_what_a_cheque_leaves_is_asked_for(self):
        self.collect_later(records=self.soon, amount=100)
        sent = self.send()
        self.assertEqual((sent.state, sent.amount), ("sent", 200))
        self.assertRegex(html_of(self.mail_sink.messages[0]), r"\b200[.,]00")

    def test_a_credit_goes_on_what_no_cheque_pays(self):
        self.collect_later(records=self.soon)
        self.make_invoice(self.debtor, 50, due=SOON)
        self.make_invoice(self.debtor, 20, move_type="out_refund")
        self.assertEqual(self.send().amount, 30)

    def test_a_cheque_given_in_the_last_minute_counts(self):
        with self.meanwhile(lambda: self.collect_later(records=self.soon)):
            courtesy = self.send()
        self.assertEqual(courtesy.state, "failed")
        self.assertIn("Paid or agreed on meanwhile", courtesy.failure)
        self.assertFalse(self.mail_sink.messages)

    def statement(self):
        """The statement sent to the debtor, and its document as text."""
        self.company.write(
            {"recouv_courtesy_due_days": 0, "recouv_courtesy_statement": True}
        )
        sent = self.send().filtered(lambda c: c.partner_id == self.debtor)
        if not sent:
            return sent, ""
        [mail] = [m for m in self.mail_sink.messages if "lea.roy" in m["To"]]
        [attachment] = mail.iter_attachments()
        pages = PdfReader(io.BytesIO(attachment.get_content())).pages
        text = pages[0].extract_text().replace("\t", " ").replace("\u00a0", " ")
        return sent, text

    @freeze_time("2026-07-02")
    def test_the_statement_shows_the_cheque_and_asks_for_the_rest(self):
        move = self.make_invoice(self.debtor, 100, due=date(2026, 8, 1))
        self.pay(self.soon)
        self.collect_later(records=move, amount=60)
        sent, text = self.statement()
        self.assertEqual(sent.amount, 40)
        self.assertIn(move.name, text)
        for sum_ in (r"\b100[.,]00", r"-\s?\S?\s?60[.,]00", r"\b40[.,]00"):
            self.assertRegex(text, sum_)

    @freeze_time("2026-07-02")
    def test_no_statement_where_cheques_will_pay_all(self):
        move = self.make_invoice(self.debtor, 100, due=date(2026, 8, 1))
        self.pay(self.soon)
        self.collect_later(records=move)
        self.assertFalse(self.statement()[0])

    def test_two_cheques_take_no_more_off_than_is_owed(self):
        self.collect_later(records=self.soon, amount=200)
        self.pay(self.soon, 250)
        items = self.soon._recouv_receivable_items()
        values = items.with_user(self.secretary)._recouv_statement_values([])
        self.assertEqual(len(values["rows"]), 2)
        self.assertIn("-", values["rows"][1]["amount"])
        self.assertIn("50.00", values["rows"][1]["amount"])
        self.assertRegex(values["totals"][0], r"\b0\.00")

    # --- an agreement before the due date -------------------------------------------

    def agree(self, kind="plan", lines=tuple(LATER)):
        claim = self.soon.with_user(self.secretary)._recouv_ensure_claims()
        return claim._agree(kind, lines, source="counter")

    def test_what_is_paid_by_instalments_is_not_asked_whole(self):
        plan = self.agree()
        self.assertEqual(plan.standing, "running")
        self.assertFalse(self.send())
        plan.undo("Agreed with another one")
        self.assertEqual(self.send().amount, 300)

    def test_what_was_promised_for_later_is_not_asked_before(self):
        self.agree("promise", [(date(2026, 6, 25), None)])
        self.assertFalse(self.send())

    def test_what_is_settled_is_not_asked_whole(self):
        plan = self.agree("settlement", [(date(2026, 6, 25), 200)])
        self.assertEqual(plan.standing, "proposed")
        plan.with_user(self.env.user).action_approve()
        self.env.invalidate_all()
        self.assertEqual(plan.standing, "running")
        self.assertFalse(self.send())

    def test_what_was_not_agreed_on_is_asked_all_the_same(self):
        self.agree()
        other = self.make_invoice(self.debtor, 50, due=SOON)
        sent = self.send()
        self.assertEqual((sent.amount, sent.move_line_ids.move_id), (50, other))

    def test_what_is_agreed_in_the_last_minute_is_asked_no_more(self):
        other = self.make_invoice(self.debtor, 50, due=SOON)
        with self.meanwhile(self.agree):
            sent = self.send()
        self.assertEqual((sent.state, sent.amount), ("sent", 50))
        self.assertEqual(sent.move_line_ids.move_id, other)
        text = html_of(self.mail_sink.messages[0])
        self.assertNotIn(self.soon.name, text)

    def test_all_agreed_in_the_last_minute_nothing_leaves(self):
        with self.meanwhile(self.agree):
            courtesy = self.send()
        self.assertEqual(courtesy.state, "failed")
        self.assertIn("agreed on meanwhile", courtesy.failure)

    def test_its_instalment_is_recalled_on_its_own_day(self):
        self.company.recouv_courtesy_instalment_days = 3
        self.agree()
        with freeze_time("2026-06-22"):
            sent = self.send()
        self.assertEqual((sent.kind, sent.amount), ("before_instalment", 100))

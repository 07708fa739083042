import io
from datetime import date

from pypdf import PdfReader

from odoo.tests import freeze_time, tagged

from .channel_common import ChannelCommon, for_real, html_of
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesy(ChannelCommon):
    """Kind words outside of the relance: optional, once, never to the suspended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.courtesies = cls.env["recouv.courtesy"].sudo()  # as the cron does

    def send(self):
        with for_real():
            return self.courtesies._send_of(self.company)

    # --- off by default -------------------------------------------------------------

    def test_nothing_leaves_unless_the_practice_wants_it(self):
        self.make_invoice(due=date(2026, 6, 17))
        self.pay(self.make_invoice())
        self.assertFalse(self.send())

    # --- before the due date --------------------------------------------------------

    def test_a_debtor_is_reminded_before_the_due_date_and_only_once(self):
        self.company.recouv_courtesy_due_days = 3
        move = self.make_invoice(due=date(2026, 6, 17), amount=80)
        sent = self.send()
        self.assertEqual((sent.kind, sent.state), ("before_due", "sent"))
        self.assertEqual(sent.sent_to, "camille.martin@example.com")
        [mail] = self.mail_sink.messages
        self.assertIn(move.name, mail["subject"])
        self.assertIn("80", html_of(mail))
        self.assertNotIn("/my/", html_of(mail))
        self.assertFalse(self.send())

    def test_what_is_further_away_or_past_due_gets_no_such_reminder(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 25))
        self.make_invoice(due=date(2026, 6, 10))
        self.assertFalse(self.send())

    def test_it_is_no_relance(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 17))
        self.send()
        self.assertFalse(self.env["recouv.notice"].search_count([]))

    def test_two_currencies_are_two_messages(self):
        self.company.recouv_courtesy_due_days = 3
        other = self.setup_other_currency("CHF", rates=[("2020-01-01", 0.9)])
        self.make_invoice(due=date(2026, 6, 17))
        self.make_invoice(due=date(2026, 6, 17), currency_id=other.id)
        self.assertEqual(len(self.send()), 2)

    # --- before an instalment -------------------------------------------------------

    def test_an_instalment_is_recalled_although_the_plan_suspends(self):
        self.company.recouv_courtesy_instalment_days = 3
        self.make_invoice(amount=90)
        self.propose()
        claim = self.env["recouv.claim"].search([("partner_id", "=", self.patient.id)])
        lines = [(date(2026, 6, 17), 40), (date(2026, 7, 17), 50)]
        claim._agree("plan", lines, source="call")
        sent = self.send()
        self.assertEqual((sent.kind, sent.amount), ("before_instalment", 40))
        self.assertFalse(self.send())

    def test_a_shared_mailbox_gets_none(self):
        self.company.recouv_courtesy_due_days = 3
        self.patient.recouv_shared_mailbox = True
        self.make_invoice(due=date(2026, 6, 17))
        self.assertFalse(self.send())

    # --- thanks ---------------------------------------------------------------------

    def test_a_payment_is_thanked_for_once(self):
        self.company.recouv_courtesy_thanks = True
        self.pay(self.make_invoice(amount=60), amount=40)
        sent = self.send()
        self.assertEqual((sent.kind, sent.amount), ("thanks", 40))
        self.assertFalse(self.send())

    def test_a_credit_note_is_no_payment(self):
        self.company.recouv_courtesy_thanks = True
        move = self.make_invoice()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        refund = move.reversal_move_ids
        refund.action_post()
        items = (move + refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        items.reconcile()
        self.assertFalse(self.send())

    # --- who gets none --------------------------------------------------------------

    def test_a_suspended_debtor_gets_none(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 17))
        self.env["recouv.hold"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.patient.id,
                "reason": "deceased",
            }
        )
        self.assertFalse(self.send())

    def test_who_opted_out_or_has_no_address_gets_none(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 17))
        self.env["mail.blacklist"]._add(self.patient.email)
        self.make_invoice(self.make_patient("No mail"), due=date(2026, 6, 17))
        self.assertFalse(self.send())

    def test_a_name_that_tells_of_care_keeps_everything_in(self):
        self.company.write({"name": "Cabinet dentaire", "recouv_courtesy_due_days": 3})
        self.make_invoice(due=date(2026, 6, 17))
        self.assertFalse(self.send())

    def test_test_mode_writes_to_the_test_address(self):
        self.company.write(
            {
                "recouv_courtesy_due_days": 3,
                "recouv_test_email": "test@example.com",
            }
        )
        self.make_invoice(due=date(2026, 6, 17))
        self.send()
        self.assertIn("test@example.com", self.mail_sink.messages[0]["To"])

    # --- statement ------------------------------------------------------------------

    @freeze_time("2026-07-02")
    def test_a_statement_goes_out_in_the_first_days_of_a_month(self):
        self.company.recouv_courtesy_statement = True
        self.make_invoice(amount=70)
        self.make_invoice(amount=30, due=date(2026, 8, 1))
        sent = self.send()
        self.assertEqual((sent.kind, sent.amount), ("statement", 100))
        self.assertFalse(self.send())

    def test_the_statement_lists_numbers_and_sums_and_no_act(self):
        move = self.make_invoice(amount=70)
        move.invoice_line_ids.name = "Canary care"
        pdf = self.patient.with_user(self.secretary)._recouv_statement(self.company)
        text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text().replace("\t", " ")
        self.assertIn(move.name, text)
        self.assertIn("70", text)
        self.assertIn("Camille Martin", text)
        self.assertNotIn("Canary", text)

    def test_a_secretary_downloads_the_statement(self):
        self.make_invoice()
        action = self.patient.with_user(self.secretary).action_recouv_statement()
        self.assertEqual(action["type"], "ir.actions.act_url")

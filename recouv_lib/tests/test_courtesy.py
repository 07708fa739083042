import base64
import io
from datetime import date
from unittest.mock import patch

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .channel_common import ChannelCommon, for_real, html_of
from .common import TODAY
from .test_in_payment import InPayment


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

    # --- nothing that was paid is asked for -----------------------------------------

    def due_soon(self, amount=80, **values):
        self.company.recouv_courtesy_due_days = 3
        return self.make_invoice(due=date(2026, 6, 17), amount=amount, **values)

    def credit(self, amount):
        return self.make_invoice(amount=amount, move_type="out_refund")

    def test_an_open_credit_is_taken_off(self):
        self.due_soon()
        self.credit(30)
        self.assertEqual(self.send().amount, 50)
        self.assertRegex(html_of(self.mail_sink.messages[0]), r"\b50[.,]00")

    def test_a_credit_that_covers_it_all_needs_no_word(self):
        self.due_soon()
        self.credit(80)
        self.assertFalse(self.send())

    def test_a_credit_pays_what_is_owed_for_longest_first(self):
        self.make_invoice(amount=60, due=date(2026, 5, 1))
        self.due_soon()
        self.credit(70)
        self.assertEqual(self.send().amount, 70)

    def test_money_laid_on_nothing_yet_counts(self):
        self.due_soon()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 60,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertEqual(self.send().amount, 20)

    def test_what_was_paid_is_not_asked_for(self):
        self.pay(self.due_soon())
        self.assertFalse(self.send())

    def test_a_part_that_was_paid_is_not_asked_for(self):
        self.pay(self.due_soon(), 30)
        self.assertEqual(self.send().amount, 50)

    def paid_in_the_last_minute(self, move, amount=None):
        """The payment comes between the noting of a batch and its sending."""
        engine = type(self.env["recouv.engine"])
        paid = []

        def pay_once(engine_records):
            engine_records.env.flush_all()
            if not paid:
                paid.append(self.pay(move, amount))

        return patch.object(engine, "_checkpoint", pay_once)

    def test_what_is_paid_in_the_last_minute_is_not_asked_for(self):
        with self.paid_in_the_last_minute(self.due_soon()):
            courtesy = self.send()
        self.assertEqual(courtesy.state, "failed")
        self.assertIn("Paid or agreed on meanwhile", courtesy.failure)
        self.assertFalse(self.mail_sink.messages)

    def test_what_is_paid_in_part_in_the_last_minute_is_taken_off(self):
        with self.paid_in_the_last_minute(self.due_soon(), 30):
            courtesy = self.send()
        self.assertEqual((courtesy.state, courtesy.amount), ("sent", 50))

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

    def test_who_pays_on_another_capacity_is_not_thanked(self):
        self.company.recouv_courtesy_thanks = True
        payer = self.make_patient(
            "Mutuelle", is_company=True, email="mutuelle@example.com"
        )
        move = self.make_invoice(amount=60)
        share = self.env["recouv.transfer"].create(
            {
                "kind": "payer_share",
                "origin_line_id": move._recouv_receivable_items().id,
                "amount_currency": 40,
                "target_partner_id": payer.id,
                "date": TODAY,
                "date_due": TODAY,
            }
        )
        share.action_post()
        for item in (share.target_line_id, move._recouv_receivable_items()):
            self.env["account.payment.register"].with_context(
                active_model="account.move.line", active_ids=item.ids
            ).create({"payment_date": TODAY})._create_payments()
        sent = self.send()
        self.assertEqual((sent.partner_id, sent.amount), (self.patient, 20))

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

    @freeze_time("2026-07-02")
    def test_what_another_one_collects_is_not_in_the_statement(self):
        self.company.recouv_courtesy_statement = True
        placed, mine = self.make_invoice(amount=70), self.make_invoice(amount=30)
        self.env["recouv.engine"]._create_claims(self.company, date(2026, 7, 2))
        self.claims_of(placed).sudo().holder = "agency"
        sent = self.send()
        self.assertEqual((sent.amount, sent.move_line_ids.move_id), (30, mine))
        text = self.text_of(self.attached())
        self.assertIn(mine.name, text)
        self.assertNotIn(placed.name, text)

    @freeze_time("2026-07-02")
    def test_the_statement_goes_to_who_stands_in(self):
        self.company.recouv_courtesy_statement = True
        self.make_invoice(amount=70)
        self.patient.write(
            {"recouv_protection": "tutelle", "recouv_guardian_id": self.guardian().id}
        )
        self.lift()
        self.assertEqual(self.send().sent_to, "paul@example.com")
        text = self.text_of(self.attached())
        self.assertIn("Paul Tuteur", text)
        self.assertNotIn("Camille Martin", text)

    def lift(self):
        """A human has looked at whom to write to."""
        holds = self.env["recouv.hold"].search([("partner_id", "=", self.patient.id)])
        holds.action_lift("seen")

    def guardian(self):
        return self.make_patient("Paul Tuteur", email="paul@example.com")

    def attached(self):
        [mail] = self.mail_sink.messages
        [attachment] = mail.iter_attachments()
        return attachment.get_content()

    def text_of(self, pdf):
        text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
        return text.replace("\t", " ").replace("\u00a0", " ")

    def statement_text(self):
        """The statement that a secretary downloads, as text."""
        action = self.patient.with_user(self.secretary).action_recouv_statement()
        self.assertEqual(action["type"], "ir.actions.act_url")
        downloads = self.env["recouv.download"].sudo()
        download = downloads.search([], order="id desc", limit=1)
        return self.text_of(base64.b64decode(download.content))

    def test_the_statement_of_a_deceased_goes_to_the_estate(self):
        self.make_invoice(amount=70)
        self.patient.write({"recouv_deceased_on": date(2026, 6, 1)})
        with self.assertRaisesRegex(UserError, "Nobody is named"):
            self.statement_text()
        self.patient.recouv_estate_contact_id = self.make_patient("Me Notaire")
        text = self.statement_text()
        self.assertIn("Me Notaire", text)
        self.assertNotIn("Camille Martin", text)

    def test_no_statement_is_printed_for_who_wants_no_letter_at_home(self):
        self.make_invoice(amount=70)
        self.patient.recouv_no_home_letter = True
        with self.assertRaisesRegex(UserError, "(?i)no letter"):
            self.statement_text()
        self.patient.recouv_safe_contact_id = self.make_patient("Anne Amie")
        self.assertIn("Anne Amie", self.statement_text())

    def test_the_statement_tells_what_was_paid(self):
        self.pay(self.make_invoice(amount=70), 20)
        self.assertRegex(self.statement_text(), r"\b50[.,]00")

    def test_the_statement_lists_numbers_and_sums_and_no_act(self):
        move = self.make_invoice(amount=70)
        move.invoice_line_ids.name = "Canary care"
        text = self.statement_text()
        self.assertIn(move.name, text)
        self.assertIn("70", text)
        self.assertIn("Camille Martin", text)
        self.assertNotIn("Canary", text)

    def test_a_secretary_downloads_the_statement(self):
        self.make_invoice()
        action = self.patient.with_user(self.secretary).action_recouv_statement()
        self.assertEqual(action["type"], "ir.actions.act_url")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesyInPayment(InPayment, ChannelCommon):
    """Where a registered payment has no entry until the bank confirms it."""

    def send(self):
        with for_real():
            return self.env["recouv.courtesy"].sudo()._send_of(self.company)

    def test_money_under_way_is_not_asked_for(self):
        self.company.recouv_courtesy_due_days = 3
        self.pay(self.make_invoice(due=date(2026, 6, 17), amount=80))
        self.pay(self.make_invoice(due=date(2026, 6, 17), amount=50), 20)
        self.assertEqual(self.send().amount, 30)

    def test_money_on_account_is_taken_off(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 17), amount=80)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 60,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertFalse(payment.move_id)
        self.assertEqual(self.send().amount, 20)
        values = self.patient._recouv_open_items(self.company)._recouv_statement_values(
            payment
        )
        self.assertEqual(len(values["rows"]), 2)
        self.assertIn("20.00", values["totals"][0])

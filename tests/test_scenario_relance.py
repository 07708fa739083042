"""One unpaid invoice through the whole relance, on real channels, by a secretary.

The text message goes over HTTP, the copy of the letter over SMTP, the letters through
wkhtmltopdf; the payment comes as a CAMT.053 file.
"""

import io
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from unittest.mock import patch

from pypdf import PdfReader
from recouv_setup import sinks

from odoo import Command
from odoo.modules import module
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.lib import pdf_parts
from odoo.addons.recouv_lib.tests import bank_samples
from odoo.addons.recouv_lib.tests.common import RecouvCommon

DUE = date(2026, 6, 1)
SMS, CALL = "Rappel par SMS", "Rappel par téléphone"
FIRST, SECOND = "Première lettre", "Deuxième lettre"
FORMAL, HANDOVER = "Mise en demeure", "Décider de la remise au recouvrement"


@tagged("post_install", "-at_install")
class TestScenarioRelance(RecouvCommon):
    """The ready action plan, from the due date to the hand-over, then the payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        euro = cls.env.ref("base.EUR")
        euro.active = True
        cls.company.currency_id = euro
        bank = cls.company_data["default_journal_bank"]
        bank.bank_account_id = cls.env["res.partner.bank"].create(
            {"acc_number": bank_samples.IBAN, "partner_id": cls.company.partner_id.id}
        )
        cls.policy = cls.company._recouv_schedule("action_plan")
        cls.company.write(
            {
                "recouv_policy_id": cls.policy.id,
                "recouv_bank_id": bank.bank_account_id.id,
                "recouv_responsible_id": cls.secretary.id,
            }
        )
        cls.secretary.lang = "fr_FR"
        cls.patient.write(
            {"phone": "06 39 98 00 12", "email": "camille.martin@example.com"}
        )

    def setUp(self):
        super().setUp()
        folder = Path(mkdtemp())
        self.addCleanup(rmtree, folder)
        self.sms = self.enterContext(sinks.SmsSink(folder / "sms"))
        self.mail = self.enterContext(sinks.MailSink(folder / "mail"))
        self.env["ir.config_parameter"].set_param("sms.endpoint", self.sms.url)
        self.env["iap.account"].get("sms")
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Loopback",
                "smtp_host": sinks.HOST,
                "smtp_port": self.mail.port,
                "smtp_encryption": "none",
            }
        )
        self.french = self.env(
            user=self.secretary.id,
            context={"lang": "fr_FR", "allowed_company_ids": self.company.ids},
        )
        self.invoice = self.make_invoice(amount=320.0, due=DUE).with_env(self.french)

    # --- a day at the practice ------------------------------------------------------

    @contextmanager
    def day(self, day):
        """Eleven o'clock in Paris; Odoo may speak to the loopback servers."""
        with freeze_time(datetime.combine(day, time(9))):
            with patch.object(module, "current_test", False):
                yield

    def run_of(self, day):
        """The secretary proposes and executes the run of a day; return its notice."""
        with self.day(day):
            run = self.french["recouv.run"].create({"company_id": self.company.id})
            run.action_propose()
            run.action_execute()
        return run.notice_ids

    def post(self, letter, day, tracking=None):
        """The letter is put in a pile, printed, and taken to the post."""
        with self.day(day):
            letter.tracking_ref = tracking
            letter.action_prepare_posting()
            letter.posting_id.action_print()
            letter.posting_id.action_mark_posted()

    def kept(self, sink):
        """What a sink received, as bytes, in order."""
        return [path.read_bytes() for path in sorted(sink.folder.iterdir())]

    def words(self, letter):
        """The words of a letter's PDF, plain spaces only."""
        pages = pdf_parts.page_texts(PdfReader(io.BytesIO(letter.document_id.raw)))
        text = " ".join(pages).replace("\u00a0", " ").replace("\u202f", " ")
        return " ".join(text.split())

    def assertStands(self, day, reached, following, until):
        """The invoice itself says, in French, what was reached and what comes next.

        :return: the sentence a user reads on the invoice
        """
        with self.day(day):
            self.env.invalidate_all()
            claim = self.invoice.recouv_claim_ids
            reason = claim._explain()[0]
        self.assertEqual(self.invoice.recouv_step_id.name or "", reached)
        self.assertEqual(claim.next_step_id.name or "", following)
        self.assertEqual(reason["until"], until, reason)
        return reason["message"]

    # --- the story ------------------------------------------------------------------

    def test_from_the_due_date_to_the_hand_over_then_paid(self):
        self._text_message()
        self._call()
        self._letters()
        self._formal_notice()
        self._hand_over()
        self._paid()

    def _text_message(self):
        """Accepted by the provider: the step is reached."""
        text = self.run_of(date(2026, 6, 5))
        self.assertEqual((text.channel, text.state), ("sms", "sent"))
        [sent] = self.kept(self.sms)
        self.assertIn(b"+33639980012", sent)
        self.assertIn(b"rappel", sent)
        self.assertNotIn(b"Fees", sent)
        said = self.assertStands(date(2026, 6, 5), SMS, CALL, until=date(2026, 6, 13))
        self.assertIn("13/06/2026", said)

    def _call(self):
        """A voice message is a contact."""
        call = self.run_of(date(2026, 6, 15))
        self.assertEqual((call.channel, call.state), ("call", "printed"))
        with self.day(date(2026, 6, 15)):
            self.french["recouv.call.outcome"].with_context(
                call_outcome="voicemail"
            ).create({"notice_id": call.id}).action_record()
        self.assertStands(date(2026, 6, 15), CALL, FIRST, until=date(2026, 6, 25))

    def _letters(self):
        """Two letters, each on paper, each posted; the second recalls the first."""
        first = self.run_of(date(2026, 6, 25))
        self.assertEqual((first.channel, first.state), ("letter", "printed"))
        self.post(first, date(2026, 6, 26))
        self.assertIn("5 juin 2026", self.words(first))
        self.assertIn("320,00", self.words(first))
        self.assertStands(date(2026, 6, 26), FIRST, SECOND, until=date(2026, 7, 7))
        second = self.run_of(date(2026, 7, 7))
        self.post(second, date(2026, 7, 7))
        self.assertIn("25 juin 2026", self.words(second))
        self.assertStands(date(2026, 7, 7), SECOND, FORMAL, until=date(2026, 7, 18))

    def _formal_notice(self):
        """Deposited with its number, then presented: the delay runs from there."""
        self.formal = self.run_of(date(2026, 7, 20))
        self.assertEqual(self.formal.channel, "registered_letter")
        self.assertIn("mise en demeure", self.words(self.formal).lower())
        self.post(self.formal, date(2026, 7, 21), tracking="1A 001 234 5678 9")
        said = self.assertStands(date(2026, 7, 21), FORMAL, HANDOVER, until=False)
        self.assertIn("preuve", said)
        with self.day(date(2026, 7, 23)):
            self.french["recouv.registered.outcome"].create(
                {"notice_ids": [Command.set(self.formal.ids)], "event": "presented"}
            ).action_apply()
        self.assertEqual(self.formal.deadline_date, date(2026, 8, 7))
        claim = self.invoice.recouv_claim_ids
        self.assertEqual(claim.formal_notice_date, date(2026, 7, 23))
        self.assertStands(date(2026, 7, 24), FORMAL, HANDOVER, until=date(2026, 8, 8))

    def _hand_over(self):
        """Never by itself: a human decides, after the delay that was given."""
        with self.day(date(2026, 8, 7)):
            run = self.french["recouv.run"].create({"company_id": self.company.id})
            run.action_propose()
        self.assertFalse(run.notice_ids)
        handover = self.run_of(date(2026, 8, 10))
        self.assertEqual((handover.channel, handover.state), ("handover", "printed"))
        with self.day(date(2026, 8, 10)):
            self._give_mandate()
            handover.with_user(self.env.user).action_decide_handover()
        claim = self.invoice.recouv_claim_ids
        claim.invalidate_recordset(["placement_state"])
        self.assertEqual(claim.placement_state, "draft")
        said = self.assertStands(date(2026, 8, 10), HANDOVER, "", until=False)
        self.assertIn("terminé", said)

    def _give_mandate(self):
        agency = self.env["res.company"].create(
            {"name": "Agence", "currency_id": self.company.currency_id.id}
        )
        # sudo: the agency signs too, which is another scenario
        mandates = self.env["recouv.mandate"].sudo()
        mandates.create(
            {
                "company_id": self.company.id,
                "agency_id": agency.id,
                "valid_from": date(2026, 1, 1),
            }
        ).write({"state": "signed", "signed_on": date(2026, 1, 1)})

    def _paid(self):
        """The transfer carries the reference of the mise en demeure: no click."""
        transfer = bank_samples.Tx(amount="320.00", ref=self.formal.payment_reference)
        entry = bank_samples.Entry(
            "320.00", day="2026-08-12", ref="BANK1", txs=[transfer]
        )
        with self.day(date(2026, 8, 13)):
            imported = self.french["recouv.bank.import"]._import_file(
                bank_samples.camt(entry), "releve.xml"
            )
        self.assertEqual(imported.count_matched, 1)
        self.assertEqual(self.invoice.recouv_claim_ids.settlement, "paid")
        self.assertEqual(self.invoice.amount_residual, 0)
        said = self.assertStands(date(2026, 8, 13), HANDOVER, "", until=False)
        self.assertIn("payé", said.lower())

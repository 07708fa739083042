from unittest.mock import patch

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .funds_common import FundsCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyReceiptPaper(FundsCommon):
    """The debtor gets a receipt for every payment (CPCE R124-6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        document = type(cls.env["recouv.document"])
        cls.enterClassContext(
            patch.object(
                document, "_pdf", lambda self, page, *args: page.encode("utf-8")
            )
        )

    def write_to(self, email):
        self.mirror.partner_id.sudo().email = email

    def text(self, receipt):
        page = html.fromstring(receipt.sudo()._papers_html())
        return " ".join(page.text_content().split())

    def send(self, receipt):
        receipt.sudo()._send_papers()
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [("model", "=", "recouv.receipt"), ("res_id", "=", receipt.id)],
                order="id",
            )
        )

    def test_every_payment_has_a_numbered_receipt(self):
        first, second = self.receive(50.0), self.receive(70.0)
        self.assertEqual(first.paper_state, "queued")
        self.assertNotEqual(first.name, second.name)

    def test_it_says_who_what_when_how_and_what_is_left(self):
        self.mirror.partner_id.sudo().lang = "en_US"
        receipt = self.receive(50.0)
        text = self.text(receipt)
        for wanted in (
            receipt.name,
            "Camille Martin",
            "Card",
            self.old.name,
            self.company.name,
            "50.00",
            "70.00",
        ):
            self.assertIn(wanted, text)

    def test_it_says_what_the_sender_is_registered_under(self):
        receipt = self.receive(50.0)
        values = receipt.sudo()._paper_values()
        document = self.env["recouv.document"].with_user(self.agent).sudo()
        self.assertEqual(
            values["registration"], document._registration(receipt.company_id.sudo())
        )

    def test_it_reveals_no_care(self):
        self.old.invoice_line_ids.sudo().name = "Séance de psychothérapie"
        self.assertNotIn("psycho", self.text(self.receive(50.0)))

    def test_a_cheque_counts_once_it_is_cashed_and_the_receipt_says_so(self):
        self.mirror.partner_id.sudo().lang = "en_US"
        receipt = self.receive(120.0, method="cheque", cheque_number="0042")
        self.assertIn("once it is cashed", self.text(receipt))
        self.assertIn("0042", self.text(receipt))

    def test_it_leaves_by_e_mail_under_the_neutral_name(self):
        self.write_to("camille@example.com")
        receipt = self.receive(50.0)
        mail = self.send(receipt)
        self.assertIn("camille@example.com", mail.email_to)
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertNotIn(self.old.name, mail.body_html)
        self.assertEqual(receipt.paper_state, "sent")

    def test_without_an_address_it_waits_to_be_printed(self):
        self.write_to(False)
        receipt = self.receive(50.0)
        self.assertFalse(self.send(receipt))
        self.assertEqual(receipt.paper_state, "to_print")
        receipt.action_print_papers()
        self.assertEqual(receipt.paper_state, "printed")

    def test_who_wants_no_e_mail_gets_paper(self):
        self.write_to("camille@example.com")
        self.mirror.partner_id.sudo().recouv_no_email = True
        receipt = self.receive(50.0)
        self.assertFalse(self.send(receipt))
        self.assertEqual(receipt.paper_state, "to_print")

    def test_a_bounce_cancels_the_receipt_and_tells_the_debtor(self):
        self.write_to("camille@example.com")
        self.mirror.partner_id.sudo().lang = "en_US"
        receipt = self.receive(120.0)
        self.send(receipt)
        receipt._bounce(TODAY, "funds")
        self.assertEqual(receipt.paper_state, "cancel_queued")
        self.assertIn("is cancelled", self.text(receipt))
        mails = self.send(receipt)
        self.assertEqual(len(mails), 2)
        self.assertIn("cancelled", mails[-1].subject)
        self.assertEqual(receipt.paper_state, "cancel_sent")

    def test_a_receipt_that_never_left_is_not_cancelled_by_letter(self):
        receipt = self.receive(120.0)
        receipt._bounce(TODAY, "funds")
        self.assertEqual(receipt.paper_state, "none")

    def test_what_is_not_recorded_is_not_printed(self):
        with self.assertRaisesRegex(UserError, "record it first"):
            self.receipt(50.0).action_print_papers()

    def test_an_overpayment_is_told(self):
        self.mirror.partner_id.sudo().lang = "en_US"
        receipt = self.receive(250.0, self.mirror | self.other_mirror)
        self.assertIn("paid back to you: $ 50.00", self.text(receipt))

    # --- the practice is told -------------------------------------------------------

    def day(self, user):
        model = self.env["recouv.day"].with_user(user)
        codes = {section.code: section for section in model._sections(TODAY)}
        section = codes["received_by_agency"]
        return self.env["recouv.transfer"].with_user(user).search(section.domain)

    def test_the_practice_is_told_of_each_receipt_until_it_has_seen_it(self):
        self.receive(50.0)
        told = self.day(self.secretary)
        self.assertEqual(told.amount_currency, 50.0)
        told.action_seen()
        self.assertFalse(self.day(self.secretary))

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDelivery(TransactionCase):
    """What a person reads when an e-mail or a text did not leave."""

    def told(self, reason, to='"Martin, Camille" <camille@example.com>'):
        mail = self.env["mail.mail"].new(
            {"subject": "Relance", "email_to": to, "failure_reason": reason}
        )
        return self.env["recouv.delivery"]._mail_not_sent(mail, self.env.company)

    def test_what_to_whom_what_to_do_and_the_technical_words_last(self):
        told = self.told("[Errno 111] Connection refused")
        self.assertTrue(
            told.startswith(
                "The e-mail “Relance” could not be sent to Martin, Camille "
                "(camille@example.com)."
            ),
            told,
        )
        self.assertTrue(
            told.endswith("Technical detail: [Errno 111] Connection refused"), told
        )

    def test_each_cause_has_its_advice(self):
        advice = {
            "[Errno 111] Connection refused": "cannot be reached",
            "timed out": "cannot be reached",
            "[Errno -2] Name or service not known": "cannot be reached",
            "Connection unexpectedly closed": "cannot be reached",
            "(535, b'5.7.8 Authentication failed')": "refuses its login",
            "SMTPRecipientsRefused: {'a@b.c': (550, b'unknown')}": "correct it",
            "SMTPRecipientsRefused: {'a@b.c': (450, b'later')}": "did not take it",
            "No such mailbox": "correct it",
            "": "did not take it",
            False: "did not take it",
        }
        for reason, words in advice.items():
            with self.subTest(reason):
                self.assertIn(words, self.told(reason))

    def test_nobody_to_write_to_is_said(self):
        self.assertIn("there is no address", self.told("x", to=False))

    def test_a_text_names_the_number(self):
        told = self.env["recouv.delivery"]._sms_not_sent(
            "+33612345678", "HTTP 503", self.env.company
        )
        self.assertIn("The SMS could not be sent to +33612345678.", told)
        self.assertTrue(told.endswith("HTTP 503"))

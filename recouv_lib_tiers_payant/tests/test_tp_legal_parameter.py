from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ..lib import deadlines

CODES = {
    name: value
    for name, value in vars(deadlines).items()
    if name.isupper() and str(value).startswith(("tp_", "limitation_"))
}


@tagged("post_install", "-at_install")
class TestTiersPayantParameter(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["recouv.legal.parameter"]
        cls.france = cls.env.ref("base.fr")

    def value(self, code):
        return self.parameters._get(code, date(2026, 3, 2), country=self.france)

    def test_every_number_the_deadlines_need_is_known(self):
        self.assertEqual(len(CODES), 16)
        for code in CODES.values():
            self.assertTrue(self.value(code), code)

    def test_the_law_as_it_was_read(self):
        for code, value in (
            (deadlines.TRANSMISSION, 8),
            (deadlines.TRANSMISSION_PAID, 3),
            (deadlines.ACK_ALERT, 2),
            (deadlines.RESEND, 2),
            (deadlines.PAYMENT, 7),
            (deadlines.PENALTY_AMOUNT, 1),
            (deadlines.PENALTY_PERCENT, 10),
            (deadlines.PENALTY_PERCENT_FROM, 10),
            (deadlines.LIMITATION_AMO, 2),
            (deadlines.LIMITATION_AMC, 2),
            (deadlines.LIMITATION_ACCIDENT, 2),
            (deadlines.UNDUE_LIMITATION, 3),
            (deadlines.KEEPING, 90),
        ):
            self.assertEqual(self.value(code), value, code)

    def test_where_the_delay_starts_is_a_word_that_is_understood(self):
        self.assertIn(self.value(deadlines.PAYMENT_START), deadlines.STARTS)
        parameter = self.parameters.search([("code", "=", deadlines.PAYMENT_START)])
        parameter.value_char = "acknowledgment"
        self.assertEqual(self.value(deadlines.PAYMENT_START), "acknowledgment")
        with self.assertRaisesRegex(ValidationError, "transmission, acknowledgment"):
            parameter.value_char = "someday"

    def test_what_was_not_read_in_the_law_says_so(self):
        for code in (deadlines.ACK_ALERT, deadlines.RESEND, deadlines.PAYMENT_START):
            parameter = self.parameters.search([("code", "=", code)])
            self.assertTrue(parameter.to_recheck, code)
        for code in (deadlines.BANK_WINDOW,):
            parameter = self.parameters.search([("code", "=", code)])
            self.assertEqual(parameter.confidence, "decision", code)

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .test_insurance_shared import SharedCase

TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInsuranceCredit(SharedCase):
    """A credit note on an invoice that an insurer paid for; what comes back of it."""

    def credit_note(self, amount):
        refund = self.sale._reverse_moves(
            [{"invoice_date": TODAY, "date": TODAY, "ref": "Erreur"}]
        )
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    # --- credit notes -----------------------------------------------------------------

    def test_what_is_credited_is_owed_back_to_the_insurer(self):
        payment = self.receive(self.loss)
        self.credit_note(300)
        # 100 were the practice's own
        self.assertEqual((self.sale.amount_residual, self.insurer_balance()), (0, -200))
        self.assertEqual((payment.amount_subrogated, payment.amount_excess), (700, 200))
        self.env.invalidate_all()
        self.assertEqual((self.loss.amount_owed_back, self.loss.amount_subrogated),
                         (200, 700))  # fmt: skip
        day = self.env["recouv.day"].with_user(self.practitioner).read_day()
        counts = {s["code"]: s["count"] for s in day["sections"]}
        self.assertEqual(counts["insurance_owed_back"], 1)
        back = payment._repay(TODAY, journal=self.bank)
        self.assertEqual((back.amount, self.money(back)), (200, -200))
        self.assertEqual((self.loss.amount_owed_back, self.insurer_balance()), (0, 0))

    def test_a_second_credit_note_adds_to_it(self):
        payment = self.receive(self.loss)
        self.credit_note(300)
        self.credit_note(50)
        self.assertEqual((payment.amount_credited, payment.amount_excess), (250, 250))
        payment._repay(TODAY, journal=self.bank)
        self.assertEqual(self.insurer_balance(), 0)

    def test_it_is_found_among_two_parts_of_the_indemnity(self):
        one, two = self.receive(self.loss, 500), self.receive(self.loss, 400)
        self.credit_note(700)
        credited = sum((one | two).mapped("amount_excess"))
        self.assertEqual((credited, self.insurer_balance()), (600, -600))
        self.assertEqual(one.amount_owed_back + two.amount_owed_back, 600)

    def test_what_the_insurer_is_owed_back_it_does_not_recover(self):
        self.receive(self.loss)
        self.credit_note(300)
        self.assertEqual(self.loss._share(5000, 0).insurer, 700)

    def test_the_debtor_is_told_of_what_is_left(self):
        self.receive(self.loss)
        self.credit_note(300)
        self.printed.clear()
        self.loss.with_user(self.secretary).action_tell_debtor()
        [letter] = self.printed
        self.assertIn("700.00", letter)
        self.assertNotIn("900.00", letter)

    def test_an_indemnity_undone_after_it_brings_back_the_rest(self):
        payment = self.receive(self.loss)
        self.credit_note(300)
        payment.undo("Autre sinistre")
        self.assertEqual((self.open_of(self.loss), self.insurer_balance()), (700, 0))
        self.assertEqual(self.loss.state, "settled")

    def test_credited_whole_nothing_comes_back(self):
        payment = self.receive(self.loss)
        self.credit_note(1000)
        self.assertEqual((payment.amount_subrogated, payment.amount_excess), (0, 900))
        payment.undo("Autre sinistre")
        self.assertEqual((self.open_of(self.loss), self.insurer_balance()), (0, 0))

    def test_paid_back_it_is_not_undone(self):
        payment = self.receive(self.loss)
        self.credit_note(300)
        payment._repay(TODAY, journal=self.bank)
        with self.assertRaisesRegex(UserError, "paid back"):
            payment.undo("Erreur")

    # --- what comes back --------------------------------------------------------------

    def test_what_came_back_is_traced_when_it_becomes_doubtful(self):
        self.receive(self.loss).undo("Autre sinistre")
        back = self.loss.line_ids.filtered(lambda line: line.amount_open == 900)
        self.assertTrue(back.claim_id)
        item = back._item()
        # sudo: what a batch of doubtful claims does, which has its own tests
        transfer = self.env["recouv.transfer"].sudo().create(
            {
                "kind": "doubtful",
                "origin_line_id": item.id,
                "amount_currency": 900,
                "target_partner_id": self.clinic.id,
            }
        )  # fmt: skip
        transfer._post()
        self.assertEqual(back._item(), transfer.target_line_id)
        self.assertEqual(self.open_of(self.loss), 1000)
        again = self.receive(self.loss)
        self.assertEqual((again.amount_subrogated, again.amount_excess), (900, 0))
        self.assertEqual((self.loss.state, self.insurer_balance()), ("paid", 0))

    # --- the letters ------------------------------------------------------------------

    def tell(self):
        """The letters printed when the secretary tells the debtor."""
        self.printed.clear()
        self.loss.invalidate_recordset()
        self.loss.with_user(self.secretary).action_tell_debtor()
        return list(self.printed)

    def test_each_part_of_the_indemnity_is_told_once(self):
        self.receive(self.loss, 500)
        self.assertEqual(self.loss.amount_untold, 500)
        [letter] = self.tell()
        self.assertIn("500.00", letter)
        self.assertNotIn("in addition", letter)
        self.assertEqual((self.loss.amount_untold, self.tell()), (0, []))
        first = self.loss.subrogation_id
        self.receive(self.loss, 400)
        self.assertEqual(self.loss.amount_untold, 400)
        [letter] = self.tell()
        for words in ("400.00", "in addition", self.sale.name):
            self.assertIn(words, letter)
        self.assertNotIn("900.00", letter)
        self.assertEqual(self.tell(), [])
        self.assertNotEqual(self.loss.subrogation_id, first)
        self.assertEqual(self.loss.letter_ids, first | self.loss.subrogation_id)
        # each of them says what the debtor was told
        with self.assertRaises(UserError):
            first.with_user(self.secretary).unlink()

    def test_an_indemnity_that_was_undone_is_told_anew(self):
        payment = self.receive(self.loss)
        self.tell()
        payment.undo("Mauvais compte")
        with self.assertRaisesRegex(UserError, "nothing over"):
            self.tell()
        self.receive(self.loss)
        [letter] = self.tell()
        self.assertIn("replaces", letter)
        self.assertNotIn("in addition", letter)

    def test_what_was_told_before_letters_were_noted_is_not_told_again(self):
        payment = self.receive(self.loss, 500)
        self.tell()
        payment._record({"letter_id": False})
        self.assertEqual((self.loss.amount_untold, self.tell()), (0, []))
        earlier, told_on = self.loss.subrogation_id, self.loss.subrogation_on
        self.assertTrue(earlier and told_on and not payment.letter_id)
        with freeze_time("2026-03-25"):
            later = self.receive(self.loss, 400, date(2026, 3, 25))
            self.assertEqual(self.loss.amount_untold, 400)
            [letter] = self.tell()
        self.assertIn("400.00", letter)
        self.assertNotIn("900.00", letter)
        self.loss.invalidate_recordset()
        # each money has the paper that told of it
        self.assertEqual(payment.letter_id, earlier)
        self.assertEqual(later.letter_id, self.loss.subrogation_id)
        self.assertNotEqual(later.letter_id, earlier)
        self.assertEqual(self.loss.letter_ids, earlier | later.letter_id)
        self.assertEqual((self.loss.amount_untold, self.tell()), (0, []))

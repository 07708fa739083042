from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .rejection_common import RejectionCommon


@tagged("post_install", "-at_install")
class TestIndu(RejectionCommon):
    """What a payer claims back is contested in time, or stands."""

    def indu(self, **values):
        return (
            self.env["recouv.indu"]
            .with_user(self.biller)
            .create(
                {
                    "payer_id": self.caisse.id,
                    "reference": "IND-1",
                    "amount": 120.0,
                    "notified_on": date(2026, 6, 1),
                    **values,
                }
            )
        )

    def test_it_is_contested_within_two_months(self):
        indu = self.indu(grounds="The invoice was paid once only.")
        self.assertEqual(indu.deadline, date(2026, 8, 1))
        with freeze_time("2026-08-01"):
            indu.action_contest()
        self.assertEqual(indu.state, "contested")
        self.assertEqual(indu.document_id.mimetype, "application/pdf")
        indu.action_won()
        self.assertEqual(indu.state, "won")
        indu.undo("it was another file")
        self.assertEqual(indu.state, "contested")
        indu.undo("sent by mistake")
        self.assertEqual(indu.state, "notified")

    def test_after_two_months_it_is_too_late(self):
        indu = self.indu(grounds="x")
        with freeze_time("2026-08-02"), self.assertRaisesRegex(UserError, "too late"):
            indu.action_contest()
        self.assertEqual(indu.state, "notified")

    @freeze_time("2026-06-15")
    def test_an_appeal_says_why(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.indu().action_contest()

    def test_three_years_after_its_payment_it_is_claimed_too_late(self):
        self.assertTrue(self.indu(paid_on=date(2023, 5, 31)).is_too_old)
        self.assertFalse(self.indu(paid_on=date(2023, 6, 1)).is_too_old)
        self.assertFalse(self.indu().is_too_old)

    def kept_back(self, **values):
        """A line by which the caisse keeps 45 back."""
        payment = (
            self.env["recouv.return.payment"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "file_id": self.file.id,
                    "payer_id": self.caisse.id,
                    "date": date(2026, 6, 10),
                    "key": f"p{next(self.keys)}",
                }
            )
        )
        return self.answer(
            self.make_share(),
            **{
                "kind": "retained",
                "paid": -45.0,
                "payment_id": payment.id,
                "reference": "DET-9",
                "status": False,
                "outcome": "done",
                **values,
            },
        )

    def test_a_sum_kept_back_is_taken_up_once(self):
        line = self.kept_back()
        indu = self.env["recouv.indu"]._from_lines(line)
        self.assertEqual((indu.amount, indu.reference), (45.0, "DET-9"))
        self.assertEqual(indu.notified_on, date(2026, 6, 10))
        self.assertFalse(self.env["recouv.indu"]._from_lines(line))

    def taken_up(self, line):
        """What the night's job makes of a line."""
        self.env["recouv.indu"]._cron_find()
        return self.env["recouv.indu"].search([("line_id", "in", line.ids)])

    def test_the_nights_job_takes_up_what_was_kept_back(self):
        line = self.kept_back()
        self.assertEqual(self.taken_up(line).amount, 45.0)
        self.assertEqual(len(self.taken_up(line)), 1)

    def test_a_sum_given_back_is_not_claimed_back(self):
        self.assertFalse(self.taken_up(self.kept_back(paid=45.0)))

    def test_what_is_not_applied_is_not_claimed_back(self):
        self.assertFalse(self.taken_up(self.kept_back(outcome="matched")))

    def test_a_test_file_claims_nothing_back(self):
        self.file.is_test = True
        self.assertFalse(self.taken_up(self.kept_back()))

    def test_its_end_is_not_written_by_hand(self):
        indu = self.indu()
        with self.assertRaises(UserError):
            indu.state = "won"
        with self.assertRaises(UserError):
            indu.action_won()
        with self.assertRaises(UserError):
            indu.unlink()
        indu.action_accept()
        with self.assertRaises(UserError):
            indu.amount = 1.0

    @freeze_time("2026-07-25")
    def test_the_day_shows_what_must_be_contested_soon(self):
        indu = self.indu()
        day = self.env["recouv.day"].with_user(self.biller)
        section = next(
            s for s in day._sections(date(2026, 7, 25)) if s.code == "tp_indus"
        )
        self.assertIn(indu, self.env["recouv.indu"].search(section.domain))

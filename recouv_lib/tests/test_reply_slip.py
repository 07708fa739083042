import io
from datetime import date

from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .letter_common import LetterCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReplySlip(LetterCommon):
    """Instalments proposed inside a letter; the slip that comes back makes the plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids[0].plan_instalments = 3

    def letter(self, amount=90.0, **values):
        """A posted letter about an overdue invoice, as the secretary made it."""
        self.move = self.make_invoice(amount=amount, **values)
        run = self.propose()
        run.with_user(self.secretary).action_execute()
        self.claim = self.claims_of(self.move)
        return run.notice_ids.filtered(lambda n: n.partner_id == self.move.partner_id)

    def posted(self, letter):
        letter._mark_posted(TODAY)
        return letter.with_user(self.secretary)

    def text(self, letter):
        reader = PdfReader(io.BytesIO(letter.document_id.raw))
        pages = (page.extract_text() for page in reader.pages)
        return "\n".join(pages).replace("\t", " ")

    # --- what is printed ------------------------------------------------------------

    def test_the_letter_ends_with_a_slip_of_equal_instalments(self):
        letter = self.letter()
        self.assertEqual(
            letter.plan_proposal,
            [["2026-06-23", 30.0], ["2026-07-23", 30.0], ["2026-08-23", 30.0]],
        )
        text = self.text(letter)
        self.assertRegex(text, "Reply slip to return|Bulletin-réponse à retourner")
        self.assertRegex(text, r"23/08/2026|08/23/2026")

    def test_the_slip_cut_off_says_where_it_goes(self):
        """The head of the letter, with the address, stays with the debtor."""
        company = self.company
        company.write({"street": "1 rue du Port", "zip": "35000", "city": "Rennes"})
        text = " ".join(self.text(self.letter()).split())
        self.assertRegex(
            text,
            f"(sent back to|À renvoyer à) ?: {company.name}, 1 rue du Port, "
            f"35000 Rennes, .* {company.email}",
        )

    def test_a_step_that_proposes_none_prints_no_slip(self):
        self.policy.step_ids[0].plan_instalments = 0
        letter = self.letter()
        self.assertFalse(letter.plan_proposal)
        self.assertNotRegex(self.text(letter), "Reply slip|Bulletin-réponse")

    def test_parts_below_the_smallest_instalment_are_not_proposed(self):
        self.assertFalse(self.letter(amount=20.0).plan_proposal)

    def test_the_smallest_is_counted_in_the_currency_of_the_letter(self):
        """Ten euros are two hundred francs, or the half of one."""
        for number, (rate, amount, proposed) in enumerate(
            [(20.0, 300.0, False), (20.0, 600.0, True), (0.05, 9.0, True)]
        ):
            currency = self.setup_other_currency(
                ("CHF", "GBP", "USD")[number], rates=[("2020-01-01", rate)]
            )
            patient = self.make_patient(f"Debtor {number}")
            with self.subTest(rate=rate, amount=amount):
                letter = self.letter(
                    amount=amount, partner=patient, currency_id=currency.id
                )
                self.assertEqual(letter.currency_id, currency)
                self.assertEqual(bool(letter.plan_proposal), proposed)

    def test_a_professional_gets_no_slip(self):
        self.patient.recouv_debtor_kind = "professional"
        self.assertFalse(self.letter().plan_proposal)

    def test_a_slip_does_not_cost_a_mark(self):
        letter = self.letter()
        self.assertEqual(letter.state, "printed")

    # --- its return -----------------------------------------------------------------

    def test_the_slip_that_comes_back_makes_the_plan(self):
        letter = self.posted(self.letter())
        letter.action_accept_slip()
        plan = self.claim.plan_ids
        self.assertEqual((plan.kind, plan.source), ("plan", "reply_slip"))
        self.assertEqual(plan.line_ids.mapped("amount"), [30.0, 30.0, 30.0])
        self.assertEqual(self.claim.suspension, "plan")

    def test_scanning_the_letter_makes_the_plan(self):
        letter = self.posted(self.letter())
        scan = (
            self.env["recouv.mail.scan"]
            .with_user(self.secretary)
            .create({"mode": "slip", "scans": letter.payment_reference})
        )
        scan.action_apply()
        self.assertEqual(self.claim.plan_ids.kind, "plan", scan.result)

    def test_a_slip_that_comes_late_begins_in_the_month_to_come(self):
        letter = self.posted(self.letter())
        with freeze_time("2026-07-25"):
            letter.action_accept_slip()
        days = self.claim.plan_ids.line_ids.mapped("date")
        self.assertEqual(days[0], date(2026, 8, 23))

    def test_what_was_paid_meanwhile_is_not_asked_again(self):
        letter = self.posted(self.letter())
        self.pay(self.move, amount=30)
        letter.action_accept_slip()
        self.assertEqual(sum(self.claim.plan_ids.line_ids.mapped("amount")), 60)

    def test_a_letter_that_proposed_nothing_makes_no_plan(self):
        self.policy.step_ids[0].plan_instalments = 0
        letter = self.posted(self.letter())
        with self.assertRaisesRegex(UserError, "proposed no instalments"):
            letter.action_accept_slip()

    def test_a_slip_of_a_paid_invoice_makes_no_plan(self):
        letter = self.posted(self.letter())
        self.pay(self.move)
        with self.assertRaises(UserError):
            letter.action_accept_slip()

    def test_the_slip_accepted_twice_is_one_plan(self):
        letter = self.posted(self.letter())
        first = letter.action_accept_slip()
        again = letter.action_accept_slip()
        self.assertEqual(first["res_id"], again["res_id"])
        plan = self.claim.plan_ids
        self.assertEqual((len(plan), plan.standing), (1, "running"))
        self.assertEqual(letter.slip_plan_id, plan)

    def test_a_slip_whose_plan_was_ended_may_come_back(self):
        letter = self.posted(self.letter())
        letter.action_accept_slip()
        letter.slip_plan_id.action_cancel()
        letter.action_accept_slip()
        self.assertEqual(
            self.claim.plan_ids.sorted("id").mapped("standing"),
            ["cancelled", "running"],
        )

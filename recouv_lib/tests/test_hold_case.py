import io
from datetime import date

from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, file_path

from .common import TODAY, RecouvCommon
from .letter_common import LetterCommon


class CaseCommon(RecouvCommon):
    """One claim of 100, and a secretary who records what the debtor says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recouv_responsible_id = cls.secretary
        cls.move = cls.make_invoice()
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)

    def hold(self, reason="dispute", **values):
        holds = self.env["recouv.hold"].with_user(self.secretary)
        return holds.create(
            {
                "company_id": self.company.id,
                "claim_ids": [Command.set(self.claim.ids)],
                "reason": reason,
                **values,
            }
        )

    def code(self, claim=None):
        self.env.invalidate_all()
        return (claim or self.claim)._explain()[0]["code"]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDispute(CaseCommon):
    """A dispute of a part keeps that part back; a dispute of all suspends."""

    def test_a_partial_dispute_asks_for_the_rest(self):
        self.hold(amount_disputed=30.0)
        notice = self.propose().notice_ids
        self.assertEqual(notice.amount, 70.0)
        self.assertEqual(notice.line_ids.amount, 70.0)
        self.assertEqual(self.claim.suspension, "none")
        self.assertEqual(self.claim.amount_disputed, 30.0)

    def test_a_dispute_without_amount_suspends_all(self):
        self.hold()
        self.assertFalse(self.propose().notice_ids)
        self.assertEqual(self.claim.suspension, "dispute")

    def test_a_dispute_of_the_whole_sum_suspends_all(self):
        self.hold(amount_disputed=100.0)
        self.assertFalse(self.propose().notice_ids)
        self.assertEqual(self.claim.suspension, "dispute")

    def test_a_part_payment_that_leaves_only_what_is_disputed_stops_the_notice(self):
        self.hold(amount_disputed=30.0)
        self.pay(self.move, 70.0)
        self.assertFalse(self.propose().notice_ids)
        self.assertEqual(self.code(), "hold")

    def test_two_partial_disputes_that_make_the_whole_stop_the_notice(self):
        self.hold(amount_disputed=60.0)
        self.hold(amount_disputed=40.0, dispute_kind="insurance")
        self.assertFalse(self.propose().notice_ids)
        self.assertEqual(self.code(), "not_collectable")

    def test_a_dispute_after_the_proposal_lowers_the_notice(self):
        notice = self.propose().notice_ids
        self.hold(amount_disputed=30.0)
        notice.action_approve()
        self.assertTrue(notice._recheck())
        self.assertEqual(notice.amount, 70.0)

    def test_what_is_disputed_comes_on_top_of_what_may_not_be_collected(self):
        move = self.make_invoice(
            self.make_patient("Other"),
            invoice_line_ids=[
                Command.create(
                    {"name": name, "quantity": 1, "price_unit": price, "tax_ids": []}
                    | ({"recouv_exclusion": code} if code else {})
                )
                for name, price, code in (
                    ("Fees", 100.0, False),
                    ("Appointment", 30.0, "missed_appointment"),
                )
            ],
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.claims_of(move)
        claim.with_user(self.secretary)._hold("dispute", amount_disputed=20.0)
        notice = self.propose().notice_ids.filtered(
            lambda n: n.partner_id == move.partner_id
        )
        self.assertEqual(notice.amount, 80.0)
        self.assertEqual(claim._not_asked(), 50.0)

    def test_in_another_currency_the_company_sum_is_lowered_pro_rata(self):
        other = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        move = self.make_invoice(self.make_patient("Abroad"), currency_id=other.id)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.claims_of(move)
        claim._hold("dispute", amount_disputed=40.0)
        rows = self.env["recouv.engine"]._classify(
            self.company, TODAY, "creditor", claim
        )
        row = rows[claim.id]
        self.assertEqual((row["residual"], row["residual_company"]), (60.0, 30.0))
        self.assertEqual(claim._not_asked(), 20.0)

    def test_the_schedule_looked_at_ahead_asks_for_the_rest_too(self):
        self.hold(amount_disputed=30.0)
        simulation = self.env["recouv.simulation"].create(
            {"company_id": self.company.id, "policy_id": self.policy.id}
        )
        item = simulation._item(self.claim.move_line_id, self.claim, {})
        self.assertEqual(item.amount, 70)

    def test_the_amount_disputed_is_searched_and_summed(self):
        self.hold(amount_disputed=30.0)
        claims = self.env["recouv.claim"].search([("amount_disputed", ">", 0)])
        self.assertEqual(claims, self.claim)

    def test_a_disputed_amount_belongs_to_one_claim(self):
        other = self.make_invoice(due=date(2026, 6, 2))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        both = self.claim | self.claims_of(other)
        with self.assertRaisesRegex(ValidationError, "one claim"):
            both._hold("dispute", amount_disputed=30.0)

    def test_more_than_was_asked_cannot_be_disputed(self):
        with self.assertRaisesRegex(ValidationError, "more is disputed"):
            self.hold(amount_disputed=100.01)

    def test_only_a_dispute_has_an_amount(self):
        with self.assertRaisesRegex(ValidationError, "Only a dispute"):
            self.hold("hospitalised", amount_disputed=10.0)

    def test_a_dispute_lifted_asks_for_all_again(self):
        hold = self.hold(amount_disputed=30.0)
        hold.action_lift()
        self.env.invalidate_all()
        self.assertEqual(self.claim.amount_disputed, 0.0)
        self.assertEqual(self.propose().notice_ids.amount, 100.0)

    def test_the_dialog_asks_amount_kind_and_owner(self):
        action = self.claim.with_user(self.secretary).action_suspend()
        wizard = Form(
            self.env["recouv.hold.wizard"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        wizard.reason = "dispute"
        wizard.amount_disputed = 25.0
        wizard.dispute_kind = "price"
        wizard.opened_by = "call"
        wizard.save().action_apply()
        hold = self.claim.hold_ids
        self.assertEqual((hold.amount_disputed, hold.dispute_kind), (25.0, "price"))
        self.assertEqual((hold.opened_by, hold.owner_id), ("call", self.secretary))

    def test_an_answer_is_due_after_the_working_days_of_the_settings(self):
        self.company.recouv_dispute_days = 5
        self.assertEqual(self.hold().answer_due, date(2026, 6, 22))

    def test_overdue_answers_are_found_by_their_date(self):
        hold = self.hold()
        domain = hold._to_answer_domain(TODAY)
        late = [*domain, ("answer_due", "<", date(2026, 7, 31))]
        self.assertEqual(hold.search(late), hold)
        hold.answered_on = TODAY
        self.assertFalse(hold.search(late))

    # --- outcome --------------------------------------------------------------------

    def test_an_unfounded_dispute_resumes_the_schedule(self):
        hold = self.hold()
        hold.action_close_case("unfounded")
        self.assertEqual((hold.outcome, hold.outcome_on), ("unfounded", TODAY))
        self.assertEqual(self.propose().notice_ids.amount, 100.0)

    def test_a_founded_dispute_opens_the_credit_note_and_still_suspends(self):
        hold = self.hold()
        action = hold.action_close_case("founded")
        self.assertEqual(action["res_model"], "account.move.reversal")
        self.assertEqual(action["context"]["active_ids"], self.move.ids)
        self.assertFalse(self.propose().notice_ids)

    def test_the_credit_note_ends_a_founded_dispute(self):
        hold = self.hold(amount_disputed=30.0)
        hold.action_close_case("partly_founded")
        self.make_invoice(
            amount=30.0, move_type="out_refund", reversed_entry_id=self.move.id
        )
        self.assertTrue(hold.lifted_by_id)
        self.env.invalidate_all()
        self.assertEqual(self.propose().notice_ids.amount, 70.0)

    def test_an_outcome_fits_its_reason_and_is_recorded_once(self):
        hold = self.hold()
        with self.assertRaises(UserError):
            hold.action_close_case("answered")
        hold.action_close_case("withdrawn")
        with self.assertRaisesRegex(UserError, "closed already"):
            hold.action_close_case("unfounded")
        with self.assertRaises(UserError):
            self.hold("hospitalised").action_close_case("withdrawn")

    # --- from before disputes had an amount -----------------------------------------

    def migrate(self, amount=30):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("ALTER TABLE recouv_claim ADD COLUMN amount_disputed numeric")
        )
        self.env.cr.execute(
            SQL(
                "UPDATE recouv_claim SET amount_disputed = %s WHERE id = %s",
                amount,
                self.claim.id,
            )
        )
        path = file_path("recouv_lib/migrations/19.0.2.0.0/post-migrate_disputes.py")
        script = load_script(path, "post_migrate_disputes")
        script.migrate(self.env.cr, "19.0.1.0.0")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_the_amounts_kept_on_claims_move_to_the_disputes(self):
        hold = self.hold()
        self.migrate()
        self.assertEqual(
            (hold.amount_disputed, self.claim.amount_disputed), (30.0, 30.0)
        )
        self.assertEqual(self.claim.hold_ids, hold)

    def test_an_amount_without_a_dispute_is_not_asked_in_silence(self):
        self.migrate()
        hold = self.claim.hold_ids
        self.assertEqual((hold.reason, hold.amount_disputed), ("dispute", 30.0))
        self.assertFalse(hold.date_to, "until somebody answers it")
        self.assertEqual(self.claim.amount_disputed, 30.0)
        self.assertEqual(self.propose().notice_ids.amount, 70.0)

    def test_a_dispute_that_was_over_does_not_stand_again(self):
        over = self.hold()
        over.action_lift("answered")
        self.migrate()
        self.assertFalse(over.amount_disputed)
        self.assertEqual((self.claim.hold_ids - over).amount_disputed, 30.0)

    def test_an_amount_larger_than_the_claim_is_the_whole_claim(self):
        self.migrate(amount=500)
        self.assertEqual(self.claim.hold_ids.amount_disputed, 100.0)

    def test_what_was_paid_since_is_no_dispute(self):
        self.pay(self.claim.move_id)
        self.migrate()
        self.assertFalse(self.claim.hold_ids)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestUndoHold(CaseCommon):
    """What was set or lifted by mistake is undone with a reason; the record stays."""

    def test_a_suspension_undone_never_was(self):
        hold = self.hold("hospitalised")
        hold.undo("Wrong patient")
        self.assertEqual(hold.undone_by_id, self.secretary)
        self.assertEqual(self.claim.suspension, "none")
        self.assertFalse(self.claim._active_holds())
        self.assertTrue(self.propose().notice_ids)

    def test_a_dispute_undone_disputes_nothing(self):
        self.hold(amount_disputed=30.0).undo("Another invoice")
        self.assertEqual(self.claim.amount_disputed, 0.0)

    def test_a_lift_undone_stands_again_as_before(self):
        hold = self.hold("hospitalised", date_to=date(2026, 6, 30))
        hold.action_lift("Thought he was back")
        hold.undo("He is not")
        self.assertEqual(hold.date_to, date(2026, 6, 30))
        self.assertFalse(hold.undone_on or hold.lifted_by_id)
        self.assertIn("He is not", hold.history)
        self.assertEqual(self.claim.suspension, "hold")

    def test_an_outcome_undone_is_open_again(self):
        hold = self.hold()
        hold.action_close_case("unfounded")
        hold.undo("Clicked on the wrong one")
        self.assertFalse(hold.outcome)
        self.assertEqual(self.claim.suspension, "dispute")

    def test_a_lift_is_not_undone_after_the_next_step_has_left(self):
        hold = self.hold("hospitalised")
        hold.action_lift()
        run = self.propose()
        with freeze_time("2026-06-17 08:00:00"):
            run.notice_ids._prove(date_sent="2026-06-17 08:00:00")
            with self.assertRaisesRegex(UserError, "left since"):
                hold.undo("Too late")

    def test_a_reason_is_needed_and_an_undo_is_done_once(self):
        hold = self.hold()
        with self.assertRaises(UserError):
            hold.undo(" ")
        hold.undo("Mistake")
        with self.assertRaises(UserError):
            hold.undo("Again")

    def test_what_was_undone_is_not_there_to_be_lifted(self):
        self.hold("hospitalised").undo("Mistake")
        wizard = self.env["recouv.hold.wizard"].create(
            {"mode": "lift", "claim_ids": [Command.set(self.claim.ids)]}
        )
        self.assertFalse(wizard.hold_ids)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestComplaint(CaseCommon):
    """The register: a number, a pause, an acknowledgment and an answer by a day."""

    def test_a_complaint_is_numbered_paused_and_due(self):
        hold = self.hold("complaint", opened_by="letter")
        other = self.hold("complaint")
        self.assertEqual((hold.number, other.number), ("R2026-001", "R2026-002"))
        self.assertEqual(hold.ack_due, date(2026, 6, 29))
        self.assertEqual(hold.answer_due, date(2026, 8, 15))
        self.assertEqual(self.claim.suspension, "hold")

    def test_each_practice_counts_its_own(self):
        self.hold("complaint")
        other = self.setup_other_company(name="Other practice")["company"]
        hold = self.env["recouv.hold"].create(
            {
                "company_id": other.id,
                "partner_id": self.patient.id,
                "reason": "complaint",
            }
        )
        self.assertTrue(hold.number.endswith("-001"))

    def test_an_answered_complaint_resumes(self):
        hold = self.hold("complaint")
        hold.action_close_case("answered")
        self.assertEqual(self.claim.suspension, "none")

    def test_the_day_shows_what_must_be_answered(self):
        hold = self.hold("complaint")
        with freeze_time("2026-08-17"):
            sections = {
                section.code: section
                for section in self.env["recouv.day"]
                .with_user(self.secretary)
                ._sections(date(2026, 8, 17))
            }
            section = sections["answers_due"]
            found = self.env[section.model].search(section.domain)
        self.assertEqual(found, hold)
        self.assertNotIn("minors", sections)
        self.assertTrue(self.env.ref(section.action))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestExplanation(CaseCommon):
    def test_who_asks_for_an_explanation_is_left_in_peace_for_some_days(self):
        self.company.recouv_explanation_days = 10
        hold = self.hold("explanation")
        self.assertEqual(hold.date_to, date(2026, 6, 25))
        self.assertEqual(self.claim.suspension, "hold")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOverIndebted(CaseCommon):
    def test_an_admissible_file_suspends_for_two_years_at_most(self):
        hold = self.hold("over_indebted", filed_on=date(2026, 6, 1))
        self.assertFalse(hold.date_to)
        hold.admissible_on = date(2026, 6, 10)
        self.assertEqual(hold.date_to, date(2028, 6, 10))

    def test_measures_end_the_suspension_on_their_day(self):
        hold = self.hold("over_indebted", admissible_on=date(2026, 6, 10))
        hold.measures_until = date(2027, 3, 31)
        self.assertEqual(hold.date_to, date(2027, 3, 31))

    def test_the_dates_of_a_file_follow_each_other(self):
        with self.assertRaises(ValidationError):
            self.hold("over_indebted", filed_on=TODAY, admissible_on=date(2026, 6, 1))

    def test_nobody_asks_for_a_plan_while_the_file_is_admissible(self):
        self.assertIsNone(self.patient._recouv_plan_obstacle(self.company))
        hold = self.hold("over_indebted", admissible_on=date(2026, 6, 10))
        self.assertIn("L722-5", self.patient._recouv_plan_obstacle(self.company))
        self.assertIn("over-indebtedness", self.patient.recouv_caution)
        hold.undo("Namesake")
        self.assertIsNone(self.patient._recouv_plan_obstacle(self.company))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCaseLetter(CaseCommon, LetterCommon):
    """Acknowledgment, answer and letter to the estate: courteous, without any care."""

    def letter(self, hold, method):
        action = getattr(hold, method)()
        url = action["params"]["url"]
        number = int(url.split("/")[3].split("?")[0])
        attachment = self.env["ir.attachment"].browse(number)
        reader = PdfReader(io.BytesIO(attachment.raw))
        self.assertEqual(len(reader.pages), 1)
        text = " ".join(page.extract_text() for page in reader.pages)
        return " ".join(text.replace("\u00a0", " ").split())

    def setUp(self):
        super().setUp()
        self.patient.lang = "en_US"

    def test_an_acknowledgment_says_by_when_we_answer(self):
        hold = self.hold("complaint")
        text = self.letter(hold, "action_print_acknowledgment")
        for words in ("R2026-001", "August", self.move.name, "Camille Martin"):
            self.assertIn(words, text)
        self.assertEqual(hold.acknowledged_on, TODAY)

    def test_who_complains_is_told_of_the_mediator(self):
        self.company.recouv_mediator = "AME Conso, Paris"
        text = self.letter(self.hold("complaint"), "action_print_acknowledgment")
        self.assertIn("AME Conso, Paris", text)

    def test_a_partial_dispute_says_that_the_rest_remains_due(self):
        hold = self.hold(amount_disputed=30.0)
        text = self.letter(hold, "action_print_acknowledgment")
        self.assertIn("30", text)
        self.assertIn("rest remains due", text)

    def test_an_unfounded_dispute_is_answered_courteously(self):
        hold = self.hold(dispute_kind="care", note="chimiothérapie")
        hold.action_close_case("unfounded")
        text = self.letter(hold, "action_print_answer")
        self.assertIn("remains due", text)
        self.assertNotIn("chimio", text)
        self.assertNotIn("care", text.lower())
        self.assertEqual(hold.answered_on, TODAY)
        self.assertTrue(hold.answer_document_id)

    def test_an_answer_needs_an_outcome_or_own_words(self):
        hold = self.hold()
        with self.assertRaisesRegex(UserError, "outcome"):
            hold.action_print_answer()
        hold.answer_text = "We have corrected the date."
        self.assertIn("corrected the date", self.letter(hold, "action_print_answer"))

    def test_the_words_of_a_court_are_refused(self):
        hold = self.hold(answer_text="Ceci est une sommation.")
        with self.assertRaisesRegex(UserError, "sommation"):
            hold.action_print_answer()

    def test_the_estate_is_written_to_and_never_the_deceased(self):
        hold = self.hold("deceased")
        with self.assertRaisesRegex(UserError, "deceased"):
            hold.action_print_estate_letter()
        notary = self.make_patient("Maître Roux", street="9 quai Ouest", lang="en_US")
        self.patient.write(
            {"recouv_deceased_on": TODAY, "recouv_estate_contact_id": notary.id}
        )
        text = self.letter(hold, "action_print_estate_letter")
        for words in ("9 quai Ouest", "condolences", "notary", self.move.name):
            self.assertIn(words, text)
        self.assertNotIn("2 place du Marché", text)
        self.assertEqual(hold.estate_declared_on, TODAY)

    def test_without_an_address_no_letter_is_made(self):
        self.patient.zip = False
        with self.assertRaisesRegex(UserError, "postal address"):
            self.hold("complaint").action_print_acknowledgment()

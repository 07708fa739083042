import gc
import os
import tracemalloc
from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.lib import html_pdf, pdf_parts
from odoo.addons.recouv_lib.models import recouv_run
from odoo.addons.recouv_lib.models.recouv_notice_letter_page import address_size

from .common import TODAY
from .letter_common import LetterCommon, sessions

# The part of the page that shows in the window of a DL or C5 envelope, wherever the
# letter slides in it, and what may show when it slides (millimetres; windows of 45 x
# 100 mm, 20 mm from the right edge).
SURE_WINDOW = {"left": 109, "right": 190, "top": 50, "bottom": 79}
ANY_WINDOW = {"left": 90, "right": 200, "top": 34, "bottom": 95}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLetter(LetterCommon):
    # --- the sheet of paper ---------------------------------------------------------

    def test_the_address_shows_in_the_window_and_nothing_else_does(self):
        self.make_patient_with_long_address()
        for letter in self.letters():
            address = set(letter._in_recipient_language()._address_lines())
            shown = {
                words: (left, base)
                for words, left, base in self.placed_texts(letter)
                if ANY_WINDOW["left"] < left < ANY_WINDOW["right"]
                and ANY_WINDOW["top"] < base < ANY_WINDOW["bottom"]
            }
            self.assertEqual(set(shown), address)
            for left, base in shown.values():
                self.assertGreaterEqual(left, SURE_WINDOW["left"])
                self.assertGreater(base - 4, SURE_WINDOW["top"])
                self.assertLess(base, SURE_WINDOW["bottom"])

    def make_patient_with_long_address(self):
        self.make_invoice()
        self.make_invoice(
            partner=self.make_patient(
                "Jean-Baptiste de La Rochefoucauld-Montmorency",
                street="127 bis avenue du Général de Gaulle",
                street2="Résidence Les Tilleuls, bâtiment C",
                zip="1200",
                city="Genève",
                country_id=self.env.ref("base.ch").id,
            )
        )

    def test_each_document_holds_its_own_letter_only(self):
        other = self.make_patient("Zoé Petit", zip="22000", city="Saint-Brieuc")
        self.make_invoice()
        self.make_invoice(partner=other)
        letters = self.letters()
        self.assertEqual(letters.mapped("state"), ["printed", "printed"])
        for letter in letters:
            stranger = (letters - letter).partner_id.name
            self.assertIn(letter.partner_id.name, self.text(letter))
            self.assertNotIn(stranger, self.text(letter))
            self.assertEqual(letter.document_id.res_id, letter.id)

    def test_every_page_bears_one_genuine_mark(self):
        sessions(self, 30)
        letter = self.letters()
        found = self.marks(letter)
        self.assertEqual(len(found), 2)
        for number, marks in enumerate(found, 1):
            (mark,) = marks
            self.assertTrue(mark.genuine)
            self.assertEqual(
                (mark.notice_id, mark.page, mark.pages), (letter.id, number, 2)
            )

    def test_thirty_sessions_are_all_listed_with_their_total(self):
        moves = sessions(self, 30, amount=10)
        text = self.text(self.letters())
        for move in moves:
            self.assertIn(move.name, text)
        self.assertIn("300,00 €", text)

    def test_one_session_fits_on_one_page(self):
        self.make_invoice()
        self.assertEqual(len(self.pages(self.letters())), 1)

    # --- what it says ---------------------------------------------------------------

    def test_a_letter_carries_every_mandatory_element(self):
        move = self.make_invoice(amount=79.5, due=date(2026, 6, 1))
        letter = self.letters()
        text = self.text(letter)
        for element in (
            self.company.name,
            "1 rue de la Paix",
            "+33 2 99 00 00 00",
            "cabinet@example.com",
            "10003456789",
            "Camille Martin",
            "2 place du Marché",
            "35000 RENNES",
            "15 juin 2026",
            move.name,
            "79,50 €",
            "01/06/2026",
            "23 juin 2026",
            "FR76 3000 6000 0112 3456 7890 189",
            letter.text_reference,
        ):
            self.assertIn(element, text)
        self.assertGreater(text.count("10003456789"), 1, "contact again at the end")

    def test_no_act_enters_a_letter(self):
        move = self.make_invoice()
        move.invoice_line_ids.name = "Detartrage HBJD001"
        move.narration = "Consultation de psychiatrie"
        letter = self.letters()
        self.assertNotIn("Detartrage", self.text(letter))
        self.assertNotIn("psychiatrie", self.text(letter))
        self.assertNotIn(b"Detartrage", letter.document_id.raw)

    def test_the_consumer_mediator_is_named_to_patients_alone(self):
        """Code de la consommation, art. L612-1 and L616-1."""
        self.company.recouv_mediator = "AME Conso, Paris"
        clinic = self.make_patient("Clinique", recouv_debtor_kind="professional")
        self.make_invoice()
        self.make_invoice(clinic)
        by_debtor = self.letters().grouped("partner_id")
        self.assertIn("AME Conso, Paris", self.text(by_debtor[self.patient]))
        self.assertNotIn("AME Conso", self.text(by_debtor[clinic]))

    def test_a_personal_note_is_printed(self):
        self.make_invoice()
        run = self.propose()
        run.notice_ids.personal_note = "Avec nos pensées.\nÀ bientôt."
        run.with_user(self.secretary).action_execute()
        self.assertIn("Avec nos pensées. À bientôt.", self.text(run.notice_ids))

    def test_the_language_of_the_debtor_decides(self):
        self.patient.lang = "en_US"
        self.make_invoice(amount=79.5)
        text = self.text(self.letters())
        self.assertIn("Dear Sir or Madam", text)
        self.assertIn("15 June 2026", text)

    def test_proven_contacts_are_recalled_and_failed_ones_are_not(self):
        self.make_invoice(due=date(2026, 6, 1))
        self.letters()
        with self.at(date(2026, 6, 27)) as day:
            second = self.next_letters(day, TODAY)
        self.assertEqual(second.step_id, self.second)
        self.assertIn("15 juin 2026", self.text(second))
        second._return_mail() if second.state == "sent" else second._fail(
            "other", "lost"
        )
        self.assertNotIn(
            (second.channel, second.document_date),
            self.env["recouv.notice"]._earlier_contacts().get(second.id, []),
        )

    def test_a_credit_is_listed_and_deducted(self):
        self.make_invoice(amount=100)
        self.make_invoice(amount=30, move_type="out_refund", due=date(2026, 6, 2))
        text = self.text(self.letters())
        self.assertIn("70,00 €", text)

    def test_the_logo_is_off_by_default(self):
        self.make_invoice()
        run = self.propose()
        self.assertFalse(run.notice_ids._letter_logo())
        self.company.recouv_letter_logo = True
        self.assertTrue(run.notice_ids._letter_logo())

    # --- what stops one letter ------------------------------------------------------

    def test_a_missing_element_stops_that_letter_and_says_which(self):
        self.make_invoice()
        other = self.make_patient("Zoé Petit")
        self.make_invoice(partner=other)
        run = self.propose()
        other.city = False
        self.deliver(run.notice_ids.with_user(self.secretary))
        stopped = run.notice_ids.filtered(lambda n: n.partner_id == other)
        self.assertEqual(stopped.state, "failed")
        self.assertEqual(stopped.failure_type, "missing_data")
        self.assertIn("city of the debtor", stopped.failure_message)
        self.assertFalse(stopped.document_id)
        self.assertTrue(stopped.line_ids.claim_id.activity_ids)
        self.assertEqual((run.notice_ids - stopped).state, "printed")

    def test_what_we_could_not_print_is_no_attempt(self):
        self.make_invoice()
        run = self.propose()
        self.patient.city = False
        self.deliver(run.notice_ids)
        claim = run.notice_ids.line_ids.claim_id
        self.assertEqual(run.notice_ids.failure_type, "missing_data")
        self.assertEqual(claim.next_step_id, self.first)
        self.patient.city = "Rennes"
        with self.at(TODAY + timedelta(days=1)) as day:
            self.assertEqual(self.letters(day).state, "printed")

    def test_each_element_is_missed_by_its_name(self):
        self.make_invoice()
        notice = self.propose().notice_ids
        self.company.recouv_professional_number = False
        self.first.deadline_days = 0
        self.env["recouv.letter.template"].search([]).consequences = False
        notice._record({"state": "sending"})
        notice._deliver()
        for label in ("professional number", "new deadline", "consequences"):
            self.assertIn(label, notice.failure_message)

    def test_a_deleted_text_is_named(self):
        self.make_invoice()
        run = self.propose()
        self.env["recouv.letter.template"].search([]).unlink()
        run.action_execute()
        self.assertIn("text of the letter", run.notice_ids.failure_message)

    def test_a_note_that_looks_official_is_refused(self):
        self.make_invoice()
        run = self.propose()
        run.notice_ids.personal_note = "Dernière sommation avant huissier"
        run.action_execute()
        self.assertEqual(run.notice_ids.failure_type, "missing_data")
        self.assertIn("sommation", run.notice_ids.failure_message)

    # --- what may be claimed --------------------------------------------------------

    def deliver(self, notice):
        notice._record({"state": "sending"})
        notice._deliver()

    def test_more_than_the_principal_is_refused_before_printing(self):
        self.make_invoice(amount=100)
        notice = self.propose().notice_ids
        notice._record({"amount": 115})
        self.deliver(notice)
        self.assertEqual(notice.failure_type, "missing_data")
        self.assertIn("115", notice.failure_message)
        self.assertFalse(notice.document_id)

    def test_a_fee_is_refused(self):
        self.make_invoice(amount=100)
        notice = self.propose().notice_ids
        self.env["recouv.notice.line"].sudo().create(
            {
                "notice_id": notice.id,
                "company_id": self.company.id,
                "kind": "claim",
                "label": "Frais de dossier",
                "amount": 15,
                "amount_original": 15,
                "currency_id": notice.currency_id.id,
            }
        )
        notice._record({"amount": 115})
        self.deliver(notice)
        self.assertEqual(notice.failure_type, "missing_data")
        self.assertFalse(notice.document_id)

    def claimed_after_formal_notice(self, amount, presented, today):
        move = self.make_invoice(amount=amount, due=date(2025, 11, 1))
        notice = self.propose().notice_ids
        self.claims_of(move).sudo().formal_notice_date = presented
        with self.at(today):
            self.deliver(notice)
        return notice

    def test_legal_interest_runs_from_the_formal_notice_by_semester(self):
        self.company.recouv_interest = True
        notice = self.claimed_after_formal_notice(
            1000, date(2026, 5, 15), date(2026, 9, 30)
        )
        self.assertEqual(notice.amount_interest, 10.23)
        self.assertEqual(notice.amount, 1010.23)
        self.assertEqual(notice.state, "printed", notice.failure_message)
        self.assertIn("1 010,23 €", self.text(notice).replace("\u202f", " "))

    def test_interest_over_three_semesters(self):
        self.company.recouv_interest = True
        notice = self.claimed_after_formal_notice(
            79.5, date(2025, 11, 20), date(2026, 11, 21)
        )
        self.assertEqual(notice.amount_interest, 2.14)

    def test_a_mise_en_demeure_cites_the_law_of_the_country(self):
        self.company.recouv_interest = True
        self.make_invoice()
        notice = self.propose().notice_ids
        notice._record({"step_id": self.formal.id})
        self.assertIn("1231-6 and 1344-1 of the Civil Code", notice._interest_text())
        switzerland = self.env.ref("base.ch").id
        self.company.write(
            {"country_id": switzerland, "account_fiscal_country_id": switzerland}
        )
        text = notice._interest_text()
        self.assertIn("102 and 104 of the Swiss Code of Obligations", text)
        self.assertNotIn("1344-1", text)

    def test_interest_is_off_by_default(self):
        notice = self.claimed_after_formal_notice(
            1000, date(2026, 5, 15), date(2026, 9, 30)
        )
        self.assertEqual((notice.amount, notice.amount_interest), (1000, 0))

    def test_a_semester_without_rate_stops_the_letter(self):
        self.company.recouv_interest = True
        notice = self.claimed_after_formal_notice(
            1000, date(2026, 5, 15), date(2027, 2, 1)
        )
        self.assertEqual(notice.failure_type, "missing_data")
        self.assertIn("2027-S1", notice.failure_message)

    def test_no_interest_on_what_an_open_payment_or_credit_already_covers(self):
        self.company.recouv_interest = True
        for kind in ("payment", "refund"):
            patient = self.make_patient(f"Debtor {kind}")
            move = self.make_invoice(patient, amount=1000, due=date(2025, 11, 1))
            claim = self.claims_of_new(move)
            claim.sudo().formal_notice_date = date(2026, 5, 15)
            self.lower(patient, 900, kind)
            notice = self.propose().notice_ids.filtered(
                lambda n, p=patient: n.partner_id == p
            )
            self.assertEqual(notice.amount, 100)
            expected = 100 * 31 * 2.62 / 36500
            self.assertAlmostEqual(notice._legal_interest(), expected, places=2)

    def claims_of_new(self, move):
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        return self.claims_of(move)

    def lower(self, patient, amount, kind):
        """An open credit of the patient: a credit note, or money not yet allocated."""
        if kind == "refund":
            return self.make_invoice(patient, amount=amount, move_type="out_refund")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": patient.id,
                "amount": amount,
                "date": date(2026, 5, 1),
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def test_interest_counts_what_was_paid_meanwhile(self):
        self.company.recouv_interest = True
        move = self.make_invoice(amount=1000, due=date(2025, 11, 1))
        notice = self.propose().notice_ids
        claim = self.claims_of(move)
        claim.sudo().formal_notice_date = date(2026, 5, 15)
        self.pay(move, 400, date(2026, 6, 10))
        notice.line_ids.sudo().amount = 600
        notice._record({"amount": 600})
        whole = notice._legal_interest()
        expected = (1000 * 26 + 600 * 5) * 2.62 / 36500
        self.assertAlmostEqual(whole, expected, places=2)

    # --- ways to pay ----------------------------------------------------------------

    def test_the_payment_code_is_for_euros_and_a_valid_account(self):
        self.make_invoice(amount=79.5)
        notice = self.propose().notice_ids
        account = self.company.recouv_bank_id
        self.assertIn("<svg", notice._payment_qr(notice._payment_account()))
        notice._record({"currency_id": self.env.ref("base.CHF").id})
        self.assertFalse(notice._payment_qr(account))
        notice._record({"currency_id": self.env.ref("base.EUR").id})
        account.allow_out_payment = False
        with self.assertRaisesRegex(ValidationError, "no valid IBAN"):
            account.acc_number = "FR7630006000011234567890188"
        # one that was there before it was checked
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = 'FR00' WHERE id = %s",
            [account.id],
        )
        account.invalidate_recordset()
        self.assertFalse(notice._payment_account())
        self.deliver(notice)
        self.assertEqual(notice.state, "printed", "a wrong IBAN is left out, no more")
        self.assertNotIn("FR76", self.text(notice))

    # --- the printing program -------------------------------------------------------

    def test_without_the_program_nothing_is_lost_and_the_message_is_clear(self):
        self.make_invoice()
        run = self.propose()
        notices = type(run.notice_ids)
        with patch.object(notices, "_printer", lambda self: "/nowhere/wkhtmltopdf"):
            run.with_user(self.secretary).action_execute()
        notice = run.notice_ids
        self.assertEqual((notice.state, notice.failure_type), ("failed", "rendering"))
        self.assertIn("wkhtmltopdf", notice.failure_message)
        self.assertEqual(
            notice.lead_claim_id.activity_ids.mapped("summary"),
            ["Letters could not be printed"],
        )
        self.assertFalse(notice.document_id)
        with self.at(TODAY + timedelta(days=1)) as day:
            self.assertEqual(self.letters(day).step_id, self.first)

    def printed_with(self, behaviour, count=3):
        """Print letters while the program behaves as told; return (letters, calls)."""
        for index in range(count):
            self.make_invoice(partner=self.make_patient(f"Patient {index}"))
        run = self.propose()
        calls, real = [], html_pdf.print_html

        def fake(program, html, **options):
            calls.append(html.count('class="page first"'))
            return behaviour(real, program, html, options)

        with patch.object(html_pdf, "print_html", fake):
            run.action_execute()
        return run.notice_ids.sorted("id"), calls

    def test_one_bad_letter_does_not_stop_the_others(self):
        def crashes_on_one(real, program, html, options):
            if "Patient 1" in html:
                raise html_pdf.PrinterCrashed("code -11")
            return real(program, html, **options)

        letters, calls = self.printed_with(crashes_on_one)
        bad = letters.filtered(lambda n: n.partner_id.name == "Patient 1")
        self.assertEqual(bad.failure_type, "rendering")
        self.assertFalse(bad.document_id)
        self.assertEqual((letters - bad).mapped("state"), ["printed"] * 2)
        self.assertEqual(calls, [3, 1, 1, 1])

    def test_a_broken_program_is_not_tried_on_every_letter(self):
        def crashes(real, program, html, options):
            raise html_pdf.PrinterCrashed("code 1")

        letters, calls = self.printed_with(crashes, count=9)
        self.assertEqual(set(letters.mapped("failure_type")), {"rendering"})
        self.assertEqual(calls, [9, 1, 1, 1, 1, 1])

    def test_pages_that_disagree_with_their_marks_refuse_the_whole_batch(self):
        def loses_a_page(real, program, html, options):
            pages = pdf_parts.open_pdf(real(program, html, **options)).pages
            return pdf_parts.write_pdf(list(pages)[1:])

        letters, calls = self.printed_with(loses_a_page)
        self.assertEqual(set(letters.mapped("failure_type")), {"rendering"})
        self.assertFalse(letters.document_id)
        self.assertIn("marks", letters[0].failure_message)
        self.assertEqual(calls, [3], "a batch that mixes pages is not tried again")

    def test_a_letter_that_overflows_its_page_is_noticed(self):
        self.make_invoice()
        run = self.propose()
        with patch(
            "odoo.addons.recouv_lib.models.recouv_notice_letter_page.FIRST_ROOM", 900
        ):
            run.notice_ids.personal_note = "\n".join(["Une ligne de plus."] * 50)
            run.action_execute()
        self.assertEqual(run.notice_ids.failure_type, "rendering")
        self.assertFalse(run.notice_ids.document_id)

    def test_a_long_note_flows_onto_a_second_page(self):
        self.make_invoice()
        run = self.propose()
        run.notice_ids.personal_note = "\n".join(["Une ligne de plus."] * 45)
        run.action_execute()
        self.assertEqual(
            run.notice_ids.state, "printed", run.notice_ids.failure_message
        )
        self.assertEqual(len(self.pages(run.notice_ids)), 3)

    # --- speed ----------------------------------------------------------------------

    def printing_queries(self, count):
        for index in range(count):
            self.make_invoice(partner=self.make_patient(f"P {count} {index}"))
        letters = self.propose().notice_ids
        letters._record({"state": "sending"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        letters._deliver()
        self.env.flush_all()
        self.assertEqual(set(letters.mapped("state")), {"printed"})
        return self.env.cr.sql_log_count - before

    def test_the_number_of_queries_hardly_grows_with_the_letters(self):
        self.printing_queries(2)  # templates and settings are read once
        few, more = self.printing_queries(2), self.printing_queries(8)
        self.assertLess((more - few) / 6, 0.5, "not one for each letter")

    def printing_memory(self, count):
        """Return the peak of Python's memory, in bytes, while a run prints."""
        for index in range(count):
            self.make_invoice(partner=self.make_patient(f"M {count} {index}"))
        run = self.propose()
        self.env.flush_all()
        self.env.invalidate_all()
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        run.action_execute()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.assertEqual(set(run.notice_ids.mapped("state")), {"printed"})
        return peak

    def test_memory_hardly_grows_with_the_number_of_letters(self):
        engine = type(self.env["recouv.engine"])

        def forget(engine):
            """As a commit does; and readers of PDF refer to themselves."""
            engine.env.invalidate_all()
            gc.collect()

        with (
            patch.dict(recouv_run.BATCHES, letter=2),
            patch.object(engine, "_checkpoint", forget),
        ):
            self.printing_memory(1)  # templates and settings are read once
            few, many = self.printing_memory(2), self.printing_memory(8)
        self.assertLess(many, 2 * few, "four times the letters, a batch at a time")

    def test_an_accountant_reads_the_letter(self):
        self.make_invoice()
        letter = self.letters()
        self.assertTrue(os.path.basename(letter.document_id.name).startswith("RF"))
        accountant = self.env["res.users"].create(
            {
                "name": "Accountant",
                "login": "accountant_letters",
                "group_ids": [
                    (6, 0, [self.env.ref("account.group_account_readonly").id])
                ],
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
            }
        )
        self.assertTrue(letter.with_user(accountant).document_id.raw)


@tagged("post_install", "-at_install")
class TestFormalNotice(LetterCommon):
    def setUp(self):
        super().setUp()
        self.make_invoice(amount=79.5, due=date(2026, 6, 1))

    def test_the_formal_notice_uses_those_words_and_gives_a_precise_delay(self):
        letter = self.formal_notice()
        text = self.text(letter).lower()
        self.assertEqual(letter.channel, "registered_letter")
        self.assertIn("mise en demeure", text)
        self.assertIn("15", letter.text_delay)
        self.assertIn("15 juin 2026", text)
        self.assertIn("27 juin 2026", text)

    def test_other_words_than_mise_en_demeure_are_refused(self):
        template = self.env.ref("recouv_lib.letter_template_formal_notice")
        for lang in ("en_US", "fr_FR"):
            template.with_context(lang=lang).write(
                {"subject": "Rappel", "body": "<p>{{ object.text_recall }}</p>"}
            )
        letter = self.formal_notice()
        self.assertEqual(letter.failure_type, "missing_data")
        self.assertIn("mise en demeure", letter.failure_message)
        self.assertIn("precise delay", letter.failure_message)

    def test_interest_is_announced_only_where_it_is_claimed(self):
        letter = self.formal_notice()
        self.assertNotIn("1344-1", self.text(letter))
        self.company.recouv_interest = True
        letter.invalidate_recordset()
        self.assertIn("1344-1", letter.text_interest)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTestMode(LetterCommon):
    def test_a_letter_of_the_test_mode_says_so(self):
        self.company.recouv_test_email = "test@example.com"
        self.make_invoice()
        letter = self.letters()
        self.assertIn("SPÉCIMEN", self.text(letter))

    def test_six_long_lines_stay_in_the_window(self):
        patient = self.make_patient(
            "Marie-Antoinette de La Rochefoucauld-Montmorency-Laval",
            street="127 bis avenue du Général de Gaulle et du Maréchal Leclerc",
            street2="Résidence Les Tilleuls, bâtiment C, escalier 4, porte 12",
        )
        self.make_invoice(partner=patient)
        for words, left, _base in self.placed_texts(self.letters()):
            if words.startswith(("127 bis", "Résidence")):
                self.assertGreater(left, SURE_WINDOW["left"])
        self.assertLess(address_size(["x" * 60]), 10.5)

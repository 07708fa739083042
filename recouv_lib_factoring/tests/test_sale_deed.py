from datetime import date, timedelta
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import format_date

from odoo.addons.recouv_lib.tests.common import TODAY

from ..models import recouv_assignment_deed, recouv_factoring_contract_text
from .offer_common import PDF, OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDeed(OfferCommon):
    """The writing without which an assignment is void (C. civ. 1322)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the books have their own tests
        cls.transferred = []
        cls.enterClassContext(
            patch.object(
                type(cls.env["recouv.assignment"]),
                "_transfer",
                lambda self: cls.transferred.append(self.id),
            )
        )

    def decided(self, *amounts):
        moves = self.env["account.move"]
        for amount in amounts or (100.0,):
            moves |= self.make_invoice(amount=amount)
        schedule = self.offer(moves)
        self.accept(schedule)
        return schedule

    def test_it_names_parties_date_total_and_each_receivable(self):
        schedule = self.decided(100.0, 60.0)
        text = schedule._make_deed_text()
        names = [party["name"] for party in text["parties"]]
        self.assertEqual(names, [self.company.name, "Agence Recouv"])
        self.assertIn("160.00", text["total"])
        self.assertEqual(len(text["lines"]), 2)
        first = text["lines"][0]
        self.assertEqual(first["reference"], schedule.line_ids[0].reference)
        self.assertIn("100.00", first["amount"])
        terms = " ".join(text["terms"])
        for word in ("1323", "1324", "1326", "without recourse", self.contract.name):
            self.assertIn(word, terms)

    def test_it_never_says_what_care_it_was(self):
        schedule = self.decided()
        schedule.line_ids.move_id.invoice_line_ids.name = "HBJD001 crown"
        self.assertNotIn("HBJD001", str(schedule._make_deed_text()))

    def test_signed_it_is_kept_whole_by_each_and_transferred(self):
        schedule = self.decided()
        self.assertTrue(self.sign(schedule))
        self.assertIn(schedule.id, self.transferred)
        self.assertEqual(schedule.deed_id.raw, PDF)
        self.assertEqual(schedule.digest, schedule._deed_digest(schedule.deed_text))
        deed = self.env["recouv.deed"].with_user(self.agency_manager).search([])
        self.assertEqual(deed.state, "signed")
        self.assertEqual(deed.digest, schedule.digest)
        self.assertEqual((deed.amount, deed.line_count), (100.0, 1))
        with self.assertRaisesRegex(UserError, "signed already"):
            self.sign(schedule)

    def test_the_buyer_signs_each_deed_where_the_contract_says_so(self):
        self.set_terms(buyer_signature="deed")
        schedule = self.decided()
        self.sign(schedule)
        self.assertNotIn(schedule.id, self.transferred)
        deed = self.env["recouv.deed"].with_user(self.agency_manager).search([])
        with self.assertRaises(AccessError):
            deed.with_user(self.agent)._sign("Agent")
        action = deed.action_ask_sign()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.agency_manager)
            .with_context(**action["context"])
            .create({"signatory": "Paul Roche", "is_accepted": True})
        )
        self.assertEqual((wizard.amount, wizard.count), (100.0, 1))
        wizard.action_sign()
        schedule.invalidate_recordset()
        self.assertEqual(schedule.buyer_signatory, "Paul Roche")
        self.assertIn(schedule.id, self.transferred)
        with self.assertRaisesRegex(UserError, "not to be signed"):
            deed._sign("Paul Roche")

    def heading(self, schedule):
        """Return the day that the printed deed bears."""
        pages = []
        documents = type(self.env["recouv.document"])

        def keep(_self, html, *_options):
            pages.append(html)
            return PDF

        with patch.object(documents, "_pdf", keep):
            recouv_assignment_deed.RecouvAssignment._print_deed(
                schedule, schedule.deed_text or schedule._make_deed_text()
            )
        page = etree.HTML(pages[0])
        return "".join(page.xpath("//div[@class='number']")[0].itertext())

    def test_it_bears_the_day_of_the_last_signature(self):
        self.set_terms(buyer_signature="deed")
        schedule = self.decided()
        self.sign(schedule)
        self.assertFalse(schedule.deed_text["date"])
        self.assertNotIn("2026", self.heading(schedule).replace(schedule.name, ""))
        deed = self.env["recouv.deed"].with_user(self.agency_manager).search([])
        with freeze_time(TODAY + timedelta(days=3)):
            deed._sign("Paul Roche")
        schedule.invalidate_recordset()
        day = schedule.sudo().line_ids.purchase_id._deed_day()
        self.assertEqual(day, TODAY + timedelta(days=3))
        local = schedule.with_context(lang="en_US")
        self.assertIn(format_date(local.env, day), self.heading(local))
        self.assertIn("last signature", " ".join(schedule.deed_text["terms"]))

    def test_signed_by_acceptance_it_bears_the_day_at_the_buyer_s_place(self):
        self.agency.partner_id.sudo().tz = "Pacific/Noumea"
        with freeze_time("2026-06-15 20:00:00"):  # the 16th there
            schedule = self.decided()
            self.sign(schedule)
        local = schedule.with_context(lang="en_US")
        told = format_date(local.env, date(2026, 6, 16))
        self.assertEqual(schedule.deed_text["date"], told)
        self.assertIn(told, self.heading(local))
        day = schedule.sudo().line_ids.purchase_id._deed_day()
        self.assertEqual(day, date(2026, 6, 16))

    def test_what_changes_before_the_buyer_signs_voids_the_deed(self):
        self.set_terms(buyer_signature="deed")
        schedule = self.decided(100.0, 60.0)
        self.sign(schedule)
        deed = self.env["recouv.deed"].with_user(self.agency_manager).search([])
        self.pay(schedule.line_ids[0].move_id, 40.0)
        self.assertFalse(deed._sign("Paul Roche"))
        self.assertEqual(deed.state, "void")
        schedule.invalidate_recordset()
        self.assertFalse(schedule.practice_signed_on)
        self.assertTrue(schedule.is_to_sign)

    def test_what_waits_for_its_date_goes_on_by_itself(self):
        soon = self.make_invoice(due=TODAY + timedelta(days=3), invoice_date=TODAY)
        schedule = self.offer(self.make_invoice() | soon)
        self.offers_of(schedule).filtered(
            lambda o: o.state == "to_decide"
        ).action_accept()
        self.sign(schedule)
        waiting = soon.recouv_assignment_line_ids.assignment_id
        self.assertNotEqual(waiting, schedule)
        self.assertEqual(waiting.stage, "waiting_due")
        offer = self.offers_of(waiting)
        self.assertEqual(offer.schedule, waiting.name)

    def test_a_check_that_expired_before_the_signature_goes_back(self):
        self.set_terms(needs_check=True)
        schedule = self.decided()
        offer = self.offers_of(schedule)
        offer.sudo().write({"solvency_result": "clear", "solvency_until": TODAY})
        with freeze_time(TODAY + timedelta(days=1)):
            self.assertFalse(self.sign(schedule))
        self.assertEqual(offer.state, "to_decide")
        self.assertEqual(offer.code, "check_missing")
        self.assertEqual(schedule.stage, "submitted")
        self.assertFalse(schedule.practice_signed_on)

    def test_the_dialog_tells_what_changed_and_signs_nothing(self):
        schedule = self.decided(100.0, 60.0).with_user(self.practitioner)
        action = schedule.action_ask_sign()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
            .create({"signatory": "Dr Jeanne Morel", "is_accepted": True})
        )
        self.pay(schedule.line_ids[0].move_id)
        told = wizard.action_sign()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertFalse(schedule.practice_signed_on)
        wizard.action_sign()
        self.assertTrue(schedule.practice_signed_on)

    def test_there_is_nothing_to_sign_before_the_decision(self):
        schedule = self.offer(self.make_invoice())
        with self.assertRaisesRegex(UserError, "nothing to sign"):
            self.sign(schedule)

    def test_a_contract_that_ended_is_signed_under_no_more(self):
        schedule = self.decided()
        self.contract._record({"ended_on": TODAY})
        with self.assertRaisesRegex(UserError, "not in force"):
            self.sign(schedule)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDeedPrinted(OfferCommon):
    """The paper itself, from the renderer."""

    def test_deed_and_contract_are_printed(self):
        schedule = self.offer(self.make_invoice())
        self.accept(schedule)
        deed = recouv_assignment_deed.RecouvAssignment._print_deed
        content = deed(schedule, schedule._make_deed_text())
        self.assertEqual(content[:4], b"%PDF")
        contract = recouv_factoring_contract_text.RecouvFactoringContract
        self.assertEqual(contract._print_contract(self.contract.sudo())[:4], b"%PDF")

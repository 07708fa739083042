from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib import html_pdf

from .common import TODAY
from .test_agency_remittance import RemittanceCommon
from .write_off_common import WriteOffCommon

PDF = b"%PDF-1.4 statement"
#: a Thursday; a month later, the last day, is Saturday 14 November
THURSDAY = date(2026, 10, 14)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRemittanceAdvice(RemittanceCommon):
    """What the practice keeps of a remittance, in its own company."""

    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(str(html))
        return PDF

    def setUp(self):
        super().setUp()
        self.printed.clear()

    def advices(self, user=None):
        user = user or self.secretary
        return self.env["recouv.remittance.advice"].with_user(user).search([])

    def remitted(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        return remittance, self.advices()

    def test_the_practice_reads_the_sums_of_the_remittance(self):
        remittance, advice = self.remitted()
        self.assertEqual(
            (advice.name, advice.company_id, advice.agency_name),
            (remittance.name, self.company, self.agency.name),
        )
        self.assertEqual((advice.amount_received, advice.amount_fee, advice.amount),
                         (120, 28.8, 91.2))  # fmt: skip
        self.assertEqual(advice.sudo().move_id.company_id, self.company)

    def test_the_secretary_opens_the_statement_in_her_own_company(self):
        _remittance, advice = self.remitted()
        action = advice.action_download()
        self.assertIn("/recouv.download/", action["url"])
        self.assertEqual(advice.seen_on, TODAY)
        file = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", advice._name), ("res_id", "=", advice.id),
             ("res_field", "=", "statement")]
        )  # fmt: skip
        self.assertEqual((file.raw, len(self.printed)), (PDF, 1))
        self.assertIn(self.old.name, self.printed[0])
        self.assertIn("28.80", self.printed[0])
        advice.action_download()
        self.assertEqual(len(self.printed), 1)

    def test_the_job_prints_what_waits_once(self):
        _remittance, advice = self.remitted()
        job = self.env["recouv.remittance.advice"].sudo()
        commit = type(self.env["ir.cron"])
        with patch.object(commit, "_commit_progress", lambda *_a, **_k: 1):
            job._cron_print()
            job._cron_print()
        self.assertEqual(len(self.printed), 1)
        self.assertTrue(advice.statement_name.endswith(".pdf"))

    def test_it_is_in_the_language_of_the_practice(self):
        self.secretary.lang = "fr_FR"
        self.company.sudo().recouv_responsible_id = self.secretary
        _remittance, advice = self.remitted()
        advice.sudo().with_context(lang=False)._keep_statement()
        self.assertNotIn("Statement of remittance", self.printed[0])
        self.assertIn("reversement", self.printed[0].lower())

    def test_the_agencys_copy_is_in_one_language(self):
        remittance, _advice = self.remitted()
        remittance.sudo().creditor_partner_id.lang = "fr_FR"
        self.printed.clear()
        remittance.sudo().with_context(lang="en_US")._statement_pdf()
        self.assertIn("Relevé de reversement", self.printed[0])
        self.assertNotIn("Still held for you", self.printed[0])

    def test_nothing_of_the_agency_is_read_through_it(self):
        _remittance, advice = self.remitted()
        with self.assertRaises(AccessError):
            advice.read(["remittance_id"])
        with self.assertRaises(AccessError):
            _remittance.with_user(self.practitioner).read(["name"])

    def test_the_agency_does_not_read_the_practices_record(self):
        _remittance, advice = self.remitted()
        self.assertFalse(self.advices(self.agency_manager))
        with self.assertRaises(AccessError):
            advice.with_user(self.agency_manager).action_download()

    def test_nobody_types_or_edits_one(self):
        _remittance, advice = self.remitted()
        with self.assertRaises(AccessError):
            advice.with_user(self.practitioner).write({"amount": 1})
        with self.assertRaises(AccessError):
            advice.with_user(self.practitioner).create({"name": "RV/9"})
        with self.assertRaises(UserError):
            advice._check_editable({"amount"})

    def test_the_day_of_the_practice_shows_it_until_it_is_seen(self):
        _remittance, advice = self.remitted()
        self.assertEqual(self.day_count(self.secretary, "remittances_received"), 1)
        advice.action_seen()
        self.assertEqual(self.day_count(self.secretary, "remittances_received"), 0)

    def day_count(self, user, code, day=TODAY):
        self.env.flush_all()
        model = self.env["recouv.day"].with_user(user).with_company(user.company_id)
        model = model.with_context(allowed_company_ids=user.company_ids.ids)
        section = next(s for s in model._sections(day) if s.code == code)
        return model.env[section.model].search_count(section.domain)

    # --- delays ---------------------------------------------------------------------

    def test_a_last_day_off_is_brought_forward_never_back(self):
        with freeze_time(THURSDAY):
            receipt = self.bank_receipt(120.0, day=THURSDAY)
        # 30 days: Friday 13 November, which banks work
        self.assertEqual(receipt.line_ids.remit_due, date(2026, 11, 13))
        due = self.mandate.sudo()._remit_due
        # 30 days after 2 October is All Saints' Day, a Sunday: Friday 30 October
        self.assertEqual(due(date(2026, 10, 2)), date(2026, 10, 30))
        # 30 days after 12 October is Armistice Day, a Wednesday
        self.assertEqual(due(date(2026, 10, 12)), date(2026, 11, 10))
        # a month of February at most
        self.assertEqual(due(date(2027, 1, 31)), date(2027, 2, 26))

    def test_it_is_never_before_the_money_came(self):
        self.set_terms(remit_days=1)
        saturday = date(2026, 10, 17)
        self.assertEqual(self.mandate.sudo()._remit_due(saturday), saturday)

    def test_an_overpayment_that_waits_too_long_is_an_alarm(self):
        self.bank_receipt(230.0)
        self.agency.sudo().recouv_refund_deadline_days = 20
        count = self.day_count
        manager = self.agency_manager
        self.assertEqual(count(manager, "late_refunds", date(2026, 7, 5)), 0)
        self.assertEqual(count(manager, "late_refunds", date(2026, 7, 6)), 1)
        self.agency.sudo().recouv_refund_deadline_days = 40
        self.assertEqual(count(manager, "late_refunds", date(2026, 7, 6)), 0)

    def test_a_refund_ends_the_alarm(self):
        receipt = self.bank_receipt(230.0).with_user(self.agency_manager)
        receipt.action_refund()
        day = date(2026, 9, 1)
        self.assertEqual(self.day_count(self.agency_manager, "late_refunds", day), 0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffUndone(WriteOffCommon):
    """A write-off that is undone says what becomes of the placement."""

    def test_a_claim_that_the_agency_held_is_proposed_again(self):
        self.place(self.claim)
        self.written_off().undo("She came back")
        lines = self.env["recouv.placement.line"].search(
            [("claim_id", "=", self.claim.id), ("state", "=", "draft")]
        )
        self.assertEqual(len(lines), 1)
        self.assertIn("placement to review", self.claim.message_ids[0].body)
        self.assertEqual(self.claim.holder, "practice")
        lines.placement_id.with_user(self.practitioner).action_keep_all()
        lines.placement_id.with_user(self.practitioner).action_send()
        self.assertEqual(self.claim.holder, "agency")

    def test_without_a_mandate_it_says_what_to_do(self):
        self.place(self.claim)
        act = self.written_off()
        self.mandate._record({"state": "draft"})
        act.undo("She came back")
        body = self.claim.message_ids[0].body
        self.assertIn("stays with the practice", body)
        self.assertIn("mandate", body)

    def test_a_claim_that_no_agency_held_is_not_proposed(self):
        self.written_off().undo("She came back")
        found = self.env["recouv.placement.line"].search(
            [("claim_id", "=", self.claim.id)]
        )
        self.assertFalse(found)

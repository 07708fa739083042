import base64
import io
import json
import zipfile
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.lib import html_pdf

from .common import TODAY, RecouvCommon

PDF = b"%PDF-1.4 %%EOF"


class PrivacyCommon(RecouvCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.write({"phone": "+33 6 12 34 56 78", "email": "cm@example.com"})
        cls.move = cls.make_invoice(due=date(2026, 4, 1))
        cls.first_run = cls.propose(date(2026, 5, 1))
        cls.claim = cls.claims_of(cls.move)
        cls.manager = new_test_user(
            cls.env,
            "privacy_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))

    @classmethod
    def fake_print(cls, program, html, **options):
        cls.printed.append(str(html))
        return PDF

    def wizard(self, kind, user=None, **values):
        wizards = self.env["recouv.privacy.wizard"].with_user(user or self.secretary)
        return wizards.create({"partner_id": self.patient.id, "kind": kind, **values})

    def requests(self):
        return self.env["recouv.privacy.request"].search(
            [("partner_id", "=", self.patient.id)]
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReadLog(PrivacyCommon):
    def logs(self):
        return self.env["recouv.read.log"].search([("claim_id", "=", self.claim.id)])

    def open(self, user=None, claims=None):
        claims = (claims or self.claim).with_user(user or self.secretary)
        return claims.web_read({"reference": {}, "partner_id": {}})

    def test_a_claim_that_is_opened_is_logged_once_a_day(self):
        self.open()
        self.open()
        self.assertEqual(self.logs().user_id, self.secretary)
        self.assertEqual(self.logs().way, "form")
        with freeze_time("2026-06-16"):
            self.open()
        self.assertEqual(len(self.logs()), 2)

    def test_each_reader_is_logged(self):
        self.open()
        self.open(self.manager)
        self.assertEqual(self.logs().user_id, self.secretary | self.manager)

    def test_a_list_is_no_reading_of_each(self):
        other = self.make_invoice(due=date(2026, 4, 1))
        self.propose()
        self.open(claims=self.claim | self.claims_of(other))
        self.assertFalse(self.logs())

    def test_an_export_is_a_reading_of_each(self):
        self.manager.group_ids |= self.env.ref("base.group_allow_export")
        self.claim.with_user(self.manager).export_data(["reference"])
        self.assertEqual(self.logs().way, "export")

    def test_reading_costs_one_query_more(self):
        self.open()
        with self.assertQueryCount(1):
            self.env["recouv.read.log"].with_user(self.secretary)._log(
                self.claim, "form"
            )

    def test_the_server_gives_it_a_cursor_that_may_write(self):
        self.assertIs(type(self.claim).web_read._readonly, False)

    def test_a_secretary_sees_her_own_readings_only(self):
        self.open()
        self.open(self.manager)
        seen = self.env["recouv.read.log"].with_user(self.secretary).search([])
        self.assertEqual(seen.user_id, self.secretary)

    def test_nobody_edits_the_log(self):
        self.open()
        with self.assertRaises(AccessError):
            self.logs().with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            self.logs().with_user(self.manager).check_access("write")
        with self.assertRaisesRegex(UserError, "not edited"):
            self.logs().sudo().write({"way": "export"})

    def test_a_manager_reads_his_companys_log_only(self):
        self.open()
        self.assertTrue(self.logs().with_user(self.manager).read(["day"]))
        other = self.setup_other_company(name="Other practice")["company"]
        stranger = new_test_user(
            self.env,
            "strange_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        logs = self.env["recouv.read.log"].with_user(stranger)
        self.assertFalse(logs.search([("claim_id", "=", self.claim.id)]))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPrivacyRequests(PrivacyCommon):
    def archive(self, **values):
        wizard = self.wizard("access", identity_checked=True, **values)
        wizard.action_confirm()
        document = self.requests().document_ids
        content = base64.b64decode(document.with_context(bin_size=False).datas)
        return zipfile.ZipFile(io.BytesIO(content))

    def data(self, **values):
        with self.archive(**values) as archive:
            name = next(n for n in archive.namelist() if n.endswith(".json"))
            return json.loads(archive.read(name))

    def test_access_gives_everything_held_as_data_and_as_a_document(self):
        self.prove(self.first_run, date(2026, 5, 1))
        with self.archive() as archive:
            self.assertEqual(
                {name.split(".")[-1] for name in archive.namelist()}, {"json", "pdf"}
            )
        text = str(self.printed[-1])
        for known in (self.patient.name, "cm@example.com", self.move.name):
            self.assertIn(known, text)

    def test_access_says_nothing_of_care_nor_of_others(self):
        other = self.make_patient("Zacharie Autre")
        self.move.recouv_patient_id = other
        self.env["recouv.hold"].create(
            {
                "partner_id": other.id,
                "company_id": self.company.id,
                "note": "secret of another",
            }
        )
        text = json.dumps(self.data(with_notes=True), ensure_ascii=False)
        for unknown in ("Zacharie", "Fees", "secret of another", "secretary"):
            self.assertNotIn(unknown, text)

    def test_internal_notes_are_given_only_where_a_human_says_so(self):
        self.env["recouv.hold"].create(
            {
                "partner_id": self.patient.id,
                "company_id": self.company.id,
                "note": "called twice",
            }
        )
        self.assertNotIn("called twice", json.dumps(self.data()))
        partner = self.patient.with_user(self.secretary)
        given = partner._recouv_access_data(self.company, with_notes=True)
        self.assertIn("called twice", json.dumps(given, default=str))

    def test_another_companys_data_is_not_given(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.env["recouv.hold"].create(
            {
                "partner_id": self.patient.id,
                "company_id": other.id,
                "note": "elsewhere",
            }
        )
        self.assertNotIn("elsewhere", json.dumps(self.data(with_notes=True)))

    def test_access_needs_the_identity_checked(self):
        with self.assertRaisesRegex(UserError, "Check who asks"):
            self.wizard("access").action_confirm()

    def test_access_is_registered_and_logged(self):
        self.data()
        request = self.requests()
        self.assertEqual((request.kind, request.done_on), ("access", TODAY))
        log = self.env["recouv.read.log"].search([("claim_id", "=", self.claim.id)])
        self.assertEqual(log.way, "access")

    def test_a_correction_changes_the_contact_and_says_what_it_was(self):
        wizard = self.wizard("rectification")
        self.assertEqual(wizard.email, "cm@example.com")
        wizard.email = "new@example.com"
        wizard.action_confirm()
        self.assertEqual(self.patient.email, "new@example.com")
        self.assertIn("cm@example.com → new@example.com", self.requests().answer)

    def test_the_second_phone_is_corrected_too(self):
        self.patient.recouv_phone2 = "02 99 00 00 01"
        wizard = self.wizard("rectification")
        self.assertEqual(wizard.recouv_phone2, "02 99 00 00 01")
        wizard.recouv_phone2 = "02 99 00 00 02"
        wizard.action_confirm()
        self.assertEqual(self.patient.recouv_phone2, "02 99 00 00 02")
        self.assertIn(
            "Second phone: 02 99 00 00 01 → 02 99 00 00 02", self.requests().answer
        )

    def test_a_user_of_the_database_is_not_corrected_from_here(self):
        wizard = self.wizard("rectification")
        wizard.partner_id = self.manager.partner_id
        wizard.email = "taken@example.com"
        with self.assertRaisesRegex(UserError, "administrator"):
            wizard.action_confirm()

    def test_a_correction_that_corrects_nothing_is_refused(self):
        with self.assertRaisesRegex(UserError, "Nothing was corrected"):
            self.wizard("rectification").action_confirm()

    def test_a_frozen_person_is_neither_relanced_nor_listed_as_unpaid(self):
        self.wizard("limitation").action_confirm()
        self.assertEqual(self.requests().hold_id.reason, "frozen")
        row = self.env["recouv.report.aging"].search([("claim_id", "=", self.claim.id)])
        self.assertTrue(row.is_contested)
        self.first_run.notice_ids.action_remove()
        self.assertFalse(self.propose().notice_ids)

    def test_a_freeze_can_be_lifted(self):
        self.wizard("limitation").action_confirm()
        self.requests().with_user(self.secretary).action_unfreeze()
        self.assertEqual(self.claim.suspension, "none")

    def test_a_freeze_made_by_mistake_is_undone_with_a_reason(self):
        self.wizard("limitation").action_confirm()
        self.requests().with_user(self.secretary).undo("wrong person")
        self.assertEqual(self.claim.suspension, "none")
        self.assertEqual(self.requests().undo_reason, "wrong person")

    def test_what_waits_for_an_answer_cannot_be_undone(self):
        self.wizard("erasure").action_confirm()
        with self.assertRaisesRegex(UserError, "not answered yet"):
            self.requests().undo("why not")

    def test_an_answer_is_due_within_a_month_and_stands_in_the_day(self):
        self.wizard("objection", received_on=date(2026, 5, 31)).action_confirm()
        request = self.requests()
        self.assertEqual(request.due_on, date(2026, 6, 30))
        section = next(
            section
            for section in self.env["recouv.day"]._sections(TODAY)
            if section.code == "privacy_request"
        )
        found = self.env[section.model].with_user(self.secretary)
        self.assertIn(request, found.search(section.domain))
        self.assertTrue(self.env.ref(section.action))
        request.action_done()
        self.assertNotIn(request, found.search(section.domain))

    def test_a_request_from_the_future_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self.wizard("objection", received_on=date(2026, 7, 1)).action_confirm()

    def test_the_register_is_not_deleted(self):
        self.wizard("objection").action_confirm()
        with self.assertRaisesRegex(UserError, "not deleted"):
            self.requests().sudo().unlink()

    # --- information ----------------------------------------------------------------

    def test_the_debtor_is_informed_by_the_first_letter_that_says_where(self):
        self.assertFalse(self.claim.gdpr_informed_on)
        self.company.recouv_privacy_url = "https://cabinet.example.com/donnees"
        self.prove(self.first_run, date(2026, 5, 2))
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.gdpr_informed_on, date(2026, 5, 2))

    def test_a_letter_without_the_address_informs_nobody(self):
        self.prove(self.first_run, date(2026, 5, 2))
        self.claim.invalidate_recordset()
        self.assertFalse(self.claim.gdpr_informed_on)
        found = self.env["recouv.claim"].search([("gdpr_informed_on", "=", False)])
        self.assertIn(self.claim, found)

    def test_the_notice_can_be_handed_over(self):
        self.wizard("information").action_confirm()
        self.assertEqual(self.claim.gdpr_informed_on, TODAY)
        self.assertIn("CNIL", str(self.printed[-1]))
        self.assertNotIn(self.patient.name, str(self.printed[-1]))


@tagged("post_install", "-at_install")
@freeze_time("2030-01-10")
class TestPurge(PrivacyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prove(cls.first_run, date(2026, 5, 1))
        cls.notice = cls.first_run.notice_ids
        cls.notice._record({"personal_note": "a personal word"})
        cls.claim.message_post(body="a word on the claim")
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "letter.pdf",
                "raw": PDF,
                "res_model": "recouv.notice",
                "res_id": cls.notice.id,
            }
        )
        cls.notice._record({"document_id": cls.file.id})

    def settle(self, day=date(2026, 5, 10)):
        self.pay(self.move, day=day)

    def purge(self, user=None):
        return (
            self.env["recouv.purge"].with_user(user or self.manager)._run(self.company)
        )

    def is_purged(self):
        self.claim.invalidate_recordset()
        return bool(self.claim.purged_on)

    def test_a_claim_settled_long_ago_loses_its_words_and_documents(self):
        self.settle()
        purge = self.purge()
        self.assertTrue(self.is_purged())
        self.assertFalse(self.file.exists())
        self.assertFalse(self.notice.personal_note)
        self.assertFalse(self.claim.message_ids)
        self.assertEqual(
            (purge.claim_count, purge.notice_count, purge.document_count), (1, 1, 1)
        )
        self.assertGreaterEqual(purge.message_count, 1)
        self.assertEqual(purge.user_id, self.manager)

    def test_entries_dates_and_sums_stay(self):
        self.settle()
        self.purge()
        self.assertEqual(self.move.state, "posted")
        self.assertEqual(self.claim.settlement, "paid")
        self.assertEqual(self.notice.proven_on, date(2026, 5, 1))
        self.assertEqual(self.notice.line_ids.amount, 100)

    def test_purging_again_finds_nothing(self):
        self.settle()
        self.purge()
        self.assertEqual(self.purge().claim_count, 0)

    def test_what_was_settled_lately_stays(self):
        self.settle(date(2029, 6, 1))
        self.purge()
        self.assertFalse(self.is_purged())

    def test_a_live_claim_stays(self):
        self.claim.sudo().limitation_date = date(2031, 1, 1)
        self.purge()
        self.assertFalse(self.is_purged())

    def test_a_claim_time_barred_for_years_goes(self):
        self.claim.sudo().limitation_date = date(2026, 6, 1)
        self.purge()
        self.assertTrue(self.is_purged())

    def test_a_contested_claim_stays(self):
        self.settle()
        self.env["recouv.hold"].create(
            {
                "claim_ids": [Command.set(self.claim.ids)],
                "company_id": self.company.id,
                "reason": "dispute",
                "date_from": date(2026, 5, 1),
            }
        )
        self.purge()
        self.assertFalse(self.is_purged())

    def test_a_claim_before_a_court_stays(self):
        self.settle()
        self.claim.sudo().holder = "court"
        self.purge()
        self.assertFalse(self.is_purged())

    def test_a_request_under_way_keeps_the_data_it_asks_for(self):
        self.settle()
        self.wizard("access", identity_checked=False)
        self.env["recouv.privacy.request"].create(
            {"partner_id": self.patient.id, "kind": "access"}
        )
        self.purge()
        self.assertFalse(self.is_purged())

    def test_a_notice_that_also_names_a_live_claim_keeps_its_letter(self):
        other = self.make_invoice(due=date(2029, 6, 1))
        self.propose(date(2029, 12, 1))
        live = self.claims_of(other)
        self.assertTrue(live)
        self.notice.line_ids.sudo().copy({"claim_id": live.id})
        self.settle()
        self.purge()
        self.assertTrue(self.is_purged())
        self.assertTrue(self.file.exists())

    def test_an_invoices_own_document_is_never_erased(self):
        invoice_file = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": PDF,
                "res_model": "account.move",
                "res_id": self.move.id,
            }
        )
        self.notice._record({"proof_ids": [Command.link(invoice_file.id)]})
        self.settle()
        self.purge()
        self.assertTrue(invoice_file.exists())

    def test_old_readings_go_new_ones_stay(self):
        with freeze_time("2028-01-10"):
            self.env["recouv.read.log"]._log(self.claim, "form")
        self.env["recouv.read.log"]._log(self.claim, "form")
        self.assertEqual(self.purge().log_count, 1)
        self.assertEqual(
            self.env["recouv.read.log"].search_count(
                [("claim_id", "=", self.claim.id)]
            ),
            1,
        )

    def test_a_secretary_does_not_purge(self):
        with self.assertRaises(AccessError):
            self.purge(self.secretary)
        with self.assertRaises(AccessError):
            self.env["recouv.purge.wizard"].with_user(self.secretary).create({})

    def test_the_dry_run_erases_nothing_and_tells_how_many(self):
        self.settle()
        wizard = self.env["recouv.purge.wizard"].with_user(self.manager).create({})
        self.assertEqual((wizard.claim_count, wizard.notice_count), (1, 1))
        self.assertEqual(wizard.claim_ids, self.claim)
        self.assertFalse(self.is_purged())

    def test_erasing_asks_to_type_the_number(self):
        self.settle()
        wizard = self.env["recouv.purge.wizard"].with_user(self.manager).create({})
        wizard.is_understood = True
        with self.assertRaisesRegex(UserError, "Nothing was erased"):
            wizard.action_purge()
        wizard.typed_count = 1
        wizard.action_purge()
        self.assertTrue(self.is_purged())

    def test_a_missing_delay_is_an_error_never_a_guess(self):
        self.env["recouv.legal.parameter"].search(
            [("code", "=", "retention_settled_claims")]
        ).unlink()
        with self.assertRaisesRegex(UserError, "retention_settled_claims"):
            self.purge()

    def test_the_cron_is_off_until_someone_switches_it_on(self):
        self.assertFalse(self.env.ref("recouv_lib.ir_cron_purge").active)

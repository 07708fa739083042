"""What a curious or careless user tries on the data-protection models, over RPC."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from . import test_privacy
from .common import TODAY
from .test_privacy import PDF


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRegister(test_privacy.PrivacyCommon):
    """The register of requests is proof: what was answered stays as it was."""

    def request(self, kind="access", **values):
        requests = self.env["recouv.privacy.request"].with_user(self.secretary)
        return requests.create(
            {"partner_id": self.patient.id, "kind": kind, **values}
        )  # fmt: skip

    def test_nobody_writes_an_answer_that_was_not_given(self):
        request = self.request()
        for values in ({"done_on": TODAY}, {"done_by_id": self.manager.id}):
            with self.assertRaisesRegex(UserError, "own button"):
                request.write(values)
        with self.assertRaisesRegex(UserError, "own button"):
            self.request("information", done_on=TODAY)
        self.assertFalse(self.claim.gdpr_informed_on)

    def test_nobody_lifts_another_suspension_through_a_request(self):
        hold = self.env["recouv.hold"].create(
            {"partner_id": self.patient.id, "company_id": self.company.id}
        )
        with self.assertRaises(UserError):
            self.request(hold_id=hold.id)

    def test_an_answered_request_is_not_turned_into_another(self):
        request = self.request("objection")
        request.action_done()
        other = self.make_patient("Zacharie Autre")
        for values in ({"partner_id": other.id}, {"kind": "access"},
                       {"received_on": date(2026, 6, 1)}):  # fmt: skip
            with self.assertRaisesRegex(UserError, "undo the answer first"):
                request.write(values)
        request.answer = "We keep your invoices ten years, as the law says."
        request.undo("answered the wrong person")
        request.kind = "access"

    def test_lifting_a_freeze_again_does_not_rewrite_its_end(self):
        request = self.request("limitation")
        request.action_freeze()
        with freeze_time("2026-06-20"):
            request.action_unfreeze()
        end = request.hold_id.date_to
        with freeze_time("2026-07-20"):
            self.env.invalidate_all()
            request.action_unfreeze()
            self.assertEqual(request.hold_id.date_to, end)
            request.action_freeze()
            self.assertTrue(request.is_frozen, "it may be frozen again")

    def test_lifting_a_freeze_leaves_the_dispute(self):
        self.env["recouv.hold"].create(
            {
                "claim_ids": [Command.set(self.claim.ids)],
                "company_id": self.company.id,
                "reason": "dispute",
            }
        )
        request = self.request("limitation")
        request.action_freeze()
        request.action_unfreeze()
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "dispute")
        row = self.env["recouv.report.aging"].search([("claim_id", "=", self.claim.id)])
        self.assertTrue(row.is_contested)

    def test_freezing_twice_makes_one_suspension(self):
        request = self.request("limitation")
        request.action_freeze()
        request.action_freeze()
        holds = self.env["recouv.hold"].search([("reason", "=", "frozen")])
        self.assertEqual(len(holds), 1)

    def test_a_person_of_another_company_has_no_request_here(self):
        other = self.setup_other_company(name="Other practice")["company"]
        person = self.make_patient("Zacharie Autre", company_id=other.id)
        requests = self.env["recouv.privacy.request"]
        with self.assertRaises(UserError):
            requests.create({"partner_id": person.id, "company_id": self.company.id})

    def test_a_request_for_a_company_that_is_not_mine_is_refused(self):
        other = self.setup_other_company(name="Other practice")["company"]
        with self.assertRaises(AccessError):
            self.request(company_id=other.id)
        wizard = self.wizard("access", identity_checked=True, company_id=other.id)
        with self.assertRaises(AccessError):
            wizard.action_confirm()

    def test_no_key_and_no_internal_word_is_given(self):
        act = self.env["recouv.collection"]._take(
            {
                "company": self.company,
                "partner": self.patient,
                "method": "cash",
                "amount": 40,
                "currency": self.company.currency_id,
                "date": TODAY,
                "lines": [(self.claim.move_line_id, 40)],
                "token": "a-key-of-ours",
            }
        )
        partner = self.patient.with_user(self.secretary)
        given = str(partner._recouv_access_data(self.company))
        self.assertIn(act.name, given)
        self.assertNotIn("a-key-of-ours", given)

    def test_what_is_to_be_read_is_written_as_people_write(self):
        partner = self.patient.with_user(self.secretary)
        read = partner.with_context(recouv_to_read=True)
        invoice = read._recouv_access_data(self.company)["Invoices"][0]
        self.assertIn("04/01/2026", invoice.values())
        self.assertIn("$\xa0100.00", invoice.values())
        invoice = partner._recouv_access_data(self.company)["Invoices"][0]
        self.assertIn("2026-04-01", invoice.values())
        self.assertIn(100, invoice.values())

    def test_the_data_of_one_is_not_given_on_the_request_of_another(self):
        request = self.request()
        other = self.make_patient("Zacharie Autre")
        wizard = self.wizard(
            "access",
            identity_checked=True,
            request_id=request.id,
            partner_id=other.id,
        )
        with self.assertRaisesRegex(UserError, "someone else"):
            wizard.action_confirm()

    def test_only_a_debtor_is_corrected_from_here(self):
        stranger = self.make_patient("Fournisseur SA")
        for person in (stranger, self.company.partner_id):
            wizard = self.wizard("rectification", partner_id=person.id)
            wizard.email = "taken@example.com"
            with self.assertRaisesRegex(UserError, "no invoice"):
                wizard.action_confirm()

    def test_an_accountant_reads_the_register_and_answers_nothing(self):
        request = self.request("limitation")
        accountant = new_test_user(
            self.env,
            "privacy_accountant",
            groups="base.group_user,account.group_account_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        seen = request.with_user(accountant)
        self.assertTrue(seen.read(["kind"]))
        for act in (seen.action_freeze, seen.action_done):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            self.wizard("access", user=accountant)

    def test_who_calls_is_logged_as_a_reader(self):
        self.first_run.notice_ids.with_user(self.secretary)._call_sheet()
        logs = self.env["recouv.read.log"].search([("claim_id", "=", self.claim.id)])
        self.assertEqual(logs.user_id, self.secretary)


@tagged("post_install", "-at_install")
@freeze_time("2030-01-10")
class TestPurgeAttacks(test_privacy.PrivacyCommon):
    def purge(self):
        return self.env["recouv.purge"].with_user(self.manager)._run(self.company)

    def is_purged(self, claim=None):
        claim = claim or self.claim
        claim.invalidate_recordset()
        return bool(claim.purged_on)

    def test_the_count_of_another_practice_is_not_told(self):
        other = self.setup_other_company(name="Other practice")["company"]
        wizards = self.env["recouv.purge.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizards.create({"company_id": other.id}).claim_count  # noqa: B018
        with self.assertRaises(AccessError):
            self.env["recouv.purge"].with_user(self.manager)._run(other)

    def test_a_claim_that_goes_on_in_another_keeps_its_proofs(self):
        later = self.make_invoice(due=date(2029, 6, 1))
        self.propose(date(2029, 12, 1))
        successor = self.claims_of(later)
        successor.sudo().origin_claim_id = self.claim
        self.claim.sudo().closed_on = date(2026, 6, 1)
        self.purge()
        self.assertFalse(self.is_purged())
        successor.purged_on = date(2030, 1, 9)
        self.purge()
        self.assertTrue(self.is_purged())

    def test_what_was_given_to_who_asked_goes_the_register_stays(self):
        with freeze_time("2026-06-15"):
            self.wizard("access", identity_checked=True).action_confirm()
        request = self.requests()
        self.assertTrue(request.document_ids)
        self.purge()
        self.assertFalse(request.document_ids)
        self.assertEqual(request.done_on, date(2026, 6, 15))

    def test_what_was_given_lately_stays(self):
        with freeze_time("2029-06-15"):
            self.wizard("access", identity_checked=True).action_confirm()
        self.purge()
        self.assertTrue(self.requests().document_ids)

    def test_the_dry_run_counts_what_the_purge_then_erases(self):
        with freeze_time("2026-06-15"):
            self.wizard("access", identity_checked=True).action_confirm()
        self.pay(self.move, day=date(2026, 5, 10))
        self.env["ir.attachment"].create(
            {
                "name": "proof.pdf",
                "raw": PDF,
                "res_model": "recouv.claim",
                "res_id": self.claim.id,
            }
        )
        counted = self.env["recouv.purge"].with_user(self.manager)._count(self.company)
        purge = self.purge()
        self.assertEqual(len(counted.pop("claims")), purge.claim_count)
        self.assertEqual(counted, {name: purge[name] for name in counted})
        self.assertEqual(purge.document_count, 2)

    def test_words_of_events_of_limitation_go_with_the_claim(self):
        event = self.env["recouv.limitation.event"].create(
            {
                "claim_id": self.claim.id,
                "kind": "acknowledgment",
                "date": date(2026, 5, 2),
                "note": "said so in a letter",
            }
        )
        self.pay(self.move, day=date(2026, 5, 10))
        self.purge()
        self.assertTrue(self.is_purged())
        self.assertFalse(event.note)
        self.assertEqual(event.date, date(2026, 5, 2))

    def test_nothing_typed_erases_nothing(self):
        wizard = self.env["recouv.purge.wizard"].with_user(self.manager).create({})
        with self.assertRaisesRegex(UserError, "Nothing was erased"):
            wizard.action_purge()

    def test_the_record_of_a_purge_is_kept(self):
        purge = self.purge()
        with self.assertRaisesRegex(UserError, "is kept"):
            purge.sudo().unlink()
        with self.assertRaises(AccessError):
            purge.write({"claim_count": 0})

from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.recouv_lib.lib import html_pdf

from .common import RecouvCommon
from .import_common import ImportCommon

PDF = b"%PDF-1.4 %%EOF"


class ScreensCommon(RecouvCommon, HttpCase):
    """Main paths in a real browser, by who has just the right to do them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        printer = patch.object(html_pdf, "print_html", lambda *args, **options: PDF)
        cls.enterClassContext(printer)

    @classmethod
    def due_claim(cls, partner=None, amount=100, **values):
        """The claim of an invoice that is ten days past due."""
        due = fields.Date.subtract(cls.today, days=10)
        move = cls.make_invoice(partner, amount, due=due, **values)
        cls.env["recouv.engine"]._create_claims(cls.company, cls.today)
        return cls.claims_of(move)

    def play(self, tour, url, login="secretary"):
        # a busy machine may build the assets first
        self.start_tour(url, f"recouv_{tour}_tour", login=login, timeout=180)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestScreensTour(ScreensCommon):
    def test_a_dispute_is_answered_and_a_complaint_registered(self):
        claim = self.due_claim()
        self.play("case", "/odoo/recouv-claims")
        dispute, complaint = claim.hold_ids.sorted("id")
        self.assertEqual((dispute.amount_disputed, dispute.dispute_kind), (40, "price"))
        self.assertEqual((dispute.answered_on, dispute.outcome),
                         (self.today, "unfounded"))  # fmt: skip
        self.assertEqual((complaint.acknowledged_on, complaint.outcome),
                         (self.today, "answered"))  # fmt: skip
        self.assertEqual(claim.suspension, "none")

    def test_a_person_to_be_careful_with_suspended_and_an_incomplete_file(self):
        self.company.recouv_file_rights = True
        self.patient.company_id = self.company
        curator = self.make_patient("Ada Curator", company_id=self.company.id)
        claim = self.due_claim()
        self.patient.email = "camille@example.com"
        self.play("person", "/odoo/recouv-claims")
        self.assertEqual(self.patient.recouv_guardian_id, curator)
        self.assertTrue(self.patient.recouv_no_call)
        holds = self.env["recouv.hold"].search([("partner_id", "=", self.patient.id)])
        self.assertEqual(set(holds.mapped("reason")), {"protected", "hospitalised"})
        self.assertEqual(holds.lifted_by_id, self.secretary)
        self.assertFalse(self.patient.recouv_file_missing)
        self.assertEqual(claim.suspension, "none")

    def test_a_reply_a_call_and_the_courtesies(self):
        claim = self.due_claim()
        reply = self.env["recouv.inbound"].create(
            {"channel": "letter", "text": "On Friday", "partner_id": self.patient.id}
        )
        call = self.ready_call()
        self.env["recouv.courtesy"].sudo().create(
            {
                "company_id": self.company.id,
                "kind": "thanks",
                "key": "test",
                "partner_id": self.patient.id,
                "amount": 10,
                "currency_id": self.company.currency_id.id,
                "date": self.today,
                "sent_to": "camille@example.com",
                "state": "sent",
            }
        )
        self.assertEqual(claim.suspension, "hold")
        self.play("reply", "/odoo/recouv-replies")
        self.assertEqual((reply.state, reply.handled_by_id),
                         ("handled", self.secretary))  # fmt: skip
        self.assertEqual(claim.suspension, "none")
        self.assertEqual((call.call_outcome, call.write_uid),
                         ("reached", self.secretary))  # fmt: skip

    def ready_call(self):
        """A call that a run has prepared for another debtor."""
        ali = self.make_patient("Ali Benali", phone="06 12 34 56 78")
        self.company.recouv_policy_id = self.make_policy(
            steps=[{"channel": "call", "delay_days": 3, "anchor": "due_date"}]
        )
        self.due_claim(ali)
        run = self.propose(self.today)
        run.action_execute()
        return run.notice_ids

    def test_who_calls_is_found_pays_by_a_cheque_that_comes_back(self):
        claim = self.due_claim()
        self.patient.phone = "+33 6 00 12 34 56"
        self.play("desk", "/odoo/recouv-claims")
        slip = self.env["recouv.deposit"].search([])
        self.assertEqual((slip.state, slip.total), ("done", 100))
        bounce = self.env["recouv.bounce"].search([])
        self.assertEqual(bounce.handled_by_id, self.secretary)
        self.assertEqual((claim.settlement, claim.amount_residual), ("open", 100))

    def test_an_overrun_asks_for_the_signed_quote(self):
        self.due_claim()
        draft = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.patient.id,
                "journal_id": self.journal.id,
                "invoice_line_ids": [
                    Command.create({"name": "Fees", "price_unit": 90, "tax_ids": []})
                ],
            }
        )
        self.play("overrun", f"/odoo/account.move/{draft.id}")
        self.assertEqual(draft.recouv_overrun_amount, 60)
        self.assertTrue(draft.recouv_quote_signed_on)


@tagged("post_install", "-at_install")
class TestManagerScreensTour(ImportCommon, ScreensCommon):
    """What only a practitioner does."""

    def test_a_settlement_is_approved(self):
        claim = self.due_claim().with_user(self.secretary)
        later = fields.Date.add(self.today, days=20)
        plan = claim._agree("settlement", [(later, 70)], source="call")
        self.play("settlement", f"/odoo/recouv-plans/{plan.id}", "import_manager")
        self.assertEqual((plan.standing, claim.suspension), ("running", "plan"))

    def test_an_unsigned_overrun_is_confirmed(self):
        claim = self.due_claim(recouv_overrun_amount=60)
        self.play("confirm_overrun", "/odoo/recouv-claims", "import_manager")
        self.assertEqual(claim.fragile_confirmed_by_id, self.manager)

    def test_a_file_is_mapped_seen_imported_and_the_second_time_changes_nothing(self):
        Partner = self.env["res.partner"]
        with self.working_between_two_looks():
            self.play("import", "/odoo/recouv-imports", "import_manager")
        first, second = self.env["recouv.import"].search([], order="id")
        self.assertEqual(self.counts(first), (2, 0, 0, 1))
        self.assertEqual(self.counts(second), (0, 0, 2, 1))
        patient = self.imported("patients", "12")
        self.assertEqual(
            (patient.phone, patient.recouv_phone2), ("0612345678", "0299123456")
        )
        self.assertEqual(Partner.search_count([("ref", "=", "12")]), 1)

    def working_between_two_looks(self):
        """The cron's work, done when the browser asks again for a running import."""
        imports = type(self.env["recouv.import"])
        read, seen = imports.web_read, set()

        def look(job, specification):
            if job.state == "running" and job.id in seen:
                list(job._as_its_manager()._run_batches())
            seen.update(job.filtered(lambda j: j.state == "running").ids)
            return read(job, specification)

        look._readonly = False  # as Odoo asks before it opens the transaction
        return patch.object(imports, "web_read", look)

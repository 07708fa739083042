from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.models.recouv_depreciation import DEPRECIATION_ACCOUNTS

from .common import RecouvCommon

PDF = b"%PDF-1.4 %%EOF"


@tagged("post_install", "-at_install")
class TestBooksTour(RecouvCommon, HttpCase):
    """Books, figures, papers and data protection in a real browser.

    Each path is walked by the one who has the fewest rights and may still walk it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))
        cls.manager = cls.make_user("books_manager", "recouv_lib.group_manager")
        cls.accountant = cls.make_user("accountant", "account.group_account_user")
        kinds = {"681740": "expense", "491000": "asset_current", "781740": "income"}
        for fname, code in DEPRECIATION_ACCOUNTS.items():
            cls.company[fname] = cls.env["account.account"].create(
                {"name": code, "code": f"9{code}", "account_type": kinds[code]}
            )

    @classmethod
    def fake_print(cls, _program, _html, **_options):
        return PDF

    @classmethod
    def make_user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def owed(self, days, partner=None, **values):
        """The claim of an invoice due ``days`` ago."""
        due = fields.Date.subtract(self.today, days=days)
        move = self.make_invoice(partner, due=due, **values)
        self.env["recouv.engine"]._create_claims(self.company, self.today)
        return self.claims_of(move)

    def closing(self):
        """The days since what the last closing calls too old."""
        batch = self.env["recouv.doubtful.batch"].create({})
        days = (self.today - batch.date).days + batch.min_age_days + 5
        batch.unlink()
        return days

    def downloads(self):
        return self.env["recouv.download"].sudo().search([]).mapped("name")

    def test_a_manager_closes_the_year_and_takes_it_back(self):
        claim = self.owed(self.closing(), amount=300)
        self.owed(self.closing(), self.make_patient("Zoe Leroy"))
        account = claim.move_line_id.account_id
        self.start_tour(
            "/odoo/recouv-doubtful", "recouv_doubtful_tour", login="books_manager"
        )
        self.env.invalidate_all()
        batch = self.env["recouv.doubtful.batch"].search([])
        self.assertEqual((batch.state, batch.line_ids.claim_id), ("undone", claim))
        self.assertEqual(batch.amount_depreciated, 150)
        self.assertEqual(batch.undo_reason, "closed too early")
        self.assertEqual(claim.move_line_id.account_id, account)
        self.assertEqual((claim.amount_residual, claim.settlement), (300, "open"))

    def test_an_accountant_reads_the_figures_and_takes_the_receipts_book(self):
        claim = self.owed(self.closing())
        batch = self.env["recouv.doubtful.batch"].create({})
        batch.action_propose()
        self.assertEqual(batch.line_ids.claim_id, claim)
        run = self.propose(self.today)
        self.prove(run, fields.Date.subtract(self.today, days=5))
        self.pay(self.make_invoice(due=self.today), day=self.today)
        self.start_tour(
            "/odoo/recouv-aging", "recouv_accountant_tour", login="accountant"
        )
        self.assertEqual(
            sorted(name.rsplit(".")[-1] for name in self.downloads()), ["pdf", "xlsx"]
        )

    def test_a_secretary_hands_over_a_statement_and_the_manager_the_policy(self):
        self.owed(40)
        self.start_tour(
            f"/odoo/action-account.res_partner_action_customer/{self.patient.id}",
            "recouv_papers_tour",
            login="secretary",
        )
        self.assertEqual(self.downloads(), [f"statement-{self.patient.id}.pdf"])
        self.start_tour(
            "/odoo/action-recouv_lib.recouv_policy_action",
            "recouv_policy_tour",
            login="books_manager",
        )
        self.assertIn(f"payment-policy-{self.policy.id}.pdf", self.downloads())

    def test_a_secretary_answers_those_who_ask_about_their_data(self):
        claim = self.owed(40)
        kinds = ("rectification", "access", "limitation")
        requests = self.env["recouv.privacy.request"].create(
            [{"partner_id": self.patient.id, "kind": kind} for kind in kinds]
        )
        self.start_tour(
            "/odoo/recouv-privacy", "recouv_privacy_tour", login="secretary"
        )
        self.start_tour(
            f"/odoo/action-account.res_partner_action_customer/{self.patient.id}",
            "recouv_privacy_notice_tour",
            login="secretary",
        )
        self.env.invalidate_all()
        self.assertEqual(requests.mapped("done_on"), [self.today] * 3)
        self.assertEqual(requests.done_by_id, self.secretary)
        self.assertEqual(self.patient.email, "new@example.com")
        self.assertEqual(requests[1].document_ids.mapped("name"), ["access.zip"])
        self.assertEqual(requests[2].hold_id.lifted_by_id, self.secretary)
        self.assertEqual(claim.gdpr_informed_on, self.today)

    def test_a_manager_reads_the_log_and_purges(self):
        claim = self.owed(5 * 365)
        self.pay(claim.move_id, day=fields.Date.subtract(self.today, years=4))
        self.env["recouv.read.log"].with_user(self.secretary)._log(claim, "form")
        self.start_tour(
            "/odoo/recouv-readings", "recouv_purge_tour", login="books_manager"
        )
        self.env.invalidate_all()
        self.assertEqual(claim.purged_on, self.today)
        purge = self.env["recouv.purge"].search([])
        self.assertEqual((purge.claim_count, purge.user_id), (1, self.manager))

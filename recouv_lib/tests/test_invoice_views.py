from datetime import date

from lxml import etree

from odoo import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon

INVOICE_VIEWS = {
    "list": "account.view_out_invoice_tree",
    "form": "account.view_move_form",
    "kanban": "account.view_account_move_kanban",
    "search": "account.view_account_invoice_filter",
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInvoiceViews(RecouvCommon):
    """What Odoo's own screens show of the relance, to each kind of user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.readonly = cls.make_user("readonly", "account.group_account_readonly")
        cls.billing = cls.make_user("billing", "account.group_account_invoice")
        cls.plain = cls.make_user("plain", "base.group_user")
        cls.move = cls.make_invoice(recouv_practitioner_id=cls.env.user.partner_id.id)
        cls.campaign = cls.propose()
        cls.claim = cls.claims_of(cls.move)

    @classmethod
    def make_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def fields_of(self, view, model="account.move", user=None):
        """The names in a view as ``user`` gets it."""
        views = self.env[model].with_user(user or self.readonly)
        arch = views.get_view(self.env.ref(view).id)["arch"]
        return {node.get("name") for node in etree.fromstring(arch).iter()}

    def search(self, *domain, user=None):
        moves = self.env["account.move"].with_user(user or self.readonly)
        return moves.search([("id", "in", self.move.ids), *domain])

    def filter_domain(self, name, view="account.view_account_invoice_filter"):
        arch = self.env["account.move"].get_view(self.env.ref(view).id, "search")[
            "arch"
        ]
        [node] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        return self.env["account.move"].search(
            [("id", "in", self.move.ids), *eval(node.get("domain"))]  # noqa: S307
        )

    def test_an_accountant_finds_the_columns_in_the_invoice_list(self):
        wanted = {
            "recouv_patient_id",
            "recouv_practitioner_id",
            "recouv_care_end_date",
            "recouv_step_id",
            "recouv_next_date",
            "recouv_suspension",
            "recouv_holder",
        }
        self.assertLessEqual(wanted, self.fields_of(INVOICE_VIEWS["list"]))

    def test_the_form_has_the_history_and_the_button(self):
        wanted = {"recouv_notice_ids", "action_recouv_explain", "action_recouv_claims"}
        self.assertLessEqual(wanted, self.fields_of(INVOICE_VIEWS["form"]))

    def test_an_accountant_reads_all_of_it_without_an_error(self):
        for user in (self.readonly, self.billing, self.secretary):
            self.env.invalidate_all()
            with Form(self.move.with_user(user)) as form:
                self.assertEqual(form.recouv_claim_count, 1)
                self.assertEqual(len(form.recouv_notice_ids), 1)
                self.assertEqual(form.recouv_next_date, "2026-06-11")

    def test_an_accountant_opens_claims_notices_and_the_explanation(self):
        for user in (self.readonly, self.billing):
            self.env.invalidate_all()
            move = self.move.with_user(user)
            self.assertTrue(move.action_recouv_claims())
            self.assertTrue(move.action_recouv_notices())
            with Form(self.claim.with_user(user)) as form:
                self.assertTrue(form.where_it_stands)
            action = move.action_recouv_explain()
            wizard = self.env["recouv.explain"].with_user(user)
            lines = Form(wizard.with_context(**action["context"])).save().line_ids
            self.assertEqual(lines.code, "awaiting_proof")

    def test_the_explanation_of_an_invoice_without_claim(self):
        fresh = self.make_invoice(self.make_patient("New"), due=date(2026, 7, 1))
        action = fresh.with_user(self.readonly).action_recouv_explain()
        wizard = self.env["recouv.explain"].with_user(self.readonly)
        lines = Form(wizard.with_context(**action["context"])).save().line_ids
        self.assertEqual(lines.code, "not_due")

    def test_invoices_are_grouped_by_step(self):
        self.prove(self.campaign, TODAY)
        groups = (
            self.env["account.move"]
            .with_user(self.readonly)
            .formatted_read_group(
                [("id", "in", self.move.ids)], ["recouv_step_id"], ["__count"]
            )
        )
        self.assertEqual(groups[0]["recouv_step_id"][0], self.policy._first_step().id)

    def test_the_filter_to_relance_today(self):
        self.assertEqual(self.filter_domain("recouv_to_relance"), self.move)
        self.pay(self.move)
        self.assertFalse(self.filter_domain("recouv_to_relance"))

    def test_the_filter_suspended(self):
        self.assertFalse(self.filter_domain("recouv_suspended"))
        self.claim._hold("other")
        self.assertEqual(self.filter_domain("recouv_suspended"), self.move)

    def test_the_filter_mise_en_demeure_sent(self):
        self.assertFalse(self.filter_domain("recouv_formal_notice"))
        formal = self.policy.step_ids.filtered("is_formal_notice")
        self.claim._enter_past_notice(formal, TODAY)
        self.assertEqual(self.filter_domain("recouv_formal_notice"), self.move)

    def test_the_filter_limitation_near(self):
        self.assertFalse(self.filter_domain("recouv_limitation_near"))
        self.claim.sudo().limitation_date = date(2026, 9, 1)
        self.assertEqual(self.filter_domain("recouv_limitation_near"), self.move)

    def test_every_filter_of_the_claims_runs(self):
        view = self.env.ref("recouv_lib.recouv_claim_view_search")
        for node in etree.fromstring(view.arch).xpath("//filter[@domain]"):
            domain = eval(node.get("domain"))  # noqa: S307
            self.env["recouv.claim"].with_user(self.secretary).search(domain)

    def test_every_group_by_of_the_claims_runs(self):
        view = self.env.ref("recouv_lib.recouv_claim_view_search")
        claims = self.env["recouv.claim"].with_user(self.secretary)
        for node in etree.fromstring(view.arch).xpath("//group/filter"):
            group = eval(node.get("context"))["group_by"]  # noqa: S307
            claims.formatted_read_group([], [group], ["amount_residual:sum"])

    def test_a_vendor_bill_shows_nothing_of_it(self):
        names = self.fields_of("account.view_in_invoice_bill_tree")
        self.assertNotIn("recouv_step_id", names)

    def test_handed_over_to_the_patient_counts_as_sent(self):
        unsent = self.make_invoice(self.make_patient("New"), sent=False)
        self.propose()
        claim = self.claims_of(unsent)
        self.assertEqual(claim._explain()[0]["code"], "not_sent")
        unsent.with_user(self.billing).action_recouv_mark_handed_over()
        self.assertNotEqual(claim._explain()[0]["code"], "not_sent")

    def test_who_only_reads_does_not_get_the_buttons_that_write(self):
        names = self.fields_of(INVOICE_VIEWS["form"])
        self.assertNotIn("action_recouv_mark_handed_over", names)
        claim = self.fields_of("recouv_lib.recouv_claim_view_form", "recouv.claim")
        self.assertNotIn("action_suspend", claim)
        self.assertIn("action_explain", claim)

    def test_a_secretary_gets_no_manager_button(self):
        names = self.fields_of(
            "recouv_lib.recouv_claim_view_form", "recouv.claim", self.secretary
        )
        self.assertIn("action_suspend", names)
        self.assertNotIn("action_migrate_policy", names)

    def test_a_plain_user_opens_contacts_without_an_error(self):
        self.env["recouv.hold"].create(
            {"partner_id": self.patient.id, "company_id": self.company.id}
        )
        self.env.invalidate_all()
        with Form(self.patient.with_user(self.plain)) as form:
            self.assertEqual(form.name, "Camille Martin")
        names = self.fields_of("base.view_partner_form", "res.partner", self.plain)
        self.assertFalse({name for name in names if name and "recouv" in name})

    def test_an_accountant_reads_what_a_contact_owes(self):
        for user in (self.readonly, self.billing, self.secretary):
            self.env.invalidate_all()
            with Form(self.patient.with_user(user)) as form:
                self.assertEqual(form.recouv_owed, 100.0)
                self.assertEqual(len(form.recouv_claim_ids), 1)

    def test_a_contact_with_claims_in_another_company_opens(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.patient.company_id = False
        for group in (
            "recouv_lib.group_user",
            "account.group_account_readonly",
            "account.group_account_invoice",
        ):
            user = self.make_user(f"other_{group}", group, other)
            self.env.invalidate_all()
            with Form(self.patient.with_user(user)) as form:
                self.assertEqual(form.recouv_owed, 0.0)
                self.assertEqual(len(form.recouv_claim_ids), 0)
                self.assertEqual(form.recouv_notice_count, 0)

    def test_the_contact_opens_its_claims_and_notices(self):
        partner = self.patient.with_user(self.readonly)
        action = partner.action_recouv_claims()
        claims = self.env["recouv.claim"].search(action["domain"])
        self.assertEqual(claims, self.claim)
        action = partner.action_recouv_notices()
        self.assertEqual(
            self.env["recouv.notice"].search(action["domain"]), self.campaign.notice_ids
        )

    def test_a_portal_user_reads_nothing_of_it(self):
        portal = new_test_user(self.env, "portal_debtor", groups="base.group_portal")
        fields = self.env["account.move"].with_user(portal).fields_get()
        self.assertFalse({name for name in fields if name.startswith("recouv_")})

    def test_the_run_tells_how_many_were_skipped_and_why(self):
        self.make_invoice(self.make_patient("New"), sent=False)
        run = self.propose().with_user(self.secretary)
        self.assertIn("1 × The invoice was never sent", run.skip_summary)

    def test_the_policy_reads_as_a_ladder(self):
        policy = self.policy.with_user(self.secretary)
        self.assertEqual(
            policy.ladder,
            "10 d Letter → +10 d Letter → +10 d Registered letter → Hand-over",
        )
        self.assertEqual(policy._first_step().timing, "10 days after the due date")

    def test_every_view_of_the_house_loads_for_a_secretary_and_a_manager(self):
        manager = self.make_user("manager", "recouv_lib.group_manager")
        views = self.env["ir.ui.view"].search(
            [("model", "=like", "recouv.%"), ("mode", "=", "primary")]
        )
        for user in (self.secretary, manager):
            for view in views:
                model = self.env[view.model].with_user(user)
                if model.has_access("read"):
                    model.get_view(view.id, view.type)

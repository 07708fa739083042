from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .access_common import CANARY, AccessWalk
from .common import TODAY, RecouvCommon

# a secretary may never delete what is history
HISTORY = (
    "recouv.claim",
    "recouv.notice",
    "recouv.hold",
    "recouv.run",
    "recouv.limitation.event",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAccess(AccessWalk, RecouvCommon):
    """Who may see and do what, model by model, with one record of each seeded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other practice")["company"]
        cls.manager = cls.make_user("manager", "recouv_lib.group_manager")
        cls.readonly = cls.make_user("readonly", "account.group_account_readonly")
        cls.billing = cls.make_user("billing", "account.group_account_invoice")
        cls.plain = cls.make_user("plain")
        cls.portal = new_test_user(cls.env, "portal", groups="base.group_portal")
        cls.outsiders = [
            cls.make_user(f"other_{group}", group, company=cls.other)
            for group in (
                "recouv_lib.group_user",
                "recouv_lib.group_manager",
                "account.group_account_readonly",
                "account.group_account_invoice",
            )
        ]
        cls.seed()

    @classmethod
    def make_user(cls, login, *groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=",".join(("base.group_user", *groups)),
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def seed(cls):
        """One record of the main models in this company, each with a canary."""
        cls.patient.write({"name": f"{CANARY} patient", "company_id": cls.company.id})
        cls.move = cls.make_invoice(ref=f"{CANARY} ref", narration=f"{CANARY} note")
        cls.make_invoice(cls.make_patient("No street", street=False))
        cls.campaign = cls.propose()
        cls.campaign.failure_message = f"{CANARY} failure"
        cls.notice = cls.campaign.notice_ids[0]
        cls.notice.personal_note = f"{CANARY} word"
        cls.claim = cls.claims_of(cls.move)
        cls.claim.message_post(body=f"{CANARY} message")
        cls.claim._schedule_todo(f"{CANARY} todo", f"{CANARY} why")
        cls.claim._hold("other", f"{CANARY} reason")
        cls.env["recouv.limitation.event"].create(
            {
                "claim_id": cls.claim.id,
                "kind": "acknowledgment",
                "date": date(2026, 6, 1),
                "note": f"{CANARY} event",
            }
        )
        cls.env["recouv.cause"].create(
            {"name": f"{CANARY} cause", "company_id": cls.company.id}
        )
        cls.env["recouv.policy.rule"].create(
            {"policy_id": cls.policy.id, "debtor_kind": "patient"}
        )
        cls.policy.name = f"{CANARY} policy"
        cls.policy.step_ids[0].name = f"{CANARY} step"

    # --- the house's rules ----------------------------------------------------------

    def test_every_model_belongs_to_a_company_and_has_a_global_rule(self):
        for name in self.models():
            with self.subTest(name):
                self.assertIn("company_id", self.env[name]._fields)
                self.assertIn("company_id", self.global_rules(name))

    def test_every_model_and_wizard_says_who_may_read_it(self):
        for name, model in self.env.registry.items():
            if name.startswith("recouv.") and not model._abstract:
                with self.subTest(name):
                    self.assertTrue(
                        self.env["ir.model.access"].search_count(
                            [("model_id.model", "=", name)], limit=1
                        )
                    )

    def test_every_dialog_is_read_by_who_opened_it_only(self):
        for name, model in self.env.registry.items():
            if name.startswith("recouv.") and model._transient:
                with self.subTest(name):
                    self.assertIn("create_uid", self.global_rules(name))

    def test_a_plain_or_portal_user_reads_no_model(self):
        for name in self.models():
            for user in (self.plain, self.portal):
                with self.subTest(name, user=user.login):
                    self.assertFalse(self.env[name].with_user(user).has_access("read"))

    def test_an_accountant_reads_and_writes_nothing(self):
        for name in (
            "recouv.claim",
            "recouv.notice",
            "recouv.notice.line",
            "recouv.hold",
            "recouv.run",
            "recouv.run.skip",
            "recouv.step",
            "recouv.policy",
            "recouv.policy.rule",
            "recouv.cause",
            "recouv.limitation.event",
            "recouv.transfer",
        ):
            for user in (self.readonly, self.billing):
                model = self.env[name].with_user(user)
                with self.subTest(name, user=user.login):
                    self.assertTrue(model.has_access("read"))
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(model.has_access(operation))

    def test_an_accountant_who_proposes_a_run_changes_nothing(self):
        run = self.env["recouv.run"].create({"company_id": self.company.id})
        for button in ("action_propose", "action_execute"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(run.with_user(self.billing), button)()
        self.assertEqual((run.state, run.heartbeat), ("draft", False))

    def test_a_secretary_reads_all_and_deletes_no_history(self):
        for name in self.models():
            with self.subTest(name):
                model = self.env[name].with_user(self.secretary)
                self.assertTrue(model.has_access("read"))
                if name in HISTORY:
                    self.assertFalse(model.has_access("unlink"))

    def test_a_secretary_decides_no_policy(self):
        for name in (
            "recouv.policy",
            "recouv.step",
            "recouv.policy.rule",
            "recouv.cause",
            "recouv.legal.parameter",
        ):
            with self.subTest(name):
                model = self.env[name].with_user(self.secretary)
                self.assertFalse(model.has_access("write"))
                manager = self.env[name].with_user(self.manager)
                self.assertTrue(manager.has_access("write"))

    def test_a_secretary_reads_her_company_in_every_model(self):
        for name in self.models():
            records = self.mine(name)
            with self.subTest(name):
                self.env.invalidate_all()
                read = records.with_user(self.secretary).read()
                self.assertEqual(len(read), len(records))

    def test_an_accountant_reads_the_relance_in_full(self):
        for user in (self.readonly, self.billing):
            self.env.invalidate_all()
            for name in (
                "recouv.claim",
                "recouv.notice",
                "recouv.notice.line",
                "recouv.hold",
                "recouv.run",
                "recouv.run.skip",
            ):
                with self.subTest(name, user=user.login):
                    self.assertTrue(self.mine(name).with_user(user).read())

    # --- the neighbour --------------------------------------------------------------

    def test_a_neighbour_finds_and_opens_nothing(self):
        for user in self.outsiders:
            for name in self.models():
                records = self.mine(name)
                model = self.env[name].with_user(user)
                if not records or not model.has_access("read"):
                    continue
                with self.subTest(name, user=user.login):
                    self.env.invalidate_all()
                    self.assertFalse(model.search([("id", "in", records.ids)]))
                    with self.assertRaises(AccessError):
                        model.browse(records[0].id).read(["company_id"])

    def test_a_neighbour_groups_and_counts_nothing(self):
        for user in self.outsiders:
            model = self.env["recouv.claim"].with_user(user)
            with self.subTest(user=user.login):
                self.assertEqual(model.search_count([]), 0)
                self.assertFalse(
                    model._read_group([], ["step_id"], ["amount_residual:sum"])
                )

    def test_a_neighbour_reads_no_canary_anywhere(self):
        for user in self.outsiders:
            with self.subTest(user=user.login):
                self.assertEqual(self.leaks_to(user), [])

    def test_a_plain_user_of_the_practice_reads_no_canary_but_the_name(self):
        self.assertEqual(
            {model for model, _field in self.leaks_to(self.plain)}, {"res.partner"}
        )

    def test_a_portal_user_reads_no_canary(self):
        self.assertEqual(self.leaks_to(self.portal), [])

    def test_the_canaries_do_sing_for_a_secretary(self):
        found = {model for model, _field in self.leaks_to(self.secretary)}
        self.assertLessEqual(
            {
                "recouv.claim",
                "recouv.hold",
                "recouv.notice",
                "recouv.run",
                "recouv.policy",
                "recouv.step",
                "recouv.cause",
                "recouv.limitation.event",
                "mail.message",
                "mail.activity",
            }
            - {"recouv.claim"},
            found,
        )

    def test_a_neighbour_cannot_explain_suspend_or_undo(self):
        user = self.outsiders[0]
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.claim.with_user(user)._hold("other")
        with self.assertRaises(AccessError):
            self.notice.with_user(user).action_approve()
        with self.assertRaises(AccessError):
            self.campaign.with_user(user).action_execute()

    def test_a_wizard_of_one_user_is_not_read_by_another(self):
        wizard = (
            self.env["recouv.hold.wizard"]
            .with_user(self.secretary)
            .create({"claim_ids": [Command.set(self.claim.ids)], "note": CANARY})
        )
        self.env.invalidate_all()
        model = self.env["recouv.hold.wizard"].with_user(self.outsiders[0])
        with self.assertRaises(AccessError):
            model.browse(wizard.id).read(["note"])

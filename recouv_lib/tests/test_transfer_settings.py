from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..models.res_company_transfer import TRANSFER_ACCOUNTS, TRANSFER_JOURNALS
from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferSettings(TransferCommon):
    def test_any_chart_gets_accounts_and_journals(self):
        for fname in TRANSFER_JOURNALS:
            journal = self.company[fname]
            self.assertEqual(
                (journal.type, journal.company_id), ("general", self.company)
            )
        for fname in self.company._recouv_open_accounts():
            self.assertTrue(self.company[fname].reconcile, fname)
        journals = {self.company[fname] for fname in TRANSFER_JOURNALS}
        self.assertEqual(len(journals), 5, "one journal for each use")

    def test_running_it_again_changes_nothing(self):
        before = {
            f: self.company[f] for f in {**TRANSFER_JOURNALS, **TRANSFER_ACCOUNTS}
        }
        accounts = self.env["account.account"].search_count([])
        self.env["res.company"]._recouv_create_all_transfer_settings()
        after = {f: self.company[f] for f in before}
        self.assertEqual(before, after)
        self.assertEqual(self.env["account.account"].search_count([]), accounts)

    def test_after_an_uninstall_its_own_are_found_again(self):
        names = [*TRANSFER_JOURNALS, *TRANSFER_ACCOUNTS]
        before = {f: self.company[f] for f in names}
        self.company.write(dict.fromkeys(names, False))
        self.company._recouv_create_transfer_settings()
        self.assertEqual(before, {f: self.company[f] for f in names})

    def test_the_install_hook_serves_companies_that_have_a_chart(self):
        names = [*TRANSFER_JOURNALS, *TRANSFER_ACCOUNTS]
        self.company.write(dict.fromkeys(names, False))
        from ..hooks import post_init_hook

        post_init_hook(self.env)
        self.assertTrue(all(self.company[f] for f in names))

    def test_a_branch_uses_its_parents(self):
        branch = self.env["res.company"].create(
            {"name": "Second cabinet", "parent_id": self.company.id}
        )
        self.assertEqual(
            branch._recouv_transfer_setting("recouv_payer_share_journal_id"),
            self.company.recouv_payer_share_journal_id,
        )

    def test_a_transfer_in_a_branch(self):
        branch = self._create_company(name="Second cabinet", parent_id=self.company.id)
        self.env.user.company_ids |= branch
        move = (
            self.env["account.move"]
            .with_company(branch)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": branch.id,
                    "partner_id": self.patient.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        (0, 0, {"name": "Fees", "price_unit": 100, "tax_ids": []})
                    ],
                }
            )
        )
        move.action_post()
        share = self.transfer(move, amount=70)
        self.assertEqual((share.company_id, share.move_id.company_id), (branch, branch))
        self.assertEqual(move.amount_residual, 30)

    def test_a_branch_bears_the_fee_on_its_parents_account(self):
        branch = self.env["res.company"].create(
            {"name": "Second cabinet", "parent_id": self.company.id}
        )
        self.assertTrue(self.company.recouv_fee_account_id)
        self.assertEqual(
            branch._recouv_transfer_setting("recouv_fee_account_id"),
            self.company.recouv_fee_account_id,
        )

    # --- missing or unusable --------------------------------------------------------

    def assertNamed(self, what, kind="assignment"):
        move = self.make_invoice()
        draft = self.plan(self.receivable(move), kind, partner=self.buyer)
        with self.assertRaisesRegex(UserError, what):
            draft.action_post()
        self.assertEqual((draft.state, move.amount_residual), ("draft", 100))

    def test_a_missing_journal_is_named(self):
        self.company.recouv_assignment_journal_id = False
        self.assertNamed("Journal of assignments")

    def test_an_archived_journal_is_named(self):
        self.company.recouv_assignment_journal_id.active = False
        self.assertNamed("Assignments of receivables.*archived")

    def test_money_held_for_others_stands_on_what_can_be_settled(self):
        income = self.company_data["default_account_revenue"]
        self.assertFalse(income.reconcile)
        for fname in ("recouv_sweep_account_id", "recouv_overpaid_account_id"):
            with self.assertRaisesRegex(ValidationError, "does not allow"):
                self.company[fname] = income

    def test_an_archived_account_of_income_is_named(self):
        self.company.recouv_fee_account_id.active = False
        with self.assertRaisesRegex(UserError, "Account of the agency's fees.*archiv"):
            self.company._recouv_transfer_setting("recouv_fee_account_id")

    def test_a_missing_account_is_named(self):
        self.company.recouv_assignment_account_id = False
        self.assertNamed("Account of the assignee")

    def test_an_archived_account_is_named(self):
        self.company.recouv_assignment_account_id.active = False
        self.assertNamed("Assignee / factor")

    def test_a_payer_without_account_is_named(self):
        move = self.make_invoice()
        draft = self.plan(self.receivable(move), amount=70)
        draft.target_account_id = False
        with self.assertRaisesRegex(UserError, self.payer.name):
            draft.action_post()

    def test_a_sales_journal_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "miscellaneous"):
            self.company.recouv_assignment_journal_id = self.journal

    def test_an_account_without_reconciliation_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "reconciliation"):
            self.company.recouv_assignment_account_id = self.company_data[
                "default_account_revenue"
            ]

    def test_every_reader_opens_the_screens(self):
        share = self.transfer(self.make_invoice(), amount=70)
        for user in (self.secretary, self.cashier, self.manager, self.biller):
            with self.subTest(user=user.login):
                form = Form(share.with_user(user))
                self.assertEqual(form.amount_currency, 70)
                self.assertIn("arch", share.with_user(user).get_view(view_type="list"))

    def test_the_settings_screen_shows_them(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(
                form.recouv_payer_share_journal_id,
                self.company.recouv_payer_share_journal_id,
            )


@tagged("post_install", "-at_install")
class TestTransferSettingsFrench(AccountTestInvoicingCommon):
    """The accounts of the French chart, and its sub-accounts that do not exist."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    @AccountTestInvoicingCommon.setup_chart_template("fr")
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company

    def code(self, fname):
        return self.company[fname].with_company(self.company).code

    def test_the_sub_accounts_of_467_are_created(self):
        self.assertEqual(
            [
                self.code(f"recouv_{name}_account_id")
                for name in (
                    "assignment",
                    "holdback",
                    "collected",
                    "principals",
                    "acquired",
                )
            ],
            ["467100", "467200", "467300", "467400", "467500"],
        )

    def test_the_charts_own_accounts_are_used(self):
        self.assertEqual(self.code("recouv_doubtful_account_id"), "416000")
        self.assertEqual(self.code("recouv_subrogation_account_id"), "467000")
        self.assertEqual(self.code("recouv_receipts_account_id"), "471000")

    def test_a_doubtful_receivable_is_still_a_receivable(self):
        account = self.company.recouv_doubtful_account_id
        self.assertEqual(account.account_type, "asset_receivable")
        self.assertTrue(account.reconcile)

    def test_an_account_of_the_users_is_not_taken_over(self):
        account = self.company.recouv_assignment_account_id
        account.name = "Associés, avances"
        self.company.recouv_assignment_account_id = False
        self.company._recouv_create_transfer_settings()
        self.assertEqual(self.code("recouv_assignment_account_id"), "467101")
        self.assertEqual(account.name, "Associés, avances")

    def test_a_416_with_entries_is_left_as_it_is(self):
        account = self.company.recouv_doubtful_account_id
        account.write({"account_type": "asset_current", "reconcile": False})
        self.company.recouv_doubtful_account_id = False
        self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "debit": 10}),
                    (
                        0,
                        0,
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": 10,
                        },
                    ),
                ],
            }
        ).action_post()
        self.company._recouv_create_transfer_settings()
        self.assertEqual(account.account_type, "asset_current")
        self.assertEqual(self.code("recouv_doubtful_account_id"), "416001")
        new = self.company.recouv_doubtful_account_id
        self.assertEqual(new.account_type, "asset_receivable")

    def test_the_users_receivable_account_stays_the_default(self):
        partner = self.env["res.partner"].create({"name": "New"})
        self.assertEqual(
            partner.property_account_receivable_id.with_company(self.company).code,
            "411100",
        )

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .court_common import CourtCommon
from .test_enforcement_money import EnforcementMoney


class CourtCostCommon(EnforcementMoney):
    """Costs of a court file of the agency, for one practice."""

    def cost(self, amount, kind="advanced", **values):
        """A cost of the file itself, before any measure: the service of the order."""
        return self.file.cost_ids.create(
            {
                "litigation_id": self.file.id,
                "kind": kind,
                "amount": amount,
                "date": TODAY,
                "payee_id": self.officer.id,
                **values,
            }
        )

    def pass_on(self, day=TODAY):
        """What a manager of the agency does with “Invoice the fees”."""
        self.mandate.with_user(self.agency_manager).action_invoice_fees()
        return self.documents()

    def documents(self):
        moves = self.env["account.move"].sudo()
        return moves.search(
            [
                ("company_id", "=", self.agency.id),
                ("recouv_is_court_cost", "=", True),
            ],
            order="id",
        )

    def expense(self, company):
        return self.balance(company, "recouv_cost_account_id")

    def owed(self, document):
        """(what the practice owes the agency, what its own books say)."""
        twin = document.recouv_fee_twin_id
        return document.amount_residual, twin.amount_residual


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtCostsOfThePractice(CourtCostCommon):
    """CPCE L111-8 al. 2, code civil 1999: the creditor bears what was advanced."""

    def test_costs_not_recovered_are_invoiced_to_the_practice_to_the_cent(self):
        self.cost(25.79)
        self.money("advanced", 90.33)
        self.money("recovered", 40.02)
        invoice = self.pass_on()
        self.assertEqual(invoice.amount_total, 76.10)
        self.assertEqual(invoice.amount_tax, 0)
        self.assertEqual(invoice.partner_id, self.creditor)
        bill = invoice.recouv_fee_twin_id
        self.assertEqual(
            (bill.move_type, bill.company_id), ("in_invoice", self.company)
        )
        self.assertEqual((bill.ref, bill.amount_total), (invoice.name, 76.10))
        self.assertEqual(self.expense(self.company), 76.10)
        self.assertEqual(self.costs(), 0)
        self.assertEqual(self.owed_to_officer(), 76.10)
        self.assertEntriesBalanced()

    def test_the_agencys_account_of_costs_is_reconciled(self):
        lines = self.cost(25.79) | self.money("advanced", 90.0)
        invoice = self.pass_on()
        account = self.agency.sudo().recouv_court_cost_account_id
        items = (lines.sudo().move_id | invoice).line_ids.filtered(
            lambda item: item.account_id == account
        )
        self.assertEqual(items.mapped("reconciled"), [True] * 4)

    def test_costs_are_invoiced_once(self):
        line = self.cost(25.79)
        invoice = self.pass_on()
        self.assertEqual(line.cost_move_id, invoice)
        self.assertEqual(self.pass_on(), invoice)

    def test_the_job_invoices_the_costs_of_the_month_that_ended(self):
        self.cost(25.79)
        mandates = self.env["recouv.mandate"]
        mandates._cron_invoice_fees()
        self.assertFalse(self.documents())
        with freeze_time(TODAY + timedelta(days=31)):
            mandates._cron_invoice_fees()
        self.assertEqual(self.documents().amount_total, 25.79)

    def test_costs_that_came_back_before_are_not_invoiced(self):
        self.money("advanced", 90.0)
        self.money("recovered", 90.0)
        self.assertFalse(self.pass_on())
        self.assertEqual(self.expense(self.company), 0)

    def test_costs_recovered_afterwards_are_credited_in_both_books(self):
        self.money("advanced", 90.0)
        invoice = self.pass_on()
        self.money("recovered", 60.0)
        credit = self.pass_on() - invoice
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 60.0))
        self.assertEqual(credit.recouv_fee_twin_id.move_type, "in_refund")
        self.assertEqual(self.owed(invoice), (30.0, 30.0))
        self.assertEqual(self.owed(credit), (0, 0))
        self.assertEqual(self.expense(self.company), 30.0)
        self.assertEqual(self.costs(), 0)
        self.assertEntriesBalanced()

    def test_a_cost_undone_after_its_invoice_is_credited(self):
        wrong = self.cost(25.79)
        invoice = self.pass_on()
        wrong.undo("another file")
        credit = self.pass_on() - invoice
        self.assertEqual(wrong.cost_credit_move_id, credit)
        self.assertEqual(self.owed(invoice), (0, 0))
        self.assertEqual(self.owed(credit), (0, 0))
        self.assertEqual(self.expense(self.company), 0)
        self.assertEqual((self.costs(), self.owed_to_officer()), (0, 0))
        self.assertEqual(self.pass_on(), invoice | credit)
        self.assertEntriesBalanced()

    def test_an_amendment_says_not_anew_who_bears_what_was_advanced_before(self):
        before, later = self.cost(25.79), TODAY + timedelta(days=5)
        new = self.amend(later, cost_bearer="agency")
        with freeze_time(later):
            after = self.cost(10.0, date=later)
            mandates = (self.mandate | new).with_user(self.agency_manager)
            mandates.action_invoice_fees()
        self.assertEqual(before.cost_move_id, self.documents())
        self.assertEqual(self.documents().amount_total, 25.79)
        self.assertNotEqual(after.sudo().cost_move_id, before.sudo().cost_move_id)
        self.assertEqual(self.expense(self.company), 25.79)
        self.assertEqual(self.expense(self.agency), 10.0)
        self.assertEqual(self.costs(), 0)
        self.assertEntriesBalanced()

    def test_a_cost_undone_before_its_invoice_is_never_invoiced(self):
        self.cost(25.79).undo("typed twice")
        self.assertFalse(self.pass_on())

    def test_one_side_is_not_unposted_alone(self):
        self.cost(25.79)
        invoice = self.pass_on()
        for document in (invoice, invoice.recouv_fee_twin_id):
            with self.assertRaisesRegex(UserError, "by the practice together"):
                document.button_draft()
        with self.assertRaisesRegex(UserError, "Undo the cost in its court file"):
            invoice._reverse_moves()

    def test_the_invoice_names_neither_the_debtor_nor_a_note(self):
        self.cost(25.79, note="canary of the agency")
        invoice = self.pass_on()
        said = " ".join((invoice | invoice.recouv_fee_twin_id).line_ids.mapped("name"))
        self.assertNotIn("canary", said)
        self.assertNotIn(self.mirror.partner_id.name, said)

    def test_the_same_invoice_as_an_electronic_one_is_not_billed_again(self):
        self.cost(25.79)
        invoice = self.pass_on()
        again = self.env["account.move"].sudo().create(
            {
                "move_type": "in_invoice",
                "company_id": self.company.id,
                "partner_id": self.agency.sudo().partner_id.id,
                "ref": invoice.name,
                "invoice_date": TODAY,
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 25.79})],
            }
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "billed already"):
            again.action_post()

    # --- remittances ----------------------------------------------------------------

    def test_without_the_term_nothing_is_kept_from_a_remittance(self):
        self.cost(25.79)
        invoice = self.pass_on()
        self.bank_receipt(120.0)
        remittance = self.remit()
        self.assertEqual((remittance.amount, remittance.amount_cost), (120.0, 0))
        self.assertEqual(self.owed(invoice), (25.79, 25.79))

    # --- bad input ------------------------------------------------------------------

    def test_locked_books_of_the_practice_stop_both(self):
        self.cost(25.79)
        self.company.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, self.company.name):
            self.pass_on()
        self.assertFalse(self.documents())
        self.assertEqual(self.costs(), 25.79)

    def test_a_practice_without_purchase_journal_is_named(self):
        self.cost(25.79)
        journals = self.env["account.journal"].sudo()
        journals.search(
            [("company_id", "=", self.company.id), ("type", "=", "purchase")]
        ).active = False
        with self.assertRaisesRegex(UserError, "no purchase journal"):
            self.pass_on()

    def test_a_cost_of_the_file_is_paid_to_someone(self):
        self.file.officer_id = False
        with self.assertRaisesRegex(UserError, "to whom this cost is paid"):
            self.cost(10.0, payee_id=False)

    def test_the_officers_receipts_belong_to_a_measure(self):
        with self.assertRaisesRegex(ValidationError, "measure that brought it"):
            self.cost(10.0, kind="received")

    def test_no_more_comes_back_to_a_file_than_was_advanced(self):
        self.cost(10.0)
        with self.assertRaisesRegex(ValidationError, "recovered than advanced"):
            self.cost(10.01, kind="recovered")

    def test_neither_an_agent_nor_the_practice_invoices_costs(self):
        self.cost(25.79)
        for user in (self.agent, self.practitioner):
            with self.assertRaises(UserError):
                self.mandate.with_user(user).action_invoice_fees()
        self.assertFalse(self.documents())

    def test_who_was_passed_a_cost_on_is_written_by_the_product(self):
        line = self.cost(25.79)
        with self.assertRaisesRegex(UserError, "cost_move_id"):
            line.cost_move_id = False


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtCostsKept(CourtCostCommon):
    """A mandate whose convention lets the agency keep costs from what it remits."""

    @classmethod
    def make_mandate(cls, **values):
        return super().make_mandate(cost_netting=True, **values)

    def test_costs_are_kept_from_what_is_remitted_in_both_books(self):
        self.cost(25.79)
        self.bank_receipt(120.0)
        remittance = self.remit()
        self.assertEqual(
            (remittance.amount_fee, remittance.amount_cost, remittance.amount),
            (0, 25.79, 94.21),
        )
        self.assertEqual(self.owed(self.documents()), (0, 0))
        self.assertEqual(self.books(), (0, 0))
        self.assertEqual(self.balance(self.agency, "recouv_ordered_account_id"), -94.21)
        self.assertEqual(
            self.balance(self.company.sudo(), "transfer_account_id"), 94.21
        )
        self.assertEqual(self.sums(), (94.21, 0, 0, 25.79))
        advice = self.env["recouv.remittance.advice"].sudo().search([], limit=1)
        self.assertEqual((advice.amount_cost, advice.amount), (25.79, 94.21))
        self.assertEntriesBalanced()

    def test_no_more_is_kept_than_was_received(self):
        self.cost(200.0)
        self.bank_receipt(120.0)
        remittance = self.remit()
        self.assertEqual((remittance.amount_cost, remittance.amount), (120.0, 0))
        self.assertEqual(self.owed(self.documents()), (80.0, 80.0))
        self.assertEntriesBalanced()

    def test_the_convention_says_so(self):
        texts = " ".join(self.mandate.sudo()._remittance_texts())
        self.assertIn("court costs that it invoiced", texts)
        self.assertIn("CGI", " ".join(self.mandate.sudo()._cost_texts()))

    def test_the_term_is_signed_with_the_others(self):
        with self.assertRaises(UserError):
            self.mandate.with_user(self.agency_manager).cost_netting = False


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtCostsOfTheAgency(CourtCostCommon):
    """A mandate by which the agency bears the costs itself."""

    @classmethod
    def make_mandate(cls, **values):
        return super().make_mandate(cost_bearer="agency", **values)

    def test_costs_are_the_agencys_own_expense(self):
        line = self.cost(25.79)
        self.pass_on()
        self.assertEqual(self.expense(self.agency), 25.79)
        self.assertEqual(self.costs(), 0)
        self.assertEqual(self.expense(self.company), 0)
        self.assertFalse(self.documents())
        self.assertTrue(line.sudo().cost_move_id)
        self.assertEntriesBalanced()

    def test_what_comes_back_lowers_it(self):
        wrong = self.cost(25.79)
        self.money("advanced", 90.0)
        self.pass_on()
        self.money("recovered", 60.0)
        wrong.undo("another file")
        self.pass_on()
        self.assertAlmostEqual(self.expense(self.agency), 30.0)
        self.assertAlmostEqual(self.costs(), 0)

    def test_costs_that_it_bears_are_not_kept(self):
        with self.assertRaisesRegex(ValidationError, "not kept from remittances"):
            self.mandate.sudo().copy({"state": "draft", "cost_netting": True})


@tagged("post_install", "-at_install")
class TestOwnCourtCosts(CourtCommon):
    """A practice that sues by itself."""

    def test_what_it_lays_out_before_a_title_is_its_own_expense(self):
        litigation = self.served()
        with self.at(litigation.served_on):
            line = litigation.cost_ids.create(
                {
                    "litigation_id": litigation.id,
                    "kind": "advanced",
                    "amount": 25.79,
                    "date": litigation.served_on,
                }
            )
            self.assertEqual(line.payee_id, self.officer)
            item = line.move_id.line_ids.filtered(lambda item: item.balance > 0)
            self.assertEqual(item.account_id, self.company.recouv_cost_account_id)
            self.assertFalse(item.partner_id)
            self.assertEqual(litigation.cost_advanced, 25.79)
            line.undo("typed twice")
            self.assertEqual(litigation.cost_advanced, 0)
            self.assertTrue(line.back_move_id)

from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .court_common import CourtCommon
from .test_agency_remittance import RemittanceCommon

SEIZED = date(2027, 1, 20)


class EnforcementMoney(RemittanceCommon):
    """A court file of the agency on two claims, as if it had a title."""

    mode = "gross"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        measures = type(cls.env["recouv.enforcement"])
        cls.enterClassContext(
            patch.object(measures, "_check_allowed", lambda self: None)
        )
        cls.officer = (
            cls.env["res.partner"]
            .sudo()
            .create({"name": "Me Le Goff", "company_id": cls.agency.id})
        )
        mirrors = (cls.mirror | cls.other_mirror).with_user(cls.agency_manager)
        action = mirrors.action_take_to_court()
        files = cls.env["recouv.litigation"].with_user(cls.agency_manager)
        cls.file = files.browse(action["res_id"])
        cls.file.officer_id = cls.officer
        cls.measure = cls.file.enforcement_ids.create(
            {"litigation_id": cls.file.id, "kind": "attachment", "date": TODAY}
        )

    def money(self, kind, amount, **values):
        lines = self.measure.line_ids
        return lines.create(
            {"enforcement_id": self.measure.id, "kind": kind, "amount": amount,
             "date": TODAY, **values}
        )  # fmt: skip

    def costs(self, partner=None):
        return self.balance(self.agency, "recouv_court_cost_account_id", partner)

    def owed_to_officer(self):
        """What the agency owes the officer, in its books."""
        officer = self.officer.with_company(self.agency).sudo()
        items = self.env["account.move.line"].sudo().search(
            [
                ("company_id", "=", self.agency.id),
                ("account_id", "=", officer.property_account_payable_id.id),
                ("partner_id", "=", self.officer.id),
                ("parent_state", "=", "posted"),
            ]
        )  # fmt: skip
        return -sum(items.mapped("balance"))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnforcementMoney(EnforcementMoney):
    # --- costs ----------------------------------------------------------------------

    def test_a_cost_advanced_is_owed_back_by_the_practice(self):
        line = self.money("advanced", 90.0)
        self.assertEqual(self.costs(self.creditor), 90.0)
        self.assertEqual(self.owed_to_officer(), 90.0)
        self.assertEqual(line.sudo().move_id.company_id, self.agency)
        self.assertEntriesBalanced()

    def test_the_dedicated_account_is_not_touched_by_costs(self):
        self.bank_receipt(120.0)
        self.money("advanced", 90.0)
        self.assertEqual(self.sums(), (120.0, 0, 0, 0))

    def test_a_cost_got_back_settles_what_was_advanced(self):
        first, second = self.money("advanced", 90.0), self.money("advanced", 30.0)
        self.money("recovered", 100.0)
        self.assertEqual(self.costs(), 20.0)
        self.assertEqual(self.owed_to_officer(), 20.0)
        cost = self.agency.sudo().recouv_court_cost_account_id
        items = (
            (first | second)
            .sudo()
            .move_id.line_ids.filtered(lambda item: item.account_id == cost)
        )
        self.assertEqual(sum(items.mapped("amount_residual")), 20.0)
        self.assertEntriesBalanced()

    def test_a_wrong_cost_is_undone_in_the_books(self):
        self.money("advanced", 90.0)
        wrong = self.money("advanced", 30.0)
        self.money("recovered", 90.0)
        wrong.undo("typed twice")
        self.assertEqual((self.costs(), self.owed_to_officer()), (0, 0))
        self.assertEqual(self.measure.cost_advanced, 90.0)
        self.assertTrue(wrong.sudo().back_move_id)
        items = wrong.sudo().move_id.line_ids | wrong.sudo().back_move_id.line_ids
        self.assertEqual(items.mapped("reconciled"), [True] * 4)
        self.assertEntriesBalanced()

    def test_what_was_recovered_on_a_cost_is_undone_first(self):
        advanced = self.money("advanced", 90.0)
        back = self.money("recovered", 90.0)
        with self.assertRaisesRegex(UserError, "undo that first"):
            advanced.undo("wrong")
        back.undo("wrong")
        advanced.undo("wrong")
        self.assertEqual((self.costs(), self.owed_to_officer()), (0, 0))

    def test_a_company_of_before_is_given_the_account(self):
        self.agency.sudo().recouv_court_cost_account_id = False
        self.money("advanced", 10.0)
        account = self.agency.sudo().recouv_court_cost_account_id
        self.assertEqual((account.account_type, account.reconcile),
                         ("asset_current", True))  # fmt: skip

    def test_locked_books_are_named_and_nothing_is_booked(self):
        self.agency.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, self.agency.name):
            self.money("advanced", 10.0)
        self.assertEqual(self.costs(), 0)

    def test_its_entry_is_undone_in_the_measure_alone(self):
        line = self.money("advanced", 10.0)
        with self.assertRaisesRegex(UserError, "enforcement measure"):
            line.sudo().move_id.button_draft()
        with self.assertRaisesRegex(UserError, "undo it and enter it anew"):
            line.move_id = False

    def test_money_does_not_move_in_the_future(self):
        with self.assertRaisesRegex(UserError, "in the future"):
            self.money("advanced", 10.0, date=TODAY + timedelta(days=1))

    def test_an_agent_accounts_for_nothing(self):
        self.measure.invalidate_recordset()
        with self.assertRaises(AccessError):
            self.measure.line_ids.with_user(self.agent).create(
                {"enforcement_id": self.measure.id, "kind": "advanced", "amount": 5}
            )

    # --- sums received --------------------------------------------------------------

    def test_what_the_officer_received_settles_the_practices_invoices(self):
        line = self.money("received", 150.0)
        receipt = line.receipt_id
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual(receipt.paper_state, "queued")
        self.assertEqual(self.item(self.old).amount_residual, 0)
        self.assertEqual(self.item(self.young).amount_residual, 50.0)
        self.assertEqual(self.books(), (150.0, -150.0))
        self.assertEqual(self.measure.amount_received, 150.0)
        self.assertEntriesBalanced()

    def test_it_is_remitted_like_any_other_money(self):
        self.money("received", 150.0)
        self.movement(150.0, "ME LE GOFF")
        remittance = self.remit()
        self.assertEqual(remittance.amount_received, 150.0)
        self.assertEqual(self.books(), (0, 0))
        with self.assertRaisesRegex(UserError, "it was remitted"):
            self.measure.line_ids.undo("wrong")

    def test_more_than_is_owed_is_owed_back_to_the_debtor(self):
        line = self.money("received", 230.0)
        self.assertEqual(line.receipt_id.overpaid_booked, 30.0)

    def test_a_sum_that_was_wrong_is_undone_in_both_books(self):
        line = self.money("received", 150.0)
        line.undo("another debtor")
        self.assertEqual(line.receipt_id.state, "undone")
        self.assertEqual(self.item(self.old).amount_residual, 120.0)
        self.assertEqual(self.books(), (0, 0))
        self.assertEqual(self.measure.amount_received, 0)
        self.assertEntriesBalanced()

    def test_a_receipt_identified_on_the_bank_is_not_recorded_twice(self):
        receipt = self.bank_receipt(120.0)
        line = self.money("received", 120.0, receipt_id=receipt.id)
        self.assertFalse(line.is_own_receipt)
        self.assertEqual(self.books(), (120.0, -120.0))
        line.undo("not from the officer")
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual(self.measure.amount_received, 0)

    def test_a_receipt_of_another_sum_is_refused(self):
        receipt = self.bank_receipt(120.0)
        with self.assertRaisesRegex(UserError, "no standing receipt"):
            self.money("received", 100.0, receipt_id=receipt.id)

    def test_a_bounced_receipt_counts_no_more_on_the_measure(self):
        line = self.money("received", 120.0)
        line.receipt_id._bounce(TODAY, "other")
        self.assertEqual(self.measure.amount_received, 0)
        line.undo("it bounced")
        self.assertEqual(line.receipt_id.state, "bounced")

    def test_the_practice_reads_nothing_of_it(self):
        self.money("advanced", 10.0)
        lines = self.env["recouv.enforcement.line"].with_user(self.practitioner)
        self.assertFalse(lines.search([]))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOwnEnforcementMoney(CourtCommon):
    """A practice that sues by itself: costs are booked, money comes by the desk."""

    def test_its_costs_are_owed_by_the_debtor(self):
        litigation = self.titled()
        with self.at(SEIZED):
            measure = self.env["recouv.enforcement"].with_user(self.manager).create(
                {"litigation_id": litigation.id, "kind": "attachment", "date": SEIZED}
            )  # fmt: skip
            measure.line_ids = [
                (0, 0, {"kind": "advanced", "amount": 90}),
                (0, 0, {"kind": "received", "amount": 50}),
            ]
        cost, received = measure.line_ids
        item = cost.move_id.line_ids.filtered(lambda item: item.balance > 0)
        self.assertEqual(item.partner_id, litigation.partner_id)
        self.assertEqual(item.account_id, self.company.recouv_court_cost_account_id)
        self.assertFalse(received.move_id or received.receipt_id)
        self.assertEqual(measure.amount_received, 50)

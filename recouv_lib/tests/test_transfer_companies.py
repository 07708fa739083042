from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransferCompanies(TransferCommon):
    """Both companies' entries stand or fall together, and neither reads the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency_data = cls.setup_other_company(name="Agence de recouvrement")
        cls.agency = cls.agency_data["company"]
        cls.agency.recouv_transfer_company_ids = cls.company
        cls.debtor_there = cls.env["res.partner"].create(
            {"name": "M. Camille Martin (dossier 12)", "company_id": cls.agency.id}
        )
        cls.agent = new_test_user(
            cls.env,
            "transfer_agent",
            groups="base.group_user,recouv_lib.group_manager,"
            "account.group_account_invoice",
            company_id=cls.agency.id,
            company_ids=[Command.set(cls.agency.ids)],
        )

    def both(self, kind="assignment", amount=100, move=None, **values):
        move = move or self.make_invoice()
        transfer = self.plan(
            self.receivable(move),
            kind,
            amount,
            self.buyer,
            counterpart_company_id=self.agency.id,
            **values,
        )
        transfer.sudo().counterpart_partner_id = self.debtor_there
        return transfer

    def there(self, transfer):
        return transfer.sudo().counterpart_move_id

    def test_an_assignment_is_booked_in_both_companies_at_once(self):
        transfer = self.both(user=self.manager)
        transfer.sudo().counterpart_amount = 80
        transfer.action_post()
        debit, credit = self.there(transfer).line_ids.sorted("sequence")
        self.assertEqual(self.there(transfer).company_id, self.agency)
        self.assertEqual(self.there(transfer).state, "posted")
        self.assertEqual((debit.balance, credit.balance), (80, -80))
        self.assertEqual(debit.account_id, self.agency.recouv_acquired_account_id)
        self.assertEqual(credit.account_id, self.agency.recouv_assignors_account_id)
        self.assertEqual(debit.partner_id, self.debtor_there)
        self.assertEqual(credit.partner_id, self.company.partner_id)
        self.assertEqual(transfer.sudo().counterpart_line_id, debit)
        self.assertEqual(transfer.target_line_id.balance, 100)

    def test_what_the_agency_collected_is_owed_to_the_practice_there(self):
        transfer = self.both("collected", 40)
        transfer.action_post()
        credit = self.there(transfer).line_ids.filtered("credit")
        self.assertEqual(credit.account_id, self.agency.recouv_principals_account_id)
        self.assertEqual(credit.partner_id, self.company.partner_id)
        self.assertEqual(transfer.origin_line_id.amount_residual, 60)

    def test_the_user_is_recorded_in_the_other_books(self):
        transfer = self.both(user=self.manager)
        transfer.action_post()
        self.assertEqual(self.there(transfer).create_uid, self.manager)

    def test_the_other_books_tell_no_name_of_ours(self):
        transfer = self.both()
        transfer.action_post()
        words = " ".join(
            [self.there(transfer).ref, *self.there(transfer).line_ids.mapped("name")]
        )
        self.assertNotIn(self.patient.name, words)

    def test_a_repurchase_comes_back_in_both_companies(self):
        transfer = self.both()
        transfer.sudo().counterpart_amount = 80
        transfer.action_post()
        back = transfer.action_reverse("Care disputed")
        mirror = self.there(back)
        self.assertEqual(mirror.company_id, self.agency)
        self.assertEqual(set(mirror.line_ids.mapped("balance")), {80, -80})
        lines = self.there(transfer).line_ids | mirror.line_ids
        self.assertTrue(all(lines.mapped("reconciled")))

    def test_a_part_comes_back_at_its_share_of_the_price(self):
        transfer = self.both()
        transfer.sudo().counterpart_amount = 80
        transfer.action_post()
        back = transfer.action_reverse("Half is disputed", amount=50)
        self.assertEqual(set(self.there(back).line_ids.mapped("balance")), {40, -40})

    def test_a_credit_note_follows_into_both_companies(self):
        move = self.make_invoice()
        transfer = self.both(move=move)
        transfer.sudo().counterpart_amount = 80
        transfer.action_post()
        self.credit_note(move, 50)
        item = transfer.sudo().counterpart_line_id
        self.assertEqual(item.amount_residual, 40)
        self.assertEqual(transfer.target_line_id.amount_residual, 50)

    # --- what it cannot do ----------------------------------------------------------

    def assertNothingBooked(self, transfer, message):
        moves = self.env["account.move"].sudo().search_count([])
        with self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
            transfer.action_post()
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)
        self.assertEqual(transfer.state, "draft")

    def test_not_in_a_company_that_has_not_agreed(self):
        self.agency.recouv_transfer_company_ids = False
        self.assertNothingBooked(self.both(user=self.manager), "has not agreed")

    def test_not_for_a_kind_that_has_no_mirror(self):
        self.assertNothingBooked(
            self.both("doubtful", user=self.manager), "no mirror entry"
        )

    def test_not_in_a_branch_of_the_same_house(self):
        transfer = self.both()
        branch = self.env["res.company"].create(
            {"name": "Second cabinet", "parent_id": self.company.id}
        )
        transfer.counterpart_company_id = branch
        self.assertNothingBooked(transfer, "no mirror entry")

    def test_never_more_than_what_is_transferred(self):
        transfer = self.both()
        for amount in (100.01, -5):
            transfer.sudo().counterpart_amount = amount
            self.assertNothingBooked(transfer, "at most what is transferred")

    def test_not_on_another_companys_contact(self):
        transfer = self.both()
        transfer.sudo().counterpart_partner_id = self.env["res.partner"].create(
            {"name": "Somebody", "company_id": self.company.id}
        )
        self.assertNothingBooked(transfer, "name as debtor")

    def test_not_without_its_own_debtor(self):
        transfer = self.both()
        transfer.sudo().counterpart_partner_id = False
        self.assertNothingBooked(transfer, "name as debtor")

    def test_not_in_its_locked_books(self):
        self.agency.fiscalyear_lock_date = date(2026, 6, 30)
        self.assertNothingBooked(self.both(), "Agence de recouvrement.*locked")

    def test_a_missing_account_there_is_named_before_anything_is_booked(self):
        self.agency.recouv_acquired_account_id = False
        self.assertNothingBooked(self.both(), "Agence de recouvrement.*acquired")

    def test_the_accounts_there_are_not_the_callers_choice(self):
        transfer = self.both(user=self.manager)
        names = set(transfer._fields)
        self.assertFalse({"counterpart_account_id", "counterpart_journal_id"} & names)

    def test_the_practice_reads_nothing_of_the_other_entry(self):
        transfer = self.both(user=self.manager)
        transfer.action_post()
        for name in (
            "counterpart_move_id",
            "counterpart_line_id",
            "counterpart_partner_id",
        ):
            with self.assertRaises(AccessError):
                transfer.read([name])
            with self.assertRaises(UserError):
                transfer.write({name: False})
        self.assertFalse(
            self.env["account.move"]
            .with_user(self.manager)
            .search([("company_id", "=", self.agency.id)])
        )

    def test_the_agency_reads_its_entry_and_not_the_transfer(self):
        transfer = self.both()
        transfer.action_post()
        entry = self.there(transfer).with_user(self.agent)
        self.assertEqual(entry.state, "posted")
        with self.assertRaises(AccessError):
            transfer.with_user(self.agent).read(["amount"])
        self.assertFalse(self.env["recouv.transfer"].with_user(self.agent).search([]))

    def test_the_agency_does_not_undo_it_alone(self):
        transfer = self.both()
        transfer.action_post()
        entry = self.there(transfer).with_user(self.agent)
        with self.assertRaisesRegex(UserError, "is the transfer"):
            entry.button_draft()
        self.assertEqual(entry.state, "posted")

    def test_a_mirror_entry_undone_past_the_guards_is_found(self):
        transfer = self.both()
        transfer.action_post()
        self.env.cr.execute(
            "UPDATE account_move SET state = 'draft' WHERE id = %s",
            [self.there(transfer).id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.env["recouv.transfer"]._detect_broken(), transfer)

    def test_another_currency_there_is_booked_at_the_days_rate(self):
        gold = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        self.agency.currency_id = gold
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": self.company.currency_id.id,
                "company_id": self.agency.id,
                "rate": 0.5,
            }
        )
        transfer = self.both()
        transfer.action_post()
        debit = self.there(transfer).line_ids.filtered("debit")
        self.assertEqual(debit.amount_currency, 100)
        self.assertEqual(debit.currency_id, self.company.currency_id)
        self.assertGreater(debit.balance, 100)

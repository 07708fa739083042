from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTransfer(TransferCommon):
    # --- a payer's share ------------------------------------------------------------

    def test_a_payers_share_leaves_the_rest_to_the_patient(self):
        move = self.make_invoice()
        transfer = self.transfer(move, amount=70, user=self.manager)
        self.assertEqual(transfer.state, "posted")
        self.assertEqual(move.amount_residual, 30)
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(transfer.target_line_id.partner_id, self.payer)
        self.assertEqual(transfer.target_line_id.amount_residual, 70)
        self.assertEqual(transfer.target_line_id.account_type, "asset_receivable")

    def test_an_invoice_wholly_transferred_is_settled(self):
        move = self.make_invoice()
        self.transfer(move, amount=70)
        self.transfer(move, "collected", 30, self.buyer)
        self.assertEqual(move.payment_state, "paid")

    def test_the_invoice_itself_is_never_touched(self):
        move = self.make_invoice()
        before = move.line_ids.read(["balance", "partner_id", "account_id", "name"])
        total, name = move.amount_total, move.name
        self.transfer(move, amount=70)
        after = move.line_ids.read(["balance", "partner_id", "account_id", "name"])
        self.assertEqual((before, total, name), (after, move.amount_total, move.name))

    def test_the_entry_stands_in_the_journal_of_its_use(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=70)
        sold = self.transfer(move, "assignment", 30, self.buyer)
        self.assertEqual(
            share.move_id.journal_id, self.company.recouv_payer_share_journal_id
        )
        self.assertEqual(
            sold.move_id.journal_id, self.company.recouv_assignment_journal_id
        )
        self.assertEqual(
            sold.target_line_id.account_id, self.company.recouv_assignment_account_id
        )
        self.assertEqual(sum(share.move_id.line_ids.mapped("balance")), 0)

    def test_labels_tell_no_name(self):
        move = self.make_invoice()
        transfer = self.transfer(move, amount=70)
        words = " ".join(transfer.move_id.line_ids.mapped("name"))
        self.assertIn(move.name, words)
        self.assertNotIn(self.patient.name, words + (transfer.move_id.ref or ""))

    def test_who_still_owes_is_followed_up_and_who_holds_is_not(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=70)
        sold = self.transfer(move, "assignment", 30, self.buyer)
        self.assertFalse(share.target_line_id.no_followup)
        self.assertTrue(sold.target_line_id.no_followup)

    def test_the_due_date_of_the_new_item_is_the_transfers(self):
        move = self.make_invoice()
        transfer = self.transfer(move, amount=70, date_due=date(2026, 7, 1))
        self.assertEqual(transfer.target_line_id.date_maturity, date(2026, 7, 1))

    def test_no_analytic_line_is_made_by_a_transfer(self):
        plan = self.env["account.analytic.plan"].create({"name": "Cabinet"})
        account = self.env["account.analytic.account"].create(
            {"name": "Physio", "plan_id": plan.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.payer.id, "analytic_distribution": {account.id: 100}}
        )
        transfer = self.transfer(self.make_invoice(), amount=70)
        self.assertFalse(transfer.move_id.line_ids.analytic_line_ids)

    def test_an_instalment_is_transferred_alone(self):
        move = self.make_invoice(invoice_payment_term_id=self.pay_terms_b.id)
        first, second = self.receivable(move).sorted("date_maturity")
        self.plan(first).action_post()
        self.assertTrue(first.reconciled)
        self.assertFalse(second.reconciled)

    # --- what it refuses ------------------------------------------------------------

    def test_never_more_than_what_is_owed(self):
        move = self.make_invoice()
        self.transfer(move, amount=70)
        draft = self.plan(self.receivable(move), "assignment", 30.01, self.buyer)
        with self.assertRaisesRegex(UserError, move.name):
            draft.action_post()
        self.assertEqual(draft.state, "draft")

    def test_two_shares_in_one_go_never_exceed_what_is_owed(self):
        move = self.make_invoice()
        line = self.receivable(move)
        drafts = self.plan(line, amount=70) + self.plan(
            line, amount=40, partner=self.other_payer
        )
        with self.assertRaisesRegex(UserError, "110"):
            drafts._post()
        self.assertEqual(move.amount_residual, 100)

    @mute_logger("odoo.sql_db")
    def test_one_live_assignment_for_an_item(self):
        line = self.receivable(self.make_invoice())
        self.plan(line, "assignment", 40, self.buyer).action_post()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.plan(line, "assignment", 40, self.payer)

    @mute_logger("odoo.sql_db")
    def test_one_live_share_for_an_item_and_a_payer(self):
        line = self.receivable(self.make_invoice())
        self.plan(line, amount=40).action_post()
        self.plan(line, amount=20, partner=self.other_payer).action_post()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.plan(line, amount=20)

    @mute_logger("odoo.sql_db")
    def test_two_contacts_of_one_payer_are_one_payer(self):
        line = self.receivable(self.make_invoice())
        desk = self.env["res.partner"].create(
            {"name": "Guichet", "parent_id": self.payer.id}
        )
        share = self.plan(line, amount=40, partner=desk)
        share.action_post()
        self.assertEqual(share.target_line_id.partner_id, self.payer)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.plan(line, amount=20)

    def test_a_share_brought_back_may_be_asked_of_the_same_payer_again(self):
        move = self.make_invoice()
        back = self.transfer(move, amount=70).action_reverse("Rejected: rights")
        again = self.plan(back.target_line_id, amount=70)
        again.action_post()
        self.assertEqual(again.target_line_id.amount_residual, 70)
        self.assertEqual(again.invoice_id, move)

    def test_a_draft_or_paid_invoice_is_not_transferred(self):
        move = self.make_invoice()
        draft = self.plan(self.receivable(move), amount=100)
        self.pay(move)
        with self.assertRaisesRegex(UserError, "not open any more"):
            draft.action_post()

    def test_only_a_receivable_is_transferred(self):
        move = self.make_invoice()
        income = move.line_ids - self.receivable(move)
        with self.assertRaisesRegex(UserError, "not a receivable"):
            self.plan(income, amount=10)

    def test_a_negative_or_empty_amount_is_refused(self):
        line = self.receivable(self.make_invoice())
        for amount in (-10, 0):
            with self.assertRaisesRegex(ValidationError, "positive"):
                self.env["recouv.transfer"].create(
                    {
                        "kind": "payer_share",
                        "origin_line_id": line.id,
                        "amount_currency": amount,
                        "target_partner_id": self.payer.id,
                    }
                )

    def test_a_fraction_of_a_cent_is_refused(self):
        with self.assertRaisesRegex(UserError, "not an amount"):
            self.plan(self.receivable(self.make_invoice()), amount=33.333)

    def test_the_debtor_himself_is_no_new_debtor(self):
        draft = self.plan(
            self.receivable(self.make_invoice()), amount=70, partner=self.patient
        )
        with self.assertRaisesRegex(UserError, "already owes"):
            draft.action_post()

    def test_a_target_outside_the_balance_sheet_is_refused(self):
        income = self.company_data["default_account_revenue"]
        with self.assertRaisesRegex(ValidationError, "reconcilable"):
            self.plan(
                self.receivable(self.make_invoice()),
                "assignment",
                target_account_id=income.id,
            )

    def test_it_is_not_booked_before_the_invoice(self):
        draft = self.plan(self.receivable(self.make_invoice()), date=date(2026, 5, 1))
        with self.assertRaisesRegex(UserError, "before it was booked"):
            draft.action_post()

    # --- once ---------------------------------------------------------------------

    def test_a_double_click_books_once(self):
        move = self.make_invoice()
        transfer = self.transfer(move, amount=70)
        entry = transfer.move_id
        transfer.action_post()
        self.assertEqual(transfer.move_id, entry)
        self.assertEqual(move.amount_residual, 30)

    def test_the_same_key_gives_the_same_transfer(self):
        line = self.receivable(self.make_invoice())
        vals = {
            "kind": "payer_share",
            "origin_line_id": line.id,
            "amount_currency": 70,
            "target_partner_id": self.payer.id,
            "idempotency_key": "share:1",
        }
        transfers = self.env["recouv.transfer"]
        first = transfers._get_or_create([vals])
        first._post()
        second = transfers._get_or_create([vals | {"amount_currency": 20}])
        self.assertEqual(first, second)
        self.assertFalse(second._post())

    # --- undone only through itself -------------------------------------------------

    def test_a_rejected_share_is_billed_to_the_patient_on_a_new_item(self):
        move = self.make_invoice()
        share = self.transfer(move, amount=70)
        back = share.with_user(self.cashier).action_reverse(
            "Rejected: rights expired", date_due=date(2026, 7, 15)
        )
        self.assertEqual(share.state, "reversed")
        self.assertEqual((back.kind, back.state), ("back_to_debtor", "posted"))
        self.assertTrue(share.target_line_id.reconciled)
        self.assertEqual(move.amount_residual, 30, "the invoice stays as it was")
        item = back.target_line_id
        self.assertNotEqual(item, self.receivable(move))
        self.assertEqual(item.partner_id, self.patient)
        self.assertEqual(item.amount_residual, 70)
        self.assertEqual(item.date_maturity, date(2026, 7, 15))
        self.assertFalse(item.no_followup)
        self.assertEqual(back.invoice_id, move)

    def test_only_what_the_payer_has_not_paid_comes_back(self):
        share = self.transfer(self.make_invoice(), amount=70)
        self.settle(share.target_line_id, 50)
        back = share.action_reverse("Partly paid")
        self.assertEqual(back.amount, 20)
        self.assertEqual(share.state, "reversed")

    def test_a_part_may_come_back_and_the_rest_later(self):
        share = self.transfer(self.make_invoice(), amount=70)
        share.action_reverse("Excess", amount=20)
        self.assertEqual(share.state, "posted")
        self.assertEqual(share.target_line_id.amount_residual, 50)
        share.action_reverse("The rest")
        self.assertEqual(share.state, "reversed")
        self.assertEqual(sum(share.undoing_ids.mapped("amount")), 70)

    def test_a_paid_share_does_not_come_back(self):
        share = self.transfer(self.make_invoice(), amount=70)
        self.settle(share.target_line_id, 70)
        with self.assertRaisesRegex(UserError, "Nothing is left open"):
            share.action_reverse("Too late")

    def test_more_than_is_open_does_not_come_back(self):
        share = self.transfer(self.make_invoice(), amount=70)
        with self.assertRaisesRegex(UserError, "only"):
            share.action_reverse("Mistake", amount=71)
        self.assertEqual(share.state, "posted")

    def test_it_comes_back_once(self):
        share = self.transfer(self.make_invoice(), amount=70)
        share.action_reverse("Rejected")
        with self.assertRaisesRegex(UserError, "not posted"):
            share.action_reverse("Rejected")

    def test_a_return_is_not_returned(self):
        back = self.transfer(self.make_invoice(), amount=70).action_reverse("Rejected")
        with self.assertRaisesRegex(UserError, "new transfer"):
            back.action_reverse("Again")

    def test_a_reason_is_asked_for(self):
        share = self.transfer(self.make_invoice(), amount=70)
        with self.assertRaisesRegex(UserError, "Say why"):
            share.action_reverse("  ")

    def test_the_dialog_brings_back(self):
        share = self.transfer(self.make_invoice(), amount=70)
        wizard = (
            self.env["recouv.transfer.back"]
            .with_user(self.cashier)
            .create({"transfer_ids": share.ids, "reason": "Rejected"})
        )
        self.assertEqual(wizard.amount_open, 70)
        wizard.action_confirm()
        self.assertEqual(share.state, "reversed")

    # --- doubtful -------------------------------------------------------------------

    def test_a_doubtful_claim_goes_on_where_it_stood(self):
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        before = claim.next_step_id
        lines = self.receivable(move)
        wizard = (
            self.env["recouv.transfer.doubtful"]
            .with_user(self.manager)
            .with_context(active_model="account.move.line", active_ids=lines.ids)
            .create({"reason": "Year's end"})
        )
        wizard.action_confirm()
        transfer = self.env["recouv.transfer"].search(
            [("origin_line_id", "in", lines.ids)]
        )
        item = transfer.target_line_id
        self.assertEqual(item.account_id, self.company.recouv_doubtful_account_id)
        self.assertEqual(item.partner_id, self.patient)
        self.assertFalse(item.no_followup)
        self.assertEqual(claim.move_line_id, item)
        self.assertEqual(claim.next_step_id, before)
        self.assertEqual(claim.amount_residual, 100)
        self.assertEqual(claim.settlement, "open")

    def test_a_doubtful_claim_comes_back_with_its_receivable(self):
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        transfer = self.transfer(move, "doubtful", partner=self.patient)
        back = transfer.action_reverse("Pays again")
        self.assertEqual(claim.move_line_id, back.target_line_id)
        self.assertEqual(
            back.target_line_id.account_id, self.receivable(move).account_id
        )
        self.assertEqual(claim.amount_residual, 100)

    def test_a_doubtful_claim_is_relanced(self):
        move = self.make_invoice()
        self.transfer(move, "doubtful", partner=self.patient)
        run = self.propose()
        self.assertEqual(run.notice_ids.partner_id, self.patient)
        self.assertEqual(run.notice_ids.amount, 100)

    def test_a_transferred_claim_is_relanced_by_nobody_here(self):
        move = self.make_invoice()
        self.propose()
        self.transfer(move, "assignment", partner=self.buyer)
        self.assertEqual(self.claims_of(move).settlement, "transferred")
        self.assertFalse(self.propose(day=date(2026, 7, 15)).notice_ids)

    def test_the_new_claim_is_chained_to_the_old(self):
        move = self.make_invoice()
        self.propose()
        old = self.claims_of(move)
        transfer = self.transfer(move, amount=100)
        new = (
            self.env["recouv.claim"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "currency_id": move.currency_id.id,
                    "partner_id": self.payer.id,
                    "move_line_id": transfer.target_line_id.id,
                    "capacity": "payer_followup",
                }
            )
        )
        self.env["recouv.transfer"]._link_target_claims(self.company)
        self.assertEqual(transfer.target_claim_id, new)
        self.assertEqual(new.origin_claim_id, old)

    def test_a_draft_may_change_its_payer_and_amount_but_not_its_receivable(self):
        line = self.receivable(self.make_invoice())
        draft = self.plan(line, amount=70, user=self.cashier)
        draft.write({"target_partner_id": self.other_payer.id, "amount_currency": 40})
        self.assertEqual(draft.amount, 40)
        self.assertEqual(
            draft.target_account_id, self.other_payer.property_account_receivable_id
        )
        with self.assertRaisesRegex(UserError, "another transfer"):
            draft.origin_line_id = self.receivable(self.make_invoice())
        self.plan(line, amount=30).action_post()
        draft.with_user(self.manager).action_post()
        self.assertEqual(line.amount_residual, 30)

    def test_a_copy_is_a_fresh_draft(self):
        share = self.transfer(self.make_invoice(), amount=40)
        copy = share.with_user(self.cashier).copy(
            {"target_partner_id": self.other_payer.id}
        )
        self.assertEqual((copy.state, copy.move_id.id), ("draft", False))
        self.assertNotEqual(copy.idempotency_key, share.idempotency_key)

    def test_merging_two_payers_deletes_no_transfer(self):
        line = self.receivable(self.make_invoice())
        shares = self.plan(line, amount=40) + self.plan(
            line, amount=30, partner=self.other_payer
        )
        shares._post()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.payer + self.other_payer).ids, self.payer
        )
        self.env.invalidate_all()
        self.assertEqual(shares.exists(), shares)
        self.assertEqual(shares.target_partner_id, self.payer)
        self.assertFalse(self.env["recouv.transfer"]._detect_broken())

    # --- who may --------------------------------------------------------------------

    def test_a_secretary_moves_nobodys_debt_to_a_contact_of_her_choice(self):
        """The invoice would show paid, and nobody be asked."""
        move = self.make_invoice()
        cousin = self.make_patient("Cousin")
        draft = self.plan(
            self.receivable(move), amount=80, partner=cousin, user=self.cashier
        )
        with self.assertRaises(AccessError):
            draft.action_post()
        with self.assertRaises(AccessError):
            draft.with_context(recouv_share_moving=True).action_post()
        self.assertEqual(move.amount_residual, 100)
        draft.with_user(self.manager).action_post()
        self.assertEqual(move.amount_residual, 20)

    def test_a_key_typed_by_somebody_books_no_other_act(self):
        """A draft may be planted under the key of an act to come."""
        transfers, line = self.env["recouv.transfer"], self.receivable(
            self.make_invoice()
        )  # fmt: skip
        planted = self.plan(
            line, amount=80, user=self.cashier, idempotency_key="share:1:0"
        )
        vals = {
            "kind": "payer_share",
            "origin_line_id": line.id,
            "amount_currency": 80.0,
            "target_partner_id": self.other_payer.id,
            "idempotency_key": "share:1:0",
        }
        with self.assertRaisesRegex(UserError, "another transfer"):
            transfers._get_or_create([vals])
        vals["target_partner_id"] = self.payer.id
        self.assertEqual(transfers._get_or_create([vals]), planted)

    def test_a_secretary_sells_nothing(self):
        line = self.receivable(self.make_invoice())
        draft = self.plan(line, "assignment", partner=self.buyer, user=self.cashier)
        with self.assertRaises(AccessError):
            draft.action_post()
        draft.with_user(self.manager).action_post()
        with self.assertRaises(AccessError):
            draft.with_user(self.cashier).action_reverse("Buy it back")

    def test_nobody_writes_a_transfer_posted(self):
        line = self.receivable(self.make_invoice())
        with self.assertRaisesRegex(UserError, "written by posting"):
            self.plan(line, state="posted", user=self.manager)
        draft = self.plan(line, amount=70, user=self.manager)
        with self.assertRaisesRegex(UserError, "written by posting"):
            draft.state = "reversed"

    def test_a_posted_transfer_is_neither_edited_nor_deleted(self):
        transfer = self.transfer(self.make_invoice(), amount=70, user=self.manager)
        with self.assertRaisesRegex(UserError, "not edited"):
            transfer.amount_currency = 20
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            transfer.unlink()

    def test_a_draft_is_deleted(self):
        draft = self.plan(self.receivable(self.make_invoice()), user=self.cashier)
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_an_accountant_reads_and_books_nothing(self):
        transfer = self.transfer(self.make_invoice(), amount=70)
        reader = transfer.with_user(self.biller)
        self.assertEqual(reader.amount, 70)
        self.assertIn(transfer.invoice_id.name, reader.display_name)
        with self.assertRaises(AccessError):
            reader.action_reverse("No right")
        with self.assertRaises(AccessError):
            self.plan(self.receivable(self.make_invoice()), user=self.biller)

    def test_the_user_stays_the_author_of_the_entry(self):
        transfer = self.transfer(self.make_invoice(), amount=70, user=self.manager)
        self.assertEqual(transfer.move_id.create_uid, self.manager)

    def test_the_invoice_shows_its_transfers_to_the_accountant(self):
        move = self.make_invoice()
        transfer = self.transfer(move, amount=70)
        move = move.with_user(self.biller)
        self.assertEqual(move.recouv_transfer_count, 1)
        action = move.action_view_recouv_transfers()
        self.assertEqual(self.env["recouv.transfer"].search(action["domain"]), transfer)

    # --- in bulk --------------------------------------------------------------------

    def test_many_transfers_make_entries_of_at_most_fifty_items(self):
        lines = self.receivable(self.make_invoice())
        for _i in range(29):
            lines |= self.receivable(self.make_invoice())
        drafts = self.env["recouv.transfer"].union(
            *(self.plan(line, amount=70) for line in lines)
        )
        posted = drafts._post()
        self.assertEqual(posted, drafts)
        self.assertEqual(
            sorted(len(move.line_ids) for move in drafts.move_id), [10, 50]
        )
        self.assertEqual(set(lines.mapped("amount_residual")), {30})

    def test_transfers_of_two_companies_are_booked_each_at_home(self):
        other = self.setup_other_company()
        move = self.make_invoice()
        there = (
            self.env["account.move"]
            .with_company(other["company"])
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.patient.id,
                    "invoice_date": TODAY,
                    "company_id": other["company"].id,
                    "invoice_line_ids": [
                        (0, 0, {"name": "Fees", "price_unit": 100, "tax_ids": []})
                    ],
                }
            )
        )
        there.action_post()
        drafts = self.plan(self.receivable(move)) + self.plan(self.receivable(there))
        drafts._post()
        self.assertEqual(
            drafts.mapped("move_id.company_id"), self.company | other["company"]
        )
        for draft in drafts:
            self.assertEqual(draft.company_id, draft.target_line_id.company_id)

    def test_bulk_posting_costs_few_queries_each(self):
        lines = self.receivable(self.make_invoice())
        for _i in range(24):
            lines |= self.receivable(self.make_invoice())
        self.transfer(self.make_invoice(), amount=70)  # warm
        drafts = self.env["recouv.transfer"].create(
            [
                {
                    "kind": "payer_share",
                    "origin_line_id": line.id,
                    "amount_currency": 70,
                    "target_partner_id": self.payer.id,
                }
                for line in lines
            ]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        drafts._post()
        self.env.flush_all()
        self.assertLess((self.env.cr.sql_log_count - before) / len(drafts), 12)

    def settle(self, line, amount):
        """Money comes in on an item, from the bank."""
        bank = self.company_data["default_journal_bank"]
        move = self.env["account.move"].create(
            {
                "journal_id": bank.id,
                "date": TODAY,
                "line_ids": [
                    (0, 0, {"account_id": bank.default_account_id.id, "debit": amount}),
                    (
                        0,
                        0,
                        {
                            "account_id": line.account_id.id,
                            "credit": amount,
                            "partner_id": line.partner_id.id,
                        },
                    ),
                ],
            }
        )
        move.action_post()
        (line + move.line_ids[1]).reconcile()

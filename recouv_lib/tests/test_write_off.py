from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY
from .write_off_common import WriteOffCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOff(WriteOffCommon):
    """A claim is given up by a manager, with its paper and its entry."""

    # --- deciding -------------------------------------------------------------------

    def test_a_claim_of_the_year_is_a_loss_of_the_year(self):
        act = self.written_off()
        self.assertEqual(self.balance(self.company.recouv_loss_account_id), 120.0)
        self.assertEqual(act.move_id.date, TODAY)
        self.assertEqual(self.claim.amount_residual, 0)
        self.assertEqual(self.claim.settlement, "written_off")
        self.assertEqual(self.claim.write_off_id, act.with_user(self.env.user))
        self.assertEqual(act.amount_currency, 120.0)
        self.assertEqual(act.decided_by_id, self.practitioner)

    def test_a_claim_of_an_earlier_year_is_a_loss_on_earlier_years(self):
        old = self.make_invoice(due=date(2025, 3, 1), amount=80.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.written_off(self.claims_of(old))
        self.assertEqual(self.balance(self.company.recouv_loss_prior_account_id), 80.0)
        self.assertEqual(self.balance(self.company.recouv_loss_account_id), 0.0)

    def test_no_name_stands_on_the_account_of_the_loss(self):
        lines = self.written_off().sudo().move_id.line_ids
        loss = lines.filtered(lambda line: line.balance > 0)
        self.assertFalse(loss.partner_id)
        self.assertNotIn(self.patient.name, " ".join(lines.mapped("name")))

    def test_what_is_left_after_a_payment_is_written_off(self):
        self.pay(self.invoice, 45.0, TODAY)
        act = self.written_off()
        self.assertEqual(act.amount_currency, 75.0)
        self.assertEqual(self.claim.settlement, "written_off")

    def test_a_doubtful_claim_releases_its_depreciation(self):
        batch = self.env["recouv.doubtful.batch"].create(
            {"date": date(2026, 5, 31), "min_age_days": 10, "depreciation_percent": 50}
        )
        batch.action_propose()
        batch.action_post()
        self.assertEqual(self.balance(self.company.recouv_depreciation_account_id), -60)
        act = self.written_off()
        self.assertEqual(act.amount_released, 60.0)
        self.assertEqual(self.balance(self.company.recouv_depreciation_account_id), 0)
        doubtful = self.company.recouv_doubtful_account_id
        self.assertEqual(self.balance(doubtful), 0)
        act.undo("Found again")
        self.assertEqual(self.balance(self.company.recouv_depreciation_account_id), -60)
        self.assertEqual(self.balance(doubtful), 120.0)

    def test_many_claims_are_written_off_at_once(self):
        more = self.make_invoice(due=date(2026, 2, 1), amount=30.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claims = self.claim | self.claims_of(more)
        action = claims.with_user(self.secretary).action_prepare_write_off()
        acts = self.env["recouv.write.off"].search(action["domain"])
        self.assertEqual(len(acts), 2)
        acts.with_user(self.secretary).write(
            {"reason": "too_small", "explanation": "Not worth it."}
        )
        acts.with_user(self.practitioner).action_decide()
        self.assertEqual(set(claims.mapped("settlement")), {"written_off"})
        self.assertEqual(len(acts.move_id), 2)

    def test_nothing_is_asked_of_the_debtor_any_more(self):
        self.written_off()
        self.assertFalse(self.propose().notice_ids)
        self.assertEqual(len(self.claims_of(self.invoice)), 1)

    def test_a_claim_that_goes_on_may_be_given_up_later(self):
        act = self.draft().with_user(self.practitioner)
        act.action_reject()
        self.assertEqual(act.state, "rejected")
        self.assertEqual(self.written_off().state, "decided")

    # --- refusals -------------------------------------------------------------------

    def test_a_secretary_prepares_and_a_manager_decides(self):
        act = self.draft()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            act.action_decide()
        self.assertEqual(self.claim.settlement, "open")

    def test_a_reason_and_what_shows_it_are_needed(self):
        act = self.draft(reason=False).with_user(self.practitioner)
        with self.assertRaisesRegex(UserError, "which reason"):
            act.action_decide()
        act.write({"reason": "expired", "explanation": "  "})
        with self.assertRaisesRegex(UserError, "what shows"):
            act.action_decide()

    def test_a_claim_is_prepared_once(self):
        self.assertEqual(self.draft(), self.draft())
        self.written_off()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            self.draft()

    def test_what_was_paid_since_is_not_written_off(self):
        act = self.draft().with_user(self.practitioner)
        self.pay(self.invoice, 120.0, TODAY)
        self.claim.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            act.action_decide()

    def test_a_locked_year_is_named_and_nothing_is_booked(self):
        act = self.draft(date=date(2026, 1, 31)).with_user(self.practitioner)
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        with self.assertRaisesRegex(UserError, "are locked on 2026-01-31"):
            act.action_decide()
        self.assertEqual(act.state, "draft")
        self.assertFalse(act.move_id)

    def test_a_missing_account_is_named_and_nothing_is_booked(self):
        self.company.recouv_loss_account_id = False
        act = self.draft().with_user(self.practitioner)
        with self.assertRaisesRegex(UserError, "Loss on claims of the year"):
            act.action_decide()
        self.assertEqual(act.state, "draft")

    def test_one_bad_claim_stops_all(self):
        more = self.make_invoice(due=date(2026, 2, 1), amount=30.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        acts = self.draft(self.claim | self.claims_of(more))
        self.pay(more, 30.0, TODAY)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, more.name):
            acts.with_user(self.practitioner).action_decide()
        self.assertEqual(self.claim.settlement, "open")

    def test_nobody_types_a_decision(self):
        act = self.draft()
        with self.assertRaisesRegex(UserError, "not edited"):
            act.write({"state": "decided"})
        with self.assertRaises(UserError):
            act.create({"claim_id": self.claim.id, "company_id": self.company.id})
        decided = self.written_off()
        with self.assertRaisesRegex(UserError, "not edited"):
            decided.write({"explanation": "Something else"})

    def test_its_entry_is_not_put_back_to_draft(self):
        act = self.written_off()
        with self.assertRaisesRegex(UserError, "undo"):
            act.sudo().move_id.with_user(self.env.user).button_draft()

    def test_its_entry_is_neither_reversed_nor_unreconciled_by_hand(self):
        act = self.written_off()
        move = act.sudo().move_id.with_user(self.env.user)
        settled = move.line_ids.filtered("reconciled")
        for button in (
            move.button_cancel,
            move._reverse_moves,
            settled.remove_move_reconcile,
            settled.matched_debit_ids.unlink,
        ):
            with self.subTest(button), self.assertRaisesRegex(UserError, act.name):
                button()
        self.assertEqual((act.state, self.claim.settlement), ("decided", "written_off"))

    def test_another_company_reads_nothing_of_it(self):
        act = self.written_off()
        for user in (self.agent, self.agency_manager):
            self.assertFalse(act.with_user(user).search([]))
            with self.assertRaises(AccessError):
                act.with_user(user).read(["explanation"])

    # --- undoing --------------------------------------------------------------------

    def test_an_undone_write_off_is_owed_again(self):
        act = self.written_off()
        act.undo("She came back")
        self.assertEqual(act.state, "undone")
        self.assertEqual(self.claim.amount_residual, 120.0)
        self.assertEqual(self.claim.settlement, "open")
        self.assertEqual(self.balance(self.company.recouv_loss_account_id), 0)
        self.assertTrue(self.propose().notice_ids)
        with self.assertRaises(UserError):
            act.undo("Again")

    def test_a_secretary_does_not_undo_it(self):
        act = self.written_off()
        with self.assertRaises(AccessError):
            act.with_user(self.secretary).undo("No")

    # --- a practice on receipts -----------------------------------------------------

    def test_books_on_receipts_have_no_loss(self):
        self.company.recouv_cash_basis = True
        income = self.invoice.invoice_line_ids.account_id
        before = self.balance(income)
        act = self.written_off()
        self.assertTrue(act.is_cash_basis)
        self.assertEqual(self.balance(income) - before, 120.0)
        for fname in ("recouv_loss_account_id", "recouv_loss_prior_account_id"):
            self.assertEqual(self.balance(self.company[fname]), 0)
        self.assertEqual(self.claim.settlement, "written_off")
        self.assertFalse(
            self.env["recouv.receipt.book"].search([("move_id", "=", act.move_id.id)])
        )

    # --- paper ----------------------------------------------------------------------

    def test_the_certificate_says_what_was_tried_and_stays(self):
        run = self.propose()
        self.prove(run, TODAY)
        act = self.written_off()
        self.assertIn("Letter", act.attempts)
        page = self.printed[-1]
        for words in (self.invoice.name, "Nothing to seize.", self.patient.name):
            self.assertIn(words, page)
        self.assertEqual(act.document_id.raw, b"%PDF-1.4 %%EOF")
        self.assertIn(str(act.document_id.id), act.action_print()["url"])

    def test_a_draft_prints_too(self):
        self.assertEqual(self.draft().action_print()["type"], "ir.actions.act_url")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffAgency(WriteOffCommon):
    """The agency proposes, the practice decides, and the mirror ends."""

    def test_the_agency_proposes_and_the_practice_reads_why(self):
        mirror = self.place(self.claim)
        mirror._give_opinion("not_found", "Three addresses searched, none is good.")
        act = self.env["recouv.write.off"].with_user(self.practitioner).search([])
        self.assertEqual(act.claim_id, self.claim.with_user(self.practitioner))
        self.assertEqual(act.reason, "not_found")
        self.assertEqual(act.agency_opinion, "Three addresses searched, none is good.")
        self.assertNotEqual(act.create_uid, self.agent)
        self.assertEqual(mirror.message_ids[0].author_id, self.agent.partner_id)
        self.assertFalse(self.env["recouv.write.off"].with_user(self.agent).search([]))

    def test_the_mirror_of_a_written_off_claim_ends(self):
        mirror = self.place(self.claim)
        self.written_off()
        mirror.invalidate_recordset()
        self.assertEqual(mirror.close_reason, "written_off")
        self.assertEqual(self.claim.holder, "practice")
        self.assertFalse(self.agency_run().notice_ids)

    def test_what_the_agency_tried_is_told_without_its_names(self):
        mirror = self.place(self.claim)
        run = self.agency_run()
        self.prove(run.sudo(), TODAY)
        act = self.written_off()
        self.assertIn("by the agency", act.attempts)
        self.assertNotIn(self.agent.name, act.attempts)
        self.assertTrue(mirror.sudo().closed_on)

    def test_an_agent_gives_an_opinion_on_its_own_claims_only(self):
        with self.assertRaises(AccessError):
            self.claim.with_user(self.agent)._give_opinion("other", "No")
        mirror = self.place(self.claim)
        with self.assertRaisesRegex(UserError, "what shows"):
            mirror._give_opinion("other", " ")
        self.pay(self.invoice, 120.0, TODAY)
        mirror.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "settled"):
            mirror._give_opinion("other", "Too late")

    def test_an_agent_does_not_write_a_mirror_off(self):
        mirror = self.place(self.claim)
        with self.assertRaisesRegex(UserError, "only its creditor"):
            mirror.action_prepare_write_off()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWriteOffRecovery(WriteOffCommon):
    """Money that comes after the write-off is income, counted apart."""

    def recover(self, act, amount=50.0, payment=None):
        payment = payment or self.money(amount)
        act = act.with_user(self.secretary)
        wizard = (
            self.env["recouv.write.off.recover"]
            .with_user(self.secretary)
            .create({"write_off_id": act.id})
        )
        self.assertEqual(wizard.item_id.move_id, payment.move_id)
        wizard.amount = amount
        wizard.action_confirm()
        return act.recovery_ids

    def test_money_that_comes_later_is_booked_apart(self):
        act = self.written_off()
        self.recover(act)
        account = self.company.recouv_later_recovery_account_id
        self.assertEqual(self.balance(account), -50.0)
        self.assertEqual(act.amount_recovered, 50.0)
        self.assertEqual(self.claim.amount_recovered_later, 50.0)
        self.assertEqual(self.claim.settlement, "written_off")
        self.assertFalse(act._open_credits())

    def test_books_on_receipts_put_it_back_on_the_fees(self):
        self.company.recouv_cash_basis = True
        income = self.invoice.invoice_line_ids.account_id
        before = self.balance(income)
        act = self.written_off()
        self.recover(act)
        self.assertEqual(self.balance(income) - before, 70.0)
        self.assertEqual(self.balance(self.company.recouv_later_recovery_account_id), 0)
        book = self.env["recouv.receipt.book"].search([])
        self.assertEqual(sum(book.mapped("amount")), 50.0)

    def test_no_more_than_was_written_off(self):
        act = self.written_off()
        self.money(200.0)
        wizard = self.env["recouv.write.off.recover"].create({"write_off_id": act.id})
        self.assertEqual(wizard.amount, 120.0)
        wizard.amount = 130.0
        with self.assertRaisesRegex(UserError, "up to"):
            wizard.action_confirm()

    def test_money_of_somebody_else_is_refused(self):
        act = self.written_off()
        other = self.make_patient("Zoe Leroy")
        item = self.money(50.0, other).move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        with self.assertRaisesRegex(UserError, "of its debtor"):
            self.env["recouv.write.off.recovery"]._take(act, item, 50.0, TODAY)

    def test_a_payment_that_was_recovered_is_taken_back_after_its_recovery(self):
        recovery = self.recover(self.written_off())
        item = recovery.sudo().item_id
        payment = item.move_id.origin_payment_id
        for button in (
            payment.action_cancel,
            item.remove_move_reconcile,
            item.with_context(force_delete=True).unlink,
        ):
            with self.subTest(button), self.assertRaisesRegex(UserError, "undo"):
                button()
        recovery.undo("It bounced")
        payment.action_draft()
        payment.unlink()
        self.assertFalse(item.exists())
        self.assertTrue(recovery.exists().undone_on)

    def test_a_recovery_is_undone_before_the_write_off(self):
        act = self.written_off()
        recovery = self.recover(act)
        with self.assertRaisesRegex(UserError, "money came for it"):
            act.undo("Error")
        recovery.undo("Wrong claim")
        self.assertEqual(act.amount_recovered, 0)
        self.assertEqual(self.balance(self.company.recouv_later_recovery_account_id), 0)
        self.assertTrue(act._open_credits())
        act.undo("Error")
        self.assertEqual(act.state, "undone")

    def test_the_day_shows_money_that_came_since(self):
        act = self.written_off()
        day = self.env["recouv.day"].with_user(self.secretary)

        def codes():
            return {
                section.code: self.env[section.model].search_count(section.domain)
                for section in day._sections(TODAY)
                if section.code == "written_off_money"
            }

        self.assertEqual(codes(), {"written_off_money": 0})
        self.money(20.0)
        self.assertEqual(codes(), {"written_off_money": 1})
        self.recover(act, 20.0, payment=self.env["account.payment"].search([], limit=1))
        self.assertEqual(codes(), {"written_off_money": 0})

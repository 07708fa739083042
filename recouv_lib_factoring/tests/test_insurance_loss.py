import base64
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon

SOLD = date(2026, 2, 2)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20")
class TestInsuranceLoss(InsuranceCommon):
    """Notice, declaration and indemnity: delays, faults, and what changes meanwhile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-02-02"):
            cls.limit(cls.clinic, 10000)
            cls.sale = cls.invoice(cls.clinic, 1000, SOLD)
            cls.other_sale = cls.invoice(cls.clinic, 500, date(2026, 2, 5))

    def one(self, state="declared"):
        """A loss over both sales, in a state."""
        loss = self.loss_of(self.sale, self.other_sale)
        if state in ("noticed", "declared", "settled"):
            loss.action_notify()
        if state in ("declared", "settled"):
            loss.action_declare()
        if state == "settled":
            loss.with_user(self.practitioner)._settle()
        return loss.with_user(self.practitioner)

    # --- overdue notice -----------------------------------------------------------

    def test_the_notice_is_prepared_before_its_delay_ends(self):
        losses = self.env["recouv.insurance.loss"]
        with freeze_time("2026-03-10"):
            losses._cron_prepare()
        self.assertFalse(losses.search([]))
        with freeze_time("2026-03-27"):
            losses._cron_prepare()
            losses._cron_prepare()
        loss = losses.search([])
        self.assertEqual(loss.line_ids.move_id, self.sale + self.other_sale)
        self.assertEqual(loss.notice_by, date(2026, 4, 3))
        self.assertEqual((loss.state, loss.partner_id), ("draft", self.clinic))

    def test_what_is_not_covered_is_not_prepared(self):
        self.invoice(self.gym, 100, SOLD)
        with freeze_time("2026-03-27"):
            losses = self.env["recouv.insurance.loss"]
            losses._cron_prepare()
        self.assertEqual(losses.search([]).partner_id, self.clinic)

    def test_a_late_notice_says_why(self):
        loss = self.one("draft").with_user(self.secretary)
        with freeze_time("2026-04-04"):
            with self.assertRaisesRegex(UserError, "late"):
                loss.action_notify()
            loss.late_note = "Courrier égaré"
            loss.action_notify()
        self.assertEqual(loss.noticed_on, date(2026, 4, 4))
        with freeze_time("2026-04-06"):
            # it is left to the insurer to decide: the account is the policy's
            loss.action_declare()
        self.assertEqual(loss.line_ids.mapped("code"), ["not_notified", "covered"])
        self.assertEqual(loss._account().payable, 1350)

    def test_a_step_out_of_its_turn_is_refused(self):
        loss = self.one("draft")
        with self.assertRaisesRegex(UserError, "not for it"):
            loss.action_declare()
        with self.assertRaises(UserError):
            loss._settle()
        with self.assertRaises(UserError):
            self.receive(loss, 100, date(2026, 3, 20))

    def test_a_loss_is_prepared_from_the_list_and_once(self):
        rows = self.cover(self.sale)
        rows.action_prepare_loss()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "already"):
            self.cover(self.sale).action_prepare_loss()

    def test_what_was_paid_or_sold_meanwhile_is_not_told(self):
        loss = self.one("draft").with_user(self.secretary)
        self.pay(self.sale)
        self.printed.clear()
        loss.action_print_notice()
        [page] = self.printed
        self.assertIn(self.other_sale.name, page)
        self.assertNotIn(self.sale.name, page)
        loss.action_notify()
        self.assertEqual(loss.line_ids.move_id, self.other_sale)
        # the delays are those of what is left
        self.assertEqual(loss.date_due, self.other_sale.invoice_date_due)
        self.assertEqual(loss.notice_by, date(2026, 4, 6))

    def test_a_notice_of_nothing_is_refused(self):
        loss = self.one("draft").with_user(self.secretary)
        self.pay(self.sale)
        self.pay(self.other_sale)
        for act in (loss.action_notify, loss.action_print_notice):
            with self.assertRaisesRegex(UserError, "Withdraw it"):
                act()
        self.assertEqual((loss.state, len(loss.line_ids)), ("draft", 2))
        loss.action_withdraw()

    # --- declaration --------------------------------------------------------------

    def test_a_dispute_is_solved_before_a_loss_is_declared(self):
        loss = self.one("noticed")
        hold = self.env["recouv.hold"].create(
            {"claim_ids": self.claim(self.sale).ids, "reason": "dispute"}
        )
        with self.assertRaisesRegex(UserError, "dispute"):
            loss.action_declare()
        hold.action_lift()
        hold.date_from = date(2026, 3, 1)
        loss.action_declare()
        self.assertEqual(loss.state, "declared")

    def test_what_was_paid_is_not_declared(self):
        loss = self.one("noticed")
        self.pay(self.sale)
        self.pay(self.other_sale)
        with self.assertRaisesRegex(UserError, "withdraw"):
            loss.action_declare()
        loss.action_withdraw()
        self.assertEqual(loss.state, "withdrawn")

    def test_the_dossier_has_sums_and_reminders_and_no_care(self):
        run = self.propose(date(2026, 3, 20))
        self.prove(run, date(2026, 3, 20))
        loss = self.one("noticed")
        letter = loss.env["ir.attachment"].create(
            {"name": "Courrier.pdf", "raw": self.page, "res_model": loss._name,
             "res_id": loss.id}
        )  # fmt: skip
        loss.write({"document_ids": letter.ids})
        self.printed.clear()
        loss.with_user(self.secretary).action_declare()
        [front] = self.printed
        self.assertIn(self.sale.name, front)
        self.assertIn("Courrier.pdf", front)
        self.assertNotIn("Fees", front)
        self.assertTrue(loss.document_id.raw.startswith(b"%PDF"))
        self.assertIn(str(loss.document_id.id), loss.action_print_dossier()["url"])

    def test_a_paper_that_cannot_be_read_is_named(self):
        loss = self.one("noticed")
        bad = loss.env["ir.attachment"].create(
            {"name": "note.txt", "datas": base64.b64encode(b"text")}
        )
        loss.write({"document_ids": bad.ids})
        with self.assertRaisesRegex(UserError, "note.txt"):
            loss.action_declare()

    def test_a_limit_revoked_after_the_declaration_changes_nothing(self):
        loss = self.one("declared")
        limit = self.env["recouv.insurance.limit"].search([])
        limit._revoke(date(2026, 3, 20), "Procédure")
        self.assertEqual(loss._account().loss, 1500)

    def test_an_insolvency_shortens_the_waiting_period(self):
        loss = self.one("declared")
        self.assertEqual(loss.payable_from, date(2026, 8, 20))
        loss.write({"insolvency_on": date(2026, 4, 1)})
        self.assertEqual(loss.payable_from, date(2026, 5, 1))
        self.assertEqual(loss.amount_advance, 945)  # 70 % of 1,350
        found = self.env["recouv.insurance.loss"].search(
            [("payable_from", "<=", date(2026, 5, 1))]
        )
        self.assertEqual(found, loss.sudo())

    # --- indemnity ----------------------------------------------------------------

    def test_a_payment_between_declaration_and_indemnity_counts(self):
        loss = self.one("declared")
        self.pay(self.sale, 400)
        loss._settle()
        self.assertEqual((loss.amount_settled, loss.amount_payable), (1100, 990))

    def test_what_is_invoiced_since_does_not_count(self):
        loss = self.one("declared")
        self.invoice(self.clinic, 5000, date(2026, 3, 20))
        loss._settle()
        self.assertEqual(loss.amount_payable, 1350)

    def test_deductibles_and_the_year_are_taken(self):
        self.policy_2026._record(
            {"deductible": 50, "annual_deductible": 1000, "minimum_claim": 100}
        )
        loss = self.one("settled")
        self.assertEqual(loss.amount_gross, 1350)
        self.assertEqual(loss.amount_deductible, 50)
        self.assertEqual((loss.amount_absorbed, loss.amount_payable), (1000, 300))
        self.limit(self.gym, 1000, start=SOLD)
        loss = self.settled(self.invoice(self.gym, 1000, SOLD))
        self.assertEqual((loss.amount_absorbed, loss.amount_payable), (0, 850))

    def test_the_most_of_the_year_is_used_by_the_first(self):
        self.policy_2026._record({"maximum_sum": 1500})
        first = self.one("settled")
        self.limit(self.gym, 1000, start=SOLD)
        second = self.settled(self.invoice(self.gym, 1000, SOLD))
        self.assertEqual((second.amount_capped, second.amount_payable), (750, 150))
        with self.assertRaisesRegex(UserError, "undo it first"):
            first.undo("Erreur")
        second.undo("Erreur")
        self.assertEqual(second.state, "declared")
        first.undo("Erreur")
        self.assertEqual(first.amount_payable, 0)

    def test_another_sum_than_the_policy_gives_has_its_reason(self):
        loss = self.one("declared")
        with self.assertRaisesRegex(UserError, "say why"):
            loss._settle(1000)
        with self.assertRaisesRegex(UserError, "between"):
            loss._settle(1500.01, "Geste")
        loss._settle(1000, "Vétusté")
        self.assertEqual((loss.amount_computed, loss.amount_payable), (1350, 1000))

    def test_a_secretary_settles_and_receives_nothing(self):
        loss = self.one("declared")
        with self.assertRaises(UserError):
            loss.with_user(self.secretary)._settle()
        loss._settle()
        payments = self.env["recouv.insurance.payment"].with_user(self.secretary)
        with self.assertRaises(UserError):
            payments._take(loss.with_user(self.secretary), 10, SOLD, journal=self.bank)

    def test_the_dialogs_settle_and_receive(self):
        loss = self.one("declared")
        settle = self.env["recouv.insurance.settle"].with_user(self.practitioner)
        with Form(settle.with_context(default_loss_id=loss.id)) as form:
            self.assertEqual(form.amount, 1350)
        form.record.action_confirm()
        receive = self.env["recouv.insurance.receive"].with_user(self.practitioner)
        with Form(receive.with_context(default_loss_id=loss.id)) as form:
            self.assertEqual(form.amount, 1350)
            form.way = "journal"
            form.journal_id = self.bank
        form.record.action_confirm()
        self.assertEqual(loss.state, "paid")

    def test_money_on_the_banks_statement_settles_the_insurers_account(self):
        loss = self.one("settled")
        movement = self.env["account.bank.statement.line"].create(
            {"journal_id": self.bank.id, "date": "2026-03-20", "amount": 1350,
             "payment_ref": "INDEMNITE"}
        )  # fmt: skip
        receive = self.env["recouv.insurance.receive"].with_user(self.practitioner)
        with Form(receive.with_context(default_loss_id=loss.id)) as form:
            self.assertIn(movement.id, form.movement_ids.ids)
            form.movement_id = movement
        form.record.action_confirm()
        self.assertTrue(movement.is_reconciled)
        self.assertEqual(self.insurer_balance(), 0)
        loss.payment_ids.undo("Autre sinistre")
        self.assertFalse(movement.is_reconciled)
        self.assertEqual(loss.state, "settled")

    def test_a_movement_of_another_sum_is_refused(self):
        loss = self.one("settled")
        movement = self.env["account.bank.statement.line"].create(
            {"journal_id": self.bank.id, "date": "2026-03-20", "amount": 1349,
             "payment_ref": "INDEMNITE"}
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "no open movement"):
            loss.env["recouv.insurance.payment"]._take(
                loss, 1350, date(2026, 3, 20), movement=movement
            )

    def test_money_comes_in_two_parts_and_never_too_much(self):
        loss = self.one("settled")
        self.receive(loss, 945)
        self.assertEqual((loss.state, loss.amount_received), ("settled", 945))
        with self.assertRaisesRegex(UserError, "to come"):
            self.receive(loss, 405.01)
        self.receive(loss, 405)
        self.assertEqual(loss.state, "paid")
        self.assertEqual(self.sale.amount_residual, 0)
        self.assertEqual(self.other_sale.amount_residual, 150)

    def test_more_than_is_still_owed_is_owed_back_to_the_insurer(self):
        loss = self.one("settled")
        self.pay(self.sale)
        payment = self.receive(loss)
        self.assertEqual((payment.amount_subrogated, payment.amount_excess), (500, 850))
        self.assertEqual(self.insurer_balance(), -850)

    def test_an_indemnity_for_a_written_off_claim_is_income(self):
        loss = self.one("declared")
        self.write_off(self.sale)
        loss._settle()
        self.assertEqual(loss.amount_payable, 1350)
        payment = self.receive(loss)
        self.assertEqual(
            (payment.amount_income, payment.amount_subrogated), (1000, 350)
        )
        income = self.company._recouv_insurance_account(
            "recouv_insurance_income_account_id"
        )
        self.assertEqual(self.balance(income), -1000)
        self.assertEqual(self.insurer_balance(), 0)

    def test_what_was_written_off_is_income_once_in_whatever_parts_it_comes(self):
        loss = self.one("declared")
        self.write_off(self.sale)
        loss._settle()
        first = self.receive(loss, 945)
        self.assertEqual((first.amount_income, first.amount_subrogated), (945, 0))
        second = self.receive(loss, 405)
        self.assertEqual((second.amount_income, second.amount_subrogated), (55, 350))
        self.assertEqual((loss.state, self.insurer_balance()), ("paid", 0))
        self.assertEqual(self.other_sale.amount_residual, 150)
        second.undo("Erreur")
        again = self.receive(loss, 405)
        self.assertEqual((again.amount_income, again.amount_subrogated), (55, 350))

    def test_an_advance_for_a_written_off_claim_is_counted_once_too(self):
        loss = self.one("declared")
        self.write_off(self.sale)
        payments = loss.env["recouv.insurance.payment"]
        one = payments._take_advance(loss, 945, date(2026, 3, 20), journal=self.bank)
        loss._settle()
        self.assertEqual((one.amount_income, one.amount_subrogated), (945, 0))
        loss.undo("Erreur")
        loss._settle()
        rest = self.receive(loss, 405)
        self.assertEqual((rest.amount_income, rest.amount_subrogated), (55, 350))
        self.assertEqual((loss.state, self.insurer_balance()), ("paid", 0))

    def write_off(self, move):
        for fname in ("recouv_loss_account_id", "recouv_loss_prior_account_id"):
            self.company[fname] = self.company_data["default_account_expense"]
        acts = self.env["recouv.write.off"].with_user(self.practitioner)
        act = acts._prepare(self.claim(move).with_user(self.practitioner))
        act.write({"reason": "insolvent", "explanation": "Rien à saisir."})
        act.action_decide()
        self.env.invalidate_all()

    def test_another_currency_leaves_to_the_cent(self):
        other = self.setup_other_currency("GBP", rates=[("2020-01-01", 3.0)])
        self.limit(self.gym, 1000, start=SOLD)
        move = self.invoice(self.gym, 100, SOLD, currency_id=other.id)
        loss = self.settled(move)
        self.assertEqual((loss.amount_settled, loss.amount_payable), (33.33, 30))
        payment = self.receive(loss)
        self.assertEqual(self.insurer_balance(), 0)
        self.assertEqual(payment.transfer_ids.amount_currency, 90.01)
        self.assertEqual(payment.amount_subrogated, 30)

    def test_locked_books_take_no_indemnity(self):
        loss = self.one("settled")
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        with self.assertRaisesRegex(UserError, "locked"):
            self.receive(loss)
        self.assertFalse(loss.payment_ids.transfer_ids)

    def test_money_does_not_come_tomorrow_nor_by_no_way(self):
        loss = self.one("settled")
        with self.assertRaisesRegex(UserError, "once it has come"):
            self.receive(loss, day=date(2026, 3, 21))
        with self.assertRaisesRegex(UserError, "how it came"):
            loss.env["recouv.insurance.payment"]._take(loss, 10, date(2026, 3, 20))

    def test_a_rejected_loss_leaves_the_claims_and_may_be_undone(self):
        loss = self.one("declared")
        with self.assertRaises(UserError):
            loss._reject("")
        loss._reject("Hors délai")
        self.assertEqual(self.sale.amount_residual, 1000)
        loss.undo("Recours accepté")
        self.assertEqual(loss.state, "declared")

    def test_each_step_goes_back_once(self):
        loss = self.one("settled")
        for state in ("declared", "noticed", "draft"):
            loss.undo("Erreur")
            self.assertEqual(loss.state, state)
        with self.assertRaises(UserError):
            loss.undo("Erreur")

    def test_what_happened_is_not_typed(self):
        loss = self.one("settled").with_user(self.secretary)
        for values in ({"amount_payable": 9}, {"state": "paid"},
                       {"declared_on": "2026-01-01"}):  # fmt: skip
            with self.subTest(values), self.assertRaises(UserError):
                loss.write(values)
        with self.assertRaises(UserError):
            loss.line_ids[0].write({"amount_unpaid": 1})
        with self.assertRaises(UserError):
            loss.env["recouv.insurance.loss"].create(
                {"policy_id": self.policy_2026.id, "partner_id": self.clinic.id}
            )
        with self.assertRaises(UserError):
            loss.unlink()

    # --- what comes since ---------------------------------------------------------

    def test_without_an_indemnity_nothing_is_shared(self):
        loss = self.one("settled")
        with self.assertRaisesRegex(UserError, "no indemnity"):
            loss._share(100, 0)

    def test_a_payment_is_shared_once(self):
        loss = self.one("settled")
        self.receive(loss)
        self.pay(self.other_sale, 100, date(2026, 3, 20))
        credit = loss._payments_since()
        recoveries = loss.env["recouv.insurance.recovery"]
        one = recoveries._take_payment(loss, credit, 0, date(2026, 3, 20))
        self.assertEqual((one.amount_insurer, one.amount_insured), (90, 10))
        with self.assertRaisesRegex(UserError, "came after"):
            recoveries._take_payment(loss, credit, 0, date(2026, 3, 20))
        with self.assertRaisesRegex(UserError, "was shared"):
            loss.payment_ids.undo("Erreur")
        one.undo("Erreur")
        self.assertEqual(self.insurer_balance(), 0)

    def test_costs_beyond_what_came_are_refused(self):
        loss = self.one("settled")
        self.receive(loss)
        with self.assertRaisesRegex(UserError, "costs"):
            loss._share(100, 101)

    def test_what_the_service_collects_is_shared_less_its_costs(self):
        loss = self.one("settled")
        self.receive(loss)
        one = loss.env["recouv.insurance.recovery"]._take_from_insurer(
            loss, 500, 50, date(2026, 3, 20), journal=self.bank
        )
        # net 450: 405 to the insurer, 45 to the practice, which bore 50 of costs
        self.assertEqual((one.amount_insurer, one.amount_insured), (405, 45))
        self.assertEqual(self.money(one), 45)
        # the debtor paid the practice's part and the costs, out of the 150 left
        self.assertEqual(self.sale.amount_residual, 0)
        self.assertEqual(self.other_sale.amount_residual, 55)
        self.assertEqual(self.insurer_balance(), 0)

    def test_the_service_may_not_send_more_than_is_owed(self):
        loss = self.one("settled")
        self.receive(loss)
        with self.assertRaisesRegex(UserError, "still owed"):
            loss.env["recouv.insurance.recovery"]._take_from_insurer(
                loss, 5000, 0, date(2026, 3, 20), journal=self.bank
            )

    def test_a_minor_is_not_told_of_the_subrogation(self):
        loss = self.one("settled")
        with self.assertRaisesRegex(UserError, "nothing over"):
            loss.action_tell_debtor()
        self.receive(loss)
        self.clinic.street = False
        with self.assertRaisesRegex(UserError, "postal address"):
            loss.action_tell_debtor()

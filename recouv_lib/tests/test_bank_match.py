from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tests.common import warmup

from ..lib import reference
from . import bank_samples as samples
from .bank_common import BankCommon
from .bank_samples import Entry, Tx
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBankMatch(BankCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.neighbour = cls.make_patient("Jean Durand")

    def notice_on(self, *moves):
        """A notice that names the open items of these invoices."""
        self.propose()
        notice = (
            self.env["recouv.notice.line"]
            .search([("move_line_id.move_id", "in", [move.id for move in moves])])
            .notice_id
        )
        return notice[:1]

    def apply(self, line):
        match = self.best_of(line)
        match.action_apply()
        return match

    # --- by the reference of a notice ----------------------------------------------

    def test_the_reference_of_a_notice_is_matched_by_itself(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        line = self.import_one(60, text=f"VIR {notice.payment_reference} MERCI")
        self.assertMatched(line, move)
        match = self.best_of(line)
        self.assertEqual(match.score, 100)
        self.assertTrue(match.is_automatic)
        self.assertIn("reference", match.reason)

    def test_a_structured_reference_is_matched_by_itself(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        line = self.import_one(60, ref=notice.payment_reference)
        self.assertMatched(line, move)

    def test_a_notice_for_several_invoices_pays_them_all(self):
        moves = self.make_invoice(amount=60.0) | self.make_invoice(amount=45.0)
        notice = self.notice_on(*moves)
        printed = reference.print_reference(notice.payment_reference)
        line = self.import_one(105, text=printed.lower())
        self.assertMatched(line, *moves)

    def test_a_notice_net_of_a_credit_note_closes_both(self):
        move = self.make_invoice(amount=60.0)
        credit = self.make_invoice(amount=15.0, move_type="out_refund")
        notice = self.notice_on(move)
        self.assertEqual(notice.amount, 45.0)
        line = self.import_one(45, text=notice.payment_reference)
        self.assertMatched(line, move, credit)

    def test_a_part_waits_for_a_person_and_pays_the_oldest_first(self):
        old = self.make_invoice(amount=60.0, due=date(2026, 5, 1))
        new = self.make_invoice(amount=45.0, due=date(2026, 6, 1))
        notice = self.notice_on(old, new)
        line = self.import_one(80, text=notice.payment_reference)
        self.assertFalse(line.is_reconciled)
        self.apply(line)
        self.assertMatched(line, old)
        self.assertEqual(new.amount_residual, 25.0)

    def test_too_much_stays_for_the_debtor(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        line = self.import_one(70, text=notice.payment_reference)
        self.assertFalse(line.is_reconciled)
        self.assertEqual(self.best_of(line).rest, 10.0)
        self.apply(line)
        self.assertMatched(line, move)
        rest = line.move_id.line_ids.filtered(
            lambda item: (
                item.amount_residual and item.account_type == "asset_receivable"
            )
        )
        self.assertEqual(rest.amount_residual, -10.0)
        self.assertEqual(rest.partner_id, self.patient)

    def test_money_for_a_paid_notice_stays_for_the_debtor(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        self.apply(self.import_one(60, text=move.name))
        line = self.import_one(60, text=notice.payment_reference)
        match = self.best_of(line)
        self.assertEqual(self.codes(match), ["notice", "nothing_open"])
        self.apply(line)
        self.assertTrue(line.is_reconciled)

    def test_a_third_person_pays_and_the_debtor_stays(self):
        self.env["res.partner.bank"].create(
            {"acc_number": samples.PAYER_IBAN, "partner_id": self.neighbour.id}
        )
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        line = self.import_one(
            60, text=notice.payment_reference, iban=samples.PAYER_IBAN, name="J DURAND"
        )
        self.assertMatched(line, move)
        self.assertEqual(line.partner_id, self.neighbour)
        self.assertEqual(move.partner_id, self.patient)
        self.assertIn("third_party", self.codes(self.best_of(line)))

    # --- by number, name, account, amount ------------------------------------------

    def test_an_invoice_number_as_people_copy_it(self):
        for text in ("{}", "facture {}", "REF.{} "):
            move = self.make_invoice(amount=60.0)
            figures = move.name.replace("/", " ")
            line = self.import_one(60, text=text.format(figures))
            match = self.best_of(line)
            self.assertEqual(match.line_ids.sudo().move_line_id.move_id, move, text)
            self.assertGreaterEqual(match.score, 90)
            self.apply(line)
            self.assertMatched(line, move)

    def test_a_number_without_its_prefix_is_a_weaker_sign(self):
        move = self.make_invoice(amount=60.0)
        figures = "".join(char for char in move.name if char.isdigit())
        match = self.best_of(self.import_one(60, text=f"paiement {figures}"))
        self.assertEqual(
            match.rule, "number" if not move.name[0].isalpha() else "number_loose"
        )
        self.assertLess(match.score, 90)

    def test_several_numbers_of_several_debtors_in_one_transfer(self):
        one = self.make_invoice(amount=60.0)
        two = self.make_invoice(self.neighbour, amount=45.0)
        line = self.import_one(105, text=f"{one.name} et {two.name}")
        self.apply(line)
        self.assertMatched(line, one, two)
        debtors = line.move_id.line_ids.partner_id
        self.assertEqual(debtors, self.patient | self.neighbour)

    def test_the_reference_printed_on_an_invoice(self):
        printed = "RF18 5390 0754 7034"
        move = self.make_invoice(amount=60.0, payment_reference=printed)
        line = self.import_one(60, text="RF18539007547034")
        self.assertEqual(self.best_of(line).rule, "structured")
        self.assertMatched(line, move)

    def test_name_and_amount(self):
        move = self.make_invoice(self.make_patient("Zoé Lefèvre"), amount=60.0)
        line = self.import_one(60, name="MME LEFEVRE ZOE", text="soins")
        match = self.best_of(line)
        self.assertEqual(match.rule, "name")
        self.assertFalse(line.is_reconciled)
        self.apply(line)
        self.assertMatched(line, move)

    def test_two_debtors_of_one_name_are_left_to_a_person(self):
        for _twin in range(2):
            self.make_invoice(self.make_patient("Zoé Lefèvre"), amount=60.0)
        line = self.import_one(60, name="LEFEVRE ZOE")
        matches = self.matches_of(line)
        self.assertEqual(len(matches), 2)
        self.assertIn("ambiguous", self.codes(matches[0]))
        self.assertEqual(matches[0].other_ids, matches[1])

    def test_an_account_that_paid_before_is_recognised(self):
        """A mother pays for her child; her account is never taken for the child's."""
        first = self.make_invoice(amount=60.0)
        iban = samples.PAYER_IBAN
        self.apply(self.import_one(60, text=first.name, iban=iban, name="La mère"))
        second = self.make_invoice(amount=45.0)
        line = self.import_one(45, iban=iban, name="La mère", text="kiné")
        self.assertEqual(self.best_of(line).rule, "history")
        self.apply(line)
        self.assertMatched(line, second)
        self.assertFalse(self.patient.bank_ids)

    def test_the_only_item_of_an_amount_is_hardly_a_sign(self):
        self.make_invoice(amount=61.37)
        match = self.best_of(self.import_one("61.37", text="VIREMENT"))
        self.assertEqual(match.rule, "amount")
        self.assertLess(match.score, 50)

    def test_a_movement_that_pays_nothing_known_is_shown_all_the_same(self):
        line = self.import_one(-12, text="FRAIS BANCAIRES", name="BANQUE")
        match = self.best_of(line)
        self.assertEqual(match.state, "nothing")
        self.assertTrue(match.is_waiting)
        match.action_set_aside()
        self.assertFalse(match.is_waiting)
        self.assertFalse(line.is_reconciled)

    def test_a_refund_that_left_closes_the_credit_note(self):
        credit = self.make_invoice(amount=30.0, move_type="out_refund")
        line = self.import_one(-30, text=f"Remboursement {credit.name}")
        self.apply(line)
        self.assertMatched(line, credit)

    def test_instalments_are_paid_one_by_one(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        move = self.make_invoice(
            amount=100.0, invoice_payment_term_id=term.id, invoice_date_due=False
        )
        line = self.import_one(50, text=move.name)
        self.apply(line)
        self.assertEqual(move.amount_residual, 50.0)
        self.assertEqual(
            move._recouv_receivable_items()
            .sorted("date_maturity")
            .mapped("reconciled"),
            [True, False],
        )

    # --- payments that were entered -------------------------------------------------

    def test_a_registered_payment_meets_its_movement(self):
        move = self.make_invoice(amount=60.0)
        payment = self.pay(move)
        self.assertFalse(payment.is_matched)
        line = self.import_one(60, name="CAMILLE MARTIN", text="VIR")
        match = self.best_of(line)
        self.assertEqual(match.rule, "payment")
        self.apply(line)
        self.assertTrue(line.is_reconciled)
        self.assertTrue(payment.is_matched)
        self.assertEqual(payment.state, "paid")

    def test_a_payment_without_entry_meets_its_movement(self):
        """Databases with an accounting app: a registered payment has no entry."""
        Move = type(self.env["account.move"])
        with patch.object(
            Move, "_get_invoice_in_payment_state", lambda _self: "in_payment"
        ):
            methods = self.bank.inbound_payment_method_line_ids
            methods.payment_account_id = False
            move = self.make_invoice(amount=60.0)
            payment = self.pay(move)
            self.assertFalse(payment.move_id)
            self.assertEqual(move.amount_residual, 60.0)
            line = self.import_one(60, name="CAMILLE MARTIN", text="VIR")
            self.assertEqual(self.best_of(line).rule, "payment")
            self.apply(line)
            self.assertMatched(line, move)
            self.assertEqual(payment.state, "paid")
            self.assertEqual(move.payment_state, "paid")

    def test_a_part_paid_at_the_bank_is_deducted_once(self):
        """The payment entered before is the movement's money, not more of it."""
        Move = type(self.env["account.move"])
        with patch.object(
            Move, "_get_invoice_in_payment_state", lambda _self: "in_payment"
        ):
            methods = self.bank.inbound_payment_method_line_ids
            methods.payment_account_id = False
            move = self.make_invoice(amount=100.0)
            payment = self.pay(move, 60.0)
            self.assertEqual(self.propose().notice_ids.amount, 40.0)
            line = self.import_one(60, name="CAMILLE MARTIN", text=move.name)
            self.apply(line)
            self.assertEqual(move.amount_residual, 40.0)
            self.assertEqual(payment.state, "paid")
            self.assertEqual(
                self.env["recouv.engine"]._open_deductions(self.company, self.patient),
                {},
            )
            self.best_of(line).action_undo()
            self.assertEqual(payment.state, "in_process")

    # --- undo -----------------------------------------------------------------------

    def test_an_applied_match_is_undone_whole(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        line = self.import_one(60, text=notice.payment_reference)
        self.best_of(line).action_undo()
        self.assertFalse(line.is_reconciled)
        self.assertEqual(move.amount_residual, 60.0)
        self.assertEqual(line.amount_residual, -60.0)
        waiting = self.matches_of(line).filtered("is_waiting")
        self.assertEqual(waiting.score, 100)
        line._recouv_propose()
        self.assertFalse(line.is_reconciled, "what a person undid is left to a person")
        waiting = self.matches_of(line).filtered("is_waiting")
        waiting.action_apply()
        self.assertMatched(line, move)

    def test_undone_in_odoo_is_undone_here(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        match = self.apply(line)
        line.action_undo_reconciliation()
        self.assertEqual(match.state, "undone")

    def test_a_paid_claim_is_open_again_after_the_undo(self):
        move = self.make_invoice(amount=60.0)
        notice = self.notice_on(move)
        claim = self.claims_of(move)
        line = self.import_one(60, text=notice.payment_reference)
        self.assertEqual(claim.settlement, "paid")
        self.best_of(line).action_undo()
        self.assertEqual(claim.settlement, "open")

    # --- what has changed meanwhile -------------------------------------------------

    def test_an_invoice_paid_meanwhile_is_refused_and_nothing_is_written(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        self.pay(move)
        before = line.move_id.line_ids
        with self.assertRaisesRegex(UserError, "has changed"):
            self.apply(line)
        self.assertEqual(line.move_id.line_ids, before)
        self.assertFalse(line.is_reconciled)

    def test_an_invoice_reset_to_draft_meanwhile_is_refused(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        move.button_draft()
        with self.assertRaises(UserError):
            self.apply(line)

    def test_a_match_of_a_closed_period_is_not_undone(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        match = self.apply(line)
        self.company.hard_lock_date = date(2026, 6, 12)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            match.action_undo()
        self.assertMatched(line, move)
        self.assertEqual(match.state, "applied")

    def test_a_movement_is_matched_once(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        match = self.apply(line)
        with self.assertRaises(UserError):
            match.action_apply()

    def test_several_at_once_and_one_that_fails(self):
        moves = [self.make_invoice(amount=60.0 + n) for n in range(3)]
        lines = [self.import_one(60 + n, text=m.name) for n, m in enumerate(moves)]
        self.pay(moves[1])
        best = self.env["recouv.bank.match"].union(*map(self.best_of, lines))
        action = best.action_apply()
        self.assertEqual([line.is_reconciled for line in lines], [True, False, True])
        self.assertEqual(action["params"]["type"], "warning")

    def test_search_again_finds_an_invoice_entered_later(self):
        line = self.import_one(60, name="CAMILLE MARTIN")
        self.assertEqual(self.best_of(line).state, "nothing")
        move = self.make_invoice(amount=60.0)
        self.best_of(line).action_search_again()
        self.apply(line)
        self.assertMatched(line, move)

    def test_a_second_click_on_search_again_is_no_error(self):
        line = self.import_one(60, name="CAMILLE MARTIN")
        match = self.best_of(line)
        match.action_search_again()
        match.action_search_again()
        self.assertEqual(len(line.recouv_match_ids), 1)

    def test_what_was_found_nowhere_is_looked_for_again_each_day(self):
        line = self.import_one(60, name="CAMILLE MARTIN")
        aside = self.import_one(70, name="DIVERS")
        self.best_of(aside).action_set_aside()
        move = self.make_invoice(amount=60.0)
        with self.enter_registry_test_mode():
            self.env.ref("recouv_lib.ir_cron_bank_search").method_direct_trigger()
        self.assertEqual(self.best_of(line).state, "proposed")
        self.apply(line)
        self.assertMatched(line, move)
        self.assertEqual(self.best_of(aside).state, "set_aside")

    # --- the threshold --------------------------------------------------------------

    def test_the_threshold_decides_what_goes_by_itself(self):
        for score, expected in ((0, False), (100, False), (90, True)):
            self.company.recouv_bank_auto_score = score
            move = self.make_invoice(amount=60.0)
            line = self.import_one(60, text=move.name)
            self.assertEqual(line.is_reconciled, expected, score)

    def test_applying_the_best_by_itself_forgets_the_others(self):
        """A movement with several proposals, applied while its file is imported."""
        self.company.recouv_bank_auto_score = 60
        move = self.make_invoice(amount=60.0)
        self.make_invoice(amount=60.0, partner=self.make_patient("Camille Martin"))
        line = self.import_one(60, text=move.name, name="CAMILLE MARTIN")
        self.assertMatched(line, move)
        self.assertEqual(self.matches_of(line).mapped("state"), ["applied"])

    # --- beside OCA's screen

    def test_the_proposal_fills_the_other_screen(self):
        Line = self.env["account.bank.statement.line"]
        if "reconcile_data_info" not in Line._fields:
            self.skipTest("OCA's reconciliation is not installed")
        move = self.make_invoice(amount=60.0)
        line = self.import_one(80, text=move.name)
        chosen = [
            item_id
            for data in line.reconcile_data_info["data"]
            for item_id in data.get("counterpart_line_ids") or []
        ]
        self.assertEqual(chosen, move._recouv_receivable_items().ids)

    # --- by a person ----------------------------------------------------------------

    def choose(self, line):
        Wizard = self.env["recouv.bank.match.wizard"].with_user(self.secretary)
        match = self.best_of(line)
        return Form(Wizard.with_context(default_match_id=match.id))

    def test_a_person_chooses_several_invoices(self):
        one = self.make_invoice(amount=60.0)
        two = self.make_invoice(self.neighbour, amount=45.0)
        line = self.import_one(100, text="soins")
        with self.choose(line) as form:
            form.number = one.name
            form.number = two.name
            for index, amount in enumerate((60.0, 40.0)):
                with form.line_ids.edit(index) as row:
                    row.amount = amount
        form.record.action_apply()
        self.assertMatched(line, one)
        self.assertEqual(two.amount_residual, 5.0)
        self.assertEqual(self.codes(self.best_of(line)), ["manual"])

    def test_a_person_chooses_the_debtor(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(70, text="soins")
        with self.choose(line) as form:
            form.partner_id = self.patient.with_user(self.secretary)
        self.assertEqual(form.record.line_ids.mapped("amount"), [60.0])
        self.assertEqual(form.record.rest, 10.0)
        form.record.action_apply()
        self.assertMatched(line, move)

    def test_a_person_cannot_give_more_than_is_open(self):
        self.make_invoice(amount=60.0)
        line = self.import_one(70, text="soins")
        with self.choose(line) as form:
            form.partner_id = self.patient.with_user(self.secretary)
            with form.line_ids.edit(0) as row:
                row.amount = 70.0
        with self.assertRaises(UserError):
            form.record.action_apply()

    def test_a_person_cannot_give_more_than_has_come(self):
        moves = [self.make_invoice(amount=60.0), self.make_invoice(amount=45.0)]
        line = self.import_one(70, text="soins")
        with self.choose(line) as form:
            form.partner_id = self.patient.with_user(self.secretary)
            for index, move in enumerate(moves):
                with form.line_ids.edit(index) as row:
                    row.amount = move.amount_total
        with self.assertRaisesRegex(UserError, "More is given"):
            form.record.action_apply()
        self.assertFalse(line.is_reconciled)

    def test_a_person_cannot_reach_another_company(self):
        other = self.setup_other_company(name="Other practice")["company"]
        foreign = (
            self.env["account.move"]
            .with_company(other)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.patient.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        (0, 0, {"name": "x", "price_unit": 60.0, "tax_ids": []})
                    ],
                }
            )
        )
        foreign.action_post()
        line = self.import_one(60, text=foreign.name, name=self.patient.name)
        items = foreign.line_ids.filtered(lambda i: i.display_type == "payment_term")
        for match in self.matches_of(line).sudo():
            self.assertNotIn(items, match.line_ids.move_line_id)
        wizard = (
            self.env["recouv.bank.match.wizard"]
            .with_user(self.secretary)
            .create(
                {
                    "match_id": self.best_of(line).id,
                    "partner_id": self.patient.id,
                    "line_ids": [(0, 0, {"item_id": items.id, "amount": 60.0})],
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.action_apply()

    # --- rights ---------------------------------------------------------------------

    def test_a_secretary_matches_without_writing_statement_lines(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        with self.assertRaises(AccessError):
            line.with_user(self.secretary).write({"payment_ref": "other"})
        self.apply(line)
        self.assertEqual(self.best_of(line).applied_by_id, self.secretary)

    def test_another_practice_sees_and_does_nothing(self):
        move = self.make_invoice(amount=60.0)
        line = self.import_one(60, text=move.name)
        other = self.setup_other_company(name="Other practice")["company"]
        stranger = self.make_branch_user(other)
        match = self.best_of(line).with_user(stranger)
        self.assertFalse(match.search([]))
        for action in ("action_apply", "action_undo", "action_choose"):
            with self.assertRaises(AccessError):
                getattr(match, action)()
                match.env["recouv.bank.match.wizard"].create(
                    {"match_id": match.id}
                ).action_apply()

    def test_nobody_writes_a_proposal_by_hand(self):
        line = self.import_one(60, text="soins")
        match = self.best_of(line)
        with self.assertRaises(AccessError):
            match.write({"score": 100})
        with self.assertRaises(AccessError):
            match.create({"statement_line_id": line.id, "company_id": self.company.id})

    def test_an_accountant_reads_but_does_not_match(self):
        self.make_invoice(amount=60.0)
        line = self.import_one(60, name="CAMILLE MARTIN")
        accountant = self.env["res.users"].create(
            {
                "name": "Accountant",
                "login": "accountant_ro",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [
                    (6, 0, [self.env.ref("account.group_account_readonly").id])
                ],
            }
        )
        match = self.best_of(line).with_user(accountant)
        self.assertTrue(match.reason)
        with self.assertRaises(AccessError):
            match.action_apply()

    # --- currencies -----------------------------------------------------------------

    def test_an_invoice_in_another_currency_is_paid_at_the_banks_rate(self):
        other = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        move = self.make_invoice(amount=100.0, currency_id=other.id)
        notice = self.notice_on(move)
        line = self.import_one(
            52,
            instructed="100.00",
            instructed_currency="CHF",
            text=notice.payment_reference,
        )
        self.assertMatched(line, move)
        self.assertEqual(sum(line.move_id.line_ids.mapped("balance")), 0.0)

    def test_an_account_in_another_currency(self):
        other = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        journal = self.bank.copy({"code": "BKCHF", "currency_id": other.id})
        journal.bank_account_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "CH9300762011623852957",
                "partner_id": self.company.partner_id.id,
            }
        )
        move = self.make_invoice(amount=100.0, currency_id=other.id)
        notice = self.notice_on(move)
        tx = Tx(text=notice.payment_reference)
        record = self.import_camt(
            Entry("100.00", txs=[tx]), currency="CHF", iban="CH9300762011623852957"
        )
        self.assertMatched(record.sudo().line_ids, move)

    def test_a_yen_invoice_has_no_cents(self):
        yen = self.setup_other_currency(
            "JPY", rounding=1.0, rates=[("2020-01-01", 150)]
        )
        journal = self.bank.copy({"code": "BKJPY", "currency_id": yen.id})
        iban = "GB33BUKB20201555555555"
        journal.bank_account_id = self.env["res.partner.bank"].create(
            {"acc_number": iban, "partner_id": self.company.partner_id.id}
        )
        move = self.make_invoice(amount=6001, currency_id=yen.id)
        notice = self.notice_on(move)
        entry = Entry("6001", txs=[Tx(text=notice.payment_reference)])
        record = self.import_camt(
            entry, currency="JPY", iban=iban, opening="0", closing="6001"
        )
        self.assertMatched(record.sudo().line_ids, move)

    def test_a_tax_that_is_due_on_payment_falls_due_with_the_movement(self):
        self.company.tax_exigibility = True
        self.company.account_fiscal_country_id = self.company_data[
            "default_tax_sale"
        ].country_id
        account = self.company_data["default_account_tax_sale"].copy(
            {"reconcile": True}
        )
        tax = self.company_data["default_tax_sale"].copy(
            {
                "name": "On payment",
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": account.id,
            }
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.patient.id,
                "invoice_date": date(2026, 6, 1),
                "invoice_line_ids": [
                    (0, 0, {"name": "x", "price_unit": 100, "tax_ids": tax.ids})
                ],
            }
        )
        move.action_post()
        line = self.import_one(move.amount_total, text=move.name)
        self.apply(line)
        self.assertMatched(line, move)
        self.assertTrue(move.tax_cash_basis_created_move_ids)

    def test_the_invoices_of_a_branch_are_paid_on_the_account_of_the_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        move = self.make_invoice(amount=60.0)
        move = move.copy({"invoice_date": date(2026, 6, 1), "company_id": branch.id})
        move.action_post()
        self.assertEqual(move.company_id, branch)
        line = self.import_one(60, text=move.name)
        self.apply(line)
        self.assertMatched(line, move)

    # --- size -----------------------------------------------------------------------

    def make_lines(self, count):
        entries = []
        for number in range(count):
            patient = self.make_patient(f"Patient Numero{number:04d}")
            move = self.make_invoice(patient, amount=20.0 + number)
            entries.append(
                Entry(
                    f"{20 + number}.00",
                    ref=f"Q{number}",
                    txs=[Tx(text=move.name, name=f"NUMERO{number:04d} PATIENT")],
                )
            )
        empty = patch.object(
            type(self.env["recouv.bank.matcher"]), "_propose", lambda _self, _l: {}
        )
        with empty:
            return self.import_camt(*entries).sudo().line_ids

    @warmup
    def test_the_number_of_queries_does_not_grow_with_the_movements(self):
        matcher = self.env["recouv.bank.matcher"]
        counts = {}
        lines = self.make_lines(12)
        for size in (3, 12):
            self.env.invalidate_all()
            matcher._propose(lines[:1])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = matcher._propose(lines[:size])
            counts[size] = self.env.cr.sql_log_count - before
            self.assertEqual(len(found), size)
        self.assertEqual(counts[3], counts[12])
        self.assertLessEqual(counts[12], 25)

    @warmup
    def test_keeping_the_proposals_is_done_together_too(self):
        lines = self.make_lines(15)
        counts = {}
        for size in (3, 15):
            chosen = lines[:size]
            chosen._recouv_propose(automatic=False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            chosen._recouv_propose(automatic=False)
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[15], counts[3] + 5)

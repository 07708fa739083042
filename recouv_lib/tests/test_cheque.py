from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.lib import pdf_parts
from odoo.addons.recouv_lib.models.recouv_deposit import ROWS_A_SHEET

from .common import TODAY
from .money_common import MoneyCommon

LATER = date(2026, 7, 10)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCheque(MoneyCommon):
    """Cheques in the drawer, at the bank, and back."""

    # --- held -----------------------------------------------------------------------

    def test_a_cheque_to_bank_later_is_no_money_yet(self):
        cheque = self.collect_later()
        self.assertFalse(cheque.payment_id)
        self.assertEqual(cheque.state, "held")
        self.assertEqual(cheque.collection_id.state, "held")
        self.assertEqual(self.owed(self.old, self.young), [100, 60])

    def test_what_it_covers_is_not_relanced_until_after_its_day(self):
        cheque = self.collect_later()
        self.assertFalse(self.propose().notice_ids)
        hold = cheque.hold_id
        self.assertEqual((hold.reason, hold.date_to), ("cheque", date(2026, 7, 20)))
        self.assertEqual(set(self.claims_of(self.old).mapped("suspension")), {"hold"})
        with freeze_time("2026-07-21"):
            self.env.invalidate_all()
            self.assertTrue(self.propose(day=date(2026, 7, 21)).notice_ids)

    def test_what_it_does_not_cover_goes_on(self):
        cheque = self.collect_later(records=self.old)
        self.assertEqual(self.paid(cheque.collection_id), {self.old: 100})
        self.assertEqual(cheque.hold_id.claim_ids, self.claims_of(self.old))
        self.assertEqual(self.claims_of(self.old).suspension, "hold")
        self.assertEqual(self.claims_of(self.young).suspension, "none")

    def test_a_claim_that_begins_later_is_covered_too(self):
        move = self.make_invoice(amount=20, due=date(2026, 6, 20))
        self.collect_later(records=move)
        with freeze_time("2026-07-01"):
            self.env.invalidate_all()
            run = self.propose(day=date(2026, 7, 1))
            self.assertEqual(self.claims_of(move).suspension, "hold")
            self.assertNotIn(move, run.notice_ids.line_ids.move_line_id.move_id)

    def test_its_day_is_needed(self):
        items = self.old._recouv_receivable_items()
        with self.assertRaisesRegex(UserError, "from which day"):
            self.env["recouv.collection"]._take(
                {
                    "company": self.company,
                    "partner": self.patient,
                    "method": "cheque_later",
                    "amount": 100,
                    "currency": self.company.currency_id,
                    "date": TODAY,
                    "lines": [(items, 100)],
                }
            )

    def test_it_cannot_be_banked_before_it_was_received(self):
        with self.assertRaisesRegex(ValidationError, "before it was received"):
            self.collect_later(day="2026-06-01")

    def test_only_a_manager_changes_its_day_and_says_why(self):
        cheque = self.collect_later()
        with self.assertRaises(AccessError):
            cheque.with_user(self.secretary).deposit_on = TODAY
        manager = new_test_user(
            self.env, "chief", groups="base.group_user,recouv_lib.group_manager",
            company_id=self.company.id,
        )  # fmt: skip
        mine = cheque.with_user(manager)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine.deposit_on = date(2026, 8, 1)
        mine.write({"deposit_on": date(2026, 8, 1), "deposit_on_reason": "asked"})
        self.assertEqual(cheque.hold_id.date_to, date(2026, 8, 11))

    # --- lifted for one of its claims -----------------------------------------------

    def lift_old(self):
        """A cheque for two invoices; its suspension is lifted for the older one."""
        cheque = self.collect_later()
        self.lifted = cheque.hold_id._narrowed_to(self.claims_of(self.old))
        self.lifted.with_user(self.secretary).action_lift("He pays that one apart")
        cheque._cover()
        self.env.invalidate_all()
        return cheque

    def suspensions(self):
        self.env.invalidate_all()
        return [self.claims_of(move).suspension for move in (self.old, self.young)]

    def test_what_was_lifted_for_one_claim_stays_lifted(self):
        cheque = self.lift_old()
        self.assertEqual(self.suspensions(), ["none", "hold"])
        self.assertEqual(cheque.hold_id.claim_ids, self.claims_of(self.young))
        self.assertTrue(self.propose().notice_ids)

    def test_the_lift_undone_covers_it_again(self):
        cheque = self.lift_old()
        self.lifted.undo("Not that one")
        cheque._cover()
        self.assertEqual(self.suspensions(), ["hold", "hold"])
        cheque.with_user(self.secretary).action_give_back()
        self.assertEqual(self.suspensions(), ["none", "none"])

    def test_what_is_left_is_paid_and_the_lifted_claim_is_not_covered_anew(self):
        cheque = self.lift_old()
        self.claims_of(self.young)._record({"closed_on": TODAY})
        cheque._cover()
        self.assertEqual(self.suspensions()[0], "none")
        self.assertTrue(cheque.hold_id)

    def test_a_suspension_lifted_by_hand_keeps_its_end(self):
        cheque = self.collect_later()
        hold = cheque.hold_id
        hold.with_user(self.secretary).action_lift("He pays at once")
        cheque.with_user(self.secretary).action_give_back()
        self.assertEqual(hold.lift_note, "He pays at once")

    def test_given_back_it_covers_nothing(self):
        cheque = self.collect_later().with_user(self.secretary)
        cheque.action_give_back()
        self.assertEqual(cheque.collection_id.state, "returned")
        self.assertTrue(self.propose().notice_ids)

    def test_given_back_by_mistake_it_is_held_again(self):
        cheque = self.collect_later().with_user(self.secretary)
        cheque.action_give_back()
        cheque.action_take_back()
        self.assertEqual(self.claims_of(self.old).suspension, "hold")

    def test_undone_it_covers_nothing(self):
        cheque = self.collect_later()
        cheque.collection_id.undo("not his cheque")
        self.assertEqual(cheque.state, "returned")
        self.assertEqual(self.claims_of(self.old).suspension, "none")

    # --- paid meanwhile -------------------------------------------------------------

    def test_a_cheque_for_an_invoice_paid_meanwhile_is_found_at_the_deposit(self):
        cheque = self.collect_later(records=self.old)
        self.pay(self.old)
        with freeze_time(LATER):
            self.env.invalidate_all()
            slip = self.deposit(cheque)
            self.assertIn(self.old.name, slip.problem)
            with self.assertRaisesRegex(UserError, "Give the cheque back"):
                slip.action_done()

    def test_it_may_be_laid_on_other_invoices(self):
        cheque = self.collect_later(records=self.old)
        self.pay(self.old)
        cheque.with_user(self.secretary).action_reallocate()
        self.assertFalse(cheque.problem)
        self.assertEqual(self.paid(cheque.collection_id), {self.young: 60})
        self.assertEqual(self.claims_of(self.young).suspension, "hold")
        with freeze_time(LATER):
            self.env.invalidate_all()
            self.deposit(cheque).action_done()
        self.assertEqual(self.owed(self.young), [0])
        self.assertEqual(cheque.collection_id.rest, 40)

    def test_with_nothing_more_owed_it_is_given_back(self):
        cheque = self.collect_later(records=self.old).with_user(self.secretary)
        self.pay(self.old)
        self.pay(self.young)
        with self.assertRaisesRegex(UserError, "Give the cheque back"):
            cheque.action_reallocate()
        self.assertEqual(self.paid(cheque.collection_id), {self.old: 100})
        with freeze_time(LATER):
            self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "paid meanwhile"):
                self.deposit(cheque).action_done()

    def test_what_another_cheque_will_pay_is_left_to_it(self):
        self.collect_later(records=self.young)
        cheque = self.collect_later(records=self.old).with_user(self.secretary)
        self.pay(self.old)
        with self.assertRaisesRegex(UserError, "other cheques held being counted"):
            cheque.action_reallocate()

    def test_no_rest_is_made_where_the_practice_accepts_none(self):
        self.company.recouv_refuse_rest = True
        cheque = self.collect_later(records=self.old).with_user(self.secretary)
        self.pay(self.old)
        with self.assertRaisesRegex(UserError, "40.00.*on no invoice"):
            cheque.action_reallocate()
        self.assertEqual(self.paid(cheque.collection_id), {self.old: 100})

    def test_one_that_counts_is_not_laid_elsewhere(self):
        cheque = self.collect(method="cheque").cheque_ids
        with self.assertRaisesRegex(UserError, "counts already"):
            cheque.action_reallocate()

    # --- moved to doubtful accounts -------------------------------------------------

    def make_doubtful(self, move):
        item = move._recouv_receivable_items()
        transfer = self.env["recouv.transfer"].create(
            {
                "kind": "doubtful",
                "origin_line_id": item.id,
                "amount_currency": item.amount_residual_currency,
                "target_partner_id": self.patient.id,
            }
        )
        transfer.action_post()
        return transfer

    def bank_later(self, cheque, item):
        with freeze_time(LATER):
            self.env.invalidate_all()
            self.deposit(cheque).action_done()
        self.assertEqual(cheque.state, "deposited")
        self.assertEqual(cheque.collection_id._owed_on(item)[item], 0)

    def test_it_goes_along_to_the_doubtful_accounts(self):
        cheque = self.collect_later(records=self.old)
        item = self.make_doubtful(self.old).target_line_id
        self.assertEqual(cheque.collection_id.line_ids.move_line_id, item)
        self.assertFalse(cheque.problem)
        self.assertEqual(self.claims_of(self.old).suspension, "hold")
        self.assertNotIn(item, self.propose().notice_ids.line_ids.move_line_id)
        self.bank_later(cheque, item)

    def test_it_comes_back_with_the_debt(self):
        cheque = self.collect_later(records=self.old)
        back = self.make_doubtful(self.old).action_reverse("by mistake")
        item = back.target_line_id
        self.assertEqual(cheque.collection_id.line_ids.move_line_id, item)
        self.assertEqual(self.claims_of(self.old).suspension, "hold")
        self.bank_later(cheque, item)

    def test_what_was_banked_stays_where_it_was_laid(self):
        act = self.collect(amount=40, parts={"old": 40}, method="cheque")
        item = act.line_ids.move_line_id
        if act.payment_id.move_id:  # else nothing of it may be moved
            self.make_doubtful(self.old)
        self.assertEqual(act.line_ids.move_line_id, item)

    # --- deposit --------------------------------------------------------------------

    def test_the_deposit_makes_the_payments_as_they_were_meant(self):
        cheque = self.collect_later(amount=110, parts={"old": 50, "young": 60})
        with freeze_time(LATER):
            self.env.invalidate_all()
            slip = self.deposit(cheque)
            slip.action_done()
        self.assertEqual(cheque.state, "deposited")
        self.assertEqual(cheque.payment_id.date, LATER)
        self.assertEqual(self.owed(self.old, self.young), [50, 0])
        self.assertEqual(cheque.collection_id.state, "taken")
        self.assertBalanced(cheque.payment_id)

    def test_a_cheque_to_bank_now_is_on_the_slip_and_paid_once(self):
        cheque = self.collect(method="cheque").cheque_ids
        payment = cheque.payment_id
        self.assertTrue(payment)
        slip = self.deposit(cheque)
        slip.action_done()
        self.assertEqual(cheque.payment_id, payment)
        self.assertEqual((slip.total, slip.cheque_count), (160, 1))

    def test_the_slip_takes_those_whose_day_has_come(self):
        now = self.collect(self.young, method="cheque").cheque_ids
        self.collect_later(records=self.old)
        action = self.env["recouv.deposit"].with_user(self.secretary).action_new()
        slip = self.env["recouv.deposit"].browse(action["res_id"])
        self.assertEqual(slip.cheque_ids, now)

    def test_a_cheque_is_not_banked_before_its_day(self):
        slip = self.deposit(self.collect_later())
        with self.assertRaisesRegex(UserError, "may not be banked before"):
            slip.action_done()

    def test_an_empty_slip_and_one_of_tomorrow_are_refused(self):
        with self.assertRaisesRegex(UserError, "no cheque"):
            self.deposit(self.env["recouv.cheque"]).action_done()
        cheque = self.collect(method="cheque").cheque_ids
        with self.assertRaisesRegex(UserError, "in the future"):
            self.deposit(cheque, day=date(2026, 6, 16)).action_done()

    def test_a_slip_is_done_once(self):
        slip = self.deposit(self.collect(method="cheque").cheque_ids)
        slip.action_done()
        with self.assertRaisesRegex(UserError, "not being prepared"):
            slip.action_done()

    def test_the_bank_of_the_slip_is_the_one_of_the_payment(self):
        cheque = self.collect(method="cheque").cheque_ids
        slip = self.deposit(cheque, journal_id=self.bank.copy({"name": "B2"}).id)
        with self.assertRaisesRegex(UserError, "entered in the journal"):
            slip.action_done()

    def test_an_undone_deposit_puts_the_cheques_back(self):
        cheque = self.collect_later()
        with freeze_time(LATER):
            self.env.invalidate_all()
            slip = self.deposit(cheque)
            slip.action_done()
            payment = cheque.payment_id
            slip.undo("forgot it in the drawer")
            self.assertEqual(payment.state, "canceled")
            self.assertEqual((cheque.state, slip.state), ("held", "undone"))
            self.assertFalse(cheque.payment_id)
            self.assertEqual(self.owed(self.old, self.young), [100, 60])
            self.assertEqual(self.claims_of(self.old).suspension, "hold")

    def test_a_deposited_cheque_is_not_undone_before_its_slip(self):
        act = self.collect(method="cheque")
        self.deposit(act.cheque_ids).action_done()
        with self.assertRaisesRegex(UserError, "undo the deposit slip first"):
            act.undo("wrong")

    def test_the_slip_prints_with_its_total(self):
        self.collect(self.old, method="cheque", cheque_number="123", cheque_bank="BNP")
        self.collect(self.young, method="cheque", cheque_drawer="Luc Martin")
        slip = self.deposit(self.env["recouv.cheque"].search([]))
        slip.with_user(self.secretary).action_print()
        document = self.env["ir.attachment"].search(
            [("res_model", "=", slip._name), ("res_id", "=", slip.id)]
        )
        text = "".join(pdf_parts.page_texts(pdf_parts.open_pdf(document.raw)))
        for said in (slip.name, "123", "BNP", "Luc Martin", "160.00"):
            self.assertIn(said, text)

    def test_the_slip_names_the_holder_of_the_account(self):
        self.company.recouv_sender_name = "Neutral"
        slip = self.deposit(self.collect(method="cheque").cheque_ids)
        self.assertEqual(slip._slip_values()["sender"], self.company.name)

    def test_the_receipt_tells_the_number_of_the_cheque_as_such(self):
        self.patient.lang = "en_US"
        act = self.collect(method="cheque", cheque_number="123")
        self.assertEqual(act._method_label(), "Cheque no. 123")

    def test_a_full_sheet_stays_on_its_page(self):
        slip = self.deposit(self.collect(method="cheque").cheque_ids)
        values = slip._slip_values()
        row = values["sheets"][0][0] | {"drawer": "Marie-Antoinette de Kermadec " * 4}
        values |= {"sheets": [[row] * ROWS_A_SHEET] * 2}
        page = self.env["ir.qweb"]._render("recouv_lib.deposit_slip", values)
        content = self.env["recouv.collection"]._print_page(page)
        self.assertEqual(len(pdf_parts.open_pdf(content).pages), 2)

    def test_the_receipt_of_a_held_cheque_is_no_quittance(self):
        self.patient.lang = "en_US"
        act = self.collect_later().collection_id
        reader = pdf_parts.open_pdf(act._receipt_pdf())
        text = "".join(pdf_parts.page_texts(reader))
        self.assertIn("Receipt of a cheque", text)
        self.assertIn("once it is cashed", text)

    # --- the day --------------------------------------------------------------------

    def section(self, code, today=TODAY):
        day = self.env["recouv.day"].with_user(self.secretary)
        found = next(s for s in day._sections(today) if s.code == code)
        return self.env[found.model].with_user(self.secretary).search(found.domain)

    def test_the_day_shows_the_cheques_whose_day_has_come(self):
        cheque = self.collect_later()
        self.assertFalse(self.section("cheques_to_bank"))
        self.assertEqual(self.section("cheques_to_bank", LATER), cheque)

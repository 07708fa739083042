from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleBooks(AfterSaleCommon):
    """What a sale booked is taken back by no accountant alone, on either side."""

    def own(self, move):
        """The entry as the accountant of its company has it."""
        return move.with_company(move.company_id).with_context(
            allowed_company_ids=move.company_id.ids
        )

    def assertStands(self, move, name, *words):
        """Draft, cancel and reverse are refused with these words; so is to take its
        items from what they settled, by the name of one of the two entries."""
        move = self.own(move.sudo())
        settled = move.line_ids.filtered(
            lambda item: item.matched_debit_ids or item.matched_credit_ids
        )
        waiting = move.company_id.transfer_account_id
        settled = settled.filtered(lambda item: item.account_id != waiting)
        self.assertTrue(settled)
        ways = {
            "draft": move.button_draft,
            "cancel": move.button_cancel,
            "reverse": lambda: move._reverse_moves([{"date": TODAY}]),
            "unreconcile": settled.remove_move_reconcile,
            "repoint": lambda: (
                settled.matched_debit_ids | settled.matched_credit_ids
            ).write({"amount": 1}),
        }
        for way, button in ways.items():
            with self.subTest(way), self.assertRaises(UserError) as found:
                button()
            told = str(found.exception)
            self.assertIn(name, told)
            if way in ("draft", "cancel", "reverse"):
                for word in words:
                    self.assertIn(word, told)
        self.assertEqual(move.state, "posted")
        self.assertBalanced(self.company, self.agency)

    def entries(self, company, kind):
        moves = self.books["account.move"]
        return moves.search(
            [("company_id", "=", company.id), ("recouv_funds", "=", kind)]
        )

    def test_the_settlement_of_a_sale_names_its_schedule(self):
        for company in (self.company, self.agency):
            for move in self.entries(company, "sale"):
                self.assertStands(move, self.sale.name, "repurchase")
        self.assertEqual(self.sale.state, "transferred")

    def test_a_paid_price_stands_in_both_books(self):
        self.sale._pay_price()
        price = self.sale._prices("price")
        for company in (self.company, self.agency):
            (move,) = self.entries(company, "price")
            self.assertStands(move, self.sale.name, "bank")
        self.assertEqual((price.state, self.sale.state), ("paid", "paid"))

    def test_a_released_holdback_stands_in_both_books(self):
        self.terms(holdback_rate=10.0)
        sale = self.sell(self.make_invoice(self.patient, 50.0))
        sale._release_holdback()
        holdback = sale._prices("holdback")
        self.assertEqual(holdback.state, "paid")
        for company in (self.company, self.agency):
            for move in self.entries(company, "price"):
                self.assertStands(move, sale.name, "bank")

    def test_what_is_owed_back_and_paid_names_its_return(self):
        self.credit_note(40.0)
        owed = self.line.return_ids
        owed.sudo()._pay(TODAY)
        for company in (self.company, self.agency):
            (move,) = self.entries(company, "price")
            self.assertStands(move, owed.name)
        self.assertEqual(owed.state, "paid")

    def test_a_commission_stands_in_both_books(self):
        bill = self.sale.sudo().bill_id
        invoice = self.books["account.move"].search(
            [("recouv_fee_twin_id", "=", bill.id)]
        )
        for document in (bill, invoice):
            own = self.own(document)
            for button in (own.button_draft, own.button_cancel, own._reverse_moves):
                with self.assertRaisesRegex(UserError, self.sale.name):
                    button()
            owed = own.line_ids.filtered("reconciled")
            with self.assertRaisesRegex(UserError, self.sale.name):
                owed.remove_move_reconcile()
        self.assertBalanced(self.company, self.agency)

    def test_a_loss_of_the_buyer_is_undone_by_its_own_act(self):
        (act,) = self.purchase._note_loss("insolvent", "Nothing to seize.")
        self.assertEqual(self.settlement(self.purchase.claim_id), "written_off")
        self.assertStands(act.move_id, act.name)
        self.assertEqual(self.settlement(self.purchase.claim_id), "written_off")
        self.assertEqual(act.state, "decided")
        act.undo("He paid")
        self.assertEqual(self.settlement(self.purchase.claim_id), "open")
        self.assertEqual(self.purchase.item_id.amount_residual, 100)

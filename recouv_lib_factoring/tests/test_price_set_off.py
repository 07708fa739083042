from datetime import date

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon

OWED = "recouv_assignment_account_id"
OWED_THERE = "recouv_assignors_account_id"


class SetOffCommon(AfterSaleCommon):
    """The first schedule was paid; what comes back meets the price of the next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sale._pay_price()

    @classmethod
    def next_sale(cls, amount=200.0):
        return cls.sell(cls.make_invoice(cls.make_patient("Dominique"), amount))

    @classmethod
    def price_of(cls, sale, kind="price"):
        return sale.sudo()._prices(kind)

    @classmethod
    def pay(cls, sale):
        """The buyer's manager pays the price; both records, read afresh."""
        price = cls.price_of(sale).with_user(cls.agency_manager)
        price.action_pay()
        cls.env.flush_all()
        cls.env.invalidate_all()
        return price.sudo()


class NextSaleCommon(SetOffCommon):
    """``following``, a schedule of 200 less 12, is signed; its price is to be paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.following = cls.next_sale()

    def assertPriceLeft(self):
        """Nothing is owed but the price of ``following``."""
        self.assertBooks(self.company, {OWED: 188})
        self.assertBooks(self.agency, {OWED_THERE: -188})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPriceSetOff(NextSaleCommon):
    """What the practice owes back is set off against the next price paid."""

    def test_the_next_price_is_paid_less_what_is_owed_back(self):
        self.credit_note(100.0)  # 100 less 6 of commission: 94
        price = self.pay(self.following)  # 200 less 12: 188
        self.assertEqual((price.amount, price.amount_set_off), (188, 94))
        self.assertEqual(price.amount_paid, 94)
        owed = self.line.return_ids
        self.assertEqual((owed.state, owed.amount_set_off), ("set_off", 94))
        self.assertEqual((owed.amount_due, owed.paid_on), (0, False))

    def test_both_books_are_settled_to_the_cent(self):
        self.credit_note(33.33)
        sale = self.following
        price = self.pay(sale)
        owed = self.line.return_ids
        self.assertEqual(price.amount_set_off, owed.amount - owed.amount_given_back)
        self.assertBooks(self.company, {OWED: 0})
        self.assertBooks(self.agency, {OWED_THERE: 0})
        for item in (
            price.item_id,
            sale.sudo().price_item_id,
            owed.sudo().item_id,
            owed.sudo()._item_there(),
        ):
            self.assertTrue(item.reconciled)
        waiting = self.agency.sudo().transfer_account_id
        # what waits for the bank is what is transferred, first price included
        self.assertEqual(self.balance(self.agency, waiting), -(94 + price.amount_paid))
        self.assertEqual(price.move_id.amount_total, price.amount_paid)
        self.assertBalanced(self.company, self.agency)

    def test_a_price_is_never_below_zero_and_the_rest_carries_over(self):
        self.credit_note(100.0)
        small = self.next_sale(50.0)  # 47
        price = self.pay(small)
        self.assertEqual((price.amount_set_off, price.amount_paid), (47, 0))
        self.assertFalse(price.move_id)
        self.assertEqual((price.state, price.paid_on), ("paid", date(2026, 6, 15)))
        owed = self.line.return_ids
        self.assertEqual((owed.state, owed.amount_due), ("owed", 47))
        self.assertEqual(small.sudo().state, "paid")
        price = self.pay(self.following)
        self.assertEqual((price.amount_set_off, price.amount_paid), (47, 141))
        self.assertEqual(owed.state, "set_off")
        self.assertBooks(self.company, {OWED: 0})
        self.assertBooks(self.agency, {OWED_THERE: 0})

    def test_the_oldest_goes_first_and_several_fit(self):
        self.credit_note(30.0)
        self.credit_note(20.0)
        price = self.pay(self.following)
        returns = self.line.return_ids.sorted("id")
        self.assertEqual(price.deduction_ids.mapped("name"), returns.mapped("name"))
        self.assertEqual(price.deduction_ids.mapped("amount"), [28.2, 18.8])

    def test_prices_paid_together_share_it(self):
        self.credit_note(100.0)
        sales = self.following | self.next_sale(50.0)
        prices = self.price_of(sales).with_user(self.agency_manager)
        prices.action_pay()
        self.assertEqual(sum(prices.sudo().mapped("amount_set_off")), 94)
        self.assertBooks(self.agency, {OWED_THERE: 0})

    def test_a_repurchase_and_a_payment_to_the_practice_are_netted_too(self):
        self.line._note_collected(self.pay_practice(40.0))
        self.buy_back()  # the 60 left, less 3.60
        price = self.pay(self.following)
        self.assertEqual(price.amount_set_off, 40 + 56.4)
        kinds = set(price.deduction_ids.mapped("kind"))
        self.assertEqual(kinds, {"collected_by_assignor", "bought_back"})
        self.assertBooks(self.company, {OWED: 0})

    def test_no_file_where_all_was_set_off(self):
        self.credit_note(100.0)
        price = self.pay(self.next_sale(50.0))
        with self.assertRaisesRegex(UserError, "nothing to transfer"):
            price.with_user(self.agency_manager).action_export_transfers()

    def test_the_buyer_sees_before_what_it_would_set_off(self):
        self.credit_note(100.0)
        price = self.price_of(self.following).with_user(self.agency_manager)
        self.assertEqual(price.amount_owed_back, 94)
        price.action_pay()
        self.env.invalidate_all()
        self.assertEqual(price.amount_owed_back, 0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHoldbackSetOff(SetOffCommon):
    """A part of the price held back answers for its own schedule."""

    def test_a_holdback_is_released_less_what_is_owed_back(self):
        self.terms(holdback_rate=10.0)
        sale = self.next_sale()
        self.pay(sale)
        self.credit_note(10.0)
        holdback = self.price_of(sale, "holdback")
        sale.sudo()._release_holdback()
        self.assertEqual((holdback.amount, holdback.amount_set_off), (20, 9.4))
        self.assertBooks(self.company, {OWED: 0, "recouv_holdback_account_id": 0})
        self.assertBooks(self.agency, {OWED_THERE: 0})

    def held_back(self):
        """A schedule of 200 of a contract that nets nothing, 20 held back."""
        self.terms(net_returns=False, holdback_rate=10.0)
        sale = self.next_sale()
        self.pay(sale)
        move = sale.line_ids.move_id
        refund = move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.invoice_line_ids.price_unit = 10.0
        refund.action_post()
        return sale

    def test_a_holdback_answers_for_its_own_schedule_all_the_same(self):
        self.credit_note(100.0)  # of another schedule: paid apart
        sale = self.held_back()
        holdback = self.price_of(sale, "holdback")
        self.assertEqual(holdback.amount_owed_back, 9.4)
        sale.sudo()._release_holdback()
        self.assertEqual((holdback.amount_set_off, holdback.amount_paid), (9.4, 10.6))
        self.assertEqual(self.line.return_ids.state, "owed")
        self.assertEqual(sale.line_ids.return_ids.state, "set_off")
        self.assertBooks(self.company, {OWED: -94, "recouv_holdback_account_id": 0})

    def test_what_a_debtor_paid_by_mistake_is_remitted_not_held(self):
        self.terms(net_returns=False, holdback_rate=10.0)
        sale = self.next_sale()
        self.pay(sale)
        other = sale.line_ids.partner_id
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": other.id,
                "amount": 30.0,
                "date": TODAY,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        sale.line_ids._note_collected(self.receivables(payment.move_id))
        sale.sudo()._release_holdback()
        self.assertFalse(self.price_of(sale, "holdback").amount_set_off)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNothingToSetOff(NextSaleCommon):
    """What is owed no more, or never was by this contract, is left alone."""

    def test_a_contract_may_have_it_paid_apart(self):
        self.terms(net_returns=False)
        self.credit_note(100.0)
        price = self.pay(self.following)
        self.assertEqual((price.amount_set_off, price.amount_paid), (0, 188))
        self.assertEqual(self.line.return_ids.state, "owed")
        self.assertBooks(self.company, {OWED: -94})

    def test_what_was_cancelled_is_not_set_off(self):
        owed = self.line._note_collected(self.pay_practice())
        owed.with_user(self.practitioner).undo("Bounced")
        self.assertEqual(self.pay(self.following).amount_set_off, 0)

    def test_what_was_set_off_is_not_cancelled(self):
        owed = self.line._note_collected(self.pay_practice())
        self.pay(self.following)
        with self.assertRaisesRegex(UserError, "set off"):
            owed.with_user(self.practitioner).undo("Bounced")
        self.assertBooks(self.company, {OWED: 0})

    def test_what_was_paid_meanwhile_is_not_set_off(self):
        self.credit_note(100.0)
        sale = self.following
        self.line.return_ids.with_user(self.practitioner).action_pay()
        price = self.pay(sale)
        self.assertEqual((price.amount_set_off, price.amount_paid), (0, 188))
        self.assertEqual(self.line.return_ids.state, "paid")
        self.assertBooks(self.agency, {OWED_THERE: 0})

    def test_the_rest_of_what_was_set_off_is_paid_by_transfer(self):
        self.credit_note(100.0)
        self.pay(self.next_sale(50.0))
        owed = self.line.return_ids
        owed.with_user(self.practitioner).action_pay()
        self.assertEqual((owed.state, owed.amount_due), ("paid", 47))
        self.assertPriceLeft()

    def test_what_one_of_the_two_has_settled_is_left_alone(self):
        self.credit_note(100.0)
        owed = self.line.return_ids.sudo()
        # the practice's bank paid it, the buyer has not booked it yet
        self.sale.sudo()._move_money(owed.item_id, date(2026, 6, 15), "By the bank")
        self.assertEqual(self.pay(self.following).amount_set_off, 0)

    def test_another_practice_s_debts_are_not_netted(self):
        self.credit_note(100.0)
        price = self.price_of(self.following)
        self.assertEqual(price._returns_owed(), self.line.return_ids.sudo())
        companies = self.env["res.company"].sudo()
        neighbour = companies.create({"name": "Practice next door"})
        other = self.make_contract()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recouv_factoring_contract SET company_id = %s WHERE id = %s",
            [neighbour.id, other.id],
        )
        self.env.invalidate_all()
        price.contract_id = other
        self.assertFalse(price._returns_owed())

    def test_the_books_of_a_set_off_are_not_undone_by_hand(self):
        self.credit_note(100.0)
        price = self.pay(self.following)
        with self.assertRaises(UserError):
            price.set_off_move_id.line_ids.remove_move_reconcile()

    def test_a_contract_signed_before_nets_nothing(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE recouv_factoring_contract SET net_returns = NULL")
        draft = self.make_contract(state="draft")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recouv_factoring_contract SET net_returns = NULL WHERE id = %s",
            [draft.id],
        )
        self.env["recouv.factoring.contract"]._init_column("net_returns")
        self.env.invalidate_all()
        self.assertFalse(self.contract.net_returns)
        self.assertTrue(draft.net_returns)

    def test_a_signed_term_is_not_edited(self):
        contract = self.contract.with_user(self.practitioner)
        for term in ("net_returns", "refund_commission"):
            with self.assertRaises(UserError):
                contract.write({term: False})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSettledByHand(NextSaleCommon):
    """What one party settled alone is not ordered as if nothing had been."""

    def settle_by_hand(self, item, amount):
        """A company pays a part of an item out of its own head."""
        company, sign = item.company_id, 1 if item.balance > 0 else -1
        rows = [
            ("Part", item.account_id, item.partner_id, -sign * amount),
            ("Part", company.transfer_account_id, item.partner_id, sign * amount),
        ]
        sale = self.sale.sudo()
        move = sale._post_books(company, date(2026, 6, 15), "Part", "price", rows)
        (item + move.line_ids.sorted("sequence")[0]).reconcile()

    def test_a_price_that_one_side_settled_in_part_is_not_paid(self):
        price = self.price_of(self.following)  # 188
        self.settle_by_hand(price.item_id, 50.0)
        with self.assertRaises(UserError) as caught:
            price.with_user(self.agency_manager).action_pay()
        told = str(caught.exception).replace("\xa0", " ")
        for word in ("138", "188", self.agency.name, self.company.name, price.schedule):
            self.assertIn(word, told)
        self.assertFalse(price.paid_on)

    def test_what_both_settled_in_part_is_ordered_for_the_rest(self):
        price = self.price_of(self.following)
        self.settle_by_hand(price.item_id, 50.0)
        self.settle_by_hand(price._practice_item(), 50.0)
        self.assertEqual(price.amount_paid, 188)
        price.with_user(self.agency_manager).action_pay()
        self.assertEqual(price.move_id.amount_total, 138)
        self.assertEqual((price.amount_paid, price.amount_elsewhere), (138, 50))
        self.assertEqual(dict(price._statement_rows())["Settled otherwise"], -50)
        self.set_terms(remit_iban="FR1420041010050500013M02606")
        self.assertEqual(str(price._bank_order().amount), "138.0")
        self.assertBooks(self.company, {OWED: 0})
        self.assertBooks(self.agency, {OWED_THERE: 0})

    def test_what_one_side_paid_whole_names_both_sums(self):
        price = self.price_of(self.following)
        self.settle_by_hand(price.item_id, 188.0)
        with self.assertRaisesRegex(UserError, self.company.name):
            price.with_user(self.agency_manager)._pay(date(2026, 6, 15))

    def test_what_is_owed_back_follows_the_same_rule(self):
        self.credit_note(100.0)
        owed = self.line.return_ids
        self.settle_by_hand(owed.sudo()._item_there(), 40.0)
        with self.assertRaisesRegex(UserError, "settled a part of it alone"):
            owed.with_user(self.practitioner).action_pay()
        self.assertFalse(owed.paid_on)
        self.settle_by_hand(owed.sudo().item_id, 40.0)
        owed.with_user(self.practitioner).action_pay()
        self.assertPriceLeft()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSetOffOnPaper(NextSaleCommon):
    """Price, statement, bank file and contract tell it on a line of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.credit_note(100.0)
        cls.price = cls.pay(cls.following)

    def test_the_price_tells_each_sum(self):
        price = self.price
        rows = dict(price._statement_values()["rows"])
        owed = self.line.return_ids
        line = f"Set off: {owed.name}, {self.line.reference}"
        self.assertIn(line, rows)
        self.assertIn("94", rows[line])
        self.assertIn("-", rows[line])
        self.assertIn("94", price._statement_values()["left"])

    def test_both_parties_print_it(self):
        sale, price = self.following, self.price
        action = price.with_user(self.agency_manager).action_print()
        self.assertEqual(action["type"], "ir.actions.act_url")
        action = sale.with_user(self.practitioner).action_print_price()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(sale.with_user(self.practitioner).amount_set_off, 94)

    def test_the_practice_reads_against_what(self):
        owed = self.line.return_ids.with_user(self.practitioner)
        self.assertIn(self.following.name, owed.set_off_told)
        values = owed._statement_values()
        self.assertEqual(len(values["set_offs"]), 1)

    def test_the_statement_of_the_period_has_its_total(self):
        statements = self.env["recouv.assignment.statement"]
        with freeze_time("2026-07-02"):
            made = statements._generate(self.company, self.agency, date(2026, 7, 2))
        self.assertEqual(made.amount_set_off, 94)
        self.assertIn(("Set off against prices", 94), made._totals())

    def test_the_bank_is_asked_for_the_rest_only(self):
        banks = self.env["res.partner.bank"].sudo()
        self.company.sudo().recouv_bank_id = banks.create(
            {
                "acc_number": "FR1420041010050500013M02606",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.assertEqual(str(self.price._bank_order().amount), "94.0")

    def test_the_contract_says_so(self):
        texts = " ".join(self.contract.sudo()._price_texts())
        self.assertIn("1348-2", texts)
        self.terms(net_returns=False)
        self.assertNotIn("1348-2", " ".join(self.contract.sudo()._price_texts()))

    def test_the_paper_is_well_formed(self):
        page = self.env["ir.qweb"]._render(
            "recouv_lib_factoring.price_statement",
            {"prices": [self.price._statement_values()]},
        )
        self.assertTrue(etree.HTML(str(page)).xpath("//table"))

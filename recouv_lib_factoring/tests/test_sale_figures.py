from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleFigures(AfterSaleCommon):
    """What a sale costs, in figures: to the cent, less what came back."""

    def figures(self, side="practice", user=None, sale=None):
        """(sold, price, cost) of a schedule, as the lowest rights read it."""
        self.env.flush_all()
        rows = self.env["recouv.report.assignment"].with_user(user or self.secretary)
        rows.invalidate_model()
        domain = [("side", "=", side)]
        if side == "practice":
            lines = (sale or self.sale).line_ids
            domain.append(("assignment_line_id", "in", lines.ids))
        [found] = rows._read_group(
            domain, [], ["amount_sold:sum", "amount_price:sum", "amount_cost:sum"]
        )
        return tuple(round(value or 0.0, 2) for value in found)

    def deduct(self):
        """A practice that deducts VAT (recouv_fee_tax_id), and a sale of 200."""
        tax = self.make_tax(self.company, "purchase")
        account = self.company_data["default_account_tax_purchase"]
        parts = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        parts.filtered(lambda one: one.repartition_type == "tax").account_id = account
        self.company.sudo().recouv_fee_tax_id = tax
        move = self.make_invoice(self.patient, 200.0)
        sale = self.sell(move)
        return sale.line_ids, sale

    # --- VAT --------------------------------------------------------------------------

    def test_vat_that_is_not_deducted_is_part_of_the_cost(self):
        self.assertEqual(self.figures(), (100, 94, 6))

    def test_vat_that_is_deducted_is_no_cost_and_lessens_the_price_all_the_same(self):
        _line, sale = self.deduct()
        # commission 10, VAT 2: what the buyer pays is the same, the cost is not
        self.assertEqual(self.figures(sale=sale), (200, 188, 10))

    def test_the_buyer_sees_what_it_billed(self):
        self.assertEqual(self.figures("buyer", self.agent), (100, 94, 6))

    # --- what came back ---------------------------------------------------------------

    def test_commission_given_back_with_a_repurchase_is_taken_off(self):
        self.buy_back()
        self.assertEqual(self.figures(), (100, 94, 0))
        self.assertEqual(self.figures("buyer", self.agent), (100, 94, 0))

    def test_deducted_vat_is_given_back_without_a_gain(self):
        line, sale = self.deduct()
        self.line = line
        self.buy_back()
        self.assertEqual(self.figures(sale=sale), (200, 188, 0))

    def test_a_credit_note_on_a_part_takes_off_its_part(self):
        self.credit_note(40)
        self.assertEqual(self.figures(), (100, 94, 3.6))

    def test_what_the_practice_received_gives_no_commission_back(self):
        item = self.pay_practice()
        self.line.with_user(self.secretary)._note_collected(item)
        self.assertEqual(self.figures(), (100, 94, 6))

    def test_commission_that_the_contract_keeps_stays_a_cost(self):
        self.terms(refund_commission=False)
        self.buy_back()
        self.assertEqual(self.figures(), (100, 94, 6))

    def test_what_comes_back_stands_on_its_own_day_and_kind(self):
        self.buy_back()
        self.env.flush_all()
        rows = self.env["recouv.report.assignment"].with_user(self.secretary)
        back = rows.search([("kind", "=", "refunded")])
        self.assertEqual((back.amount_cost, back.amount_price), (-6, 0))
        self.assertEqual(back.date, TODAY)
        self.assertEqual(back.assignment_line_id, self.line.with_user(self.secretary))

    # --- to the cent ------------------------------------------------------------------

    def three(self):
        """Three receivables of 10 for a least commission of 2.08: 2.50 with VAT."""
        self.terms(commission_min=2.08)
        moves = self.env["account.move"].union(
            *(self.make_invoice(self.patient, 10.0) for _rank in range(3))
        )
        return self.sell(moves)

    def test_the_lines_add_up_to_what_was_billed(self):
        sale = self.three()
        self.assertEqual(sale.amount_commission + sale.amount_vat, 2.5)
        self.assertEqual(self.figures(sale=sale), (30, 27.5, 2.5))
        rows = self.env["recouv.report.assignment"].search(
            [("side", "=", "practice"), ("assignment_line_id", "in", sale.line_ids.ids)]
        )
        self.assertEqual(sorted(rows.mapped("amount_cost")), [0.83, 0.83, 0.84])
        told = sale.line_ids._costs()
        self.assertEqual(
            {row.assignment_line_id.id: row.amount_cost for row in rows},
            {line.id: cost for line, cost in told.items()},
        )

    def test_a_schedule_that_came_back_whole_gave_its_commission_back_whole(self):
        sale = self.three()
        untaxed = []
        for line in sale.line_ids:
            self.line = line
            refund = self.buy_back().refund_id
            twin = self.books["account.move"].search(
                [("recouv_fee_twin_id", "=", refund.id)]
            )
            untaxed.append(twin.amount_untaxed)
        self.assertEqual(round(sum(untaxed), 2), 2.08)

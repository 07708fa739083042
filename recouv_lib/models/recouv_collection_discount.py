from odoo import api, fields, models


class RecouvCollection(models.Model):
    """The discount that an invoice's term grants for paying early.

    Money that pays the discounted sum by its day closes the invoice: the discount is
    booked in the entry of the payment as Odoo's own payment dialog does (in France
    665000, with its part of the tax), and goes with it when that is undone or bounces.
    """

    _inherit = "recouv.collection"

    @api.model
    def _discounted(self, items, on):
        """Return {item: sum that closes it} for what may be paid with a discount.

        Only in the company's own currency, and once something was paid no more.

        :param on: day of the payment
        """
        # sudo: whether the company has the account; its number is no secret
        has_account = items.company_id.sudo().filtered(
            "account_journal_early_pay_discount_loss_account_id"
        )
        return {
            item: item.discount_amount_currency
            for item in items
            if item.discount_date
            and item.display_type == "payment_term"
            and item.currency_id == item.company_currency_id
            and item.company_id in has_account
            and item.move_id._is_eligible_for_early_payment_discount(
                item.currency_id, on
            )
        }

    @api.model
    def _discounts(self, given, on):
        """Return {item: discount} for the parts that close their item by it.

        :param given: list of (item, part)
        """
        items = self.env["account.move.line"].union(*(item for item, _part in given))
        closing = self._discounted(items, on)
        return {
            item: item.currency_id.round(item.amount_residual_currency - part)
            for item, part in given
            if item in closing
            and not item.currency_id.compare_amounts(part, closing[item])
        }

    @api.model
    def _discount_items(self, discounts):
        """Return the values of the journal items that book ``discounts``."""
        if not discounts:
            return []
        values = [
            {
                "aml": item,
                "amount_currency": -item.amount_residual_currency,
                "balance": -item.amount_residual,
            }
            for item in discounts
        ]
        groups = self.env[
            "account.move"
        ]._get_invoice_counterpart_amls_for_early_payment_discount(
            values, sum(discounts.values())
        )
        return [vals for group in groups.values() for vals in group]

    def _record_discounts(self, discounts):
        """Keep on the lines what was remitted: nothing is left to pay on them."""
        for line in self.line_ids.filtered(lambda line: line.move_line_id in discounts):
            line._record(
                {"discount": discounts[line.move_line_id], "residual_after": 0.0}
            )


class RecouvCollectionLine(models.Model):
    _inherit = "recouv.collection.line"

    discount = fields.Monetary("Discount for paying early", readonly=True)

from odoo import fields, models
from odoo.exceptions import UserError


class RecouvAssignment(models.Model):
    """The price of a schedule, fixed with its deed (law.md §5.4).

    N = P + C + v + F + H to the cent: nominal, price paid now, commission, its VAT,
    financing, holdback. The price is final: nothing of it depends on what the debtors
    pay.
    """

    _inherit = "recouv.assignment"

    def _fix_price(self, day=None):
        """Read what is open now and fix the price on it; the caller makes the deed.

        :param day: the day of payment, today by default
        :return: the lines sold
        :raise UserError: a receivable is not open any more, or the price is negative
        """
        self.ensure_one()
        day = day or fields.Date.context_today(self)
        # sudo: the price of a schedule that the caller may write
        books = self.sudo()
        lines = books._lines_to_transfer()
        for line in lines:
            amount = line.origin_line_id.amount_residual_currency
            if line.amount != amount:
                line._record({"amount": amount})
        books._record(books._price(lines, day))
        return lines

    def _price(self, lines, day):
        """Return the values of the price of these lines, paid on a day."""
        contract, money = self.contract_id, self.currency_id.round
        nominal = money(sum(lines.mapped("amount")))
        commission = contract._commission(nominal, len(lines))
        financing = contract._financing(
            [(line.amount, line.origin_line_id.date_maturity) for line in lines], day
        )
        vat = contract._fee_vat(commission, financing)
        holdback = money(nominal * contract.holdback_rate / 100)
        price = money(nominal - commission - vat - financing - holdback)
        if self.currency_id.compare_amounts(price, 0) < 0:
            raise UserError(
                self.env._(
                    "%(schedule)s: commission and holdback are more than the "
                    "%(nominal)s sold. Nothing was booked.",
                    schedule=self.display_name,
                    nominal=self.currency_id.format(nominal),
                )
            )
        return {
            "amount_nominal": nominal,
            "amount_commission": commission,
            "amount_vat": vat,
            "amount_financing": financing,
            "amount_holdback": holdback,
            "amount_price": price,
        }


class RecouvFactoringContract(models.Model):
    """What a sale costs, by the terms of the contract."""

    _inherit = "recouv.factoring.contract"

    refund_commission = fields.Boolean(
        "Commission given back",
        default=True,
        help="With a receivable that is bought back or credited, its share of the "
        "commission is given back.",
    )

    def _price_texts(self):
        """EXTENDS: what becomes of the commission on what comes back."""
        texts = super()._price_texts()
        if self.refund_commission:
            texts.append(
                self.env._(
                    "The commission on a receivable that is credited or bought back "
                    "is given back in proportion."
                )
            )
        return texts

    def _commission(self, nominal, count):
        """Return the commission on receivables of a sum, before tax."""
        money = self.currency_id.round
        commission = money(nominal * self.commission_rate / 100)
        commission += self.commission_fixed * count
        return money(max(commission, self.commission_min))

    def _financing(self, amounts, day):
        """Return the financing charge on the days between payment and due date.

        :param amounts: list of (amount, due date); what is due bears none
        """
        weighted = sum(
            amount * (due - day).days for amount, due in amounts if due and due > day
        )
        return self.currency_id.round(weighted * self.financing_rate / 36500)

    def _fee_parts(self, commission, financing):
        """Return [(what, amount before tax, VAT rate)] of what is invoiced."""
        parts = (
            ("commission", commission, self.commission_vat),
            ("financing", financing, self.financing_vat),
        )
        return [
            (what, amount, self.commission_vat_rate if vat == "taxable" else 0.0)
            for what, amount, vat in parts
            if not self.currency_id.is_zero(amount)
        ]

    def _fee_vat(self, commission, financing):
        """Return the VAT, rounded as the agency's invoices round it."""
        # sudo: how the agency rounds, for the sum that both sign
        rounding = self.sudo().agency_id.tax_calculation_rounding_method
        taxes = [
            amount * rate / 100
            for _what, amount, rate in self._fee_parts(commission, financing)
        ]
        money = self.currency_id.round
        if rounding == "round_globally":
            return money(sum(taxes))
        return money(sum(money(tax) for tax in taxes))

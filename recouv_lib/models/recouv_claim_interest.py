from odoo import api, models
from odoo.exceptions import UserError

from ..lib import interest


class RecouvClaim(models.Model):
    """Legal interest of one claim: what a notice, a placement or a petition may ask.

    It runs from the presentation of the mise en demeure (art. 1344-1 code civil), by
    semester, on the principal as it stood; zero where the creditor does not claim it.
    """

    _inherit = "recouv.claim"

    def _legal_interest(self, principal, until, covered=(), rules=None):
        """Return the interest of one claim from its mise en demeure to ``until``.

        :param principal: what is asked today, in the claim's currency
        :param covered: (day or None, sum) of the open credits that already cover it
        :param rules: :meth:`_interest_rules`, when they are known already
        :return: Decimal, rounded as the currency is
        :raise interest.MissingRate: a semester without rate; none is extrapolated
        """
        self.ensure_one()
        books = self._on_books()
        start, paid = self.formal_notice_date, books._paid_since_formal_notice()
        lowered = [(day or start, amount) for day, amount in [*paid, *covered]]
        parts = interest.segments(
            principal + sum(amount for _day, amount in paid), start, until, lowered
        )
        return interest.legal_interest(
            parts,
            digits=self.currency_id.decimal_places,
            **(rules or books._interest_rules(until)),
        ).amount

    def _accrued_interest(self, principals, until):
        """Return {claim: interest}, of those whose creditor claims any.

        :param principals: {claim: what is asked of it}
        :raise UserError: a semester has no rate; none is extrapolated
        """
        found, rules = {}, {}
        for claim in self.filtered("formal_notice_date"):
            books = claim._on_books()
            company = books.company_id
            if not books or not company._recouv_config().recouv_interest:
                continue
            if company not in rules:
                rules[company] = books._interest_rules(until)
            try:
                amount = claim._legal_interest(
                    principals[claim], until, rules=rules[company]
                )
            except interest.MissingRate as error:
                raise self._missing_rate(error) from error
            found[claim] = float(amount)
        return found

    @api.model
    def _missing_rate(self, error):
        """Return what a person is told of :class:`..lib.interest.MissingRate`."""
        return UserError(
            self.env._(
                "The legal interest rate of %(semester)s is not known: enter it "
                "with its source under Configuration, Legal parameters.",
                semester=error.semester,
            )
        )

    def _on_books(self):
        """Return the claim that stands on the creditor's books: this one.

        Extended by claims that mirror another company's.
        """
        self.ensure_one()
        return self

    def _interest_rules(self, until):
        """Return rates, basis and rhythm of the law that the creditor follows: the
        legal rate of each semester in France, one lasting rate in Switzerland
        (CO 104)."""
        company, country = self.company_id, self.company_id._recouv_country()
        parameters = self.env["recouv.legal.parameter"]
        swiss = country.code == "CH"
        code = "default_interest_rate" if swiss else "legal_rate"
        return {
            "rates": parameters._get_rates(code, company, country),
            "basis": int(
                parameters._get("interest_day_basis", until, company, country)
            ),
            "by_semester": not swiss,
        }

    def _paid_since_formal_notice(self):
        """Return [(day or None, amount)] that lowered the principal since the mise en
        demeure; None for a credit note, whose sum was never owed."""
        start = self.formal_notice_date
        return [
            (
                partial.credit_move_id._recouv_money_day(partial.max_date),
                partial.debit_amount_currency,
            )
            for partial in self.move_line_id.matched_credit_ids
            if partial.max_date > start
        ]


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def _legal_interest(self, until, covered=()):
        """Return the interest of the claim of this line on the sum that it asks."""
        self.ensure_one()
        return self.claim_id._legal_interest(self.amount, until, covered)

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .account_move_screens import READERS


@dataclass(frozen=True)
class Debt:
    """What a debtor owes in one currency: in all, past due, and since when."""

    currency: object
    total: float
    past_due: float
    oldest: object


class ResPartner(models.Model):
    """What a debtor owes, said in one sentence where he is met again."""

    _inherit = "res.partner"

    recouv_owes = fields.Char("Owes", compute="_compute_recouv_owes", groups=READERS)
    recouv_owed_total = fields.Monetary(
        "Owed in all", compute="_compute_recouv_owes", groups=READERS
    )
    recouv_oldest_due = fields.Date(
        "Owes since", compute="_compute_recouv_owes", groups=READERS
    )

    @api.depends_context("allowed_company_ids", "lang")
    def _compute_recouv_owes(self):
        companies = self.env.companies
        for partner in self:
            debtor = partner.commercial_partner_id
            debts = debtor._recouv_debts(companies)
            late = [debt for debt in debts if debt.oldest]
            partner.recouv_owed_total = debtor._recouv_total_in(debts, companies[:1])
            partner.recouv_oldest_due = min((d.oldest for d in late), default=False)
            partner.recouv_owes = bool(late) and debtor._recouv_sentence(
                late, companies
            )

    def _recouv_debts(self, companies):
        """Return a :class:`Debt` for each currency of the books in which something is
        owed, what is owed for longest first.

        Sums in different currencies are never added up; credits and money under way
        are taken off in their own.
        """
        if not self._origin:
            return []
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self._origin.id),
                ("company_id", "in", companies.ids),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
            ]
        )
        # money under way without an entry has come too
        under_way = self.env["recouv.collection"]._under_way(items)
        debts = [
            self._recouv_debt(currency, mine, under_way)
            for currency, mine in items.grouped("company_currency_id").items()
        ]
        return sorted(debts, key=lambda debt: (not debt.oldest, debt.oldest or 0))

    @api.model
    def _recouv_debt(self, currency, items, under_way):
        """Return what these items, of books in one currency, leave to pay."""
        today, left = fields.Date.context_today(self), {}
        for item in items:
            # what is under way is counted in the currency of its invoice
            coming = under_way.get(item)
            part = item._recouv_company_part(coming) if coming else 0.0
            left[item] = item.amount_residual - part
        late = [
            item
            for item in items
            if currency.compare_amounts(left[item], 0) > 0
            and (item.date_maturity or item.date) < today
        ]
        credit = sum(min(amount, 0.0) for amount in left.values())
        past_due = currency.round(sum(left[item] for item in late) + credit)
        oldest = min((item.date_maturity or item.date for item in late), default=False)
        return Debt(
            currency,
            max(currency.round(sum(left.values())), 0.0),
            max(past_due, 0.0),
            oldest if past_due > 0 else False,
        )

    @api.model
    def _recouv_total_in(self, debts, company):
        """Return the debts in one sum, in the currency of ``company``, at today's
        rate."""
        today = fields.Date.context_today(self)
        return sum(
            debt.currency._convert(debt.total, company.currency_id, company, today)
            for debt in debts
        )

    def _recouv_sentence(self, debts, companies):
        """Say it: sums, since when, notices sent, agreement broken, payment bounced.

        :param debts: those past due, one :class:`Debt` for each currency
        """
        _, first = self.env._, debts[0]
        parts = [
            _(
                "%(debtor)s owes %(amount)s since %(date)s",
                debtor=self.name,
                amount=format_amount(self.env, first.past_due, first.currency),
                date=format_date(self.env, first.oldest),
            )
        ]
        parts += [
            _(
                "%(amount)s since %(date)s",
                amount=format_amount(self.env, debt.past_due, debt.currency),
                date=format_date(self.env, debt.oldest),
            )
            for debt in debts[1:]
        ]
        count = self._recouv_standing_notices(companies)
        if count == 1:
            parts.append(_("1 notice"))
        elif count:
            parts.append(_("%s notices", count))
        if self._recouv_broken_agreement(companies):
            parts.append(_("agreement not kept"))
        if self._recouv_has_bounce(companies):
            parts.append(_("a payment bounced"))
        return ", ".join(parts)

    def _recouv_standing_notices(self, companies):
        return self.env["recouv.notice"].search_count(
            [
                ("partner_id", "=", self._origin.id),
                ("company_id", "in", companies.ids),
                ("proven_on", "!=", False),
                ("line_ids.claim_id.settlement", "=", "open"),
            ]
        )

    def _recouv_broken_agreement(self, companies):
        """Whether something agreed with this debtor is not kept today."""
        domain = [
            ("company_id", "in", companies.ids),
            ("partner_id", "=", self._origin.id),
            ("standing", "=", "broken"),
        ]
        return bool(self.env["recouv.plan"].search_count(domain, limit=1))

    def _recouv_has_bounce(self, companies):
        domain = [
            ("partner_id", "=", self._origin.id),
            ("company_id", "in", companies.ids),
            ("undone_on", "=", False),
        ]
        return bool(self.env["recouv.bounce"].search_count(domain, limit=1))

    # --- buttons --------------------------------------------------------------------

    def action_recouv_collect(self):
        """Open “Collect” on this debtor."""
        self.ensure_one()
        return self.env["recouv.collect"]._dialog(
            default_partner_id=self.commercial_partner_id.id
        )

    def action_recouv_money(self):
        """Show what was taken from this debtor."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_collection_action"
        )
        debtors = self.commercial_partner_id
        return action | {"domain": [("partner_id", "in", debtors.ids)], "context": {}}

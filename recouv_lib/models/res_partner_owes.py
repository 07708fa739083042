from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .account_move_screens import READERS


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
        for partner in self:
            debtor = partner.commercial_partner_id
            totals = debtor._recouv_totals(self.env.companies)
            total, oldest, past_due = totals
            partner.recouv_owed_total = total
            partner.recouv_oldest_due = oldest
            partner.recouv_owes = past_due > 0 and debtor._recouv_sentence(
                past_due, oldest, self.env.companies
            )

    def _recouv_totals(self, companies):
        """Return (owed in all, oldest past due date, past due) in the currency of the
        first company; credits are taken off."""
        if not self._origin:
            return 0.0, False, 0.0
        today = fields.Date.context_today(self)
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self._origin.id),
                ("company_id", "in", companies.ids),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
            ]
        )
        late = items.filtered(
            lambda item: (
                item.amount_residual > 0 and (item.date_maturity or item.date) < today
            )
        )
        credit = sum(
            items.filtered(lambda i: i.amount_residual < 0).mapped("amount_residual")
        )
        # money under way without an entry has come too
        under_way = sum(self.env["recouv.collection"]._under_way(items).values())
        past_due = sum(late.mapped("amount_residual")) + credit - under_way
        oldest = min((item.date_maturity or item.date for item in late), default=False)
        total = sum(items.mapped("amount_residual")) - under_way
        return max(total, 0.0), oldest if past_due > 0 else False, max(past_due, 0.0)

    def _recouv_sentence(self, past_due, oldest, companies):
        """Say it: sum, since when, notices sent, agreement broken, payment bounced."""
        _, company = self.env._, companies[:1]
        parts = [
            _(
                "%(debtor)s owes %(amount)s since %(date)s",
                debtor=self.name,
                amount=format_amount(self.env, past_due, company.currency_id),
                date=format_date(self.env, oldest),
            )
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

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import format_date

IMPAIRMENT = "impairment"


class RecouvDoubtfulBatch(models.Model):
    """The impairment of bought receivables that are not lost yet, in the buyer's books.

    It is a doubtful batch that moves nothing: what was bought stays where it is
    (467500) and is asked for as before. One entry brings the impairment (681740 /
    496700, released into 781740: law.md §5.4) to what is estimated at its date, by the
    table of rates or by hand. The next one starts from there and books the difference
    only (``recouv_doubtful_carried.py`` of recouv_lib), so that what was paid, lost or
    given back meanwhile is released. A loss releases its own at once
    (``recouv.write.off``).
    """

    _inherit = "recouv.doubtful.batch"

    kind = fields.Selection(
        selection_add=[(IMPAIRMENT, "Bought receivables")],
        ondelete={IMPAIRMENT: "set default"},
    )

    # INSTEAD: both kinds are prepared for one closing
    _one_draft_uniq = models.UniqueIndex(
        "(company_id, date, kind) WHERE state = 'draft'",
        "A draft of that closing date exists already: use it.",
    )

    @api.model
    def default_get(self, fields_list):
        """EXTENDS: what the table says nothing of is not listed."""
        values = super().default_get(fields_list)
        if values.get("kind") == IMPAIRMENT and "min_age_days" in values:
            steps = self.env["recouv.impairment.rate"]._steps(self.env.company)
            values["min_age_days"] = steps[0][0] if steps else 0
        return values

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """EXTENDS: what it is of."""
        result = super()._compute_display_name()
        for batch in self._impairments():
            batch.display_name = self.env._(
                "Impairment at %(date)s", date=format_date(self.env, batch.date) or ""
            )
        return result

    def _impairments(self):
        return self.filtered(lambda batch: batch.kind == IMPAIRMENT)

    # --- proposing ------------------------------------------------------------------

    def _candidates(self):
        # EXTENDS: what was bought, old enough
        if self.kind != IMPAIRMENT:
            return super()._candidates()
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("claim_id.capacity", "=", "assignee")
            & Domain("date_due", "<=", self.date - timedelta(days=self.min_age_days))
        )

    def _depreciated_items(self, claims):
        # EXTENDS: what was bought stays on its account
        if self.kind != IMPAIRMENT:
            return super()._depreciated_items(claims)
        return claims.move_line_id

    def _apply_rates(self):
        """EXTENDS: rates by age, from the company's own table."""
        if self.kind != IMPAIRMENT:
            return super()._apply_rates()
        steps = self.env["recouv.impairment.rate"]._steps(self.company_id)

        def rate(line):
            age = (self.date - (line.date_due or self.date)).days
            reached = [percent for days, percent in steps if days <= age]
            return reached[-1] if reached else 0.0

        for percent, lines in self.line_ids.grouped(rate).items():
            lines.write({"percent": percent})
        return None

    # --- booking --------------------------------------------------------------------

    def _depreciation_account(self, fname):
        """EXTENDS: a bought receivable is no customer's (467500, thus 496700)."""
        if self.kind == IMPAIRMENT and fname == "recouv_depreciation_account_id":
            fname = "recouv_impairment_account_id"
        return super()._depreciation_account(fname)

    def _book_depreciation(self, amounts, date):
        # EXTENDS: one entry of totals; what they are made of is listed here
        if self.kind != IMPAIRMENT:
            return super()._book_depreciation(amounts, date)
        money = self.company_currency_id
        up = money.round(sum(amount for _line, amount in amounts if amount > 0))
        down = money.round(sum(amount for _line, amount in amounts if amount < 0))
        if money.is_zero(up) and money.is_zero(down):
            return None
        # sudo: an entry made of checked values only, by a manager
        moves = self.env["account.move"].sudo().with_company(self.company_id)
        move = moves.create(self._impairment_vals(up, down, date))
        move._post(soft=False)
        self.sudo().depreciation_move_ids |= move
        return move

    def _impairment_vals(self, up, down, date):
        """Return the entry that adds ``up`` and releases ``down`` (not above zero)."""
        company = self.company_id
        words = self.with_context(lang=company.partner_id.lang or self.env.lang)
        journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
        kept = self._depreciation_account("recouv_depreciation_account_id")
        sides = (
            (up, "recouv_depreciation_expense_account_id",
             words.env._("Impairment of bought receivables")),
            (down, "recouv_depreciation_income_account_id",
             words.env._("Impairment of bought receivables released")),
        )  # fmt: skip
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": date,
            "ref": words.display_name,
            "line_ids": [
                Command.create(
                    {"name": label, "account_id": account.id, "balance": balance}
                )
                for amount, fname, label in sides
                if amount
                for account, balance in (
                    (self._depreciation_account(fname), amount),
                    (kept, -amount),
                )
            ],
        }


class RecouvDoubtfulLine(models.Model):
    _inherit = "recouv.doubtful.line"

    def _is_moved(self):
        # EXTENDS: what was bought stays on its account
        return self.batch_id.kind != IMPAIRMENT and super()._is_moved()

    def _is_idle(self):
        # EXTENDS: an impairment lists all that is estimated, unchanged or not
        if self.batch_id.kind != IMPAIRMENT:
            return super()._is_idle()
        return not (self.amount or self.amount_carried)


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_impairment_account_id = fields.Many2one(
        "account.account", "Impairment of bought receivables", check_company=True
    )

    @api.model
    def _recouv_depreciation_codes(self):
        """EXTENDS: what was bought is a sundry debtor's (law.md §5.4)."""
        codes = super()._recouv_depreciation_codes()
        return codes | {"recouv_impairment_account_id": "496700"}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_impairment_account_id = fields.Many2one(
        related="company_id.recouv_impairment_account_id", readonly=False
    )

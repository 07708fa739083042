from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, float_compare

from ..lib.periods import period_at
from .account_move_screens import READERS
from .recouv_derived_mixin import derived_search
from .recouv_engine import Blocker


class RecouvLegalParameter(models.Model):
    _inherit = "recouv.legal.parameter"

    @api.model
    def _quote_threshold(self, company, day):
        """Return the fees from which an overrun needs a signed quote, None without.

        Source: arrêté of 2 October 2008 (70 € and more, containing an overrun). A
        country without such a rule has no value: that is no error here.
        """
        period = period_at(self._periods("devis_threshold", company), day)
        return period.value if period else None


class AccountMove(models.Model):
    _inherit = "account.move"

    recouv_needs_quote = fields.Boolean(
        "Signed quote is missing",
        compute="_compute_recouv_needs_quote",
        groups=READERS,
        help="From the legal sum on, an overrun is due only with a written quote.",
    )

    @api.depends(
        "recouv_overrun_amount", "recouv_quote_signed_on", "amount_total", "company_id"
    )
    def _compute_recouv_needs_quote(self):
        today = fields.Date.context_today(self)
        threshold = self.env["recouv.legal.parameter"]._quote_threshold
        for move in self:
            limit = None
            if move.recouv_overrun_amount > 0 and not move.recouv_quote_signed_on:
                limit = threshold(move.company_id or self.env.company, today)
            move.recouv_needs_quote = (
                limit is not None
                and float_compare(abs(move.amount_total_signed), limit, 2) >= 0
            )


class RecouvClaim(models.Model):
    """The part of a claim that an unsigned quote makes fragile, shown apart.

    It stays in what the debtor is asked, for he may well pay it; it stays out of
    hand-over, court and sale unless a manager confirms it (law.md H5).
    """

    _inherit = "recouv.claim"

    amount_fragile = fields.Monetary(
        "Unsigned overrun",
        compute="_compute_derived",
        search=derived_search("amount_fragile"),
        help="Overrun of an invoice of the legal sum or more without a signed quote: a "
        "court would take it off.",
    )
    is_fragile = fields.Boolean(
        "Fragile",
        compute="_compute_derived",
        search=derived_search("is_fragile"),
        help="It has an unsigned overrun that no manager has confirmed.",
    )
    overrun_confirmation_ids = fields.One2many(
        "recouv.overrun.confirmation", "claim_id", readonly=True
    )
    fragile_confirmed_on = fields.Datetime(
        "Overrun confirmed on", compute="_compute_fragile_confirmed"
    )
    fragile_confirmed_by_id = fields.Many2one(
        "res.users", "Overrun confirmed by", compute="_compute_fragile_confirmed"
    )

    @api.depends("overrun_confirmation_ids.undone_on")
    def _compute_fragile_confirmed(self):
        for claim in self:
            standing = claim._standing_confirmation()
            claim.fragile_confirmed_on = standing.create_date
            claim.fragile_confirmed_by_id = standing.confirmed_by_id

    def _standing_confirmation(self):
        return self.overrun_confirmation_ids.filtered(lambda c: not c.undone_on)[:1]

    # --- derived ------------------------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        if fname not in ("amount_fragile", "is_fragile"):
            return super()._derived_sql(fname, alias)
        # sudo: thresholds are public law; record rules say which claims are seen
        companies = self.env["res.company"].sudo().search([])
        table = SQL.identifier(alias)
        sql = self._fragile_sql if fname == "amount_fragile" else self._is_fragile_sql
        return sql(table, companies)

    @api.model
    def _derived_reads(self):
        names = {
            "account.move": (
                "recouv_overrun_amount",
                "recouv_quote_signed_on",
                "amount_total",
                "amount_total_signed",
            ),
            "recouv.overrun.confirmation": ("claim_id", "undone_on"),
            "recouv.transfer": (
                *("origin_line_id", "target_line_id", "undone_id"),
                *("kind", "state"),
            ),
        }
        mine = [self.env[m]._fields[name] for m, all_ in names.items() for name in all_]
        return super()._derived_reads() + mine

    @api.model
    def _fragile_sql(self, claim, companies):
        """The item's share of the overrun, no more than what is still owed of it; of
        the invoice's own item, be it doubtful by now."""
        born = SQL(
            "FROM account_move_line bl WHERE bl.id = %s",
            self.env["recouv.transfer"]._born_item_sql(SQL("fl")),
        )
        return SQL(
            """COALESCE((SELECT LEAST(
                       GREATEST(fl.amount_residual_currency, 0),
                       ROUND(fm.recouv_overrun_amount
                             * (SELECT bl.amount_currency %(born)s)
                             / NULLIF(fm.amount_total, 0), 2))
                  FROM account_move_line fl
                  JOIN account_move fm ON fm.id = (SELECT bl.move_id %(born)s)
                 WHERE fl.id = %(claim)s.move_line_id AND fl.parent_state = 'posted'
                   AND fm.recouv_overrun_amount > 0
                   AND fm.recouv_quote_signed_on IS NULL
                   AND ABS(fm.amount_total_signed) >= %(threshold)s), 0)""",
            born=born,
            claim=claim,
            threshold=self._threshold_sql(companies),
        )

    @api.model
    def _threshold_sql(self, companies):
        """The threshold of the company of invoice ``fm``; NULL compares to nothing."""
        today = fields.Date.context_today(self)
        threshold = self.env["recouv.legal.parameter"]._quote_threshold
        values = {company.id: threshold(company, today) for company in companies}
        cases = [
            SQL("WHEN %s THEN %s", company_id, value)
            for company_id, value in values.items()
            if value is not None
        ]
        if not cases:
            return SQL("NULL::numeric")
        return SQL("(CASE fm.company_id %s END)::numeric", SQL(" ").join(cases))

    @api.model
    def _is_fragile_sql(self, claim, companies):
        return SQL(
            """(%(amount)s > 0 AND NOT EXISTS (
                    SELECT 1 FROM recouv_overrun_confirmation oc
                     WHERE oc.claim_id = %(claim)s.id AND oc.undone_on IS NULL))""",
            amount=self._fragile_sql(claim, companies),
            claim=claim,
        )

    # --- what a manager decides ---------------------------------------------------

    def action_confirm_overrun(self):
        """Let the unsigned overrun go on to hand-over, court and sale.

        :raise AccessError: not a manager
        :raise UserError: a claim without an overrun to confirm, named
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(
                self.env._("Only a manager confirms an unsigned overrun.")
            )
        for claim in self:
            if not claim.is_fragile:
                raise UserError(
                    self.env._(
                        "%s has no unsigned overrun to confirm.", claim.display_name
                    )
                )
        self.env["recouv.overrun.confirmation"].create(
            [{"claim_id": claim.id} for claim in self]
        )
        self.invalidate_recordset(["is_fragile"])
        return True

    def action_undo_overrun(self):
        """Ask why the confirmation is taken back."""
        self.ensure_one()
        return self._standing_confirmation().action_ask_undo()


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        fragile = self.env["recouv.claim"]._is_fragile_sql(SQL("c"), company)
        return [
            *super()._claim_blockers(company, today),
            Blocker(
                "unsigned_overrun",
                self.env._(
                    "Its overrun has no signed quote: a manager confirms it before the "
                    "claim is handed over."
                ),
                SQL("c.next_channel = 'handover' AND %s", fragile),
            ),
        ]

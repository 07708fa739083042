from odoo import api, fields, models
from odoo.tools import SQL

from .account_move_screens import READERS
from .recouv_engine import Blocker

# what a practice may invoice and yet not have collected (law.md §5, requirement A28)
EXCLUSIONS = [
    ("missed_appointment", "Missed appointment"),
    ("remote_advice", "Advice by phone or e-mail"),
    ("protected_overrun", "Overrun on a protected tariff"),
]


class AccountMoveLine(models.Model):
    """An invoice line that may not be collected says so with a code."""

    _inherit = "account.move.line"

    recouv_exclusion = fields.Selection(
        EXCLUSIONS,
        "Not collectable",
        groups=READERS,
        help="Stays on the invoice, but no notice asks for it.",
    )

    # a run asks for the coded lines of every invoice that it opens a claim for
    _recouv_exclusion_idx = models.Index("(move_id) WHERE recouv_exclusion IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'account': a line added with its code lowers what is asked."""
        lines = super().create(vals_list)
        if any(vals.get("recouv_exclusion") for vals in vals_list):
            lines.move_id._recouv_refresh_exclusions()
        return lines

    def write(self, vals):
        """EXTENDS 'account': a code set or taken away moves what is asked."""
        result = super().write(vals)
        if "recouv_exclusion" in vals:
            self.move_id._recouv_refresh_exclusions()
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    recouv_charge_line_ids = fields.One2many(
        "account.move.line",
        "move_id",
        "Charges",
        domain=[("display_type", "=", "product")],
        copy=False,
        groups=READERS,
        help="The lines of the invoice, where a posted one still takes a code.",
    )

    def _recouv_refresh_exclusions(self):
        """Compute again, in one statement, what no notice asks of these invoices."""
        claims = self._recouv_open_claims()
        if not claims:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_claim c SET amount_excluded = %(excluded)s
                     FROM account_move_line l, account_move m
                    WHERE l.id = c.move_line_id AND m.id = c.move_id
                      AND c.id IN %(claims)s""",
                excluded=claims._excluded_sql(),
                claims=tuple(claims.ids),
            )
        )
        claims.invalidate_recordset(["amount_excluded"])


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    amount_excluded = fields.Monetary(
        "Not collectable",
        readonly=True,
        default=0,
        copy=False,
        help="Part of the invoice's lines that carry a code saying that they may not "
        "be collected; no notice asks for it.",
    )

    @api.model
    def _not_asked_sql(self, claim, today):
        """Return the SQL of what no notice may ask of row ``claim`` on ``today``.

        In the claim's currency; the engine takes the company's pro rata. Extended by
        whatever else lowers what is asked without suspending the claim.
        """
        return SQL("COALESCE(%s.amount_excluded, 0)", claim)

    @api.model
    def _excluded_sql(self):
        """What item ``l`` of invoice ``m`` may not ask: its share of the coded lines.

        Each instalment bears its part, rounded as the currency is, and goes on to when
        it was made doubtful. What a credit note of the invoice took of them, by lines
        of the same kind, is excluded no more.
        """
        return SQL(
            """COALESCE((SELECT GREATEST(0, ROUND(
                        (SUM(x.price_total) - COALESCE((
                            SELECT SUM(y.price_total)
                              FROM account_move_line y
                              JOIN account_move refund ON refund.id = y.move_id
                             WHERE refund.reversed_entry_id = m.id
                               AND refund.state = 'posted'
                               AND y.recouv_exclusion IS NOT NULL), 0))
                        * (SELECT bl.amount_currency FROM account_move_line bl
                            WHERE bl.id = %s AND bl.move_id = m.id)
                        / NULLIF(m.amount_total, 0), cur.decimal_places))
                   FROM account_move_line x
                   JOIN res_currency cur ON cur.id = m.currency_id
                  WHERE x.move_id = m.id AND x.recouv_exclusion IS NOT NULL
                  GROUP BY cur.decimal_places), 0)""",
            self.env["recouv.transfer"]._born_item_sql(SQL("l")),
        )


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_values(self, company, in_review):
        values = super()._claim_values(company, in_review)
        excluded = self.env["recouv.claim"]._excluded_sql()
        return values | {"amount_excluded": excluded}

    @api.model
    def _claim_blockers(self, company, today):
        return [
            *super()._claim_blockers(company, today),
            Blocker(
                "not_collectable",
                self.env._("What is left of it may not be collected."),
                SQL("x.amount > 0 AND l.amount_residual_currency <= x.amount"),
            ),
        ]

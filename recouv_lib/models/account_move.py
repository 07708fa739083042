from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_claim import HOLDERS, SUSPENSIONS
from .recouv_derived_mixin import derived_search

# Fields of an invoice that say what its furthest claim says.
CLAIM_FIELDS = {
    "recouv_step_id": "step_id",
    "recouv_next_date": "next_date",
    "recouv_holder": "holder",
    "recouv_suspension": "suspension",
    "recouv_limitation_date": "limitation_date",
}


class AccountMove(models.Model):
    """What a practice adds to an invoice, and where its unpaid part stands.

    The relance fields are read from the claims in SQL, never stored: writing them
    on the invoice would make a cashier's payment wait for a run.
    """

    _name = "account.move"
    _inherit = ["account.move", "recouv.derived.mixin"]

    recouv_patient_id = fields.Many2one(
        "res.partner",
        "Patient",
        index="btree_not_null",
        check_company=True,
        help="Who was cared for, when it is not the debtor.",
    )
    recouv_practitioner_id = fields.Many2one(
        "res.partner", "Practitioner", index="btree_not_null"
    )
    recouv_care_end_date = fields.Date("End of care", copy=False)
    recouv_overrun_amount = fields.Monetary("Overrun", copy=False)
    recouv_quote_signed_on = fields.Date("Quote signed on", copy=False)
    recouv_quote_document_id = fields.Many2one(
        "ir.attachment", "Signed quote", copy=False
    )
    recouv_claim_ids = fields.One2many("recouv.claim", "move_id", readonly=True)
    recouv_step_id = fields.Many2one(
        "recouv.step",
        "Relance step",
        compute="_compute_derived",
        search=derived_search("recouv_step_id"),
    )
    recouv_next_date = fields.Date(
        "Next relance",
        compute="_compute_derived",
        search=derived_search("recouv_next_date"),
    )
    recouv_holder = fields.Selection(
        HOLDERS,
        "Holder",
        compute="_compute_derived",
        search=derived_search("recouv_holder"),
    )
    recouv_suspension = fields.Selection(
        SUSPENSIONS,
        "Suspension",
        compute="_compute_derived",
        search=derived_search("recouv_suspension"),
    )
    recouv_limitation_date = fields.Date(
        "Right to sue expires on",
        compute="_compute_derived",
        search=derived_search("recouv_limitation_date"),
    )
    recouv_notice_count = fields.Integer(compute="_compute_recouv_notice_count")

    # --- derived from the claims ----------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        """The value of the claim that is furthest on its schedule; one that was sold
        says nothing of what is left here."""
        if fname not in CLAIM_FIELDS:  # asked for every field of every invoice read
            return super()._derived_sql(fname, alias)
        if fname == "recouv_suspension":
            column = self.env["recouv.claim"]._suspension_sql(
                SQL.identifier("c"), fields.Date.context_today(self)
            )
        else:
            column = SQL.identifier("c", CLAIM_FIELDS[fname])
        return self._of_claim_sql(column, alias)

    @api.model
    def _of_claim_sql(self, column, alias):
        """Return an expression over ``c``, the claim that speaks for the invoice."""
        return SQL(
            """(SELECT %s FROM recouv_claim c
                  LEFT JOIN recouv_step cs ON cs.id = c.step_id
                 WHERE c.move_id = %s.id AND c.closed_on IS NULL
                   AND c.capacity <> 'payer_followup'
                 ORDER BY c.holder = 'buyer', cs.sequence DESC NULLS LAST, c.date_due,
                          c.id LIMIT 1)""",
            column,
            SQL.identifier(alias),
        )

    @api.model
    def _derived_short_sql(self, fname, alias):
        """EXTENDS: what is not claimed, or under no hold, is suspended by nothing."""
        if fname != "recouv_suspension":
            return super()._derived_short_sql(fname, alias)
        short, unknown = self.env["recouv.claim"]._suspension_short_sql(
            SQL.identifier("c"), fields.Date.context_today(self)
        )
        return (
            self._of_claim_sql(short, alias),
            SQL("COALESCE(%s, FALSE)", self._of_claim_sql(unknown, alias)),
        )

    def _compute_recouv_notice_count(self):
        counts = dict(
            self.env["recouv.notice.line"]._read_group(
                [("claim_id.move_id", "in", self.ids)],
                ["claim_id"],
                ["notice_id:count_distinct"],
            )
        )
        for move in self:
            move.recouv_notice_count = sum(
                counts.get(claim, 0) for claim in move.recouv_claim_ids
            )

    # --- the claim follows ----------------------------------------------------------

    def _recouv_receivable_items(self):
        """Return the receivable items by rank of maturity."""
        self.ensure_one()
        return self.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        ).sorted(lambda item: (item.date_maturity or item.date, item.id))

    def _recouv_open_claims(self):
        # the claims of any invoice posted must follow it, whoever posts: only
        # technical links and dates are written
        return (
            self.env["recouv.claim"]
            .sudo()
            .search([("move_id", "in", self.ids), ("closed_on", "=", False)])
        )

    def _post(self, soft=True):
        """EXTENDS 'account': claims of an invoice posted again find their items."""
        posted = super()._post(soft)
        claims = posted._recouv_open_claims()
        claims._realign()
        if claims or posted.reversed_entry_id:
            (posted | posted.reversed_entry_id)._recouv_refresh_exclusions()
        return posted

    def write(self, vals):
        """EXTENDS 'account': a changed end of care moves the claims' dates."""
        result = super().write(vals)
        if "recouv_care_end_date" in vals:
            self.filtered(
                lambda m: m.state == "posted"
            )._recouv_open_claims()._realign()
        return result

    def button_cancel(self):
        """EXTENDS 'account': a cancelled invoice closes its claims."""
        result = super().button_cancel()
        self._recouv_open_claims()._realign()
        return result

    # --- actions --------------------------------------------------------------------

    def action_recouv_explain(self):
        """Open the dialog that says why nothing leaves, or what leaves next."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Relance: where it stands"),
            "res_model": "recouv.explain",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_id": self.id},
        }

    def action_recouv_notices(self):
        return self.recouv_claim_ids.action_view_notices()

    def action_recouv_mark_handed_over(self):
        """The invoice was given to the patient by hand: it counts as sent."""
        self.filtered(lambda m: m.state == "posted").write({"is_move_sent": True})
        return True

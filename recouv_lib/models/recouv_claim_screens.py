from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_derived_mixin import derived_search
from .recouv_engine import Blocker


class RecouvClaim(models.Model):
    """What the screens of a claim show and press; nothing here is stored by a run."""

    _inherit = "recouv.claim"

    reviewed_on = fields.Date(
        "Looked at on",
        readonly=True,
        copy=False,
        help="The day a human last said that the schedule may go on.",
    )
    is_untouched = fields.Boolean(
        "Untouched for long",
        compute="_compute_derived",
        search=derived_search("is_untouched"),
        help="Its turn came long ago and nobody looked since: no reminder leaves "
        "years later without a human.",
    )
    is_awaiting_proof = fields.Boolean(
        "Awaiting proof",
        compute="_compute_derived",
        search=derived_search("is_awaiting_proof"),
    )
    notice_ids = fields.Many2many(
        "recouv.notice", string="Notices", compute="_compute_notice_ids"
    )
    notice_count = fields.Integer(compute="_compute_notice_ids")
    all_hold_ids = fields.Many2many(
        "recouv.hold",
        string="Suspensions",
        compute="_compute_all_hold_ids",
        help="Its own and those of its debtor, past ones included.",
    )
    where_it_stands = fields.Text(compute="_compute_where_it_stands")

    # --- derived --------------------------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        table = SQL.identifier(alias)
        if fname == "is_untouched":
            return self._untouched_sql(table, fields.Date.context_today(self))
        if fname == "is_awaiting_proof":
            return SQL(
                """(%(claim)s.closed_on IS NULL AND EXISTS (
                    SELECT 1 FROM recouv_notice_line nl
                      JOIN recouv_notice n ON n.id = nl.notice_id
                     WHERE nl.claim_id = %(claim)s.id AND nl.kind = 'claim'
                       AND (n.state = 'printed'
                            OR n.state = 'sent' AND n.proven_on IS NULL)))""",
                claim=table,
            )
        return super()._derived_sql(fname, alias)

    @api.model
    def _untouched_sql(self, claim, today):
        """True where the turn of ``claim`` came longer ago than its company allows."""
        return SQL(
            """COALESCE((SELECT co.recouv_untouched_days > 0
                        AND GREATEST(COALESCE(%(claim)s.next_date, %(claim)s.step_date,
                                              %(claim)s.date_due),
                                     %(claim)s.reviewed_on)
                            < %(today)s - co.recouv_untouched_days
                   FROM res_company co WHERE co.id = %(claim)s.company_id), FALSE)""",
            claim=claim,
            today=today,
        )

    def _compute_notice_ids(self):
        groups = dict(
            self.env["recouv.notice.line"]._read_group(
                [("claim_id", "in", self.ids), ("kind", "=", "claim")],
                ["claim_id"],
                ["notice_id:recordset"],
            )
        )
        for claim in self:
            notices = groups.get(claim._origin, self.env["recouv.notice"])
            claim.notice_ids = notices.sorted("id", reverse=True)
            claim.notice_count = len(notices)

    def _compute_all_hold_ids(self):
        for claim in self:
            claim.all_hold_ids = self.env["recouv.hold"].search(
                [
                    ("company_id", "=", claim.company_id.id),
                    "|",
                    ("claim_ids", "in", claim.ids),
                    ("partner_id", "=", claim.partner_id.id),
                ]
            )

    def _compute_where_it_stands(self):
        for claim in self:
            reasons = claim._explain() if claim._origin.id else []
            claim.where_it_stands = "\n".join(reason["message"] for reason in reasons)

    # --- actions --------------------------------------------------------------------

    def _action_dialog(self, model, name, **context):
        """Open the wizard ``model`` on these claims."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def action_explain(self):
        self.ensure_one()
        return self._action_dialog(
            "recouv.explain",
            self.env._("Relance: where it stands"),
            default_claim_id=self.id,
        )

    def action_suspend(self):
        return self._action_dialog(
            "recouv.hold.wizard",
            self.env._("Suspend"),
            default_mode="hold",
            default_claim_ids=self.ids,
        )

    def action_lift(self):
        return self._action_dialog(
            "recouv.hold.wizard",
            self.env._("Lift the suspension"),
            default_mode="lift",
            default_claim_ids=self.ids,
        )

    def action_review(self):
        return self._action_dialog(
            "recouv.review.wizard", self.env._("Review"), default_claim_ids=self.ids
        )

    def action_migrate_policy(self):
        return self._action_dialog(
            "recouv.policy.migration",
            self.env._("Move to another policy"),
            default_claim_ids=self.ids,
        )

    def action_touch(self):
        """A human has looked: the schedule may go on."""
        self.write({"reviewed_on": fields.Date.context_today(self)})
        return True

    def action_release_review(self):
        """EXTENDS recouv_claim: who reviews has looked."""
        self.action_touch()
        return super().action_release_review()

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(self.env.ref("account.view_move_form").id, "form")],
        }


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        return [
            *super()._claim_blockers(company, today),
            Blocker(
                "untouched",
                self.env._(
                    "Its turn came long ago and nobody touched it since: look at it, "
                    "then let the schedule go on."
                ),
                self.env["recouv.claim"]._untouched_sql(SQL.identifier("c"), today),
            ),
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_untouched_days = fields.Integer(
        "Days before a human must look",
        default=365,
        help="A claim whose turn came longer ago leaves only after a human has looked "
        "at it; 0: never stops.",
    )

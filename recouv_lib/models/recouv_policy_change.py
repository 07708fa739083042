from odoo import Command, api, fields, models
from odoo.tools import format_date


class RecouvPolicyChange(models.Model):
    """Claims that were moved to another policy, and which one each had before.

    Undone, as a whole, as long as nothing was sent on any of them since.
    """

    _name = "recouv.policy.change"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Change of policy"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    policy_id = fields.Many2one("recouv.policy", "New policy", readonly=True)
    changed_at = fields.Datetime("Moved on", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "By", readonly=True)
    line_ids = fields.One2many("recouv.policy.change.line", "change_id", readonly=True)
    claim_count = fields.Integer("Claims", compute="_compute_claim_count")

    @api.depends("line_ids")
    def _compute_claim_count(self):
        for change in self:
            change.claim_count = len(change.line_ids)

    @api.depends("policy_id", "changed_at")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for change in self:
            day = format_date(self.env, change.changed_at)
            change.display_name = f"{change.policy_id.name or ''} {day}".strip()

    @api.model
    def _change(self, claims, policy):
        """Move ``claims`` to ``policy`` and read every position again.

        :return: one change for each company
        """
        made = self.browse()
        for company, mine in claims.grouped("company_id").items():
            made |= self._record_new(self._change_values(company, mine, policy))
        claims._record({"policy_id": policy.id})
        claims._refresh_ladder()
        return made

    @api.model
    def _change_values(self, company, claims, policy):
        lines = [
            {"claim_id": claim.id, "previous_policy_id": claim.policy_id.id}
            for claim in claims
        ]
        return {
            "company_id": company.id,
            "policy_id": policy.id,
            "changed_at": fields.Datetime.now(),
            "user_id": self.env.uid,
            "line_ids": [Command.create(line) for line in lines],
        }

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: moved again, or something has left since."""
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        claims = self.line_ids.claim_id
        moved = claims.filtered(lambda claim: claim.policy_id != self.policy_id)
        if moved:
            return self.env._("%s was moved again since.", moved[:1].display_name)
        if left := self._left_since(claims):
            return self.env._("%s has left since.", left.display_name)
        return None

    def _left_since(self, claims):
        """Return a notice that names one of these claims and left after the change."""
        return self.env["recouv.notice"].search(
            [
                ("line_ids.claim_id", "in", claims.ids),
                ("is_manual_entry", "=", False),
                "|",
                ("state", "=", "sending"),
                "&",
                ("state", "in", ("sent", "delivered", "failed", "returned")),
                "|",
                ("date_sending", ">=", self.changed_at),
                ("date_sent", ">=", self.changed_at),
            ],
            limit=1,
        )

    def _undo(self):
        """Every claim has its policy back, and reads its position again.

        What was proposed under the other policy is withdrawn when it would leave.
        """
        for change in self:
            for policy, lines in change.line_ids.grouped("previous_policy_id").items():
                lines.claim_id._record({"policy_id": policy.id})
            change.line_ids.claim_id.filtered(
                lambda claim: not claim.closed_on
            )._refresh_ladder()


class RecouvPolicyChangeLine(models.Model):
    _name = "recouv.policy.change.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Claim whose policy changed"
    _check_company_auto = True

    change_id = fields.Many2one(
        "recouv.policy.change",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="change_id.company_id", store=True)
    claim_id = fields.Many2one(
        "recouv.claim", required=True, readonly=True, ondelete="restrict", index=True
    )
    previous_policy_id = fields.Many2one(
        "recouv.policy", "Policy before", readonly=True
    )

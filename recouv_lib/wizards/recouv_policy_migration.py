from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class RecouvPolicyMigration(models.TransientModel):
    """Move claims to another policy; what was sent stays and counts by rank.

    A policy changed or chosen later never moves a claim by itself: this is the
    explicit act. Three contacts proven under the old policy are three rungs climbed
    in the new one, but a mise en demeure that was not sent is never taken as sent.
    """

    _name = "recouv.policy.migration"
    _description = "Move claims to another policy"

    claim_ids = fields.Many2many("recouv.claim")
    company_ids = fields.Many2many("res.company", compute="_compute_company_ids")
    policy_id = fields.Many2one(
        "recouv.policy",
        "New policy",
        required=True,
        domain="[('company_id', 'parent_of', company_ids)]",
    )
    line_ids = fields.One2many(
        "recouv.policy.migration.line",
        "migration_id",
        compute="_compute_line_ids",
        store=True,
    )

    @api.depends("claim_ids")
    def _compute_company_ids(self):
        for wizard in self:
            wizard.company_ids = wizard.claim_ids.company_id

    @api.depends("claim_ids", "policy_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create(values) for values in wizard._preview()
            ]

    def _preview(self):
        """Return the values of a line per claim: where it would stand."""
        if not self.policy_id:
            return []
        claims = self.claim_ids._origin
        where = claims._positions_under(self.policy_id._origin)
        return [
            {
                "claim_id": claim.id,
                "step_id": claim.step_id.id,
                "next_step_id": where[claim].next_step_id,
                "next_date": where[claim].next_date,
            }
            for claim in claims
        ]

    def action_apply(self):
        """Write the new policy and read every position again."""
        self.ensure_one()
        claims = self.claim_ids.filtered(lambda c: not c.closed_on)
        if not claims:
            raise UserError(self.env._("These claims are closed."))
        self.policy_id._first_step()
        self.env["recouv.policy.change"]._change(claims, self.policy_id)
        return {"type": "ir.actions.act_window_close"}


class RecouvPolicyMigrationLine(models.TransientModel):
    _name = "recouv.policy.migration.line"
    _description = "Claim under another policy"

    migration_id = fields.Many2one("recouv.policy.migration", ondelete="cascade")
    claim_id = fields.Many2one("recouv.claim")
    step_id = fields.Many2one("recouv.step", "Reached so far")
    next_step_id = fields.Many2one("recouv.step", "Next step")
    next_date = fields.Date()

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class RecouvReviewWizard(models.TransientModel):
    """Decide in bulk what becomes of the claims that wait in review.

    What had been sent before the product went live is entered as a notice of the
    past, flagged as entered by hand, so that the ladder goes on from there.
    """

    _name = "recouv.review.wizard"
    _description = "Review claims in bulk"

    claim_ids = fields.Many2many("recouv.claim")
    claim_count = fields.Integer(compute="_compute_claim_count")
    choice = fields.Selection(
        [
            ("first", "Put them at the first step"),
            ("reached", "A step was already reached"),
            ("never", "Never relance them"),
            ("later", "Decide later (a write-off, for instance)"),
        ],
        required=True,
        default="first",
    )
    policy_id = fields.Many2one(
        "recouv.policy",
        compute="_compute_policy_id",
        store=True,
        readonly=False,
        domain="[('company_id', 'parent_of', company_ids)]",
        help="Empty: each claim keeps the policy that the rules chose.",
    )
    company_ids = fields.Many2many("res.company", compute="_compute_claim_count")
    step_id = fields.Many2one(
        "recouv.step", "Step reached", domain="[('policy_id', '=', policy_id)]"
    )
    reached_on = fields.Date(
        help="The day it left; for a registered letter, of its first presentation."
    )
    note = fields.Text()

    @api.model
    def default_get(self, fields_list):
        """Keep only what waits in review."""
        values = super().default_get(fields_list)
        chosen = self.env.context.get("default_claim_ids") or []
        waiting = (
            self.env["recouv.claim"]
            .browse(chosen)
            .filtered(lambda c: c.in_review and not c.closed_on)
        )
        values["claim_ids"] = [Command.set(waiting.ids)]
        return values

    @api.depends("claim_ids")
    def _compute_claim_count(self):
        for wizard in self:
            wizard.claim_count = len(wizard.claim_ids)
            wizard.company_ids = wizard.claim_ids.company_id

    @api.depends("claim_ids")
    def _compute_policy_id(self):
        for wizard in self:
            policies = wizard.claim_ids.policy_id
            wizard.policy_id = policies if len(policies) == 1 else False

    def action_apply(self):
        """Apply the choice; UserError when nothing waits or something is missing."""
        self.ensure_one()
        if not self.claim_ids:
            raise UserError(self.env._("None of these claims waits in review."))
        getattr(self, f"_apply_{self.choice}")()
        return {"type": "ir.actions.act_window_close"}

    def _apply_first(self):
        self._take_policy()
        self.claim_ids.action_release_review()

    def _apply_reached(self):
        if not self.step_id or not self.reached_on:
            raise UserError(self.env._("Say which step was reached, and on which day."))
        if self.reached_on > fields.Date.context_today(self):
            raise UserError(self.env._("The day cannot be in the future."))
        self._take_policy()
        self.claim_ids._enter_past_notice(self.step_id, self.reached_on, self.note)
        self.claim_ids.action_release_review()

    def _apply_never(self):
        self.claim_ids._hold("never", self.note)
        self.claim_ids.action_release_review()

    def _apply_later(self):
        note = self.note or self.env._("Blocked for later: to be decided.")
        self.claim_ids._hold("other", note)

    def _take_policy(self):
        if self.policy_id:
            self.claim_ids._record({"policy_id": self.policy_id.id})

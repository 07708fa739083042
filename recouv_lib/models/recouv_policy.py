from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CAPACITIES = [
    ("creditor", "Creditor"),
    ("payer_followup", "Payer follow-up"),
    ("assignee", "Assignee"),
    ("mandatary", "Mandatary"),
    ("subrogee", "Subrogee"),
]


class RecouvPolicy(models.Model):
    """A relance schedule: ordered steps and the rules that choose it.

    A policy changed later applies to new claims only; claims already under way
    move with the wizard *Move claims to another policy*.
    """

    _name = "recouv.policy"
    _description = "Relance policy"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    capacity = fields.Selection(CAPACITIES, required=True, default="creditor")
    grouping = fields.Selection(
        [("debtor", "One notice per debtor"), ("claim", "One notice per claim")],
        required=True,
        default="debtor",
    )
    description = fields.Text(
        translate=True, help="Shown to the practice when it chooses a schedule."
    )
    step_ids = fields.One2many("recouv.step", "policy_id", copy=True)
    rule_ids = fields.One2many("recouv.policy.rule", "policy_id", copy=True)
    claim_count = fields.Integer(compute="_compute_claim_count")

    def _compute_claim_count(self):
        counts = dict(
            self.env["recouv.claim"]._read_group(
                [("policy_id", "in", self.ids), ("closed_on", "=", False)],
                ["policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            policy.claim_count = counts.get(policy, 0)

    @api.constrains("active", "step_ids")
    def _check_formal_step_is_not_first(self):
        """A mise en demeure names only claims an earlier notice named: never first."""
        for policy in self:
            first = policy.step_ids.sorted()[:1]
            if first.is_formal_notice and policy.capacity == "creditor":
                raise ValidationError(
                    self.env._(
                        "%(policy)s: the mise en demeure cannot be the first step; "
                        "put a reminder before it.",
                        policy=policy.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for policy in self.filtered("claim_count"):
            raise UserError(
                self.env._(
                    "%(policy)s still governs %(count)s claims: move them to another "
                    "policy, or archive this one.",
                    policy=policy.name,
                    count=policy.claim_count,
                )
            )

    def _first_step(self):
        """Return the first step; UserError when the policy has none."""
        self.ensure_one()
        if not self.step_ids:
            raise UserError(
                self.env._(
                    "The policy %(policy)s has no step: add at least one, or choose "
                    "another policy.",
                    policy=self.name,
                )
            )
        return self.step_ids.sorted()[0]

    def action_view_claims(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        return action | {"domain": [("policy_id", "=", self.id)], "context": {}}

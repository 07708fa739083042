from odoo import fields, models


class RecouvInsurancePolicy(models.Model):
    """What stands on a policy, one click away."""

    _inherit = "recouv.insurance.policy"

    limit_count = fields.Integer("Number of limits", compute="_compute_stand_counts")
    loss_count = fields.Integer("Number of losses", compute="_compute_stand_counts")

    def _compute_stand_counts(self):
        limits, losses = map(
            self._counts_on, ("recouv.insurance.limit", "recouv.insurance.loss")
        )
        for policy in self:
            policy.limit_count = limits.get(policy.id, 0)
            policy.loss_count = losses.get(policy.id, 0)

    def _counts_on(self, model):
        groups = self.env[model]._read_group(
            [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
        )
        return {policy.id: count for policy, count in groups}

    def action_view_limits(self):
        """Open the limits asked under this policy."""
        return self._open_on("recouv_insurance_limit_action")

    def action_view_losses(self):
        """Open the losses notified under this policy."""
        return self._open_on("recouv_insurance_loss_action")

    def action_view_cover(self):
        """Open the unpaid invoices that this policy covers, or leaves out."""
        return self._open_on("recouv_insurance_cover_action")

    def _open_on(self, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"recouv_lib_factoring.{name}"
        )
        return action | {
            "domain": [("policy_id", "in", self.ids)],
            "context": {"default_policy_id": self[:1].id},
        }


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    invoice_count = fields.Integer(
        "Number of invoices", compute="_compute_invoice_count"
    )

    def _compute_invoice_count(self):
        for loss in self:
            loss.invoice_count = len(loss.line_ids.move_id)

    def action_view_invoices(self):
        """Open the unpaid invoices of this loss."""
        return self.line_ids.move_id._get_records_action(
            name=self.env._("Unpaid invoices")
        )

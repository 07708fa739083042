from odoo import fields, models

from .account_move_screens import READERS


class ResPartner(models.Model):
    """Agreements of a debtor."""

    _inherit = "res.partner"

    recouv_plan_count = fields.Integer(
        "Number of agreements", compute="_compute_recouv_plan_count", groups=READERS
    )

    def _compute_recouv_plan_count(self):
        counts = dict(
            self.env["recouv.plan"]._read_group(
                [("partner_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.recouv_plan_count = counts.get(partner._origin, 0)

    def action_recouv_plans(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_plan_action"
        )
        return action | {
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def action_recouv_agree(self):
        """Open the dialog on all that the debtor owes the current company."""
        claims = self.env["recouv.claim"].search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("closed_on", "=", False),
                ("settlement", "=", "open"),
            ]
        )
        return claims.action_agree()

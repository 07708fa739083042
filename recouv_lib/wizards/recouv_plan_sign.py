from odoo import fields, models


class RecouvPlanSign(models.TransientModel):
    """Keep the acknowledgment of debt that came back signed."""

    _name = "recouv.plan.sign"
    _description = "Signed acknowledgment of debt"

    plan_id = fields.Many2one("recouv.plan", required=True, readonly=True)
    date = fields.Date(
        "Signed on", required=True, default=lambda self: fields.Date.context_today(self)
    )
    document = fields.Binary("Scan", required=True)
    filename = fields.Char()

    def action_keep(self):
        """Attach the scan to the agreement; the limitation starts again."""
        self.ensure_one()
        document = self.env["ir.attachment"].create(
            {
                "name": self.filename or self.env._("Signed acknowledgment"),
                "datas": self.document,
                "res_model": "recouv.plan",
                "res_id": self.plan_id.id,
                "company_id": self.plan_id.company_id.id,
            }
        )
        self.plan_id._acknowledge(self.date, document)
        return {"type": "ir.actions.act_window_close"}

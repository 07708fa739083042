from odoo import api, fields, models


class RecouvMandateRevoke(models.TransientModel):
    """Say from when and why a mandate is revoked."""

    _name = "recouv.mandate.revoke"
    _description = "Revoke a mandate"

    mandate_id = fields.Many2one("recouv.mandate", required=True, readonly=True)
    notice_days = fields.Integer(related="mandate_id.notice_days")
    is_breach = fields.Boolean("For a serious breach, without notice")
    date = fields.Date(
        "No longer in force from",
        required=True,
        compute="_compute_date",
        store=True,
        precompute=True,
        readonly=False,
    )
    reason = fields.Char("Why", required=True, help="Both parties read it.")

    @api.depends("mandate_id", "is_breach")
    def _compute_date(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            days = 0 if wizard.is_breach else wizard.mandate_id.notice_days
            wizard.date = fields.Date.add(today, days=days)

    def action_revoke(self):
        """Revoke, and go back to the mandate."""
        self.ensure_one()
        self.mandate_id._revoke(self.date, self.reason, self.is_breach)
        return {"type": "ir.actions.act_window_close"}

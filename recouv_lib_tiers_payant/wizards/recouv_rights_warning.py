from odoo import api, fields, models


class RecouvRightsWarning(models.TransientModel):
    """Say what to check of the rights before an invoice is posted; it may be passed."""

    _name = "recouv.rights.warning"
    _description = "Rights to check"

    move_ids = fields.Many2many(
        "account.move", string="Invoices", required=True, readonly=True
    )
    message = fields.Text(compute="_compute_message")

    @api.depends("move_ids")
    def _compute_message(self):
        for wizard in self:
            wizard.message = "\n".join(
                f"{move.partner_id.display_name} – {move.recouv_rights_message}"
                for move in wizard.move_ids
                if move.recouv_rights_message
            )

    def action_pass(self):
        """Post all the same; who did is kept on the invoice."""
        self.move_ids._recouv_pass_rights()
        self.move_ids.with_context(recouv_rights_passed=True).action_post()
        return {"type": "ir.actions.act_window_close"}

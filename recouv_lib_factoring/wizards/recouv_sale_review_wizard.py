from odoo import fields, models


class RecouvSaleReviewWizard(models.TransientModel):
    """Say why invoices with a term granted at the outset may be sold."""

    _name = "recouv.sale.review.wizard"
    _description = "Review a sale"

    line_ids = fields.Many2many("recouv.assignment.line", required=True, readonly=True)
    count = fields.Integer(compute="_compute_count")
    reason = fields.Char("Why it may be sold", required=True)

    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.line_ids)

    def action_review(self):
        """Record the review, and look again at what stands against the sale."""
        self.line_ids.move_id._recouv_review_sale(self.reason)
        self.line_ids.filtered(lambda line: line.state == "draft")._look()
        return {"type": "ir.actions.act_window_close"}

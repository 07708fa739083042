from odoo import api, fields, models
from odoo.tools import format_date


class RecouvExplain(models.TransientModel):
    """Why nothing leaves for an invoice, or what leaves next and when."""

    _name = "recouv.explain"
    _description = "Where a relance stands"

    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    claim_id = fields.Many2one("recouv.claim", readonly=True)
    line_ids = fields.One2many(
        "recouv.explain.line", "explain_id", compute="_compute_line_ids", store=True
    )

    @api.depends("move_id", "claim_id")
    def _compute_line_ids(self):
        for explain in self:
            explain.line_ids = [fields.Command.clear()] + [
                fields.Command.create(values) for values in explain._explain()
            ]

    def _explain(self):
        """Return the values of the lines: one per reason and instalment."""
        if self.claim_id:
            found = [(self.claim_id.display_name, self.claim_id._explain())]
        else:
            moves = self.move_id
            items = moves._recouv_receivable_items() if moves else moves.line_ids
            found = [
                (
                    format_date(self.env, item.date_maturity),
                    item._recouv_explain(),
                )
                for item in items
            ]
        return [
            {"label": label, **reason} for label, reasons in found for reason in reasons
        ]


class RecouvExplainLine(models.TransientModel):
    _name = "recouv.explain.line"
    _description = "Reason of a relance's state"

    explain_id = fields.Many2one("recouv.explain", ondelete="cascade")
    label = fields.Char("Maturity")
    code = fields.Char()
    message = fields.Char()
    until = fields.Date()

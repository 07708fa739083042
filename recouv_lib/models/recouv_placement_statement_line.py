from odoo import fields, models

from .recouv_placement_statement import KINDS


class RecouvPlacementStatementLine(models.Model):
    """One claim, remittance or fee invoice of a statement, as it was told."""

    _name = "recouv.placement.statement.line"
    _description = "Line of a statement of the agency"
    _inherit = ["recouv.evidence.mixin"]
    _order = "statement_id, kind, id"
    _check_company_auto = True

    statement_id = fields.Many2one(
        "recouv.placement.statement",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="statement_id.company_id", store=True)
    currency_id = fields.Many2one(related="statement_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    placement_line_id = fields.Many2one(
        "recouv.placement.line", readonly=True, index="btree_not_null"
    )
    label = fields.Char("Reference", readonly=True)
    debtor = fields.Char(readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary("Sum", readonly=True)
    amount_collected = fields.Monetary("Collected in the period", readonly=True)
    amount_collected_all = fields.Monetary("Collected in all", readonly=True)
    amount_due = fields.Monetary("Still due", readonly=True)
    told_state = fields.Char("Where it stands", readonly=True)

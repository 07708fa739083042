from odoo import api, fields, models
from odoo.fields import Domain


class RecouvHold(models.Model):
    """Whom a suspension is about, whether it names the person or invoices of his."""

    _inherit = "recouv.hold"

    debtor_id = fields.Many2one(
        "res.partner",
        compute="_compute_debtor_id",
        search="_search_debtor_id",
    )

    @api.depends("partner_id", "claim_ids.partner_id")
    def _compute_debtor_id(self):
        for hold in self:
            hold.debtor_id = hold._debtor()

    def _search_debtor_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return Domain("partner_id", operator, value) | Domain(
            "claim_ids.partner_id", operator, value
        )

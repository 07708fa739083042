from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvMandateFeeLine(models.Model):
    """A line of the scale: from this age and this amount of the claim on."""

    _name = "recouv.mandate.fee.line"
    _description = "Fee of the agency"
    _order = "from_age, from_amount, id"

    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="mandate_id.company_id", store=True, index=True, precompute=True
    )
    agency_id = fields.Many2one(
        related="mandate_id.agency_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="mandate_id.currency_id")
    from_age = fields.Integer(
        "From age (days)",
        default=0,
        help="Of the claim: from its due date to the hand-over.",
    )
    from_amount = fields.Monetary("From amount", default=0)
    rate = fields.Float("Fee (%)", digits=(5, 2), help="Of the sums received.")
    fixed = fields.Monetary(
        "and fixed sum", default=0, help="Once per claim, on success."
    )

    _once = models.UniqueIndex(
        "(mandate_id, from_age, from_amount)",
        "The scale has two lines for the same age and amount: keep one.",
    )
    _bounds = models.Constraint(
        "CHECK(from_age >= 0 AND from_amount >= 0 AND fixed >= 0 "
        "AND rate BETWEEN 0 AND 100)",
        "A fee is between 0 and 100 %; no age and no sum is negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a signed scale does not grow."""
        lines = super().create(vals_list)
        lines.mandate_id._check_editable()
        return lines

    def write(self, vals):
        """EXTENDS: a signed scale does not change, nor gets it a line of another."""
        if "mandate_id" in vals:
            self._check_stays(vals["mandate_id"])
        self.mandate_id._check_editable()
        return super().write(vals)

    def _check_stays(self, mandate_id):
        for mandate in self.mandate_id:
            if mandate.id != mandate_id:
                raise UserError(
                    self.env._(
                        "A fee of %(mandate)s stays there: enter it anew in the other "
                        "mandate.",
                        mandate=mandate.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self.mandate_id._check_editable()

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .recouv_enforcement import LINE_KINDS


class RecouvEnforcementLine(models.Model):
    """Money of a measure: a cost advanced to the officer or got back, a sum received.

    Costs never join the claim: nothing but principal and legal interest is asked.
    """

    _name = "recouv.enforcement.line"
    _description = "Money of a measure"
    _inherit = ["recouv.undo.mixin"]
    _order = "date, id"
    _check_company_auto = True

    enforcement_id = fields.Many2one(
        "recouv.enforcement",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="enforcement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="enforcement_id.currency_id")
    date = fields.Date(required=True, default=lambda s: fields.Date.context_today(s))
    kind = fields.Selection(LINE_KINDS, required=True, default="advanced")
    amount = fields.Monetary(required=True)
    note = fields.Char("Label")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The sum of a measure must be positive."
    )

    @api.depends("kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            day = line.date and format_date(self.env, line.date)
            line.display_name = " – ".join(filter(None, [labels.get(line.kind), day]))

    @api.constrains("amount", "kind", "enforcement_id")
    def _check_recovered(self):
        """No more cost comes back than was laid out."""
        for measure in self.enforcement_id:
            if (
                measure.currency_id.compare_amounts(
                    measure.cost_recovered, measure.cost_advanced
                )
                > 0
            ):
                raise ValidationError(
                    self.env._(
                        "%s: more costs were recovered than advanced. A sum that pays "
                        "the claim is a sum received.",
                        measure.display_name,
                    )
                )

    def write(self, vals):
        if {"enforcement_id", "kind", "amount", "date"} & vals.keys():
            raise UserError(
                self.env._("This money is accounted for: undo it and enter it anew.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("This money is accounted for: undo it instead."))

    def _stands(self):
        """Return the lines that count. Extended by what books them."""
        return self.filtered(lambda line: not line.undone_on)

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""

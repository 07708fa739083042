from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .recouv_enforcement import LINE_KINDS

#: what a person says when money moved
TOLD_FIELDS = {
    "enforcement_id",
    "litigation_id",
    "date",
    "kind",
    "amount",
    "note",
    "receipt_id",
    "payee_id",
}


class RecouvEnforcementLine(models.Model):
    """Money of a court file: a cost advanced or got back, a sum the officer received.

    It belongs to a measure of enforcement or, for the costs before there is one
    (petition, service of an order), to the file itself. Costs never join the claim:
    nothing but principal and legal interest is asked.
    """

    _name = "recouv.enforcement.line"
    _description = "Money of a measure"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "date, id"
    _check_company_auto = True

    enforcement_id = fields.Many2one(
        "recouv.enforcement",
        "Measure",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    litigation_id = fields.Many2one(
        "recouv.litigation",
        "Court file",
        compute="_compute_litigation_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="litigation_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="litigation_id.currency_id")
    date = fields.Date(required=True, default=lambda s: fields.Date.context_today(s))
    kind = fields.Selection(LINE_KINDS, required=True, default="advanced")
    amount = fields.Monetary(required=True)
    note = fields.Char("Label")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The sum of a measure must be positive."
    )

    @api.depends("enforcement_id")
    def _compute_litigation_id(self):
        for line in self:
            file = line.enforcement_id.litigation_id
            line.litigation_id = file or line.litigation_id

    @api.depends("kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            day = line.date and format_date(self.env, line.date)
            line.display_name = " – ".join(filter(None, [labels.get(line.kind), day]))

    @api.constrains("amount", "kind", "enforcement_id", "litigation_id")
    def _check_recovered(self):
        """No more cost comes back than was laid out."""
        for line in self.filtered(lambda line: line.kind == "recovered"):
            money = line._siblings()
            if (
                line.currency_id.compare_amounts(
                    money._sum("recovered"), money._sum("advanced")
                )
                > 0
            ):
                raise ValidationError(
                    self.env._(
                        "%s: more costs were recovered than advanced. A sum that pays "
                        "the claim is a sum received.",
                        (line.enforcement_id or line.litigation_id).display_name,
                    )
                )

    @api.constrains("kind", "enforcement_id")
    def _check_received(self):
        """What an officer received was received by a measure."""
        for line in self:
            if line.kind == "received" and not line.enforcement_id:
                raise ValidationError(
                    self.env._(
                        "%s: a sum that the officer received is entered on the measure "
                        "that brought it.",
                        line.litigation_id.display_name,
                    )
                )

    def _siblings(self):
        """Return the money of this one's measure, or of its file before any."""
        if self.enforcement_id:
            return self.enforcement_id.line_ids
        return self.litigation_id.cost_ids

    def _sum(self, kind):
        """Return the sum of a kind that stands."""
        found = self._stands().filtered(lambda line: line.kind == kind)
        return sum(found.mapped("amount"))

    @api.model
    def _creatable_fields(self):
        """EXTENDS: what was paid or received; entries and documents follow from it."""
        return TOLD_FIELDS

    def _editable_fields(self):
        """EXTENDS: it is booked at once; its label changes nothing."""
        return {"note"}

    @api.model
    def _evidence_advice(self):
        return self.env._("This money is accounted for: undo it and enter it anew.")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("This money is accounted for: undo it instead."))

    def _stands(self):
        """Return the lines that count. Extended by what books them."""
        return self.filtered(lambda line: not line.undone_on)

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class RecouvSaleReview(models.Model):
    """A manager's word that an invoice with a term granted at the outset may be sold.

    Deferred payment is outside consumer credit law only while the receivable is not
    factored (conso L312-4 since 2026-11-20, law.md finding 9): who sells it all the
    same says why, and signs for it.
    """

    _name = "recouv.sale.review"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Review of a sale"
    _order = "id desc"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        required=True,
        index=True,
        readonly=True,
        check_company=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    reviewed_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    reviewed_by_id = fields.Many2one(
        "res.users", required=True, readonly=True, default=lambda self: self.env.uid
    )
    reason = fields.Char("Why it may be sold", required=True, readonly=True)

    _once = models.UniqueIndex(
        "(move_id) WHERE undone_on IS NULL", "This invoice was reviewed already."
    )

    def _compute_display_name(self):
        for review in self:
            review.display_name = review.move_id.name

    def _undo_obstacle(self):
        """EXTENDS: what was offered on it is taken back first."""
        if self.env["recouv.assignment.line"]._offered_of(self.move_id):
            return self.env._("the receivable is offered: take it back first.")
        return super()._undo_obstacle()

    def _undo(self):
        """The gate of the deferred payment closes again by itself."""


class AccountMove(models.Model):
    _inherit = "account.move"

    def _recouv_review_sale(self, reason):
        """Record that a manager let these invoices be sold.

        :raise AccessError: not a manager
        :raise UserError: no reason
        """
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager reviews such a sale."))
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it may be sold."))
        reviews = self.env["recouv.sale.review"]
        done = reviews.search(
            [("move_id", "in", self.ids), ("undone_on", "=", False)]
        ).move_id
        return reviews._record_new(
            [
                {
                    "move_id": move.id,
                    "company_id": move.company_id.id,
                    "reason": reason.strip(),
                }
                for move in self - done
            ]
        )

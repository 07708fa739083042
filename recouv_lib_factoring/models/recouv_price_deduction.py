from odoo import fields, models

from .recouv_assignment_return import RETURN_KINDS


class RecouvPriceDeduction(models.Model):
    """A sum that an assignor owed back and that was set off against a price.

    The buyer's own record, made with the payment of the price; the practice reads its
    sums on what it owed (``recouv.assignment.return``) and on its schedule.
    """

    _name = "recouv.price.deduction"
    _description = "Sum set off against a price"
    _inherit = ["recouv.evidence.mixin"]
    _order = "price_id, id"
    _rec_name = "name"
    _check_company_auto = True

    price_id = fields.Many2one(
        "recouv.price", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="price_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="price_id.currency_id")
    name = fields.Char("Number", required=True, readonly=True)
    kind = fields.Selection(RETURN_KINDS, "Owed back for", readonly=True)
    purchase_id = fields.Many2one(
        "recouv.purchase",
        "Bought receivable",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    reference = fields.Char(related="purchase_id.reference", string="Invoice")
    date = fields.Date("Set off on", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    # the practice's record: only the methods of the money, elevated, read it
    return_id = fields.Many2one(
        "recouv.assignment.return",
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="restrict",
    )

    _positive = models.Constraint(
        "CHECK(amount > 0)", "What is set off is more than nothing."
    )

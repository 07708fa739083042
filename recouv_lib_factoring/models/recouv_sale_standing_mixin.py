from odoo import fields, models

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

STANDINGS = [
    ("open", "With the buyer"),
    ("part_paid", "Paid in part"),
    ("disputed", "Disputed by the debtor"),
    ("collection", "In collection"),
    ("paid", "Paid in full"),
    ("credited", "Credited in full"),
    ("lost", "Loss of the buyer"),
    ("bought_back", "Bought back"),
]


class RecouvSaleStandingMixin(models.AbstractModel):
    """Where a sold receivable stands at its buyer, in a word and in sums.

    The buyer's purchase says it from its own items, the practice's line as a
    projection of that: each gives its SQL (:meth:`_derived_sql`).
    """

    _name = "recouv.sale.standing.mixin"
    _inherit = ["recouv.derived.mixin"]
    _description = "Where a sold receivable stands"

    currency_id = fields.Many2one("res.currency")
    amount_open = fields.Monetary(
        "Still open",
        compute="_compute_derived",
        search=derived_search("amount_open"),
        aggregator="sum",
    )
    amount_collected = fields.Monetary(
        "Collected",
        compute="_compute_derived",
        search=derived_search("amount_collected"),
        aggregator="sum",
    )
    amount_lost = fields.Monetary(
        "Lost",
        compute="_compute_derived",
        search=derived_search("amount_lost"),
        aggregator="sum",
    )
    standing = fields.Selection(
        STANDINGS,
        "Where it stands",
        compute="_compute_derived",
        search=derived_search("standing"),
    )

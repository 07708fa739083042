from odoo import fields, models

STATES = [("draft", "Draft"), ("signed", "Signed"), ("ended", "Ended")]
#: what the buyer is in banking law (CMF L511-5): who is none of both buys nothing
#: that is not due yet
BUYER_STATUSES = [
    ("credit_institution", "Credit institution"),
    ("financing_company", "Financing company"),
    ("none", "Neither: due receivables only"),
]
VAT_TREATMENTS = [("taxable", "Taxable"), ("exempt", "Exempt")]


class RecouvFactoringContract(models.Model):
    """By which a practice sells its receivables to an agency, without recourse.

    Both companies read it, so that it carries no discussion and no link to anything
    else of either. It needs the collection mandate of the same parties: what is not
    sold is reminded and collected under it (D06).
    """

    _name = "recouv.factoring.contract"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Factoring contract"
    _order = "valid_from desc, id desc"

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    agency_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    valid_from = fields.Date(
        "In force from", required=True, default=fields.Date.context_today
    )
    valid_to = fields.Date("Until", help="Empty: until one of the parties ends it.")
    ended_on = fields.Date(readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    # --- the buyer
    buyer_status = fields.Selection(
        BUYER_STATUSES, "Status of the buyer", required=True, default="none"
    )
    # --- the price
    commission_rate = fields.Float("Commission (%)", digits=(5, 2))
    commission_fixed = fields.Monetary("Commission per receivable")
    commission_min = fields.Monetary("Least commission per schedule")
    commission_vat = fields.Selection(
        VAT_TREATMENTS, "VAT on the commission", required=True, default="taxable"
    )
    commission_vat_rate = fields.Float("VAT rate (%)", digits=(5, 2), default=20.0)
    financing_rate = fields.Float(
        "Financing (% a year)",
        digits=(5, 2),
        help="On the days between payment and due date; none on what is due.",
    )
    financing_vat = fields.Selection(
        VAT_TREATMENTS, "VAT on the financing", required=True, default="exempt"
    )
    holdback_rate = fields.Float("Holdback (%)", digits=(5, 2))
    holdback_days = fields.Integer("Holdback released after (days)", default=90)
    # --- limits; zero: none
    limit_debtor = fields.Monetary("Limit per debtor")
    limit_month = fields.Monetary("Limit per month")
    limit_total = fields.Monetary("Limit in total")

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another contract of the practice: try again.",
    )
    _valid_dates = models.Constraint(
        "CHECK(valid_to IS NULL OR valid_to >= valid_from)",
        "A contract cannot end before it begins.",
    )
    # a sale is proposed and decided under the contract in force
    _parties_idx = models.Index("(company_id, agency_id, state)")

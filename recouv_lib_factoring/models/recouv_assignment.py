from odoo import fields, models

STAGES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("waiting_due", "Waiting for the due date"),
    ("decided", "Decided"),
    ("transferred", "Transferred"),
    ("cancelled", "Cancelled"),
]
STATES = [*STAGES[:-1], ("paid", "Paid"), STAGES[-1]]


class RecouvAssignment(models.Model):
    """Receivables that a practice offers and sells to its buyer in one deed.

    The practice's own record; the buyer works its offers (``recouv.purchase``). Its
    deed is the writing that the law asks for (C. civ. 1322), dated at its signature.
    """

    _name = "recouv.assignment"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Schedule of assigned receivables"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    contract_id = fields.Many2one(
        "recouv.factoring.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    stage = fields.Selection(
        STAGES, required=True, default="draft", readonly=True, copy=False
    )
    line_ids = fields.One2many("recouv.assignment.line", "assignment_id", copy=False)
    # --- the deed
    deed_id = fields.Many2one("ir.attachment", "Deed", readonly=True, copy=False)
    signed_on = fields.Datetime("Deed signed on", readonly=True, copy=False)
    transferred_on = fields.Date(readonly=True, copy=False)
    # --- the price, fixed with the deed
    amount_nominal = fields.Monetary("Nominal", readonly=True, copy=False)
    amount_commission = fields.Monetary("Commission", readonly=True, copy=False)
    amount_vat = fields.Monetary("VAT", readonly=True, copy=False)
    amount_financing = fields.Monetary("Financing", readonly=True, copy=False)
    amount_holdback = fields.Monetary("Holdback", readonly=True, copy=False)
    amount_price = fields.Monetary(
        "To be paid now",
        readonly=True,
        copy=False,
        help="Nominal less commission, its VAT, financing and holdback.",
    )

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another schedule of the practice: try again.",
    )

from odoo import fields, models

PURCHASE_STATES = [
    ("to_decide", "To decide"),
    ("waiting_due", "Waiting for the due date"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("bought", "Bought"),
    ("given_back", "Given back"),
]
#: states that use up the limits of the contract
EXPOSED = ("waiting_due", "accepted", "bought")


class RecouvPurchase(models.Model):
    """What the buyer knows of one receivable that it is offered, or has bought.

    Its own record of its own contact: a name, an address, a number, dates and sums;
    never an act, a note or a document (law.md §6.2). Nothing of the practice can be
    reached from it.
    """

    _name = "recouv.purchase"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Receivable offered or bought"
    _order = "offered_on desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, index=True, ondelete="restrict"
    )
    schedule = fields.Char("Schedule", help="Number of the practice's schedule.")
    offered_on = fields.Date(required=True)
    creditor_partner_id = fields.Many2one(
        "res.partner", "Assignor", required=True, index=True, check_company=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", required=True, index=True, check_company=True
    )
    currency_id = fields.Many2one("res.currency", required=True)
    reference = fields.Char("Invoice")
    invoice_date = fields.Date()
    date_due = fields.Date("Due date")
    amount = fields.Monetary()
    state = fields.Selection(
        PURCHASE_STATES, required=True, default="to_decide", readonly=True, copy=False
    )
    proposal = fields.Selection(
        [("accept", "Accept"), ("refuse", "Refuse")],
        readonly=True,
        help="What the rules of the contract propose; a refusal is a person's.",
    )
    solvency_result = fields.Selection(
        [
            ("none", "Not checked"),
            ("clear", "Nothing negative"),
            ("negative", "Negative"),
            ("unavailable", "No answer"),
        ],
        "Solvency",
        required=True,
        default="none",
        readonly=True,
    )
    solvency_until = fields.Date("Check valid until", readonly=True)
    code = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
    decided_on = fields.Date(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, check_company=True)
    bought_on = fields.Date(readonly=True)
    # the buyer's own item and claim, in capacity assignee
    item_id = fields.Many2one(
        "account.move.line",
        "Bought receivable",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    claim_id = fields.Many2one(
        "recouv.claim", readonly=True, index="btree_not_null", check_company=True
    )

    # exposure: per debtor of a practice, per month, in total, under a contract
    _exposure_idx = models.Index("(contract_id, state, partner_id)")

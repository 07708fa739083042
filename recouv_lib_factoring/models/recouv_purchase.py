from odoo import api, fields, models
from odoo.tools import SQL

PURCHASE_STATES = [
    ("to_decide", "To decide"),
    ("waiting_due", "Waiting for the due date"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("bought", "Bought"),
    ("given_back", "Given back"),
]
#: states that use up the limits of the contract; what is offered counts too, so that
#: two schedules submitted before any decision do not both fit
EXPOSED = ("to_decide", "waiting_due", "accepted", "bought")
SOLVENCY_RESULTS = [
    ("none", "Not checked"),
    ("clear", "Nothing negative"),
    ("negative", "Negative"),
    ("unavailable", "No answer"),
]


class RecouvPurchase(models.Model):
    """What the buyer knows of one receivable that it is offered, or has bought.

    Its own record of its own contact: a name, an address, a number, dates and sums;
    never an act, a note or a document (law.md §6.2). Nothing of the practice can be
    reached from it. Decided in ``recouv_purchase_decision.py``.
    """

    _name = "recouv.purchase"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Receivable offered or bought"
    _order = "offered_on desc, id desc"
    _rec_name = "reference"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, index=True, ondelete="restrict"
    )
    schedule = fields.Char(help="Number of the practice's schedule.")
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
        SOLVENCY_RESULTS, "Solvency", required=True, default="none", readonly=True
    )
    solvency_until = fields.Date("Check valid until", readonly=True)
    solvency_source = fields.Selection(
        [
            ("buyer", "Your own provider"),
            ("practice", "A provider of the practice"),
            ("hand", "Entered by the practice"),
        ],
        "Check answered by",
        readonly=True,
        help="Only the answer of the buyer's own provider binds it, unless the "
        "contract says that what the practice enters does too.",
    )
    is_contested = fields.Boolean(
        "Not followed by the practice",
        readonly=True,
        help="The answer was negative; the practice holds it to be wrong. It binds "
        "nobody: a person of the buyer decides.",
    )
    is_bound = fields.Boolean(
        "Bound by the check",
        readonly=True,
        help="A clean check was made before the treatment and still counts: the buyer "
        "may not refuse.",
    )
    code = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
    decided_on = fields.Date(readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
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
    # what waits for a decision
    _waiting_idx = models.Index("(company_id, state)")

    @api.depends("reference", "partner_id")
    def _compute_display_name(self):
        for purchase in self:
            names = (purchase.reference, purchase.partner_id.display_name)
            purchase.display_name = " – ".join(filter(None, names))

    @api.model
    def _exposed_states(self):
        return EXPOSED

    @api.model
    def _risk_sql(self, purchase, item):
        """Return the SQL of what may be lost on row ``purchase``: its sum, and once it
        was bought what is still owed on the buyer's ``item``."""
        return SQL(
            """CASE WHEN %(item)s.id IS NULL THEN %(purchase)s.amount
                    ELSE GREATEST(%(item)s.amount_residual_currency, 0) END""",
            purchase=SQL.identifier(purchase),
            item=SQL.identifier(item),
        )

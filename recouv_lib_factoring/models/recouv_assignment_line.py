from odoo import fields, models

LINE_STATES = [
    ("draft", "To submit"),
    ("removed", "Not eligible"),
    ("submitted", "Awaiting the buyer"),
    ("waiting_due", "Waiting for the due date"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("transferred", "Sold"),
    ("bought_back", "Bought back"),
]
#: states in which a receivable is offered to a buyer or sold to it
LIVE = ("submitted", "waiting_due", "accepted", "transferred")


class RecouvAssignmentLine(models.Model):
    """One receivable of the practice, offered or sold.

    It stands on the journal item: what is not due yet has no claim. The tie to the
    buyer's record is read by the methods of this model only, elevated.
    """

    _name = "recouv.assignment.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Assigned receivable"
    _order = "assignment_id desc, id"
    _check_company_auto = True

    assignment_id = fields.Many2one(
        "recouv.assignment",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, index=True, precompute=True
    )
    origin_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    move_id = fields.Many2one(
        related="origin_line_id.move_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="origin_line_id.partner_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="origin_line_id.currency_id", store=True, precompute=True
    )
    date_due = fields.Date(related="origin_line_id.date_maturity")
    claim_id = fields.Many2one(
        "recouv.claim",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    state = fields.Selection(
        LINE_STATES, required=True, readonly=True, default="draft", copy=False
    )
    code = fields.Char(readonly=True, copy=False, help="Why it was not taken.")
    reason = fields.Char(readonly=True, copy=False)
    amount = fields.Monetary(
        "Amount sold",
        readonly=True,
        copy=False,
        help="What was open when it was submitted, then when it was transferred.",
    )
    decided_on = fields.Date(readonly=True, copy=False)
    transfer_id = fields.Many2one(
        "recouv.transfer", readonly=True, copy=False, index="btree_not_null"
    )
    notified_on = fields.Date(
        "Debtor notified on", readonly=True, copy=False, help="C. civ. 1324"
    )
    # the buyer's record: its names must not be read from here
    purchase_id = fields.Many2one(
        "recouv.purchase",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # the same receivable is never offered nor sold twice, whoever asks
    _live_once = models.UniqueIndex(
        "(origin_line_id) WHERE state IN ('submitted', 'waiting_due', 'accepted', "
        "'transferred')",
        "This receivable is already offered or sold.",
    )

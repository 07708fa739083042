from odoo import fields, models

from .res_partner import PAYER_KINDS, TIERS_PAYANT

STATES = [
    ("draft", "Draft"),
    ("transmitted", "Transmitted"),
    ("acknowledged", "Acknowledged"),
    ("paid", "Paid"),
    ("partial", "Paid in part"),
    ("rejected", "Rejected"),
    ("corrected", "Corrected and sent again"),
    ("to_patient", "Billed to the patient"),
    ("abandoned", "Given up"),
]
#: how it went out: electronic claim form, request to a mutual fund, B2, paper, AMC flow
FSE_KINDS = [
    ("F", "FSE"),
    ("D", "DRE"),
    ("B", "B2 or degraded"),
    ("P", "Paper"),
    ("A", "AMC flow"),
]


class RecouvShare(models.Model):
    """What one payer owes of one invoice."""

    _name = "recouv.share"
    _description = "Third-party payer's share"
    _order = "care_date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    currency_id = fields.Many2one("res.currency", required=True)
    move_id = fields.Many2one(
        "account.move", "Invoice", index=True, check_company=True, ondelete="restrict"
    )
    patient_id = fields.Many2one("res.partner", "Patient", index=True)
    payer_id = fields.Many2one("res.partner", "Payer", required=True, index=True)
    kind = fields.Selection(PAYER_KINDS, required=True)
    amount = fields.Monetary(required=True)
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    transfer_id = fields.Many2one(
        "recouv.transfer", readonly=True, copy=False, index="btree_not_null"
    )
    claim_id = fields.Many2one(
        "recouv.claim", readonly=True, copy=False, index="btree_not_null"
    )
    invoice_number = fields.Char(
        "Number sent", size=9, index="btree_not_null", help="Nine digits, as sent."
    )
    nir = fields.Char("Social-security number", groups=TIERS_PAYANT)
    lot_id = fields.Many2one(
        "recouv.lot", "Lot", index="btree_not_null", check_company=True
    )
    fse_kind = fields.Selection(FSE_KINDS, "Sent as")
    attempt = fields.Integer(default=1, readonly=True, copy=False)
    origin_share_id = fields.Many2one(
        "recouv.share", "Corrects", readonly=True, copy=False, index="btree_not_null"
    )
    care_date = fields.Date("Date of care")
    sent_on = fields.Date(readonly=True, copy=False)
    expected_date = fields.Date("Payment expected on", readonly=True, copy=False)
    limitation_date = fields.Date("Lost after", readonly=True, index="btree_not_null")

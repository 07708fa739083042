from odoo import fields, models

from .res_partner import TIERS_PAYANT

PARTS = [("O", "AMO"), ("C", "AMC")]
STATUSES = [("P", "Paid"), ("R", "Rejected"), ("D", "Deferred")]
HOWS = [
    ("number_lot_nir", "Number, lot and social-security number"),
    ("number_date", "Number and date"),
    ("nir_date_amount", "Social-security number, date and amount"),
    ("manual", "By hand"),
    ("none", "Not found"),
]


class RecouvReturnLine(models.Model):
    """One answer of a return file about one share, or a sum of no share."""

    _name = "recouv.return.line"
    _description = "Return line"
    _order = "file_id desc, offset, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    file_id = fields.Many2one(
        "recouv.return.file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    payment_id = fields.Many2one(
        "recouv.return.payment", index="btree_not_null", check_company=True
    )
    share_id = fields.Many2one(
        "recouv.share", index="btree_not_null", check_company=True
    )
    part = fields.Selection(PARTS)
    invoice_number = fields.Char("Number", index="btree_not_null")
    lot = fields.Char()
    nir = fields.Char("Social-security number", groups=TIERS_PAYANT)
    asked = fields.Monetary()
    paid = fields.Monetary()
    status = fields.Selection(STATUSES)
    match_how = fields.Selection(HOWS, required=True, default="none")
    offset = fields.Integer("First byte")
    length = fields.Integer("Bytes")
    key = fields.Char(readonly=True)

from odoo import fields, models


class ResCompany(models.Model):
    """The identifiers that caisses know a practice by."""

    _inherit = "res.company"

    recouv_finess = fields.Char("FINESS number")
    recouv_am_number = fields.Char(
        "Health-insurance number", help="Nine digits: the AM number (ADELI)."
    )

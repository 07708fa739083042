from odoo import fields, models


class RecouvObjection(models.Model):
    """What a debtor often says on the phone, and a courteous answer at hand.

    An answer never threatens and never announces a fee: none is owed (CPCE L111-8).
    """

    _name = "recouv.objection"
    _description = "Objection on the phone"
    _order = "sequence, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("What the debtor says", required=True, translate=True)
    answer = fields.Text("What to answer", required=True, translate=True)
    cause_id = fields.Many2one(
        "recouv.cause",
        "Cause it reveals",
        check_company=True,
        help="Chosen with the objection, and kept on the claim.",
    )
    active = fields.Boolean(default=True)

from odoo import fields, models


class RecouvCause(models.Model):
    """Why a debtor does not pay; the list is the practice's own to edit."""

    _name = "recouv.cause"
    _description = "Cause of non-payment"
    _order = "sequence, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Stable code for statistics.")
    advice = fields.Text(
        translate=True, help="What works best with this cause, shown to the caller."
    )
    active = fields.Boolean(default=True)

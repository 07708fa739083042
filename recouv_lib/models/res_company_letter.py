from odoo import fields, models


class ResCompany(models.Model):
    """How a company's letters look and what they cost."""

    _inherit = "res.company"

    recouv_letter_logo = fields.Boolean(
        "Logo on letters",
        help="Leave off when the logo shows a speciality or anything about care.",
    )
    recouv_letter_cost = fields.Float(
        "Cost of a letter", help="Paper, envelope and stamp; for the cost of notices."
    )
    recouv_registered_cost = fields.Float("Cost of a registered letter")


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    registered_receipt = fields.Boolean(
        "Acknowledgment of receipt",
        default=True,
        help="A registered letter with proof of sending and of receipt.",
    )

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_bank_auto_score = fields.Integer(
        "Match the bank by itself from",
        default=100,
        help="A proposal with this score or more is applied without anyone. 100: only "
        "an exact reference with an exact amount. 0: never.",
    )

    _recouv_bank_auto_score_range = models.Constraint(
        "CHECK(recouv_bank_auto_score BETWEEN 0 AND 100)",
        "The score from which the bank is matched by itself lies between 0 and 100.",
    )

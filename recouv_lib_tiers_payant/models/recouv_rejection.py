from odoo import fields, models

from .recouv_rejection_reason import ACTION_CLASSES, LEVELS
from .recouv_return_line import PARTS

STATES = [
    ("to_do", "To do"),
    ("in_correction", "Being corrected"),
    ("resent", "Sent again"),
    ("recovered", "Recovered"),
    ("to_patient", "Billed to the patient"),
    ("waiting", "Waiting"),
    ("abandoned", "Given up"),
]


class RecouvRejection(models.Model):
    """A rejected share until it is money or a decision."""

    _name = "recouv.rejection"
    _description = "Rejection"
    _order = "deadline, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    share_id = fields.Many2one(
        "recouv.share", index=True, check_company=True, ondelete="restrict"
    )
    line_id = fields.Many2one(
        "recouv.return.line", index="btree_not_null", check_company=True
    )
    reason_id = fields.Many2one("recouv.rejection.reason", index="btree_not_null")
    code = fields.Char()
    label = fields.Char()
    level = fields.Selection(LEVELS)
    part = fields.Selection(PARTS)
    action_class = fields.Selection(ACTION_CLASSES)
    owner_id = fields.Many2one("res.users", index="btree_not_null")
    deadline = fields.Date(index="btree_not_null")
    state = fields.Selection(STATES, required=True, default="to_do")
    amount = fields.Monetary()

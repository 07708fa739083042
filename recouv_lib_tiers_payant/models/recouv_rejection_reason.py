from odoo import fields, models

from .recouv_return_line import PARTS

ACTION_CLASSES = [
    ("correct_and_resend", "Correct and send again"),
    ("ask_patient", "Ask the patient"),
    ("bill_patient", "Bill the patient"),
    ("wait", "Wait"),
    ("claim_payer", "Claim from the payer"),
    ("give_up", "Give up"),
]
LEVELS = [("F", "Invoice"), ("L", "Line"), ("A", "Detail"), ("lot", "Lot")]
FIXERS = [
    ("practice", "Practice"),
    ("patient", "Patient"),
    ("amo", "AMO"),
    ("amc", "AMC"),
]


class RecouvRejectionReason(models.Model):
    """Why payers reject, and what it takes to get the money all the same."""

    _name = "recouv.rejection.reason"
    _description = "Rejection reason"
    _order = "code, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    active = fields.Boolean(default=True)
    code = fields.Char(index=True)
    name = fields.Char(required=True, translate=True)
    part = fields.Selection(PARTS)
    level = fields.Selection(LEVELS)
    action_class = fields.Selection(ACTION_CLASSES, required=True)
    fixer = fields.Selection(FIXERS, "Who can mend it")
    is_resend_allowed = fields.Boolean("May be sent again", default=True)
    is_patient_allowed = fields.Boolean("May be billed to the patient")
    patterns = fields.Text(help="Words of labels, one pattern per line.")
    what_to_do = fields.Text(translate=True)
    is_learned = fields.Boolean("Learned from a file", readonly=True)

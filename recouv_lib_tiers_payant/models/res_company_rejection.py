from odoo import fields, models


class ResCompany(models.Model):
    """How a practice treats rejections."""

    _inherit = "res.company"

    recouv_share_attempts = fields.Integer(
        "Attempts of a share at most",
        default=3,  # not required: Odoo makes companies before this add-on is loaded
        help="A share that was sent so many times is no longer sent again.",
    )
    recouv_rejection_margin_days = fields.Integer(
        "Days before the forclusion",
        default=30,
        help="A rejection must be settled so many days before the money is lost.",
    )
    recouv_rejection_wait_days = fields.Integer(
        "Days to wait for an answer",
        default=15,
        help="Proposed when the patient or the payer is asked.",
    )
    recouv_rejection_due_days = fields.Integer(
        "Days that a patient has to pay",
        default=30,
        help="From the letter that tells them, when a rejected part becomes theirs.",
    )
    recouv_rejection_user_id = fields.Many2one("res.users", "Who treats rejections")
    recouv_tp_gap = fields.Monetary(
        "Rounding gap",
        default=0.05,
        currency_field="currency_id",
        help="Payers round: what is open by no more than this is settled in bulk.",
    )

    _recouv_attempts_positive = models.Constraint(
        "CHECK(recouv_share_attempts > 0)",
        "A share is sent at least once.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_share_attempts = fields.Integer(
        related="company_id.recouv_share_attempts", readonly=False
    )
    recouv_rejection_margin_days = fields.Integer(
        related="company_id.recouv_rejection_margin_days", readonly=False
    )
    recouv_rejection_wait_days = fields.Integer(
        related="company_id.recouv_rejection_wait_days", readonly=False
    )
    recouv_rejection_due_days = fields.Integer(
        related="company_id.recouv_rejection_due_days", readonly=False
    )
    recouv_rejection_user_id = fields.Many2one(
        related="company_id.recouv_rejection_user_id", readonly=False
    )
    recouv_tp_gap = fields.Monetary(
        related="company_id.recouv_tp_gap",
        readonly=False,
        currency_field="currency_id",
    )

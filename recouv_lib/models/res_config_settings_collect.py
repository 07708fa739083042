from odoo import fields, models

from .res_company_collect import METHOD_DOMAIN

DOMAIN = METHOD_DOMAIN.replace("'=', id", "'=', company_id")


class ResConfigSettings(models.TransientModel):
    """The desk's part of the follow-up settings."""

    _inherit = "res.config.settings"

    recouv_cash_line_id = fields.Many2one(
        related="company_id.recouv_cash_line_id", readonly=False, domain=DOMAIN
    )
    recouv_card_line_id = fields.Many2one(
        related="company_id.recouv_card_line_id", readonly=False, domain=DOMAIN
    )
    recouv_cheque_line_id = fields.Many2one(
        related="company_id.recouv_cheque_line_id", readonly=False, domain=DOMAIN
    )
    recouv_transfer_line_id = fields.Many2one(
        related="company_id.recouv_transfer_line_id", readonly=False, domain=DOMAIN
    )
    recouv_cheque_grace_days = fields.Integer(
        related="company_id.recouv_cheque_grace_days", readonly=False
    )
    recouv_refuse_rest = fields.Boolean(
        related="company_id.recouv_refuse_rest", readonly=False
    )

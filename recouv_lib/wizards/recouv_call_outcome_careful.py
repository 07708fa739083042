from odoo import fields, models


class RecouvCallOutcome(models.TransientModel):
    """Whom one is about to call, and whether a voice message may be left."""

    _inherit = "recouv.call.outcome"

    caution = fields.Char(related="partner_id.recouv_caution")
    no_voicemail = fields.Boolean(related="partner_id.recouv_no_voicemail")

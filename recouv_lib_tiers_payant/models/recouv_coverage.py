from odoo import fields, models

from .res_partner import PAYER_KINDS

EXEMPTIONS = [
    ("none", "None"),
    ("ald", "Long-term illness (ALD)"),
    ("maternity", "Maternity"),
    ("at", "Accident at work"),
    ("c2s", "C2S"),
    ("ame", "AME"),
    ("other", "Other"),
]
SOURCES = [
    ("card", "Carte Vitale"),
    ("adri", "Online service (ADRi, CDRi)"),
    ("paper", "Certificate on paper"),
    ("other", "Other"),
]


class RecouvCoverage(models.Model):
    """Rights of a patient with one payer, as they were checked on one day."""

    _name = "recouv.coverage"
    _description = "Rights"
    _order = "valid_from desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Patient", required=True, index=True, ondelete="cascade"
    )
    payer_id = fields.Many2one(
        "res.partner", "Payer", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(PAYER_KINDS, required=True)
    member_number = fields.Char()
    regime = fields.Char("Scheme", size=2)
    rate = fields.Float("Share (%)", digits=(5, 2))
    exemption = fields.Selection(EXEMPTIONS, required=True, default="none")
    valid_from = fields.Date()
    valid_to = fields.Date()
    checked_on = fields.Date(default=fields.Date.context_today)
    source = fields.Selection(SOURCES, required=True, default="card")

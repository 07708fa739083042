from odoo import api, fields, models

KINDS = [
    ("acknowledgment", "Acknowledgment of debt"),
    ("part_payment", "Part-payment by the debtor"),
    ("court_claim", "Court claim"),
    ("petition", "Petition for an order to pay"),
    ("order_service", "Service of the order to pay"),
    ("title", "Enforceable title"),
    ("protective_measure", "Protective measure"),
    ("enforcement_act", "Enforcement act"),
    ("mediation", "Mediation or conciliation"),
    ("small_claims", "Small-claims procedure accepted"),
    ("accountant_notice", "Public accountant's notice"),
]


class RecouvLimitationEvent(models.Model):
    """What moved a claim's limitation, or was argued to; the law decides which do.

    Reminders and registered letters are not events: they interrupt nothing
    (Cass. com. 18 May 2022 n° 20-23.204).
    """

    _name = "recouv.limitation.event"
    _description = "Limitation event"
    _evidence_files = ("document_id",)
    _order = "date, id"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "recouv.claim", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    kind = fields.Selection(KINDS, required=True)
    date = fields.Date(required=True)
    date_end = fields.Date(help="End of the instance or of the mediation.")
    is_void = fields.Boolean(
        "Void", help="Withdrawn, lapsed or dismissed (art. 2243 code civil)."
    )
    is_written = fields.Boolean("In writing and signed")
    by_debtor = fields.Boolean(
        default=True, help="A third person's payment acknowledges nothing."
    )
    document_id = fields.Many2one("ir.attachment")
    note = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events.claim_id._refresh_limitation()
        return events

    def write(self, vals):
        result = super().write(vals)
        self.claim_id._refresh_limitation()
        return result

    def unlink(self):
        claims = self.claim_id
        result = super().unlink()
        claims._refresh_limitation()
        return result

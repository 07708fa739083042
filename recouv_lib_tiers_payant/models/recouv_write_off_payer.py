from odoo import api, fields, models


class RecouvWriteOff(models.Model):
    """What a payer rejected for good is given up like a patient's debt: entry and
    reason, by a manager. Its certificate is printed when somebody asks for it: two
    hundred rejections are given up in one click."""

    _inherit = "recouv.write.off"

    reason = fields.Selection(
        selection_add=[("payer_rejected", "Rejected by the payer")],
        ondelete={"payer_rejected": "set other"},
    )

    def _keep_certificate(self):
        kept = self.filtered(lambda act: act.claim_id.capacity != "payer_followup")
        return super(RecouvWriteOff, kept)._keep_certificate() if kept else None


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    @api.model
    def _written_off_capacities(self):
        """EXTENDS: the practice is the creditor of what a payer owes, too."""
        return [*super()._written_off_capacities(), "payer_followup"]

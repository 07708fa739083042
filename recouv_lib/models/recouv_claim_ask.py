from odoo import models


class RecouvClaim(models.Model):
    """Asking the practice about a claim that the agency works for it."""

    _inherit = "recouv.claim"

    def _agency_mandate(self):
        """Return the mandate under which the agency works this claim, or empty."""
        self.ensure_one()
        return self.mandate_id

    def action_ask_practice(self):
        """Open the dialog in which the agent asks for more than its powers."""
        self.ensure_one()
        mandate = self._agency_mandate()._current() if self._agency_mandate() else None
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask the practice"),
            "res_model": "recouv.agent.ask",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_claim_id": self.id,
                "default_reference": self.reference,
                **({"default_mandate_id": mandate.id} if mandate else {}),
            },
        }

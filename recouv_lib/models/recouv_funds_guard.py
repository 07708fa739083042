from odoo import api, models


class RecouvReceipt(models.Model):
    _inherit = "recouv.receipt"

    def _check_confirmable(self):
        """EXTENDS: lines may have been typed past their receipt since it was laid."""
        self._check_laid()
        return super()._check_confirmable()


class RecouvRemittance(models.Model):
    """What is remitted follows from what was received: prepared and ordered by
    buttons."""

    _inherit = "recouv.remittance"

    @api.model
    def _evidence_advice(self):
        return self.env._("Use the buttons Prepare, Remit and Give up.")


class RecouvSweep(models.Model):
    """Fees leave by the button of the dedicated account, with their entry."""

    _name = "recouv.sweep"
    _inherit = ["recouv.sweep", "recouv.evidence.mixin"]

    @api.model
    def _evidence_advice(self):
        return self.env._("Sweep the fees from the screen of the dedicated account.")

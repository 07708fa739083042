from odoo import models


class RecouvSolvencyCheck(models.Model):
    _inherit = "recouv.solvency.check"

    def _tell_offers(self):
        """Let the buyer's offers of this debtor follow the answer, and the contract
        accept what it accepts by itself."""
        self.ensure_one()
        if self.result not in ("clear", "negative"):
            return
        # sudo: the states of both companies' records only; asked by the job
        lines = self.env["recouv.assignment.line"].sudo()
        waiting = lines.search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("state", "in", ("submitted", "waiting_due")),
            ]
        )
        waiting.purchase_id._look_at_solvency()
        for assignment in waiting.assignment_id:
            assignment._try(assignment._decide)

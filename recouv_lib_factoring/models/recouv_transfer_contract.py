from odoo import models


class RecouvTransfer(models.Model):
    _inherit = "recouv.transfer"

    def _counterpart_is_agreed(self):
        """EXTENDS: a signed factoring contract is the buyer's consent to be booked in
        for assignments, on the days on which it is in force."""
        if super()._counterpart_is_agreed():
            return True
        if self.kind != "assignment":
            return False
        # sudo: whether the two companies have a contract; nothing of it is told
        contracts = self.env["recouv.factoring.contract"].sudo()
        return bool(
            contracts._in_force(self.company_id, self.date, self.counterpart_company_id)
        )

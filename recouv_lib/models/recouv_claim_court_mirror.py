from odoo import models


class RecouvClaim(models.Model):
    """An agency's mirror before the court: its practice is asked and is creditor."""

    _inherit = "recouv.claim"

    def _practice_claim(self):
        """EXTENDS: through the placement, elevated; for named methods alone."""
        if self.capacity != "mandatary":
            return super()._practice_claim()
        return self._twin()

    def _creditor_partner(self):
        """EXTENDS: the agency's contact of the practice."""
        if self.capacity != "mandatary":
            return super()._creditor_partner()
        return self.creditor_partner_id


class RecouvMandate(models.Model):
    _inherit = "recouv.mandate"

    def _staying_lines(self, lines):
        """EXTENDS: what is before a court is finished by who brought it there."""
        before_court = lines.filtered(
            lambda line: line.agency_claim_id.holder == "court"
        )
        return super()._staying_lines(lines) | before_court

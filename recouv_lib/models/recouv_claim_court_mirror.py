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

    def _hold_elements(self, litigation, day=None, but=()):
        """EXTENDS: what the practice suspended, of all or a part, is never sued for
        nor enforced, whatever the reason: the agency acts as it is told. It learns
        that the practice suspended it, never why."""
        elements = super()._hold_elements(litigation, day, but)
        if self.capacity == "mandatary" and self._practice_stops(day):
            elements.append((False, self.env._("the practice has suspended it")))
        return elements

    def _practice_stops(self, day=None):
        """Say whether the practice's claim may not be put before a court.

        Elevated (:meth:`_twin`); nothing but yes or no crosses.
        """
        twin = self._twin()
        return bool(twin._forbidding_holds(day) or twin.move_id.recouv_confidential)


class RecouvMandate(models.Model):
    _inherit = "recouv.mandate"

    def _staying_lines(self, lines):
        """EXTENDS: what is before a court is finished by who brought it there."""
        before_court = lines.filtered(
            lambda line: line.agency_claim_id.holder == "court"
        )
        return super()._staying_lines(lines) | before_court

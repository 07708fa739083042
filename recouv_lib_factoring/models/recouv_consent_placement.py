from odoo import api, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_engine import Blocker


class RecouvEngine(models.AbstractModel):
    """Where fees are part of medical secrecy, a claim goes to the agency only with the
    patient's consent to a collection by others (CH: CP 321; law.md C9)."""

    _inherit = "recouv.engine"

    @api.model
    def _placement_blockers(self, company, agency, today):
        """EXTENDS: in a company that needs consent, nobody who has not given it."""
        blockers = super()._placement_blockers(company, agency, today)
        if not company._recouv_needs_consent():
            return blockers
        return [*blockers, self._consent_blocker(today)]

    @api.model
    def _consent_blocker(self, today):
        """Return the blocker of what has no consent to collection, for row ``c`` of
        debtor ``p``; the same rule as ``res.partner._recouv_has_consent``."""
        return Blocker(
            "no_consent",
            self.env["recouv.consent"]._missing_sentence(),
            SQL(
                """NOT EXISTS (
                    SELECT 1 FROM recouv_consent agreed
                     WHERE agreed.company_id = c.company_id
                       AND agreed.partner_id = p.commercial_partner_id
                       AND agreed.purpose = 'collection'
                       AND agreed.given_on <= %(today)s
                       AND (agreed.withdrawn_on IS NULL
                            OR agreed.withdrawn_on > %(today)s))""",
                today=today,
            ),
        )

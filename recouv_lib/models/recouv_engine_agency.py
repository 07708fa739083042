from odoo import api, models
from odoo.tools import SQL

from .recouv_engine import Blocker


class RecouvEngine(models.AbstractModel):
    """Nothing leaves in the name of an agency that is not in order (CPCE R124-2).

    Sending classifies once more, so that an insurance which ended between proposal
    and sending stops the notice. Assignees write for themselves: no rule of R124
    concerns them.
    """

    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        return [
            *self._agency_blockers(company, today),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _agency_blockers(self, company, today):
        gaps = company._recouv_agency_gaps(today)
        message = gaps[0] if gaps else self.env._("The agency profile is complete.")
        sql = SQL("TRUE" if gaps else "FALSE")
        return [
            Blocker("agency_profile", message, sql, capacities=("mandatary",)),
        ]

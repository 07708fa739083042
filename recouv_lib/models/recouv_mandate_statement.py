from typing import NamedTuple

from odoo import models


class StatementTerms(NamedTuple):
    """How a practice wants its statements."""

    form: str
    frequency: str = "monthly"
    email: str = ""


class RecouvMandate(models.Model):
    """How the practice wants to be told of its claims."""

    _inherit = "recouv.mandate"

    def _statement_terms(self):
        """Return the terms of one mandate."""
        self.ensure_one()
        # sudo: the practice's own address, for its own statement
        practice = self.sudo().company_id
        return StatementTerms(
            self.statement_form,
            self.statement_frequency,
            self.statement_email or practice.email or "",
        )

from typing import NamedTuple

from odoo import fields, models


class StatementTerms(NamedTuple):
    """How a practice wants its statements."""

    form: str
    frequency: str
    email: str


class RecouvMandate(models.Model):
    """The form in which the practice wants its statements, and how often."""

    _inherit = "recouv.mandate"

    statement_form = fields.Selection(
        [
            ("email", "E-mail with PDF"),
            ("spreadsheet", "E-mail with a spreadsheet"),
            ("screen", "On screen"),
        ],
        "Statement",
        default="email",
        required=True,
    )
    statement_frequency = fields.Selection(
        [
            ("weekly", "Every week"),
            ("fortnightly", "Every two weeks"),
            ("monthly", "Every month"),
            ("quarterly", "Every three months"),
        ],
        "Statement sent",
        default="monthly",
        required=True,
    )
    statement_email = fields.Char("Statement to", help="Empty: the practice's e-mail.")

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

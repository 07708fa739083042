from odoo import fields, models

from odoo.addons.recouv_lib.models.recouv_mandate_statement import StatementTerms
from odoo.addons.recouv_lib.models.recouv_statement_mixin import FORMS

#: the practice's own wish, changed whenever it likes
STATEMENT_FIELDS = frozenset(
    {"statement_form", "statement_frequency", "statement_email"}
)


class RecouvFactoringContract(models.Model):
    """How the practice wants to be told of what it sold."""

    _inherit = "recouv.factoring.contract"

    statement_form = fields.Selection(
        FORMS, "Statement of sold receivables", required=True, default="email"
    )
    statement_frequency = fields.Selection(
        [
            ("weekly", "Every week"),
            ("fortnightly", "Every two weeks"),
            ("monthly", "Every month"),
            ("quarterly", "Every quarter"),
        ],
        "Frequency of the statement",
        required=True,
        default="monthly",
    )
    statement_email = fields.Char(
        "Statement sent to", help="Empty: the e-mail address of the practice."
    )

    def _editable_fields(self):
        # EXTENDS: it is no term of the sale
        return super()._editable_fields() | STATEMENT_FIELDS

    def _statement_terms(self):
        """Return how the practice of one contract wants its statements."""
        self.ensure_one()
        # sudo: the practice's own address, for its own statement
        practice = self.sudo().company_id
        return StatementTerms(
            self.statement_form,
            self.statement_frequency,
            self.statement_email or practice.email or "",
        )

from odoo import models
from odoo.exceptions import UserError


class Base(models.AbstractModel):
    """A refusal across companies names only what the user may read."""

    _inherit = "base"

    def _check_company(self, fnames=None):
        """EXTENDS 'base': Odoo names the other company's record in its refusal.

        A guessed id would so be told by its name, a patient's for instance.
        """
        try:
            return super()._check_company(fnames)
        except UserError as error:
            hidden = not self.env.su and self._recouv_hidden_links(fnames)
            if not hidden:
                raise
            raise UserError(
                self.env._(
                    "“%(field)s” would point at a record of another company: choose "
                    "one of your own.",
                    field=hidden[0]._description_string(self.env),
                )
            ) from error

    def _recouv_hidden_links(self, fnames):
        """Return the checked fields that point at what the user may not read."""
        checked = [
            field
            for name, field in self._fields.items()
            if field.relational and field.check_company
            # what is refused by its company alone is searched in all fields
            if fnames is None or name in fnames or "company_id" in fnames
        ]
        # sudo: to find what is pointed at; only the field's own label is told
        return [
            field
            for field in checked
            for target in [self.sudo().mapped(field.name).sudo(False)]
            if target._filtered_access("read") != target
        ]

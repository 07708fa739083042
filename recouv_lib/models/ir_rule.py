from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    """What a user may not read is not named to them either, developer mode or not."""

    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """EXTENDS 'base': in developer mode Odoo lists the names of the records.

        Any user may switch that mode on by an address: only who administers the
        settings reads the names.
        """
        error = super()._make_access_error(operation, records)
        user = self.env.user
        named = user.has_group("base.group_no_one") and user._is_internal()
        if not named or user.has_group("base.group_system"):
            return error
        return self._unnamed_error(error, operation, records)

    def _unnamed_error(self, error, operation, records):
        """Return the same error by model and rules, what it suggested kept."""
        # sudo: the names of rules, which tell nothing of the records
        rules = self._get_failing(records, mode=operation).sudo()
        unnamed = AccessError(
            self.env._(
                "You may not reach these records of “%(model)s” (%(operation)s). "
                "Rules that refuse: %(rules)s.",
                model=self.env["ir.model"]._get(records._name).name,
                operation=operation,
                rules=", ".join(rules.mapped("name")),
            )
        )
        if hasattr(error, "context"):
            unnamed.context = error.context
        # _get_failing reads the records to find the rule: nothing of that is kept
        records.invalidate_recordset()
        return unnamed

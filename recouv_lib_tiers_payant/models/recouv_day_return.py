from odoo import api, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section

ADDON = "recouv_lib_tiers_payant"


class RecouvDay(models.AbstractModel):
    """What returns of payers leave to a human."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._return_sections(today)]

    @api.model
    def _return_sections(self, today):
        if not self.env.user.has_group(f"{ADDON}.group_tiers_payant"):
            return []
        _ = self.env._
        payments = self.env["recouv.return.payment"]
        return [
            Section(
                "return_lines",
                22,
                _("Lines of returns to settle"),
                "recouv.return.line",
                Domain("outcome", "=", "to_settle"),
                action=f"{ADDON}.recouv_return_unmatched_action",
            ),
            Section(
                "return_files",
                22,
                _("Returns that wait or stopped"),
                "recouv.return.file",
                Domain("state", "!=", "applied")
                & Domain("is_queued", "=", False)
                & Domain("is_test", "=", False),
                action=f"{ADDON}.recouv_return_file_action",
            ),
            Section(
                "transfers_missing",
                90,
                _("Announced transfers that did not come"),
                "recouv.return.payment",
                payments._missing_domain(today),
                action=f"{ADDON}.recouv_return_missing_action",
                is_alarm=True,
            ),
        ]

from odoo import api, fields, models
from odoo.exceptions import UserError

from .recouv_placement_line import HELD


class ResCompany(models.Model):
    """A company that has placed claims, or holds some, does not go away."""

    _inherit = "res.company"

    recouv_placement_small_sum = fields.Monetary(
        "Small sums looked at before a hand-over",
        currency_field="currency_id",
        help="A claim of less is handed over only after a look; 0: none.",
    )

    def write(self, vals):
        """EXTENDS 'base': an agency is not archived while it holds claims."""
        if vals.get("active") is False:
            self._check_no_claim_held()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_holding(self):
        self._check_no_claim_held()

    def _check_no_claim_held(self):
        """:raise UserError: claims of these companies are with an agency"""
        for company in self:
            # sudo: how many, to refuse; nothing of them is shown
            count = (
                self.env["recouv.placement.line"]
                .sudo()
                .search_count(
                    [
                        ("state", "in", HELD),
                        ("claim_id.settlement", "=", "open"),
                        "|",
                        ("company_id", "=", company.id),
                        ("placement_id.mandate_id.agency_id", "=", company.id),
                    ]
                )
            )
            if count:
                raise UserError(
                    self.env._(
                        "%(company)s: %(count)s claims are with an agency. Call them "
                        "back, or revoke the mandate, before it is archived.",
                        company=company.name,
                        count=count,
                    )
                )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_placement_small_sum = fields.Monetary(
        related="company_id.recouv_placement_small_sum",
        readonly=False,
        currency_field="currency_id",
    )


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    reason = fields.Selection(
        selection_add=[("agency_account", "Account of the agency awaited")],
        ondelete={"agency_account": "set default"},
    )

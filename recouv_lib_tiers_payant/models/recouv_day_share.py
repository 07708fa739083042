from odoo import api, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section


class RecouvDay(models.AbstractModel):
    """What waits for who follows third-party payers: to transmit, not acknowledged."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        sections = super()._sections(today)
        if self.env.user.has_group("recouv_lib_tiers_payant.group_tiers_payant"):
            sections = [*sections, *self._share_sections(today)]
        return sections

    @api.model
    def _share_sections(self, today):
        _ = self.env._
        return [
            Section(
                "shares_to_send",
                62,
                _("Payers' parts to transmit"),
                "recouv.share",
                self.env["recouv.share"]._waiting_domain(),
                action="recouv_lib_tiers_payant.recouv_share_action",
            ),
            Section(
                "payers_to_check",
                81,
                _("Payers made from a file: complete them"),
                "res.partner",
                Domain("recouv_payer_to_check", "=", True),
                action="recouv_lib_tiers_payant.recouv_payer_action",
            ),
            Section(
                "late_acks",
                90,
                _("Lots without an acknowledgment in time"),
                "recouv.lot",
                Domain(self.env["recouv.lot"]._late_domain(today)),
                action="recouv_lib_tiers_payant.recouv_lot_action",
                is_alarm=True,
            ),
        ]


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    @api.model
    def _waiting_domain(self):
        """Parts in the books that wait to be transmitted, also after a refusal."""
        return Domain("state", "=", "draft") & Domain(
            "transfer_id.state", "=", "posted"
        )

    def action_make_lot(self):
        """Put the parts that are chosen into a lot."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put into a lot"),
            "res_model": "recouv.lot.make",
            "view_mode": "form",
            "target": "new",
            "context": {"default_share_ids": self.ids},
        }

    def action_book(self):
        """Move planned parts to their payers."""
        self._book()
        return True

from odoo import fields, models

from .account_move_screens import READERS


class ResPartner(models.Model):
    """What the contact screens press."""

    _inherit = "res.partner"

    recouv_claim_ids = fields.One2many(groups=READERS)
    recouv_hold_ids = fields.One2many(groups=READERS)

    def _recouv_hold_dialog(self, mode, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "recouv.hold.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_mode": mode,
                "default_partner_ids": self.commercial_partner_id.ids,
            },
        }

    def action_recouv_suspend(self):
        return self._recouv_hold_dialog("hold", self.env._("Suspend this debtor"))

    def action_recouv_lift(self):
        return self._recouv_hold_dialog("lift", self.env._("Lift the suspension"))

from odoo import models
from odoo.exceptions import UserError


class RecouvGoLive(models.TransientModel):
    _inherit = "recouv.go.live"

    def action_print_policy(self):
        """Download the chosen policy for the waiting room and the quote."""
        if not self.policy_id:
            raise UserError(
                self.env._("%s: choose the default policy.", self.company_id.name)
            )
        return self.policy_id._download_policy(self.company_id)

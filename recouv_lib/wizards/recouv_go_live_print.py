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
        return self.env["recouv.document"]._download(
            self.env._("payment-policy-%(id)s.pdf", id=self.policy_id.id),
            self.policy_id._print_policy(self.company_id),
        )

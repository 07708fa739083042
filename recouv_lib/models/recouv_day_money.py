from odoo import api, models
from odoo.fields import Domain

from .recouv_day import Section


class RecouvDay(models.AbstractModel):
    """Money in: what waits at the desk and at the bank."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        _ = self.env._
        return [
            *super()._sections(today),
            Section(
                "cheques_to_bank",
                20,
                _("Cheques to bank"),
                "recouv.cheque",
                Domain(
                    [
                        ("state", "=", "held"),
                        ("deposit_on", "<=", today),
                        ("collection_id.undone_on", "=", False),
                    ]
                ),
                action="recouv_lib.recouv_cheque_action",
            ),
            Section(
                "bounced",
                20,
                _("Bounced payments"),
                "recouv.bounce",
                Domain([("handled_on", "=", False), ("undone_on", "=", False)]),
                action="recouv_lib.recouv_bounce_action",
            ),
        ]

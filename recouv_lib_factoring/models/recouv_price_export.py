from odoo import models
from odoo.exceptions import UserError


class RecouvPrice(models.Model):
    """The file of a price for the bank is made once, and again with a reason only."""

    _name = "recouv.price"
    _inherit = ["recouv.price", "recouv.order.mixin"]

    def action_export_transfers(self):
        """EXTENDS: asked first where one of them was in a file already."""
        return self._export_once()

    def _check_exportable(self):
        self.check_access("write")
        if len(self.company_id) != 1:
            raise UserError(self.env._("One file is for one buyer: choose its own."))

    def _export_orders(self):
        return super().action_export_transfers()

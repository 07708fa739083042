from odoo import api, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_engine import Blocker


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _sale_item_blockers(self):
        """EXTENDS: a sale settles the invoice with no money of its debtor, and would
        make its tax on payment due (CGI, art. 269, 2, c): told when it is offered, not
        once the deed is signed."""
        moves = self.env["account.move"]
        return [
            *super()._sale_item_blockers(),
            Blocker(
                "tax_on_payment",
                self.env._(
                    "It bears tax due on payment, which its sale would make due with "
                    "no money in: such a receivable is not sold."
                ),
                moves._recouv_tax_on_payment_sql(SQL("l.move_id")),
            ),
        ]

import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvOrderAgain(models.TransientModel):
    """The bank would pay twice: ask before orders are put into a second file."""

    _name = "recouv.order.again"
    _description = "Orders whose file was made already"

    model = fields.Char(required=True, readonly=True)
    record_ids = fields.Char(required=True, readonly=True)
    summary = fields.Text(compute="_compute_summary")
    new_count = fields.Integer(compute="_compute_summary")
    reason = fields.Char("Why it is made again")

    def _orders(self):
        """Return the orders; only a model of orders is accepted."""
        self.ensure_one()
        model, mixin = self.env.get(self.model), self.env.registry["recouv.order.mixin"]
        if model is None or not isinstance(model, mixin):
            raise UserError(self.env._("These are no orders to the bank."))
        ids = re.findall(r"\b[0-9]{1,9}\b", self.record_ids or "")
        orders = model.browse(map(int, ids)).exists()
        # a name may be made of what one may not read
        orders.check_access("read")
        return orders

    @api.depends("model", "record_ids")
    def _compute_summary(self):
        self.summary, self.new_count = False, 0
        for wizard in self.filtered("model"):
            orders = wizard._orders()
            exported = orders._exported()
            wizard.new_count = len(orders - exported)
            wizard.summary = "\n".join(
                self.env._(
                    "%(order)s: file made on %(date)s",
                    order=order.display_name,
                    date=format_date(self.env, order[order._export_stamp]),
                )
                for order in exported
            )

    def action_leave_out(self):
        """Make the file of the others."""
        return self._orders().export_new() | {"close": True, "target": "new"}

    def action_make_again(self):
        """Make the file of all of them, with the reason."""
        action = self._orders().export_again(self.reason)
        return action | {"close": True, "target": "new"}

from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvLotMake(models.TransientModel):
    """Put the parts that are chosen into a lot, new or not sent yet."""

    _name = "recouv.lot.make"
    _description = "Put parts into a lot"

    share_ids = fields.Many2many("recouv.share", string="Parts", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    lot_id = fields.Many2one(
        "recouv.lot",
        "Existing lot",
        domain="[('company_id', '=', company_id), ('sent_on', '=', False)]",
    )
    name = fields.Char("New lot number", size=3)
    date = fields.Date(required=True, default=fields.Date.context_today)
    is_sent = fields.Boolean(
        "Transmitted", help="The billing software has sent it on that day."
    )

    @api.depends("share_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.share_ids.company_id[:1]

    def action_apply(self):
        """Fill the lot, record that it left where it did, and open it."""
        self.ensure_one()
        lot = self.lot_id or self._new_lot()
        lot._add(self.share_ids)
        if self.is_sent:
            lot._transmit(self.date)
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.lot",
            "res_id": lot.id,
            "views": [(False, "form")],
        }

    def _new_lot(self):
        if not self.name:
            raise UserError(
                self.env._("Choose a lot, or give the number of a new one.")
            )
        if len(self.share_ids.company_id) > 1:
            raise UserError(self.env._("One lot holds the parts of one practice only."))
        payer = self.share_ids.payer_id
        return self.env["recouv.lot"].create(
            {
                "company_id": self.company_id.id,
                "name": self.name,
                "date": self.date,
                "payer_id": payer.id if len(payer) == 1 else False,
            }
        )

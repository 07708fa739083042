from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_money_day(self, day):
        """Return the day on which this item lowered a debt, None for a credit note:
        what it takes away was never owed."""
        return None if self.move_id.move_type == "out_refund" else day

    recouv_claim_ids = fields.One2many("recouv.claim", "move_line_id", readonly=True)

    def write(self, vals):
        """EXTENDS 'account': a changed due date is honoured by the schedule."""
        result = super().write(vals)
        if "date_maturity" in vals:
            posted = self.filtered(lambda item: item.parent_state == "posted")
            posted.move_id._recouv_open_claims()._realign()
        return result

    def _recouv_explain(self):
        """Say where this item stands; also for items that have no claim yet.

        :return: list of ``{code, message, until}``
        """
        self.ensure_one()
        claim = self.recouv_claim_ids.filtered(lambda c: not c.closed_on)[:1]
        if claim:
            return claim._explain()
        return [self.env["recouv.engine"]._explain_item(self)]

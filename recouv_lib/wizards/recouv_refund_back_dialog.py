from odoo import fields, models


class RecouvRefundBackDialog(models.AbstractModel):
    """“The refund came back”: the day, and what the bank said.

    A dialog adds the field of the record (``recouv.refund.back.mixin``) it is about.
    """

    _name = "recouv.refund.back.dialog"
    _description = "Refund that the bank sent back"

    date = fields.Date("Came back on", required=True, default=fields.Date.context_today)
    reason = fields.Char("What the bank said", required=True)

    def _record_back(self, refund):
        """Record that this refund came back, and close.

        :param refund: the record of ``recouv.refund.back.mixin``
        """
        refund.refund_came_back(self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, models
from odoo.exceptions import UserError


class RecouvRefund(models.Model):
    """A refund to a patient that its bank sent back: it is owed to the patient again.

    Its payment is taken out of the books, on the day on which it came back, and a new
    one may be prepared, to another account. What the bank returns is awaited where its
    debit was found: on the way to the bank or, for a payment without an entry, on the
    patient's own account.
    """

    _name = "recouv.refund"
    _inherit = ["recouv.refund", "recouv.refund.back.mixin"]

    _refund_back_dialog = ("recouv.refund.back", "refund_id")

    @api.model
    def _check_refund_rights(self):
        self.env["account.payment"].check_access("write")

    def _refund_order(self):
        payment = self.payment_id
        return payment.date, payment.partner_bank_id.acc_number

    def _check_refund_left(self):
        payment = self.payment_id
        if self.state != "refunded":
            raise UserError(
                self.env._("%s: no refund of it was paid.", self.display_name)
            )
        if not payment._recouv_is_banked():
            raise UserError(
                self.env._(
                    "%(refund)s: the bank shows no payment %(payment)s yet. Match its "
                    "movement first or, if it never left, cancel the payment.",
                    refund=self.display_name,
                    payment=payment.name or payment.memo or "",
                )
            )

    def _take_refund_back(self, on):
        payment = self.payment_id.with_company(self.company_id)
        if payment.move_id:
            label = self.env._("Refund came back %s", payment.name)
            payment._recouv_reverse(on, label)
        payment.state = "rejected"

    def _keep_refund_back(self, vals):
        self._record(vals)

from odoo import api, models
from odoo.exceptions import UserError

from .recouv_receipt import LATER_FIELDS, PLAN_FIELDS

#: what a person says about a sum laid on a claim, while its receipt is a draft
LINE_FIELDS = frozenset({"claim_id", "amount_interest", "amount_principal"})


class RecouvReceipt(models.Model):
    """Money received for others: a person says what came, from whom and for what.

    All else (its state, number, entries, what is owed back) is written by its acts,
    elevated; neither a value nor a default of the context gives it.
    """

    _name = "recouv.receipt"
    _inherit = ["recouv.receipt", "recouv.evidence.mixin"]

    def _editable_fields(self):
        """EXTENDS: what was recorded is undone, not edited."""
        return frozenset(PLAN_FIELDS if self.state == "draft" else LATER_FIELDS)

    @api.model
    def _creatable_fields(self):
        return frozenset(PLAN_FIELDS)

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo the receipt, or say that it bounced.")

    def _check_confirmable(self):
        """EXTENDS: lines may have been typed past their receipt since it was laid."""
        self._check_laid()
        return super()._check_confirmable()


class RecouvReceiptLine(models.Model):
    """What a person lays on a claim, on a draft only; books and fees are the acts'."""

    _name = "recouv.receipt.line"
    _inherit = ["recouv.receipt.line", "recouv.evidence.mixin"]

    def _editable_fields(self):
        if self.receipt_id.state == "draft":
            return LINE_FIELDS
        return super()._editable_fields()

    @api.model
    def _creatable_fields(self):
        return LINE_FIELDS | {"receipt_id"}

    def _is_deletable(self):
        return self.receipt_id.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env["recouv.receipt"]._evidence_advice()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: nothing is laid any more on a receipt that was recorded.

        :raise UserError: names the receipt
        """
        if not self._is_recording():
            for receipt in self._parents("receipt_id", vals_list):
                if receipt.state != "draft":
                    raise UserError(
                        self.env._(
                            "%s is not edited any more: undo it instead.",
                            receipt.display_name,
                        )
                    )
        return super().create(vals_list)


class RecouvRemittance(models.Model):
    """What is remitted follows from what was received: prepared and ordered by
    buttons. A person chooses the day of a draft."""

    _name = "recouv.remittance"
    _inherit = ["recouv.remittance", "recouv.evidence.mixin"]

    def _editable_fields(self):
        if self.state == "draft":
            return frozenset({"date"})
        return super()._editable_fields()

    @api.model
    def _evidence_advice(self):
        return self.env._("Use the buttons Prepare, Remit and Give up.")


class RecouvSweep(models.Model):
    """Fees leave by the button of the dedicated account, with their entry."""

    _name = "recouv.sweep"
    _inherit = ["recouv.sweep", "recouv.evidence.mixin"]

    @api.model
    def _evidence_advice(self):
        return self.env._("Sweep the fees from the screen of the dedicated account.")

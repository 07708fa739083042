from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """What the agency invoices to a practice stands in the books of both.

    Its fee, court costs, what a sale costs: an invoice, or a credit note, and the
    practice's bill of it, posted together. Remittances, statements and deeds are made
    of them; taken back on one side, the other would not hear of it, and what was
    invoiced would never be invoiced again. So neither side is undone alone.
    """

    _inherit = "account.move"

    def write(self, vals):
        # EXTENDS 'account': whatever the button, un-posting ends here
        if "state" in vals and vals["state"] != "posted":
            self.filtered(lambda m: m.state == "posted")._recouv_check_no_twin()
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account': a credit note on one side is no better
        self._recouv_check_no_twin()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def _recouv_check_no_twin(self):
        """Refuse to undo one side of what stands in two companies' books.

        :raise UserError: naming the document, what is built on it and what to do
        """
        # sudo: whether it has a twin, and what is built on it; the user may write
        # this side, and reads numbers that both sides know
        for move in self.sudo():
            if invoice := move._recouv_agency_document():
                raise UserError(move._recouv_twin_refusal(invoice))

    def _recouv_agency_document(self):
        """Return the agency's document of which this is one of the two sides, if it
        is one."""
        if self.recouv_fee_twin_id:
            return self
        # a bill keeps the key of its invoice, so that others ask nothing
        twin = [("recouv_fee_twin_id", "=", self.id)]
        return self.search(twin, limit=1) if self.recouv_fee_key else self.browse()

    def _recouv_twin_refusal(self, invoice):
        """Return what is told to who would undo this side of an agency's document."""
        return " ".join(
            [
                self.env._(
                    "%(document)s is booked by the agency and by the practice "
                    "together: it is neither reset, cancelled nor credited on one "
                    "side.",
                    document=self.name,
                ),
                *invoice._recouv_built_on(),
                invoice._recouv_twin_remedy(is_agency=self == invoice),
            ]
        )

    def _recouv_built_on(self):
        """Return sentences: what was made of this document of the agency; extended."""
        remittances = self.env["recouv.remittance"].search(
            [("fee_move_ids", "in", self.ids), ("state", "=", "posted")]
        )
        return [
            self.env._("The remittance %s kept it back.", remittance.name)
            for remittance in remittances
        ]

    def _recouv_twin_remedy(self, is_agency):
        """Return a sentence: what to do instead; extended.

        :param is_agency: whether the agency asks, or the practice
        """
        if not is_agency:
            return self.env._(
                "Ask the agency: what is not due comes back by its next document, in "
                "both books."
            )
        if self.recouv_is_court_cost:
            return self.env._(
                "Undo the cost in its court file: the credit note of both follows."
            )
        return self.env._(
            "Undo the receipt, or say that it bounced: the next fee invoice gives its "
            "fee back, in both books."
        )

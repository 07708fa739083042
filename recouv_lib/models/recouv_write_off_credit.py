from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """A credit note on what was written off would be a credit that nobody paid: Odoo
    would net it with the debtor's other invoices, and offer it as his payment."""

    _inherit = "account.move"

    def _post(self, soft=True):
        # EXTENDS 'account'
        for move in self:
            if move.move_type == "out_refund" and move.reversed_entry_id:
                move._recouv_check_not_given_up()
        return super()._post(soft)

    def _recouv_check_not_given_up(self):
        """:raise UserError: the invoice that this credits was written off"""
        # sudo: a settlement's is netted with its own items to the cent
        if self.sudo().recouv_plan_id or not self._recouv_credits_debtor():
            return
        invoice = self.reversed_entry_id
        # sudo: whether the practice gave it up, whoever posts the credit note
        acts = self.env["recouv.write.off"].sudo()
        found = acts.search(
            [("claim_id.move_id", "=", invoice.id), ("state", "=", "decided")]
        )
        debtor = invoice.commercial_partner_id
        own = found.filtered(lambda a: a.partner_id.commercial_partner_id == debtor)
        if own:
            raise UserError(
                self.env._(
                    "%(invoice)s was written off (%(act)s): a credit note would give "
                    "its debtor a credit that nobody paid. Have the write-off undone "
                    "first, then post the credit note.",
                    invoice=invoice.name,
                    act=own[0].display_name,
                )
            )

    def _recouv_credits_debtor(self):
        """Return whether this credit note lowers what the invoice's own debtor owes.

        Extended by who shares invoices with payers.
        """
        return True

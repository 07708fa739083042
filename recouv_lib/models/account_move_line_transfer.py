from odoo import api, models
from odoo.exceptions import UserError

#: what a posted item of a transfer is made of; its due date may change
GUARDED_FIELDS = {
    "account_id",
    "partner_id",
    "balance",
    "debit",
    "credit",
    "amount_currency",
    "currency_id",
    "move_id",
}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        # EXTENDS 'account': a posted item that nobody has matched yet can be edited
        if GUARDED_FIELDS & vals.keys():
            self.filtered(
                lambda line: (
                    line.parent_state == "posted" and line.move_id.move_type == "entry"
                )
            )._recouv_check_not_transferred(vals)
        result = super().write(vals)
        if "date_maturity" in vals:
            # a claim on a transferred item belongs to the invoice, not to this entry
            claims = self.recouv_claim_ids.filtered(lambda claim: not claim.closed_on)
            claims._on_transfer_items()._follow_transfer_item()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_transferred(self):
        self.filtered(
            lambda line: line.move_id.move_type == "entry"
        )._recouv_check_no_transfer()

    def _recouv_check_not_transferred(self, vals):
        """Refuse to change what these items are made of, where a transfer uses them."""
        self.filtered(
            lambda line: any(
                line.move_id._field_will_change(line, vals, name)
                for name in GUARDED_FIELDS & vals.keys()
            )
        )._recouv_check_no_transfer()

    def _recouv_check_no_transfer(self):
        """Refuse when one of these items stands for a transfer.

        :raises UserError: naming the transfer
        """
        if not self:
            return
        if transfer := self.env["recouv.transfer"]._booked_on(lines=self)[:1]:
            raise UserError(
                self.env._(
                    "This item belongs to “%(transfer)s”. A transfer is undone only "
                    "by bringing it back to the debtor.",
                    transfer=transfer.display_name,
                )
            )

    def _recouv_unmatch(self, other):
        """Undo what reconciles these items with another one, and nothing else."""
        partials = self.matched_debit_ids | self.matched_credit_ids
        partials.filtered(
            lambda partial: other in (partial.debit_move_id | partial.credit_move_id)
        ).unlink()

    def _recouv_company_part(self, amount_currency, left=None, balance=None):
        """Return the company-currency part of an amount in the item's currency.

        Pro rata of the item, never the day's rate: the receivable changes hands, it
        is not revalued. What remains is taken whole, so that no cent is left.

        :param float amount_currency: positive, in the currency of the item
        :param float left: what remains in that currency, the residual by default
        :param float balance: what remains in company currency, likewise
        :return: positive, in company currency, rounded
        """
        self.ensure_one()
        left = abs(self.amount_residual_currency) if left is None else left
        balance = abs(self.amount_residual) if balance is None else balance
        if self.currency_id.compare_amounts(amount_currency, left) >= 0:
            return self.company_currency_id.round(balance)
        part = amount_currency * abs(self.balance) / abs(self.amount_currency)
        return self.company_currency_id.round(min(part, balance))

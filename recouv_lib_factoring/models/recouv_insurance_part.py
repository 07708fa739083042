from odoo import api, models
from odoo.exceptions import UserError


class RecouvInsuranceRecovery(models.Model):
    """A payment may settle what an insurer bears and what is none of its business: one
    transfer for an old invoice and a new one. Only the part for the loss is shared, and
    what the rest settled stays settled.
    """

    _inherit = "recouv.insurance.recovery"

    def _pairs_to_open(self, item, part):
        """Return the matches of a payment that make room for the insurer's part: those
        with this loss; with what else it settled only where these do not suffice."""
        pairs = item.matched_debit_ids
        others = pairs - self.loss_id._own_pairs(item)
        room = abs(item.amount_currency) - sum(others.mapped("credit_amount_currency"))
        if item.currency_id.compare_amounts(part, room) <= 0:
            return pairs - others
        # what another loss shared of it is its insurer's
        entries = self._sharing(item).move_id
        return pairs.filtered(lambda pair: pair.debit_move_id.move_id not in entries)

    @api.model
    def _sharing(self, item):
        """Return the recoveries that share this payment already."""
        # sudo: of the same company; only sums and entries are read
        return self.sudo().search(
            [("item_id", "=", item.id), ("undone_on", "=", False)]
        )


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    def _own_pairs(self, item):
        """Return the matches of a payment with what this loss is about."""
        # sudo: which of the debtor's own items a payment settled
        lines, pairs = self.sudo().line_ids, item.sudo().matched_debit_ids
        own = lines.move_line_id.union(*(line._item() for line in lines))
        return pairs.filtered(lambda pair: pair.debit_move_id in own)

    def _paid_for(self, item):
        """Return what of a payment did not settle anything outside of this loss."""
        # sudo: the sum of a payment that was offered
        paid = item.sudo()
        others = paid.matched_debit_ids - self._own_pairs(item)
        left = abs(paid.balance) - sum(others.mapped("amount"))
        return self.currency_id.round(max(0.0, left))

    def _not_shared(self, item):
        """Return what of a payment was not shared yet, for whatever loss."""
        shared = self.env["recouv.insurance.recovery"]._sharing(item)
        # sudo: the sum of a payment that was offered
        left = abs(item.sudo().balance) - sum(shared.mapped("amount"))
        return self.currency_id.round(max(0.0, left))

    def _check_part_of(self, item, amount):
        """:raise UserError: nothing, or more than was paid and not shared yet"""
        paid = self._not_shared(item)
        compare = self.currency_id.compare_amounts
        if compare(amount, 0) <= 0 or compare(amount, paid) > 0:
            raise UserError(
                self.env._(
                    "%(loss)s: say how much of the payment was for it, more than "
                    "nothing and at most %(paid)s. What settled other invoices is not "
                    "shared.",
                    loss=self.display_name,
                    paid=self.currency_id.format(paid),
                )
            )

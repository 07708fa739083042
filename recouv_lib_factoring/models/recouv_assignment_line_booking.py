from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class RecouvAssignmentLine(models.Model):
    """What must hold of one receivable when it is sold, and what its sale ends."""

    _inherit = "recouv.assignment.line"

    def _check_sellable(self, currency, day):
        """Refuse a receivable that is not what was offered, decided and signed.

        :raise UserError: naming the invoice and what stands against it
        """
        if obstacle := self._sale_obstacle(currency, day):
            raise UserError(
                self.env._(
                    "%(invoice)s cannot be sold: %(obstacle)s Nothing was booked.",
                    invoice=self.move_id.name,
                    obstacle=obstacle,
                )
            )

    def _sale_obstacle(self, currency, day):
        item, purchase, _ = self.origin_line_id, self.purchase_id, self.env._
        left = item.amount_residual_currency
        if item.parent_state != "posted" or currency.compare_amounts(left, 0) <= 0:
            return _("it is not open any more.")
        if item.currency_id != currency:
            return _("it is in another currency than its schedule.")
        if currency.compare_amounts(left, self.amount):
            return _(
                "%(left)s is owed, its deed says %(amount)s: make the deed again.",
                left=currency.format(left),
                amount=currency.format(self.amount),
            )
        if purchase.state != "accepted":
            return _("the buyer has not accepted it.")
        until = purchase.solvency_until
        # without a term of the contract that wants one, no check can lapse
        needed = self.contract_id.needs_check and purchase.solvency_result == "clear"
        if needed and until and until < day:
            return _(
                "the solvency check was valid until %(date)s: check again.",
                date=fields.Date.to_string(until),
            )
        if self.claim_id._held_lines():
            return _("an agency collects it: call it back first.")
        if taxes := item.move_id._recouv_taxes_on_payment():
            return _(
                "it bears tax due on payment (%s), which its sale would make due with "
                "no money in. Withdraw it from the schedule, then make the deed again.",
                format_list(self.env, taxes.mapped("name")),
            )
        return None

    def _release_depreciations(self, day):
        """Release what depreciates these receivables: their risk is the buyer's
        (491000 / 781740, law.md §5.4)."""
        items = self.origin_line_id
        doubtful = self.env["recouv.doubtful.line"].search(
            [
                ("claim_id", "in", self.claim_id.ids),
                ("batch_id.state", "=", "posted"),
                ("depreciated_on", "!=", False),
            ]
        )
        own = doubtful.filtered(lambda one: one._standing_item() in items)
        for batch, lines in own.grouped("batch_id").items():
            lines.invalidate_recordset(["amount_open"])
            batch._release([(line, line._due_release()) for line in lines], day)

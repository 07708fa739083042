from odoo import fields, models
from odoo.exceptions import UserError


class RecouvWriteOff(models.Model):
    """Tax that was due on payment goes with the claim: it was never due.

    For services it falls due on payment only (CGI, art. 269, 2, c); what is given up
    is not paid. The loss is therefore net, and the tax leaves the account on which it
    waited; nothing is declared, and no credit note is needed for it (CGI, art. 272, 1
    is about tax that was paid). Money that comes all the same makes it due: it must
    settle the invoice itself.
    """

    _inherit = "recouv.write.off"

    amount_tax = fields.Monetary(
        "Tax that is not due",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="It waited for the payment; the loss is the rest.",
    )

    def _entry_rows(self, item):
        """EXTENDS: what waits for the payment comes off the loss."""
        loss, own = super()._entry_rows(item)
        taxes = item.move_id._recouv_waiting_tax(item)
        net = loss | {
            "amount_currency": loss["amount_currency"] + sum(row[1] for row in taxes),
            "balance": loss["balance"] + sum(row[2] for row in taxes),
        }
        waiting = [
            {
                "account_id": line.account_id.id,
                "partner_id": line.partner_id.id,
                "currency_id": line.currency_id.id,
                "amount_currency": -amount,
                "balance": -balance,
            }
            for line, amount, balance in taxes
        ]
        return [net, own, *waiting]

    def _settled_pairs(self, item, move):
        """EXTENDS: with the tax of the invoice, in the order of the rows."""
        pairs = super()._settled_pairs(item, move)
        taxes = item.move_id._recouv_waiting_tax(item)
        rows = move.line_ids.sorted("sequence")[2:]
        pairs += [line + row for (line, *_sums), row in zip(taxes, rows, strict=True)]
        self._record({"amount_tax": sum(rows.mapped("balance"))})
        return pairs

    def _check_recoverable(self, item, amount, day):
        """EXTENDS: the tax falls due with the money, and only the invoice bears it."""
        result = super()._check_recoverable(item, amount, day)
        if not self.company_currency_id.is_zero(self.amount_tax):
            raise UserError(
                self.env._(
                    "%s: its invoice bears tax due on payment, which falls due with "
                    "this money. Undo the write-off, let the payment settle the "
                    "invoice, then write off what is left.",
                    self.display_name,
                )
            )
        return result

from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_move_screens import READERS


class AccountMove(models.Model):
    """What transfers ask of entries and invoices: they stand; credits follow."""

    _inherit = "account.move"

    recouv_transfer_ids = fields.One2many(
        "recouv.transfer", "invoice_id", "Transfers of the receivable", groups=READERS
    )

    recouv_transfer_count = fields.Integer(
        compute="_compute_recouv_transfer_count", groups=READERS
    )

    # --- transfers of the invoice ---------------------------------------------------

    def _compute_recouv_transfer_count(self):
        # sudo: a count, shown on the invoice to whoever may read the invoice
        counts = dict(
            self.env["recouv.transfer"]
            .sudo()
            ._read_group([("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"])
        )
        for move in self:
            move.recouv_transfer_count = counts.get(move._origin, 0)

    def action_view_recouv_transfers(self):
        """Open the transfers of this invoice's receivable."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_transfer_action"
        )
        return action | {"domain": [("invoice_id", "=", self.id)], "context": {}}

    # --- guards -------------------------------------------------------------------

    def write(self, vals):
        # EXTENDS 'account': whatever the button, un-posting ends here
        if "state" in vals and vals["state"] != "posted":
            self.filtered(lambda m: m.state == "posted")._recouv_check_not_transferred()
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account'
        self._recouv_check_not_transfer_entry()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_transfer_entry(self):
        self._recouv_check_not_transfer_entry()

    def _recouv_check_not_transfer_entry(self):
        """Refuse to undo an entry of a transfer by hand.

        :raises UserError: naming the transfer
        """
        entries = self.filtered(lambda move: move.move_type == "entry")
        if not entries:
            return
        if transfer := self.env["recouv.transfer"]._booked_on(moves=entries)[:1]:
            raise UserError(
                self.env._(
                    "This entry is the transfer “%(transfer)s”. It is undone only by "
                    "bringing the receivable back to the debtor.",
                    transfer=transfer.display_name,
                )
            )

    def _recouv_check_not_transferred(self):
        """Refuse to un-post an entry of a transfer, or an invoice that has one."""
        if not self:
            return
        self._recouv_check_not_transfer_entry()
        # sudo: a guard must see the transfers of whoever tries
        transfer = (
            self.env["recouv.transfer"]
            .sudo()
            .search(
                [
                    ("origin_line_id.move_id", "in", self.ids),
                    ("state", "in", ("posted", "reversed")),
                ],
                limit=1,
            )
        )
        if transfer:
            raise UserError(
                self.env._(
                    "%(document)s is transferred (%(transfer)s): it is not edited any "
                    "more. Issue a credit note: it follows the receivable.",
                    document=transfer.sudo().origin_line_id.move_id.name,
                    transfer=transfer.display_name,
                )
            )

    # --- credit notes -------------------------------------------------------------

    def _post(self, soft=True):
        # EXTENDS 'account': a credit note follows the receivable to who holds it
        posted = super()._post(soft)
        credit_notes = posted.filtered("reversed_entry_id").filtered(
            lambda move: move._recouv_follows_receivable()
        )
        if credit_notes:
            # sudo: the books demand it, whoever posts the credit note
            self.env["recouv.transfer"].sudo()._follow_credit_notes(credit_notes)
        return posted

    def _recouv_follows_receivable(self):
        """Whether it is a credit note that goes to who holds the receivable.

        A settlement's does not: it is netted with the claims it was agreed on, not
        with what a payer still owes of the same invoice.
        """
        # sudo: whether a settlement made it, whoever may see that
        return self.move_type == "out_refund" and not self.sudo().recouv_plan_id

    def _recouv_open_receivables(self):
        """Return the receivable items of these documents that are still open."""
        return self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )

    # --- payments under way -------------------------------------------------------

    def _recouv_payments_under_way(self):
        """Return what payments without an entry are about to pay, in its currency.

        Where registered payments leave no entry, the item still shows all it owed.
        """
        self.ensure_one()
        payments = self.matched_payment_ids.filtered(
            lambda payment: payment.state == "in_process" and not payment.move_id
        )
        return sum(
            payment.currency_id._convert(
                payment.amount_signed, self.currency_id, self.company_id, payment.date
            )
            for payment in payments
        )

    def _recouv_with_payment_under_way(self):
        """Return those of these documents that a payment without an entry pays."""
        payments = self.env["account.payment"].search(
            [
                ("state", "=", "in_process"),
                ("move_id", "=", False),
                ("invoice_ids", "in", self.ids),
            ]
        )
        return payments.invoice_ids & self

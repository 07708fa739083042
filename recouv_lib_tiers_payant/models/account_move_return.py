from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.models.account_move_screens import READERS


class AccountMove(models.Model):
    """Entries that returns of payers made."""

    _inherit = "account.move"

    recouv_return_payment_id = fields.Many2one(
        "recouv.return.payment",
        "Announced transfer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=READERS,
    )

    def button_draft(self):
        """EXTENDS 'account': what a return booked is undone by settling its lines."""
        for move in self:
            # sudo: only whether a return booked it, to refuse
            if move.sudo().recouv_return_payment_id:
                raise UserError(
                    self.env._(
                        "%s was booked from a payer's return: it is not edited. Take "
                        "the line off its share instead.",
                        move.name,
                    )
                )
        return super().button_draft()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    recouv_is_announced = fields.Boolean(
        readonly=True,
        copy=False,
        help="Waits for the bank to show a payer's announced transfer.",
    )

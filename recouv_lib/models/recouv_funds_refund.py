from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .recouv_receipt_posting import _entry, _light


class RecouvReceipt(models.Model):
    """A refund of an overpayment that its bank sent back.

    What the bank returns is awaited on the dedicated account; until it is there, its
    line does not count it.
    """

    _name = "recouv.receipt"
    _inherit = ["recouv.receipt", "recouv.refund.back.mixin"]

    _refund_back_dialog = ("recouv.receipt.refund.back", "receipt_id")

    refund_back_move_id = fields.Many2one(
        "account.move",
        "Refund that came back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def refund_came_back(self, on, reason):
        """EXTENDS: a movement that came before it was said is proposed for it now."""
        result = super().refund_came_back(on, reason)
        # sudo: rights checked; the movements of the agency's dedicated account
        for receipt in self.sudo():
            receipt._propose_return()
        return result

    @api.model
    def _check_refund_rights(self):
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager orders a refund."))

    def _refund_order(self):
        return self.refunded_on, self.refund_iban

    def _refunded_by(self, day):
        """Return when the refund that stood on a day was ordered, or False."""
        if self.refunded_on and self.refunded_on <= day:
            return self.refunded_on
        came = self.refund_back_on
        stood = came and self.refund_back_ordered_on <= day < came
        return stood and self.refund_back_ordered_on

    def _check_refund_left(self):
        if not self.refunded_on or self.state not in ("cleared", "remitted"):
            raise UserError(
                self.env._("%s: no refund of it was ordered.", self.display_name)
            )
        if self._open_refund():
            raise UserError(
                self.env._(
                    "%s: its refund has not left yet: no file was made of it, and the "
                    "bank shows none. Correct its account instead.",
                    self.display_name,
                )
            )

    def _take_refund_back(self, on):
        company = self.company_id
        label = self.env._("Refund came back %s", self.name)
        setting = company._recouv_transfer_setting
        amount = sum(
            -item.balance
            for item in self.refund_move_id.line_ids
            if item.account_id == setting("recouv_ordered_account_id")
        )
        items = [
            (label, setting("recouv_ordered_account_id"), self.partner_id, amount),
            # by its number alone: so the receipt finds what it owes
            (
                self.name,
                setting("recouv_overpaid_account_id"),
                self.partner_id,
                -amount,
            ),
        ]
        books = self.env["account.move"].with_company(company)
        move = books.with_context(**_light(company)).create(
            _entry(company, on, label, "refund", items)
        )
        move._post(soft=False)
        self.write(
            {
                "refund_back_move_id": move.id,
                "refunded_on": False,
                "refund_exported_on": False,
                # known to be wrong: the next one is entered, not found again
                "refund_iban": False,
            }
        )

    def _propose_return(self):
        """A movement that came before it was said is proposed for it now."""
        item = self.refund_back_move_id.line_ids.sorted("sequence")[0]
        movements = self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "=", self.company_id.recouv_dedicated_journal_id.id),
                ("amount", "=", item.balance),
                ("date", ">=", self.refund_back_ordered_on),
                ("is_reconciled", "=", False),
            ]
        )
        movements.filtered(lambda one: one._recouv_is_waiting())._recouv_propose()

    def _own_items(self):
        """EXTENDS: what came back is owed like the overpayment itself."""
        items = super()._own_items()
        overpaid = self.company_id._recouv_transfer_setting(
            "recouv_overpaid_account_id"
        )
        items["overpaid"] |= self.refund_back_move_id.line_ids.filtered(
            lambda item: item.account_id == overpaid and not item.reconciled
        )
        return items

    def _fill_refund_account(self):
        """EXTENDS: not the account from which it came back already."""
        if self.refund_back_move_id:
            return None
        return super()._fill_refund_account()

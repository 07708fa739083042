from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .recouv_receipt_posting import _entry, _light


class RecouvReceipt(models.Model):
    """A refund that its bank sent back: the money is the debtor's again.

    A closed account, a wrong number. It is owed to the debtor as before, on the list of
    refunds, and may be ordered anew, to another account. What the bank returns is
    awaited on the dedicated account; until it is there, its line does not count it.
    """

    _inherit = "recouv.receipt"

    refund_back_move_id = fields.Many2one(
        "account.move",
        "Refund that came back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    refund_back_on = fields.Date("Refund came back on", readonly=True, copy=False)
    # an inspector asks what stood on a past day
    refund_back_ordered_on = fields.Date(
        "Refund that came back, ordered on", readonly=True, copy=False
    )
    refund_history = fields.Text(
        "Refunds that came back",
        readonly=True,
        copy=False,
        help="When a refund was ordered and came back, to which account and why.",
    )

    def action_ask_refund_back(self):
        """Open the dialog that asks the day and what the bank said."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The refund came back"),
            "res_model": "recouv.receipt.refund.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_receipt_id": self.id},
        }

    def refund_came_back(self, on, reason):
        """Record that the bank sent the refund back on day ``on``.

        :param reason: what the bank said; kept with the receipt
        :raise AccessError: no manager
        :raise UserError: no refund has left, the day is impossible or locked
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager orders a refund."))
        self._lock()
        # sudo: rights checked; the agency's own entries, by this method only
        for receipt in self.sudo():
            receipt._check_refund_left(on)
            receipt._take_refund_back(on, str(reason or "").strip())
            receipt._propose_return()
        return True

    def _refunded_by(self, day):
        """Return when the refund that stood on a day was ordered, or False."""
        if self.refunded_on and self.refunded_on <= day:
            return self.refunded_on
        came = self.refund_back_on
        stood = came and self.refund_back_ordered_on <= day < came
        return stood and self.refund_back_ordered_on

    def _check_refund_left(self, on):
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
        if not self.refunded_on <= on <= fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%s: a refund comes back after it was ordered, and not in the "
                    "future.",
                    self.display_name,
                )
            )
        self.company_id._recouv_check_books_open(self.company_id, on)

    def _take_refund_back(self, on, reason):
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
                "refund_back_on": on,
                "refund_back_ordered_on": self.refunded_on,
                "refund_history": self._refund_told(on, reason),
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

    def _refund_told(self, on, reason):
        """Return what is kept of the refunds that came back, the last at the end."""
        told = self.env._(
            "%(date)s, %(user)s: ordered on %(ordered)s to %(account)s, came back. "
            "%(reason)s",
            date=format_date(self.env, on),
            user=self.env.user.name,
            ordered=format_date(self.env, self.refunded_on),
            account=self.refund_iban or self.env._("no account"),
            reason=reason,
        )
        return "\n".join(filter(None, [self.refund_history, told.strip()]))

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

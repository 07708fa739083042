from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvInsuranceRecovery(models.Model):
    """A dividend of insolvency proceedings, come after the indemnity.

    The liquidator pays it for the debtor, and who paid is not the debtor: it is booked
    as the debtor's payment, by a bank journal or the bank's movement, and shared with
    the insurer as the policy says (law.md §9). The practice's part settles what it is
    still owed, the oldest first; the insurer's part is owed to it until it is remitted.
    """

    _inherit = "recouv.insurance.recovery"

    is_dividend = fields.Boolean("Dividend", readonly=True)
    dividend_move_id = fields.Many2one(
        "account.move", "Entry of the dividend", readonly=True, ondelete="restrict"
    )
    dividend_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement of the dividend",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

    @api.model
    def _take_dividend(self, loss, amount, costs, day, journal=None, movement=None):
        """Book a dividend and share it.

        :param amount: come from the proceedings, in the currency of the books
        :param costs: of getting it, borne first
        :param journal: the bank journal, or ``movement``: the bank's open movement
        :raise UserError: not a manager, no indemnity yet, before it, neither way, costs
            beyond it, books locked; nothing was booked
        """
        loss.company_id._recouv_check_manager(self.env._("share a recovery"))
        self.env["recouv.insurance.payment"]._check_way(journal, movement)
        loss._recouv_lock_rows()
        loss._check_dividend(amount, day)
        one = loss._new_recovery("practice", amount, costs, day, is_dividend=True)
        one._check_books()
        one._book_dividend(journal, movement)
        one._owe_insurer()
        one._settle_with_dividend()
        return one

    def _book_dividend(self, journal, movement):
        """Book it as the debtor's payment, whose open credit is then shared."""
        if movement:
            self._check_movement(self.amount, movement)
            # sudo: a manager's right was checked; the practice's own movement
            line = movement.sudo()
            line._recouv_settle([], self.partner_id, self.currency_id)
            self._record({"dividend_line_id": line.id})
            move = line.move_id
        else:
            self.company_id._recouv_check_write_off_day(journal, self.date)
            move = self._post_dividend(journal)
            self._record({"dividend_move_id": move.id})
        item = move.line_ids.filtered(
            lambda one: one.account_type == "asset_receivable" and one.balance < 0
        )
        self._record({"item_id": item[:1].id})

    def _post_dividend(self, journal):
        label, debtor = self.display_name, self.partner_id
        # sudo: the debtor's account, to book on it
        owner = debtor.sudo().with_company(self.company_id)
        account = owner.property_account_receivable_id
        items = self.loss_id._open_items()
        bank = self.sudo()._bank_account(journal.sudo())
        return self.sudo()._post_entry(
            journal,
            label,
            [
                self._plain(
                    label, items[:1].account_id or account, debtor, -self.amount, 0
                ),
                self._plain(label, bank, debtor, self.amount, 1),
            ],
        )

    def _settle_with_dividend(self):
        """Settle what the debtor still owes the practice with the practice's part."""
        # sudo: rights were checked; items of this very loss
        item = self.sudo().item_id
        for other in self.loss_id._open_items().sudo():
            if item.reconciled:
                break
            if other.account_id == item.account_id:
                item._reconcile_plan([item + other])

    def _undo(self):
        """EXTENDS: the dividend itself was booked here: it goes too."""
        result = super()._undo()
        for one in self.filtered("is_dividend"):
            # sudo: the entry or movement of this very record
            own = one.sudo()
            # the bank's entry is written anew: the item it had is gone
            one._record({"item_id": False})
            if own.dividend_move_id:
                own._reverse(own.dividend_move_id)
            if own.dividend_line_id:
                line = one._unbooking(own.dividend_line_id)
                line.action_undo_reconciliation()
        return result


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    def _check_dividend(self, amount, day):
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(
                self.env._("%s: a dividend is more than nothing.", self.display_name)
            )
        first = self._indemnified_on()
        if first and day < first:
            raise UserError(
                self.env._(
                    "%(loss)s: the indemnity came on %(day)s. What came before lessens "
                    "the loss: record it as a payment of the debtor.",
                    loss=self.display_name,
                    day=format_date(self.env, first),
                )
            )

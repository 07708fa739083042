from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

SUBROGATION = "recouv_subrogation_account_id"


class RecouvInsuranceMoney(models.AbstractModel):
    """Money between a practice and its credit insurer, by the account of the insurer.

    What is owed stands on the insurer's account (467) first; money then settles it, by
    a movement of the bank's statement or by an entry in a bank journal.
    """

    _name = "recouv.insurance.money"
    _inherit = ["recouv.booked.mixin"]
    _description = "Money of a credit insurance"
    _booked_movements = ("statement_line_id",)

    company_id = fields.Many2one("res.company")
    date = fields.Date(required=True, readonly=True)
    journal_id = fields.Many2one(
        "account.journal", "Bank journal", readonly=True, check_company=True
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    bank_move_id = fields.Many2one(
        "account.move",
        "Entry of the money",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # --- checks -----------------------------------------------------------------------

    def _check_books(self, day=None):
        """:raise UserError: locked books, an account missing, or a day to come"""
        company, day = self.company_id, day or self.date
        journal = company._recouv_transfer_setting("recouv_subrogation_journal_id")
        company._recouv_transfer_setting(SUBROGATION)
        company._recouv_check_write_off_day(journal, day)
        if self.journal_id:
            company._recouv_check_write_off_day(self.journal_id, day)
        if day > fields.Date.context_today(self):
            raise UserError(
                self.env._("Money is recorded once it has come, not before.")
            )

    def _check_movement(self, amount, movement=None):
        """Check the bank's movement by which this came, or another one given.

        :raise UserError: it is another sum, of another company, or matched already
        """
        # sudo: a movement of the practice's own bank, which is only compared
        movement = (movement or self.statement_line_id).sudo()
        if not movement:
            return
        compare = movement.company_id.currency_id.compare_amounts
        if (
            movement.company_id != self.company_id
            or not movement._recouv_is_waiting()
            or compare(movement.amount, amount)
        ):
            raise UserError(
                self.env._(
                    "“%(label)s” is no open movement of %(amount)s.",
                    label=movement.payment_ref or movement.display_name,
                    amount=self.company_id.currency_id.format(amount),
                )
            )

    # --- entries ----------------------------------------------------------------------

    def _move_money(self, items, amount, insurer, day=None):
        """Settle open items of the insurer's account by money.

        :param items: account.move.line on the insurer's account
        :param amount: received, or negative: paid; what exceeds the items stays open
            on the insurer's account
        """
        # sudo: who records was checked; entries of checked values only
        money, items = self.sudo(), items.sudo()
        if money.statement_line_id:
            given = [(item, item.amount_residual) for item in items]
            account = self.company_id._recouv_transfer_setting(SUBROGATION)
            money.statement_line_id.with_context(
                recouv_rest_account=account.id
            )._recouv_settle(given, insurer, self.company_id.currency_id)
        elif money.journal_id:
            move = money._post_money(items, amount, insurer, day or self.date)
            money._record({"bank_move_id": move.id})

    def _post_money(self, items, amount, insurer, day):
        label = self.display_name
        rows = self._mirrors(items, label)
        rest = amount - sum(items.mapped("amount_residual"))
        account = self.company_id._recouv_transfer_setting(SUBROGATION)
        if not self.company_id.currency_id.is_zero(rest):
            rows.append(self._plain(label, account, insurer, -rest, len(rows)))
        bank = self._bank_account()
        rows.append(self._plain(label, bank, insurer, amount, len(rows)))
        move = self._post_entry(self.journal_id, label, rows, day)
        own = move.line_ids.sorted("sequence")
        self.env["account.move.line"]._reconcile_plan(
            [item + own[rank] for rank, item in enumerate(items)]
        )
        return move

    @api.model
    def _mirrors(self, items, label):
        """Return the values of what settles these open items, in their currencies."""
        return [
            {
                "name": label,
                "sequence": rank,
                "account_id": item.account_id.id,
                "partner_id": item.partner_id.id,
                "currency_id": item.currency_id.id,
                "amount_currency": -item.amount_residual_currency,
                "balance": -item.amount_residual,
            }
            for rank, item in enumerate(items)
        ]

    def _bank_account(self, journal=None):
        journal = journal or self.journal_id
        method = journal.inbound_payment_method_line_ids.payment_account_id[:1]
        account = method or journal.default_account_id
        if not account:
            raise UserError(
                self.env._(
                    "The journal %s has no account: complete it first.",
                    journal.display_name,
                )
            )
        return account

    @api.model
    def _plain(self, label, account, partner, balance, rank):
        """Return the values of an item in the currency of the books."""
        return {
            "name": label,
            "sequence": rank,
            "account_id": account.id,
            "partner_id": partner.commercial_partner_id.id,
            "balance": balance,
        }

    def _post_entry(self, journal, label, rows, day=None):
        # sudo: rights were checked; an entry made of checked values only
        books = self.env["account.move"].sudo().with_company(self.company_id)
        move = books.create(
            {
                "move_type": "entry",
                "company_id": self.company_id.id,
                "journal_id": journal.id,
                "date": day or self.date,
                "ref": label,
                "line_ids": [
                    Command.create(
                        {
                            "no_followup": True,
                            "analytic_distribution": False,
                            "tax_ids": [Command.clear()],
                            **row,
                        }
                    )
                    for row in rows
                ],
            }
        )
        move._post(soft=False)
        return move

    def _post_misc(self, debit, credit, amount, day=None):
        """Post an entry in the subrogation journal; return (debit, credit) items.

        :param debit, credit: (account, partner)
        """
        journal = self.company_id._recouv_transfer_setting(
            "recouv_subrogation_journal_id"
        )
        label = self.display_name
        move = self._post_entry(
            journal,
            label,
            [
                self._plain(label, *debit, amount, 0),
                self._plain(label, *credit, -amount, 1),
            ],
            day,
        )
        return move.line_ids.sorted("sequence")

    # --- taking back ------------------------------------------------------------------

    def _take_money_back(self):
        """Open again what money settled: the movement waits, the entry is reversed."""
        # sudo: entries of this very record, whose undoing was checked
        money = self.sudo()
        if money.statement_line_id:
            self._unbooking(money.statement_line_id).action_undo_reconciliation()
        if money.bank_move_id:
            money._reverse(money.bank_move_id)

    def _reverse(self, move):
        """Reverse an entry of this record today; return the reversal."""
        today = fields.Date.context_today(self)
        self.company_id._recouv_check_write_off_day(move.journal_id, today)
        move = self._unbooking(move)
        move.line_ids.remove_move_reconcile()
        back = move._reverse_moves([{"date": today, "ref": move.ref}])
        # posting a reversal reconciles it with what it reverses
        back._post(soft=False)
        return back


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _recouv_rest(self, given, partner, suspense):
        """EXTENDS: what an insurer pays beyond its items stays open on its account."""
        vals = super()._recouv_rest(given, partner, suspense)
        account = self.env.context.get("recouv_rest_account")
        return {**vals, "account_id": account} if account else vals
